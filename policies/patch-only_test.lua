local patches = policy "patch-only.lua"

local function judge(from, to)
  return patches:judge { package = "django", from = from, to = to }
end

test("patch releases go through", function()
  truthy(judge("4.2.1", "4.2.9").allowed)
  truthy(judge("4.2.1", "4.2.1.post1").allowed)
end)

test("minor and major releases do not, for security neither", function()
  for _, to in ipairs { "4.3", "5.0.1" } do
    local upgrade = judge("4.2.1", to)
    equal({ upgrade.kind, upgrade.allowed, upgrade.by }, { "security", false, "patch-only.lua:4" }, to)
    equal(upgrade.reason, "at most a patch upgrade is allowed: minor and major upgrades are planned by hand")
  end
end)

test("a package that comes in new is none of its business", function()
  truthy(judge(nil, "5.0").allowed)
end)
