--- Verdicts: which rule wins, which ignores count, what matches, and the findings that policies make.
local t = require "harness"
local json = require "pysec.json"
local policy = require "pysec.policy"
local support = require "policy_support"

local SEVERITIES = { "unknown", "none", "low", "medium", "high", "critical" }

--- The verdicts on a finding of each severity, from unknown to critical.
local function verdicts(set, kind)
  local list = {}
  for i, severity in ipairs(SEVERITIES) do
    list[i] = support.verdict(set, { severity = severity, kind = kind })
  end
  return table.concat(list, " ")
end

-- --- thresholds ---

t.test("the shipped policy fails every vulnerability and warns about code", function()
  local set = assert(policy.load {})
  t.equal(verdicts(set), "fail fail fail fail fail fail")
  t.equal(verdicts(set, "code"), "warn warn warn warn warn warn")
  t.equal(verdicts(set, "policy"), "fail fail fail fail fail fail")
end)

t.test("a decision names its rule, its reason and all that spoke", function()
  local decision = support.decide(support.load "\nseverity { fail = 'low' }\nseverity { warn = 'low' }")
  t.equal(decision, { finding = support.finding(), verdict = "fail", by = "acme.lua:2", rule = "severity",
    reason = "vulnerability of severity high", trace = {
      { rule = "severity", by = "acme.lua:2", verdict = "fail", reason = "vulnerability of severity high" },
      { rule = "severity", by = "acme.lua:3", verdict = "warn", reason = "vulnerability of severity high" } } })
end)

t.test("what no rule speaks of fails", function()
  for _, text in ipairs { "", "severity { kind = 'code', warn = 'low' }", "severity { fail = 'critical' }",
    "ignore { id = 'CVE-1999-1' }", "on('finding', function() end)" } do
    local decision = support.decide(support.load(text))
    t.equal({ decision.verdict, decision.by, decision.rule, decision.trace }, { "fail", "pysec", "otherwise", {} },
      text)
  end
end)

t.test("a threshold gives the verdict of the severity that is reached", function()
  t.equal(verdicts(support.load "severity { block = 'critical', fail = 'high', warn = 'low', unknown = 'warn' }"),
    "warn fail warn warn fail block")
  t.equal(verdicts(support.load "severity { warn = 'none', unknown = 'block' }"), "block warn warn warn warn warn")
  t.equal(verdicts(support.load "severity { warn = 'none' }"), "fail warn warn warn warn warn")
  t.equal(verdicts(support.load "severity { block = 'low', fail = 'high' }"), "fail fail block block block block")
end)

t.test("a threshold speaks of vulnerabilities, or of its kind alone", function()
  local set = support.load "severity { block = 'none', unknown = 'block' } severity { kind = 'code', warn = 'none' }"
  t.equal(support.verdict(set, { kind = "code" }), "warn")
  t.equal(support.verdict(set, { kind = "policy" }), "fail")
  t.equal(support.verdict(set, { kind = "vulnerability" }), "block")
end)

t.test("the strictest of several rules and policies counts", function()
  t.equal(support.verdict_of "severity { warn = 'low' } severity { fail = 'high' } severity { warn = 'high' }", "fail")
  local set = support.load { { "one.lua", "severity { warn = 'none' }" }, { "two.lua",
    "\nseverity { block = 'high' }" } }
  t.equal(support.decide(set).by, "two.lua:2")
  set = support.load { { "one.lua", "severity { fail = 'low' }" }, { "two.lua", "severity { fail = 'low' }" } }
  t.equal(support.decide(set).by, "one.lua:1", "the first of equals")
end)

-- --- precedence ---

local JINJA = "ignore { id = 'CVE-2019-10906', reason = 'ours' } "

t.test("a block stands whatever else is said", function()
  t.equal(support.verdict_of(JINJA .. "severity { block = 'high' }"), "block")
  t.equal(support.verdict_of(JINJA .. "on('finding', function() return 'block' end)"), "block")
  t.equal(support.verdict_of "on('finding', function() return 'ignore', 'x' end) severity { block = 'none' }", "block")
  t.equal(support.verdict_of "on('package', function() return 'ignore' end) severity { block = 'none' }", "block")
end)

