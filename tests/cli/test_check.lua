--- pysec check: mistakes, warnings and exit codes as its user sees them.
local json = require "pysec.json"
local t = require "harness"
local support = require "support"

local DAY = { SOURCE_DATE_EPOCH = "1780272000" } -- 2026-06-01

local function check(code, files, arguments)
  local folder = t.files(t.tempdir(), files)
  local list = table.move(arguments or {}, 1, #(arguments or {}), 2, { "check" })
  return support.expect(code, list, { cwd = folder, env = DAY })
end

local SOUND = [[
name "acme"
pin { package = "django", version = "~=4.2" }
ignore { id = "A" }
on("audit", function() end)
]]
local EXPIRED = 'ignore { id = "A", expires = "2026-05-31" }\n'

t.test("a sound policy is counted, and exits 0", function()
  local result = check(0, { ["acme.lua"] = SOUND }, { "acme.lua" })
  t.equal(result.stdout, "3 rules: 1 ignore, 1 on audit, 1 pin\n✓ nothing is wrong\n")
  t.equal(check(0, { ["acme.lua"] = SOUND }, { "acme.lua", "--quiet" }).stdout, "")
end)

t.test("all mistakes of all files are told at once, and exit 2", function()
  local result = check(2, { ["a.lua"] = 'ignor { id = "A" }\npin { package = "a" }\n', ["b.lua"] = "deny {}\n" },
    { "a.lua", "b.lua", "--strict" })
  t.match(result.stdout, "^a%.lua:1: nothing is called 'ignor' %(did you mean 'ignore'%?%)\n")
  t.match(result.stdout, "\na%.lua:2: pin needs version[^\n]*\nb%.lua:1: deny needs package")
  t.match(result.stdout, "✗ 3 mistakes\n$")
end)

t.test("what cannot be read is a mistake with its path", function()
  t.match(check(2, { ["a/x.txt"] = "" }, { "gone.lua" }).stdout, "^gone%.lua: No such file or directory\n")
  t.match(check(2, { ["a/x.txt"] = "" }, { "a" }).stdout, "^a: no policy")
  t.match(check(2, { ["a/x.txt"] = "" }, { "defualt" }).stdout, "^defualt: no shipped .*did you mean 'default'")
  local report = json.decode(check(2, { ["a/x.txt"] = "" }, { "nope", "--format", "json" }).stdout)
  t.equal(report.mistakes[1].path, "nope")
end)

t.test("warnings exit 0, and 1 with --strict", function()
  for code, arguments in pairs { [0] = { "acme.lua" }, { "acme.lua", "--strict" } } do
    t.equal(check(code, { ["acme.lua"] = EXPIRED }, arguments).stdout,
      "acme.lua:1: warning: this ignore never counts: it expired on 2026-05-31\n1 rule: 1 ignore\n1 warning\n")
  end
  t.equal(check(0, { ["acme.lua"] = SOUND }, { "acme.lua", "--strict" }).code, 0)
end)

t.test("several paths are one set, and a folder is its policies", function()
  local files = { ["p/a.lua"] = 'pin { package = "x", version = "<2" }', ["p/a_test.lua"] = "bad",
    ["q.lua"] = 'pin { package = "x", version = ">=2" }' }
  t.match(check(0, files, { "p", "q.lua" }).stdout, "^q%.lua:1: warning: no version of x is in both")
end)

t.test("pysec.lua of the folder is checked where no path is given", function()
  t.match(check(0, { ["pysec.lua"] = EXPIRED }).stdout, "^pysec%.lua:1: warning: ")
  t.match(check(2, { ["acme.lua"] = SOUND }).stderr, "name a policy, or go where a pysec%.lua is")
end)

t.test("a project's policy stands beside the given ones", function()
  local files = { ["acme.lua"] = 'severity { fail = "none" }', ["pysec.lua"] = 'ignore { id = "A" }' }
  t.match(check(0, files, { "acme.lua", "--project", "pysec.lua" }).stdout,
    "^pysec%.lua:1: warning: this ignore never counts: a project's policy ignores only what a given one delegates\n")
  t.lacks(check(0, files, { "--project", "pysec.lua" }).stdout, "warning")
  t.lacks(check(0, files, { "acme.lua", "pysec.lua" }).stdout, "warning")
end)

t.test("rules of a shipped policy that an own one makes idle are not warned of", function()
  local files = { ["acme.lua"] = 'include "default"\nseverity { block = "none", unknown = "block" }\n' }
  t.lacks(check(0, files, { "acme.lua" }).stdout, "warning")
  files = { ["acme.lua"] = 'include "default"\nseverity { warn = "low" }\n' }
  t.match(check(0, files, { "acme.lua" }).stdout, "^acme%.lua:2: warning: .* policies/default%.lua:%d+ is as strict")
end)

t.test("JSON holds mistakes and warnings, and nothing else is printed", function()
  local files = { ["acme.lua"] = EXPIRED, ["bad.lua"] = "pin {}" }
  local report = json.decode(check(1, files, { "acme.lua", "--format", "json", "--strict" }).stdout)
  t.equal(report, { mistakes = {}, warnings = { { path = "acme.lua", line = 1, by = "acme.lua:1", rule = "ignore",
    message = "this ignore never counts: it expired on 2026-05-31" } } })
  report = json.decode(check(2, files, { "bad.lua", "--format", "json" }).stdout)
  t.equal({ #report.mistakes, report.mistakes[1].path, report.mistakes[1].line, #report.warnings },
    { 2, "bad.lua", 1, 0 })
end)

t.test("a mistake in a loop is told once", function()
  local result = check(2, { ["a.lua"] = 'for _ = 1, 3 do pin { package = "a" } end' }, { "a.lua" })
  t.match(result.stdout, "✗ 1 mistake\n$")
end)

t.test("a policy's texts cannot write to the terminal", function()
  local result = check(2, { ["a.lua"] = '_ENV["\\27[31mred"]()' }, { "a.lua" })
  t.lacks(result.stdout .. result.stderr, "\27")
end)

t.test("the policy that is checked does not run away", function()
  t.match(check(2, { ["a.lua"] = "while true do end" }, { "a.lua" }).stdout, "^a%.lua:1: ")
end)

t.test("help says what it does", function()
  t.match(support.expect(0, { "check", "--help" }).stdout, "Usage: pysec check %[OPTIONS%] %[PATH%]")
  t.match(support.expect(0, { "--help" }).stdout, "pysec check PATH%.%.%.")
end)

return t.finish()
