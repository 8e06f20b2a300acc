--- Whether what was planned for is still there: between a plan and its application somebody else may have been at work.
local environment_reader = require "inputs.environment"
local fs = require "pysec.fs"

local unchanged = {}

--- The first package that differs between two sets, { name = version }, in words; nil when none does.
function unchanged.difference(before, now)
  local names = {}
  for name in pairs(before) do names[name] = true end
  for name in pairs(now) do names[name] = true end
  local sorted = {}
  for name in pairs(names) do sorted[#sorted + 1] = name end
  table.sort(sorted)
  for _, name in ipairs(sorted) do
    if before[name] ~= now[name] then
      return ("%s was %s and is %s"):format(name, before[name] or "not there", now[name] or "gone")
    end
  end
end

--- The packages of an environment that was read: { name = version }.
function unchanged.versions(environment)
  local versions = {}
  for _, package in ipairs(environment.packages) do versions[package.name] = package.version end
  return versions
end

--- Returns true when the environment (as it was read; nil for none) and the files ({ { path, before } }) are as they
-- were, else nil and what changed.
function unchanged.check(environment, changes)
  if environment then
    local now, message = environment_reader.read(environment.path)
    if not now then return nil, message end
    local difference = unchanged.difference(unchanged.versions(environment), unchanged.versions(now))
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
