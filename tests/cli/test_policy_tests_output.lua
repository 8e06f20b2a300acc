--- pysec test: coverage, and its reports as text, TAP and JUnit.
local t = require "harness"
local env = require "pysec.env"
local fs = require "pysec.fs"
local json = require "pysec.json"
local support = require "support"
local tool = require "pysec.tool"

local POLICY = [[
include "default"
deny { package = "pycrypto" }
deny { package = "other" }
on("finding", function(f)
  if f.package == "urllib3" then
    return "warn", "transitive"
  end
end)
]]

local function files(list)
  list["acme.lua"] = list["acme.lua"] or POLICY
  return t.files(t.tempdir(), list)
end

local function run(code, folder, ...)
  local result = support.expect(code, { "test", ... }, { cwd = folder })
  return result.stdout, result.stderr
end

local function test(name, body)
  return ("test(%q, function() local acme = policy 'acme.lua' %s end)\n"):format(name, body)
end

local DENY, HOOK = "acme:judge { package = 'pycrypto', to = '2' }", "acme:decide { package = 'urllib3' }"

-- --- coverage ---

t.test("lists the rules and lines of hooks that no test reached", function()
  local out = run(0, files { ["a_test.lua"] = test("deny", DENY) })
  t.contains(out, "\nno test reached\n  acme.lua:3: deny\n  acme.lua:4: on finding\n  acme.lua:5: a line of a hook\n"
    .. "  acme.lua:6: a line of a hook\n\nreached: 1 of 3 rules (33 %), 0 of 2 lines of hooks (0 %)\n")
  out = run(0, files { ["a_test.lua"] = test("a", "acme:decide { package = 'a' } " .. DENY) })
  t.contains(out, "  acme.lua:3: deny\n  acme.lua:6: a line of a hook\n\nreached: 2 of 3 rules (66 %), 1 of 2 lines")
end)

t.test("counts what hooks run, not where their blocks end, nor what loading ran", function()
  local folder = files { ["acme.lua"] = [[
local function judge(f)
  local names = {}
  while #names < 2 do
    table.insert(names, f.package)
  end
  table.sort(names, function(a, b)
    return a < b
  end)
  if names[1] == "a" then
    return "warn", "a"
  else
    return "fail", "b"
  end
end

on("finding", judge)
on("upgrade", function(u) if u.package == "x" then return "refuse" end end)
]], ["a_test.lua"] = test("a", "acme:decide { { package = 'a' }, { package = 'b' } } "
    .. "acme:judge { package = 'a', to = '1' }") }
  t.contains(run(0, folder), "reached: 2 of 2 rules (100 %), 8 of 8 lines of hooks (100 %)\n")
  assert(fs.write(folder .. "/a_test.lua", test("a", "acme:decide { package = 'a' }")))
  t.contains(run(0, folder), "  acme.lua:12: a line of a hook\n  acme.lua:17: on upgrade\n\n"
    .. "reached: 1 of 2 rules (50 %), 7 of 8 lines of hooks (87 %)\n")
end)

t.test("adds coverage up over tests and files, under the real path", function()
  local folder = files { ["a_test.lua"] = test("a", DENY), ["sub/b_test.lua"] =
    "test('b', function() local acme = policy '../acme.lua' " .. HOOK .. " end)",
    ["sub/deep/c_test.lua"] = "test('c', function() policy('../../acme.lua'):packages { { name = 'other' } } end)" }
  local out = run(0, folder, "--coverage-min", "100")
  t.contains(out, "reached: 3 of 3 rules (100 %), 2 of 2 lines of hooks (100 %)\n")
  t.lacks(out, "no test reached")
end)

t.test("a policy that a file names and no test asks counts as unreached", function()
  local out = run(0, files { ["a_test.lua"] = "policy 'acme.lua'\ntest('x', function() end)" })
  t.contains(out, "reached: 0 of 3 rules (0 %), 0 of 2 lines of hooks (0 %)\n")
end)

