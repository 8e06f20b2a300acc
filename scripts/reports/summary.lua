--- The record of a run that every report format is written from.
local changes = require "reports.changes"
local fs = require "pysec.fs"
local json = require "pysec.json"

local summary = {}

local function list(values)
  return json.array(values or {})
end

--- Items with lists that are written as lists when they are empty.
local function with_lists(items, field)
  for _, item in ipairs(items or {}) do item[field] = list(item[field]) end
  return list(items)
end

local function results_of(outcome)
  local reports, results = outcome.audit.reports, {}
  local pip_audit, osv, safety, bandit = reports["pip-audit"], reports.osv, reports.safety, reports.bandit
  if pip_audit then
    results.pip_audit = { vulnerabilities = list(pip_audit.vulnerabilities), count = #pip_audit.vulnerabilities,
      skipped = list(pip_audit.skipped) }
  end
  if osv then results.osv = { count = osv.count, vulnerabilities = list(osv.findings) } end
  if safety then results.safety = { count = safety.count, vulnerabilities = list(safety.findings) } end
  if bandit then
    results.bandit = { count = #bandit.report.results, results = bandit.report.results,
      metrics = bandit.report.metrics._totals, errors = bandit.report.errors }
  end
  results.upgrade = outcome.upgrade
  results.freeze = outcome.freeze
  return results
end

--- Paths of the inputs, for the report.
local function inputs_of(job)
  local inputs = json.array()
  for _, target in ipairs(job.targets) do
    inputs[#inputs + 1] = { kind = target.kind, path = target.path, packages = #(target.packages or {}) }
  end
  return inputs
end

--- Builds the summary. `outcome` is what update.lua gathered.
function summary.build(job, outcome)
  return {
    timestamp = outcome.timestamp,
    python_version = job.python_version,
    venv_path = job.environment and job.environment.path or job.venv,
    upgrade_mode = outcome.mode,
    inputs = inputs_of(job),
    results = results_of(outcome),
    packages = list(outcome.packages),
    changes = changes.between(outcome.before.packages, outcome.packages),
    findings = list(outcome.findings),
    fixed = list(outcome.fixed),
    decisions = list(outcome.decisions),
    upgrades = with_lists(outcome.upgrades, "fixes"),
    held_back = list(outcome.held_back),
    evidence = with_lists(outcome.evidence, "skipped"),
    notices = list(outcome.notices),
    notes = list(job.notes),
    policies = list(outcome.policies),
    policy_failed = outcome.policy_failed,
    times = job.stopwatch:list(),
    exit = outcome.exit,
  }
end

--- Makes the report folder and picks the timestamp: the first that no report there has yet.
function summary.prepare(folder, timestamp)
  local ok, message = fs.mkdirs(folder)
  if not ok then return nil, message end
  ok, message = fs.writable(folder)
  if not ok then return nil, message end
  local function taken(candidate)
    for _, name in ipairs(fs.list(folder) or {}) do
      local stem = name:match("^(.-)%.%l+$")
      if stem and stem:sub(-#candidate - 1) == "-" .. candidate then return true end
    end
  end
  local candidate, number = timestamp, 1
  while taken(candidate) do
    number = number + 1
    candidate = ("%s-%d"):format(timestamp, number)
  end
  return candidate
end

return summary
