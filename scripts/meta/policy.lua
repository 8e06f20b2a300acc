---@meta pysec.policy

--- Policies: Lua files whose calls register rules, which then decide about findings, upgrades and evidence.
--- docs/reports.md describes these records; scripts/meta/policies.lua declares what policies themselves find.
--
-- Policies run in a sandbox (pysec.sandbox). A finding that no rule speaks of fails.
---@class pysec.policy
local policy = {}

---@class pysec.policy.budget
---@field instructions? number  of Lua, in loading and in each call of a set's method; 100 million by default
---@field memory? number        bytes that the sandbox may hold; 64 MiB by default
---@field seconds? number       10 by default

---@class pysec.policy.text
---@field name string  as messages show it
---@field text string

---@class pysec.policy.options
---@field project? string  the file of the project: loaded last. Beside other policies it only tightens, but for what
---  these delegate; alone it decides freely
---@field today? string  a day such as "2026-06-01"; clock.today() by default. Anything else raises
---@field sources? pysec.policy.text[]  policies that are no files, loaded after those of `paths`
---@field budget? pysec.policy.budget
---@field coverage? boolean  true: note which lines run, for set:coverage
---@field extra? table<string, any>  more that policies find, by name

---@class pysec.policy.mistake
---@field path string
---@field line? integer
---@field message string

--- Loads policies; together they are one set of rules.
---@param paths string[]  files, folders (each *.lua directly in them but *_test.lua, in order) or names of shipped
---  policies. None, no sources and no project: the shipped "default"
---@param options? pysec.policy.options
---@return pysec.policy.set? set
---@return string? message  all mistakes, one a line: "acme.lua:3: what is wrong, what was expected"
---@return pysec.policy.mistake[]? mistakes  the same, in the order of their places
function policy.load(paths, options) end

--- The names of the shipped policies, in order.
---@return string[] names
function policy.shipped() end

---@alias pysec.policy.verdict "block"|"fail"|"warn"|"ignore"

--- The rules of some policies. Its titles are what `name` said, in order.
---@class pysec.policy.set
---@field titles string[]
local set = {}

---@class pysec.policy.finding
---@field id string
---@field kind? "vulnerability"|"code"|"policy"  nil: vulnerability
---@field severity? "none"|"low"|"medium"|"high"|"critical"|"unknown"  what is none of them is unknown
---@field package? string  and the other fields of docs/reports.md

---@class pysec.policy.package
---@field name string
---@field version? string
---@field direct? boolean  whether somebody asked for it by name

---@class pysec.policy.skip
---@field name string
---@field reason string

---@class pysec.policy.evidence
---@field scanner string
---@field status "complete"|"incomplete"|"not_run"  not_run: left out for good reason, which is no gap
---@field reason? string
---@field skipped pysec.policy.skip[]
---@field only_skips? boolean  true: the skips are all that makes it incomplete
---@field expected? pysec.policy.skip[]  set by set:evidence: what a rule expects to be skipped
---@field database? table  with age_days, where a local one was used

---@class pysec.policy.audit
---@field packages? pysec.policy.package[]  what is installed; packages that findings name are judged besides
---@field evidence? pysec.policy.evidence[]  for hooks

---@class pysec.policy.spoken
---@field rule string  such as "severity" or "on finding"
---@field by string  file:line
---@field verdict pysec.policy.verdict
---@field reason string
---@field void? boolean  true: an ignore that does not count; the reason says why
---@field expires? string  until when an ignore counts

---@class pysec.policy.decision
---@field finding pysec.policy.finding  the same table; a new one for what a policy found
---@field verdict pysec.policy.verdict
---@field by string  file:line of the rule that decided; "pysec" when none spoke
---@field rule string  its name; "otherwise" when none spoke
---@field reason string
---@field trace pysec.policy.spoken[]  every rule that spoke

--- Decides findings: a block stands; else a valid ignore; else the strictest of fail and warn; else fail. What a
--- policy has against packages follows as findings of kind policy: `deny:NAME`, `allow:NAME`, `pin:NAME`,
--- `package:NAME` (a package hook), and those of audit hooks.
---@param findings pysec.policy.finding[]
---@param audit? pysec.policy.audit
---@return pysec.policy.decision[]? decisions  those of `findings` in the same order, then those on policy findings
---@return string? message  with file:line: a hook raised, or the budget was spent. No code follows
function set:decide(findings, audit) end

