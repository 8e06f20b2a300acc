--- What policies expect of the evidence: which scanners ran, what they may skip, how old their database may be.
local json = require "pysec.json"
local matchers = require "lib.policy.matchers"
local names = require "lib.names"

local evidence = {}

--- True when an evidence rule names this package as one that scanners may skip. What has no name is never expected.
local function is_expected(rules, name)
  for _, rule in ipairs(rules) do
    if type(name) == "string" and matchers.matches(rule.expected_skips, names.normalize(name)) then return true end
  end
  return false
end

--- An item without the skips that were expected. Those alone do not make it incomplete; what else did stays.
local function without_expected(item, rules)
  local left, expected = json.array(), json.array()
  for _, skip in ipairs(item.skipped or {}) do
    table.insert(is_expected(rules, skip.name) and expected or left, skip)
  end
  if #expected == 0 then return item end
  local own = {}
  for key, value in pairs(item) do own[key] = value end
  own.skipped, own.expected = left, expected
  if #left == 0 and item.status == "incomplete" and item.only_skips then own.status, own.reason = "complete", nil end
  return own
end

local function missing(list, rule, reason)
  list[#list + 1] = { scanner = "policy", status = "incomplete", reason = ("%s: %s"):format(rule.by, reason),
    skipped = json.array() }
end

local function check_scanners(list, rule, by_name)
  for _, name in ipairs(rule.scanners or {}) do
    if not by_name[name] then
      missing(list, rule, ("the policy wants %s, which did not run"):format(name))
    end
  end
end

local function check_age(list, rule, items)
  if not rule.max_database_age then return end
  for _, item in ipairs(items) do
    local database = item.database
    local age = database and database.age_days
    local is_young = age and age <= rule.max_database_age -- and false for what is no number
    if database and not age then
      missing(list, rule, ("the age of the database that %s used is not known"):format(item.scanner))
    elseif age and not is_young then
      missing(list, rule, ("the database that %s used is %g days old, and the policy allows %d"):format(item.scanner,
        age, rule.max_database_age))
    end
  end
end

--- Judges the evidence. Returns a new list: expected skips no longer count, and what rules miss is added.
-- `delegated` is the rule by which a project's expected_skips count; without it, its rules get `loosens`.
function evidence.judge(rules, items, delegated)
  local trusted, judged, by_name = {}, {}, {}
  for _, rule in ipairs(rules) do
    rule.hits = rule.hits + 1
    if rule.expected_skips and (rule.authority == "given" or delegated) then
      table.insert(trusted, rule)
      if rule.authority == "project" then delegated.hits = delegated.hits + 1 end
    elseif rule.expected_skips then
      rule.loosens = "only a given policy says which packages scanners may skip"
    end
  end
  local failed
  for i, item in ipairs(items) do
    local ok, own = pcall(without_expected, item, trusted)
    if not ok and not (type(own) == "table" and own.policy) then error(own, 0) end
    judged[i], failed = ok and own or item, failed or not ok and own.policy
    by_name[item.scanner] = item.status ~= "not_run"
  end
  if failed then
    judged[#judged + 1] = { scanner = "policy", status = "incomplete", reason = failed, skipped = json.array() }
  end
  for _, rule in ipairs(rules) do
    check_scanners(judged, rule, by_name)
    check_age(judged, rule, items)
  end
  return json.array(judged)
end

return evidence
