--- Whether what was planned for is still there: between a plan and its application somebody else may have been at work.
local environment_reader = require "inputs.environment"
local fs = require "pysec.fs"
local lists = require "lib.lists"
local problem = require "plan.problem"

local unchanged = {}

--- The first package that differs between two sets, { name = version }, in words; nil when none does.
function unchanged.difference(before, now)
  for _, name in ipairs(lists.keys(before, now)) do
    if before[name] ~= now[name] then
      return ("%s was %s and is %s"):format(name, before[name] or "not there", now[name] or "gone")
    end
  end
end

--- Returns true when the environment (as it was read; nil for none) and the files ({ { path, before } }) are as they
-- were, else nil and what changed.
function unchanged.check(environment, changes)
  if environment then
    local now, message = environment_reader.read(environment.path)
    if not now then return nil, message end
    local difference = unchanged.difference(problem.present_versions(environment), problem.present_versions(now))
    if difference then
      return nil, ("%s has changed since it was planned (%s)"):format(environment.path, difference)
    end
  end
  for _, change in ipairs(changes) do
    if fs.read(change.path) ~= change.before then
      return nil, ("%s has changed since it was planned"):format(change.path)
    end
  end
  return true
end

return unchanged
