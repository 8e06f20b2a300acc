--- What a solved set would change, and what each of these upgrades is for.
local audit = require "audit"
local findings = require "lib.findings"
local problem = require "plan.problem"
local version = require "pysec.version"

local changes = {}

--- The packages that come in or move, by name.
function changes.packages(present, versions)
  local list = {}
  for name, to in pairs(versions) do
    if not present[name] or version.compare(present[name], to) ~= 0 then
      list[#list + 1] = { name = name, version = to, direct = false }
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

--- What is still found in the packages that would change.
function changes.remaining_findings(job, scanners, present, versions)
  local changed = changes.packages(present, versions)
  if #changed == 0 then return {} end
  return audit.quietly(job, changed, scanners)
end

local function fixes_of(own, still, name, to)
  local fixes = {}
  for _, finding in ipairs(own) do
    if finding.package == name and to ~= finding.version and not findings.contains(still, finding) then
      fixes[#fixes + 1] = finding.id
    end
  end
  return fixes
end

local function upgrade_record(target, package, name, from, to, fixes)
  local kind = #fixes > 0 and "security" or "update"
  local reason
  if kind == "update" then reason = (from and "" or "new: ") .. "needed by the other upgrades" end
  return { package = name, from = from, to = to, kind = kind, change = from and version.change(from, to) or "other",
    fixes = fixes, direct = package and package.direct or false, state = "planned", target = target.path,
    reason = reason }
end

--- The upgrades from what is present to a solved set.
function changes.upgrades(target, present, versions, own, still)
  local by_name, upgrades = {}, {}
  for _, package in ipairs(target.packages) do by_name[package.name] = package end
  for _, package in ipairs(changes.packages(present, versions)) do
    local name, from = package.name, present[package.name]
    if problem.is_movable(target, name) and (not from or version.compare(package.version, from) == 1) then
      local fixes = fixes_of(own, still, name, package.version)
      upgrades[#upgrades + 1] = upgrade_record(target, by_name[name], name, from, package.version, fixes)
    end
  end
  return upgrades
end

return changes
