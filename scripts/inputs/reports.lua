--- Reads stored reports: pysec's own and those of scanners, whatever they are called. inputs/reports/ has one file a
-- format.
--
-- A report that cannot be understood as a whole is an error, never a report without findings.
local finding_shape = require "lib.finding_shape"
local json = require "pysec.json"

local reports = {}

local KNOWN = "a security summary, a report of pip-audit, safety, bandit or osv-scanner as JSON, SARIF 2.1.0, "
  .. "a result of pysec eval, or findings"

local function is_object(value)
  return type(value) == "table" and not json.is_array(value)
end

-- The key that gives a format away, what it holds, and the format; the first that fits. So only one format's file
-- has to be loaded.
local MARKS = {
  { "runs", json.is_array, "sarif" },
  { "dependencies", json.is_array, "pip_audit" },
  { "scan_results", is_object, "safety" },
  { "findings", json.is_array, "summary" },
  { "decisions", json.is_array, "eval" },
  { "vulnerabilities", json.is_array, "safety" },
  { "metrics", is_object, "bandit" },
  { "results", json.is_array, "osv_scanner" },
  { "id", function() return true end, "findings" },
}

local function format_of(value)
  if json.is_array(value) then
    local first = value[1]
    local is_safety = type(first) == "table" and (json.is_array(first) or first.vulnerability_id ~= nil)
    return is_safety and "safety" or "findings"
  end
  for _, mark in ipairs(is_object(value) and MARKS or {}) do
    local held = value[mark[1]]
    if held ~= nil and mark[2](held) then return mark[3] end
  end
end

--- A message of the JSON reader with the name of the report.
local function with_name(message, name)
  local line, column, what = message:match("^line (%d+), column (%d+): (.*)$")
  return line and ("%s:%s:%s: %s"):format(name, line, column, what) or ("%s: %s"):format(name, message)
end

--- Reads the text of a report; `name` is what messages call it. Returns
--   { format = "summary" | "pip-audit" | ...,
--     findings = { ... },       each complete: see lib/finding_shape.lua
--     packages = { { name, version, direct } } or nil where the report does not list what was audited,
--     evidence = { ... },       as in a summary
--     decisions = { ... } }     the recorded ones of a summary or a result of pysec eval, else nil
-- or nil and a message that begins with the name, and for bad JSON with line and column.
function reports.read(text, name)
  local value, message = json.decode(text)
  if value == nil then return nil, with_name(message, name) end
  local format = format_of(value)
  if not format then return nil, ("%s: not a report that pysec knows: expected %s"):format(name, KNOWN) end
  local report, problem = require("inputs.reports." .. format)(value)
  if not report then return nil, ("%s: %s"):format(name, problem) end
  return report
end

local PART = 1000

--- The findings of a bare list, a part at a time; nil when the text is something else.
local function parts_of_list(text, name)
  if not text:match("^%s*%[") then return nil end
  local next_part = json.batches(text, PART)
  local first, problem = next_part()
  if first and format_of(first) ~= "findings" then return nil end
  local before = 0
  return function()
    local part, message = first, problem
    first, problem = nil, nil
    if not part and not message then part, message = next_part() end
    if not part then return nil, message and with_name(message, name) end
    local wrong = finding_shape.problem_of_list(part, nil, before)
    if wrong then return nil, ("%s: %s"):format(name, wrong) end
    before = before + #part
    return part
  end
end

--- As read, but with `parts` in place of `findings`: a function that returns the next findings, nil after the last,
-- or nil and a message. A bare list of findings, which may be very long, is read as it is asked for.
function reports.open(text, name)
  local parts = parts_of_list(text, name)
  if parts then return { format = "findings", parts = parts, evidence = {} } end
  local report, message = reports.read(text, name)
  if not report then return nil, message end
  local findings = report.findings
  report.findings, report.parts = nil, function()
    local part = findings
    findings = nil
    return part
  end
  return report
end

return reports
