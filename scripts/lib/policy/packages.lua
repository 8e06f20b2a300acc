--- What pin, deny, allow and limit say: of the packages that are installed, and of upgrades.
local findings = require "lib.findings"
local matchers = require "lib.policy.matchers"
local specifiers = require "lib.policy.specifiers"

local Packages = {}
Packages.__index = Packages

local function because(text, rule)
  return rule.reason and ("%s: %s"):format(text, rule.reason) or text
end

--- Whether a denial of a package holds for this version. One that cannot be compared may be among those denied.
local function is_denied(rule, version)
  return not rule.version or specifiers.may_hold(version, rule.version)
end

local function denial_text(rule, version)
  if not rule.version then return "the package is denied" end
  local text = ("versions %s are denied"):format(rule.version)
  if specifiers.holds(version, rule.version) then return text end
  return ("%s, and '%s' is no version that could be compared"):format(text, version)
end

local function limit_text(rule)
  return rule.change == "none" and "no upgrade is allowed" or ("at most a %s upgrade is allowed"):format(rule.change)
end

--- Gathers the rules. `delegates.allow` is the rule that lets a project add to the allow list, or nil.
function Packages.new(rules, delegates)
  local self = setmetatable({ pins = {}, denials = {}, limits = {}, allowed = { given = {}, project = {} },
    may_allow = delegates.allow, by_name = {} }, Packages)
  for _, rule in ipairs(rules) do
    if rule.rule == "pin" then table.insert(self.pins, rule) end
    if rule.rule == "deny" then table.insert(self.denials, rule) end
    if rule.rule == "limit" then table.insert(self.limits, rule) end
    if rule.rule == "allow" then table.insert(self.allowed[rule.authority], rule) end
  end
  return self
end

--- Whether any rule may make a finding of a package.
function Packages:judge_any()
  return #self.pins + #self.denials + #self.allowed.given + #self.allowed.project > 0
end

local function matching(rules, name)
  local list = {}
  for _, rule in ipairs(rules) do
    if not rule.package or matchers.matches(rule.package, name) then list[#list + 1] = rule end
  end
  return list
end

--- The rules that a name is matched by. Names come again and again, in one report after the other.
function Packages:of(name)
  local known = self.by_name[name]
  if known then return known end
  known = { pins = matching(self.pins, name), denials = matching(self.denials, name),
    limits = matching(self.limits, name), given = matching(self.allowed.given, name),
    project = matching(self.allowed.project, name) }
  self.by_name[name] = known
  return known
end

-- --- the allow list ---

--- Whether one of the rules, which match the name, lists this version.
local function is_listed(rules, version)
  for _, rule in ipairs(rules) do
    rule.hits = rule.hits + 1
    if not rule.version or specifiers.holds(version, rule.version) then return true end
  end
  return false
end

--- The first rule of the list that a package is not on, or nil. A project's own list stands beside the given one; with
-- delegation it adds to it.
function Packages:unlisted_by(name, version)
  local given, project = self.allowed.given, self.allowed.project
  if #given == 0 and #project == 0 then return nil end
  local own = self:of(name)
  local on_given = #given == 0 or is_listed(own.given, version)
  local on_project = #project == 0 or is_listed(own.project, version)
  if self.may_allow and #given > 0 then
    if on_given then return nil end
    if #project == 0 or not on_project then return given[1] end
    self.may_allow.hits = self.may_allow.hits + 1
    return nil
  end
  if not on_given then
    if #project > 0 and on_project then project[1].loosens = "only a given policy adds to a given allow list" end
    return given[1]
  end
  return not on_project and project[1] or nil
end

--- What is wrong with a package that is not listed: it, or only its version.
function Packages:unlisted_text(name, unlisted)
  local is_named = #self:of(name)[unlisted.authority] > 0
  return is_named and "its version is not on the allow list" or "it is not on the allow list"
end

-- --- findings of packages that are there ---

local function add(found, rule, package, reason)
  local id = rule.rule .. ":" .. package.name
  local known = found[id]
  if not known then
    known = { finding = findings.of_policy(id, package, reason), spoken = {} }
    found[id] = known
    table.insert(found, known)
  end
  rule.hits = rule.hits + 1
  table.insert(known.spoken, { rule = rule.rule, by = rule.by, verdict = "fail", reason = reason })
end

--- The findings of kind policy of { name, version, direct }: { { finding, spoken }, ... }.
function Packages:findings(package)
  local found, own = {}, self:of(package.name)
  for _, rule in ipairs(own.denials) do
    if is_denied(rule, package.version) then
      add(found, rule, package, because(denial_text(rule, package.version), rule))
    end
  end
  for _, rule in ipairs(own.pins) do
    rule.hits = rule.hits + 1
    if not specifiers.holds(package.version, rule.version) then
      add(found, rule, package, because(("it is pinned to %s"):format(rule.version), rule))
    end
  end
  local unlisted = self:unlisted_by(package.name, package.version)
  if unlisted then add(found, unlisted, package, because(self:unlisted_text(package.name, unlisted), unlisted)) end
  return found
end

-- --- upgrades ---

local function refusal(rule, text)
  rule.hits = rule.hits + 1
  return { by = rule.by, rule = rule.rule, reason = because(text, rule) }
end

--- Why an upgrade is refused: { by, rule, reason }, or nil. `from` is nil for a package that comes in new.
function Packages:refusal(name, from, to)
  local own = self:of(name)
  for _, rule in ipairs(own.pins) do
    rule.hits = rule.hits + 1
    if not specifiers.holds(to, rule.version) then return refusal(rule, "it is pinned to " .. rule.version) end
  end
  for _, rule in ipairs(own.denials) do
    if is_denied(rule, to) then return refusal(rule, denial_text(rule, to)) end
  end
  for _, rule in ipairs(from and own.limits or {}) do
    rule.hits = rule.hits + 1
    if not specifiers.within(from, to, rule.change) then return refusal(rule, limit_text(rule)) end
  end
  local unlisted = self:unlisted_by(name, to)
  return unlisted and refusal(unlisted, self:unlisted_text(name, unlisted)) or nil
end

--- The one rule of an allow list, of those on a package, that has its versions; nil when some rule has all, or when
-- several have some.
local function versions_of(rules)
  return #rules == 1 and rules[1].version and rules[1] or nil
end

local function narrow(list, rule, specifier, text)
  if specifier then
    list[#list + 1] = { specifier = specifier, by = rule.by, rule = rule.rule, reason = because(text, rule) }
  end
end

--- The specifiers that upgrades of a package have to stay in, as far as specifiers can say it: { { specifier, by,
-- rule, reason }, ... }.
function Packages:narrowing(name, version)
  local list, own = {}, self:of(name)
  for _, rule in ipairs(own.pins) do narrow(list, rule, rule.version, "it is pinned to " .. rule.version) end
  for _, rule in ipairs(own.denials) do
    if rule.version then
      narrow(list, rule, specifiers.complement(rule.version), ("versions %s are denied"):format(rule.version))
    end
  end
  for _, rule in ipairs(version and own.limits or {}) do
    narrow(list, rule, specifiers.limit(version, rule.change), limit_text(rule))
  end
  for _, rules in ipairs(self.may_allow and #self.allowed.given > 0 and {} or { own.given, own.project }) do
    local rule = versions_of(rules)
    if rule then narrow(list, rule, rule.version, "the allow list has versions " .. rule.version) end
  end
  return list
end

return Packages
