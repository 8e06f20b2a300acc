--- pysec eval: policies over stored reports.
local t = require "harness"
local evaluation = require "evaluation"
local fs = require "pysec.fs"
local json = require "pysec.json"
local support = require "support"
local tool = require "pysec.tool"

local eval, eval_json, verdicts = evaluation.eval, evaluation.eval_json, evaluation.verdicts
local finding, summary, project = evaluation.finding, evaluation.summary, evaluation.project
local HIGH, LOW = evaluation.HIGH, evaluation.LOW

local FIXTURES = t.root .. "/tests/fixtures/"
local PIP_AUDIT = FIXTURES .. "pip-audit/findings.json"
local SKIPPED = FIXTURES .. "pip-audit/all-skipped.json"

-- --- what it prints ---

t.test("prints a line a decision that is not ignored, and the counts", function()
  local folder = project { ["r.json"] = json.encode { HIGH, LOW, finding("X-NONE", "none"),
    finding("B101", "high", { kind = "code", path = "src/a.py", line = 3 }) },
    ["q.lua"] = 'severity { fail = "high", warn = "low" }\nignore { id = "X-NONE", reason = "no matter" }\n' }
  local out = eval(1, folder, { "--policy", "q.lua", "r.json" }).stdout
  t.match(out, "^VERDICT  WHAT +ID +SEVERITY +RULE +WHY\n")
  t.match(out, "\nfail +a 1%.0 +X%-HIGH +high +q%.lua:1 +vulnerability of severity high\n")
  t.match(out, "\nwarn +a 1%.0 +CVE%-2024%-1 +low +q%.lua:1 ")
  t.match(out, "\nfail +src/a%.py:3 +B101 +high +pysec +no rule speaks of it")
  t.lacks(out, "X-NONE")
  t.match(out, "\n✗ 2 findings fail, 1 warning, 1 ignored\n$")
  t.equal(eval(1, folder, { "--policy", "q.lua", "--quiet", "r.json" }).stdout,
    "✗ 2 findings fail, 1 warning, 1 ignored\n")
end)

t.test("prints tables by report where there are several", function()
  local folder = project { ["a.json"] = json.encode(HIGH), ["b.json"] = "[]", ["c.json"] = json.encode { LOW } }
  local out = eval(1, folder, { "--policy", "p.lua", "a.json", "b.json", "c.json" }).stdout
  t.match(out, "^\na%.json\nVERDICT.-\nfail [^\n]+\n\nc%.json\nVERDICT.-\nwarn [^\n]+\n✗ 1 finding fails, 1 warning, "
    .. "in 3 reports\n$")
end)

t.test("prints JSON that holds decisions, notices and exit, and nothing else", function()
  local folder = project { ["r.json"] = json.encode { HIGH, LOW } }
  local text = eval(1, folder, { "--policy", "p.lua", "--format", "json", "r.json" }).stdout
  t.equal(select(2, text:gsub("\n", "")), 1, "one line")
  local result = json.decode(text)
  t.equal(result, { notices = {}, exit = 1, decisions = {
    { finding = HIGH, verdict = "fail", by = "p.lua:1", rule = "severity", reason = "vulnerability of severity high",
      trace = { { verdict = "fail", by = "p.lua:1", rule = "severity", reason = "vulnerability of severity high" } } },
    { finding = LOW, verdict = "warn", by = "p.lua:1", rule = "severity", reason = "vulnerability of severity low",
      trace = { { verdict = "warn", by = "p.lua:1", rule = "severity", reason = "vulnerability of severity low" } } },
  } })
  for _, value in ipairs { result.notices, result.decisions[1].finding.aliases, result.decisions[1].trace } do
    t.truthy(json.is_array(value))
  end
  t.equal(eval(0, project { ["r.json"] = "[]" }, { "--format", "json", "r.json" }).stdout,
    '{"decisions":[],"notices":[],"exit":0}\n')
end)

t.test("names the report of each decision where there are several", function()
  local folder = project { ["a.json"] = json.encode { HIGH, LOW }, ["b.json"] = "[]", ["c.json"] = json.encode(LOW) }
  local result = eval_json(1, folder, { "--policy", "p.lua", "a.json", "b.json", "c.json" })
  local of = {}
  for i, item in ipairs(result.decisions) do of[i] = item.report end
  t.equal(of, { "a.json", "a.json", "c.json" })
  t.equal(verdicts(result), { "X-HIGH fail", "X-LOW warn", "X-LOW warn" })
end)

