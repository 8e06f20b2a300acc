--- osv-scanner's JSON. report-1.9.2.json is its own, of a requirements.txt and a package-lock.json against records made
-- for it.
local t = require "harness"
local json = require "pysec.json"
local stored = require "stored"

t.test("reads what osv-scanner 1.9.2 wrote", function()
  local report = stored.read("osv-scanner", stored.fixture "osv-scanner/report-1.9.2.json")
  t.equal(stored.brief(report.findings), {
    "npm:lodash 4.17.11 GHSA-5555-6666-7777 critical 4.17.12", "flask 2.3.1 PYSEC-2023-62 high 2.3.2",
    "idna 2.7 PYSEC-2024-60 high 3.7", "idna 2.7 GHSA-2222-3333-4444 medium ",
    "jinja2 2.10 PYSEC-2021-66 medium 2.11.3", "jinja2 2.10 GHSA-462w-v97r-4m45 high 2.10.1",
    "py 1.11.0 PYSEC-2022-42969 high ",
  })
  local flask = report.findings[2]
  t.equal({ flask.kind, flask.aliases, flask.score, flask.path, flask.sources, flask.url }, { "vulnerability",
    { "CVE-2023-30861", "GHSA-m2qf-hxjv-5gpq" }, 7.5, "/srv/app/requirements.txt", { "osv" },
    "https://osv.dev/vulnerability/PYSEC-2023-62" })
  t.match(flask.summary, "^Flask left out Vary")
  t.equal(report.evidence, { { scanner = "osv", status = "complete", skipped = {} } })
  t.contains(json.encode(report.findings[7]), '"fix_versions":[]')
end)

--- A report of one package with these records and groups, of 2.x.
local function report_of(records, groups, package)
  return { results = { { source = { path = "uv.lock", type = "lockfile" }, packages = { {
    package = package or { name = "Jinja2", version = "2.10", ecosystem = "PyPI" }, dependency_groups = { "main" },
    vulnerabilities = json.array(records), groups = groups and json.array(groups) } } } },
    experimental_config = { licenses = { summary = false, allowlist = json.null } }, image_metadata = json.null }
end

local function record(id, fields)
  local value = { id = id, affected = { { package = { name = "Jinja2", ecosystem = "PyPI" },
    ranges = json.array {} } } }
  for name, field in pairs(fields or {}) do value[name] = field end
  return value
end

--- A record with ranges of { introduced, fixed }.
local function ranged(id, ranges, kind)
  local list = json.array()
  for i, range in ipairs(ranges) do
    list[i] = { type = kind or "ECOSYSTEM", events = { { introduced = range[1] }, { fixed = range[2] } } }
  end
  return record(id, { affected = { { package = { name = "Jinja2", ecosystem = "PyPI" }, ranges = list } } })
end

