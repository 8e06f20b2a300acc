--- The main job: collect, audit, decide, plan, apply, verify, report.
local audit = require "audit"
local budget = require "lib.budget"
local cli = require "cli"
local chosen_policies = require "chosen_policies"
local clock = require "pysec.clock"
local Database = require "local_database"
local environment_reader = require "inputs.environment"
local fs = require "pysec.fs"
local host = require "pysec.host"
local input_evidence = require "inputs.evidence"
local Job = require "job"
local json = require "pysec.json"
local judgement = require "judgement"
local modes = require "modes"
local options = require "lib.options"
local resolve = require "inputs.resolve"
local summary = require "reports.summary"
local terminal = require "reports.terminal"
local transaction = require "transaction"
local ui = require "pysec.ui"
local upgrade = require "upgrade"

local update = {}

update.formats = { json = require "reports.json", markdown = require "reports.markdown" }

local function usage(message)
  error({ usage = message }, 0)
end

-- --- settings ---

local function choose_scanners(values)
  local list
  if values.scanners then
    local problem
    list, problem = audit.parse_names(values.scanners)
    if not list then usage(problem) end
  else
    list = { ["pip-audit"] = "default", safety = "default" }
    if Database.new(values.database):is_there() then list.osv = "default" end
  end
  if values.bandit then list.bandit = true end
  return list
end

