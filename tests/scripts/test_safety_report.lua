--- The JSON that safety has written over the years. check-2.3.5.json and check-3.8.1.json are its own, of runs
-- over three packages; the database of the second was made from the first one's and has a severity.
local t = require "harness"
local fs = require "pysec.fs"
local json = require "pysec.json"
local safety_report = require "lib.safety_report"
local version = require "pysec.version"

local FIXTURES = t.root .. "/tests/fixtures/safety/"

local function fixture(name) return assert(json.read(FIXTURES .. name)) end

--- For each finding: id, aliases, package, version, fixes.
local function brief(list)
  local all = {}
  for i, finding in ipairs(list) do
    all[i] = table.concat({ finding.id, table.concat(finding.aliases, "+"), finding.package, finding.version,
      table.concat(finding.fix_versions, "+") }, " ")
  end
  table.sort(all)
  return all
end

local THREE = {
  "CVE-2018-1000656 pyup.io-36388 flask 0.12 0.12.3",
  "CVE-2019-1010083 pyup.io-38654 flask 0.12 1.0",
  "CVE-2020-28493 pyup.io-39525 jinja2 2.10 2.11.3",
}

t.test("reads what safety 2.3.5 check wrote; fixes are where the vulnerable range ends", function()
  local list, scanned = assert(safety_report.parse(fixture "check-2.3.5.json"))
  t.equal(brief(list), THREE)
  t.equal(scanned, { flask = true, idna = true, jinja2 = true })
  for _, finding in ipairs(list) do
    t.equal({ finding.kind, finding.severity, finding.sources, finding.url },
      { "vulnerability", "unknown", { "safety" }, "https://pyup.io" })
    t.truthy(#finding.summary > 20, finding.summary)
  end
end)

t.test("reads what safety 3.8.1 check wrote, with fixes and severities", function()
  local list, scanned = assert(safety_report.parse(fixture "check-3.8.1.json"))
  t.equal(brief(list), THREE)
  t.equal(scanned, { flask = true, idna = true, jinja2 = true })
  for _, finding in ipairs(list) do
    t.equal(finding.severity, "high")
    t.match(finding.url, "^https://pyup%.io/v/%d+/f17$")
  end
end)

t.test("takes a report cut anywhere for no report", function()
  local text = assert(fs.read(FIXTURES .. "check-2.3.5.json")):match "^(.-)%s*$"
  for size = 0, #text - 1 do t.equal(json.decode(text:sub(1, size)), nil, size) end
end)

--- A report of `check` with one vulnerability, changed.
local function check(fields)
  local entry = { vulnerability_id = "39525", package_name = "Jinja2", analyzed_version = "2.10",
    vulnerable_spec = "<2.11.3", advisory = "First line.\nSecond line.", CVE = json.null, severity = json.null }
  for name, value in pairs(fields) do entry[name] = value end
  return { vulnerabilities = json.array { entry } }
end

local function first(fields)
  return assert(safety_report.parse(check(fields)))[1]
end

t.test("takes safety's own number for the id where there is no CVE", function()
  for _, id in ipairs { "39525", 39525 } do
    local finding = first { vulnerability_id = id }
    t.equal({ finding.id, finding.aliases }, { "pyup.io-39525", {} })
  end
  t.equal(first({ vulnerability_id = "SFTY-20240101-00001" }).id, "SFTY-20240101-00001")
end)

t.test("takes the first of several CVEs for the id, the others for aliases", function()
  for _, cve in ipairs { "CVE-1,CVE-2", "CVE-1, CVE-2", json.array { "CVE-1", "CVE-2" } } do
    local finding = first { CVE = cve }
    t.equal({ finding.id, finding.aliases }, { "CVE-1", { "pyup.io-39525", "CVE-2" } })
  end
end)

t.test("normalizes the name and keeps the first line of the advisory", function()
  local finding = first {}
  t.equal({ finding.package, finding.summary }, { "jinja2", "First line." })
  t.equal(first({ advisory = json.null }).summary, "")
end)

t.test("reads the severity of either CVSS, and unknown in what is none", function()
  for _, case in ipairs {
    { { cvssv3 = { base_severity = "CRITICAL" } }, "critical" }, { "Medium", "medium" }, { "SEVERE", "unknown" },
    { { cvssv3 = json.null, cvssv2 = { base_severity = "low" } }, "low" }, { json.null, "unknown" }, { 7, "unknown" },
    { {}, "unknown" }, { { cvssv3 = { base_severity = json.null } }, "unknown" },
  } do
    t.equal(first({ severity = case[1] }).severity, case[2])
  end
end)

t.test("finds the fix at the end of the range that holds the installed version, and nowhere else", function()
  for _, case in ipairs {
    { "<2.11.3", { "2.11.3" } }, { ">=2.0,<2.11.3", { "2.11.3" } }, { "<2.11.3,>=2.0", { "2.11.3" } },
    { json.array { "<2.9", ">=2.10,<2.10.2" }, { "2.10.2" } }, { json.array { "<2.11", "<2.12" }, { "2.11", "2.12" } },
    { "<=2.10", {} }, { "==2.10", {} }, { ">=2.0", {} }, { "<2.9", {} }, { "nonsense", {} }, { "<nonsense", {} },
    { json.null, {} }, { "", {} },
  } do
    local finding = first { vulnerable_spec = case[1] }
    t.equal(finding.fix_versions, case[2], tostring(case[1]))
    for _, fix in ipairs(finding.fix_versions) do t.equal(version.compare(fix, "2.10"), 1) end
  end
end)

t.test("prefers the fixes that safety names", function()
  t.equal(first({ fixed_versions = json.array { "2.11.3", "3.0" } }).fix_versions, { "2.11.3", "3.0" })
  t.equal(first({ fixed_versions = json.array() }).fix_versions, { "2.11.3" })
end)

t.test("brings what safety ignored as findings: policies decide", function()
  local report = fixture "check-2.3.5.json"
  report.ignored_vulnerabilities, report.vulnerabilities = report.vulnerabilities, report.ignored_vulnerabilities
  local list = assert(safety_report.parse(report))
  t.equal(brief(list), THREE)
  for _, finding in ipairs(list) do t.equal(finding.ignored_by_safety, true) end
  t.equal(first({}).ignored_by_safety, nil)
end)

-- --- scan ---

local function scan(known)
  return json.decode(json.encode { meta = { schema_version = "3.0" }, scan_results = { projects = { { files = { {
    location = "requirements.txt", results = { dependencies = { { name = "Jinja2", specifications = { {
      raw = "jinja2==2.10", vulnerabilities = { known_vulnerabilities = json.array(known) } } } } } },
  } } } } } })
end

t.test("reads what safety scan writes", function()
  local list, scanned = assert(safety_report.parse(scan {
    { id = "39525", vulnerable_spec = ">=0.0.0,<2.11.3" },
    { id = "54679", vulnerable_spec = "<2.11", ignored = { code = "manual", reason = "no", expires = json.null } },
  }))
  t.equal(brief(list), { "pyup.io-39525  jinja2 2.10 2.11.3", "pyup.io-54679  jinja2 2.10 2.11" })
  t.equal({ list[1].ignored_by_safety, list[2].ignored_by_safety }, { nil, true })
  t.equal(scanned, { jinja2 = true })
  t.equal({ safety_report.parse(scan {}) }, { {}, { jinja2 = true } })
end)

t.test("says which packages scan looked at, so that a scan of nothing is not taken for a clean one", function()
  local report = scan {}
  report.scan_results.projects[1].files[1].results.dependencies = json.array()
  t.equal({ safety_report.parse(report) }, { {}, {} })
  report.scan_results.projects = json.array()
  t.equal({ safety_report.parse(report) }, { {}, {} })
end)

-- --- lists ---

t.test("reads the bare list of safety 0.5 to 1.x", function()
  local list, scanned = safety_report.parse(json.decode [==[
    [["jinja2", "<2.11.3", "2.10", "An advisory.", "39525"], ["Flask", "<0.12.3", "0.12", "Another.", 36388, null]]]==])
  t.equal(brief(list), { "pyup.io-36388  flask 0.12 0.12.3", "pyup.io-39525  jinja2 2.10 2.11.3" })
  t.equal(scanned, nil)
  t.equal(safety_report.parse(json.array()), {})
end)

t.test("reads the guide's shape", function()
  local list = safety_report.parse(json.decode [[
    [{"package": "package-name", "installed": "1.0.0", "vulnerable_spec": "<1.0.1", "advisory": "Advisory text",
      "vulnerability_id": "CVE-2024-1234"}] ]])
  t.equal(brief(list), { "CVE-2024-1234  package-name 1.0.0 1.0.1" })
  t.equal(list[1].summary, "Advisory text")
end)

-- --- what is no report ---

local NO_REPORTS = {
  ["{}"] = "neither vulnerabilities nor scan_results", ['{"vulnerabilities": null}'] = "no list",
  ['{"vulnerabilities": {}}'] = "no list", ['{"vulnerabilities": {"a": 1}}'] = "no list",
  ['{"vulnerabilities": "none"}'] = "no list", ['{"vulnerabilities": [], "ignored_vulnerabilities": {}}'] = "no list",
  ['{"vulnerabilities": [1]}'] = "vulnerability 1 lacks", ['{"vulnerabilities": [null]}'] = "vulnerability 1 lacks",
  ['{"vulnerabilities": ["x"]}'] = "vulnerability 1 lacks", ['{"vulnerabilities": [[]]}'] = "vulnerability 1 lacks",
  ['{"vulnerabilities": [{"vulnerability_id": null, "package_name": "a", "analyzed_version": "1"}]}'] = "1 lacks",
  ['{"vulnerabilities": [{"vulnerability_id": "", "package_name": "a", "analyzed_version": "1"}]}'] = "1 lacks",
  ['{"vulnerabilities": [{"vulnerability_id": "1", "package_name": "a", "analyzed_version": null}]}'] = "1 lacks",
  ['{"vulnerabilities": [], "ignored_vulnerabilities": [{}]}'] = "ignored vulnerability 1 lacks",
  ['{"scan_results": 1}'] = "no projects", ['{"scan_results": {"projects": {}}}'] = "no projects",
  ['{"scan_results": {"projects": [1]}}'] = "no files",
  ['{"scan_results": {"projects": [{"files": {}}]}}'] = "no files",
  ['{"scan_results": {"projects": [{"files": [1]}]}}'] = "no dependencies",
  ['{"scan_results": {"projects": [{"files": [{"results": {"dependencies": {}}}]}]}}'] = "no dependencies",
  ['{"scan_results": {"projects": [{"files": [{"results": {"dependencies": [1]}}]}]}}'] = "dependency 1",
  ['{"scan_results": {"projects": [{"files": [{"results": {"dependencies": [{"name": "a"}]}}]}]}}'] = "dependency 1",
  ["[1]"] = "entry 1 lacks", ["[[]]"] = "entry 1 lacks", ["[{}]"] = "entry 1 lacks", ["[null]"] = "entry 1 lacks",
  ['[["a", "<1", "0.9", "text", null]]'] = "entry 1 lacks", ['[["a", "<1", 0.9, "text", "1"]]'] = "entry 1 lacks",
}

t.test("says what is wrong with what is no report, and never takes it for clean", function()
  for text, want in pairs(NO_REPORTS) do
    local list, message = safety_report.parse(assert(json.decode(text)))
    t.equal(list, nil, text)
    t.match(message, "^safety wrote JSON that is no report: .*" .. want, text)
  end
  t.equal(safety_report.parse "text", nil)
  t.equal(safety_report.parse(json.null), nil)
end)

return t.finish()
