--- The policy engine: rules in, decisions out. Pure; scripts/pysec/policy.lua reads the files.
--
-- A policy is a Lua file that runs once, in an environment that holds the rules and nothing else. Each call
-- registers a rule, which remembers its file and line. Of the rules, `name` and `severity` exist so far.
local findings = require "lib.findings"
local names = require "lib.names"

local policy = {}

local SEVERITIES = { "none", "low", "medium", "high", "critical" }
local VERDICTS = { "warn", "fail", "block" }
local STRICTNESS = { ignore = 0, warn = 1, fail = 2, block = 3 }
local KINDS = { "vulnerability", "code", "policy" }

local function contains(list, value)
  for _, item in ipairs(list) do
    if item == value then return true end
  end
  return false
end

--- Where the policy stands: file:line of the rule that is being registered.
local function place(chunk)
  for level = 3, 12 do
    local info = debug.getinfo(level, "Sl")
    if info and info.source == "@" .. chunk then return ("%s:%d"):format(chunk, info.currentline) end
  end
  return chunk
end

local function mistake(at, message)
  error({ policy = at .. ": " .. message }, 0)
end

local FIELDS = { "kind", "block", "fail", "warn", "unknown" }

local function check_severity(at, rule)
  if type(rule) ~= "table" then mistake(at, "severity takes a table: severity { fail = \"high\" }") end
  for key, value in pairs(rule) do
    if not contains(FIELDS, key) then
      mistake(at, ("severity has no field '%s'%s"):format(tostring(key), names.hint(tostring(key), FIELDS)))
    end
    local known = key == "kind" and KINDS or key == "unknown" and VERDICTS or SEVERITIES
    if not contains(known, value) then
      mistake(at, ("severity.%s: expected %s, not %s%s"):format(key, table.concat(known, ", "), tostring(value),
        names.hint(tostring(value), known)))
    end
  end
end

--- The rules that a policy may call. They add to `set`.
local function rules_of(set, chunk)
  local rules = {}
  function rules.name(text)
    if type(text) ~= "string" then mistake(place(chunk), "name takes a text") end
    set.names[#set.names + 1] = text
  end
  function rules.severity(rule)
    local at = place(chunk)
    check_severity(at, rule)
    table.insert(set.rules, { rule = "severity", at = at, kind = rule.kind or "vulnerability", block = rule.block,
      fail = rule.fail, warn = rule.warn, unknown = rule.unknown })
  end
  return rules
end

local RULES = { "name", "severity" }

--- Lua shortens long names of files in its messages; people need them whole.
local function with_whole_name(message, chunk)
  local short = debug.getinfo(load("", "@" .. chunk), "S").short_src
  if message:sub(1, #short) ~= short then return message end
  return chunk .. message:sub(#short + 1)
end

--- Runs a policy's text and adds its rules to `set`. Returns true, or nil and a message with file:line.
local function run(set, text, chunk)
  local environment = setmetatable(rules_of(set, chunk), {
    __index = function(_, key)
      mistake(place(chunk), ("no rule is called '%s'%s"):format(tostring(key), names.hint(tostring(key), RULES)))
    end,
    __newindex = function(_, key) mistake(place(chunk), ("'%s' cannot be set; use local"):format(tostring(key))) end,
  })
  local compiled, message = load(text, "@" .. chunk, "t", environment)
  if not compiled then return nil, with_whole_name(message, chunk) end
  local ok, problem = pcall(compiled)
  if ok then return true end
  return nil, type(problem) == "table" and problem.policy or with_whole_name(tostring(problem), chunk)
end

local Set = {}
Set.__index = Set

--- What one severity rule says of a finding: a verdict or nil.
local function speak(rule, finding)
  if rule.kind ~= finding.kind then return nil end
  if finding.severity == "unknown" then return rule.unknown end
  local rank = findings.severity_rank(finding.severity)
  for _, verdict in ipairs { "block", "fail", "warn" } do
    if rule[verdict] and rank >= findings.severity_rank(rule[verdict]) then return verdict end
  end
  return nil
end

local function decide_one(set, finding)
  local decision = { finding = finding, verdict = "fail", by = "pysec", rule = "otherwise",
    reason = "no rule speaks of it, and what nobody accepted fails", trace = {} }
  local strictest = -1
  for _, rule in ipairs(set.rules) do
    local verdict = speak(rule, finding)
    if verdict then
      local reason = ("%s of severity %s"):format(finding.kind == "code" and "code finding" or finding.kind,
        finding.severity)
      table.insert(decision.trace, { rule = rule.rule, by = rule.at, verdict = verdict, reason = reason })
      if STRICTNESS[verdict] > strictest then
        strictest = STRICTNESS[verdict]
        decision.verdict, decision.by, decision.rule, decision.reason = verdict, rule.at, rule.rule, reason
      end
    end
  end
  return decision
end

--- Decides each finding. Returns a list of decisions, in the same order.
function Set:decide(list)
  local decisions = {}
  for i, finding in ipairs(list) do decisions[i] = decide_one(self, finding) end
  return decisions
end

--- Judges upgrades: sets `allowed`, and `by` and `reason` where a rule refused. No rule refuses so far.
function Set:judge(upgrades)
  for _, upgrade in ipairs(upgrades) do upgrade.allowed = true end
  return upgrades
end

--- Which rules there are, by file:line.
function Set:coverage()
  local list = {}
  for i, rule in ipairs(self.rules) do list[i] = rule.at end
  return list
end

--- Makes a set of policies from { { text, name } }. Returns the set, or nil and a message with file:line.
function policy.compile(sources)
  local set = setmetatable({ rules = {}, names = {} }, Set)
  for _, source in ipairs(sources) do
    local ok, message = run(set, source.text, source.name)
    if not ok then return nil, message end
  end
  return set
end

return policy
