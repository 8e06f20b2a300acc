--- What the tests of stored reports share: reading what they give, and cutting it.
local fs = require "pysec.fs"
local json = require "pysec.json"
local reports = require "inputs.reports"
local t = require "harness"

local stored = {}

--- The text of a fixture.
function stored.fixture(name)
  return assert(fs.read(("%s/tests/fixtures/%s"):format(t.root, name)))
end

local function text_of(value)
  return type(value) == "string" and value or json.encode(value)
end

--- Reads a report (a text, or a value that is made one) that has to be of a format.
function stored.read(format, value)
  local report, message = reports.read(text_of(value), "r.json")
  t.truthy(report, message)
  t.equal(report.format, format)
  return report
end

--- Expects a message, which begins with the report's name, for each { value or text, pattern }.
function stored.refuses(list)
  for _, case in ipairs(list) do
    local text = text_of(case[1])
    local report, message = reports.read(text, "r.json")
    t.equal(report, nil, text)
    t.match(message, "^r%.json: " .. case[2], text)
  end
end

--- Expects a place in the text for a report that is cut off, wherever that is.
function stored.refuses_every_cut(text)
  text = text:match "^(.-)%s*$"
  for size = 0, #text - 1 do
    local report, message = reports.read(text:sub(1, size), "r.json")
    t.equal(report, nil, size)
    t.match(message, "^r%.json:%d+:%d+: ", size)
  end
end

--- For each finding: package or path, version or line, id, severity, fixes.
function stored.brief(findings)
  local lines = {}
  for i, finding in ipairs(findings) do
    lines[i] = table.concat({ finding.package or finding.path, finding.version or finding.line or "-", finding.id,
      finding.severity, table.concat(finding.fix_versions, "+") }, " ")
  end
  return lines
end

return stored
