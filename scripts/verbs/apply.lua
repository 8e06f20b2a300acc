--- pysec apply PLAN: applies a plan that `pysec --dry-run --plan FILE` wrote, exactly that, and refuses when what it
-- was made for has changed since.
local budget = require "lib.budget"
local chosen_policies = require "chosen_policies"
local cli = require "cli"
local clock = require "pysec.clock"
local fitting = require "upgrade.fitting"
local flow = require "flow"
local installer = require "installer"
local interrupted = require "interrupted"
local Job = require "job"
local judgement = require "judgement"
local lists = require "lib.lists"
local options = require "lib.options"
local Particulars = require "plan.particulars"
local plan_file = require "plan_file"
local reporting = require "reporting"
local resolve = require "inputs.resolve"
local summary = require "reports.summary"
local ui = require "pysec.ui"
local unchanged = require "upgrade.unchanged"
local upgrade = require "upgrade"

local apply = {}

local command = {
  name = "pysec apply",
  summary = "Applies a plan, exactly as it was written, and verifies the result.",
  usage = "PLAN [OPTIONS]",
  positional = { 1, 1 },
  options = options.with_common {
    { "check", help = "only say whether the plan can still be applied, and whether the policies let it through" },
    { "policy", "FILE", many = true, help = "policy that decides: file, folder, or a shipped one's name; may repeat" },
    { "no-project-policy", help = "do not load pysec.lua of the current folder" },
    budget.option,
    { "reports", "PATH", help = "where reports go (reports/security)" },
    { "format", "LIST", help = "json,markdown" },
    { "freeze", help = "write what is installed to requirements-freeze-TIME.txt" },
    { "verify", "CMD", help = "command that has to succeed after the upgrade" },
    { "verify-timeout", "SECONDS", number = 1, help = "most time for that command (as --timeout)" },
    { "installer", "NAME", help = "auto (default), pip or uv" },
    { "advisories", "SOURCE", help = "auto (default), pypi, osv, local, or the URL of an OSV service" },
    { "database", "FILE", help = "local advisory database (also: PYSEC_DATABASE)" },
    { "safety-db", "DIR", help = "local safety database: no network, no login" },
    { "tools", "DIR", help = "environment of the tools (also: PYSEC_TOOLS)" },
    { "no-install", help = "never install tools" },
    { "jobs", "N", number = 1, integer = true, help = "processes side by side (the cores)" },
    { "timeout", "SECONDS", number = 1, help = "most time for one tool (600)" },
    { "exit-zero", help = "exit 0 whatever was found" },
  },
  examples = {
    { "pysec --dry-run --plan plan.json", "write a plan, to be read" },
    { "pysec apply plan.json --verify 'python -m pytest -q'", "apply it, if the tests pass" },
  },
  notes = "Paths in a plan start in the current folder, as they did when it was made.\n"
    .. "Exit: 0 applied and nothing fails, 1 applied and a finding fails, 2 wrong usage, 3 evidence incomplete,\n"
    .. "      4 not applied, and nothing is changed, 130/143 interrupted.",
}

local function fail(message)
  error({ failed = message .. "; nothing was changed" }, 0)
end

--- The main job's options that find what the plan was made for.
local function add_inputs(values, made)
  for _, input in ipairs(made.inputs) do
    if input.kind == "environment" then
      values.venv = input.path
    else
      values.req = values.req or {}
      table.insert(values.req, input.path)
    end
  end
end

--- What the policies ask about releases is asked of the index anew: a plan may say what it likes.
local function add_particulars(job, set, made, path)
  for _, item in ipairs(made.upgrades) do item.released, item.yanked, item.severities = nil, nil, nil end
  if set:needs_releases() then job:install_tools() end
  local particulars = Particulars.new(job, set, made.findings)
  local ok, problem = pcall(particulars.add, particulars, made.upgrades)
  if not ok and type(problem) == "table" and problem.incomplete then fail(path .. ": " .. problem.incomplete) end
  if not ok then error(problem, 0) end
end

--- Lets the policies of now judge what was planned. Raises { failed } for what they refuse.
local function judge(job, set, made, path)
  add_particulars(job, set, made, path)
  local judged, message = set:judge(made.upgrades)
  if not judged then error({ usage = message }, 0) end
  for _, item in ipairs(judged) do
    if not item.allowed then
      fail(("%s: the policies refuse %s %s: %s %s: %s"):format(path, item.package, item.to, item.rule, item.by,
        item.reason))
    end
  end
end

local function check_unchanged(made, path)
  local ok, message = unchanged.check(made.environment, made.files)
  if not ok then fail(("%s: the plan no longer fits: %s; plan anew"):format(path, message)) end
end

local function check_fitting(problem, path)
  if problem then fail(("%s: the plan was changed: %s; plan anew"):format(path, problem)) end
end

local function check_files(job, made, path)
  local foreign = fitting.foreign(job.targets, made)
  check_fitting(foreign and foreign .. " is no file of what it was made for", path)
end

--- What a scanner found when the plan was made.
local function report_of(made, name)
  local found, vulnerabilities = {}, {}
  for _, finding in ipairs(made.findings) do
    if lists.has(finding.sources or {}, name) then
      found[#found + 1] = finding
      vulnerabilities[#found] = { name = finding.package, version = finding.version, id = finding.id,
        description = finding.summary, fix_versions = finding.fix_versions, aliases = finding.aliases }
    end
  end
  return { findings = found, vulnerabilities = vulnerabilities, count = #found, skipped = {} }
end

--- The first audit, as the plan has it.
local function first_audit(made)
  local reports = {}
  for _, name in ipairs(made.scanners) do reports[name] = report_of(made, name) end
  return { all = made.findings, findings = made.findings, reports = reports, evidence = made.evidence }
end

--- The packages that files stand for, as they are before; the audit of them is in the plan.
local function resolve_files(job)
  flow.run(resolve.all_tasks(job, job.targets, function() end) or {}, { jobs = job.jobs })
end

function apply.main(words)
  local values = cli.start(command, words)
  if not values then return 0 end
  local path = values[1]
  local made = plan_file.read(path)
  local set, used = chosen_policies(values)
  reporting.formats(values)
  installer.check(values.installer)
  add_inputs(values, made)
  local job <close> = Job.new(values)
  job:choose_advisories()
  local places = { made.environment and made.environment.path }
  for _, file in ipairs(made.files) do places[#places + 1] = file.path end
  interrupted.settle(job, places, not values.check)
  check_unchanged(made, path)
  check_fitting(fitting.misplaced(made) or fitting.stray(made), path)
  judge(job, set, made, path)
  job:find_targets()
  check_files(job, made, path)
  if values.check then
    ui.ok(path .. ": the plan can be applied")
    return 0
  end
  local timestamp, message = summary.prepare(values.reports or "reports/security", clock.timestamp())
  if not timestamp then error({ usage = "--reports: " .. message }, 0) end
  job:install_tools()
  job:settle_python()
  job:read_locks()
  if made.environment then installer.name(job) end
  resolve_files(job)
  local first = first_audit(made)
  local before = { freeze = reporting.freeze(job.targets), packages = judgement.packages(job.targets) }
  local result = upgrade.apply_plan(job, made, { first = first, set = set, accepts = judgement.not_ignored(set) })
  return reporting.finish(job, set, { timestamp = timestamp, mode = made.mode, audit = first, result = result,
    policies = used, before = before })
end

return apply
