---@meta

--- What a policy finds, for completion and checks in an editor (https://luals.github.io: put this folder into
--- "workspace.library", for the folder that holds policies). It is no module: pysec never loads it.
--
-- A test holds that the fields are those of the rules.

-- --- what rules match, and what they say ---

---@alias policy.names string|pysec.re.regex|(string|pysec.re.regex)[]  a package's name in any spelling of PEP 503, a
---  pattern such as "django-*", re "^acme-" (asked about the normalised name), or a list of these
---@alias policy.ids string|pysec.re.regex|(string|pysec.re.regex)[]  an id or alias in any case, a pattern such as
---  "CVE-2019-*", re "^PYSEC-" (asked about it as it is written), or a list of these
---@alias policy.paths string|pysec.re.regex|(string|pysec.re.regex)[]  a file, a pattern such as "src/legacy/*",
---  re "...", or a list of these
---@alias policy.specifier string  of PEP 440, such as ">=2,<3" or "~=4.2.0"
---@alias policy.day string  such as "2027-01-31"
---@alias policy.severity_name "none"|"low"|"medium"|"high"|"critical"
---@alias policy.kind "vulnerability"|"code"|"policy"
---@alias policy.scanner "pip-audit"|"safety"|"bandit"|"osv"
---@alias policy.requirable "reason"|"expires"|"owner"|"ticket"

-- --- the rules ---

--- Names the policy.
---@param text string
function name(text) end

--- Takes in the rules of another policy.
---@param path string  a file beside or below this one, such as "shared/licences.lua", or a shipped name: "default"
function include(path) end

--- At least one of id, package and path.
---@class policy.ignore
---@field id? policy.ids
---@field package? policy.names
---@field version? policy.specifier  of the package that is there
---@field kind? policy.kind
---@field path? policy.paths  of a finding in code
---@field reason? string
---@field expires? policy.day  the last day on which it counts
---@field owner? string
---@field ticket? string

--- Accepts findings: all fields have to match. A block stands over it.
---@param rule policy.ignore
function ignore(rule) end

--- At least one of block, fail, warn and unknown.
---@class policy.severity
---@field kind? policy.kind  the findings that it speaks of; "vulnerability" by default
---@field block? policy.severity_name  from this severity on; nothing overrules it
---@field fail? policy.severity_name
---@field warn? policy.severity_name
---@field unknown? "warn"|"fail"|"block"  the verdict where no severity is known

--- Gives verdicts by severity. The strictest of all rules counts.
---@param rule policy.severity
function severity(rule) end

---@class policy.pin
---@field package policy.names
---@field version policy.specifier
---@field reason? string

--- Holds packages in a range: an installed version outside of it is a finding, an upgrade out of it is refused.
---@param rule policy.pin
function pin(rule) end

---@class policy.deny
---@field package policy.names
---@field version? policy.specifier  only these versions
---@field reason? string

--- Forbids packages: an installed one is a finding, an upgrade to one is refused.
---@param rule policy.deny
function deny(rule) end

---@class policy.allow
---@field package policy.names
---@field version? policy.specifier  only these versions
---@field reason? string

--- Lists what may be there. Once it is used, anything else is a finding.
---@param rule policy.allow
function allow(rule) end

---@class policy.limit
---@field change "none"|"patch"|"minor"|"major"  the largest step
---@field package? policy.names  all packages without it
---@field reason? string

--- Limits how far an upgrade may go.
---@param rule policy.limit
function limit(rule) end

--- At least one field: days by the severity of what an upgrade fixes.
---@class policy.cooldown.security
---@field critical? integer
---@field high? integer
---@field medium? integer
---@field low? integer
---@field unknown? integer

--- At least one of days, security and yanked.
---@class policy.cooldown
---@field days? integer  that a release has to be old
---@field security? policy.cooldown.security  the same for upgrades that fix something; never longer than `days`
---@field yanked? "refuse"|"take"  releases that the index has withdrawn; "refuse" by default
---@field unknown? "refuse"|"take"  releases of which the index does not tell the day; "refuse" by default
---@field package? policy.names  all packages without it
---@field reason? string

--- Refuses upgrades to releases that are too young, or withdrawn.
---@param rule policy.cooldown
function cooldown(rule) end

--- At least one field.
---@class policy.ignores
---@field require? policy.requirable|policy.requirable[]  fields that every ignore has to have
---@field max_days? integer  from today to the day on which an ignore expires
---@field max_severity? policy.severity_name  the highest that may be ignored; unknown is above all but critical

--- Limits ignores: those beyond it are void.
---@param rule policy.ignores
function ignores(rule) end

--- At least one field.
---@class policy.evidence
---@field scanners? policy.scanner|policy.scanner[]  have to have run
---@field max_database_age? integer  days that an advisory database may be old
---@field expected_skips? policy.names  packages whose skipping leaves the evidence complete

--- Says what evidence has to be there.
---@param rule policy.evidence
function evidence(rule) end

--- At least one field; all that are there have to fit.
---@class policy.delegate.ignore
---@field max_severity? policy.severity_name
---@field package? policy.names
---@field kind? policy.kind

--- At least one field.
---@class policy.delegate
---@field ignore? true|policy.delegate.ignore  what the project may ignore; true: all that does not block
---@field allow? true  the project may add to the allow list
---@field evidence? true  the project may say what is expected to be skipped

--- Hands to a project's own policy what it may loosen. In a project's policy it has no effect.
---@param rule policy.delegate
function delegate(rule) end

-- --- hooks ---

