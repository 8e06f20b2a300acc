--- Joins the reports of several bandit runs over parts of one set of files into the report that a single
-- run over all of them would have written.
local json = require "pysec.json"

local bandit_report = {}

local function append(into, list)
  table.move(list, 1, #list, #into + 1, into)
end

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

--- True when a value has the shape of a bandit report.
function bandit_report.is_report(report)
  return type(report) == "table" and type(report.results) == "table" and type(report.errors) == "table"
    and type(report.metrics) == "table" and type(report.metrics._totals) == "table"
end

--- Joins reports in the order of their files.
function bandit_report.join(reports)
  local joined = { errors = json.array(), generated_at = reports[1] and reports[1].generated_at,
    metrics = { _totals = {} }, results = json.array() }
  for _, report in ipairs(reports) do
    append(joined.errors, report.errors)
    append(joined.results, report.results)
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
