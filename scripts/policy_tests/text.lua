--- The results for people: a line a test, what failed and why, what no test reached, and the tally. The texts of
-- reports are escaped.
local ui = require "pysec.ui"
local words = require "lib.words"

local text = {}

local SHORT = 60

local function add(lines, indent, ...)
  for _, line in ipairs { ... } do lines[#lines + 1] = indent .. line end
end

--- Why a test failed, in lines.
local function explain(name, failure)
  local lines = {}
  local what = failure.message or ""
  if failure.got and #failure.got + #failure.want <= SHORT then
    what = what .. (what == "" and "" or ": ") .. ("got %s, want %s"):format(failure.got, failure.want)
    add(lines, "", ("%s:%d: %s"):format(name, failure.line, what))
  else
    add(lines, "", ("%s:%d: %s"):format(name, failure.line, what == "" and "not equal" or what))
    if failure.got then add(lines, "  ", "got  " .. failure.got, "want " .. failure.want) end
  end
  if #failure.decided > 0 then add(lines, "", "the last answer of the policies:") end
  add(lines, "  ", table.unpack(failure.decided))
  return lines
end

local function print_test(name, test)
  if test.ok then
    ui.info("ok      " .. test.name)
    return
  end
  ui.write(("FAILED  %s\n        %s\n"):format(test.name, table.concat(explain(name, test.failure), "\n        ")))
end

local function print_coverage(summary)
  if #summary.unreached > 0 then ui.write("\nno test reached\n") end
  for _, entry in ipairs(summary.unreached) do
    ui.write(("  %s:%d: %s\n"):format(entry.path, entry.line, entry.rule or "a line of a hook"))
  end
  ui.write(("\nreached: %d of %s (%d %%), %d of %s of hooks (%d %%)\n"):format(
    summary.rules.hit, words.count(summary.rules.total, "rule"), summary.rules.percent,
    summary.lines.hit, words.count(summary.lines.total, "line"), summary.lines.percent))
end

--- Prints reports. `summary` is that of the coverage; nil when a part of the tests ran.
function text.print(reports, tally, summary)
  for _, report in ipairs(reports) do
    if #reports > 1 then ui.info(report.name) end
    for _, test in ipairs(report.tests) do print_test(report.name, test) end
  end
  if summary then print_coverage(summary) end
  local parts = { ("%d passed, %d failed"):format(tally.passed, tally.failed) }
  if tally.left_out > 0 then parts[#parts + 1] = ("%d left out"):format(tally.left_out) end
  if tally.broken > 0 then parts[#parts + 1] = words.count(tally.broken, "file does", "files do") .. " not load" end
  ui.write(table.concat(parts, ", ") .. "\n")
end

return text
