local baseline = policy "baseline.lua"
today "2026-11-24"

local function decide(finding)
  local decision = baseline:decide(finding)
  return { decision.verdict, decision.by }
end

test("critical blocks, medium and high fail, low warns", function()
  local expected = { critical = "block", high = "fail", medium = "fail", low = "warn", unknown = "fail" }
  for severity, verdict in pairs(expected) do
    equal(decide { package = "jinja2", severity = severity }, { verdict, "baseline.lua:7" }, severity)
  end
end)

test("in code only what is high fails", function()
  equal(decide { id = "B105", path = "src/app.py", severity = "high" }, { "fail", "baseline.lua:8" })
  equal(decide { id = "B105", path = "src/app.py", severity = "medium" }, { "warn", "baseline.lua:8" })
end)

test("the exceptions of the teams count", function()
  equal(decide { id = "CVE-2023-50782", package = "cryptography", version = "41.0.7", severity = "high" },
    { "ignore", "exceptions/platform.lua:3" })
  equal(decide { id = "B602", path = "tools/release/publish.py", severity = "high" },
    { "ignore", "exceptions/platform.lua:6" })
  equal(decide { id = "CVE-2024-22195", package = "jinja2", severity = "medium" }, { "ignore", "exceptions/web.lua:3" })
end)

test("they end where they say so", function()
  equal(decide({ id = "CVE-2023-50782", package = "cryptography", version = "42.0.0", severity = "high" })[1], "fail")
  equal(decide({ id = "B602", path = "src/app.py", severity = "high" })[1], "fail")
  today "2027-01-01"
  equal(decide({ id = "CVE-2024-22195", package = "jinja2", severity = "medium" })[1], "fail")
end)

test("an exception is told two weeks before it ends", function()
  today "2026-12-20"
  decide { id = "CVE-2024-22195", package = "jinja2", severity = "medium" }
  local expiring
  for _, notice in ipairs(baseline:notices()) do
    if notice.kind == "expiring" then expiring = notice.by end
  end
  equal(expiring, "exceptions/web.lua:3")
end)

test("django stays on its LTS release", function()
  equal(baseline:packages({ { name = "django", version = "4.2.16" } })[1].finding.id, "pin:django")
  truthy(baseline:judge({ package = "django", from = "5.2.1", to = "5.2.8" }).allowed)
  equal(baseline:judge({ package = "django", from = "5.2.1", to = "5.3" }).rule, "pin")
end)

test("major upgrades wait for the platform team", function()
  equal(baseline:judge({ package = "flask", from = "2.3.3", to = "3.0.0" }).by, "baseline.lua:11")
  truthy(baseline:judge({ package = "flask", from = "3.0.0", to = "3.1.0" }).allowed)
end)

test("the shipped list of denials is in force", function()
  local decision = baseline:packages({ { name = "pycrypto", version = "2.6.1" } })[1]
  equal({ decision.verdict, decision.rule }, { "fail", "deny" })
  truthy(decision.by:find("policies/deny-list.lua", 1, true))
end)

test("our own packages may be skipped, others may not", function()
  local function judge(name)
    return baseline:evidence({ { scanner = "pip-audit", skipped = { name } }, { scanner = "safety" } })[1].status
  end
  equal(judge "example-billing", "complete")
  equal(judge "leftpad", "incomplete")
end)

test("a stranger's version of our packages blocks", function()
  local decision = baseline:packages({ { name = "example-billing", version = "99.0" } })[1]
  equal({ decision.finding.id, decision.verdict }, { "package:example-billing", "block" })
  equal(baseline:packages { { name = "example-billing", version = "2.4" }, { name = "flask", version = "99" } }, {})
end)
