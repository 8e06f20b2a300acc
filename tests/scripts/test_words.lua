--- Sentences about what was found: they count right and fit what happened.
local t = require "harness"
local words = require "lib.words"

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
    evidence = { { scanner = "pip-audit", status = "complete" } }, results = { upgrade = { status = "nothing" } } }
  for name, value in pairs(fields or {}) do made[name] = value end
  return made
end

t.test("counts in the singular and the plural", function()
  t.equal(words.count(1, "package"), "1 package")
  t.equal(words.count(0, "package"), "0 packages")
  t.equal(words.count(2, "vulnerability", "vulnerabilities"), "2 vulnerabilities")
end)

t.test("shortens summaries between words", function()
  t.equal(words.brief "  short \n", "short")
  local long = ("word "):rep(100)
  local brief = words.brief(long)
  t.match(brief, "^word .* word …$")
  t.truthy(#brief <= 165, #brief)
  t.equal(words.brief(("x"):rep(160)), ("x"):rep(160))
  t.equal(words.brief(("x"):rep(161)), ("x"):rep(160) .. " …")
end)

t.test("cuts no character in two", function()
  for _, character in ipairs { "é", "中", "🐍" } do
    for lead = 0, 3 do
      local brief = words.brief(("a"):rep(lead) .. character:rep(200))
      t.truthy(utf8.len(brief), brief)
      t.truthy(#brief >= 155 and #brief <= 165, #brief)
    end
  end
  words.brief(("\x80"):rep(500))
end)

t.test("says what fixes a finding", function()
  t.equal(words.fix(vulnerability("a", { "1.1", "2.0" })), "1.1, 2.0")
  t.equal(words.fix(vulnerability("a")), "none known")
end)

t.test("splits findings and names packages once", function()
  local policy = vulnerability("b", {}, { kind = "policy" })
  local vulnerabilities, flagged, made = words.split { vulnerability "a", code "low", policy }
  t.equal({ #vulnerabilities, #flagged, #made }, { 1, 1, 1 })
  t.equal(words.packages { vulnerability "b", vulnerability "a", vulnerability "b", code "low" }, { "b", "a" })
end)

t.test("gives the result in one line", function()
  for _, case in ipairs {
    { {}, "no findings", true },
    { { decisions = { { verdict = "fail" } } }, "1 finding fails", false },
    { { decisions = { { verdict = "fail" }, { verdict = "block" }, { verdict = "warn" }, { verdict = "ignore" } },
      fixed = { {} } }, "2 findings fail, 1 warning, 1 ignored, 1 fixed", false },
    { { decisions = { { verdict = "warn" }, { verdict = "warn" } } }, "2 warnings", true },
    { { fixed = { {}, {} } }, "2 fixed", true },
    { { evidence = { { scanner = "safety", status = "incomplete" }, { scanner = "bandit", status = "complete" } } },
      "evidence incomplete: safety", false },
  } do
    local text, good = words.result(record(case[1]))
    t.equal({ text, good }, { case[2], case[3] })
  end
end)

--- The recommendations for a record, in one text.
local function advice(fields) return table.concat(words.recommendations(record(fields)), "\n") end

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
  for _, status in ipairs { "nothing", "applied", "failed", "rolled_back" } do
    t.equal(advice { findings = list, results = { upgrade = { status = status } } },
      "Update jinja2, flask to patched versions (see the upgrades that were left out below)")
  end
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
  t.equal(advice { upgrades = { { state = "refused", fixes = {} }, { state = "applied" } } },
    "Run your tests: packages were upgraded")
  for _, state in ipairs { "planned", "refused", "failed", "rolled_back" } do
    t.lacks(advice { upgrades = { { state = state, fixes = {} } } }, "tests")
  end
end)

t.test("tells of the rules where policies refuse a fix, and does not tell to update", function()
  t.equal(advice { findings = { vulnerability("jinja2", { "2.10.1" }) },
    upgrades = { { package = "jinja2", state = "refused", fixes = { "PYSEC-1" } } } },
    "The policies refuse upgrades that fix jinja2: see the rules that are named below")
  t.match(advice { findings = { vulnerability("jinja2", { "2.10.1" }) },
    upgrades = { { package = "jinja2", state = "refused", fixes = {} } } }, "^Update jinja2")
end)

t.test("a rule that stands in the way is named with its place, the reason of what goes through is not", function()
  local rule = { by = "acme.lua:5", rule = "pin", reason = "LTS" }
  t.equal(words.why(rule), "pin acme.lua:5: LTS")
  t.equal(words.why { allowed = false, by = "acme.lua:5", rule = "limit", reason = "no majors" },
    "limit acme.lua:5: no majors")
  t.equal(words.why { allowed = true, by = "acme.lua:5", rule = "pin", reason = "outdated" }, "outdated")
  t.equal(words.why { allowed = true }, "")
  t.equal(words.why { reason = "Because flask<1" }, "Because flask<1")
end)

t.test("recommends to complete the evidence, with the reason", function()
  t.equal(advice { evidence = { { scanner = "safety", status = "incomplete", reason = "it is missing" },
    { scanner = "pip-audit", status = "complete" } } }, "Complete the evidence of safety: it is missing")
end)

t.test("a policy that failed is told before what was fixed", function()
  local text, good = words.result { decisions = {}, fixed = { {}, {} }, evidence = {}, policy_failed = "a.lua:2: boom" }
  t.equal({ text, good }, { "no verdict, because a policy failed (a.lua:2: boom); 2 fixed", false })
end)

return t.finish()
