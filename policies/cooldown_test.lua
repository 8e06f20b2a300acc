local cooldown = policy "cooldown.lua"
today "2026-12-08"

local function judge(released, severity, more)
  local upgrade = { package = "django", from = "4.2.1", to = "4.2.2", released = released, kind = "update" }
  if severity then upgrade.fixes, upgrade.severities = { "CVE-2026-1" }, { severity } end
  for key, value in pairs(more or {}) do upgrade[key] = value end
  return cooldown:judge(upgrade)
end

test("a release waits a week", function()
  truthy(judge("2026-12-01").allowed)
  local upgrade = judge "2026-12-02"
  equal({ upgrade.allowed, upgrade.free_on, upgrade.by }, { false, "2026-12-09", "cooldown.lua:5" })
  equal(upgrade.reason, "released on 2026-12-02, waits 7 days: free on 2026-12-09: "
    .. "others find out first whether it is sound")
end)

test("a fix waits by its severity", function()
  truthy(judge("2026-12-08", "critical").allowed)
  equal(judge("2026-12-08", "high").free_on, "2026-12-09")
  equal(judge("2026-12-08", "medium").free_on, "2026-12-11")
  equal(judge("2026-12-08", "low").free_on, "2026-12-15")
  equal(judge("2026-12-08", "unknown").free_on, "2026-12-15")
end)

test("what was withdrawn is not taken, nor what nobody knows the day of", function()
  equal(judge("2020-01-01", "critical", { yanked = true }).reason,
    "the index has withdrawn this release: others find out first whether it is sound")
  equal(judge().allowed, false)
end)
