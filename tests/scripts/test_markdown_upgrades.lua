--- The Markdown report's sections about what changed, what did not and why, and how long all took.
local t = require "harness"
local report = require "reports.markdown"
local report_support = require "report_support"

local record_with, record_with_refused = report_support.record_with, report_support.record_with_refused

--- The headings of the second level in a text, in order.
local function headings(text)
  local list = {}
  for heading in text:gmatch "\n## ([^\n]+)" do list[#list + 1] = heading end
  return list
end

t.test("its sections come in the order in which one asks, and none of them is empty", function()
  local record = record_with_refused("x", "acme.lua:5")
  record.notices[1] = { by = "acme.lua:7", kind = "stale", message = "an ignore that matched nothing" }
  t.equal(headings(report.render(record)), { "Summary", "Recommendations", "Findings", "Code findings", "Fixed",
    "Changes", "Upgrades", "Left out", "Held back", "Policies", "Times", "Evidence" })
  for _, name in ipairs { "findings", "fixed", "decisions", "upgrades", "changes", "held_back", "times", "notices" } do
    record[name] = {}
  end
  t.equal(headings(report.render(record)), { "Summary", "Recommendations", "Evidence" })
end)

t.test("what was left out has its own section, with what it broke as a whole", function()
  local record = record_with "x"
  local reason = "python -m pytest failed: " .. ("E   assert 1 == 2 "):rep(100) .. "the end"
  record.upgrades = { { package = "flask", from = "1.0", to = "3.0", kind = "update", change = "major", fixes = {},
    state = "failed", allowed = true, reason = reason, target = "a.txt" } }
  local text = report.render(record)
  t.contains(text, "\n## Left out\n\n| Package | From | To | What broke |\n| --- | --- | --- | --- |\n| flask | 1.0 | "
    .. "3.0 | " .. reason .. " |\n")
  t.lacks(text, "## Upgrades")
end)

t.test("before and after by package: what came in and what went, too", function()
  local record = record_with "x"
  record.changes = { { package = "a", before = "1.0", after = "2.0" }, { package = "b", after = "1.0, 1.1" },
    { package = "c", before = "3" } }
  t.contains(report.render(record), "\n## Changes\n\n| Package | Before | After |\n| --- | --- | --- |\n"
    .. "| a | 1.0 | 2.0 |\n| b | (new) | 1.0, 1.1 |\n| c | 3 | (gone) |\n")
end)

t.test("the time of each phase and of all, and the trials", function()
  local record = record_with "x"
  t.contains(report.render(record), "\n## Times\n\n| Phase | Seconds |\n| --- | --- |\n| x | 1.25 |\n| plan | 0.50 |\n"
    .. "| in all | 1.75 |\n\n- upgrades were applied in 3 trials of at most 20\n")
  record.times = { { phase = "audit", seconds = 1 } }
  record.results.upgrade.trials = { made = 0, most = 20 }
  t.contains(report.render(record), "| audit | 1.00 |\n\n## Evidence")
end)

t.test("a column says where an upgrade is where there are several places, and on which day it is free", function()
  local record = record_with "x"
  local function item(state, target, fields)
    local made = { package = "idna", from = "1", to = "2", kind = "update", change = "major", fixes = {}, state = state,
      allowed = true, reason = "why", target = target }
    for name, value in pairs(fields or {}) do made[name] = value end
    return made
  end
  record.upgrades = { item("applied", "a.txt"), item("failed", ".venv") }
  record.held_back = { { package = "b", version = "1", latest = "2", reason = "it waits", by = "acme.lua:2",
    rule = "cooldown", free_on = "2026-11-27", target = "a.txt" } }
  local text = report.render(record)
  t.contains(text, "| In | Package | From | To | Kind | Change | Fixes | State | Why |\n")
  t.contains(text, "\n| a.txt | idna | 1 | 2 | update | major |  | applied | why |\n")
  t.contains(text, "\n| .venv | idna | 1 | 2 | why |\n")
  t.contains(text, "| In | Package | Version | Newest | Free on | By |\n")
  t.contains(text, "\n| a.txt | b | 1 | 2 | 2026-11-27 | cooldown acme.lua:2: it waits |\n")
end)

return t.finish()
