--- safety's own JSON, of all its ages.
local evidence = require "lib.evidence"
local names = require "lib.names"
local safety_report = require "lib.safety_report"

--- The packages that `check` names with their versions; other reports do not.
local function packages_of(scanned)
  if type(scanned) ~= "table" then return nil end
  local list = {}
  for name, package in pairs(scanned) do
    local version = type(package) == "table" and package.version
    if type(version) ~= "string" then return nil end
    list[#list + 1] = { name = names.normalize(name), version = version }
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

return function(value)
  local list, scanned = safety_report.parse(value)
  if not list then return nil, scanned end
  local report = { format = "safety", findings = list, packages = packages_of(value.scanned_packages) }
  if scanned and next(scanned) == nil then
    -- Without its database it writes a report of no package, which looks clean.
    report.evidence = { evidence.missing("safety", "safety looked at no package") }
  else
    report.evidence = { evidence.of("safety", {}, "package") }
  end
  return report
end
