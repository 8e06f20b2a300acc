--- What pip-audit, safety and bandit wrote themselves. The fixtures are their own, see the tests of each.
local t = require "harness"
local json = require "pysec.json"
local stored = require "stored"

local function evidence(report)
  local item = report.evidence[1]
  t.equal(#report.evidence, 1)
  t.equal(item.only_skips, #item.skipped > 0 or nil)
  return { item.scanner, item.status, #item.skipped, item.reason }
end

t.test("pip-audit: findings, and every audited package", function()
  local report = stored.read("pip-audit", stored.fixture "pip-audit/findings.json")
  t.equal(stored.brief(report.findings), {
    "jinja2 2.10 PYSEC-2019-217 unknown 2.10.1", "requests 2.19.1 PYSEC-2018-28 unknown 2.20.0",
    "requests 2.19.1 PYSEC-2023-74 unknown 2.31.0", "py 1.11.0 PYSEC-2022-42969 unknown ",
  })
  t.equal(report.packages, { { name = "jinja2", version = "2.10" }, { name = "requests", version = "2.19.1" },
    { name = "idna", version = "2.7" }, { name = "py", version = "1.11.0" } })
  t.equal(evidence(report), { "pip-audit", "complete", 0 })
  t.equal(report.findings[1].direct, nil, "a report does not say what is direct")
  t.contains(json.encode(report.findings[4]), '"fix_versions":[]')
end)

t.test("pip-audit: skipped packages are evidence that is missing", function()
  local report = stored.read("pip-audit", stored.fixture "pip-audit/all-skipped.json")
  t.equal(report.findings, {})
  local names = {}
  for i, package in ipairs(report.packages) do names[i] = package.name .. package.version end
  t.equal(names, { "flask", "idna", "jinja2", "urllib3" }, "they have names, and no version")
  t.equal(evidence(report), { "pip-audit", "incomplete", 4, "pip-audit skipped 4 packages, the first: flask: "
    .. "Dependency not found on PyPI and could not be audited: flask (0.12)" })
end)

t.test("pip-audit: says which dependency is not well-formed", function()
  stored.refuses {
    { '{"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b"}]}',
      "pip%-audit .* dependency 2 lacks" },
    { '{"dependencies": [{"name": "a", "version": "1", "vulns": [{}]}]}',
      "pip%-audit .* vulnerability of a .* no id$" },
  }
end)

for _, age in ipairs { "2.3.5", "3.8.1" } do
  t.test("safety: check " .. age, function()
    local report = stored.read("safety", stored.fixture(("safety/check-%s.json"):format(age)))
    local brief = stored.brief(report.findings)
    table.sort(brief)
    local severity = age == "3.8.1" and "high" or "unknown"
    t.equal(brief, { "flask 0.12 CVE-2018-1000656 " .. severity .. " 0.12.3",
      "flask 0.12 CVE-2019-1010083 " .. severity .. " 1.0", "jinja2 2.10 CVE-2020-28493 " .. severity .. " 2.11.3" })
    t.equal(report.packages, { { name = "flask", version = "0.12" }, { name = "idna", version = "2.7" },
      { name = "jinja2", version = "2.10" } })
    t.equal(evidence(report), { "safety", "complete", 0 })
  end)
end

t.test("safety: scan, the bare list and the guide's shape", function()
  local report = stored.read("safety", [[{"meta": {"schema_version": "3.0"}, "scan_results": {"projects": [{"files": [
    {"location": "requirements.txt", "results": {"dependencies": [{"name": "Jinja2", "specifications": [
    {"raw": "jinja2==2.10", "vulnerabilities": {"known_vulnerabilities": [
    {"id": "39525", "ignored": null, "vulnerable_spec": "<2.11.3"}]}}]}]}}]}]}}]])
  t.equal(stored.brief(report.findings), { "jinja2 2.10 pyup.io-39525 unknown 2.11.3" })
  t.equal({ report.packages, evidence(report) }, { nil, { "safety", "complete", 0 } })
  report = stored.read("safety", '[["jinja2", "<2.11.3", "2.10", "An advisory.", "39525"]]')
  t.equal(stored.brief(report.findings), { "jinja2 2.10 pyup.io-39525 unknown 2.11.3" })
  t.equal(evidence(report), { "safety", "complete", 0 })
  report = stored.read("safety", '[{"package": "a", "installed": "1.0", "vulnerable_spec": "<1.1", "advisory": "x", '
    .. '"vulnerability_id": "CVE-2024-1"}]')
  t.equal(stored.brief(report.findings), { "a 1.0 CVE-2024-1 unknown 1.1" })
end)

t.test("safety: a report of no package is no clean one", function()
  for _, text in ipairs { '{"scanned_packages": {}, "vulnerabilities": []}',
    '{"scan_results": {"projects": []}}' } do
    local report = stored.read("safety", text)
    t.equal(evidence(report), { "safety", "incomplete", 0, "safety looked at no package" })
  end
end)

t.test("safety: says which entry is not well-formed", function()
  stored.refuses {
    { '{"vulnerabilities": [{}]}', "safety .* vulnerability 1 lacks" }, { '[["a"]]', "safety .* entry 1 lacks" },
    { '{"scan_results": {}}', "safety .* no projects" },
  }
end)

t.test("bandit: findings, and files that it could not parse", function()
  local report = stored.read("bandit", stored.fixture "bandit/report-1.9.4.json")
  t.equal(stored.brief(report.findings), {
    "src/app.py 4 B403 low ", "src/app.py 5 B404 low ", "src/app.py 11 B105 low ", "src/app.py 17 B701 high ",
    "src/app.py 23 B602 high ", "src/app.py 29 B301 medium ", "src/app.py 34 B324 high ",
  })
  local first = report.findings[1]
  t.equal({ first.kind, first.confidence, first.test, first.sources }, { "code", "high", "blacklist", { "bandit" } })
  t.equal(evidence(report), { "bandit", "incomplete", 1,
    "bandit skipped 1 file, the first: src/bad.py: syntax error while parsing AST from file" })
end)

t.test("bandit: says that its report is not well-formed", function()
  stored.refuses {
    { '{"metrics": {}, "results": [], "errors": []}', "bandit wrote JSON that is no report" },
    { '{"metrics": {"_totals": {}}, "results": [{"test_id": "B1"}], "errors": []}',
      "bandit wrote JSON that is no report" },
  }
end)

for _, name in ipairs { "pip-audit/findings.json", "safety/check-2.3.5.json", "bandit/report-1.9.4.json" } do
  t.test("takes every cut for an error with its place: " .. name, function()
    stored.refuses_every_cut(stored.fixture(name))
  end)
end

return t.finish()
