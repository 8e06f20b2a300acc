--- The results as JUnit's XML, as CI systems read it. Equal results give equal bytes: it holds no times.
local junit = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["\n"] = "&#10;" }

--- Texts come without control characters; U+FFFE and U+FFFF are no characters in XML.
local function escape(text)
  return (tostring(text):gsub("[&<>\"\n]", ENTITIES):gsub("\xEF\xBF[\xBE\xBF]", "\u{FFFD}"))
end

--- An element's start: attributes are name, value, name, value, ...
local function open(name, attributes, is_empty)
  local parts = { "<" .. name }
  for i = 1, #attributes, 2 do parts[#parts + 1] = ('%s="%s"'):format(attributes[i], escape(attributes[i + 1])) end
  return table.concat(parts, " ") .. (is_empty and "/>" or ">")
end

local function describe(failure)
  local lines = { failure.message }
  if failure.got then table.move({ "got  " .. failure.got, "want " .. failure.want }, 1, 2, #lines + 1, lines) end
  return table.concat(table.move(failure.decided, 1, #failure.decided, #lines + 1, lines), "\n")
end

local function add_case(lines, report, name, line, problem)
  local attributes = { "name", name, "classname", report.name:gsub("%.lua$", ""), "file", report.name }
  table.move({ "line", line, "time", "0" }, 1, 4, 7, attributes)
  lines[#lines + 1] = "    " .. open("testcase", attributes, not problem)
  if not problem then return end
  lines[#lines + 1] = ("      %s%s</%s>"):format(open(problem.kind, { "message", problem.message, "type",
    problem.kind }), escape(problem.text), problem.kind)
  lines[#lines + 1] = "    </testcase>"
end

local function add_suite(lines, report)
  local failed, broken = 0, #report.mistakes > 0 and 1 or 0
  for _, test in ipairs(report.tests) do failed = failed + (test.ok and 0 or 1) end
  lines[#lines + 1] = "  " .. open("testsuite", { "name", report.name, "file", report.name, "tests",
    #report.tests + broken, "failures", failed, "errors", broken, "time", "0" })
  for _, test in ipairs(report.tests) do
    local failure = test.failure
    add_case(lines, report, test.name, failure and failure.line or test.line, failure and { kind = "failure",
      message = failure.message or ("got %s, want %s"):format(failure.got, failure.want), text = describe(failure) })
  end
  if broken == 1 then
    add_case(lines, report, "loads", 1, { kind = "error", message = report.mistakes[1],
      text = table.concat(report.mistakes, "\n") })
  end
  lines[#lines + 1] = "  </testsuite>"
end

--- The text of reports.
function junit.render(reports, tally)
  local lines = { '<?xml version="1.0" encoding="UTF-8"?>', open("testsuites", { "name", "pysec test", "tests",
    tally.passed + tally.failed + tally.broken, "failures", tally.failed, "errors", tally.broken, "time", "0" }) }
  for _, report in ipairs(reports) do add_suite(lines, report) end
  lines[#lines + 1] = "</testsuites>"
  return table.concat(lines, "\n") .. "\n"
end

return junit
