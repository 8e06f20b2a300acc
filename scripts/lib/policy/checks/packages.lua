--- Pins, denials, allows and limits that contradict each other, or that another rule leaves nothing to.
local lists = require "lib.lists"
local matchers = require "lib.policy.matchers"
local overlap = require "lib.policy.overlap"

local packages = {}

local function places(rules)
  local texts = {}
  for i, rule in ipairs(rules) do texts[i] = rule.by end
  return table.concat(texts, ", ")
end

--- The denials beside a rule that name a package: one of all its versions or nil, and those of some versions.
local function denials_of(index, rule, name)
  local some = {}
  for _, other in ipairs(index:beside("deny", rule)) do
    if matchers.matches(other.package, name) then
      if not other.version then return other, {} end
      some[#some + 1] = other
    end
  end
  return nil, some
end

--- Whether these denials leave no version of a rule.
local function leave_nothing(denials, rule)
  local denied = {}
  for i, denial in ipairs(denials) do denied[i] = denial.version end
  return rule.version and overlap.within(rule.version, denied)
end

--- The names that a rule gives as they are.
local function exact_names(rule)
  return lists.keys(rule.package and rule.package.exact or {})
end

--- What denials leave nothing of.
local function check_denied(index, rule, warn)
  for _, name in ipairs(exact_names(rule)) do
    local denial, some = denials_of(index, rule, name)
    if denial then
      warn(("the %s of %s means nothing: %s denies the package"):format(rule.rule, name, denial.by))
    elseif leave_nothing(some, rule) then
      warn(("the %s of %s leaves no version: all in %q are denied by %s"):format(rule.rule, name, rule.version,
        places(some)))
    end
  end
end

local function check_pin(index, pin, warn)
  for _, other in ipairs(index:near("pin", pin)) do
    local shared = index:is_before(other, pin) and overlap.shared(other.package, pin.package) or {}
    if #shared > 0 and not overlap.common { pin.version, other.version } and overlap.common { other.version } then
      warn(("no version of %s is in both %q and %q, to which %s pins it"):format(table.concat(shared, ", "),
        pin.version, other.version, other.by))
    end
  end
end

--- Whether a list of allows surely has none of these names.
local function none_listed(allows, names)
  for _, allow in ipairs(allows) do
    for _, name in ipairs(names) do
      if matchers.matches(allow.package, name) then return false end
    end
  end
  return true
end

local function check_deny(index, rule, warn)
  local names, allows = overlap.exact(rule.package), {}
  for _, allow in ipairs(index:list "allow") do
    if allow.authority == "given" or rule.authority == "project" then allows[#allows + 1] = allow end
  end
  if names and #allows > 0 and none_listed(allows, names) then
    warn(("the denial of %s adds nothing: it is not on the allow list (%s)"):format(table.concat(names, ", "),
      allows[1].by))
  end
end

local function is_delegated(index)
  for _, rule in ipairs(index:list "delegate") do
    if rule.allow and rule.authority == "given" then return true end
  end
  return false
end

--- Names that a project allows although the given list does not.
local function check_allow(index, rule, warn)
  if rule.authority == "given" or is_delegated(index) then return end
  local given, missing = {}, {}
  for _, other in ipairs(index:list "allow") do
    if other.authority == "given" then given[#given + 1] = other end
  end
  for _, name in ipairs(exact_names(rule)) do
    if #given > 0 and none_listed(given, { name }) then missing[#missing + 1] = name end
  end
  if #missing > 0 then
    warn(("%s stays off the allow list: only a given policy adds to that of %s, unless it delegates"):format(
      table.concat(missing, ", "), given[1].by))
  end
end

local OWN = { pin = check_pin, deny = check_deny, allow = check_allow }

--- Warns of what a pin, deny, allow or limit can never do.
function packages.check(rule, index, warn)
  if rule.rule == "limit" and rule.change == "major" then
    warn("a limit to major upgrades lets every upgrade through")
  end
  if rule.version and not overlap.common { rule.version } then
    warn(("no version is in %q"):format(rule.version))
    return
  end
  if rule.rule ~= "deny" then check_denied(index, rule, warn) end
  if OWN[rule.rule] then OWN[rule.rule](index, rule, warn) end
end

return packages