t.test("a valid ignore counts over fail and warn, also when no other rule speaks", function()
  for _, text in ipairs { "", "severity { fail = 'none' }", "severity { warn = 'none' }",
    "on('finding', function() return 'fail' end)" } do
    local decision = support.decide(support.load(JINJA .. text))
    t.equal({ decision.verdict, decision.by, decision.rule, decision.reason }, { "ignore", "acme.lua:1", "ignore",
      "ours" }, text)
  end
end)

t.test("an ignore counts through the day on which it expires", function()
  local text = "ignore { id = 'CVE-2019-10906', reason = 'ours', expires = '2026-06-01' }"
  for today, want in pairs { ["2026-05-31"] = "ignore", ["2026-06-01"] = "ignore", ["2026-06-02"] = "fail",
    ["2027-01-01"] = "fail" } do
    t.equal(support.verdict(support.load(text, { today = today })), want, today)
  end
end)

t.test("an expired ignore is void, and the decision says so", function()
  local decision = support.decide(support.load
    "ignore { id = 'CVE-2019-10906', reason = 'ours', expires = '2026-05-31' }")
  t.equal({ decision.verdict, decision.by, decision.rule }, { "fail", "pysec", "otherwise" })
  t.equal(decision.trace, { { rule = "ignore", by = "acme.lua:1", verdict = "ignore", void = true,
    expires = "2026-05-31", reason = "void, it expired on 2026-05-31 (ours)" } })
end)

