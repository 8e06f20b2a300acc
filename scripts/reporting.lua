--- The end of a run: what is left is decided, the reports are written, the result is printed.
local audit = require "audit"
local environment_reader = require "inputs.environment"
local fs = require "pysec.fs"
local json = require "pysec.json"
local judgement = require "judgement"
local summary = require "reports.summary"
local terminal = require "reports.terminal"
local ui = require "pysec.ui"

local reporting = {}

local FORMATS = { json = require "reports.json", markdown = require "reports.markdown" }

--- The formats that --format names. Raises { usage }.
function reporting.formats(values)
  local formats, seen = {}, {}
  for name in (values.format or "json,markdown"):gmatch("[^,%s]+") do
    name = name == "md" and "markdown" or name
    if not FORMATS[name] then error({ usage = ("--format %s: expected json or markdown"):format(name) }, 0) end
    if not seen[name] then formats[#formats + 1] = FORMATS[name] end
    seen[name] = true
  end
  if #formats == 0 then error({ usage = "--format: name json, markdown or both" }, 0) end
  -- The JSON summary is what every other command reads later.
  if not seen.json then table.insert(formats, 1, FORMATS.json) end
  return formats
end

--- The pins of targets, one a line: of the environment when there is one, as `pip freeze` has it.
function reporting.freeze(targets)
  for _, target in ipairs(targets) do
    if target.kind == "environment" then return environment_reader.freeze(target.environment) end
  end
  local lines = {}
  for _, target in ipairs(targets) do
    for _, package in ipairs(target.packages) do
      lines[#lines + 1] = ("%s==%s\n"):format(package.name, package.version)
    end
  end
  table.sort(lines)
  return table.concat(lines)
end

local function write_or_fail(path, text)
  local ok, message = fs.write(path, text)
  if not ok then error({ usage = "the report cannot be written: " .. message }, 0) end
  ui.detail("wrote " .. path)
  return path
end

local function write_tool_reports(folder, timestamp, first)
  for _, name in ipairs(audit.order) do
    local report = first.reports[name]
    if report and (report.raw or report.raw_value) then
      local text = report.raw or json.encode(report.raw_value, { pretty = true })
      write_or_fail(("%s/%s-%s.json"):format(folder, name, timestamp), text)
    end
  end
end

local function write(job, outcome)
  local values = job.options
  local folder = values.reports or "reports/security"
  write_tool_reports(folder, outcome.timestamp, outcome.audit)
  if values.freeze then
    local path = ("%s/requirements-freeze-%s.txt"):format(folder, outcome.timestamp)
    local text = reporting.freeze(outcome.result.targets or job.targets)
    write_or_fail(path, text)
    local _, packages = text:gsub("\n", "")
    outcome.freeze = { path = path, packages = packages }
  end
  local record, last = summary.build(job, outcome), nil
  for _, format in ipairs(reporting.formats(values)) do
    last = write_or_fail(folder .. "/" .. format.file(outcome.timestamp), format.render(record))
  end
  if not values.quiet then terminal.tables(record) end
  terminal.result(record, last)
end

--- Judges, reports, and returns the exit code. `outcome` is { timestamp, mode, audit (the first), result (what
-- upgrade.run returned), policies, before = { freeze, packages } }; what else reports need is added.
function reporting.finish(job, set, outcome)
  local first, result = outcome.audit, outcome.result
  outcome.findings, outcome.fixed = judgement.after(first, result)
  outcome.packages = judgement.packages(result.targets or job.targets)
  outcome.upgrades, outcome.held_back = result.upgrades, result.held_back
  outcome.evidence = judgement.evidence(first, result.second)
  outcome.upgrade = { status = result.status, reason = result.reason, before = outcome.before.freeze,
    trials = result.trials }
  judgement.judge(job, set, outcome)
  outcome.exit = judgement.exit_code(outcome, job.options)
  write(job, outcome)
  return outcome.exit
end

return reporting
