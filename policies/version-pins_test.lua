local pins = policy "version-pins.lua"

local function judge(from, to)
  return pins:judge { package = "django", from = from, to = to }
end

test("upgrades go from release to release", function()
  truthy(judge("4.2.1", "5.0").allowed)
  truthy(judge("4.2.1", "4.2.2.post1").allowed)
end)

test("nobody is moved to a pre-release", function()
  for _, to in ipairs { "5.0rc1", "5.0a2", "5.0.dev3" } do
    local upgrade = judge("4.2.1", to)
    equal({ upgrade.allowed, upgrade.reason }, { false, "a pre-release" }, to)
  end
  equal(judge(nil, "5.0b1").allowed, false)
end)

test("who is on a pre-release may go on", function()
  truthy(judge("5.0a1", "5.0b1").allowed)
  truthy(judge("5.0b1", "5.0").allowed)
end)

test("nothing is pinned until something is written", function()
  equal(pins:packages { { name = "django", version = "5.0" }, { name = "numpy", version = "2.0" } }, {})
end)
