local compliance = policy { "compliance.lua", "fixtures/accepted.lua" }
today "2026-06-01"

local function decide(id, severity)
  return compliance:decide { id = id, package = "jinja2", severity = severity }
end

test("an ignore of ninety days counts, up to high", function()
  for _, severity in ipairs { "none", "low", "medium", "high" } do
    equal(decide("CVE-2026-1001", severity).verdict, "ignore", severity)
  end
end)

test("it is void for what is critical or unknown", function()
  for _, severity in ipairs { "critical", "unknown" } do
    local decision = decide("CVE-2026-1001", severity)
    equal(decision.verdict, "fail", severity)
    equal(decision.trace[1].reason,
      ("void, the severity is %s, and compliance.lua:4 allows high (the route is off)"):format(severity))
  end
end)

test("one of ninety-one days is void until the day after", function()
  equal(decide("CVE-2026-1002", "low").verdict, "fail")
  today "2026-06-02"
  equal(decide("CVE-2026-1002", "low").verdict, "ignore")
end)

test("one that is over is void, and is told", function()
  equal(decide("CVE-2026-1003", "low").verdict, "fail")
  local kinds = {}
  for _, notice in ipairs(compliance:notices()) do kinds[#kinds + 1] = notice.kind end
  equal(kinds, { "stale", "void", "expired" })
end)

test("beside strict a critical finding blocks", function()
  local both = policy { "strict.lua", "compliance.lua", "fixtures/accepted.lua" }
  equal(both:decide({ id = "CVE-2026-1001", package = "jinja2", severity = "critical" }).verdict, "block")
  equal(both:decide({ id = "CVE-2026-1001", package = "jinja2", severity = "high" }).verdict, "ignore")
end)
