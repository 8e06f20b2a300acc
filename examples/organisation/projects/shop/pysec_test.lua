local shop = policy { "../../baseline.lua", project = "pysec.lua" }
today "2026-11-24"

local flaws = {
  { id = "CVE-2024-35195", package = "requests", version = "2.31.0", severity = "medium" },
  { id = "CVE-2024-26130", package = "cryptography", version = "41.0.7", severity = "high" },
}

test("the shop may ignore what is medium", function()
  local decision = shop:decide(flaws[1])
  equal({ decision.verdict, decision.by }, { "ignore", "pysec.lua:5" })
end)

test("it may not when the same flaw is found to be high", function()
  equal(shop:decide({ id = "CVE-2024-35195", package = "requests", severity = "high" }).verdict, "fail")
end)

test("its ignore of a high one is void, and is told", function()
  equal(shop:decide(flaws[2]).verdict, "fail")
  local notices = {}
  for _, notice in ipairs(shop:notices()) do
    if notice.kind == "void" then notices[#notices + 1] = notice.by .. ": " .. notice.message end
  end
  equal(notices, { "pysec.lua:9: the ignore of CVE-2024-26130 in cryptography is void: a project's policy may not "
    .. "ignore this: it is beyond what ../../baseline.lua:14 delegates" })
end)

test("what it limits is narrower than the baseline", function()
  equal(shop:judge({ package = "sqlalchemy", from = "2.0.20", to = "2.1.0" }).by, "pysec.lua:13")
  truthy(shop:judge({ package = "flask", from = "3.0.1", to = "3.1.0" }).allowed)
  equal(shop:judge({ package = "flask", from = "2.3.3", to = "3.0.0" }).allowed, false)
end)
