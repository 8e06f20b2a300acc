--- What the policies leave of the versions that a target's packages may go to.
--
-- Pins, limits and denials reach the resolver as specifiers, before anything is solved. What else is refused, by
-- a hook or because a package comes in new, shows in the verdicts on a set that resolves: those versions are taken
-- out of the next one. The version that is present is never taken out, so what resolves now goes on to resolve.
-- So it is with releases that are too young: plan/waiting.lua tells of them in the end.
local changes = require "plan.changes"
local listing = require "plan.listing"
local lists = require "lib.lists"
local particulars = require "plan.particulars"
local problem = require "plan.problem"
local releases = require "plan.releases"
local unignored = require "lib.unignored"
local version = require "pysec.version"

local Narrow = {}
Narrow.__index = Narrow

-- After so many refused sets a package stays as it is; after twice as many there is no plan.
local MOST_ROUNDS = 6

--- `present` holds the versions that are there, by name: none for a file that was never compiled. `without` names
-- packages that have to stay as they are, as a set: what broke when it was tried.
function Narrow.new(job, target, set, present, own, without)
  local narrow = setmetatable({ job = job, target = target, set = set, present = present, own = own, rules = {},
    limits = {}, excluded = {}, most = {}, rounds = 0, without = without or {}, waiting = {},
    free = {}, particulars = particulars.new(job, set, own) }, Narrow)
  for _, package in ipairs(problem.movable_packages(target)) do narrow:add_rules(package.name) end
  return narrow
end

