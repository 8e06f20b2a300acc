--- Changes nothing.
return {
  name = "none",
  candidates = function() return {} end,
}
