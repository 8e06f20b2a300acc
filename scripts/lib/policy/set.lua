--- A set of policies: decides findings, judges upgrades and evidence, and tells what its rules did.
-- lib/policy/run.lua decides, by lib/policy/verdict.lua.
local Cooldowns = require "lib.policy.cooldowns"
local evidence = require "lib.policy.evidence"
local hooks = require "lib.policy.hooks"
local Ignores = require "lib.policy.ignores"
local json = require "pysec.json"
local Packages = require "lib.policy.packages"
local problems = require "lib.policy.problems"
local run = require "lib.policy.run"
local version = require "pysec.version"
local views = require "lib.policy.views"

local Set = {}
Set.__index = Set

-- --- making one ---

local function list_rules(all, name)
  local list = {}
  for _, rule in ipairs(all) do
    if rule.rule == name then list[#list + 1] = rule end
  end
  return list
end

--- The rules of given policies that delegate to the project's own: { allow, evidence }.
local function read_delegates(all)
  local delegates = {}
  for _, rule in ipairs(list_rules(all, "delegate")) do
    if rule.authority == "project" then
      rule.loosens = "only a given policy delegates"
    else
      delegates.allow = delegates.allow or rule.allow and rule
      delegates.evidence = delegates.evidence or rule.evidence and rule
    end
  end
  return delegates
end

--- Makes a set of what lib/policy/load.lua loaded.
local function new(loaded)
  local self = setmetatable({ rules = loaded.rules, titles = loaded.titles, box = loaded.box, today = loaded.today,
    lines = loaded.lines, seconds = loaded.seconds, bases = {}, kept = {}, authority = {}, by_place = {},
    incomplete = {}, normal = views.normalizer() }, Set)
  for _, rule in ipairs(self.rules) do
    self.authority[rule.by], self.by_place[rule.by] = rule.authority, rule
  end
  self.delegates = read_delegates(self.rules)
  self.hooks = hooks.gather(self.rules)
  self.ignores = Ignores.new(self.rules, self.today)
  self.packages = Packages.new(self.rules, self.delegates)
  self.cooldowns = Cooldowns.new(list_rules(self.rules, "cooldown"), self.today)
  self.severities = list_rules(self.rules, "severity")
  self.evidences = list_rules(self.rules, "evidence")
  return self
end

--- Begins to decide an audit's findings, which may come in parts. `audit` may hold packages ({ name, version, direct })
-- and evidence. Returns a run, with decide(list) and finish().
function Set:start(audit)
  return run.start(self, audit)
end

--- Decides findings: a decision each, in the same order, then those on findings of kind policy. `audit` as of start.
-- Returns nil and a message with file:line when a policy failed.
function Set:decide(list, audit)
  local own = self:start(audit)
  local decisions, message = own:decide(list)
  if not decisions then return nil, message end
  local more
  more, message = own:finish()
  if not more then return nil, message end
  return table.move(more, 1, #more, #decisions + 1, decisions)
end

-- --- upgrades ---

local function refusal(self, upgrade)
  local view = views.upgrade(upgrade, self.normal)
  local refused = self.packages:refusal(view.package, view.from, view.to) or self.cooldowns:refusal(view)
  if refused then return refused end
  -- A package that a hook does not let pass must not come in by an upgrade either.
  for _, rule in ipairs(self.hooks.package) do
    local word, reason = hooks.call(rule, { name = view.package, version = view.to, direct = view.direct or false })
    if word == "fail" or word == "block" then
      return { by = rule.by, rule = "on package", reason = reason or hooks.NO_REASON }
    end
  end
  for _, rule in ipairs(self.hooks.upgrade) do
    local word, reason = hooks.call(rule, view)
    if word then return { by = rule.by, rule = "on upgrade", reason = reason or hooks.NO_REASON } end
  end
  return nil
end

local function judge(self, upgrades)
  for _, upgrade in ipairs(upgrades) do
    local refused = refusal(self, upgrade)
    upgrade.allowed = refused == nil
    if refused then
      upgrade.by, upgrade.rule, upgrade.reason, upgrade.state = refused.by, refused.rule, refused.reason, "refused"
      upgrade.free_on = refused.free_on
    end
  end
  return upgrades
end

--- Whether upgrades have to say when they were released, and whether they were withdrawn, to be judged.
function Set:needs_releases()
  return not self.cooldowns:is_empty()
end

--- Whether any rule or hook may refuse an upgrade.
function Set:judges_upgrades()
  if self:needs_releases() then return true end
  for _, rule in ipairs(self.rules) do
    local name = rule.rule
    if name == "pin" or name == "deny" or name == "allow" or name == "limit" then return true end
  end
  return #self.hooks.upgrade > 0 or #self.hooks.package > 0
end

--- Judges upgrades: sets `allowed` of each, and `by`, `rule`, `reason` and `state` where a rule refuses it; `free_on`
-- where that is a matter of days.
function Set:judge(upgrades)
  return problems.guarded(self, judge, upgrades)
end

--- Whether one upgrade would be let through. `release` is what is known of `to`: { released, yanked }. Returns true, or
-- false and { by, rule, reason, free_on }; raises { policy } when a policy failed.
function Set:admits(name, from, to, release)
  problems.refill(self)
  local refused = refusal(self, { package = name, from = from, to = to, fixes = json.array(), direct = false,
    kind = "update", change = from and version.change(from, to) or "other", state = "planned",
    released = release and release.released, yanked = release and release.yanked })
  if refused then return false, refused end
  return true
end

--- The specifiers that upgrades of a package have to stay in, as far as specifiers can say it. Raises as admits does.
function Set:narrowing(name, version_text)
  problems.refill(self)
  return self.packages:narrowing(self.normal[name], version_text)
end

-- --- evidence, and what is worth telling ---

--- Judges the evidence of an audit, after it was decided: expected skips no longer count, and what rules and audit
-- hooks miss is added. Returns a new list.
function Set:evidence(items)
  problems.refill(self)
  local judged = evidence.judge(self.evidences, items, self.delegates.evidence)
  table.move(self.incomplete, 1, #self.incomplete, #judged + 1, judged)
  return judged
end

--- What the reader of a report has to know of the rules: { { kind, by, rule, message }, ... }.
function Set:notices()
  local list = self.has_decided and self.ignores:notices() or {}
  for _, rule in ipairs(self.rules) do
    if rule.loosens then
      list[#list + 1] = { kind = "loosens", by = rule.by, rule = rule.rule,
        message = "has no effect: " .. rule.loosens }
    end
    if rule.rule == "on" and rule.void then
      list[#list + 1] = { kind = "void", by = rule.by, rule = "on " .. rule.event,
        message = "what the hook ignores is void: " .. rule.void }
    end
  end
  return json.array(list)
end

--- Severity rules are counted where they are looked up, once for all findings of a kind and severity.
local function count_severities(self)
  for _, rule in ipairs(self.severities) do rule.hits = 0 end
  for _, by_severity in pairs(self.bases) do
    for _, base in pairs(by_severity) do
      for _, rule in ipairs(base.rules) do rule.hits = rule.hits + base.count end
    end
  end
end

--- Which rules and which lines of hooks were reached: { rules = { { by, rule, hits, source } }, lines = { { path, line,
-- hit, source } } }; lines need the set to be loaded with coverage. `source` tells files of one name apart: the real
-- path, or such as "shipped:default". A line that ran while the policy loaded, such as that of a hook on one line, is
-- left out: whether the hook ran it, too, cannot be told, and its rule counts already.
function Set:coverage()
  local reached = { rules = {}, lines = {} }
  local ran, seen = self.box:lines(), {}
  count_severities(self)
  for _, rule in ipairs(self.rules) do
    table.insert(reached.rules, { by = rule.by, rule = rule.rule == "on" and "on " .. rule.event or rule.rule,
      hits = rule.hits, source = rule.source })
    if rule.rule == "on" then
      local path, lines = self.box:lines_of(rule.body)
      for line in pairs(lines) do
        local key = ("%s:%d"):format(path, line)
        if not seen[key] and not (self.lines[path] or {})[line] then
          seen[key] = true
          table.insert(reached.lines, { path = path, line = line, hit = (ran[path] or {})[line] == true,
            source = rule.source })
        end
      end
    end
  end
  table.sort(reached.lines, function(a, b)
    if a.path ~= b.path then return a.path < b.path end
    return a.line < b.line
  end)
  return reached
end

return { new = new }
