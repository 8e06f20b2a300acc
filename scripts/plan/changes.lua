--- What a solved set would change, and what each of these upgrades is for.
local audit = require "audit"
local findings = require "lib.findings"
local lists = require "lib.lists"
local problem = require "plan.problem"
local version = require "pysec.version"

local changes = {}

--- The findings in packages of a target that holds these versions, { name = version }.
function changes.own_findings(present, list)
  local own = {}
  for _, finding in ipairs(list) do
    if present[finding.package] == finding.version then own[#own + 1] = finding end
  end
  return own
end

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

--- The findings of these scanners so far: { ["name version"] = list }.
local function known_findings(job, scanners)
  job.audited = job.audited or {}
  local key = table.concat(lists.keys(scanners), ",")
  job.audited[key] = job.audited[key] or {}
  return job.audited[key]
end

--- What is still found in the packages that would change. One set differs little from the next: a version is audited
-- once in a run.
function changes.remaining_findings(job, scanners, present, versions)
  local changed, known, unknown, still = changes.packages(present, versions), known_findings(job, scanners), {}, {}
  for _, package in ipairs(changed) do
    if not known[package.name .. " " .. package.version] then unknown[#unknown + 1] = package end
  end
  local found, by_name = #unknown > 0 and audit.quietly(job, unknown, scanners) or {}, {}
  for _, package in ipairs(unknown) do known[package.name .. " " .. package.version] = {} end
  for _, package in ipairs(changed) do by_name[package.name] = known[package.name .. " " .. package.version] end
  for _, finding in ipairs(found) do table.insert(by_name[finding.package] or still, finding) end
  for _, package in ipairs(changed) do
    local own = by_name[package.name]
    table.move(own, 1, #own, #still + 1, still)
  end
  return still
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

--- An upgrade that fixes these findings (ids), or else is one that the others need.
function changes.record(target, name, from, to, fixes)
  local direct, reason = false, nil
  for _, package in ipairs(target.packages) do
    if package.name == name then direct = package.direct or false end
  end
  if #fixes == 0 then reason = (from and "" or "new: ") .. "needed by the other upgrades" end
  return { package = name, from = from, to = to, kind = #fixes > 0 and "security" or "update",
    change = from and version.change(from, to) or "other", fixes = fixes, direct = direct, state = "planned",
    target = target.path, reason = reason }
end

--- The upgrades from what is present to a solved set.
function changes.upgrades(target, present, versions, own, still)
  local upgrades = {}
  for _, package in ipairs(changes.packages(present, versions)) do
    local name, from = package.name, present[package.name]
    if problem.is_movable(target, name) and (not from or version.compare(package.version, from) == 1) then
      upgrades[#upgrades + 1] = changes.record(target, name, from, package.version,
        fixes_of(own, still, name, package.version))
    end
  end
  return upgrades
end

local function is_fixed_by(finding, to)
  for _, fix in ipairs(finding.fix_versions) do
    if version.normalize(fix) and version.compare(fix, finding.version) == 1 and version.compare(fix, to) < 1 then
      return true
    end
  end
  return false
end

--- An upgrade that is in no plan: what it would fix goes by the fix versions of what is found.
function changes.wanted(target, name, from, to, found)
  local fixes = {}
  for _, finding in ipairs(found) do
    if finding.package == name and finding.kind == "vulnerability" and is_fixed_by(finding, to) then
      fixes[#fixes + 1] = finding.id
    end
  end
  return changes.record(target, name, from, to, fixes)
end

--- What is found after a plan: in the packages that it changes, and in those that it leaves alone.
function changes.left(own, still, present, versions)
  local left = table.move(still, 1, #still, 1, {})
  for _, finding in ipairs(own) do
    local to = versions[finding.package]
    if not to or version.compare(to, present[finding.package]) == 0 then left[#left + 1] = finding end
  end
  return left
end

return changes
