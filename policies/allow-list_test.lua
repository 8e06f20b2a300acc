local list = policy "allow-list.lua"
local with_django = policy { "allow-list.lua", "fixtures/reviewed.lua" }

test("the tools of every environment are allowed", function()
  equal(list:packages { { name = "pip", version = "25.0" }, { name = "setuptools" }, { name = "wheel" } }, {})
end)

test("any other package is a finding", function()
  local decision = list:packages({ { name = "leftpad", version = "1.0" } })[1]
  equal({ decision.finding.id, decision.verdict, decision.by }, { "allow:leftpad", "fail", "allow-list.lua:5" })
  equal(decision.reason, "it is not on the allow list: a package is reviewed before it is used")
end)

test("it does not come in by an upgrade either", function()
  local upgrade = list:judge { package = "leftpad", to = "1.0" }
  equal({ upgrade.allowed, upgrade.rule }, { false, "allow" })
  truthy(list:judge({ package = "pip", from = "24.0", to = "25.0" }).allowed)
end)

test("a policy beside it adds packages", function()
  local decisions = with_django:packages { { name = "Django", version = "4.2" }, { name = "leftpad" } }
  equal({ #decisions, decisions[1].finding.id }, { 1, "allow:leftpad" })
end)