--- A finding as a hook sees it: a copy.
---@class policy.finding
---@field id string  such as "CVE-2019-10906"
---@field aliases string[]
---@field kind policy.kind
---@field severity policy.severity_name|"unknown"
---@field package? string  normalised by PEP 503; nil for code
---@field version? string
---@field fix_versions? string[]  ascending
---@field direct? boolean  whether somebody asked for the package by name
---@field score? number  of CVSS, 0 to 10
---@field vector? string  of CVSS
---@field summary? string
---@field url? string
---@field sources? string[]  the scanners that found it
---@field path? string  of code
---@field line? integer  of code
---@field test? string  of bandit, such as "B608"
---@field confidence? string  of bandit

--- An upgrade as a hook sees it: a copy.
---@class policy.upgrade
---@field package string  normalised by PEP 503
---@field from? string  version; nil for a package that comes in new
---@field to string  version
---@field kind "security"|"update"  candidates, before they are chosen, are an "update" without fixes
---@field change "major"|"minor"|"patch"|"other"
---@field fixes string[]  ids of findings
---@field severities? (policy.severity_name|"unknown")[]  of what it fixes, in the order of `fixes`
---@field released? policy.day  on which the first file of `to` was uploaded, where a cooldown asks for it and the index
---  tells it
---@field yanked? true  the index has withdrawn `to`; told where a cooldown asks for it
---@field direct boolean
---@field state string  "planned"

--- An installed package as a hook sees it: a copy.
---@class policy.package
---@field name string  normalised by PEP 503
---@field version string  "" when nobody knows it
---@field direct boolean

--- How many findings there are.
---@class policy.counts
---@field total integer
---@field none integer
---@field low integer
---@field medium integer
---@field high integer
---@field critical integer
---@field unknown integer

--- An audit as a hook sees it: a copy.
---@class policy.audit
---@field packages policy.package[]
---@field evidence pysec.policy.evidence[]
---@field findings policy.counts
---@field today policy.day

---@alias policy.finding_answer "block"|"fail"|"warn"|"ignore"
---@alias policy.package_answer "block"|"fail"|"warn"|"ignore"
---@alias policy.audit_answer "block"|"fail"|"warn"|"incomplete"
---@alias policy.upgrade_answer "refuse"

--- Has a function asked about each finding, upgrade or package, or once about the whole audit. It returns an answer and
--- a reason, or nothing.
---@param event "finding"|"upgrade"|"package"|"audit"
---@param body fun(record: table): string?, string?
---@overload fun(event: "finding", body: fun(f: policy.finding): policy.finding_answer?, string?)
---@overload fun(event: "upgrade", body: fun(u: policy.upgrade): policy.upgrade_answer?, string?)
---@overload fun(event: "package", body: fun(p: policy.package): policy.package_answer?, string?)
---@overload fun(event: "audit", body: fun(a: policy.audit): policy.audit_answer?, string?)
function on(event, body) end

-- --- functions ---

--- A regular expression by PCRE2, for rules and for hooks. Finds its text anywhere: anchor it with ^ and $.
---@param pattern string
---@param flags? string  any of i (case), m (^ and $ at each line), s (. takes line feeds), x (white space and
---  comments), b (bytes instead of UTF-8)
---@return pysec.re.regex regex
function re(pattern, flags) end

---@class policy.version
---@field compare fun(a: string, b: string): integer?, string?  -1, 0 or 1; nil when one is no version
---@field matches fun(text: string, specifier: string, options?: pysec.version.match_options): boolean?, string?
---@field normalize fun(text: string): string?, string?
---@field is_prerelease fun(text: string): boolean?, string?
---@field change fun(from: string, to: string): "major"|"minor"|"patch"|"other"|nil, string?
---@field sort fun(list: string[]): string[]?, string?

--- Versions by PEP 440, as of pysec.version.
---@type policy.version
version = nil

---@class policy.json
---@field decode fun(text: string): any, string?
---@field encode fun(value: any, options?: pysec.json.encode_options): string
---@field null lightuserdata  stands for null

--- JSON, as of pysec.json.
---@type policy.json
json = nil

---@class policy.clock
---@field today fun(): policy.day

--- The day for which the policy was loaded. There is no time of day.
---@type policy.clock
clock = nil

-- --- in tests of policies (*_test.lua) ---

--- A policy that is tested. Fields that a test leaves out are filled in.
---@class policy.subject
---@field decide fun(self: policy.subject, finding: table, audit?: table): pysec.policy.decision  or a list of them
---  for a list
---@field packages fun(self: policy.subject, packages: table): pysec.policy.decision[]  what it has against packages
---@field judge fun(self: policy.subject, upgrade: table): pysec.policy.upgrade  or a list of them for a list
---@field evidence fun(self: policy.subject, items: table): pysec.policy.evidence[]
---@field notices fun(self: policy.subject): pysec.policy.notice[]

--- A policy to be tested.
---@param path string|string[]|{ project: string }  beside or below the test, or a shipped name; a table of them, with
---  `project` for a project's own
---@return policy.subject subject
function policy(path) end

--- Sets the day, for what follows.
---@param day policy.day
function today(day) end

--- A test.
---@param text string  its name
---@param body fun()
function test(text, body) end

--- Fails unless two values are the same, tables by what they hold.
---@param got any
---@param want any
---@param label? string
function equal(got, want, label) end

--- Fails unless a value is true, or anything but nil, false and json.null.
---@param value any
---@param label? string
function truthy(value, label) end

--- Fails unless a function raises. Returns the message.
---@param body fun()
---@param text? string  that the message has to hold
---@return string message
function raises(body, text) end
