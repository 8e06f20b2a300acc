--- The JSON that bandit writes: as findings, and several reports joined into one.
local json = require "pysec.json"
local lists = require "lib.lists"
local paths = require "lib.paths"
local values = require "lib.values"

local bandit_report = {}

local function add_totals(into, totals)
  for name, value in pairs(totals) do into[name] = (into[name] or 0) + value end
end

--- bandit sorts by file name alone and keeps, within a file, the order in which it found things.
local function sort_by_file(list)
  local order = {}
  for i, item in ipairs(list) do order[item] = i end
  table.sort(list, function(a, b)
    if a.filename ~= b.filename then return a.filename < b.filename end
    return order[a] < order[b]
  end)
end

--- True for a list of objects that have all of these fields, as texts or whole numbers.
local function is_list_of(list, fields)
  if not json.is_array(list) then return false end
  for _, item in ipairs(list) do
    for name, kind in pairs(fields) do
      if type(item) ~= "table" or (type(item[name]) ~= kind and math.type(item[name]) ~= kind) then return false end
    end
  end
  return true
end

local function are_totals(totals)
  for _, value in pairs(type(totals) == "table" and totals or {}) do
    if type(value) ~= "number" then return false end
  end
  return type(totals) == "table"
end

--- True when a value has the shape of a bandit report.
function bandit_report.is_report(report)
  return type(report) == "table" and type(report.metrics) == "table" and are_totals(report.metrics._totals)
    and is_list_of(report.results, { filename = "string", test_id = "string", line_number = "integer" })
    and is_list_of(report.errors, { filename = "string", reason = "string" })
end

local function word_of(value)
  return type(value) == "string" and value:lower() or "undefined"
end

local SEVERITIES = { low = "low", medium = "medium", high = "high" }

local function to_finding(result)
  return {
    id = result.test_id, aliases = json.array(), kind = "code", path = paths.clean(result.filename),
    line = result.line_number, test = values.text(result.test_name),
    severity = SEVERITIES[word_of(result.issue_severity)] or "unknown", confidence = word_of(result.issue_confidence),
    summary = values.text(result.issue_text) or "", url = values.text(result.more_info), fix_versions = json.array(),
    sources = { "bandit" },
  }
end

--- Turns a report (see is_report) into { findings, skipped }: files that bandit could not parse are only in its
-- `errors`.
function bandit_report.parse(report)
  local found = { findings = {}, skipped = {} }
  for i, result in ipairs(report.results) do found.findings[i] = to_finding(result) end
  for i, failure in ipairs(report.errors) do
    found.skipped[i] = { name = failure.filename, reason = failure.reason }
  end
  return found
end

--- Joins the reports of several runs over parts of one set of files, in the order of the files: the report that a
-- single run over all of them would have written.
function bandit_report.join(reports)
  local joined = { errors = json.array(), generated_at = reports[1] and reports[1].generated_at,
    metrics = { _totals = {} }, results = json.array() }
  for _, report in ipairs(reports) do
    lists.append(joined.errors, report.errors)
    lists.append(joined.results, report.results)
    for file, metrics in pairs(report.metrics) do
      if file ~= "_totals" then joined.metrics[file] = metrics end
    end
    add_totals(joined.metrics._totals, report.metrics._totals)
  end
  sort_by_file(joined.results)
  sort_by_file(joined.errors)
  return joined
end

return bandit_report
