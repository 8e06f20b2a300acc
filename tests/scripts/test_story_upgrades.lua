--- The part of a story about upgrades: what became of them and why, and what would make them come to be.
local t = require "harness"
local json = require "pysec.json"
local story_support = require "story_support"

local finding, record, tell = story_support.finding, story_support.record, story_support.tell

local FAIL = 'severity { fail = "low", unknown = "fail" }\n'

t.test("upgrades of the package: refused, planned, undone, applied, held back", function()
  local function parts_with(upgrade, held)
    if upgrade then upgrade.package, upgrade.from, upgrade.to = "jinja2", "2.10", upgrade.to or "3.0" end
    return tell(record(FAIL, { finding() }, { upgrades = json.array { upgrade }, held_back = json.array { held },
      upgrade_mode = "none" }), "jinja2")
  end
  local parts = parts_with { state = "refused", by = "acme.lua:9", rule = "pin", reason = "it is pinned to ~=2.10" }
  t.equal(parts.Upgrade, "from 2.10 to 3.0 was refused by acme.lua:9 (pin): it is pinned to ~=2.10")
  t.match(parts["To change"], "^change acme%.lua:9 %(pin%), which refuses jinja2 3%.0\naccept")
  parts = parts_with { state = "planned", fixes = json.array { "PYSEC-1" } }
  t.equal(parts.Upgrade, "from 2.10 to 3.0 is planned, and not applied")
  t.match(parts["To change"], "^run pysec without %-%-dry%-run, which upgrades jinja2 to 3%.0\n")
  t.match(parts_with({ state = "planned", to = "2.10.0.1" })["To change"], "^upgrade jinja2 to 2%.10%.1 or later")
  t.match(parts_with({ state = "rolled_back", reason = "tests failed" }).Upgrade, "was rolled back: tests failed$")
  t.match(parts_with({ state = "applied", fixes = json.array { "A", "B" } }).Upgrade, "was applied; it fixed A, B$")
  t.match(parts_with({ state = "applied" })["To change"], "^upgrade jinja2 to 2%.10%.1 or later")
  parts = parts_with(nil, { package = "jinja2", version = "2.10", latest = "3.0", reason = "flask wants <3" })
  t.equal(parts["Held back"], "2.10 stays below 3.0: flask wants <3")
  t.equal(parts_with(nil, { package = "jinja2", version = "2.10", latest = "3.0", reason = "it is pinned", rule = "pin",
    by = "acme.lua:9" })["Held back"], "2.10 stays below 3.0: it is pinned (pin, acme.lua:9)")
  t.match(parts["To change"], "^make way for jinja2 2%.10%.1: see what holds it back")
  t.match(parts_with()["To change"], "^upgrade jinja2 to 2%.10%.1 or later, such as with %-%-upgrade conservative\n")
end)

t.test("an upgrade that was left out, rolled back, or waits is told with its reason and what to do", function()
  local function parts_with(fields)
    local upgrade = { package = "jinja2", from = "2.10", to = "3.0", fixes = json.array { "PYSEC-1" } }
    for name, value in pairs(fields) do upgrade[name] = value end
    return tell(record(FAIL, { finding() }, { upgrades = json.array { upgrade } }), "CVE-2020-1")
  end
  local parts = parts_with { state = "failed", reason = "./test failed with exit code 1: boom" }
  t.equal(parts.Upgrade, "from 2.10 to 3.0 was left out, because it broke something: ./test failed with exit code 1: "
    .. "boom")
  t.match(parts["To change"], "^upgrade jinja2 to 3%.0: mend what that broke, and run pysec again\naccept")
  parts = parts_with { state = "rolled_back", reason = "the disk is full" }
  t.equal(parts.Upgrade, "from 2.10 to 3.0 was rolled back: the disk is full")
  t.match(parts["To change"], "^upgrade jinja2 to 3%.0: mend what made pysec roll that back, and run pysec again\n")
  parts = parts_with { state = "refused", rule = "cooldown", by = "acme.lua:2", reason = "it waits 7 days",
    free_on = "2026-11-27" }
  t.equal(parts.Upgrade, "from 2.10 to 3.0 was refused by acme.lua:2 (cooldown): it waits 7 days; free on 2026-11-27")
  t.match(parts["To change"], "^wait: jinja2 3%.0 is let through from 2026%-11%-27 on\n"
    .. "change acme%.lua:2 %(cooldown%), which refuses jinja2 3%.0\naccept")
  parts = parts_with { state = "refused", rule = "cooldown", by = "acme.lua:2", free_on = "2026-11-27",
    reason = "it waits 7 days: free on 2026-11-27" }
  t.match(parts.Upgrade, ": it waits 7 days: free on 2026%-11%-27$")
  parts = parts_with { state = "refused", free_on = { 1 } }
  t.lacks(parts["To change"], "wait: ")
end)

t.test("a release that waits holds a package back until its day, with findings and without", function()
  local held = { package = "jinja2", version = "2.10", latest = "3.0", rule = "cooldown", by = "acme.lua:2",
    reason = "it waits 7 days", free_on = "2026-11-27" }
  for _, list in ipairs { { finding() }, {} } do
    local parts = tell(record(FAIL, list, { held_back = json.array { held } }), "jinja2")
    t.equal(parts["Held back"], "2.10 stays below 3.0: it waits 7 days (cooldown, acme.lua:2); free on 2026-11-27")
    t.match(parts["To change"], "^wait: jinja2 3%.0 is let through from 2026%-11%-27 on\n"
      .. "change acme%.lua:2 %(cooldown%), which holds jinja2 back")
  end
end)

t.test("of a package without findings it is told what would make its upgrades come to be", function()
  local function change(fields)
    local upgrade = { package = "flask", from = "1", to = "2" }
    for name, value in pairs(fields) do upgrade[name] = value end
    return tell(record(FAIL, {}, { upgrades = json.array { upgrade } }), "flask")["To change"]
  end
  t.equal(change { state = "failed" }, "upgrade flask to 2: mend what that broke, and run pysec again")
  t.equal(change { state = "refused", by = "a.lua:1", rule = "pin" }, "change a.lua:1 (pin), which refuses flask 2")
  t.equal(change { state = "applied" }, nil)
  local held = { package = "flask", version = "1", latest = "2", reason = "because a<2" }
  local function change_of_held()
    return tell(record(FAIL, {}, { held_back = json.array { held } }), "flask")["To change"]
  end
  t.equal(change_of_held(), "make way for flask 2: see what holds it back")
  held.by, held.rule = "a.lua:1", "pin"
  t.equal(change_of_held(), "change a.lua:1 (pin), which holds flask back")
end)

return t.finish()
