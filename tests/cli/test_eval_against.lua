--- pysec eval --against: what other policies would change.
local t = require "harness"
local evaluation = require "evaluation"
local fs = require "pysec.fs"
local json = require "pysec.json"

local eval, eval_json, verdicts = evaluation.eval, evaluation.eval_json, evaluation.verdicts
local finding, decision = evaluation.finding, evaluation.decision
local summary, project = evaluation.summary, evaluation.project
local HIGH, LOW = evaluation.HIGH, evaluation.LOW

local DENIED = finding("deny:old", "unknown", { kind = "policy", package = "old", version = "1" })

--- A summary in which p.lua decided otherwise: HIGH was ignored, LOW warned about, and a policy finding made.
local function recorded()
  return summary { findings = { HIGH, LOW, finding("X-NEW", "high"), DENIED },
    decisions = { decision(HIGH, "ignore", "old.lua:7"), decision(LOW, "warn"),
      decision(DENIED, "fail", "old.lua:9") } }
end

t.test("prints what would change compared with the verdicts of a summary", function()
  local folder = project { ["s.json"] = recorded() }
  local out = eval(1, folder, { "--policy", "p.lua", "--against", "s.json" }).stdout
  t.match(out, "^WAS +NOW +WHAT +ID +SEVERITY +RULE THEN +RULE NOW +WHY\n")
  t.match(out, "\nignore +fail +a 1%.0 +X%-HIGH +high +old%.lua:7 +p%.lua:1 +vulnerability of severity high\n")
  t.match(out, "\n%(new%) +fail +a 1%.0 +X%-NEW +high +p%.lua:1 ")
  t.match(out, "\nfail +%(gone%) +old 1 +deny:old +unknown +old%.lua:9 *\n")
  t.lacks(out, "CVE-2024-1")
  t.match(out, "\n✗ 3 verdicts change; now: 2 findings fail, 1 warning\n$")
end)

t.test("gives the changes as JSON beside the decisions", function()
  local folder = project { ["s.json"] = recorded() }
  local result = eval_json(1, folder, { "--policy", "p.lua", "--against", "s.json" })
  t.equal(verdicts(result), { "X-HIGH fail", "X-LOW warn", "X-NEW fail" })
  t.equal(#result.changes, 3)
  t.equal(result.changes[1], { finding = HIGH,
    old = { verdict = "ignore", by = "old.lua:7", rule = "severity", reason = "as it was" },
    new = { verdict = "fail", by = "p.lua:1", rule = "severity", reason = "vulnerability of severity high" } })
  t.equal({ result.changes[2].finding.id, result.changes[2].old == json.null }, { "X-NEW", true })
  t.equal({ result.changes[3].finding.id, result.changes[3].new == json.null }, { "deny:old", true })
  t.equal(eval_json(0, folder, { "--policy", "all.lua", "--against", "s.json" }).exit, 0)
end)

t.test("compares each report with itself, also those of a folder and of a shell's pattern", function()
  local folder = project {
    ["a/security-summary-20260601-120000.json"] = summary { findings = { HIGH },
      decisions = { decision(HIGH, "fail") } },
    ["b/security-summary-20260601-120000.json"] = summary { findings = { HIGH },
      decisions = { decision(HIGH, "warn") } },
  }
  for _, words in ipairs { { "a", "b" }, { ".", "--quiet" } } do
    local result = eval_json(1, folder, table.move(words, 1, #words, 4, { "--policy", "p.lua", "--against" }))
    t.equal({ #result.decisions, #result.changes }, { 2, 1 })
    t.match(result.changes[1].report, "b/security%-summary%-20260601%-120000%.json$")
  end
end)

t.test("compares other reports with what summaries recorded, by package, version and any id", function()
  local renamed = finding("CVE-2024-1", "low", { aliases = json.array { "PYSEC-9" } })
  local newer = finding("X-HIGH", "high", { version = "1.1" })
  local folder = project { ["s.json"] = recorded(), ["r.json"] = json.encode { renamed, HIGH, newer },
    ["h.json"] = json.encode { HIGH } }
  local function changes(name)
    local list = {}
    for i, change in ipairs(eval_json(1, folder, { name, "--policy", "p.lua", "--against", "s.json" }).changes) do
      list[i] = ("%s %s: %s -> %s"):format(change.finding.id, change.finding.version,
        change.old ~= json.null and change.old.verdict or "-", change.new ~= json.null and change.new.verdict or "-")
    end
    return list
  end
  t.equal(changes "r.json", { "X-HIGH 1.0: ignore -> fail", "X-HIGH 1.1: - -> fail", "deny:old 1: fail -> -" })
  -- A flaw that is no longer there was fixed: that is no change of a policy.
  t.equal(changes "h.json", { "X-HIGH 1.0: ignore -> fail", "deny:old 1: fail -> -" })
end)

t.test("compares with a result of pysec eval as well", function()
  local folder = project { ["r.json"] = json.encode { HIGH, LOW } }
  assert(fs.write(folder .. "/was.json", eval(1, folder, { "--policy", "p.lua", "--format", "json", "r.json" }).stdout))
  local out = eval(0, folder, { "--policy", "all.lua", "--against", "was.json" }).stdout
  t.match(out, "\nfail +warn +a 1%.0 +X%-HIGH +high +p%.lua:1 +all%.lua:2 ")
  t.match(out, "\n✓ 1 verdict changes; now: 2 warnings\n$")
  t.match(eval(1, folder, { "--policy", "p.lua", "--against", "was.json" }).stdout, "^✗ 0 verdicts change; now: ")
end)

t.test("refuses a trial on what holds no verdicts", function()
  local folder = project { ["r.json"] = json.encode(HIGH), ["bad.json"] = summary { decisions = {
    decision(finding("X", "odd"), "fail") } } }
  for _, name in ipairs { "r.json", t.root .. "/tests/fixtures/pip-audit/findings.json" } do
    for _, words in ipairs { { "--against", name }, { "r.json", "--against", name } } do
      t.match(eval(2, folder, words).stderr, "^error: .-: holds no verdicts to compare with: %-%-against takes sum")
    end
  end
  t.match(eval(2, folder, { "--against", "bad.json" }).stderr, "^error: bad%.json: decision 1 %(X%): severity: ")
  t.match(eval(2, folder, { "--against" }).stderr, "%-%-against needs a value")
end)

return t.finish()
