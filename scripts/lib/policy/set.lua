--- A set of policies: decides findings, judges upgrades and evidence, and tells what its rules did.
--
-- A finding's verdict: a block stands; else a valid ignore; else the strictest of fail and warn; else fail. Where there
-- are given policies, the project's own may only make it stricter, but for what is delegated.
local evidence = require "lib.policy.evidence"
local findings = require "lib.findings"
local hooks = require "lib.policy.hooks"
local Ignores = require "lib.policy.ignores"
local json = require "pysec.json"
local Packages = require "lib.policy.packages"
local version = require "pysec.version"
local views = require "lib.policy.views"

local Set = {}
Set.__index = Set

local STRICTNESS = { ignore = 0, warn = 1, fail = 2, block = 3 }
local WHOLE_AUDIT = "*" -- the package of what an audit hook says
local OTHERWISE = { rule = "otherwise", by = "pysec", verdict = "fail",
  reason = "no rule speaks of it, and what nobody accepted fails" }

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
    lines = loaded.lines, bases = {}, kept = {}, authority = {}, by_place = {}, has_project = false,
    incomplete = {}, normal = views.normalizer() }, Set)
  for _, rule in ipairs(self.rules) do
    self.authority[rule.by], self.by_place[rule.by] = rule.authority, rule
    self.has_project = self.has_project or rule.authority == "project"
  end
  self.delegates = read_delegates(self.rules)
  self.hooks = hooks.gather(self.rules)
  self.ignores = Ignores.new(self.rules, self.today)
  self.packages = Packages.new(self.rules, self.delegates)
  self.severities = list_rules(self.rules, "severity")
  self.evidences = list_rules(self.rules, "evidence")
  return self
end

--- Runs a body with fresh budgets. Returns what it returns, or nil and the message of a policy that failed.
local function guarded(self, body, ...)
  self.box:refill()
  local ok, result = pcall(body, self, ...)
  if ok then return result end
  if type(result) == "table" and result.policy then return nil, result.policy end
  error(result, 0)
end

-- --- what severity rules say ---

local function speak(rule, kind, severity)
  if (rule.kind or "vulnerability") ~= kind then return nil end
  if severity == "unknown" then return rule.unknown end
  local rank = findings.severity_rank(severity)
  for _, verdict in ipairs { "block", "fail", "warn" } do
    if rule[verdict] and rank >= findings.severity_rank(rule[verdict]) then return verdict end
  end
  return nil
end

-- --- settling ---

local function stricter(spoken, than)
  return not than or STRICTNESS[spoken.verdict] > STRICTNESS[than.verdict]
end

--- The word that counts among all that were spoken. `otherwise` counts where no given policy spoke; there is none for
-- what is only a finding because a policy says so.
local function settle(self, all, otherwise)
  local block, ignore, given, project
  for _, spoken in ipairs(all) do
    if spoken.verdict == "block" then
      block = block or spoken
    elseif spoken.verdict == "ignore" then
      if not spoken.void then ignore = ignore or spoken end
    elseif self.authority[spoken.by] == "project" then
      project = stricter(spoken, project) and spoken or project
    else
      given = stricter(spoken, given) and spoken or given
    end
  end
  if block or ignore then return block or ignore end
  if project and stricter(project, given or otherwise) then return project end
  if project and not given then
    if project.verdict == otherwise.verdict then return project end
    self.by_place[project.by].loosens = "a project's policy may not let pass what no given rule accepts"
  end
  return given or otherwise
end

