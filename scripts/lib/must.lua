--- For steps of an upgrade, each of which may fail: what `nil, message` says is raised as { failed = message }.
return function(value, message)
  if not value then error({ failed = message }, 0) end
  return value
end
