--- pysec explain: the reports that it finds, what it prints, and its exit codes.
local fs = require "pysec.fs"
local json = require "pysec.json"
local t = require "harness"
local support = require "support"

local DAY = { SOURCE_DATE_EPOCH = "1780272000" } -- 2026-06-01

local FINDING = '{"id": "PYSEC-1", "aliases": ["CVE-2020-1"], "kind": "vulnerability", "package": "jinja2", '
  .. '"version": "2.10", "fix_versions": ["2.10.1"], "severity": "high", "summary": %s, "sources": ["pip-audit"]}'

--- A summary whose only decision has this reason.
local function summary(reason, text)
  return ('{"timestamp": "x", "upgrade_mode": "none", "fixed": [], "upgrades": [], "held_back": [], "notices": [], '
    .. '"decisions": [{"finding": %s, "verdict": "fail", "by": "acme.lua:3", "rule": "severity", "reason": "%s", '
    .. '"trace": [{"rule": "severity", "by": "acme.lua:3", "verdict": "fail", "reason": "%s"}]}]}'):format(
    FINDING:format(json.encode(text or "escape")), reason, reason)
end

local function explain(code, files, arguments)
  local folder = t.files(t.tempdir(), files)
  return support.expect(code, table.move(arguments, 1, #arguments, 2, { "explain" }), { cwd = folder, env = DAY })
end

local REPORT = "reports/security/security-summary-20260601-120000.json"

t.test("the story of a finding, in the order in which one asks", function()
  local result = explain(0, { [REPORT] = summary "too high" }, { "cve-2020-1" })
  t.equal(result.stdout, [[
CVE-2020-1 (PYSEC-1) in jinja2 2.10
  What:      a vulnerability of severity high
             escape
  Found by:  pip-audit
  Fixed in:  2.10.1
  Verdict:   fail, by acme.lua:3 (severity): too high
  Rules:     * acme.lua:3 (severity) says fail: too high
  Why:       nothing blocks it and no ignore matches, so that the one rule that speaks counts
  To change: upgrade jinja2 to 2.10.1 or later, such as with --upgrade conservative
             accept it in a policy: ignore { id = "CVE-2020-1", package = "jinja2", reason = "..." }, ]]
    .. [[with what the policies demand of ignores

From reports/security/security-summary-20260601-120000.json; * marks the rule that counts
]])
  t.lacks(explain(0, { [REPORT] = summary "too high" }, { "jinja2", "--quiet" }).stdout, "From ")
end)

t.test("the newest report is read", function()
  local files = { [REPORT] = summary "first",
    ["reports/security/security-summary-20260531-235959.json"] = summary "old",
    ["reports/security/pip-audit-20270101-000000.json"] = "{}",
    ["reports/security/security-summary-20260601-120000.md"] = "" }
  t.contains(explain(0, files, { "jinja2" }).stdout, "says fail: first")
end)

t.test("the number of a report in the same second is a number", function()
  local files = { [REPORT] = summary "first" }
  for _, number in ipairs { 2, 9, 10 } do
    files[("reports/security/security-summary-20260601-120000-%d.json"):format(number)] = summary("no " .. number)
    t.contains(explain(0, files, { "jinja2" }).stdout, "says fail: no " .. number)
  end
end)

t.test("another folder, or a report by its name", function()
  local files = { ["r/security-summary-20260601-120000.json"] = summary "in r", ["x.json"] = summary "in x" }
  t.contains(explain(0, files, { "jinja2", "--reports", "r/" }).stdout, "From r/security-summary-20260601-120000.json")
  t.contains(explain(0, files, { "jinja2", "--report", "x.json" }).stdout, "says fail: in x")
  t.match(explain(2, files, { "jinja2", "--report", "x.json", "--reports", "r" }).stderr, "a file .* or a folder")
end)

t.test("what is not there is an error that names the report and what is near", function()
  local result = explain(2, { [REPORT] = summary "a" }, { "CVE-2020-2" })
  t.equal(result.stdout, "")
  t.contains(result.stderr, REPORT .. ": nothing there is called 'CVE-2020-2' (did you mean CVE-2020-1?)")
  local empty = { [REPORT] = '{"decisions": []}' }
  t.contains(explain(2, empty, { "CVE-2020-2" }).stderr, "'CVE-2020-2'; it has no findings")
end)

t.test("without a report there is nothing to explain, and a way out", function()
  t.match(explain(2, { ["x.txt"] = "" }, { "a" }).stderr, "reports/security: No such file.*run pysec first")
  t.match(explain(2, { ["reports/security/x.json"] = "{}" }, { "a" }).stderr, "reports/security: no security%-summary")
  t.match(explain(2, { ["x.json"] = "{" }, { "a", "--report", "x.json" }).stderr, "x%.json:1:2: ")
  t.match(explain(2, { ["x.json"] = "{}" }, { "a", "--report", "x.json" }).stderr, "x%.json: holds no decisions")
  t.match(explain(2, { ["x.json"] = "{}" }, {}).stderr, "pysec explain ID")
end)

t.test("JSON holds what matched, as it was recorded", function()
  local files = { [REPORT] = summary "a" }
  local text = explain(0, files, { "jinja2", "--format", "json" }).stdout
  t.contains(text, '"fixed": []')
  local found = json.decode(text)
  local whole = json.decode(files[REPORT])
  t.equal({ found.report, found.decisions[1].trace, #found.decisions, found.fixed }, { REPORT,
    whole.decisions[1].trace, 1, {} })
  t.equal(found.decisions[1].finding.id, "PYSEC-1")
end)

t.test("texts of advisories cannot write to the terminal, nor lines of their own", function()
  local result = explain(0, { [REPORT] = summary("a\\u001b[31mb\\nVerdict: none", "x\27[2Jy") }, { "jinja2" })
  t.lacks(result.stdout, "\27")
  t.lacks(result.stdout, "\nVerdict: none")
  t.contains(result.stdout, "a\\x1b[31mb\\x0aVerdict: none")
  t.lacks(explain(2, { [REPORT] = summary "a" }, { "\27[31m" }).stderr, "\27")
end)

t.test("what pysec eval printed can be explained, with the policy's own places", function()
  local folder = t.files(t.tempdir(), {
    ["acme.lua"] = 'severity { fail = "low" }\n'
      .. 'ignore { id = "CVE-2020-1", reason = "ours", expires = "2026-12-31" }\ndeny { package = "jinja2" }\n',
    ["findings.json"] = "[" .. FINDING:format '"escape"' .. "]" })
  local result = support.expect(1, { "eval", "--policy", "acme.lua", "--format", "json", "findings.json" },
    { cwd = folder, env = DAY })
  assert(fs.write(folder .. "/result.json", result.stdout))
  local function told(wanted)
    return support.expect(0, { "explain", wanted, "--report", "result.json" }, { cwd = folder }).stdout
  end
  t.contains(told "PYSEC-1", "* acme.lua:2 (ignore) says ignore: ours")
  t.contains(told "PYSEC-1",
    "the ignore of acme.lua:2 counts through 2026-12-31; after it, the verdict is fail, by acme.lua:1 (severity)")
  t.contains(told "deny:jinja2", "change acme.lua:3 (deny)")
  t.match(told "jinja2", "in jinja2 2%.10\n.*\n\ndeny:jinja2 in jinja2 2%.10\n")
end)

t.test("a run's own report is explained without a word of where it is", function()
  local project = support.project()
  t.files(project, { ["compiled.txt"] = "# autogenerated by pip-compile\nidna==2.7\n",
    ["pysec.lua"] = 'severity { fail = "none", unknown = "fail" }\n' })
  support.expect(1, support.offline { "--req", "compiled.txt", "--scanners", "pip-audit", "--upgrade", "none" },
    { cwd = project })
  local told = support.expect(0, { "explain", "cve-2024-3651" }, { cwd = project }).stdout
  t.match(told, "^CVE%-2024%-3651 %(PYSEC%-2024%-60, [^\n]*%) in idna 2%.7\n")
  t.contains(told, "* pysec.lua:1 (severity) says fail")
  t.contains(told, "upgrade idna to 3.7 or later, such as with --upgrade conservative")
end)

t.test("help says what it takes", function()
  t.match(support.expect(0, { "explain", "--help" }).stdout, "Usage: pysec explain ID")
  t.match(support.expect(0, { "--help" }).stdout, "pysec explain ID")
end)

return t.finish()
