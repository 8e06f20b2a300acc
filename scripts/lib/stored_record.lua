--- What is told from a stored report: a security summary, or what `pysec eval --format json` printed. All that is
-- missing or odd in it is made whole first, so that who reads on need not doubt each field.
local finding_shape = require "lib.finding_shape"
local json = require "pysec.json"
local recorded = require "lib.recorded"

local stored_record = {}

local function text(value)
  if type(value) == "string" then return value end
  return math.type(value) and tostring(value) or nil
end

--- The objects of a list, each with these fields as texts, "" where there is none but for the optional ones.
local function objects(list, fields, optional)
  local whole = json.array()
  for _, item in ipairs(json.is_array(list) and list or {}) do
    if type(item) == "table" and not json.is_array(item) then
      for _, field in ipairs(fields) do item[field] = text(item[field]) or "" end
      for _, field in ipairs(optional or {}) do item[field] = text(item[field]) end
      whole[#whole + 1] = item
    end
  end
  return whole
end

local function texts(list)
  local whole = json.array()
  for _, item in ipairs(json.is_array(list) and list or {}) do whole[#whole + 1] = text(item) end
  return whole
end

--- Completes decisions. Returns what is wrong, or nil.
local function complete_decisions(decisions)
  objects(decisions, { "by", "rule", "reason" }, { "report" })
  for i, decision in ipairs(decisions) do
    local problem = finding_shape.problem(decision.finding)
    if problem then return ("decision %d (%s): %s"):format(i, decision.finding.id, problem) end
    decision.trace = objects(decision.trace, { "by", "rule", "verdict", "reason" }, { "expires" })
  end
end

--- Makes a record of a decoded report: { timestamp, mode, decisions, fixed, upgrades, held_back, notices }. Returns it,
-- or nil and what is wrong.
function stored_record.read(value)
  if type(value) ~= "table" or json.is_array(value) or value.decisions == nil then
    return nil, "holds no decisions: expected a security summary, or what pysec eval --format json printed"
  end
  local decisions, problem = recorded.decisions(value.decisions)
  problem = problem or complete_decisions(decisions)
  local fixed = objects(value.fixed, { "id" })
  problem = problem or finding_shape.problem_of_list(fixed, "fixed finding")
  if problem then return nil, problem end
  local upgrades = objects(value.upgrades, { "package", "to", "state" }, { "from", "by", "rule", "reason",
    "free_on" })
  for _, upgrade in ipairs(upgrades) do upgrade.fixes = texts(upgrade.fixes) end
  return {
    timestamp = text(value.timestamp), mode = text(value.upgrade_mode),
    decisions = decisions, fixed = fixed, upgrades = upgrades,
    held_back = objects(value.held_back, { "package", "version", "latest", "reason" }, { "by", "rule",
      "free_on" }),
    notices = objects(value.notices, { "kind", "by", "message" }),
  }
end

return stored_record
