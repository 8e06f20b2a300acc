--- What a run prints at its end: what changed, what did not and why, in few lines, and nothing about what there is not.
local t = require "harness"
local json = require "pysec.json"
local support = require "support"

local PRINT = [[
local json, terminal = require "pysec.json", require "reports.terminal"
local record = assert(json.read(arg[1]))
-- A decision is of the very finding that is in the list.
for i, decision in ipairs(record.decisions) do decision.finding = record.findings[i] end
terminal.tables(record)
terminal.result(record, "report.md")
]]

--- A record of a run that found and did nothing, with other fields.
local function record(fields)
  local made = { upgrade_mode = "all", results = { upgrade = { status = "nothing" } }, times = {},
    evidence = { { scanner = "osv", status = "complete" } }, exit = 0 }
  for _, name in ipairs { "findings", "fixed", "decisions", "upgrades", "held_back", "notices" } do
    made[name] = json.array()
  end
  for name, value in pairs(fields or {}) do made[name] = value end
  return made
end

local function upgrade(package, state, fields)
  local made = { package = package, from = "1.0", to = "2.0", fixes = json.array(), state = state, allowed = true,
    reason = "outdated", target = ".venv" }
  for name, value in pairs(fields or {}) do made[name] = value end
  return made
end

--- What is printed for a record, the blanks between columns as one.
local function printed(fields)
  local folder = t.files(t.tempdir(), { ["print.lua"] = PRINT, ["record.json"] = json.encode(record(fields)) })
  local result = support.expect(0, { "run", "print.lua", "record.json" }, { cwd = folder })
  return (result.stdout .. result.stderr):gsub("  +", " "):gsub(" +\n", "\n")
end

t.test("a run that found and did nothing prints the result and its time, and no section", function()
  t.equal(printed { times = { { phase = "audit", seconds = 1.2 } } },
    "\naudit 1.2 s\n✓ no findings; report: report.md\n")
end)

t.test("each fate of an upgrade has its section, with the reason", function()
  local text = printed {
    upgrades = { upgrade("a", "applied", { fixes = { "PYSEC-1" } }), upgrade("b", "applied", { from = false }),
      upgrade("c", "refused", { allowed = false, by = "acme.lua:2", rule = "pin", reason = "LTS" }),
      upgrade("d", "failed", { reason = "./test failed with exit code 1: boom" }) },
    held_back = { { package = "e", version = "1", latest = "2", reason = "because a<2", target = ".venv" } },
    results = { upgrade = { status = "applied", trials = { made = 5, most = 20 } } },
    times = { { phase = "audit", seconds = 1.2 }, { phase = "plan", seconds = 0.8 } },
  }
  t.contains(text, [[

Upgrades
PACKAGE FROM TO STATE WHY
a 1.0 2.0 applied fixes PYSEC-1
b (new) 2.0 applied outdated

Refused
PACKAGE FROM TO WHY
c 1.0 2.0 pin acme.lua:2: LTS

Left out
PACKAGE FROM TO WHAT BROKE
d 1.0 2.0 ./test failed with exit code 1: boom

Held back
PACKAGE VERSION NEWEST BY
e 1 2 because a<2

audit 1.2 s, plan 0.8 s, 2.0 s in all; 5 trials of at most 20
✓ 1 upgrade left out; report: report.md
]])
end)

t.test("what waits says until which day, refused or held back", function()
  local text = printed {
    upgrades = { upgrade("c", "refused", { allowed = false, by = "acme.lua:2", rule = "cooldown", reason = "it waits",
      free_on = "2026-11-27" }), upgrade("d", "refused", { allowed = false, by = "acme.lua:3", rule = "pin" }) },
    held_back = { { package = "e", version = "1", latest = "2", reason = "it waits", by = "acme.lua:2",
      rule = "cooldown", free_on = "2026-11-28", target = ".venv" } },
  }
  t.contains(text, "PACKAGE FROM TO FREE ON WHY\nc 1.0 2.0 2026-11-27 cooldown acme.lua:2: it waits\n")
  t.contains(text, "PACKAGE VERSION NEWEST FREE ON BY\ne 1 2 2026-11-28 cooldown acme.lua:2: it waits\n")
end)

t.test("where there are several files, every section says which", function()
  local text = printed { upgrades = { upgrade("a", "applied", { target = "a.txt" }), upgrade("b", "failed") } }
  t.contains(text, "IN PACKAGE FROM TO STATE WHY\na.txt a 1.0 2.0 applied outdated\n")
  t.contains(text, "IN PACKAGE FROM TO WHAT BROKE\n.venv b 1.0 2.0 outdated\n")
end)

t.test("a roll back is told once, and for each upgrade what broke where that is its own", function()
  local text = printed { exit = 4, results = { upgrade = { status = "rolled_back", reason = "the tests failed" } },
    upgrades = { upgrade("a", "rolled_back", { fixes = { "PYSEC-1" }, reason = "the tests failed" }),
      upgrade("b", "rolled_back", { fixes = { "PYSEC-2" }, reason = "b broke them" }) } }
  t.contains(text, "a 1.0 2.0 rolled_back fixes PYSEC-1\nb 1.0 2.0 rolled_back b broke them\n")
  t.contains(text, "the upgrade was rolled back: the tests failed\n")
  t.lacks(text, "Left out")
end)

t.test("long reasons are cut in the middle, and written in one line", function()
  local reason = "python -m pytest failed:\n" .. ("E  assert 1 == 2\n"):rep(100) .. "\27[31m1 failed"
  local text = printed { upgrades = { upgrade("d", "failed", { reason = reason }) } }
  t.match(text, "\nd 1%.0 2%.0 python %-m pytest failed: E assert 1 == 2 [^\n]* … [^\n]*\\x1b%[31m1 failed\n")
  t.truthy(#text < 400, #text)
end)

return t.finish()
