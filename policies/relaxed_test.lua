local relaxed = policy "relaxed.lua"

local function decide(severity, fixes)
  return relaxed:decide { id = "CVE-2026-1", package = "jinja2", version = "2.10", severity = severity,
    fix_versions = fixes or {} }
end

test("what is severe and has a fix fails, with the fix in its reason", function()
  for _, severity in ipairs { "high", "critical", "unknown" } do
    local decision = decide(severity, { "2.10.1", "3.0" })
    equal({ decision.verdict, decision.rule }, { "fail", "on finding" }, severity)
    equal(decision.reason, ("severity %s, and 2.10.1 fixes it"):format(severity))
  end
end)

test("what has no fix warns", function()
  for _, severity in ipairs { "none", "low", "medium", "high", "critical", "unknown" } do
    equal(decide(severity).verdict, "warn", severity)
  end
end)

test("what is not severe warns, with a fix or without", function()
  for _, severity in ipairs { "none", "low", "medium" } do
    equal(decide(severity, { "2.10.1" }).verdict, "warn", severity)
  end
end)

test("findings in code warn", function()
  for _, severity in ipairs { "none", "low", "medium", "high", "unknown" } do
    equal(relaxed:decide({ id = "B602", path = "src/app.py", severity = severity }).verdict, "warn", severity)
  end
end)

test("beside a stricter policy it loosens nothing", function()
  local both = policy { "relaxed.lua", "strict.lua" }
  equal(both:decide({ package = "jinja2", severity = "low" }).verdict, "fail")
end)