local function only(value)
  local findings = stored.read("osv-scanner", value).findings
  t.equal(#findings, 1)
  return findings[1]
end

t.test("makes one finding of a group: the Python database's id, all aliases, all fixes", function()
  local finding = only(report_of({
    record("GHSA-1", { aliases = { "CVE-1", "PYSEC-1" }, summary = "Of GitHub" }),
    ranged("PYSEC-1", { { "0", "2.11" } }), ranged("CVE-1", { { "0", "2.10.1" }, { "2.9", "2.11" } }),
  }, { { ids = { "CVE-1", "GHSA-1", "PYSEC-1" }, max_severity = "9.8" } }))
  t.equal({ finding.id, finding.aliases, finding.fix_versions, finding.severity, finding.package, finding.path },
    { "PYSEC-1", { "CVE-1", "GHSA-1" }, { "2.10.1", "2.11" }, "critical", "jinja2", "uv.lock" })
  t.equal(finding.summary, "Of GitHub")
end)

t.test("loses no record that is in no group, also where there are no groups", function()
  local both = { record "GHSA-1", record "GHSA-2" }
  t.equal(stored.brief(stored.read("osv-scanner", report_of(both)).findings),
    { "jinja2 2.10 GHSA-1 unknown ", "jinja2 2.10 GHSA-2 unknown " })
  t.equal(#stored.read("osv-scanner", report_of(both, { { ids = { "GHSA-2" } } })).findings, 2)
end)

t.test("takes the end of the range that holds the installed version for the fix", function()
  for _, case in ipairs {
    { { { "0", "2.9" }, { "2.10", "2.10.3" }, { "3.0", "3.1" } }, { "2.10.3" } }, { { { "0", "2.10" } }, {} },
    { { { "0", "2.11" }, { "0", "2.10.1" } }, { "2.10.1", "2.11" } }, { { { "2.10.1", "2.11" } }, {} },
    { { { "0", "not a version" } }, { "not a version" } }, { {}, {} },
  } do
    t.equal(only(report_of { ranged("X-1", case[1]) }).fix_versions, case[2])
  end
  t.equal(only(report_of { ranged("X-1", { { "0", "8c1a5e" } }, "GIT") }).fix_versions, {})
  local other = ranged("X-1", { { "0", "9" } })
  other.affected[1].package.name = "other"
  t.equal(only(report_of { other }).fix_versions, {})
end)

t.test("rates scores by CVSS 3.1, and takes the database's word where there is none", function()
  for score, word in pairs { ["10.0"] = "critical", ["9.0"] = "critical", ["8.9"] = "high", ["7.0"] = "high",
    ["6.9"] = "medium", ["4.0"] = "medium", ["3.9"] = "low", ["0.1"] = "low", ["0.0"] = "none", [""] = "unknown" } do
    local finding = only(report_of({ record "X-1" }, { { ids = { "X-1" }, max_severity = score } }))
    t.equal({ finding.severity, finding.score }, { word, tonumber(score) }, score)
  end
  for given, word in pairs { CRITICAL = "critical", MODERATE = "medium", LOW = "low", ODD = "unknown" } do
    t.equal(only(report_of { record("X-1", { database_specific = { severity = given } }) }).severity, word)
  end
end)

t.test("keeps packages of other ecosystems apart from those of PyPI", function()
  for name, package in pairs {
    ["npm:@types/node"] = { name = "@types/node", version = "1.0.0", ecosystem = "npm" },
    ["debian:11:openssl"] = { name = "openssl", version = "1.1.1n-0+deb11u3", ecosystem = "Debian:11" },
    ["git:https://example-org/x"] = { name = "https://example.org/x", version = "", ecosystem = "", commit = "8c1a5e" },
  } do
    local affected = { { package = { name = package.name, ecosystem = package.ecosystem }, ranges = { { type = "SEMVER",
      events = { { introduced = "0" }, { fixed = "1.0.1-beta" } } } } } }
    local finding = only(report_of({ record("X-1", { affected = affected }) }, nil, package))
    t.equal({ finding.package, finding.version, finding.fix_versions }, { name, package.version, { "1.0.1-beta" } })
  end
end)

t.test("reads a package without vulnerabilities, as licence scans list them", function()
  local value = report_of {}
  value.results[1].packages[1].vulnerabilities = nil
  value.results[1].packages[1].license_violations = { "GPL-3.0" }
  t.equal(stored.read("osv-scanner", value).findings, {})
end)

t.test("says where a report is not well-formed", function()
  local function group(fields) return report_of({ record "X-1" }, { fields }) end
  stored.refuses {
    { { results = { 1 } }, "result 1 has no packages" },
    { { results = { { packages = { 1 } } } }, "result 1, package 1: it has no name or no version$" },
    { report_of({}, nil, { name = "a" }), "result 1, package 1: it has no name or no version$" },
    { report_of { { summary = "x" } }, "result 1, package 1: Jinja2: vulnerability 1 has no id$" },
    { report_of { 1 }, "result 1, package 1: Jinja2: vulnerability 1 has no id$" },
    { group { max_severity = "1" }, "result 1, package 1: Jinja2: group 1 has no ids$" },
    { group { ids = { "X-1", 1 } }, "result 1, package 1: Jinja2: group 1 has an id that is no text$" },
    { group { ids = { "X-1" }, max_severity = "11" },
      "result 1, package 1: Jinja2: X%-1: max_severity '11' is no score" },
    { group { ids = { "X-1" }, max_severity = "high" }, "result 1, package 1: Jinja2: X%-1: max_severity 'high'" },
  }
end)

t.test("takes every cut for an error with its place", function()
  stored.refuses_every_cut(stored.fixture "osv-scanner/report-1.9.2.json")
end)

return t.finish()
