--- Command lines: what is read, what is refused and how, and the text of --help.
local t = require "harness"
local options = require "lib.options"

local COMMAND = {
  name = "pysec demo",
  summary = "Shows how options work.",
  usage = "[OPTIONS] PATH",
  positional = { 0, 2 },
  options = options.with_common {
    { "req", "FILE", many = true, help = "requirements file; may repeat" },
    { "reports", "PATH", help = "where reports go" },
    { "against", "FILE...", many = true, several = true, help = "files to compare with" },
    { "upgrade", "MODE", choices = { "conservative", "all", "none" }, help = "what to upgrade" },
    { "jobs", "N", number = 1, integer = true, help = "processes side by side" },
    { "timeout", "SECONDS", number = 1, help = "most time for one tool" },
    { "a-name-that-is-much-too-long", "VALUE", help = "stands on a line of its own" },
    { "dry-run", help = "change nothing" },
  },
}

local function parse(...) return options.parse(COMMAND, { ... }) end

--- The message for words that are refused.
local function refused(...)
  local values, message = parse(...)
  t.equal(values, nil, table.concat({ ... }, " "))
  return message
end

t.test("takes values behind a space or an equals sign", function()
  t.equal(parse("--reports", "out"), { reports = "out" })
  t.equal(parse("--reports=out"), { reports = "out" })
  t.equal(parse("--reports=a=b"), { reports = "a=b" })
end)

t.test("names values with underscores and takes flags as true", function()
  t.equal(parse("--dry-run", "--no-color"), { dry_run = true, no_color = true })
end)

t.test("takes all words up to the next option for one that takes several", function()
  t.equal(parse("--against", "a", "b", "-", "--dry-run"), { against = { "a", "b", "-" }, dry_run = true })
  t.equal(parse("x", "--against=a", "b", "--against", "c", "--", "y"), { "x", "y", against = { "a", "b", "c" } })
  t.match(refused("--against"), "^%-%-against needs a value: FILE%.%.%.")
  t.match(refused("--against", "--dry-run"), "^%-%-against needs a value")
  t.match(refused("--against", "a", ""), "^%-%-against needs a value")
end)

t.test("gathers what may repeat and keeps the last of what may not", function()
  t.equal(parse("--req", "a.txt", "--req=b.in", "--reports", "x", "--reports", "y"),
    { req = { "a.txt", "b.in" }, reports = "y" })
end)

t.test("knows short names", function()
  t.equal(parse("-v"), { verbose = true })
  t.equal(parse("-h"), { help = true })
end)

t.test("gathers positionals among the options", function()
  t.equal(parse("one", "--dry-run", "two"), { "one", "two", dry_run = true })
  t.equal(parse("-"), { "-" })
end)

t.test("takes everything behind -- as it is", function()
  t.equal(parse("--dry-run", "--", "--req", "-v"), { "--req", "-v", dry_run = true })
  t.equal(parse("--"), {})
end)

t.test("leaves what follows the first positional alone where the command says so", function()
  local run = { name = "pysec run", positional = { 1, math.huge }, stop_at_positional = true,
    options = options.with_common {} }
  t.equal(options.parse(run, { "-v", "script.lua", "--flag", "--", "-v" }),
    { "script.lua", "--flag", "--", "-v", verbose = true })
end)

t.test("reads numbers", function()
  t.equal(parse("--jobs", "8", "--timeout", "2.5"), { jobs = 8, timeout = 2.5 })
  t.equal(parse("--jobs=1"), { jobs = 1 })
end)

t.test("says what a number has to be", function()
  for _, wrong in ipairs { "0", "-1", "x", "1.5", "0x10", "1e3", "99999999999999999999" } do
    t.equal(refused("--jobs=" .. wrong), ("--jobs %s: expected a whole number from 1"):format(wrong))
  end
  for _, wrong in ipairs { "0.5", "nan", "inf", ("9"):rep(400) } do
    t.equal(refused("--timeout=" .. wrong), ("--timeout %s: expected a number from 1"):format(wrong))
  end
end)

