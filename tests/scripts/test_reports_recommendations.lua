--- The advice of a report: it fits what was found, and what became of the upgrades.
local t = require "harness"
local recommendations = require "reports.recommendations"

local function vulnerability(package, fixes, fields)
  local finding = { id = "PYSEC-1", aliases = { "CVE-1" }, kind = "vulnerability", package = package, version = "1.0",
    fix_versions = fixes or {}, severity = "high", summary = "", sources = {} }
  for name, value in pairs(fields or {}) do finding[name] = value end
  return finding
end

local function code(severity)
  return { id = "B602", kind = "code", path = "a.py", line = 3, severity = severity, summary = "", fix_versions = {} }
end

local function record(fields)
  local made = { upgrade_mode = "conservative", findings = {}, fixed = {}, decisions = {}, upgrades = {},
    held_back = {},
    evidence = { { scanner = "pip-audit", status = "complete" } }, results = { upgrade = { status = "nothing" } } }
  for name, value in pairs(fields or {}) do made[name] = value end
  return made
end

--- The recommendations for a record, in one text.
local function advice(fields) return table.concat(recommendations(record(fields)), "\n") end

t.test("recommends nothing where there is nothing to do", function()
  t.equal(advice {}, "Nothing to do: keep running this audit regularly")
end)

t.test("recommends the way that fits the mode where a fix is known", function()
  local list = { vulnerability("jinja2", { "2.10.1" }), vulnerability("flask", { "1.0" }),
    vulnerability("jinja2", { "3" }) }
  t.equal(advice { findings = list, upgrade_mode = "none" },
    "Update jinja2, flask to patched versions (run pysec with --upgrade conservative)")
  t.equal(advice { findings = list, results = { upgrade = { status = "planned" } } },
    "Update jinja2, flask to patched versions (run pysec without --dry-run)")
  for _, status in ipairs { "nothing", "applied", "rolled_back" } do
    t.equal(advice { findings = list, results = { upgrade = { status = status } } },
      "Update jinja2, flask to patched versions (see below what holds them back)")
  end
  t.equal(advice { findings = list, results = { upgrade = { status = "failed" } } },
    "Update jinja2, flask to patched versions (see above why no upgrade could be planned)")
end)

t.test("does not tell to update what has no fix", function()
  local text = advice { findings = { vulnerability "py" } }
  t.equal(text, "No fixed version is known for py: look for a replacement, or accept the risk in a policy")
end)

t.test("counts what bandit flagged by severity, the worst first", function()
  t.equal(advice { findings = { code "low", code "high", code "low", code "unknown" } },
    "Consider refactoring the code that bandit flagged (1 high, 2 low, 1 unknown)")
end)

t.test("recommends to run the tests where an upgrade was applied, and only there", function()
  t.equal(advice { upgrades = { { package = "a", state = "refused", fixes = {} },
    { package = "b", state = "applied", fixes = {} } } },
    "Run your tests: packages were upgraded")
  for _, state in ipairs { "planned", "refused", "failed", "rolled_back" } do
    t.lacks(advice { upgrades = { { package = "a", state = state, fixes = {} } } }, "tests")
  end
end)

t.test("tells of the rules where policies refuse a fix, and does not tell to update", function()
  t.equal(advice { findings = { vulnerability("jinja2", { "2.10.1" }) },
    upgrades = { { package = "jinja2", state = "refused", fixes = { "PYSEC-1" } } } },
    "The policies refuse upgrades that fix jinja2: see the rules that are named below")
  t.match(advice { findings = { vulnerability("jinja2", { "2.10.1" }) },
    upgrades = { { package = "jinja2", state = "refused", fixes = {} } } }, "^Update jinja2")
end)

t.test("recommends to complete the evidence, with the reason", function()
  t.equal(advice { evidence = { { scanner = "safety", status = "incomplete", reason = "it is missing" },
    { scanner = "pip-audit", status = "complete" } } }, "Complete the evidence of safety: it is missing")
end)

--- An upgrade of jinja2 that would fix its finding, in this state.
local function upgrade(state, fields)
  local item = { package = "jinja2", to = "2.10.1", state = state, fixes = { "PYSEC-1" } }
  for name, value in pairs(fields or {}) do item[name] = value end
  return item
end

local JINJA2 = { vulnerability("jinja2", { "2.10.1" }) }

t.test("says of what was left out to mend what it broke, and does not tell to update", function()
  local text = advice { findings = JINJA2, upgrades = { upgrade "failed", upgrade("failed", { package = "flask" }) } }
  t.equal(text, "The upgrades of jinja2, flask were left out because they broke something: mend what is named below, "
    .. "and run pysec again")
end)

t.test("says of what was rolled back that all is as before", function()
  t.equal(advice { findings = JINJA2, upgrades = { upgrade "rolled_back" } },
    "The upgrades of jinja2 were rolled back, and all is as it was before: see why, and run pysec again")
end)

t.test("names the day on which what waits is free, the first one first, refused or held back", function()
  local held_back = { { package = "flask", free_on = "2026-11-27" }, { package = "idna" },
    { package = "jinja2", free_on = "2026-12-05" } }
  t.equal(advice { findings = JINJA2, upgrades = { upgrade("refused", { free_on = "2026-12-01" }) },
    held_back = held_back },
    "Run pysec again when releases that have to wait become free: flask on 2026-11-27, jinja2 on 2026-12-01")
  t.equal(advice { findings = JINJA2, held_back = { held_back[3] } },
    "Run pysec again when releases that have to wait become free: jinja2 on 2026-12-05")
end)

t.test("names the first of many packages, and how many more there are", function()
  local upgrades = {}
  for i = 1, 30 do upgrades[i] = upgrade("failed", { package = "p" .. i, fixes = {} }) end
  t.match(advice { upgrades = upgrades }, "^The upgrades of p1, p2, p3, p4, p5, p6, p7, p8 and 22 more were left out ")
end)

return t.finish()
