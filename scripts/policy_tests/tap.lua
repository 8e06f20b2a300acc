--- The results as TAP, version 14 (https://testanything.org/tap-version-14-specification.html). Texts in the
-- diagnostics are written as JSON, which YAML takes as it is.
local json = require "pysec.json"

local tap = {}

local function describe(text)
  return (text:gsub("[\\#]", "\\%0"))
end

local function add_diagnostics(lines, name, failure)
  local function add(format, ...) lines[#lines + 1] = ("  " .. format):format(...) end
  add("---")
  add("message: %s", json.encode(failure.message or "not equal"))
  add("severity: fail")
  if failure.line then
    add("at:")
    add("  file: %s", json.encode(name))
    add("  line: %d", failure.line)
  end
  if failure.got then
    add("got: %s", json.encode(failure.got))
    add("want: %s", json.encode(failure.want))
  end
  if #failure.decided > 0 then add("decided:") end
  for _, line in ipairs(failure.decided) do add("  - %s", json.encode(line)) end
  add("...")
end

local function add_report(lines, report, number)
  for _, test in ipairs(report.tests) do
    number = number + 1
    lines[#lines + 1] = ("%s %d - %s"):format(test.ok and "ok" or "not ok", number, describe(test.name))
    if not test.ok then add_diagnostics(lines, report.name, test.failure) end
  end
  if #report.mistakes > 0 then
    number = number + 1
    lines[#lines + 1] = ("not ok %d - %s does not load"):format(number, describe(report.name))
    add_diagnostics(lines, report.name, { message = table.concat(report.mistakes, "\n"), decided = {} })
  end
  return number
end

--- The text of reports.
function tap.render(reports, _, summary)
  local lines, number = {}, 0
  for _, report in ipairs(reports) do
    lines[#lines + 1] = "# " .. report.name
    number = add_report(lines, report, number)
  end
  for _, entry in ipairs(summary and summary.unreached or {}) do
    lines[#lines + 1] = ("# no test reached %s:%d: %s"):format(entry.path, entry.line, entry.rule or "a line of a hook")
  end
  if summary then
    lines[#lines + 1] = ("# reached %d %% of the rules, %d %% of the lines of hooks"):format(summary.rules.percent,
      summary.lines.percent)
  end
  return ("TAP version 14\n1..%d\n%s\n"):format(number, table.concat(lines, "\n"))
end

return tap