--- A rule that the present version breaks binds a package only where it moves for another reason.
function Narrow:add_rules(name)
  local present, limit = self.present[name], { always = {}, bounded = {} }
  for _, item in ipairs(self.set:narrowing(name, present)) do
    local holds = not present or version.matches(present, item.specifier)
    table.insert(holds and limit.always or limit.bounded, item.specifier)
    self.rules[#self.rules + 1] = { package = name, specifier = item.specifier, by = item.by, reason = item.reason }
  end
  self.limits[name] = limit
  return #limit.always > 0
end

--- True when the resolver is told of anything.
function Narrow:is_active()
  return #self.rules > 0
end

--- "<=" a version; without its local part, which such a specifier may not have.
local function at_most(to)
  return to and "<=" .. to:gsub("%+.*$", "") or "<0"
end

local function append(lines, name, specifiers)
  for _, specifier in ipairs(specifiers) do lines[#lines + 1] = name .. specifier end
end

--- The constraints for a resolver; `bounds` names the packages that are to move.
function Narrow:lines(bounds)
  local lines = {}
  for _, name in ipairs(lists.keys(self.limits)) do
    local limit, clauses = self.limits[name], { self.most[name] }
    for _, item in ipairs(lists.keys(self.excluded[name] or {})) do clauses[#clauses + 1] = "!=" .. item end
    append(lines, name, limit.always)
    if bounds[name] then append(lines, name, limit.bounded) end
    if #clauses > 0 then append(lines, name, { table.concat(clauses, ",") }) end
  end
  for _, name in ipairs(lists.keys(self.without)) do
    if self.present[name] then append(lines, name, { at_most(self.present[name]) }) end
  end
  return lines
end

--- Puts the constraints into a problem for the solver.
function Narrow:apply(made)
  made.limits = function(bounds) return self:lines(bounds) end
  return made
end

--- The findings without those that a policy ignores: who accepted one wants no upgrade for it. Raises { usage }.
function Narrow:without_ignored(found)
  return unignored(found, self.set:start():decide(found))
end

--- Lets the policies judge upgrades. Returns those that they refuse. Raises { usage } when a policy cannot judge.
function Narrow:judge(upgrades)
  self.particulars:add(upgrades)
  local judged, message = self.set:judge(upgrades)
  if not judged then error({ usage = message }, 0) end
  local refused = {}
  for _, upgrade in ipairs(judged) do
    if not upgrade.allowed then
      refused[#refused + 1] = upgrade
      self:remember_day(upgrade)
    end
  end
  return refused
end

--- Remembers the day on which a refused upgrade is free.
function Narrow:remember_day(upgrade)
  self.free[upgrade.package .. " " .. upgrade.to] = upgrade.free_on
end

--- The day on which a refused version of a package is free; nil when that is no matter of days.
function Narrow:free_on(name, to)
  return self.free[name .. " " .. to]
end

--- The versions of each package that the index has; where it was asked for their days, it told them already.
local function versions_of(narrow, names)
  local versions, unknown = {}, {}
  for _, name in ipairs(names) do
    versions[name] = narrow.set:needs_releases() and releases.versions(narrow.job, name) or {}
    if #versions[name] == 0 then unknown[#unknown + 1] = name end
  end
  for name, list in pairs(listing.fetch(narrow.job, unknown)) do versions[name] = list end
  return versions
end

--- Judges all that a refused package could go to instead: one by one, each would take a set and an audit.
local function exclude_others(narrow, refused, versions)
  local name, from, list = refused.package, refused.from, {}
  for _, to in ipairs(versions) do
    if not from or version.compare(to, from) == 1 then
      list[#list + 1] = changes.wanted(narrow.target, name, from, to, narrow.own)
    end
  end
  if #list == 0 then return end
  -- It may be a pre-release, which no index lists.
  list[#list + 1] = changes.wanted(narrow.target, name, from, refused.to, narrow.own)
  narrow:judge(list)
  local most = from
  for _, other in ipairs(list) do
    if other.allowed and (not most or version.compare(other.to, most) == 1) then most = other.to end
  end
  narrow.most[name], narrow.excluded[name] = at_most(most), {}
  for _, other in ipairs(list) do
    if not other.allowed and most and version.compare(other.to, most) == -1 then
      narrow.excluded[name][other.to] = true
    end
  end
end

--- Takes refused versions out.
local function exclude(narrow, refused)
  local names, unlisted = {}, {}
  for _, item in ipairs(refused) do
    local name = item.package
    if narrow.limits[name] or not narrow:add_rules(name) then
      if not narrow.excluded[name] then
        names[#names + 1], unlisted[#unlisted + 1] = name, item
        table.insert(narrow.rules, { package = name, by = item.by, reason = item.reason })
      end
      narrow.excluded[name] = narrow.excluded[name] or {}
      narrow.excluded[name][item.to] = true
    end
  end
  local versions = versions_of(narrow, names)
  for _, item in ipairs(unlisted) do exclude_others(narrow, item, versions[item.package]) end
end

--- Leaves packages as they are, and new ones out.
local function keep(narrow, refused)
  for _, item in ipairs(refused) do
    if not narrow.limits[item.package] then narrow:add_rules(item.package) end
    narrow.excluded[item.package] = {}
    narrow.most[item.package] = at_most(item.from)
  end
end

--- Notes the newest release of each package that has to wait.
local function note_waiting(narrow, refused)
  for _, item in ipairs(refused) do
    local known = narrow.waiting[item.package]
    if item.rule == "cooldown" and not (known and version.compare(known.to, item.to) == 1) then
      narrow.waiting[item.package] = item
    end
  end
end

--- Judges the upgrades of a set that resolves. True when some are refused: then the next set will be without them.
-- Raises { incomplete } when that does not come to an end.
function Narrow:refuses(upgrades)
  self.particulars:remember(upgrades)
  local refused = self:judge(upgrades)
  if #refused == 0 then return false end
  note_waiting(self, refused)
  self.rounds = self.rounds + 1
  if self.rounds > 2 * MOST_ROUNDS then
    local last = refused[1]
    error({ incomplete = ("the policies refuse each of %d sets, the last for %s %s by %s: %s"):format(self.rounds,
      last.package, last.to, last.by, last.reason) }, 0)
  end
  if self.rounds > MOST_ROUNDS then keep(self, refused) else exclude(self, refused) end
  return true
end

local MOST_TOLD = 5

local function is_named(rule, conflict)
  return not rule.specifier or conflict:find("[^%w-]" .. rule.package:gsub("%-", "%%-") .. "[^%w-]") ~= nil
end

--- What a resolver said of a conflict, with the rules that it was told of: those of the packages that it names and
-- what was taken out, or else all of them.
function Narrow:explain(conflict)
  local named = {}
  for _, rule in ipairs(self.rules) do
    if is_named(rule, " " .. conflict .. " ") then named[#named + 1] = rule end
  end
  if #named == 0 then named = self.rules end
  if #named == 0 then return conflict end
  local told = {}
  for i = 1, math.min(#named, MOST_TOLD) do
    local rule = named[i]
    told[i] = ("%s%s (%s: %s)"):format(rule.package, rule.specifier or " is refused", rule.by, rule.reason)
  end
  return ("%s; the policies say: %s"):format(conflict, table.concat(told, ", "))
end

return Narrow