t.test("a shipped policy counts when it is a file of the tests", function()
  local default = assert(fs.read(t.root .. "/policies/default.lua"))
  local out = run(0, files { ["default.lua"] = default, ["d_test.lua"] =
    "test('d', function() policy('default.lua'):decide { severity = 'low' } end)" })
  t.contains(out, "default.lua:5: severity\n")
  t.contains(out, "reached: 1 of 2 rules (50 %)")
  out = run(0, files { ["d_test.lua"] = "test('d', function() policy('default'):decide {} end)" })
  t.contains(out, "reached: 0 of 0 rules (100 %)")
  -- A file with the name that messages give the shipped one is another file.
  out = run(0, files { ["acme.lua"] = "include 'default'", ["policies/default.lua"] = "deny { package = 'x' }",
    ["d_test.lua"] = "test('d', function() policy('acme.lua'):decide {} policy('policies/default.lua') "
      .. ":packages { { name = 'x' } } end)" })
  t.contains(out, "reached: 1 of 1 rule (100 %)")
end)

t.test("delegations and limits of ignores are reached when they decide", function()
  local folder = files { ["acme.lua"] = "allow { package = 'a' }\ndelegate { allow = true }\n"
    .. "ignore { id = 'X', reason = 'y' }\nignores { max_severity = 'low' }\nseverity { fail = 'none' }\n",
    ["team.lua"] = "allow { package = 'b' }",
    ["a_test.lua"] = "local p = policy { 'acme.lua', project = 'team.lua' }\n"
      .. "test('a', function() p:packages { { name = 'a' }, { name = 'b' } } end)\n"
      .. "test('x', function() p:decide { id = 'X', package = 'a', severity = 'high' } end)" }
  t.contains(run(0, folder), "reached: 6 of 6 rules")
  t.contains(run(0, folder, "--coverage-min", "100"), "2 passed")
  assert(fs.write(folder .. "/a_test.lua", "local p = policy { 'acme.lua', project = 'team.lua' }\n"
    .. "test('x', function() p:decide { id = 'Y', package = 'a', severity = 'high' } end)"))
  t.contains(run(0, folder), "  acme.lua:2: delegate\n  acme.lua:3: ignore\n  acme.lua:4: ignores\n")
end)

t.test("--coverage-min fails below N percent", function()
  local folder = files { ["a_test.lua"] = test("a", DENY) .. test("b", HOOK) } -- 4 of 5
  t.contains(run(0, folder, "--coverage-min", "80"), "2 passed, 0 failed")
  local _, err = run(1, folder, "--coverage-min", "80.1")
  t.equal(err, "error: 4 of 5 rules and lines of hooks are reached: less than 80.1 percent\n")
end)

-- --- formats ---

--- A folder with a test that passes, one that fails and one of a hostile name, and a file that does not load.
local function mixed()
  return files { ["a_test.lua"] = test("fine # 1 \\ & <b>\"'", DENY)
    .. test("bad", "\n" .. HOOK .. "\nequal('<a>&\"', 'b', 'the ' .. 'label')")
    .. "test('::set-output\\27[31m\\xff\\u{202e}\\n]]>\\u{fffe}', function() end)\n", ["b_test.lua"] = "test(",
    ["c_test.lua"] = "test('last', function() end)\n" }
end

t.test("writes TAP, with the numbers of all files and diagnostics", function()
  local out, err = run(2, mixed(), "--format", "tap")
  t.match(out, "^TAP version 14\n1%.%.5\n# a_test%.lua\nok 1 %- fine \\# 1 \\\\ & <b>\"'\nnot ok 2 %- bad\n")
  t.contains(out, '  ---\n  message: "the label"\n  severity: fail\n  at:\n    file: "a_test.lua"\n    line: 4\n'
    .. '  got: "\\"<a>&\\\\\\"\\""\n  want: "\\"b\\""\n  decided:\n    - "TEST-1 in urllib3 0, severity unknown: fail')
  t.contains(out, "\n  ...\nok 3 - \\\\x3a")
  t.contains(out, "\nnot ok 4 - b_test.lua does not load\n  ---\n  message: \"b_test.lua:1: ")
  t.contains(out, "\nok 5 - last\n")
  t.contains(out, "\n# no test reached acme.lua:3: deny\n")
  t.match(err, "^error: b_test%.lua:1: ")
  for line in out:gmatch("[^\n]+") do t.truthy(not line:match("^::"), line) end
end)