--- The decision on findings of a kind and severity that nothing else speaks of: it is the same for all of them.
local function base_of(self, kind, severity)
  local by_severity = self.bases[kind]
  if not by_severity then
    by_severity = {}
    self.bases[kind] = by_severity
  end
  local base = by_severity[severity]
  if base then return base end
  base = { trace = json.array(), rules = {}, more = {}, count = 0 }
  local reason = ("%s of severity %s"):format(kind == "code" and "code finding" or kind, severity)
  for _, rule in ipairs(self.severities) do
    local verdict = speak(rule, kind, severity)
    if verdict then
      table.insert(base.trace, { rule = "severity", by = rule.by, verdict = verdict, reason = reason })
      table.insert(base.rules, rule)
    end
  end
  base.word = settle(self, base.trace, OTHERWISE)
  by_severity[severity] = base
  return base
end

local function decision_of(finding, word, trace)
  return { finding = finding, verdict = word.verdict, by = word.by, rule = word.rule, reason = word.reason,
    trace = trace }
end

-- --- hooks ---

local NO_REASON = "the hook gives no reason"

local MOST_KEPT = 1000

--- A hook mostly says the same few things of many findings: one table for each, and so one trace (see decide_one).
local function kept_word(self, rule, verdict, reason)
  rule.words = rule.words or {}
  local by_reason = rule.words[verdict]
  if not by_reason then
    by_reason = { count = 0, words = {} }
    rule.words[verdict] = by_reason
  end
  local known = by_reason.words[reason]
  if known then return known end
  local spoken = { rule = "on " .. rule.event, by = rule.by, verdict = verdict, reason = reason }
  if by_reason.count < MOST_KEPT then
    by_reason.count, by_reason.words[reason] = by_reason.count + 1, spoken
    self.kept[spoken] = true
  end
  return spoken
end

--- An ignore of a hook counts like one that has a reason and no expiry.
local function hook_word(self, rule, verdict, reason, finding)
  if verdict ~= "ignore" then return kept_word(self, rule, verdict, reason or NO_REASON) end
  local spoken = { rule = "on " .. rule.event, by = rule.by, verdict = verdict, reason = reason or NO_REASON }
  local standing = self.ignores:standing_void({ reason = reason }, rule.authority)
  local void = self.ignores:void(standing, rule.authority, finding)
  if void then
    spoken.void, spoken.reason = true, ("void, %s (%s)"):format(void, spoken.reason)
    rule.void = void
  end
  return spoken
end

