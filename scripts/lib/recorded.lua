--- What our own reports hold beside findings: decisions, evidence, packages.
local evidence = require "lib.evidence"
local json = require "pysec.json"
local names = require "lib.names"

local recorded = {}

local VERDICTS = { block = true, fail = true, warn = true, ignore = true }
local STATUSES = { complete = true, incomplete = true, not_run = true }

local function is_object(value)
  return type(value) == "table" and not json.is_array(value)
end

--- The decisions of a report. Returns them, or nil and what is wrong.
function recorded.decisions(list)
  if list == nil then return nil end
  if not json.is_array(list) then return nil, "decisions: expected a list" end
  for i, decision in ipairs(list) do
    if not is_object(decision) or not is_object(decision.finding) or type(decision.finding.id) ~= "string" then
      return nil, ("decision %d has no finding with an id"):format(i)
    end
    if not VERDICTS[decision.verdict] then
      return nil, ("decision %d (%s): its verdict is none of block, fail, warn, ignore"):format(i, decision.finding.id)
    end
  end
  return list
end

--- What is wrong with a list of skips, or nil.
local function skips_problem(skipped)
  if type(skipped) ~= "table" or (next(skipped) ~= nil and not json.is_array(skipped)) then
    return "skipped: expected a list"
  end
  for i, skip in ipairs(skipped) do
    if not is_object(skip) or type(skip.name) ~= "string" then return ("skipped %d has no name"):format(i) end
  end
end

local function database_problem(database)
  local is_well = is_object(database) and (database.age_days == nil or type(database.age_days) == "number")
  return not is_well and "database: expected an object whose age_days is a number" or nil
end

--- What is wrong with an item of evidence, or nil.
local function item_problem(item)
  if not STATUSES[item.status] then return "its status is none of complete, incomplete, not_run" end
  return skips_problem(item.skipped or {}) or skips_problem(item.expected or {})
    or item.database ~= nil and database_problem(item.database) or nil
end

--- An item as the scanner gave it, before a policy expected some of its skips: what to expect is for the policies that
-- decide now.
local function as_given(item)
  local skipped, expected = item.skipped or {}, item.expected or {}
  item.skipped, item.expected = json.array(skipped), nil
  if #expected > 0 then
    table.move(expected, 1, #expected, #skipped + 1, skipped)
    if item.status == "complete" then evidence.settle(item, "package") end
  end
  if item.status == "incomplete" and type(item.reason) ~= "string" then
    item.reason = item.scanner .. " is incomplete"
  end
  return item
end

--- The evidence of a report, an item a scanner; what policies missed in it is left to those that decide now. Returns
-- it, or nil and what is wrong.
function recorded.evidence(list)
  if list == nil then return {} end
  if not json.is_array(list) then return nil, "evidence: expected a list" end
  local given = {}
  for i, item in ipairs(list) do
    if not is_object(item) or type(item.scanner) ~= "string" then
      return nil, ("evidence %d has no scanner"):format(i)
    end
    local problem = item_problem(item)
    if problem then return nil, ("evidence %d (%s): %s"):format(i, item.scanner, problem) end
    if item.scanner ~= "policy" then given[#given + 1] = as_given(item) end
  end
  return given
end

--- The audited packages of a report, nil where it has none. Returns them, or nil and what is wrong.
function recorded.packages(list)
  if list == nil then return nil end
  if not json.is_array(list) then return nil, "packages: expected a list" end
  for i, package in ipairs(list) do
    if not is_object(package) or type(package.name) ~= "string" or type(package.version) ~= "string" then
      return nil, ("package %d has no name or no version"):format(i)
    end
    package.name = names.normalize(package.name)
  end
  return list
end

--- The packages that a list of findings speaks of, those of policies too: for a report that does not list what was
-- audited.
function recorded.packages_of(findings)
  local packages, seen = {}, {}
  for _, finding in ipairs(findings) do
    local key = ("%s\0%s"):format(finding.package, finding.version)
    if finding.package and finding.package ~= "*" and not seen[key] then
      seen[key] = true
      packages[#packages + 1] = { name = finding.package, version = finding.version, direct = finding.direct or false }
    end
  end
  return packages
end

--- The findings that scanners made: those of a policy are made anew by the policies that decide now.
function recorded.without_policy(findings)
  local others
  for i, finding in ipairs(findings) do
    if finding.kind == "policy" and not others then
      others = json.array(table.move(findings, 1, i - 1, 1, {}))
    elseif finding.kind ~= "policy" and others then
      others[#others + 1] = finding
    end
  end
  return others or findings
end

return recorded