local function choose_formats(values)
  local formats, seen = {}, {}
  for name in (values.format or "json,markdown"):gmatch("[^,%s]+") do
    name = name == "md" and "markdown" or name
    if not update.formats[name] then usage(("--format %s: expected json or markdown"):format(name)) end
    if not seen[name] then formats[#formats + 1] = update.formats[name] end
    seen[name] = true
  end
  if #formats == 0 then usage("--format: name json, markdown or both") end
  -- The JSON summary is what every other command reads later.
  if not seen.json then table.insert(formats, 1, update.formats.json) end
  return formats
end

local function check_paths(values)
  for _, name in ipairs { "src", "safety_db" } do
    local path = values[name]
    local stat, message = fs.stat(path or ".")
    if not stat then usage(("--%s %s"):format(name:gsub("_", "-"), message)) end
    if name == "safety_db" and stat.kind ~= "folder" then usage(("--safety-db %s: not a folder"):format(path)) end
  end
end

-- --- collecting ---

local function install_tools(job)
  if #job.tools:missing() == 0 then return end
  if job.options.no_install then
    job:note(("the tools in %s are missing or stale and --no-install forbids to install them; run: pysec tools install")
      :format(job.tools.folder))
    return
  end
  local progress <close> = ui.progress()
  local current
  local ok, message = job.tools:install(function(name)
    if current then progress:finish(current, true, "installed") end
    current = ("installing the tools (%s) into %s"):format(name, job.tools.folder)
    progress:start(current)
  end)
  if current then progress:finish(current, ok, ok and "installed" or message) end
  if not ok then job:note(message) end
end

--- Whether a tool is needed to audit: by a scanner, or to resolve a file.
local function needs_tools(job, scanners)
  for name in pairs(scanners) do
    if not audit.scanners[name].run then return true end
  end
  for _, target in ipairs(job.targets) do
    if target.kind == "file" and not resolve.is_settled(target) then return true end
  end
  return false
end

--- Whether tools are needed to plan: the conservative mode asks for none where nothing is to be fixed.
local function needs_planner(mode, found)
  if mode.name ~= "conservative" then return mode.name ~= "none" end
  for _, finding in ipairs(found.findings) do
    if finding.kind == "vulnerability" then return true end
  end
  return false
end

local function first_audit(job, scanners)
  local first = audit.run(job, job.targets, scanners, function(done)
    return upgrade.resolve_tasks(job, job.targets, done)
  end)
  local inputs = input_evidence(job)
  table.move(inputs, 1, #inputs, #first.evidence + 1, first.evidence)
  return first
end

-- --- reporting ---

local function write_or_fail(path, text)
  local ok, message = fs.write(path, text)
  if not ok then usage("the report cannot be written: " .. message) end
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

--- The pins of targets, one a line: of the environment when there is one, as `pip freeze` has it.
local function freeze_text(targets)
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

local function report(job, values, outcome, first)
  local folder = values.reports or "reports/security"
  write_tool_reports(folder, outcome.timestamp, first)
  if values.freeze then
    local path = ("%s/requirements-freeze-%s.txt"):format(folder, outcome.timestamp)
    local text = freeze_text(outcome.result.targets or job.targets)
    write_or_fail(path, text)
    local _, packages = text:gsub("\n", "")
    outcome.freeze = { path = path, packages = packages }
  end
  local record, last = summary.build(job, outcome), nil
  for _, format in ipairs(choose_formats(values)) do
    last = write_or_fail(folder .. "/" .. format.file(outcome.timestamp), format.render(record))
  end
  if not values.quiet then terminal.tables(record) end
  terminal.result(record, last)
end

-- --- the whole ---

local function settle(values)
  local scanners, set, used = choose_scanners(values), chosen_policies(values)
  if #used == 0 then used = { "policies/default.lua" } end
  choose_formats(values)
  check_paths(values)
  return scanners, set, used, modes.load(values.upgrade or "conservative")
end

--- An upgrade that was cut off is undone before anything else looks at the environment.
local function recover(values)
  local path = values.venv or ".venv"
  if transaction.recover { path = path } then
    ui.warn(("%s: an upgrade had been cut off; the environment is as it was before it"):format(path))
  end
end

function update.run(values)
  local scanners, set, used, mode = settle(values)
  if mode.name ~= "none" and not values.dry_run then recover(values) end
  local job <close> = Job.new(values)
  job:choose_advisories()
  job:find_targets()
  local timestamp, message = summary.prepare(values.reports or "reports/security", clock.timestamp())
  if not timestamp then usage("--reports: " .. message) end
  if needs_tools(job, scanners) then install_tools(job) end
  job:settle_python()
  job:read_locks()
  local first = first_audit(job, scanners)
  local before = freeze_text(job.targets)
  local found = judgement.to_be_fixed(job, set, first)
  if needs_planner(mode, found) then install_tools(job) end
  local result = upgrade.run(job, mode, found, set)
  local left, fixed = judgement.after(first, result)
  local outcome = {
    timestamp = timestamp, mode = mode.name, audit = first, result = result, findings = left, fixed = fixed,
    packages = judgement.packages(result.targets or job.targets),
    upgrades = result.upgrades, held_back = result.held_back,
    evidence = judgement.evidence(first, result.second), policies = used,
    upgrade = { status = result.status, reason = result.reason, before = before },
  }
  judgement.judge(job, set, outcome)
  outcome.exit = judgement.exit_code(outcome, values)
  report(job, values, outcome, first)
  return outcome.exit
end

update.command = {
  name = "pysec",
  summary = "Audits a Python environment or requirements file, upgrades what has findings, writes reports.",
  usage = "[OPTIONS]",
  verbs = {
    { "pysec audit [PATH]...", "look files, lock files, environments, trees up in the local database" },
    { "pysec eval FILE...", "apply policies to stored reports" },
    { "pysec check PATH...", "load policies: their mistakes, and rules that can never speak" },
    { "pysec explain ID", "why a finding got its verdict, and what would change it" },
    { "pysec run SCRIPT [ARGS]", "run a Lua script, or a shipped audit by name" },
    { "pysec advisories ACTION", "the local advisory database: update, import, query, show, info, verify, serve" },
    { "pysec tools VERB", "the scanners: install, list" },
    { "pysec test [PATH]...", "run the tests of policies, *_test.lua" },
  },
  positional = { 0, 0 },
  options = options.with_common {
    { "req", "FILE", many = true, help = "requirements file, .txt or .in, or a lock file; may repeat" },
    { "venv", "PATH", help = "virtual environment (.venv)" },
    { "reports", "PATH", help = "where reports go (reports/security)" },
    { "upgrade", "MODE", help = "conservative (default), all, none, or a Lua mode of your own" },
    { "bandit", help = "scan your own code with bandit, too" },
    { "freeze", help = "write what is installed to requirements-freeze-TIME.txt" },
    { "src", "PATH", help = "what bandit scans (src, or . where there is none)" },
    { "policy", "FILE", many = true, help = "policy that decides: file, folder, or a shipped one's name; may repeat" },
    { "no-project-policy", help = "do not load pysec.lua of the current folder" },
    budget.option,
    { "scanners", "LIST", help = "pip-audit,osv,safety,bandit (default: pip-audit,safety; osv with a database)" },
    { "advisories", "SOURCE", help = "auto (default), pypi, osv, local, or the URL of an OSV service" },
    { "database", "FILE", help = "local advisory database (also: PYSEC_DATABASE)" },
    { "safety-db", "DIR", help = "local safety database: no network, no login" },
    { "tools", "DIR", help = "environment of the tools (also: PYSEC_TOOLS)" },
    { "no-install", help = "never install tools" },
    { "dry-run", help = "print the plan, change nothing" },
    { "verify", "CMD", help = "command that has to succeed after an upgrade" },
    { "jobs", "N", number = 1, integer = true, help = "processes side by side (the cores)" },
    { "timeout", "SECONDS", number = 1, help = "most time for one tool (600)" },
    { "format", "LIST", help = "json,markdown" },
    { "exit-zero", help = "exit 0 whatever was found or left out" },
    { "version", help = "print the version" },
  },
  examples = {
    { "pysec", "audit .venv, apply security patches" },
    { "pysec --req requirements.txt --upgrade none --bandit", "audit a file and your code, change nothing" },
    { "pysec --req requirements.in --upgrade all", "compile everything anew, sync .venv" },
    { "pysec --dry-run", "see what would be upgraded" },
  },
  notes = "Exit: 0 nothing fails, 1 a finding fails, 2 wrong usage, 3 evidence incomplete,\n"
    .. "      4 an upgrade was rolled back, 130/143 interrupted.",
}

--- The command line of the main job.
function update.main(arguments)
  local values = cli.start(update.command, arguments)
  if not values then return 0 end
  if values.version then
    ui.write(("pysec %s\n"):format(host.version()))
    return 0
  end
  return update.run(values)
end

return update