--- What package hooks said of a package, asked once: { { rule, verdict, reason }, ... }. Whether it is direct is what
-- the audit says, else what the first finding says.
local function package_words(self, run, name, version_text, direct)
  local noted = run.seen[name] and run.seen[name][version_text]
  if noted then direct = noted.direct end
  local versions = run.words[name]
  if not versions then
    versions = {}
    run.words[name] = versions
  end
  local words = versions[version_text]
  if words then return words end
  words = {}
  for _, rule in ipairs(self.hooks.package) do
    local verdict, reason = hooks.call(rule, { name = name, version = version_text, direct = direct or false })
    if verdict then words[#words + 1] = { rule = rule, verdict = verdict, reason = reason } end
  end
  versions[version_text] = words
  return words
end

-- --- deciding ---

--- Adds what hooks and ignores say of a finding to a list.
local function speak_of(self, run, finding, spoken)
  if #self.hooks.package > 0 and finding.package and finding.package ~= WHOLE_AUDIT then
    for _, word in ipairs(package_words(self, run, finding.package, finding.version or "", finding.direct)) do
      if word.verdict == "ignore" then
        spoken[#spoken + 1] = hook_word(self, word.rule, word.verdict, word.reason, finding)
      end
    end
  end
  for _, rule in ipairs(self.hooks.finding) do
    local verdict, reason = hooks.call(rule, finding)
    if verdict then spoken[#spoken + 1] = hook_word(self, rule, verdict, reason, finding) end
  end
  self.ignores:speak(finding, spoken)
end

--- The decision on a finding. `own` is what was spoken already of one that a policy made.
local function decide_one(self, run, finding, own)
  local base = base_of(self, finding.kind, finding.severity)
  base.count = base.count + 1
  local spoken = own or run.spoken
  speak_of(self, run, finding, spoken)
  if spoken[1] == nil then return decision_of(finding, base.word, base.trace) end
  local single = spoken[2] == nil and self.kept[spoken[1]] and spoken[1]
  local known = single and base.more[single]
  if known then
    spoken[1] = nil
    return decision_of(finding, known.word, known.trace)
  end
  local trace = table.move(base.trace, 1, #base.trace, 1, json.array())
  table.move(spoken, 1, #spoken, #trace + 1, trace)
  if not own then run.spoken = {} end
  local word = settle(self, trace, not own and OTHERWISE or nil)
  if single then base.more[single] = { word = word, trace = trace } end
  return decision_of(finding, word, trace)
end

local function policy_finding(id, package, summary)
  return { id = id, aliases = json.array(), kind = "policy", package = package.name, version = package.version,
    fix_versions = json.array(), direct = package.direct or false, severity = "unknown", summary = summary,
    sources = json.array { "policy" } }
end

--- What a package hook says beyond ignoring is a finding of its own.
local function package_hook_finding(self, run, package)
  local spoken, summary = {}, nil
  for _, word in ipairs(package_words(self, run, package.name, package.version, package.direct)) do
    if word.verdict ~= "ignore" then
      spoken[#spoken + 1] = { rule = "on package", by = word.rule.by, verdict = word.verdict,
        reason = word.reason or NO_REASON }
      summary = summary or word.reason
    end
  end
  if #spoken == 0 then return nil end
  return policy_finding("package:" .. package.name, package, summary or NO_REASON), spoken
end

local function decide_packages(self, run, decisions)
  for _, package in ipairs(run.packages) do
    for _, found in ipairs(self.packages:findings(package)) do
      decisions[#decisions + 1] = decide_one(self, run, found.finding, found.spoken)
    end
    if #self.hooks.package > 0 then
      local finding, spoken = package_hook_finding(self, run, package)
      if finding then decisions[#decisions + 1] = decide_one(self, run, finding, spoken) end
    end
  end
end

local function decide_audit(self, run, decisions)
  local view = { packages = run.packages, evidence = run.audit.evidence or {}, findings = run.counts,
    today = self.today }
  for _, rule in ipairs(self.hooks.audit) do
    local verdict, reason = hooks.call(rule, view)
    if verdict == "incomplete" then
      table.insert(self.incomplete, { scanner = "policy", status = "incomplete",
        reason = ("%s: %s"):format(rule.by, reason or NO_REASON), skipped = json.array() })
    elseif verdict then
      local finding = policy_finding("audit:" .. rule.by, { name = WHOLE_AUDIT, version = "" }, reason or NO_REASON)
      decisions[#decisions + 1] = decide_one(self, run, finding,
        { { rule = "on audit", by = rule.by, verdict = verdict, reason = reason or NO_REASON } })
    end
  end
end

-- --- a run: findings in parts, then what they and the packages amount to ---

local Run = {}
Run.__index = Run

--- Notes a package to be judged: those of the audit, and those that findings name besides.
local function note_package(run, name, version_text, direct)
  local versions = run.seen[name]
  if not versions then
    versions = {}
    run.seen[name] = versions
  end
  if versions[version_text] then return end
  versions[version_text] = { name = name, version = version_text, direct = direct or false }
  table.insert(run.packages, versions[version_text])
end

--- Begins to decide an audit's findings, which may come in parts. `audit` may hold packages ({ name, version, direct })
-- and evidence.
function Set:start(audit)
  local run = setmetatable({ set = self, audit = audit or {}, words = {}, seen = {}, packages = {},
    unversioned = {}, spoken = {},
    counts = { total = 0, none = 0, low = 0, medium = 0, high = 0, critical = 0, unknown = 0 } }, Run)
  self.incomplete, self.has_decided = {}, true
  for _, package in ipairs(run.audit.packages or {}) do
    note_package(run, self.normal[package.name], package.version or "", package.direct)
  end
  return run
end

local function note_package_of(run, finding)
  if not finding.package or finding.kind == "policy" then return end
  if finding.version then
    note_package(run, finding.package, finding.version, finding.direct)
  else
    run.unversioned[finding.package] = finding.direct or false
  end
end

--- Packages that findings name, of which nobody knows a version: they may be denied, and keep to no pin.
local function note_unversioned(run)
  for name, direct in pairs(run.unversioned) do
    if not run.seen[name] then note_package(run, name, "", direct) end
  end
end

local function decide_part(self, run, list)
  local decisions, counts = {}, run.counts
  counts.total = counts.total + #list
  for i, finding in ipairs(list) do
    local view = views.finding(finding, self.normal)
    counts[view.severity] = counts[view.severity] + 1
    note_package_of(run, view)
    decisions[i] = decide_one(self, run, view)
    decisions[i].finding = finding
  end
  return decisions
end

--- Decides findings: a decision each, in the same order. Returns nil and a message with file:line when a policy failed.
function Run:decide(list)
  return guarded(self.set, decide_part, self, list)
end

local function finish(self, run)
  local decisions = {}
  note_unversioned(run)
  table.sort(run.packages, function(a, b)
    if a.name ~= b.name then return a.name < b.name end
    return a.version < b.version
  end)
  decide_packages(self, run, decisions)
  decide_audit(self, run, decisions)
  return decisions
end

--- The decisions on findings of kind policy, once all findings were decided. Fails as decide does.
function Run:finish()
  return guarded(self.set, finish, self)
end

--- Decides findings: a decision each, in the same order, then those on findings of kind policy. `audit` as of start.
-- Returns nil and a message with file:line when a policy failed.
function Set:decide(list, audit)
  local run = self:start(audit)
  local decisions, message = run:decide(list)
  if not decisions then return nil, message end
  local more
  more, message = run:finish()
  if not more then return nil, message end
  return table.move(more, 1, #more, #decisions + 1, decisions)
end

-- --- upgrades ---

local function refusal(self, upgrade)
  local view = views.upgrade(upgrade, self.normal)
  local refused = self.packages:refusal(view.package, view.from, view.to)
  if refused then return refused end
  for _, rule in ipairs(self.hooks.upgrade) do
    local verdict, reason = hooks.call(rule, view)
    if verdict then return { by = rule.by, rule = "on upgrade", reason = reason or NO_REASON } end
  end
  return nil
end

local function judge(self, upgrades)
  for _, upgrade in ipairs(upgrades) do
    local refused = refusal(self, upgrade)
    upgrade.allowed = refused == nil
    if refused then
      upgrade.by, upgrade.rule, upgrade.reason, upgrade.state = refused.by, refused.rule, refused.reason, "refused"
    end
  end
  return upgrades
end

--- Judges upgrades: sets `allowed` of each, and `by`, `rule`, `reason` and `state` where a rule refuses it.
function Set:judge(upgrades)
  return guarded(self, judge, upgrades)
end

--- Whether one upgrade would be let through. Returns true, or false and { by, rule, reason }; raises { policy } when a
-- policy failed.
function Set:admits(name, from, to)
  self.box:refill()
  local refused = refusal(self, { package = name, from = from, to = to, fixes = json.array(), direct = false,
    kind = "update", change = from and version.change(from, to) or "other", state = "planned" })
  if refused then return false, refused end
  return true
end

--- The specifiers that upgrades of a package have to stay in, as far as specifiers can say it. Raises as admits does.
function Set:narrowing(name, version_text)
  return self.packages:narrowing(self.normal[name], version_text)
end

-- --- evidence, and what is worth telling ---

--- Judges the evidence of an audit, after it was decided: expected skips no longer count, and what rules and audit
-- hooks miss is added. Returns a new list.
function Set:evidence(items)
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
