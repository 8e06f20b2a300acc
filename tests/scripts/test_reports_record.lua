--- The record of a run: what changed by package, what all took, and lists that are lists.
local t = require "harness"
local changes = require "reports.changes"
local json = require "pysec.json"
local Stopwatch = require "lib.stopwatch"
local summary = require "reports.summary"

local function packages(list)
  local made = {}
  for i, text in ipairs(list) do
    local name, version = text:match "^(%S+) (%S+)$"
    made[i] = { name = name, version = version, direct = false }
  end
  return made
end

--- What changed, a line a package.
local function between(before, after)
  local lines = {}
  for i, item in ipairs(changes.between(packages(before), packages(after))) do
    lines[i] = ("%s: %s -> %s"):format(item.package, item.before or "", item.after or "")
  end
  return lines
end

t.test("tells of what changed, came in and went, by name", function()
  t.equal(between({ "werkzeug 1", "idna 2.7", "gone 1", "same 1" }, { "same 1", "new 3", "idna 3.7", "werkzeug 2" }),
    { "gone: 1 -> ", "idna: 2.7 -> 3.7", "new:  -> 3", "werkzeug: 1 -> 2" })
  t.equal(between({ "a 1" }, { "a 1" }), {})
  t.equal(between({}, {}), {})
end)

t.test("compares all versions of a package that is there in several", function()
  t.equal(between({ "a 1.9", "a 1.10" }, { "a 1.10", "a 1.9" }), {})
  t.equal(between({ "a 1.10", "a 1.9" }, { "a 2" }), { "a: 1.9, 1.10 -> 2" })
  t.equal(between({ "a 1.9" }, { "a 2", "a 1.9" }), { "a: 1.9 -> 1.9, 2" })
  t.equal(between({ "a 1.0", "a 1.0.0" }, { "a 1.0" }), { "a: 1.0, 1.0.0 -> 1.0" })
end)

t.test("sorts what is no version last, whatever there is", function()
  t.equal(between({ "a x", "a 2", "a !", "a 10", "a y" }, {}), { "a: 2, 10, !, x, y -> " })
end)

--- A record of a run that changed one package.
local function build(fields)
  local job = { targets = {}, notes = {}, python_version = "3.11", venv = ".venv", stopwatch = Stopwatch.new() }
  job.stopwatch:add("audit", 1.25)
  job.stopwatch:add("plan", 0.5)
  local outcome = { timestamp = "x", mode = "all", audit = { reports = {} }, upgrade = { status = "applied",
    trials = { made = 2, most = 20 } }, before = { freeze = "", packages = packages { "idna 2.7" } },
    packages = packages { "idna 3.7" } }
  for name, value in pairs(fields or {}) do outcome[name] = value end
  return json.decode(json.encode(summary.build(job, outcome)))
end

t.test("the summary holds the changes, the times in their order, and the trials", function()
  local record = build()
  t.equal(record.changes, { { package = "idna", before = "2.7", after = "3.7" } })
  t.equal(record.times, { { phase = "audit", seconds = 1.25 }, { phase = "plan", seconds = 0.5 } })
  t.equal(record.results.upgrade.trials, { made = 2, most = 20 })
end)

t.test("the summary keeps what is new in upgrades and what is held back", function()
  local record = build { upgrades = { { package = "a", to = "2", fixes = {}, state = "refused",
    released = "2026-11-20", yanked = true, free_on = "2026-11-27" } },
    held_back = { { package = "b", free_on = "2026-11-28" } } }
  t.equal({ record.upgrades[1].released, record.upgrades[1].yanked, record.upgrades[1].free_on,
    record.held_back[1].free_on }, { "2026-11-20", true, "2026-11-27", "2026-11-28" })
end)

t.test("lists are lists where nothing is in them", function()
  local record = build { before = { freeze = "", packages = {} }, packages = {} }
  for _, name in ipairs { "changes", "packages", "findings", "fixed", "decisions", "upgrades", "held_back",
    "evidence", "notices", "notes", "policies", "times" } do
    t.truthy(json.is_array(record[name]), name)
  end
end)

return t.finish()
