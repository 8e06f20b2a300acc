--- A run of a set of policies over one audit: findings in parts, then what they and the packages amount to. What is
-- remembered of the audit lives here, what is remembered of rules in the set.
local findings = require "lib.findings"
local hooks = require "lib.policy.hooks"
local json = require "pysec.json"
local problems = require "lib.policy.problems"
local verdict = require "lib.policy.verdict"
local views = require "lib.policy.views"

local Run = {}
Run.__index = Run

local WHOLE_AUDIT = "*" -- the package of what an audit hook says

-- --- hooks ---

local MOST_KEPT = 1000

--- A hook mostly says the same few things of many findings: one table for each, and so one trace (see decide_one).
local function kept_word(self, rule, word, reason)
  rule.words = rule.words or {}
  local by_reason = rule.words[word]
  if not by_reason then
    by_reason = { count = 0, words = {} }
    rule.words[word] = by_reason
  end
  local known = by_reason.words[reason]
  if known then return known end
  local spoken = { rule = "on " .. rule.event, by = rule.by, verdict = word, reason = reason }
  if by_reason.count < MOST_KEPT then
    by_reason.count, by_reason.words[reason] = by_reason.count + 1, spoken
    self.kept[spoken] = true
  end
  return spoken
end

--- An ignore of a hook counts like one that has a reason and no expiry.
local function hook_word(self, rule, word, reason, finding)
  if word ~= "ignore" then return kept_word(self, rule, word, reason or hooks.NO_REASON) end
  local spoken = { rule = "on " .. rule.event, by = rule.by, verdict = word, reason = reason or hooks.NO_REASON }
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
    local word, reason = hooks.call(rule, { name = name, version = version_text, direct = direct or false })
    if word then words[#words + 1] = { rule = rule, verdict = word, reason = reason } end
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
  local own_hooks = self.hooks.finding
  for i = 1, #own_hooks do
    local rule = own_hooks[i]
    local word, reason = hooks.call(rule, finding)
    if word then spoken[#spoken + 1] = hook_word(self, rule, word, reason, finding) end
  end
  self.ignores:speak(finding, spoken)
end

--- The decision on a finding. `own` is what was spoken already of one that a policy made.
local function decide_one(self, run, finding, own)
  local base = verdict.base(self, finding.kind, finding.severity)
  base.count = base.count + 1
  local spoken = own or run.spoken
  speak_of(self, run, finding, spoken)
  if spoken[1] == nil then return verdict.decision(finding, base.word, base.trace) end
  local single = spoken[2] == nil and self.kept[spoken[1]] and spoken[1]
  local known = single and base.more[single]
  if known then
    spoken[1] = nil
    return verdict.decision(finding, known.word, known.trace)
  end
  local trace = table.move(base.trace, 1, #base.trace, 1, json.array())
  table.move(spoken, 1, #spoken, #trace + 1, trace)
  if not own then run.spoken = {} end
  local word = verdict.settle(self, trace, not own and verdict.OTHERWISE or nil)
  if single then base.more[single] = { word = word, trace = trace } end
  return verdict.decision(finding, word, trace)
end

--- What a package hook says beyond ignoring is a finding of its own.
local function package_hook_finding(self, run, package)
  local spoken, summary = {}, nil
  for _, word in ipairs(package_words(self, run, package.name, package.version, package.direct)) do
    if word.verdict ~= "ignore" then
      spoken[#spoken + 1] = { rule = "on package", by = word.rule.by, verdict = word.verdict,
        reason = word.reason or hooks.NO_REASON }
      summary = summary or word.reason
    end
  end
  if #spoken == 0 then return nil end
  return findings.of_policy("package:" .. package.name, package, summary or hooks.NO_REASON), spoken
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
    local word, reason = hooks.call(rule, view)
    if word == "incomplete" then
      table.insert(self.incomplete, { scanner = "policy", status = "incomplete",
        reason = ("%s: %s"):format(rule.by, reason or hooks.NO_REASON), skipped = json.array() })
    elseif word then
      reason = reason or hooks.NO_REASON
      local finding = findings.of_policy("audit:" .. rule.by, { name = WHOLE_AUDIT, version = "" }, reason)
      decisions[#decisions + 1] = decide_one(self, run, finding,
        { { rule = "on audit", by = rule.by, verdict = word, reason = reason } })
    end
  end
end

-- --- a run: findings in parts, then what they and the packages amount to ---

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

--- Whether any rule or hook asks for the packages: where none does, they are not gathered.
local function wants_packages(self)
  return self.packages:judge_any() or #self.hooks.package > 0 or #self.hooks.audit > 0
end

--- Begins a run of the set `self`: see Set:start.
local function start(self, audit)
  local run = setmetatable({ set = self, audit = audit or {}, words = {}, seen = {}, packages = {},
    unversioned = {}, spoken = {}, wants_packages = wants_packages(self),
    counts = { total = 0, none = 0, low = 0, medium = 0, high = 0, critical = 0, unknown = 0 } }, Run)
  self.incomplete, self.has_decided = {}, true
  for _, package in ipairs(run.wants_packages and run.audit.packages or {}) do
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
    if run.wants_packages then note_package_of(run, view) end
    decisions[i] = decide_one(self, run, view)
    decisions[i].finding = finding
  end
  return decisions
end

--- Decides findings: a decision each, in the same order. Returns nil and a message with file:line when a policy failed.
function Run:decide(list)
  return problems.guarded(self.set, decide_part, self, list)
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
  return problems.guarded(self.set, finish, self)
end

return { start = start }
