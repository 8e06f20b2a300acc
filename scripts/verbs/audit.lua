--- pysec audit [PATH]...: what the local database knows of the packages of files, lock files, environments and whole
-- trees. No tool runs, no network is used, nothing is changed.
local budget = require "lib.budget"
local chosen_policies = require "chosen_policies"
local cli = require "cli"
local clock = require "pysec.clock"
local Database = require "local_database"
local exit_code = require "lib.exit_code"
local folders = require "folders"
local fs = require "pysec.fs"
local json = require "pysec.json"
local options = require "lib.options"
local osv = require "scanners.osv"
local package_set = require "lib.package_set"
local python = require "inputs.python"
local sources = require "inputs.sources"
local tool = require "pysec.tool"
local ui = require "pysec.ui"
local version = require "pysec.version"

local audit = {}

local command = {
  name = "pysec audit",
  summary = "Audits requirements files, lock files, environments and whole trees with the local advisory database.\n"
    .. "No tool runs, no network is used, nothing is changed.",
  usage = "[OPTIONS] [PATH]...",
  positional = { 0, math.huge },
  options = options.with_common {
    { "policy", "PATH", many = true, help = "policy that decides: file, folder or shipped name; may repeat" },
    { "no-project-policy", help = "do not load pysec.lua of the current folder" },
    budget.option,
    { "database", "FILE", help = "local advisory database (also: PYSEC_DATABASE)" },
    { "python", "VERSION", help = "the Python that markers are read for (that of .venv, else of the tools)" },
    { "format", "FORMAT", choices = { "text", "json" }, help = "text (default) or json" },
    { "output", "FILE", help = "write the JSON there" },
    { "exit-zero", help = "exit 0 whatever was found or left out" },
  },
  examples = {
    { "pysec audit", "all that the current folder and those below it hold" },
    { "pysec audit uv.lock requirements.txt", "some files" },
    { "pysec audit --format json --output fleet.json projects", "a fleet in one call" },
  },
  notes = "Read are requirements files, pylock.toml, uv.lock, poetry.lock, Pipfile.lock, pdm.lock, pyproject.toml and\n"
    .. "virtual environments. What is not pinned is named and makes the evidence incomplete.\n"
    .. "Exit: 0 nothing fails, 1 a finding fails, 2 wrong usage, 3 evidence incomplete.",
}

local function usage(message)
  error({ usage = message }, 0)
end

local function check(values)
  if values.python and not version.normalize(values.python) then
    usage(("--python %s: not a version; expected one such as 3.11"):format(values.python))
  end
  if values.output and values.format ~= "json" then usage("--output: needs --format json") end
end

local function count_of(skipped)
  local first = skipped[1]
  local more = #skipped > 1 and (" (and %d more)"):format(#skipped - 1) or ""
  local place = first.line and ("%s:%d"):format(first.path, first.line) or first.path
  return ("%s: '%s' was not audited: %s%s"):format(place, first.name, first.reason, more)
end

--- The evidence that the inputs could not give.
local function input_evidence(skipped, problems)
  local list = {}
  for _, problem in ipairs(problems) do
    list[#list + 1] = { scanner = "inputs", status = "incomplete", reason = problem, skipped = json.array() }
  end
  if #skipped > 0 then
    list[#list + 1] = { scanner = "inputs", status = "incomplete", only_skips = true, reason = count_of(skipped),
      skipped = json.array(skipped) }
  end
  return list
end

--- Asks the database. Returns the findings and the evidence. `job` is what scanners.osv wants of one.
local function scan(job)
  local item = { scanner = osv.name, version = osv.version(), status = "complete", skipped = json.array() }
  local found, problem = osv.run(job)
  if found then
    item.database = job.database:evidence()
    return found.findings, item
  end
  item.status, item.reason = "incomplete", problem
  return {}, item
end

local function inputs_of(targets)
  local inputs = json.array()
  for i, target in ipairs(targets) do
    inputs[i] = { kind = target.kind, path = target.path, packages = #target.packages }
  end
  return inputs
end

local function run(values, job, notes)
  local set, used = chosen_policies(values)
  if #used == 0 then used = { "policies/default.lua" } end
  local found = sources.find(#values > 0 and values or { "." })
  local version_used = values.python or python.version_for(".venv", folders.tools() .. "/main")
  local targets, skipped, problems = sources.read(found, version_used)
  if #targets + #skipped + #problems == 0 then
    usage("nothing to audit: no requirements file, lock file or environment is there")
  end
  local unreadable
  job.packages, unreadable, job.by_key = package_set.join(targets)
  table.move(unreadable, 1, #unreadable, #skipped + 1, skipped)
  local list, item = scan(job)
  local evidence = table.move(input_evidence(skipped, problems), 1, #skipped + #problems, 2, { item })
  local packages = json.array(job.packages)
  local decisions, message = set:decide(list, { packages = packages, evidence = evidence })
  if not decisions then usage(message) end
  evidence = set:evidence(evidence)
  package_set.place_policy_findings(decisions, job.by_key)
  return {
    timestamp = clock.timestamp(), python_version = version_used, inputs = inputs_of(targets), packages = packages,
    decisions = json.array(decisions), evidence = evidence, notices = set:notices(), notes = json.array(notes),
    policies = json.array(used), exit = values.exit_zero and 0 or exit_code.of(decisions, evidence),
  }
end

local function report(values, record)
  if values.format ~= "json" then
    require("reports.audit_text")(record, values.quiet)
    return
  end
  local write_json = require "reports.audit_json"
  if not values.output then
    tool.shield(write_json, record, ui.write)
    return
  end
  local parts = {}
  write_json(record, function(text) parts[#parts + 1] = text end)
  local ok, message = fs.write(values.output, table.concat(parts))
  if not ok then usage("--output: " .. message) end
end

function audit.main(arguments)
  local values = cli.start(command, arguments)
  if not values then return 0 end
  check(values)
  local notes = {}
  local database <close> = Database.new(values.database, function(text)
    notes[#notes + 1] = text
    ui.warn(text)
  end)
  local record = run(values, { database = database }, notes)
  report(values, record)
  return record.exit
end

return audit
