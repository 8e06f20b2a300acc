--- The command line itself: help, versions, and one clear error for everything that is wrong.
local t = require "harness"
local fs = require "pysec.fs"
local support = require "support"

local function refuses(arguments, pattern, options)
  local result = support.expect(2, arguments, options)
  t.match(result.stderr, "^error: ")
  t.match(result.stderr, pattern)
  t.equal(select(2, result.stderr:gsub("\n", "\n")), 1, "one line: " .. result.stderr)
  t.lacks(result.stderr, "traceback")
end

local empty = t.tempdir()

t.test("--version prints one line", function()
  t.match(support.expect(0, { "--version" }).stdout, "^pysec %d+%.%d+%.%d+\n$")
  t.match(support.expect(0, { "--version", "--quiet" }).stdout, "^pysec %d+%.%d+%.%d+\n$")
end)

t.test("--help names every option of the guide and shows examples", function()
  local text = support.expect(0, { "--help" }).stdout
  for _, option in ipairs { "--req", "--venv", "--reports", "--upgrade", "--bandit", "--freeze", "-v, --verbose" } do
    t.contains(text, option)
  end
  t.contains(text, "Examples:")
  t.contains(text, "Exit:")
end)

t.test("every verb has its own help", function()
  for _, verb in ipairs { "run", "advisories", "check", "eval", "explain", "tools" } do
    t.contains(support.expect(0, { verb, "--help" }).stdout, "Usage: pysec " .. verb)
  end
  for _, audit in ipairs { "find_package", "unpinned", "outdated" } do
    t.contains(support.expect(0, { "run", audit, "--help" }).stdout, "Usage: pysec run " .. audit)
  end
end)

local WRONG = {
  { { "--bandt" }, "did you mean 'bandit'" },
  { { "--req" }, "%-%-req needs a value: FILE" },
  { { "--req", "missing.txt" }, "missing%.txt: no such file" },
  { { "--req", "setup.py" }, "ends in %.txt or %.in" },
  { { "--upgrade", "conservativ" }, "did you mean 'conservative'" },
  { { "--upgrade", "gone.lua" }, "gone%.lua" },
  { { "--venv", "gone" }, "gone: no such environment; make it with" },
  { { "--scanners", "pip-audi" }, "did you mean 'pip%-audit'" },
  { { "--scanners", "," }, "name at least one" },
  { { "--advisories", "nvd" }, "expected auto, pypi, osv, local or a URL" },
  { { "--advisories", "local", "--database", "gone.db" }, "gone%.db.*pysec advisories update" },
  { { "--jobs", "0" }, "%-%-jobs 0: expected a whole number from 1" },
  { { "--jobs", "two" }, "expected a whole number" },
  { { "--timeout", "-1" }, "expected a number from 1" },
  { { "--format", "xml" }, "expected json or markdown" },
  { { "--format", "," }, "name json, markdown or both" },
  { { "advisories", "serve", "--port", "99999999" }, "%-%-port 99999999: expected a number from 0 to 65535" },
  { { "--policy", "gone.lua" }, "gone%.lua" },
  { { "--src", "gone" }, "%-%-src gone" },
  { { "--safety-db", "gone" }, "%-%-safety%-db .*gone" },
  { { "--freeze=yes" }, "%-%-freeze takes no value" },
  { { "auditt" }, "no verb is called 'auditt'" },
  { { "tool", "list" }, "did you mean 'tools'" },
  { { "tools" }, "something is missing" },
  { { "tools", "remove" }, "expected install or list" },
  { { "advisories", "inof" }, "did you mean 'info'" },
  { { "advisories", "import" }, "something is missing: pysec advisories import PATH" },
  { { "advisories", "query" }, "something is missing: pysec advisories query NAME" },
  { { "advisories", "info", "more" }, "'more' is not expected" },
  { { "run" }, "something is missing" },
  { { "run", "outdate" }, "did you mean 'outdated'" },
  { { "run", "gone.lua" }, "gone%.lua" },
  { { "run", "find_package", "x", ">=" }, "write a range" },
}

t.test("every mistake is one line that says what is expected", function()
  for _, case in ipairs(WRONG) do refuses(case[1], case[2], { cwd = empty }) end
end)

t.test("a wrong line in a requirements file is named with its place, and nothing runs", function()
  local folder = t.files(t.tempdir(), { ["requirements.txt"] = "flask==1.0\nre quests = 2\n" })
  refuses({ "--req", "requirements.txt" }, "requirements%.txt:2: 're quests = 2'.*write a requirement",
    { cwd = folder })
  t.equal(fs.stat(folder .. "/reports/security"), nil)
end)

t.test("a file that is included but missing is named where it is included", function()
  local folder = t.files(t.tempdir(), { ["requirements.txt"] = "flask==1.0\n-r base.txt\n" })
  refuses({ "--req", "requirements.txt" }, "requirements%.txt:2: base%.txt: no such file", { cwd = folder })
end)

t.test("a policy that is wrong is named with file and line", function()
  local folder = t.files(t.tempdir(), { ["p.lua"] = "name 'p'\nseverity { fial = 'high', warn = 'low' }\n" })
  refuses({ "--policy", "p.lua" }, "p%.lua:2: severity has no field 'fial' %(did you mean 'fail'%?%)", { cwd = folder })
end)

t.test("--scripts takes the place of the built-in scripts, and has to be a folder", function()
  local folder = t.files(t.tempdir(), { ["main.lua"] = "return 42" })
  t.equal(support.pysec({ "--scripts", folder }).code, 42)
  t.match(support.expect(2, { "--scripts", folder .. "/gone" }).stderr, "no such folder")
  t.match(support.expect(2, { "--scripts", empty }).stderr, "^pysec: [^\n]*main%.lua[^\n]*\n$")
end)

t.test("closed standard output ends nothing", function()
  local result = support.pysec({ "run", "--list" }, { cwd = empty })
  t.equal(result.code, 0)
  local tool = require "pysec.tool"
  local piped = assert(tool.run { "/bin/bash", "-c", 'set -o pipefail; "$0" --help | head -c 0', t.program })
  t.equal(piped.code, 0, piped.stderr)
end)

t.test("a TMPDIR where nothing can be made is named", function()
  local result = support.expect(2, { "--upgrade", "none" }, { cwd = t.tempdir(), env = { TMPDIR = "/proc/nowhere" } })
  t.match(result.stderr, "error: a folder for what a run needs meanwhile cannot be made: /proc/nowhere.*set TMPDIR")
end)

t.test("an option that has nothing to work on is named", function()
  t.match(support.expect(2, { "--verify-timeout", "5" }, { cwd = t.tempdir() }).stderr,
    "%-%-verify%-timeout: there is nothing that it could bound")
end)

return t.finish()
