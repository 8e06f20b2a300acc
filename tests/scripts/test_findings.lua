--- Findings: what several scanners say of one flaw becomes one record.
local t = require "harness"
local findings = require "lib.findings"
local json = require "pysec.json"

local function vulnerability(id, aliases, fields)
  local finding = { id = id, aliases = aliases or {}, kind = "vulnerability", package = "jinja2", version = "2.10",
    fix_versions = {}, severity = "unknown", summary = "", sources = { "pip-audit" } }
  for name, value in pairs(fields or {}) do finding[name] = value end
  return finding
end

local function code(path, line, id, severity)
  return { id = id or "B602", aliases = {}, kind = "code", path = path, line = line, severity = severity or "low",
    fix_versions = {}, sources = { "bandit" }, summary = "" }
end

local function ids(list)
  local all = {}
  for i, finding in ipairs(list) do all[i] = finding.id end
  return table.concat(all, " ")
end

t.test("joins findings that share an alias; the first keeps its id", function()
  local merged = findings.merge {
    vulnerability("PYSEC-2019-217", { "CVE-2019-10906", "GHSA-462w-v97r-4m45" }),
    vulnerability("CVE-2019-10906", { "pyup.io-37071" }, { sources = { "safety" } }),
  }
  t.equal(#merged, 1)
  t.equal(merged[1].id, "PYSEC-2019-217")
  t.equal(merged[1].aliases, { "CVE-2019-10906", "GHSA-462w-v97r-4m45", "pyup.io-37071" })
  t.equal(merged[1].sources, { "pip-audit", "safety" })
end)

t.test("joins findings of one id, and an id with an alias either way round", function()
  t.equal(ids(findings.merge { vulnerability "CVE-1", vulnerability "CVE-1" }), "CVE-1")
  t.equal(ids(findings.merge { vulnerability("A", { "B" }), vulnerability "B" }), "A")
  t.equal(ids(findings.merge { vulnerability "B", vulnerability("A", { "B" }) }), "B")
end)

t.test("keeps apart what another package, another version or another id has", function()
  local merged = findings.merge {
    vulnerability("CVE-1", { "GHSA-1" }), vulnerability("CVE-1", { "GHSA-1" }, { package = "flask" }),
    vulnerability("CVE-1", { "GHSA-1" }, { version = "2.11" }), vulnerability("CVE-2", { "GHSA-2" }),
  }
  t.equal(#merged, 4)
end)

t.test("joins two that a third one bridges, into the first", function()
  for _, bridge in ipairs { { "CVE-1", "CVE-2" }, { "CVE-2", "CVE-1" } } do
    local merged = findings.merge {
      vulnerability("PYSEC-1", { "CVE-1" }, { fix_versions = { "2.11" } }),
      vulnerability("GHSA-2", { "CVE-2" }, { sources = { "osv" } }),
      vulnerability("pyup.io-3", bridge, { sources = { "safety" }, fix_versions = { "2.10.1" } }),
    }
    t.equal(#merged, 1)
    t.equal(merged[1].id, "PYSEC-1")
    t.equal(merged[1].aliases, { "CVE-1", "CVE-2", "GHSA-2", "pyup.io-3" })
    t.equal(#merged[1].sources, 3)
    t.equal(merged[1].fix_versions, { "2.10.1", "2.11" })
  end
end)

t.test("joins chains of bridges, whatever their order", function()
  local links = { vulnerability("A", { "1", "2" }), vulnerability("B", { "3", "4" }), vulnerability("C", { "5", "6" }),
    vulnerability("D", { "2", "5" }), vulnerability("E", { "6", "3" }), vulnerability("F", { "4", "1" }) }
  for first = 1, #links do
    local order = {}
    for i = 0, #links - 1 do order[#order + 1] = links[(first + i - 1) % #links + 1] end
    local merged = findings.merge(order)
    t.equal(ids(merged), links[first].id)
    t.equal(#merged[1].aliases, 11)
  end
end)

t.test("names a source and an alias once", function()
  local merged = findings.merge {
    vulnerability("A", { "B", "B", "A" }), vulnerability("B", { "A", "C" }), vulnerability("A", { "C" }),
  }
  t.equal(merged[1].aliases, { "B", "C" })
  t.equal(merged[1].sources, { "pip-audit" })
end)

t.test("sorts fix versions above the installed one as versions, each once, and what is none to the end", function()
  local merged = findings.merge {
    vulnerability("A", {}, { fix_versions = { "2.10.1", "2.9", "git-0a1b" } }),
    vulnerability("A", {}, { fix_versions = { "3.0", "2.10.1", "2.10.1.post1", "10.0", "2.10rc1" } }),
  }
  t.equal(merged[1].fix_versions, { "2.10.1", "2.10.1.post1", "3.0", "10.0", "git-0a1b" })
end)

t.test("keeps the worst severity, and the first word on everything else", function()
  local function merge(first, second)
    return findings.merge { vulnerability("A", {}, first), vulnerability("A", {}, second) }[1]
  end
  for _, case in ipairs {
    { "unknown", "low", "low" }, { "low", "unknown", "low" }, { "high", "medium", "high" },
    { "medium", "critical", "critical" }, { "none", "unknown", "none" }, { "unknown", "none", "none" },
  } do
    t.equal(merge({ severity = case[1] }, { severity = case[2] }).severity, case[3])
  end
  t.equal(merge({ summary = "first" }, { summary = "second" }).summary, "first")
  t.equal(merge({ summary = "" }, { summary = "second" }).summary, "second")
  t.equal(merge({ url = "first" }, { url = "second" }).url, "first")
  t.equal(merge({}, { url = "second" }).url, "second")
  t.equal(merge({ direct = false }, { direct = true }).direct, true)
end)

t.test("fills in what a scanner left out", function()
  local merged = findings.merge { { id = "A", kind = "vulnerability", package = "a", version = "1" } }
  t.equal(merged[1], { id = "A", kind = "vulnerability", package = "a", version = "1", aliases = {}, sources = {},
    fix_versions = {}, severity = "unknown", summary = "" })
  t.equal(json.encode(merged[1].aliases), "[]", "also as JSON")
end)

t.test("leaves the findings that it was given as they were", function()
  local first, second = vulnerability("A", { "B" }), vulnerability("B", { "C" }, { sources = { "safety" } })
  findings.merge { first, second }
  t.equal(first, vulnerability("A", { "B" }))
  t.equal(second, vulnerability("B", { "C" }, { sources = { "safety" } }))
end)

t.test("does not join findings in code", function()
  t.equal(#findings.merge { code("a.py", 1), code("a.py", 1), code("a.py", 2) }, 3)
end)

t.test("sorts vulnerabilities by package and id, then code by file and line", function()
  local sorted = findings.sort {
    code("b.py", 2), code("a.py", 10), code("a.py", 9), code("a.py", 9, "B101"),
    vulnerability("B", {}, { package = "jinja2" }), vulnerability("A", {}, { package = "jinja2" }),
    vulnerability("Z", {}, { package = "flask" }),
  }
  local got = {}
  for i, finding in ipairs(sorted) do got[i] = (finding.package or finding.path .. finding.line) .. finding.id end
  t.equal(got, { "flaskZ", "jinja2A", "jinja2B", "a.py9B101", "a.py9B602", "a.py10B602", "b.py2B602" })
  t.equal(findings.sort {}, {})
end)

t.test("finds a finding in a list by package and any shared id, whatever the version", function()
  local list = { vulnerability("PYSEC-1", { "CVE-1" }, { version = "2.11" }), code("a.py", 1) }
  t.equal(findings.contains(list, vulnerability("GHSA-1", { "CVE-1" })), true)
  t.equal(findings.contains(list, vulnerability "PYSEC-1"), true)
  t.equal(findings.contains(list, vulnerability("CVE-1", {}, { package = "flask" })), false)
  t.equal(findings.contains(list, vulnerability("CVE-2", { "GHSA-1" })), false)
  t.equal(findings.contains({}, vulnerability "CVE-1"), false)
end)

t.test("ranks severities, with unknown below all of them", function()
  local last = -1
  for _, severity in ipairs { "unknown", "none", "low", "medium", "high", "critical" } do
    local rank = findings.severity_rank(severity)
    t.truthy(rank > last, severity)
    last = rank
  end
  t.equal(findings.severity_rank "nonsense", findings.severity_rank "unknown")
end)

t.test("shows the CVE where there is one", function()
  t.equal(findings.public_id(vulnerability("PYSEC-1", { "GHSA-1", "CVE-1" })), "CVE-1")
  t.equal(findings.public_id(vulnerability("CVE-2", { "CVE-1" })), "CVE-2")
  t.equal(findings.public_id(vulnerability("PYSEC-1", { "GHSA-1" })), "PYSEC-1")
  t.equal(findings.public_id { id = "B602" }, "B602")
end)

return t.finish()