t.test("a void ignore does not take a valid one with it", function()
  local decision = support.decide(support.load("ignore { package = 'jinja2', expires = '2020-01-01' }\n" .. JINJA))
  t.equal({ decision.verdict, decision.by, #decision.trace }, { "ignore", "acme.lua:2", 2 })
end)

-- --- limits of ignores ---

t.test("max_days counts from today to the day of expiry", function()
  local text = "ignore { id = 'CVE-2019-10906', expires = '%s' } ignores { max_days = 30 }"
  t.equal(support.verdict_of(text:format "2026-06-01"), "ignore")
  t.equal(support.verdict_of(text:format "2026-07-01"), "ignore")
  local decision = support.decide(support.load(text:format "2026-07-02"))
  t.equal({ decision.verdict, decision.trace[1].reason },
    { "fail", "void, it expires on 2026-07-02, and acme.lua:1 allows 30 days (no reason is given)" })
end)

t.test("with max_days, an ignore that never expires is void", function()
  local decision = support.decide(support.load "ignore { id = 'CVE-2019-10906' } ignores { max_days = 30 }")
  t.equal({ decision.verdict, decision.trace[1].reason },
    { "fail", "void, it never expires, and acme.lua:1 allows 30 days (no reason is given)" })
end)

t.test("max_days = 0 leaves today alone", function()
  local text = "ignore { id = 'CVE-2019-10906', expires = '%s' } ignores { max_days = 0 }"
  t.equal(support.verdict_of(text:format "2026-06-01"), "ignore")
  t.equal(support.verdict_of(text:format "2026-06-02"), "fail")
end)

t.test("max_severity bounds what may be ignored; unknown is above all but critical", function()
  local want = {
    none = "fail ignore fail fail fail fail", low = "fail ignore ignore fail fail fail",
    medium = "fail ignore ignore ignore fail fail", high = "fail ignore ignore ignore ignore fail",
    critical = "ignore ignore ignore ignore ignore ignore",
  }
  for most, line in pairs(want) do
    t.equal(verdicts(support.load(JINJA .. ("ignores { max_severity = '%s' }"):format(most))), line, most)
  end
end)

t.test("every limit counts, wherever it stands", function()
  t.equal(support.verdict(support.load { { "one.lua", "ignores { max_severity = 'critical' }\n" .. JINJA },
    { "two.lua", "ignores { max_severity = 'low' }" } }), "fail")
  t.equal(support.verdict_of(JINJA .. "ignores { max_severity = 'high' } ignores { max_severity = 'medium' }"), "fail")
end)

t.test("a severity that nobody knows is unknown: it is above every limit, and no threshold lets it pass", function()
  for _, severity in ipairs { "HIGH", "moderate", "", "important", false } do
    t.equal(support.verdict_of(JINJA .. "ignores { max_severity = 'high' }", { severity = severity }), "fail")
    t.equal(support.verdict_of("severity { warn = 'none' }", { severity = severity }), "fail")
    t.equal(support.verdict_of("severity { unknown = 'warn', fail = 'none' }", { severity = severity }), "warn")
  end
end)

-- --- hooks ---

t.test("a hook's verdict and reason stand in the decision", function()
  local decision = support.decide(support.load
    "\non('finding', function(f) return 'warn', f.package .. ' is transitive' end)")
  t.equal({ decision.verdict, decision.by, decision.rule, decision.reason },
    { "warn", "acme.lua:2", "on finding", "jinja2 is transitive" })
  t.equal(support.decide(support.load "on('finding', function() return 'fail' end)").reason, "the hook gives no reason")
  t.equal(support.decide(support.load "on('finding', function() return 'fail', ' ' end)").reason,
    "the hook gives no reason")
end)

t.test("a hook's ignore has no expiry, and a reason only where it gives one", function()
  local hook = "on('finding', function() return 'ignore', %s end) "
  t.equal(support.verdict_of(hook:format "'ours'"), "ignore")
  t.equal(support.verdict_of(hook:format "nil"), "ignore")
  for _, limit in ipairs { "max_days = 3650", "require = 'expires'", "require = 'owner'", "max_severity = 'medium'" } do
    t.equal(support.verdict_of((hook .. "ignores { %s }"):format("'ours'", limit)), "fail", limit)
  end
  t.equal(support.verdict_of((hook .. "ignores { require = 'reason' }"):format "'ours'"), "ignore")
  for _, none in ipairs { "nil", "''", "' '", "'\\n'" } do
    t.equal(support.verdict_of((hook .. "ignores { require = 'reason' }"):format(none)), "fail", none)
  end
end)

t.test("a hook gets a copy: what it does to it changes nothing", function()
  local set = support.load [[
on("finding", function(f) f.severity = "none" f.id = "X" f.aliases[1] = nil f.package = nil f.new = 1 end)
on("finding", function(f)
  if f.id == "CVE-2019-10906" and f.aliases[1] and not f.new then return "warn", f.severity end
end)
severity { block = "critical" }
]]
  local finding = support.finding()
  local decision = assert(set:decide { finding })[1]
  t.equal(finding, support.finding())
  t.truthy(decision.finding == finding)
  t.equal({ decision.verdict, decision.reason }, { "warn", "high" })
end)

t.test("hooks may call functions that they share", function()
  t.equal(support.verdict_of [[
local function soft(f) return f.severity == "high" and "warn" or nil, "soft" end
local first = function(f) return soft(f) end
on("finding", first)
on("finding", function(f) return first(f) end)
]], "warn")
end)

t.test("a hook that raises fails the decision, with its place", function()
  for text, want in pairs {
    ["\non('finding', function(f)\n  return f.nothing.x\nend)"] = "^acme%.lua:3: attempt to index a nil value",
    ["\non('finding', function() error 'boom' end)"] = "^acme%.lua:2: boom$",
    ["\non('finding', function() error('boom', 0) end)"] = "^acme%.lua:2: boom$",
    ["\non('finding', function()\n  error('interrupted', 0)\nend)"] = "^acme%.lua:3: interrupted$",
    ["\non('finding', function() return error('interrupted', 0) end)"] = "^acme%.lua:2: interrupted$",
    ["\non('finding', function() error {} end)"] = "^acme%.lua:2: the policy raised a table$",
    ["\non('finding', function() error() end)"] = "^acme%.lua:2: the policy raised a nil$",
    ["\non('package', function() error 'boom' end)"] = "^acme%.lua:2: boom$",
    ["\non('audit', function() error 'boom' end)"] = "^acme%.lua:2: boom$",
    ["on('finding', function() return versoin end)"] =
      "^acme%.lua:1: nothing is called 'versoin' %(did you mean 'version'",
    ["on('finding', function() return os.time() end)"] = "^acme%.lua:1: there is no 'os'",
    ["on('finding', function() while true do end end)"] = "^acme%.lua:1: the policy went over its budget",
  } do
    local set = support.load(text, { budget = { instructions = 1e6 } })
    local decisions, message = set:decide { support.finding() }
    t.equal(decisions, nil, text)
    t.match(message, want)
  end
end)

t.test("names a hook's file by its whole name, however long", function()
  local name = ("/a/long/folder"):rep(9) .. "/acme.lua"
  local _, message = support.load({ { name,
    "on('finding', function() error 'boom' end)" } }):decide { support.finding() }
  t.equal(message, name .. ":1: boom")
end)

t.test("a hook that answers something else is an error, not a pass", function()
  local expected = "acme.lua:1: the hook for 'finding' has to return block, fail, warn, ignore or nothing, not "
  for answer, want in pairs {
    ["'pass'"] = '"pass"', ["'ignored'"] = '"ignored" (did you mean \'ignore\'?)', ["true"] = "true",
    ["false"] = "false",
    ["0"] = "0", ["{}"] = "a table", ["'refuse'"] = '"refuse"', ["''"] = '""', ["0/0"] = tostring(0 / 0),
    ["json.null"] = "null", ["'IGNORE'"] = '"IGNORE" (did you mean \'ignore\'?)',
  } do
    local decisions, message = support.load(("on('finding', function() return %s end)"):format(answer))
      :decide { support.finding() }
    t.equal(decisions, nil, answer)
    t.equal(message, expected .. want)
  end
end)

t.test("a reason that is no text is an error", function()
  for reason, want in pairs { ["7"] = "7", ["{}"] = "a table", ["true"] = "true", ["'\\xFF'"] = '"\\xFF"' } do
    local decisions, message = support.load(("on('finding', function() return 'warn', %s end)"):format(reason))
      :decide { support.finding() }
    t.equal(decisions, nil, reason)
    t.equal(message, "acme.lua:1: the reason that a hook returns is a text, not " .. want)
  end
end)

t.test("a hook with no verdict says nothing, whatever else it returns", function()
  t.equal(support.verdict_of "on('finding', function() return nil, 'ignore' end)", "fail")
  t.equal(support.verdict_of "on('finding', function() return end)", "fail")
end)

t.test("a hook sees what it says no more after a failed decision than before", function()
  local set = support.load "on('finding', function(f) if f.id == 'X' then error 'boom' end return 'warn' end)"
  t.equal(support.verdict(set), "warn")
  t.equal(set:decide { support.finding { id = "X" } }, nil)
  t.equal(support.verdict(set), "warn")
end)

-- --- matching ---

t.test("an ignore matches by id or alias, in any case", function()
  for _, id in ipairs { "'CVE-2019-10906'", "'cve-2019-10906'", "'GHSA-462w-v97r-4m45'", "'ghsa-462W-V97R-4M45'",
    "'CVE-2019-*'", "'ghsa-*'", "'*-10906'", "re '^CVE-2019-'", "re '^GHSA'", "re('^cve', 'i')",
    "{ 'X', 'CVE-2019-10906' }",
    "{ 'X', re '^CVE' }" } do
    t.equal(support.verdict_of(("ignore { id = %s }"):format(id)), "ignore", id)
  end
  for _, id in ipairs { "'CVE-2019-1090'", "'CVE-2019-109066'", "'2019'", "re '^2019'", "'X'", "re '^cve'",
    "{ 'X', 'Y-*' }" } do
    t.equal(support.verdict_of(("ignore { id = %s }"):format(id)), "fail", id)
  end
end)

t.test("an ignore needs all its fields to match", function()
  for fields, want in pairs {
    ["id = 'CVE-2019-10906', package = 'jinja2'"] = "ignore", ["id = 'CVE-2019-10906', package = 'flask'"] = "fail",
    ["id = 'CVE-2019-10906', package = 'Jinja2', version = '<2.11'"] = "ignore",
    ["id = 'CVE-2019-10906', version = '>=2.11'"] = "fail", ["package = 'jinja*', kind = 'vulnerability'"] = "ignore",
    ["package = 'jinja2', kind = 'code'"] = "fail", ["id = 'CVE-2019-10906', path = 'src/*'"] = "fail",
    ["id = { 'CVE-2019-10906', 'X' }, package = { 'a', 'jinja2' }"] = "ignore", ["package = '*'"] = "ignore",
    ["package = re '^ja'"] = "fail", ["package = re '^ji'"] = "ignore", ["path = '*'"] = "fail",
  } do
    t.equal(support.verdict_of(("ignore { %s }"):format(fields)), want, fields)
  end
end)

t.test("a finding in code is matched by path, kind and id", function()
  local code = { kind = "code", id = "B608", aliases = {}, package = false, version = false,
    path = "./src/legacy/db.py",
    line = 3 }
  for fields, want in pairs {
    ["path = 'src/legacy/*'"] = "ignore", ["path = './src/legacy/db.py'"] = "ignore", ["path = 'src/other/*'"] = "fail",
    ["id = 'B608', path = 'src/*'"] = "ignore", ["id = 'b608'"] = "ignore", ["id = 'B60'"] = "fail",
    ["id = 'B608', kind = 'vulnerability'"] = "fail", ["package = '*'"] = "fail",
    ["id = 'B608', version = '>=0'"] = "fail",
    ["path = re '^src/.*\\\\.py$'"] = "ignore",
  } do
    t.equal(support.verdict_of(("ignore { %s }"):format(fields), code), want, fields)
  end
end)

t.test("names are compared as PEP 503 does, also where a finding or an audit does not", function()
  local fields = { package = "Zope.Interface", version = "1" }
  t.equal(support.verdict_of("ignore { package = 'zope_interface' }", fields), "ignore")
  t.equal(support.verdict_of("ignore { package = 'zope-*' }", fields), "ignore")
  t.equal(support.verdict_of("on('finding', function(f) if f.package == 'zope-interface' then return 'warn' end end)",
    fields), "warn")
  local set = support.load "deny { package = 'zope_interface' }"
  t.equal(support.of_packages(set, { { "ZOPE__interface", "1" }, { "zope.interface", "1" } }),
    { "deny:zope-interface fail acme.lua:1" })
  local decisions = assert(set:decide { support.finding(fields) })
  t.equal({ decisions[1].finding, decisions[2].finding.id }, { support.finding(fields), "deny:zope-interface" })
end)

t.test("a version that is none is in no specifier of an ignore", function()
  for _, version in ipairs { "weird", "", false } do
    t.equal(support.verdict_of("ignore { package = 'jinja2', version = '>=0' }", { version = version }), "fail")
    t.equal(support.verdict_of("ignore { package = 'jinja2' }", { version = version }), "ignore")
  end
end)

t.test("a finding may lack all but its id", function()
  local set = support.load [[
ignore { id = "Y", package = "a" } ignore { package = "*" } ignore { path = "*" } deny { package = "*" }
on("finding", function(f) if f.kind ~= "vulnerability" or f.severity ~= "unknown" then return "block" end end)
on("package", function() return "ignore" end)
on("audit", function(a) if a.findings.unknown ~= 1 then return "block" end end)
]]
  local decisions = assert(set:decide { { id = "Y" } })
  t.equal({ #decisions, decisions[1].verdict, decisions[1].finding }, { 1, "fail", { id = "Y" } })
  t.raises(function() set:decide { {} } end, "a finding has to have an id")
  t.raises(function() set:decide { { id = 7 } } end, "a finding has to have an id")
end)

t.test("decides every finding in its order, also the same one twice", function()
  local list = { support.finding(), support.finding { id = "X", aliases = {} }, support.finding() }
  local decisions = assert(support.load(JINJA):decide(list))
  local got = {}
  for i, decision in ipairs(decisions) do
    got[i] = decision.verdict
    t.truthy(decision.finding == list[i])
  end
  t.equal(got, { "ignore", "fail", "ignore" })
  t.equal(assert(support.load(JINJA):decide {}), {})
end)

t.test("an alias given twice, or the id among the aliases, speaks once", function()
  local decision = support.decide(support.load "ignore { id = { 'CVE-2019-10906', 'GHSA-462w-v97r-4m45' } }",
    { aliases = { "CVE-2019-10906", "GHSA-462w-v97r-4m45", "GHSA-462w-v97r-4m45" } })
  t.equal(#decision.trace, 1)
end)

t.test("the trace is in the order of the rules", function()
  local decision = support.decide(support.load [[
ignore { package = "jinja*" }
ignore { id = "GHSA-462w-v97r-4m45" }
ignore { package = "jinja2" }
ignore { id = "CVE-2019-10906" }
]])
  local list = {}
  for i, spoken in ipairs(decision.trace) do list[i] = spoken.by end
  t.equal(list, { "acme.lua:1", "acme.lua:2", "acme.lua:3", "acme.lua:4" })
  t.equal(decision.by, "acme.lua:1")
end)

t.test("the same input gives the same words", function()
  local text = [[
severity { warn = "low" } ignore { package = "a*", reason = "x" } deny { package = { "b", "c*" } }
pin { package = "d", version = "<1" }
on("finding", function(f) local s = "" for k in pairs(f) do s = s .. k end return "warn", #s .. "" end)
on("audit", function(a) return "warn", #a.packages .. " packages" end)
]]
  local list = {}
  for i = 1, 50 do list[i] = support.finding { id = "X" .. i, package = ("abcd"):sub(i % 4 + 1, i % 4 + 1),
    version = "1." .. i } end
  local first = json.encode(assert(support.load(text):decide(list)))
  for _ = 1, 3 do t.equal(json.encode(assert(support.load(text):decide(list))), first) end
end)

-- --- findings that policies make ---

t.test("a denied package is a finding", function()
  local set = support.load [[
deny { package = "pycrypto", reason = "abandoned" }
deny { package = "requests", version = "<2.31" }
]]
  local decisions = assert(set:decide({}, { packages = { { name = "pycrypto", version = "2.6", direct = true } } }))
  t.equal(decisions, { { verdict = "fail", by = "acme.lua:1", rule = "deny",
    reason = "the package is denied: abandoned",
    finding = { id = "deny:pycrypto", aliases = {}, kind = "policy", package = "pycrypto", version = "2.6",
      fix_versions = {}, direct = true, severity = "unknown", summary = "the package is denied: abandoned",
      sources = { "policy" } },
    trace = { { rule = "deny", by = "acme.lua:1", verdict = "fail", reason = "the package is denied: abandoned" } } } })
  t.equal(support.of_packages(set, { { "requests", "2.30" }, { "requests", "2.31" }, { "flask", "1" } }),
    { "deny:requests fail acme.lua:2" })
end)

t.test("a version that is none may be a denied one, and is no allowed or pinned one", function()
  local set = support.load [[
deny { package = "a", version = "<2" }
allow { package = { "a", "c" } }
allow { package = "b", version = ">=1" }
pin { package = "c", version = ">=0" }
]]
  t.equal(support.of_packages(set, { { "a", "weird" }, { "b", "weird" }, { "c", "weird" }, { "a", "2" } }),
    { "deny:a fail acme.lua:1", "allow:b fail acme.lua:2", "pin:c fail acme.lua:4" })
  local decisions = assert(set:decide({}, { packages = { { name = "a", version = "weird" } } }))
  t.equal(decisions[1].reason, "versions <2 are denied, and 'weird' is no version that could be compared")
end)

t.test("a package of which only a finding speaks is judged too, also without a version", function()
  local set = support.load "deny { package = 'jinja2' } pin { package = 'flask', version = '<2' }"
  local function ids(fields, packages)
    local list = {}
    for i, decision in ipairs(assert(set:decide({ support.finding(fields) }, { packages = packages }))) do
      list[i] = decision.finding.id .. " " .. (decision.finding.version or "")
    end
    return list
  end
  t.equal(ids(), { "CVE-2019-10906 2.10", "deny:jinja2 2.10" })
  t.equal(ids { version = false }, { "CVE-2019-10906 ", "deny:jinja2 " })
  t.equal(ids { package = "flask", version = false }, { "CVE-2019-10906 ", "pin:flask " })
  t.equal(ids({ package = "flask", version = false }, { { name = "flask", version = "1" } }), { "CVE-2019-10906 " })
  t.equal(ids({}, { { name = "jinja2", version = "2.10" } }), { "CVE-2019-10906 2.10", "deny:jinja2 2.10" })
  t.equal(ids({}, { { name = "Jinja2" } }), { "CVE-2019-10906 2.10", "deny:jinja2 ", "deny:jinja2 2.10" })
  t.equal(ids { package = false }, { "CVE-2019-10906 2.10" })
  t.equal(ids { kind = "policy" }, { "CVE-2019-10906 2.10" }, "what a policy once found is no package")
end)

t.test("a package is judged once, however many findings it has", function()
  local set = support.load "deny { package = 'jinja2' }"
  t.equal(#assert(set:decide { support.finding(), support.finding { id = "X" }, support.finding() }), 4)
end)

t.test("several rules on one package are one finding, with all that spoke", function()
  local set = support.load "deny { package = 'a', reason = 'x' }\ndeny { package = 'a*' }\ndeny { package = 'b' }"
  local decisions = assert(set:decide({}, { packages = { { name = "a", version = "1" } } }))
  t.equal({ #decisions, #decisions[1].trace, decisions[1].by }, { 1, 2, "acme.lua:1" })
end)

t.test("a pin that the installed version breaks is a finding", function()
  local set = support.load "pin { package = 'django', version = '~=4.2.0', reason = 'LTS' }"
  t.equal(support.of_packages(set, { { "django", "4.2.9" }, { "flask", "1" } }), {})
  local decisions = assert(set:decide({}, { packages = { { name = "django", version = "5.0" } } }))
  t.equal({ decisions[1].finding.id, decisions[1].verdict, decisions[1].rule, decisions[1].reason },
    { "pin:django", "fail", "pin", "it is pinned to ~=4.2.0: LTS" })
end)

t.test("once a package is allowed, all others are findings", function()
  local set = support.load [[
allow { package = { "django-*", re "^acme-", "requests" } }
allow { package = "flask", version = ">=2" }
]]
  t.equal(support.of_packages(set, { { "acme-x", "1" }, { "django-x", "1" }, { "requests", "1" }, { "flask",
    "2.1" } }), {})
  t.equal(support.of_packages(set, { { "django", "1" }, { "flask", "1.9" } }),
    { "allow:django fail acme.lua:1", "allow:flask fail acme.lua:1" })
  t.equal(support.of_packages(support.load "", { { "django", "1" } }), {})
end)

t.test("findings of policies are ignored, bounded and judged by hooks like others", function()
  local packages = { { "pycrypto", "1" } }
  local function verdict(text) return support.of_packages(support.load("deny { package = 'pycrypto' } " .. text),
    packages)[1] end
  t.equal(verdict "", "deny:pycrypto fail acme.lua:1")
  t.equal(verdict "ignore { id = 'deny:pycrypto' }", "deny:pycrypto ignore acme.lua:1")
  t.equal(verdict "ignore { id = 'deny:*', kind = 'policy' }", "deny:pycrypto ignore acme.lua:1")
  t.equal(verdict "ignore { package = 'pycrypto' } ignores { max_severity = 'low' }", "deny:pycrypto ignore acme.lua:1",
    "what a policy finds has no severity")
  t.equal(verdict "ignore { package = 'pycrypto' } ignores { max_days = 9 }", "deny:pycrypto fail acme.lua:1")
  t.equal(verdict "on('finding', function(f) if f.kind == 'policy' then return 'block' end end)",
    "deny:pycrypto block acme.lua:1")
  t.equal(verdict "severity { kind = 'policy', unknown = 'warn' }", "deny:pycrypto fail acme.lua:1")
  t.equal(verdict "severity { kind = 'policy', unknown = 'block' }", "deny:pycrypto block acme.lua:1")
end)

t.test("a package hook ignores the findings of a package, or makes one of its own", function()
  local set = support.load [[
on("package", function(p)
  if p.name:find "^internal" then return "ignore", "ours" end
  if p.version == "0.0.1" then return "warn", "a placeholder" end
  if p.direct then return "fail" end
end)
]]
  t.equal(support.decide(set, { package = "internal-x" }).reason, "ours")
  t.equal(support.verdict(set, { direct = false }), "fail")
  t.equal(support.of_packages(set, { { "internal-x", "1" }, { "a", "0.0.1" }, { "b", "1", true }, { "c", "1" } }),
    { "package:a warn acme.lua:1", "package:b fail acme.lua:1" })
  local decision = assert(set:decide({}, { packages = { { name = "a", version = "0.0.1" } } }))[1]
  t.equal({ decision.finding.summary, decision.rule, decision.reason }, { "a placeholder", "on package",
    "a placeholder" })
end)

t.test("a package hook hears of a package what the audit says of it, not a finding", function()
  local set = support.load "on('package', function(p) if not p.direct then return 'ignore', 'transitive' end end)"
  local decisions = assert(set:decide({ support.finding { direct = false } },
    { packages = { { name = "jinja2", version = "2.10", direct = true } } }))
  t.equal({ #decisions, decisions[1].verdict }, { 1, "fail" })
end)

t.test("a package hook is asked once of a package", function()
  local set = support.load [[
local asked = 0
on("package", function() asked = asked + 1 return "warn", "asked " .. asked end)
]]
  local decisions = assert(set:decide { support.finding(), support.finding { id = "X" } })
  t.equal({ #decisions, decisions[3].reason }, { 3, "asked 1" })
end)

t.test("an audit hook sees the packages, the evidence and how many findings there are", function()
  local set = support.load [[
on("audit", function(a)
  return "warn", ("%d %s %s %d/%d/%d %s"):format(#a.packages, a.packages[1].name, a.evidence[1].scanner,
    a.findings.total, a.findings.high, a.findings.unknown, a.today)
end)
]]
  local decisions = assert(set:decide({ support.finding(), support.finding { severity = "unknown" } },
    { packages = { { name = "b", version = "1" }, { name = "a", version = "1" } },
      evidence = { { scanner = "osv", status = "complete", skipped = {} } } }))
  t.equal({ #decisions, decisions[3].verdict, decisions[3].rule, decisions[3].reason },
    { 3, "warn", "on audit", "3 a osv 2/1/1 2026-06-01" })
end)

t.test("an audit hook's finding is one of the whole audit: package hooks are not asked about it", function()
  local set = support.load [[
on("audit", function() return "fail", "large" end)
on("package", function(p) if version.compare(p.version, "1") < 0 then return "ignore", "old" end end)
]]
  local decisions = assert(set:decide {})
  t.equal({ #decisions, decisions[1].finding.kind, decisions[1].verdict, decisions[1].reason },
    { 1, "policy", "fail", "large" })
end)

t.test("hooks of packages, upgrades and audits answer in their own words", function()
  for event, answers in pairs { package = "block, fail, warn, ignore", audit = "block, fail, warn, incomplete" } do
    local set = support.load(("on('%s', function() return 'refuse' end)"):format(event))
    local _, message = set:decide { support.finding() }
    t.contains(message, ("acme.lua:1: the hook for '%s' has to return %s or nothing, not \"refuse\""):format(event,
      answers))
  end
  local _, message = support.load("on('audit', function() return 'ignore' end)"):decide {}
  t.contains(message, "has to return block, fail, warn, incomplete or nothing")
end)

t.test("a regex that reaches its limits fails the decision with its place: it is no pass", function()
  local long = ("a"):rep(60) .. "b"
  for _, rule in ipairs { "ignore { id = re '^(a|aa)+$' }", "deny { package = re '^(a|aa)+$' }",
    "allow { package = re '^(a|aa)+$' }" } do
    local decisions, message = support.load("\n" .. rule):decide { support.finding { id = long, package = long } }
    t.equal(decisions, nil, rule)
    t.match(message, "^acme%.lua:2: regex: match limit exceeded")
  end
end)

t.test("each decision has a budget of its own", function()
  local set = support.load("on('finding', function() for i = 1, 3e5 do end end)", { budget = { instructions = 1e6 } })
  for _ = 1, 10 do t.truthy(set:decide { support.finding() }) end
  local decisions, message = set:decide { support.finding(), support.finding(), support.finding(), support.finding() }
  t.equal(decisions, nil)
  t.match(message, "^acme%.lua:1: the policy went over its budget of 1000000 instructions")
end)

t.test("a path is that of a finding in code, not of the file that requires a package", function()
  local set = support.load "ignore { path = 'tests/*', reason = 'never ships' }"
  t.equal(support.verdict(set, { path = "tests/requirements.txt" }), "fail")
  t.equal(support.verdict(set, { kind = "code", path = "tests/a.py" }), "ignore")
end)

return t.finish()