t.test("keeps the order of many decisions, and each with its own words", function()
  local list, want = {}, {}
  for i = 1, 1501 do
    local severity = ({ "high", "low", "critical" })[i % 3 + 1]
    list[i] = finding("X-" .. i, severity)
    want[i] = ("X-%d %s"):format(i, severity == "low" and "warn" or "fail")
  end
  local folder = project { ["r.json"] = json.encode(list), ["s.json"] = json.encode { HIGH },
    ["hook.lua"] = 'on("finding", function(f) return f.severity == "low" and "warn" or "fail", f.id end)\n' }
  t.equal(verdicts(eval_json(1, folder, { "--policy", "p.lua", "r.json" })), want)
  local result = eval_json(1, folder, { "--policy", "hook.lua", "r.json" })
  t.equal(verdicts(result), want)
  for i, item in ipairs(result.decisions) do t.equal({ item.reason, #item.trace }, { "X-" .. i, 1 }) end
  table.insert(want, 1, "X-HIGH fail")
  t.equal(verdicts(eval_json(1, folder, { "--policy", "p.lua", "s.json", "r.json" })), want)
end)

-- --- exit codes and evidence ---

t.test("exits as the main job does", function()
  local folder = project { ["low.json"] = json.encode(LOW), ["high.json"] = json.encode(HIGH) }
  eval(0, folder, { "--policy", "p.lua", "low.json" })
  eval(1, folder, { "--policy", "p.lua", "high.json" })
  t.contains(eval(3, folder, { "--policy", "p.lua", "low.json", SKIPPED }).stderr,
    SKIPPED .. ": pip-audit skipped 4 packages, the first: flask: ")
  t.match(eval(3, folder, { "--policy", "p.lua", SKIPPED }).stdout, "^✗ evidence incomplete: pip%-audit\n$")
  eval(1, folder, { "--policy", "p.lua", "high.json", SKIPPED })
  eval(0, folder, { "--policy", "p.lua", "--exit-zero", "high.json", SKIPPED })
  t.equal(eval_json(3, folder, { "--policy", "p.lua", SKIPPED }).exit, 3)
  t.equal(eval_json(0, folder, { "--policy", "p.lua", "--exit-zero", "high.json" }).exit, 0)
end)

t.test("warns once of what is missing in many reports", function()
  local folder = project {}
  local lines = eval(3, folder, { "--policy", "p.lua", SKIPPED, SKIPPED, SKIPPED }).stderr
  t.equal(select(2, lines:gsub("\n", "")), 1)
  t.match(lines, " %(in 3 reports, this is the first%)\n$")
end)

t.test("lets policies say what evidence they want, and which skips they expect", function()
  local folder = project { ["r.json"] = summary { findings = { LOW } },
    ["want.lua"] = 'severity { warn = "low" }\nevidence { scanners = { "osv", "pip-audit" } }\n',
    ["expect.lua"] = 'severity { warn = "low" }\nevidence { expected_skips = { "*" } }\n' }
  t.match(eval(3, folder, { "--policy", "want.lua", "r.json" }).stderr, "want%.lua:2: .*pip%-audit")
  eval(0, folder, { "--policy", "expect.lua", SKIPPED })
end)

t.test("judges packages that have no finding, where the report lists them", function()
  local folder = project { ["r.json"] = summary { packages = { { name = "b", version = "2.0", direct = true } } },
    ["deny.lua"] = 'severity { warn = "low", unknown = "warn" }\n'
      .. 'deny { package = { "b", "idna" }, reason = "not here" }\n' }
  t.equal(verdicts(eval_json(1, folder, { "--policy", "deny.lua", "r.json" })), { "deny:b fail" })
  local list = verdicts(eval_json(1, folder, { "--policy", "deny.lua", PIP_AUDIT }))
  t.equal(list[#list], "deny:idna fail")
end)

-- --- policies ---

t.test("finds the project's policy, unless it is told not to", function()
  local folder = project { ["r.json"] = json.encode(HIGH), ["pysec.lua"] = 'severity { warn = "low" }\n' }
  eval(0, folder, { "r.json" })
  eval(1, folder, { "--no-project-policy", "r.json" })
  eval(1, folder, { "--policy", "p.lua", "r.json" })
end)

t.test("tells what the policies have to say of themselves", function()
  local folder = project { ["r.json"] = json.encode(HIGH), ["old.lua"] = 'severity { warn = "low" }\n'
    .. 'ignore { id = "X-HIGH", reason = "for now", expires = "2020-01-01" }\n' }
  t.match(eval(0, folder, { "--policy", "old.lua", "r.json" }).stderr, "old%.lua:2: ")
  local notices = eval_json(0, folder, { "--policy", "old.lua", "r.json" }).notices
  t.equal({ #notices, notices[1].kind, notices[1].by }, { 1, "expired", "old.lua:2" })
end)

t.test("takes a policy that does not load or that fails for an error, and prints no result", function()
  local folder = project { ["r.json"] = json.encode(HIGH), ["odd.lua"] = 'severity { fial = "high" }\n',
    ["loop.lua"] = 'on("finding", function(f)\n  while true do end\nend)\n' }
  for policy, want in pairs { ["odd.lua"] = "odd%.lua:1: .*fial", ["gone.lua"] = "gone%.lua",
    ["loop.lua"] = "loop%.lua:2: " } do
    local result = eval(2, folder, { "--policy", policy, "--format", "json", "r.json" })
    t.match(result.stderr, "^error: .*" .. want)
    t.equal(result.stdout, "")
  end
end)

-- --- where reports come from ---

t.test("reads standard input: as -, and where nothing is named", function()
  local folder = project { ["low.json"] = json.encode(LOW) }
  local text = fs.read(PIP_AUDIT)
  for _, words in ipairs { { "-" }, {} } do
    t.equal(#eval_json(1, folder, words, { stdin = text }).decisions, 4)
  end
  t.equal(eval_json(1, folder, { "low.json", "-" }, { stdin = text }).decisions[2].report, "standard input")
  local pipe = assert(tool.run { "/bin/sh", "-c", 'cat "$1" | "$2" eval --format json', "sh", PIP_AUDIT, t.program })
  t.equal({ pipe.code, #json.decode(pipe.stdout).decisions }, { 1, 4 }, pipe.stderr)
  for _, words in ipairs { { "-" }, {} } do
    t.match(eval(2, folder, words, { stdin = text:sub(1, 100) }).stderr, "^error: standard input:1:101: ")
  end
  t.match(eval(2, folder, { "-" }).stderr, "^error: standard input:1:1: ")
end)

t.test("reads standard input that is a socket, as Node gives it", function()
  local result = assert(tool.run { "python3", "-I", "-c", [[
import socket, subprocess, sys
ours, theirs = socket.socketpair()
child = subprocess.Popen([sys.argv[1], "eval", "--format", "json"], stdin=theirs)
theirs.close()
ours.sendall(open(sys.argv[2], "rb").read())
ours.close()
sys.exit(child.wait())]], t.program, PIP_AUDIT })
  t.equal({ result.code, #json.decode(result.stdout).decisions }, { 1, 4 }, result.stderr)
end)

t.test("reads the summaries below a folder, or all JSON where there are none", function()
  local folder = project {
    ["x/team-b/security-summary-20260602-120000.json"] = summary { findings = { LOW } },
    ["x/team-a/security-summary-20260601-120000.json"] = summary { findings = { HIGH } },
    ["x/team-a/pip-audit-20260601-120000.json"] = "{}", ["x/notes.json"] = "not JSON", ["x/a.txt"] = "text",
    ["y/sub/one.json"] = json.encode(HIGH), ["y/two.json"] = json.encode(LOW), ["y/a.txt"] = "text",
    ["z/a.txt"] = "text",
  }
  local of = {}
  for i, item in ipairs(eval_json(1, folder, { "--policy", "p.lua", "x", "y/" }).decisions) do of[i] = item.report end
  t.equal(of, { "x/team-a/security-summary-20260601-120000.json", "x/team-b/security-summary-20260602-120000.json",
    "y/sub/one.json", "y/two.json" })
  t.match(eval(2, folder, { "z" }).stderr, "^error: z: no report %(%*%.json%) is in this folder\n$")
end)

t.test("says what is wrong with a report, and prints no half of a result", function()
  local folder = project { ["good.json"] = json.encode(HIGH), ["cut.json"] = '{"findings": [\n  {"id":',
    ["odd.json"] = '[{"id": "X-1", "package": "a", "severity": "hgih"}]', ["other.json"] = '{"a": 1}',
    ["f/x.json"] = "" }
  for name, want in pairs {
    ["cut.json"] = "cut%.json:2:9: ", ["other.json"] = "other%.json: not a report that pysec knows: ",
    ["odd.json"] = "odd%.json: finding 1 %(X%-1%): severity: .*%(did you mean 'high'%?%)",
    ["gone.json"] = "gone%.json: No such file", ["f"] = "f/x%.json:1:1: ",
  } do
    local result = eval(2, folder, { "--policy", "p.lua", "--format", "json", "good.json", name })
    t.match(result.stderr, "^error: " .. want)
    t.equal({ result.stdout, select(2, result.stderr:gsub("\n", "")) }, { "", 1 })
  end
end)

t.test("says how it is used", function()
  local folder = project { ["r.json"] = "[]" }
  t.match(eval(2, folder, {}).stderr,
    "^error: pysec eval: name a report, a folder of reports, or %- for standard input\n$")
  t.match(eval(2, folder, { "--format", "yaml", "r.json" }).stderr, "expected text, json")
  t.match(eval(2, folder, { "--polcy", "p.lua" }).stderr, "did you mean 'policy'")
  t.contains(eval(0, folder, { "--help" }).stdout, "Usage: pysec eval [OPTIONS] [FILE|FOLDER|-]...")
end)

t.test("sets what policies may use", function()
  local folder = project { ["r.json"] = "[]", ["p.lua"] = "local n = 0\nfor i = 1, 100000 do n = n + i end" }
  eval(0, folder, { "--policy", "p.lua", "r.json" })
  t.equal(eval(2, folder, { "--policy", "p.lua", "--policy-budget", "instructions=1000,seconds=5", "r.json" }).stderr,
    "error: p.lua:2: the policy went over its budget of 1000 instructions\n")
  for text, want in pairs { ["time=5"] = "nothing is called 'time'", ["seconds"] = "expected NAME=NUMBER",
    ["memory=0"] = "expected NAME=NUMBER", ["second=1"] = "did you mean 'seconds'", ["seconds=1,"] = "NAME=NUMBER",
    ["memory=9999999999999"] = "too large" } do
    t.contains(eval(2, folder, { "--policy-budget", text, "r.json" }).stderr, want, text)
  end
end)

t.test("a result of eval keeps the packages that its policies spoke of", function()
  local folder = project { ["r.json"] = fs.read(PIP_AUDIT), ["d.lua"] = "severity { warn = 'none', unknown = 'warn' }\n"
    .. "deny { package = 'pycrypto' }\n", ["pa.json"] = json.encode { dependencies = json.array { { name = "pycrypto",
    version = "2.6.1", vulns = json.array() } }, fixes = json.array() } }
  local first = eval(1, folder, { "--policy", "d.lua", "--format", "json", "pa.json" }).stdout
  t.files(folder, { ["first.json"] = first })
  t.match(eval(1, folder, { "--policy", "d.lua", "first.json" }).stdout, "deny:pycrypto")
  t.match(eval(1, folder, { "--policy", "d.lua", "--against", "first.json" }).stdout, "0 verdicts change")
end)

t.test("what a scanner skipped is a package that may be denied", function()
  local folder = project { ["d.lua"] = "deny { package = 'acme-evil' }\nevidence { expected_skips = 'acme-*' }\n",
    ["pa.json"] = json.encode { dependencies = json.array { { name = "acme-evil", skip_reason = "not on PyPI" } } } }
  t.match(eval(1, folder, { "--policy", "d.lua", "pa.json" }).stdout, "deny:acme%-evil")
end)

-- --- a real run ---

t.test("decides a stored summary as the run that wrote it", function()
  local folder = support.project()
  local run = support.expect(1, support.offline { "--req", "requirements.txt", "--upgrade", "none", "--bandit" },
    { cwd = folder })
  local written = support.summary(folder)
  local result = eval_json(written.exit, folder, { "reports/security" })
  local function brief(decisions)
    local list = {}
    for i, item in ipairs(decisions) do
      list[i] = table.concat({ item.finding.id, item.verdict, item.by, item.reason, #item.trace }, " ")
    end
    return list
  end
  t.truthy(#result.decisions > 10, run.stdout)
  t.equal(brief(result.decisions), brief(written.decisions))
  t.match(eval(1, folder, { "--against", "reports/security" }).stdout, "^✗ 0 verdicts change; now: ")
end)

return t.finish()
