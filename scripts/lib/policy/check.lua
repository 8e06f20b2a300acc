--- Rules that can never speak: what `pysec check` warns of. Only of what is sure, so that a warning is worth reading.
local cooldowns = require "lib.policy.checks.cooldowns"
local Index = require "lib.policy.checks.index"
local ignores = require "lib.policy.checks.ignores"
local overlap = require "lib.policy.overlap"
local packages = require "lib.policy.checks.packages"
local severities = require "lib.policy.checks.severities"
local findings = require "lib.findings"

local check = {}

-- --- a rule that says nothing beyond another ---

local CHANGES = { none = 0, patch = 1, minor = 2, major = 3 }

local function has_all(list, wanted)
  local known = {}
  for _, item in ipairs(list or {}) do known[item] = true end
  for _, item in ipairs(wanted or {}) do
    if not known[item] then return false end
  end
  return true
end

local function at_most(value, most)
  return most == nil or value ~= nil and value <= most
end

local function same_fields(a, b, fields)
  for _, field in ipairs(fields) do
    if a[field] ~= b[field] then return false end
  end
  return true
end

--- For each rule: whether the first says all that the second says.
local SAYS_ALL = {
  ignore = ignores.includes,
  pin = function(one, other)
    return overlap.covers(one.package, other.package, "name") and overlap.within(one.version, { other.version })
      and overlap.common { one.version }
  end,
  deny = function(one, other)
    return overlap.covers(one.package, other.package, "name")
      and (not one.version or overlap.within(other.version, { one.version }))
  end,
  limit = function(one, other)
    return overlap.covers(one.package, other.package, "name") and CHANGES[one.change] <= CHANGES[other.change]
  end,
  cooldown = cooldowns.includes,
  ignores = function(one, other)
    local rank = findings.severity_rank
    return has_all(one.require, other.require) and at_most(one.max_days, other.max_days)
      and at_most(one.max_severity and rank(one.max_severity), other.max_severity and rank(other.max_severity))
  end,
  evidence = function(one, other)
    return has_all(one.scanners, other.scanners) and at_most(one.max_database_age, other.max_database_age)
      and (not other.expected_skips or one.expected_skips ~= nil
        and overlap.covers(one.expected_skips, other.expected_skips, "name"))
  end,
  delegate = function(one, other)
    if not same_fields(one, other, { "allow", "evidence" }) then return false end
    local a, b = one.ignore, other.ignore
    if not a or not b then return a == b end
    return same_fields(a, b, { "max_severity", "kind" }) and overlap.covers(a.package, b.package, "name")
      and overlap.covers(b.package, a.package, "name")
  end,
}
--- A project's own allow list stands beside the given one, so that it is never repeated by it.
function SAYS_ALL.allow(one, other)
  return one.authority == other.authority and SAYS_ALL.deny(one, other)
end

--- The rule that leaves nothing to a rule, and whether both say the same; nil when there is none. Of ignores the first
-- that matches decides, so that only one before it does.
local function stands_in(rule, index)
  local says_all = SAYS_ALL[rule.rule]
  for _, other in ipairs(says_all and index:beside(rule.rule, rule) or {}) do
    local before = index:is_before(other, rule)
    if (before or rule.rule ~= "ignore") and says_all(other, rule) then
      local same = other.authority == rule.authority and says_all(rule, other)
      if before or not same then return other, same end
    end
  end
  return nil
end

-- --- what is wrong with a rule of each name ---

local CHECKS = { pin = packages.check, deny = packages.check, allow = packages.check, limit = packages.check,
  cooldown = cooldowns.check }

function CHECKS.ignore(rule, index, warn)
  local why = ignores.never(rule, index)
  if why then warn("this ignore never counts: " .. why) end
end

function CHECKS.severity(rule, index, warn)
  local why = severities.never(rule, index)
  if why then
    warn("this severity rule never decides: " .. why)
    return
  end
  for _, covered in ipairs(severities.covered_thresholds(rule)) do
    warn(("the threshold `%s` is never reached: `%s` is no higher"):format(covered.field, covered.by))
  end
end

function CHECKS.delegate(rule, _, warn)
  if rule.authority == "project" then warn("delegate has no effect here: only a given policy delegates") end
end

--- The rule that asks for a scanner already: one before it that asks for more besides, or the rule itself when it has
-- named it.
local function asked_before(rule, index, scanner, named)
  for _, other in ipairs(index:list "evidence") do
    if other == rule then return named[scanner] and rule end
    if has_all(other.scanners, { scanner }) and not SAYS_ALL.evidence(rule, other) then return other end
  end
end

local function may_skip(rule, index)
  if rule.authority == "given" then return true end
  for _, delegate in ipairs(index:list "delegate") do
    if delegate.evidence and delegate.authority == "given" then return true end
  end
  return false
end

function CHECKS.evidence(rule, index, warn)
  local named = {}
  for _, scanner in ipairs(rule.scanners or {}) do
    local by = asked_before(rule, index, scanner, named)
    if by == rule then warn(("it names %s twice"):format(scanner)) end
    if by and by ~= rule then warn(("%s asks for %s already"):format(by.by, scanner)) end
    named[scanner] = true
  end
  if rule.expected_skips and not may_skip(rule, index) then
    warn("expected_skips has no effect: only a given policy says what scanners may skip, unless it delegates")
  end
end

-- --- the whole ---

local function check_rule(rule, index, warn)
  local other, same = stands_in(rule, index)
  -- A duplicate has the other's faults; naming them once is enough.
  if same then
    warn(("this %s rule says the same as %s"):format(rule.rule, other.by))
    return
  end
  local quiet = true
  if CHECKS[rule.rule] then
    CHECKS[rule.rule](rule, index, function(message)
      quiet = false
      warn(message)
    end)
  end
  if other and quiet then
    warn(("this %s rule says nothing that %s does not say already"):format(rule.rule, other.by))
  end
end

--- Warnings of the rules of a set, in its order: { { path, line, by, rule, message }, ... }.
function check.warnings(all)
  local list, index = {}, Index.new(all)
  for _, rule in ipairs(all) do
    check_rule(rule, index, function(message)
      list[#list + 1] = { path = rule.file, line = rule.line, by = rule.by, rule = rule.rule, message = message }
    end)
  end
  return list
end

--- How many rules of each name there are, in the order of the names: { { name, count }, ... }.
function check.counts(all)
  local counts, list = {}, {}
  for _, rule in ipairs(all) do
    local name = rule.rule == "on" and "on " .. rule.event or rule.rule
    if not counts[name] then
      counts[name] = { name = name, count = 0 }
      list[#list + 1] = counts[name]
    end
    counts[name].count = counts[name].count + 1
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

return check
