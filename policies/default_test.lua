local default = policy "default.lua"

test("every vulnerability fails", function()
  for _, severity in ipairs { "none", "low", "medium", "high", "critical", "unknown" } do
    local decision = default:decide { id = "CVE-2026-1", package = "jinja2", version = "2.10", severity = severity }
    equal({ decision.verdict, decision.rule }, { "fail", "severity" }, severity)
  end
end)

test("findings in code warn", function()
  for _, severity in ipairs { "none", "low", "medium", "high", "unknown" } do
    local decision = default:decide { id = "B602", path = "src/app.py", severity = severity }
    equal({ decision.verdict, decision.rule }, { "warn", "severity" }, severity)
  end
end)

test("upgrades go through, and incomplete evidence stays incomplete", function()
  truthy(default:judge({ package = "django", from = "3.2", to = "5.0" }).allowed)
  equal(default:evidence({ { scanner = "safety", skipped = { "torch" } } })[1].status, "incomplete")
end)
