--- pysec's own reports: the summary of a run, and the result of pysec eval.
local t = require "harness"
local json = require "pysec.json"
local stored = require "stored"

local VULNERABILITY = { id = "PYSEC-2019-217", aliases = { "CVE-2019-10906" }, kind = "vulnerability",
  package = "jinja2", version = "2.10", severity = "high" }
local CODE = { id = "B602", kind = "code", path = "src/app.py", line = 18, severity = "high" }
local DENIED = { id = "deny:py", kind = "policy", package = "py", version = "1.11.0", severity = "unknown" }

local function decision(finding, verdict)
  return { finding = finding, verdict = verdict, by = "acme.lua:3", rule = "severity", reason = "because",
    trace = json.array() }
end

--- A summary with other fields than usual.
local function summary(fields)
  local value = {
    timestamp = "20260601-120000", upgrade_mode = "none", exit = 1, results = { upgrade = { status = "none" } },
    findings = { VULNERABILITY, CODE }, decisions = { decision(VULNERABILITY, "fail"), decision(CODE, "warn"),
      decision(DENIED, "fail") },
    packages = { { name = "Jinja2", version = "2.10", direct = true }, { name = "py", version = "1.11.0" } },
    evidence = { { scanner = "pip-audit", status = "complete", skipped = json.array() },
      { scanner = "safety", status = "incomplete", reason = "safety did not run", skipped = {} } },
  }
  for name, new in pairs(fields or {}) do value[name] = new end
  return value
end

t.test("reads findings, packages, evidence and what was decided", function()
  local report = stored.read("summary", summary())
  t.equal(stored.brief(report.findings), { "jinja2 2.10 PYSEC-2019-217 high ", "src/app.py 18 B602 high " })
  t.equal(report.packages, { { name = "jinja2", version = "2.10", direct = true },
    { name = "py", version = "1.11.0" } })
  t.equal(report.evidence, summary().evidence)
  t.truthy(json.is_array(report.evidence[2].skipped))
  t.equal({ #report.decisions, report.decisions[2].verdict, report.decisions[3].by }, { 3, "warn", "acme.lua:3" })
end)

t.test("reads a summary of an older pysec, without packages", function()
  local value = summary()
  value.packages, value.decisions, value.evidence = nil, nil, nil
  local report = stored.read("summary", value)
  t.equal({ report.packages, report.decisions, report.evidence }, { nil, nil, {} })
end)

t.test("leaves findings of a policy to the policies that decide now", function()
  local report = stored.read("summary", summary { findings = { VULNERABILITY, DENIED, CODE, DENIED } })
  t.equal(#report.findings, 2)
  t.equal(report.findings[2].id, "B602")
  report = stored.read("eval", { decisions = { decision(DENIED, "fail"), decision(CODE, "fail") }, exit = 1 })
  t.equal({ #report.findings, report.findings[1].id, #report.decisions }, { 1, "B602", 2 })
end)

t.test("says of what in a summary it cannot tell the meaning", function()
  local function with(name, ...) return summary { [name] = json.array { ... } } end
  stored.refuses {
    { with("findings", VULNERABILITY, { id = "x", package = "a", severity = "odd" }), "finding 2 %(x%): severity: " },
    { with("packages", { name = "a" }), "package 1 has no name or no version$" },
    { with("packages", 1), "package 1 has no name or no version$" },
    { summary { packages = {} }, "packages: expected a list$" },
    { with("evidence", { status = "complete" }), "evidence 1 has no scanner$" },
    { with("evidence", 1), "evidence 1 has no scanner$" },
    { with("evidence", { scanner = "osv", status = "done" }), "evidence 1 %(osv%): its status is none of" },
    { with("evidence", { scanner = "osv", status = "complete", skipped = "none" }), "evidence 1 %(osv%): skipped: " },
    { with("evidence", { scanner = "osv", status = "complete", skipped = { a = 1 } }),
      "evidence 1 %(osv%): skipped: " },
    { with("evidence", { scanner = "osv", status = "complete", skipped = { { name = "a" }, { reason = "x" } } }),
      "evidence 1 %(osv%): skipped 2 has no name$" },
    { with("evidence", { scanner = "osv", status = "complete", expected = { 1 } }),
      "evidence 1 %(osv%): skipped 1 has no name$" },
    { with("evidence", { scanner = "osv", status = "complete", database = { age_days = "3" } }),
      "evidence 1 %(osv%): database: expected an object whose age_days is a number$" },
    { summary { evidence = { a = 1 } }, "evidence: expected a list$" },
    { summary { decisions = { a = 1 } }, "decisions: expected a list$" },
    { with("decisions", 1), "decision 1 has no finding with an id$" },
    { with("decisions", { finding = {}, verdict = "fail" }), "decision 1 has no finding with an id$" },
    { with("decisions", decision(CODE, "pass")),
      "decision 1 %(B602%): its verdict is none of block, fail, warn, ignore$" },
  }
end)

t.test("gives evidence as the scanners gave it, without what policies said of it", function()
  local skip = { name = "acme-x", reason = "not on the index" }
  local report = stored.read("summary", summary { evidence = {
    { scanner = "pip-audit", status = "complete", skipped = json.array(), expected = { skip }, only_skips = true },
    { scanner = "safety", status = "incomplete", reason = "one more", skipped = { skip }, expected = { skip } },
    { scanner = "policy", status = "incomplete", reason = "acme.lua:9: the policy wants osv", skipped = json.array() },
    { scanner = "osv", status = "complete", database = { age_days = 3 } },
  } })
  t.equal(report.evidence, {
    { scanner = "pip-audit", status = "incomplete", skipped = { skip }, only_skips = true,
      reason = "pip-audit skipped 1 package, the first: acme-x: not on the index" },
    { scanner = "safety", status = "incomplete", reason = "one more", skipped = { skip, skip } },
    { scanner = "osv", status = "complete", skipped = {}, database = { age_days = 3 } },
  })
end)

t.test("gives incomplete evidence a reason where it has none", function()
  local report = stored.read("summary", summary { evidence = { { scanner = "osv", status = "incomplete" } } })
  t.equal(report.evidence[1], { scanner = "osv", status = "incomplete", reason = "osv is incomplete", skipped = {} })
end)

t.test("reads a result of pysec eval, and takes its exit 3 for evidence that is missing", function()
  local report = stored.read("eval", { decisions = { decision(VULNERABILITY, "ignore") }, notices = json.array(),
    exit = 0 })
  t.equal({ report.findings[1].id, report.evidence, report.decisions[1].verdict }, { "PYSEC-2019-217", {}, "ignore" })
  report = stored.read("eval", { decisions = json.array(), exit = 3 })
  t.equal({ #report.evidence, report.evidence[1].status }, { 1, "incomplete" })
  stored.refuses {
    { { decisions = { decision({ id = "x", package = "a", severity = "odd" }, "fail") } },
      "decision 1 %(x%): severity: " },
    { { decisions = { { finding = VULNERABILITY } } }, "decision 1 %(PYSEC%-2019%-217%): its verdict" },
  }
end)

t.test("takes every cut for an error with its place", function()
  stored.refuses_every_cut(json.encode(summary(), { pretty = true }))
  stored.refuses_every_cut(json.encode { decisions = { decision(CODE, "warn") }, exit = 0, notices = json.array() })
end)

return t.finish()
