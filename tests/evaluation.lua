--- What the tests of pysec eval share: findings, summaries and policies to try it on, and running it.
local t = require "harness"
local json = require "pysec.json"
local support = require "support"

local evaluation = {}

--- A finding of package a, with other fields.
function evaluation.finding(id, severity, fields)
  local value = { id = id, kind = "vulnerability", package = "a", version = "1.0", severity = severity,
    aliases = json.array(), fix_versions = json.array(), sources = json.array { "osv" }, summary = "A flaw" }
  for name, field in pairs(fields or {}) do value[name] = field end
  return value
end

function evaluation.decision(of, verdict, by)
  return { finding = of, verdict = verdict, by = by or "old.lua:1", rule = "severity", reason = "as it was",
    trace = json.array() }
end

function evaluation.summary(fields)
  local value = { timestamp = "20260601-120000", findings = json.array(), decisions = json.array(), exit = 0,
    evidence = { { scanner = "osv", status = "complete", skipped = json.array() } } }
  for name, field in pairs(fields) do value[name] = field end
  return json.encode(value, { pretty = true })
end

evaluation.HIGH = evaluation.finding("X-HIGH", "high")
evaluation.LOW = evaluation.finding("X-LOW", "low", { aliases = json.array { "CVE-2024-1" } })

--- A folder with these files, and policies: p.lua (high fails, low warns), all.lua (high and low warn).
function evaluation.project(files)
  local folder = t.files(t.tempdir(), {
    ["p.lua"] = 'severity { fail = "high", warn = "low" }\n', ["all.lua"] = '\nseverity { warn = "low" }\n',
  })
  return t.files(folder, files)
end

function evaluation.eval(code, folder, arguments, options)
  options = options or {}
  options.cwd = folder
  return support.expect(code, table.move(arguments, 1, #arguments, 2, { "eval" }), options)
end

function evaluation.eval_json(code, folder, arguments, options)
  local words = table.move(arguments, 1, #arguments, 3, { "--format", "json" })
  return assert(json.decode(evaluation.eval(code, folder, words, options).stdout))
end

function evaluation.verdicts(result)
  local list = {}
  for i, item in ipairs(result.decisions) do list[i] = ("%s %s"):format(item.finding.id, item.verdict) end
  return list
end

return evaluation
