--- What other policies change: decisions that were recorded, compared with those of now.
--
-- A finding is the same when package and version, or path and line, are, and any id or alias.
local finding_shape = require "lib.finding_shape"
local json = require "pysec.json"

local changes = {}

local function key(finding, id)
  return ("%s\0%s\0%s"):format(finding.package or finding.path, finding.version or finding.line, id)
end

--- An empty record of decisions.
function changes.new()
  return { by_key = {}, decisions = {}, met = {} }
end

--- Adds recorded decisions; of two on the same finding the later one counts. Returns true, or nil and a message.
function changes.add(record, decisions)
  for i, decision in ipairs(decisions) do
    local finding = decision.finding
    local problem = finding_shape.problem(finding)
    if problem then return nil, ("decision %d (%s): %s"):format(i, tostring(finding.id), problem) end
    record.decisions[#record.decisions + 1] = decision
    record.by_key[key(finding, finding.id)] = decision
    for _, alias in ipairs(finding.aliases) do record.by_key[key(finding, alias)] = decision end
  end
  return true
end

local function find(record, finding)
  local found = record.by_key[key(finding, finding.id)]
  if found then return found end
  for _, alias in ipairs(finding.aliases) do
    found = record.by_key[key(finding, alias)]
    if found then return found end
  end
end

--- The part of a decision that is compared; json.null for none.
local function word_of(decision)
  if not decision then return json.null end
  return { verdict = decision.verdict, by = decision.by, rule = decision.rule, reason = decision.reason }
end

--- The decisions that differ from the recorded ones or have none: { { finding, old, new }, ... }; `old` is json.null
-- where nothing was recorded.
function changes.between(record, decisions)
  local list = {}
  for _, decision in ipairs(decisions) do
    local old = find(record, decision.finding)
    if old then record.met[old] = true end
    if not old or old.verdict ~= decision.verdict then
      list[#list + 1] = { finding = decision.finding, old = word_of(old), new = word_of(decision) }
    end
  end
  return list
end

--- The recorded findings of policies that the policies of now no longer make; their `new` is json.null.
function changes.gone(record)
  local list = {}
  for _, old in ipairs(record.decisions) do
    if old.finding.kind == "policy" and not record.met[old] then
      list[#list + 1] = { finding = old.finding, old = word_of(old), new = json.null }
    end
  end
  return list
end

return changes