t.test("says which values there are to choose from, with a hint", function()
  t.equal(refused("--upgrade", "nome"),
    "--upgrade nome: expected conservative, all, none (did you mean 'none'?)")
  t.equal(refused("--upgrade=everything"), "--upgrade everything: expected conservative, all, none")
end)

t.test("refuses unknown options with a hint and the way to the help", function()
  t.equal(refused("--reqs", "a.txt"),
    "pysec demo: no option is called '--reqs' (did you mean 'req'?); see pysec demo --help")
  t.equal(refused("--dryrun"),
    "pysec demo: no option is called '--dryrun' (did you mean 'dry-run'?); see pysec demo --help")
  t.equal(refused("--something-else=1"), "pysec demo: no option is called '--something-else=1'; see pysec demo --help")
  t.match(refused("-x"), "no option is called '%-x'")
  t.match(refused("---"), "no option is called '%-%-%-'")
  t.match(refused("--=x"), "no option is called")
end)

t.test("says which value is missing", function()
  t.equal(refused("--reports"), "--reports needs a value: PATH")
  t.equal(refused("--reports="), "--reports needs a value: PATH")
  t.equal(refused("--reports", ""), "--reports needs a value: PATH")
end)

t.test("does not take the next option for the value of one that lacks it", function()
  t.equal(refused("--reports", "--dry-run"), "--reports needs a value: PATH")
  t.equal(refused("--req", "-v"), "--req needs a value: FILE")
  t.equal(refused("--req", "--reports=x"), "--req needs a value: FILE")
  t.equal(parse("--reports=--dry-run"), { reports = "--dry-run" }, "unless it is written so")
  t.equal(parse("--reports", "-strange"), { reports = "-strange" }, "or is no option")
end)

t.test("refuses values for flags", function()
  t.equal(refused("--dry-run=yes"), "--dry-run takes no value")
end)

t.test("counts positionals", function()
  t.equal(refused("a", "b", "c"), "pysec demo: 'c' is not expected here")
  local one = { name = "pysec one", usage = "PATH", positional = { 1, 1 }, options = options.with_common {} }
  t.equal({ options.parse(one, {}) }, { nil, "pysec one: something is missing: pysec one PATH" })
end)

t.test("does not count them when help is asked for", function()
  t.equal(parse("a", "b", "c", "--help").help, true)
end)

t.test("writes the help from the same declaration", function()
  t.equal(options.help {
    name = "pysec demo", summary = "Shows how options work.", usage = "[OPTIONS] PATH", options = {
      { "req", "FILE", many = true, help = "requirements file; may repeat" },
      { "a-name-that-is-much-too-long", "VALUE", help = "stands on a line of its own" },
      { "verbose", short = "v", help = "say what is done" },
    },
    examples = { { "pysec demo .", "looks here" } }, notes = "Exit: 0.",
  }, [[
Shows how options work.

Usage: pysec demo [OPTIONS] PATH

Options:
      --req FILE              requirements file; may repeat
      --a-name-that-is-much-too-long VALUE
                              stands on a line of its own
  -v, --verbose               say what is done

Examples:
  pysec demo .
      looks here

Exit: 0.
]])
end)

t.test("adds the options that every command has", function()
  local own = options.with_common { { "mine", help = "x" } }
  t.equal(own[1][1], "mine")
  for _, name in ipairs { "verbose", "quiet", "no-color", "scripts", "help" } do
    t.contains(options.help { name = "x", summary = "x", options = own }, "--" .. name)
  end
end)

t.test("lists verbs below the usage", function()
  local text = options.help { name = "pysec", summary = "S.", options = {}, verbs = { { "pysec run X", "runs X" } } }
  t.equal(text, "S.\n\nUsage: pysec [OPTIONS]\n\n       pysec run X                   runs X\n\nOptions:\n")
end)

return t.finish()
