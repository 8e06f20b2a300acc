local strict = policy "strict.lua"
local with_ignores = policy { "strict.lua", "fixtures/accepted.lua" }
today "2026-06-01"

local function verdict(severity, path)
  local package = not path and "jinja2" or nil
  return strict:decide({ id = "FLAW-1", package = package, path = path, severity = severity }).verdict
end

test("every vulnerability fails, the critical ones block", function()
  for _, severity in ipairs { "none", "low", "medium", "high", "unknown" } do
    equal(verdict(severity), "fail", severity)
  end
  equal(verdict "critical", "block")
end)

test("in code what is high or unknown fails, the rest warns", function()
  equal(verdict("low", "src/app.py"), "warn")
  equal(verdict("medium", "src/app.py"), "warn")
  equal(verdict("high", "src/app.py"), "fail")
  equal(verdict("unknown", "src/app.py"), "fail")
end)

test("an ignore helps up to high", function()
  local decision = with_ignores:decide { id = "CVE-2026-1001", package = "jinja2", severity = "high" }
  equal(decision.verdict, "ignore")
  decision = with_ignores:decide { id = "CVE-2026-1001", package = "jinja2", severity = "critical" }
  equal({ decision.verdict, decision.by }, { "block", "strict.lua:4" })
end)

local whole = { { scanner = "pip-audit" }, { scanner = "safety" } }

test("both scanners have to run", function()
  equal(#strict:evidence(whole), 2)
  local judged = strict:evidence { { scanner = "pip-audit" } }
  equal({ judged[2].status, judged[2].reason },
    { "incomplete", "strict.lua:7: the policy wants safety, which did not run" })
end)

test("a database may be seven days old", function()
  local function judge(days)
    return #strict:evidence { whole[1], { scanner = "safety", database = { age_days = days } } }
  end
  equal(judge(7), 2)
  equal(judge(8), 3)
end)
