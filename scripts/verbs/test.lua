--- pysec test [PATH]...: tests of policies.
local cli = require "cli"
local Coverage = require "policy_tests.coverage"
local discover = require "policy_tests.discover"
local fs = require "pysec.fs"
local options = require "lib.options"
local side_by_side = require "policy_tests.side_by_side"
local text = require "policy_tests.text"
local tool = require "pysec.tool"
local ui = require "pysec.ui"

local verb = {}

local command = {
  name = "pysec test",
  summary = "Runs the tests of policies: files named *_test.lua.",
  usage = "[OPTIONS] [PATH]...",
  positional = { 0, math.huge },
  options = options.with_common {
    { "only", "TEXT", help = "run the tests whose name holds TEXT" },
    { "coverage-min", "N", number = 0, help = "fail when tests reach less than N percent of rules and lines of hooks" },
    { "format", "FORMAT", choices = { "text", "tap", "junit" }, help = "text (default), tap or junit" },
    { "output", "FILE", help = "tap, junit: write it to FILE, and print text" },
    { "jobs", "N", number = 1, integer = true, help = "files that run at once (one a core)" },
  },
  examples = {
    { "pysec test", "all tests below the current folder" },
    { "pysec test policies/acme_test.lua --only jinja", "some tests of one file" },
    { "pysec test --format junit --output report.xml --coverage-min 90", "in CI" },
  },
  notes = "Exit: 0 all passed; 1 a test failed, or too little was reached; 2 wrong usage, no tests, or a file or\n"
    .. "policy that does not load.",
}

local FORMATS = { tap = "policy_tests.tap", junit = "policy_tests.junit" }

local function usage(message)
  error({ usage = "pysec test: " .. message }, 0)
end

local function check(values)
  if values.output and not FORMATS[values.format] then usage("--output: name --format tap or junit, too") end
  if not values.coverage_min then return end
  if values.coverage_min > 100 then usage("--coverage-min: expected a number from 0 to 100") end
  if values.only then usage("--coverage-min counts what all tests reach: leave --only out") end
end

local function tally_of(reports)
  local tally = { passed = 0, failed = 0, left_out = 0, broken = 0 }
  for _, report in ipairs(reports) do
    for _, test in ipairs(report.tests) do
      local key = test.ok and "passed" or "failed"
      tally[key] = tally[key] + 1
    end
    tally.left_out = tally.left_out + report.left_out
    if #report.mistakes > 0 then tally.broken = tally.broken + 1 end
  end
  return tally
end

local function summarise(reports)
  local coverage = Coverage.new()
  for _, report in ipairs(reports) do coverage:merge(report.coverage) end
  return coverage:summary()
end

--- Prints or writes the results. Returns true, or nil and why a file could not be written.
local function present(values, ...)
  local format = FORMATS[values.format]
  if not format or values.output then text.print(...) end
  if not format then return true end
  local rendered = require(format).render(...)
  if values.output then return fs.write(values.output, rendered) end
  ui.write(rendered)
  return true
end

--- The exit code; says what it is for where the results do not.
local function judge(values, tally, summary)
  if tally.broken > 0 then return 2 end
  if tally.passed + tally.failed == 0 then usage(("--only %s: no test has that in its name"):format(values.only)) end
  local least = values.coverage_min
  if least and summary.all.hit * 100 < least * summary.all.total then
    ui.error(("%d of %d rules and lines of hooks are reached: less than %g percent"):format(summary.all.hit,
      summary.all.total, least))
    return 1
  end
  return tally.failed > 0 and 1 or 0
end

function verb.main(words)
  if words[#words] == side_by_side.WORD then return side_by_side.main() end
  local values = cli.start(command, words)
  if not values then return 0 end
  check(values)
  local files, message = discover.files(#values > 0 and values or { "." })
  if not files then usage(message) end
  local reports = side_by_side.run(files, { jobs = values.jobs or tool.cores(), only = values.only,
    scripts = values.scripts })
  local tally, summary = tally_of(reports), not values.only and summarise(reports) or nil
  local ok, problem = present(values, reports, tally, summary)
  for _, report in ipairs(reports) do
    for _, mistake in ipairs(report.mistakes) do ui.error(mistake) end
  end
  if not ok then
    ui.error(problem)
    return 2
  end
  return judge(values, tally, summary)
end

return verb
