local list = policy { "ignore-list.lua", "fixtures/accepted.lua" }
today "2026-06-01"

test("an entry with a reason and a last day counts", function()
  local decision = list:decide { id = "CVE-2026-1002", package = "jinja2" }
  equal({ decision.verdict, decision.reason }, { "ignore", "the route is off" })
end)

test("it counts on its last day, and not on the next", function()
  today "2026-08-31"
  equal(list:decide({ id = "CVE-2026-1002", package = "jinja2" }).verdict, "ignore")
  today "2026-09-01"
  equal(list:decide({ id = "CVE-2026-1002", package = "jinja2" }).verdict, "fail")
end)

test("alone it ignores nothing, and has nothing to tell", function()
  local alone = policy "ignore-list.lua"
  equal(alone:decide({ id = "CVE-2019-10906", package = "jinja2" }).verdict, "fail")
  equal(alone:notices(), {})
end)
