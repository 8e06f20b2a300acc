--- Every outdated package goes to the newest version that resolves with the others.
return {
  name = "all",
  everything = true,
  candidates = function(context)
    local candidates = {}
    for _, package in ipairs(context.packages) do candidates[#candidates + 1] = { package = package.name } end
    return candidates
  end,
}
