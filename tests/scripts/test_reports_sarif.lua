--- SARIF 2.1.0. The fixtures are what bandit 1.9.4 and osv-scanner 1.9.2 wrote (the latter without its help texts); the
-- messages of Trivy and Grype are made after theirs.
local t = require "harness"
local json = require "pysec.json"
local stored = require "stored"

t.test("reads what bandit wrote as findings in code, with what it could not parse", function()
  local report = stored.read("sarif", stored.fixture "sarif/bandit-1.9.4.sarif")
  t.equal(stored.brief(report.findings), {
    "src/app.py 4 B403 low ", "src/app.py 5 B404 low ", "src/app.py 11 B105 low ", "src/app.py 17 B701 high ",
    "src/app.py 23 B602 high ", "src/app.py 29 B301 medium ", "src/app.py 34 B324 high ",
  })
  local first = report.findings[1]
  t.equal({ first.kind, first.confidence, first.test, first.sources, first.line },
    { "code", "high", "blacklist", { "bandit" }, 4 })
  t.match(first.url, "^https://bandit%.readthedocs%.io/")
  t.equal(#report.evidence, 1)
  t.equal({ report.evidence[1].scanner, report.evidence[1].status, report.evidence[1].reason }, { "bandit",
    "incomplete", "bandit skipped 1 file, the first: src/bad.py: syntax error while parsing AST from file" })
end)

t.test("gives the same findings as bandit's own JSON", function()
  local function kept(report)
    local list = {}
    for i, f in ipairs(report.findings) do
      list[i] = { f.id, f.kind, f.path, f.line, f.severity, f.confidence, f.test, f.summary, f.url, f.sources }
    end
    return list
  end
  t.equal(kept(stored.read("sarif", stored.fixture "sarif/bandit-1.9.4.sarif")),
    kept(stored.read("bandit", stored.fixture "bandit/report-1.9.4.json")))
end)

t.test("reads what osv-scanner wrote as vulnerabilities", function()
  local report = stored.read("sarif", stored.fixture "sarif/osv-scanner-1.9.2.sarif")
  local by_id = {}
  for _, finding in ipairs(report.findings) do
    t.equal({ finding.kind, finding.sources }, { "vulnerability", { "osv" } })
    by_id[finding.id] = finding
  end
  t.equal(#report.findings, 7)
  local flask = by_id["CVE-2023-30861"]
  t.equal({ flask.package, flask.version, flask.severity, flask.aliases, flask.path }, { "flask", "2.3.1", "unknown",
    { "PYSEC-2023-62", "GHSA-m2qf-hxjv-5gpq" }, "/srv/app/requirements.txt" })
  t.equal(report.evidence, { { scanner = "osv", status = "complete", skipped = {} } })
end)

--- SARIF of one run: its results and rules, and other properties of the run.
local function sarif(results, rules, run)
  local value = { tool = { driver = { name = "Tool", rules = json.array(rules or {}) } },
    results = json.array(results) }
  for name, field in pairs(run or {}) do value[name] = field end
  return { version = "2.1.0", ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json", runs = { value } }
end

local function result(fields)
  local value = { ruleId = "R1", message = { text = "Wrong." }, locations = { { physicalLocation = {
    artifactLocation = { uri = "src/a.py" }, region = { startLine = 3 } } } } }
  for name, field in pairs(fields or {}) do value[name] = field end
  return value
end

local function only(...)
  local findings = stored.read("sarif", sarif(...)).findings
  t.equal(#findings, 1)
  return findings[1]
end

t.test("takes the level for the severity: the result's, the rule's, else warning", function()
  for level, word in pairs { error = "high", warning = "medium", note = "low", none = "none" } do
    t.equal(only({ result { level = level } }).severity, word)
    t.equal(only({ result() }, { { id = "R1", defaultConfiguration = { level = level } } }).severity, word)
  end
  t.equal(only({ result() }).severity, "medium")
end)

t.test("prefers the score that a rule or a result has", function()
  local rules = { { id = "R1", properties = { ["security-severity"] = "9.8" } } }
  local finding = only({ result { level = "note" } }, rules)
  t.equal({ finding.severity, finding.score }, { "critical", 9.8 })
  t.equal(only({ result { properties = { ["security-severity"] = 5.0 } } }, rules).severity, "medium")
  t.equal(only({ result { properties = { ["security-severity"] = "0.0" } } }).severity, "none")
end)

t.test("finds a rule by its index, in an extension, by a part of its id", function()
  local scored = { properties = { ["security-severity"] = "9.1" }, id = "R2", name = "Named", helpUri = "https://x/" }
  local rules = { { id = "R1" }, scored }
  local finding = only({ { ruleIndex = 1, message = { text = "x" } } }, rules)
  t.equal({ finding.id, finding.severity, finding.test, finding.url, finding.path, finding.line },
    { "R2", "critical", "Named", "https://x/", "(no place)" })
  t.equal(only({ result { ruleId = "R2/sub" } }, rules).severity, "critical")
  local tool = { driver = { name = "CodeQL", rules = json.array() },
    extensions = { { name = "a" }, { rules = rules } } }
  finding = only({ result { ruleId = "R2", rule = { id = "R2", index = 1, toolComponent = { index = 1 } } } }, nil,
    { tool = tool })
  t.equal({ finding.severity, finding.sources }, { "critical", { "codeql" } })
  t.equal(only({ { rule = { id = "R9" }, message = { text = "x" } } }).id, "R9")
end)

t.test("reads messages that are texts, markdown or templates of the rule", function()
  local rules = { { id = "R1", shortDescription = { text = "Short." },
    messageStrings = { found = { text = "{0} is not {1}, {2}" } } } }
  for want, message in pairs { ["Two"] = { text = "Two\nlines" }, ["*b*"] = { markdown = "*b*" },
    ["a is not b, {2}"] = { id = "found", arguments = { "a", "b" } }, ["Short."] = { id = "gone" } } do
    t.equal(only({ result { message = message } }, rules).summary, want)
  end
end)

t.test("reads places: files by URI or by index, and results without", function()
  local function at(artifact, region)
    local finding = only({ result { locations = { { physicalLocation = { artifactLocation = artifact,
      region = region } } } } }, nil, { artifacts = { { location = { uri = "b.py" } } } })
    return { finding.path, finding.line }
  end
  t.equal(at({ uri = "file:///srv/a%20b/./c.py" }, { startLine = 7 }), { "/srv/a b/c.py", 7 })
  t.equal(at({ uri = "src/a.py", uriBaseId = "%SRCROOT%" }), { "src/a.py" })
  t.equal(at({ index = 0 }), { "b.py" })
  t.equal(at({}), { "(no place)" })
end)

t.test("recognises the messages of Trivy and Grype", function()
  local rules = { { id = "CVE-2019-10906", properties = { ["security-severity"] = "8.6" } } }
  local trivy = only({ result { ruleId = "CVE-2019-10906", ruleIndex = 0, level = "error", message = {
    text = "Package: Jinja2\nInstalled Version: 2.10\nVulnerability CVE-2019-10906\nSeverity: HIGH\n"
      .. "Fixed Version: 2.10.1, 2.11\nLink: [CVE-2019-10906](https://avd.aquasec.com/nvd/cve-2019-10906)" } } }, rules)
  t.equal({ trivy.kind, trivy.package, trivy.version, trivy.id, trivy.severity, trivy.fix_versions },
    { "vulnerability", "jinja2", "2.10", "CVE-2019-10906", "high", { "2.10.1", "2.11" } })
  local unfixed = only({ result { message = { text = "Package: a\nInstalled Version: 1\nFixed Version: \nLink: x" } } })
  t.equal(unfixed.fix_versions, {})
  local function grype(kind)
    local text = "A high vulnerability in %s package: jinja2, version 2.10 was found at: /requirements.txt"
    text = text:format(kind)
    return only({ result { ruleId = "GHSA-462w-v97r-4m45-jinja2", message = { text = text } } })
  end
  local finding = grype "python"
  t.equal({ finding.kind, finding.package, finding.version, finding.id, finding.path, finding.severity },
    { "vulnerability", "jinja2", "2.10", "GHSA-462w-v97r-4m45", "src/a.py", "unknown" })
  t.equal(grype("deb").package, "deb:jinja2")
end)

t.test("keeps what a tool suppressed, and leaves out what is no finding", function()
  t.equal(only({ result { suppressions = { { kind = "inSource" } } } }).id, "R1")
  t.equal(#stored.read("sarif", sarif { result { kind = "pass" }, result { kind = "notApplicable" },
    result { baselineState = "absent" } }).findings, 0)
  for _, kind in ipairs { "fail", "open", "review", "informational" } do
    t.equal(#stored.read("sarif", sarif { result { kind = kind } }).findings, 1)
  end
end)

t.test("takes a run that failed, or that has no results, for evidence that is missing", function()
  local function status(results, run)
    local item = stored.read("sarif", sarif(results, nil, run)).evidence[1]
    return { item.scanner, item.status, item.reason }
  end
  t.equal(status({}), { "tool", "complete" })
  t.equal(status({}, { results = json.null }), { "tool", "incomplete", "tool wrote no results" })
  t.equal(status({}, { invocations = { { executionSuccessful = false } } }),
    { "tool", "incomplete", "tool did not end well" })
  t.equal(status({}, { invocations = { { executionSuccessful = true, toolExecutionNotifications = {
    { level = "error", message = { text = "no memory" } }, { level = "note", message = { text = "x" } } } } } }),
    { "tool", "incomplete", "tool skipped 1 file, the first: tool: no memory" })
end)

t.test("says where a report is not well-formed", function()
  local value = sarif {}
  value.version = "2.0.0"
  stored.refuses {
    { value, "SARIF of version '2%.0%.0': expected 2%.1%.0$" }, { { runs = json.array() }, "SARIF of version 'nil'" },
    { { version = "2.1.0", runs = { {} } }, "run 1 does not name its tool$" },
    { { version = "2.1.0", runs = { 1 } }, "run 1 does not name its tool$" },
    { sarif { result(), { message = { text = "x" } } }, "run 1, result 2: it has no ruleId$" },
    { sarif { 1 }, "run 1, result 1: it has no ruleId$" },
    { sarif { result { level = "fatal" } }, "run 1, result 1: level 'fatal' is none of error, warning, note, none$" },
    { sarif { result { properties = { ["security-severity"] = "high" } } },
      "run 1, result 1: security%-severity 'high'" },
  }
end)

for _, name in ipairs { "bandit-1.9.4.sarif", "osv-scanner-1.9.2.sarif" } do
  t.test("takes every cut for an error with its place: " .. name, function()
    stored.refuses_every_cut(stored.fixture("sarif/" .. name))
  end)
end

return t.finish()
