--- pysec test: what tests can ask of policies, what makes one fail, and what makes a file not load.
local t = require "harness"
local fs = require "pysec.fs"
local support = require "support"

local ACME = [[
name "acme baseline"
include "default"
ignore { id = "CVE-1", package = "jinja2", reason = "ours", expires = "2027-01-31" }
severity { block = "critical", warn = "low" }
pin { package = "django", version = "~=4.2.0", reason = "LTS" }
deny { package = "pycrypto", reason = "abandoned" }
evidence { scanners = { "pip-audit" }, expected_skips = { "acme-*" } }
on("finding", function(f) if f.summary == "boom" then error("in the hook") end end)
on("audit", function(a) if #a.packages > 2 then return "incomplete", "large" end end)
]]

--- A folder with acme.lua and acme_test.lua.
local function project(text, more)
  local files = { ["acme.lua"] = ACME, ["acme_test.lua"] = 'local acme = policy "acme.lua"\n' .. text }
  for name, content in pairs(more or {}) do files[name] = content end
  return t.files(t.tempdir(), files)
end

--- Runs tests in a folder, expects an exit code, returns what was printed on both streams.
local function run(code, folder, ...)
  local result = support.expect(code, { "test", ... }, { cwd = folder })
  return result.stdout, result.stderr
end

--- The body of one test that passes, with `acme` at hand.
local function passes(body, more)
  return run(0, project(("test('it', function()\n%s\nend)\n"):format(body), more))
end

--- The same for one that fails; what it says is in line 3.
local function fails(body, ...)
  local out = run(1, project(("test('it', function()\n%s\nend)\n"):format(body)))
  t.contains(out, "FAILED  it\n")
  for _, part in ipairs { "acme_test.lua:3: ", ... } do t.contains(out, part) end
  return out
end

t.test("the example of the design passes, a line a test", function()
  local out, err = run(0, project [[
today "2026-06-01"
test("jinja flaw is accepted for now", function()
  local d = acme:decide { id = "CVE-1", package = "jinja2", version = "2.10", severity = "high" }
  equal(d.verdict, "ignore"); equal(d.by, "acme.lua:3")
end)
test("another", function() truthy(true) end)
]])
  t.match(out, "^ok      jinja flaw is accepted for now\nok      another\n")
  t.match(out, "\n2 passed, 0 failed\n$")
  t.equal(err, "")
end)

t.test("a failing test says where, what it got and wanted, and what decided", function()
  local out = fails('equal(acme:decide({ id = "CVE-9", severity = "critical" }).verdict, "fail", "the verdict")',
    'the verdict: got "block", want "fail"', "CVE-9 in example 0, severity critical: block by acme.lua:4 (severity)",
    "acme.lua:4 (severity) says block", "policies/default.lua:4 (severity) says fail")
  t.contains(out, "0 passed, 1 failed")
  fails('local d = acme:judge { package = "django", from = "4.2", to = "5.0" } equal(d.allowed, true)',
    "django 4.2 -> 5.0: refused by acme.lua:5 (pin): it is pinned to ~=4.2.0: LTS")
end)

t.test("equal looks into tables, and shows where they differ", function()
  passes "equal({ 1, { a = { 'x' } } }, { 1, { a = { 'x' } } }) equal(1, 1.0) equal(nil, nil)"
  fails("equal({ 1, { a = 'x' } }, { 1, { a = 'y' } })", '[2].a differs', '{ 1, { a = "x" } }', '{ 1, { a = "y" } }')
  fails("equal({ 1 }, { 1, nil, 3 })", "[3] differs")
  fails("equal({ 1, b = false }, { 1 }, 'both')", "both: .b differs")
  fails("equal(0/0, 0/0)", "want")
  fails("truthy(nil, 'there')", "there: got nil")
end)

t.test("pcall does not hide a check that failed", function()
  fails("pcall(equal, 1, 2)", "got 1, want 2")
  fails("pcall(function() acme:decide { severty = 'high' } end)", "no field 'severty' (did you mean 'severity'?)")
  fails("raises(function() equal(1, 2) end)", "got 1, want 2")
  passes "local ok, message = pcall(error, 'mine', 0) equal({ ok, message }, { false, 'mine' })"
end)

t.test("a test that raises fails with the place of the error", function()
  fails("local x = nil + 1", "acme_test.lua:3: attempt to perform arithmetic on a nil value")
  fails("acme:decide { summary = 'boom' }", "acme.lua:8: in the hook")
  fails("nothing()", "nothing is called 'nothing'")
  passes "local m = raises(function() acme:decide { summary = 'boom' } end, 'acme.lua:8: in the hook') truthy(m)"
  fails("raises(function() end)", "nothing was raised")
  fails("raises(function() error('a') end, 'b')", "raised something else")
end)

t.test("today is frozen for the file, and in a test for that test", function()
  run(0, project [[
today "2027-01-31"
local function verdict() return acme:decide({ id = "CVE-1", package = "jinja2", severity = "low" }).verdict end
test("counts through its day", function() equal(verdict(), "ignore") equal(clock.today(), "2027-01-31") end)
test("then no more", function() today "2027-02-01" equal(verdict(), "fail") equal(clock.today(), "2027-02-01") end)
test("within a test, too", function() equal(verdict(), "ignore") today "2027-02-01" equal(verdict(), "fail") end)
test("and counts again", function() equal(verdict(), "ignore") equal(clock.today(), "2027-01-31") end)
]])
  fails("today '2027-02-30'", "today takes a day")
end)

t.test("decides one finding or a list, with the fields that are left out", function()
  passes [[
local one = acme:decide { severity = "high" }
equal({ one.finding.kind, one.finding.version, one.finding.aliases, one.finding.direct },
  { "vulnerability", "0", {}, false })
equal(acme:decide({ package = "A_b" }).finding.package, "a-b")
equal(acme:decide({ path = "a.py", id = "B101" }).finding.kind, "code")
equal(acme:decide({ path = "a.py", package = "x" }).finding.kind, "vulnerability")
local list = acme:decide { { id = "A" }, { id = "B", severity = "critical" } }
equal({ #list, list[1].finding.id, list[2].verdict }, { 2, "A", "block" })
equal(acme:decide {}, {})
equal(#acme:decide({}, { packages = { { name = "pycrypto", version = "2" } } }), 1)]]
  fails("acme:decide { severity = 'hihg' }", "finding.severity: expected unknown, none, low", "did you mean 'high'?")
  fails("acme:decide { id = 'X', version = 2.10 }", 'finding.version: expected a text such as "2.10", not 2.1')
  fails("acme:decide { aliases = 'X' }", "finding.aliases: expected a list of texts")
  fails("acme:decide 'CVE-1'", "finding: expected a table")
  fails("acme:decide({}, { package = {} })", "audit: there is no field 'package' (did you mean 'packages'?)")
  fails("acme.decide { id = 'X' }", "say it with a colon: policy:decide(...)")
end)

t.test("judges upgrades, packages and evidence", function()
  passes [[
local u = acme:judge { package = "Django", from = "4.2.0", to = "5.0" }
equal({ u.allowed, u.by, u.rule, u.change, u.state }, { false, "acme.lua:5", "pin", "major", "refused" })
equal(acme:judge({ { package = "a", to = "1" }, { package = "b", from = "1.0", to = "1.1" } })[2].change, "minor")
local denied = acme:packages { { name = "pycrypto", version = "2.6" }, { name = "fine" } }
equal({ #denied, denied[1].finding.id, denied[1].by }, { 1, "deny:pycrypto", "acme.lua:6" })
local evidence = acme:evidence { { scanner = "pip-audit", skipped = { "acme-core" } } }
equal({ #evidence, evidence[1].status, evidence[1].expected[1].name }, { 1, "complete", "acme-core" })
equal(acme:evidence({ { scanner = "pip-audit", skipped = { "other" } } })[1].status, "incomplete")
equal(acme:evidence({})[1].reason, "acme.lua:7: the policy wants pip-audit, which did not run")]]
  fails("acme:judge { package = 'x' }", "upgrade: needs package and to")
  fails("acme:judge { package = 'x', from = '1', to = '2', change = 'major' }", "no field 'change'; it is computed")
  fails("acme:judge { package = 'x', from = 'one', to = '2' }", "upgrade: ", "one")
  fails("acme:packages { { version = '1' } }", "package: needs name")
  fails("acme:evidence { { status = 'complete' } }", "evidence: needs scanner")
end)

t.test("what one test asks is not seen by the next", function()
  local out = run(0, project [[
local three = { { name = "a" }, { name = "b" }, { name = "c" } }
today "2026-06-01"
test("first", function()
  acme:packages(three)
  equal(#acme:evidence { { scanner = "pip-audit" } }, 2)
  acme:decide { id = "CVE-1", package = "jinja2" }
  equal(#acme:notices(), 0)
end)
test("second", function()
  equal(#acme:evidence { { scanner = "pip-audit" } }, 1)
  equal(acme:notices(), {})
  acme:decide {}
  equal(acme:notices()[1].kind, "stale")
end)
]])
  t.contains(out, "2 passed")
end)

t.test("takes policies above and below, folders, several, a project's, and shipped ones", function()
  local folder = t.files(t.tempdir(), {
    ["p/acme.lua"] = "severity { fail = 'high', warn = 'low' }\n",
    ["p/more/team.lua"] = "severity { fail = 'low' }\n",
    ["p/tests/acme_test.lua"] = [[
local d = function(p) local d = p:decide { severity = "low" } return d.verdict .. " " .. d.by end
test("above", function() equal(d(policy "../acme.lua"), "warn ../acme.lua:1") end)
test("folder", function() equal(d(policy "../more"), "fail ../more/team.lua:1") end)
test("several", function() equal(d(policy { "../acme.lua", "../more/team.lua" }), "fail ../more/team.lua:1") end)
test("project", function()
  equal(d(policy { "../acme.lua", project = "../more/team.lua" }), "fail ../more/team.lua:1")
  equal(d(policy { project = "../acme.lua" }), "warn ../acme.lua:1")
end)
test("shipped", function() equal(d(policy "default"), "fail policies/default.lua:4") end)
]] })
  t.contains(run(0, folder), "5 passed, 0 failed")
  t.contains(run(0, folder .. "/p/tests", "acme_test.lua"), "5 passed, 0 failed")
  t.contains(run(0, folder, folder .. "/p"), "5 passed, 0 failed")
end)

t.test("mistakes of policies are named all at once, with file and line, and nothing runs", function()
  local folder = t.files(t.tempdir(), { ["p/bad.lua"] = "severty {}\nignore { id = 7 }\n", ["p/a_test.lua"] =
    "local p = policy 'bad.lua'\ntest('never', function() end)\nlocal q = policy 'gone.lua'\n" })
  local out, err = run(2, folder)
  t.contains(err, "error: p/bad.lua:1: nothing is called 'severty' (did you mean 'severity'?)\n")
  t.contains(err, "error: p/bad.lua:2: ignore.id: expected an id")
  t.match(err, "error: p/a_test%.lua:3: policy: gone%.lua: ")
  t.lacks(out, "never")
  t.contains(out, "1 file does not load")
end)

local BROKEN = {
  ["test('x', function() end"] = "acme_test.lua:2: ",
  ["x = 1"] = "acme_test.lua:2: 'x' cannot be set: say local",
  ["os.exit()"] = "acme_test.lua:2: nothing is called 'os'",
  ["tests('x', function() end)"] = "acme_test.lua:2: nothing is called 'tests' (did you mean 'test'?)",
  ["test 'x'"] = "acme_test.lua:2: test takes a name and a function",
  ["test('', function() end)"] = "acme_test.lua:2: test takes a name and a function",
  ["equal(1, 1)"] = "acme_test.lua:2: checks stand in a test",
  ["policy { 7 }"] = "acme_test.lua:2: policy takes a path or a table",
  ["policy {}"] = "acme_test.lua:2: policy takes a path or a table",
  ["acme:decide { severty = 'high' }"] = "acme_test.lua:2: finding: there is no field 'severty'",
  ["re '('"] = "acme_test.lua:2: re \"(\": ",
  ["while true do end"] = "acme_test.lua:2: the test ", -- went over its budget or, on a slow machine, ran too long
  [""] = "acme_test.lua: there is no test in it",
}

t.test("a file that does not load is named with its line", function()
  for text, want in pairs(BROKEN) do
    local _, err = run(2, project(text))
    t.match(err, "^error: acme_test%.lua[^\n]*\n$", text)
    t.contains(err, want, text)
  end
  local deep = ("a_long_folder/"):rep(8)
  t.contains(select(2, run(2, t.files(t.tempdir(), { [deep .. "x_test.lua"] = "local x = nil + 1" }))),
    "error: " .. deep .. "x_test.lua:1: attempt")
end)

t.test("a test in a test is refused", function()
  fails("test('inner', function() end)", "a test cannot hold another one")
end)

t.test("a test has no way out of its sandbox", function()
  for _, name in ipairs { "os", "io", "require", "load", "dofile", "debug", "setmetatable", "print", "ignore" } do
    fails(name .. "('x')", ("nothing is called '%s'"):format(name))
  end
end)

t.test("a test that goes over its budget fails alone, and the other files go on", function()
  local folder = project([[
test("before", function() truthy(acme) end)
test("loops", function() while true do pcall(function() while true do end end) end end)
test("after", function() end)
]], { ["b_test.lua"] = "test('other', function()\nlocal p = policy 'loop.lua'\np:decide { id = 'X' }\nend)\n"
    .. "test('next', function() end)\n", ["c_test.lua"] = "test('third', function() end)",
    ["loop.lua"] = "on('finding', function() while true do end end)" })
  local out = run(1, folder)
  -- Which budget is spent first depends on the machine.
  t.match(out, "ok      before\nFAILED  loops\n        acme_test%.lua:3: the test %l+")
  t.contains(out, "FAILED  after\n        acme_test.lua:4: was not run")
  t.match(out, "FAILED  other\n        b_test%.lua:3: loop%.lua:1: the policy %l+")
  t.contains(out, "ok      next")
  t.contains(out, "ok      third")
end)

t.test("every test has the whole budget", function()
  local body = "for i = 1, 40000000 do end"
  t.contains(run(0, project(("for i = 1, 3 do test('t' .. i, function() %s end) end"):format(body))), "3 passed")
end)

t.test("a file whose process dies does not take the others along, and --scripts reaches the processes", function()
  local scripts = t.tempdir() .. "/scripts"
  assert(fs.copy(t.root .. "/scripts", scripts))
  local path = scripts .. "/policy_tests/runner.lua"
  local text = assert(fs.read(path))
  assert(fs.write(path, (text:gsub("function runner.run%(.-%)\n",
    "%0  if path == 'a_test.lua' then io.stderr:write('bad luck\\n') os.exit(7) end\n"))))
  local folder = t.files(t.tempdir(), { ["a_test.lua"] = "", ["b_test.lua"] = "test('fine', function() end)" })
  local out, err = run(2, folder, "--scripts", scripts)
  t.contains(out, "ok      fine")
  t.contains(err, "error: a_test.lua: the run ended with exit 7: bad luck")
end)

t.test("finds tests below folders, but not in hidden ones or other people's", function()
  local test = "test('x', function() end)"
  local folder = t.files(t.tempdir(), { ["b_test.lua"] = test, ["a/c_test.lua"] = test, ["a/d.lua"] = "",
    [".venv/x_test.lua"] = test, [".git/x_test.lua"] = test, ["a/node_modules/x_test.lua"] = test })
  local out = run(0, folder)
  t.match(out, "^a/c_test%.lua\nok      x\nb_test%.lua\nok      x\n")
  t.contains(out, "2 passed")
  t.contains(run(0, folder, "a", "./a/c_test.lua", "."), "2 passed")
  t.contains(run(0, folder, ".venv"), "1 passed")
end)

local WRONG = {
  { { "." }, "%.: no test %(%*_test%.lua%) is in this folder" },
  { { "gone_test.lua" }, "gone_test%.lua: No such file" },
  { { "acme.lua" }, "acme%.lua: a file of tests ends in _test%.lua" },
  { { "--format", "xml" }, "expected text, tap, junit" },
  { { "--jobs", "0" }, "expected a whole number from 1" },
  { { "--output", "x.xml" }, "%-%-output: name %-%-format tap or junit" },
  { { "--coverage-min", "101" }, "expected a number from 0 to 100" },
  { { "--coverage-min", "50", "--only", "x" }, "leave %-%-only out" },
}

t.test("wrong usage is one line, exit 2", function()
  local folder = t.files(t.tempdir(), { ["acme.lua"] = "" })
  for _, case in ipairs(WRONG) do
    local out, err = run(2, folder, table.unpack(case[1]))
    t.equal(out, "")
    t.match(err, "^error: [^\n]*" .. case[2] .. "[^\n]*\n$")
  end
  t.contains(run(0, folder, "--help"), "Usage: pysec test")
end)

t.test("--only runs the tests whose name holds a text", function()
  local folder = project "test('one', function() equal(1, 2) end)\ntest('two', function() end)"
  local out = run(0, folder, "--only", "two")
  t.contains(out, "1 passed, 0 failed, 1 left out")
  t.lacks(out, "reached")
  t.contains(select(2, run(2, folder, "--only", "three")), "--only three: no test has that in its name")
end)

t.test("the environment and the clock of the machine do not reach a test that freezes its day", function()
  local folder = project "today '2026-06-01'\ntest('day', function() equal(clock.today(), '2026-06-01') end)"
  local result = support.pysec({ "test" }, { cwd = folder, env = { SOURCE_DATE_EPOCH = "0" } })
  t.equal(result.code, 0, result.stdout)
end)

return t.finish()