--- Begins to decide findings that come in parts.
---@param audit? pysec.policy.audit
---@return pysec.policy.run run
function set:start(audit) end

---@class pysec.policy.upgrade
---@field package string
---@field from? string   version; nil for a package that comes in new
---@field to string      version
---@field allowed? boolean  set by judge, as the others below
---@field by? string     file:line of the rule that refuses it
---@field rule? string
---@field reason? string
---@field state? string  "refused"
---@field free_on? string  the day on which the rule lets it through, where that is a matter of days
---@field fixes? string[]  ids of findings; a cooldown goes by it, as by the next three
---@field severities? string[]  of these findings; nil: unknown
---@field released? string  the day on which `to` came out; nil: unknown
---@field yanked? boolean  true: `to` was withdrawn

--- Judges upgrades: sets `allowed` of each, and `by`, `rule`, `reason`, `state` and `free_on` where a rule refuses it.
---@param upgrades pysec.policy.upgrade[]  are changed
---@return pysec.policy.upgrade[]? upgrades  the same list
---@return string? message  as of decide
function set:judge(upgrades) end

---@class pysec.policy.refusal
---@field by string  file:line
---@field rule string
---@field reason string
---@field free_on? string  the day on which the rule lets it through, where that is a matter of days

---@class pysec.policy.release
---@field released? string  the day on which it came out
---@field yanked? boolean  true: it was withdrawn

--- Whether one upgrade would be let through, by rules and hooks together. Raises { policy = message } when a hook does.
---@param name string
---@param from? string  nil: a package that comes in new
---@param to string
---@param release? pysec.policy.release  what is known of `to`
---@return boolean admitted
---@return pysec.policy.refusal? refusal
function set:admits(name, from, to, release) end

---@class pysec.policy.narrowing
---@field specifier string  of PEP 440, such as "~=4.2.0"
---@field by string  file:line
---@field rule string
---@field reason string

--- Whether upgrades have to say when they were released, and whether they were withdrawn, to be judged.
---@return boolean needs_releases
function set:needs_releases() end

--- Whether any rule or hook may refuse an upgrade.
---@return boolean may_refuse
function set:judges_upgrades() end

--- The specifiers that upgrades of a package have to stay in, as far as specifiers can say what rules do. Raises as
--- admits does.
---@param name string
---@param version? string  the installed one, which limits go by
---@return pysec.policy.narrowing[] narrowings
function set:narrowing(name, version) end

--- Judges evidence: skips that a rule expects no longer make it incomplete, and what rules or audit hooks miss is
--- added, as items of the scanner "policy". Hooks say so in decide, which comes first.
---@param items pysec.policy.evidence[]  stay as they are
---@return pysec.policy.evidence[] judged  a new list
function set:evidence(items) end

---@class pysec.policy.notice
---@field kind "expired"|"expiring"|"void"|"stale"|"loosens"
---@field by string  file:line
---@field rule string
---@field message string

--- What a report has to tell of the rules: ignores that expired, end within 14 days, are void or matched nothing, and
--- rules of a project that loosen what they may not. For all that was decided so far.
---@return pysec.policy.notice[] notices
function set:notices() end

---@class pysec.policy.reached_rule
---@field by string  file:line
---@field rule string
---@field hits integer
---@field source string  tells files of one name apart

---@class pysec.policy.reached_line
---@field path string
---@field line integer
---@field hit boolean
---@field source string

---@class pysec.policy.coverage
---@field rules pysec.policy.reached_rule[]  in the order of the files
---@field lines pysec.policy.reached_line[]  of hooks, but those that ran while the policy loaded

--- Which rules and which lines of hooks were reached.
---@return pysec.policy.coverage coverage
function set:coverage() end

--- Findings that are decided in parts.
---@class pysec.policy.run
local run = {}

--- Decides a part of the findings, as set:decide does.
---@param findings pysec.policy.finding[]
---@return pysec.policy.decision[]? decisions
---@return string? message
function run:decide(findings) end

--- The decisions on policy findings, once all parts were decided.
---@return pysec.policy.decision[]? decisions
---@return string? message
function run:finish() end

return policy
