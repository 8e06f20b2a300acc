--- The main job: collect, audit, decide, plan, apply, verify, report.
local audit = require "audit"
local budget = require "lib.budget"
local cli = require "cli"
local chosen_policies = require "chosen_policies"
local clock = require "pysec.clock"
local compiled = require "compiled"
local Database = require "local_database"
local fs = require "pysec.fs"
local host = require "pysec.host"
local input_evidence = require "inputs.evidence"
local installer = require "installer"
local interrupted = require "interrupted"
local Job = require "job"
local judgement = require "judgement"
local modes = require "modes"
local options = require "lib.options"
local plan_file = require "plan_file"
local reporting = require "reporting"
local resolve = require "inputs.resolve"
local summary = require "reports.summary"
local transitive = require "edits.transitive"
local ui = require "pysec.ui"
local upgrade = require "upgrade"

local update = {}

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

local function check_paths(values)
  for _, name in ipairs { "src", "safety_db" } do
    local path = values[name]
    local stat, message = fs.stat(path or ".")
    if not stat then usage(("--%s %s"):format(name:gsub("_", "-"), message)) end
    if name == "safety_db" and stat.kind ~= "folder" then usage(("--safety-db %s: not a folder"):format(path)) end
  end
end

-- --- collecting ---

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
    return resolve.all_tasks(job, job.targets, done)
  end)
  local inputs = input_evidence(job)
  table.move(inputs, 1, #inputs, #first.evidence + 1, first.evidence)
  return first
end

-- --- the whole ---

local function settle(values)
  if values.plan and not values.dry_run then
    usage("--plan: it is written by a run that changes nothing; give --dry-run as well")
  end
  if values.verify_timeout and not values.verify then
    usage("--verify-timeout: there is nothing that it could bound; give --verify as well")
  end
  local scanners, set, used = choose_scanners(values), chosen_policies(values)
  if #used == 0 then used = { "policies/default.lua" } end
  reporting.formats(values)
  check_paths(values)
  installer.check(values.installer)
  transitive.check(values.transitive)
  compiled.check(values.compiler)
  return scanners, set, used, modes.load(values.upgrade or "conservative")
end

--- Finds what is to be audited, once what an interrupted upgrade has left there is put right.
local function find_targets(job, mode)
  local changes = mode.name ~= "none" and not job.options.dry_run
  local list = { job.options.venv or ".venv" }
  for _, path in ipairs(job.options.req or {}) do list[#list + 1] = path end
  interrupted.settle(job, list, changes)
  job:find_targets()
  if interrupted.settle(job, interrupted.places(job.targets), changes) then job:find_targets() end
end

function update.run(values)
  local scanners, set, used, mode = settle(values)
  local job <close> = Job.new(values)
  job:choose_advisories()
  find_targets(job, mode)
  local timestamp, message = summary.prepare(values.reports or "reports/security", clock.timestamp())
  if not timestamp then usage("--reports: " .. message) end
  if needs_tools(job, scanners) then job:install_tools() end
  job:settle_python()
  job:read_locks()
  local first = job.stopwatch:time("audit", first_audit, job, scanners)
  local before = { freeze = reporting.freeze(job.targets), packages = judgement.packages(job.targets) }
  local found = judgement.to_be_fixed(job, set, first)
  if needs_planner(mode, found) then
    job:install_tools()
    installer.name(job) -- what is asked for and not there ends the run before anything is planned
  end
  local want = { mode = mode, first = found, set = set, accepts = judgement.not_ignored(set) }
  local result = upgrade.run(job, want)
  if values.plan then plan_file.write(values.plan, job, want, result) end
  return reporting.finish(job, set, { timestamp = timestamp, mode = mode.name, audit = first, result = result,
    policies = used, before = before })
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
    { "pysec apply PLAN", "apply a plan that --dry-run --plan wrote, and nothing else" },
    { "pysec recover [PATH]...", "take back upgrades that were cut off" },
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
    { "plan", "FILE", help = "with --dry-run: write the plan there, for pysec apply" },
    { "verify", "CMD", help = "command that has to succeed after an upgrade" },
    { "verify-timeout", "SECONDS", number = 1, help = "most time for that command (as --timeout)" },
    { "all-or-nothing", help = "do not look for a part of the upgrades when they fail together" },
    { "trials", "N", number = 1, integer = true, help = "most trials in that search (20)" },
    { "transitive", "HOW", help = "fixes of packages that a file does not name: auto, pin or constraint" },
    { "installer", "NAME", help = "auto (default: uv where it is there), pip or uv" },
    { "compiler", "NAME", help = "of a .in: pip-tools (default; uv where uv wrote the output) or uv" },
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