local READ_XML = [[
import json, sys, xml.etree.ElementTree as tree
def read(element):
    return {"tag": element.tag, "attributes": dict(element.attrib), "text": element.text or "",
            "children": [read(child) for child in element]}
print(json.dumps(read(tree.parse(sys.stdin).getroot())))
]]

local function read_xml(text)
  local python = env.get "PYSEC_TEST_PYTHON"
  local result = assert(tool.run { python, "-I", "-c", READ_XML, stdin = text, timeout = 120 })
  t.equal(result.code, 0, result.stderr)
  return assert(json.decode(result.stdout))
end

t.test("writes JUnit's XML that Python reads, whatever names hold", function()
  local root = read_xml((run(2, mixed(), "--format", "junit")))
  t.equal(root.tag, "testsuites")
  t.equal({ root.attributes.tests, root.attributes.failures, root.attributes.errors }, { "5", "1", "1" })
  local suite = root.children[1]
  t.equal(suite.attributes, { name = "a_test.lua", file = "a_test.lua", tests = "3", failures = "1", errors = "0",
    time = "0" })
  t.equal(suite.children[1].attributes, { name = "fine # 1 \\ & <b>\"'", classname = "a_test", file = "a_test.lua",
    line = "1", time = "0" })
  local failure = suite.children[2].children[1]
  t.equal({ failure.tag, failure.attributes.message }, { "failure", "the label" })
  t.contains(failure.text, 'the label\ngot  "<a>&\\""\nwant "b"\nTEST-1 in urllib3 0')
  t.match(suite.children[3].attributes.name, "^\\x3a:set%-output\\x1b%[31m\\xff\\u{202e}\\x0a%]%]>\u{fffd}$")
  t.equal(root.children[2].children[1].children[1].tag, "error")
  t.equal(root.children[3].children[1].attributes.name, "last")
end)

t.test("--output writes the report to a file, and prints text", function()
  local folder = mixed()
  local out = run(2, folder, "--format", "junit", "--output", "report.xml")
  t.contains(out, "FAILED  bad\n")
  t.lacks(out, "<testsuite")
  t.equal(read_xml(assert(fs.read(folder .. "/report.xml"))).tag, "testsuites")
  run(2, folder, "--format", "tap", "--output", "report.tap")
  t.match(fs.read(folder .. "/report.tap"), "^TAP version 14\n")
  local _, err = run(2, files { ["a_test.lua"] = test("a", DENY) }, "--format", "tap", "--output", "gone/x.tap")
  t.match(err, "^error: gone/x%.tap: ")
end)

t.test("text for the terminal is made harmless", function()
  local out = run(2, mixed())
  t.contains(out, "ok      \\x3a:set-output\\x1b[31m\\xff\\u{202e}\\x0a")
  t.lacks(out, "\27")
  t.contains(out, "\n3 passed, 1 failed, 1 file does not load\n")
end)

t.test("equal tests give equal reports, however many run at once", function()
  local list = {}
  for i = 1, 12 do
    list[("t%02d_test.lua"):format(i)] = test("n" .. i, i % 3 == 0 and "equal(1, { b = 1, a = 2, c = { 1 } })" or HOOK)
  end
  local folder = files(list)
  for _, format in ipairs { "text", "tap", "junit" } do
    local one = run(1, folder, "--format", format, "--jobs", "1")
    t.equal(run(1, folder, "--format", format, "--jobs", "6"), one)
    t.equal(run(1, folder, "--format", format), one)
  end
end)

t.test("--quiet leaves out the tests that pass", function()
  local out = run(1, files { ["a_test.lua"] = test("fine", DENY) .. test("bad", "equal(1, 2)") }, "--quiet")
  t.lacks(out, "fine")
  t.match(out, "^FAILED  bad\n")
end)

return t.finish()
