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

t.test("of a long reason the beginning and the end are kept, in one line", function()
  t.equal(words.shorten " pip failed:\n  no such\tfile\n", "pip failed: no such file")
  local text = words.shorten("pip install failed: " .. ("word "):rep(100) .. "\nERROR: it does not build")
  t.match(text, "^pip install failed: word .* word … word .* ERROR: it does not build$")
  t.truthy(#text <= 165, #text)
  t.equal(words.shorten(("x"):rep(160)), ("x"):rep(160))
  t.equal(words.shorten(("x"):rep(200)), ("x"):rep(80) .. " … " .. ("x"):rep(80))
  t.equal(words.shorten "", "")
end)

t.test("no reason is cut within a character, nor is one of broken bytes long", function()
  for _, character in ipairs { "é", "中", "🐍" } do
    for lead = 0, 3 do
      local text = words.shorten(("a"):rep(lead) .. character:rep(200) .. ("b"):rep(lead))
      t.truthy(utf8.len(text), text)
      t.truthy(#text >= 155 and #text <= 172, #text)
    end
  end
  t.truthy(#words.shorten(("\x80"):rep(5000)) <= 172)
end)

t.test("the times of the phases in one line, without those that one cannot see", function()
  t.equal(words.times { { phase = "audit", seconds = 1.24 }, { phase = "plan", seconds = 0.75 },
    { phase = "pip check", seconds = 0.04 }, { phase = "commit", seconds = 12 } },
    "audit 1.2 s, plan 0.8 s, commit 12.0 s, 14.0 s in all")
  t.equal(words.times { { phase = "audit", seconds = 1.24 } }, "audit 1.2 s")
  t.equal(words.times { { phase = "audit", seconds = 1.24 }, { phase = "plan", seconds = 0.01 } },
    "audit 1.2 s, 1.2 s in all")
  t.equal(words.times { { phase = "audit", seconds = 0.01 } }, "0.0 s in all")
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
    { { upgrades = { { state = "failed" }, { state = "applied" }, { state = "refused" } }, fixed = { {} } },
      "1 fixed, 1 upgrade left out", true },
    { { upgrades = { { state = "failed" }, { state = "failed" } }, decisions = { { verdict = "fail" } },
      evidence = { { scanner = "osv", status = "incomplete" } } },
      "1 finding fails, 2 upgrades left out, evidence incomplete: osv", false },
    { { upgrades = { { state = "rolled_back" }, { state = "planned" } } }, "no findings", true },
  } do
    local text, good = words.result(record(case[1]))
    t.equal({ text, good }, { case[2], case[3] })
  end
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

t.test("a policy that failed is told before what was fixed", function()
  local text, good = words.result { decisions = {}, fixed = { {}, {} }, evidence = {}, upgrades = {},
    policy_failed = "a.lua:2: boom" }
  t.equal({ text, good }, { "no verdict, because a policy failed (a.lua:2: boom); 2 fixed", false })
end)

return t.finish()
