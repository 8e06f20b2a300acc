--- The findings that policies do not ignore: `decisions` and `message` are what a set of policies returned for them.
-- Raises { usage } where a policy failed.
return function(found, decisions, message)
  if not decisions then error({ usage = message }, 0) end
  local left = {}
  for i, finding in ipairs(found) do
    if decisions[i].verdict ~= "ignore" then left[#left + 1] = finding end
  end
  return left
end
