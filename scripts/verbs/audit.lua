--- pysec audit [PATH]...: what the local database knows of the packages of files, lock files, environments and whole
-- trees. No tool runs, no network is used, nothing is changed.
local budget = require "lib.budget"
local chosen_policies = require "chosen_policies"
local cli = require "cli"
local clock = require "pysec.clock"
local Database = require "local_database"
local evidence = require "lib.evidence"
local exit_code = require "lib.exit_code"
local folders = require "folders"
local fs = require "pysec.fs"
local json = require "pysec.json"
local lists = require "lib.lists"
local options = require "lib.options"
local osv = require "scanners.osv"
local package_set = require "lib.package_set"
local python = require "inputs.python"
local sources = require "inputs.sources"
local tool = require "pysec.tool"
local ui = require "pysec.ui"
local version = require "pysec.version"
local words = require "lib.words"

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
    { "all-platforms", help = "look up what markers leave out, too: for other systems and Pythons" },
    { "format", "FORMAT", choices = { "text", "json" }, help = "text (default) or json" },
    { "output", "FILE", help = "write the JSON there" },
    { "exit-zero", help = "exit 0 whatever was found or left out" },
  },
  examples = {
    { "pysec audit", "all that the current folder and those below it hold" },
    { "pysec audit uv.lock requirements.txt", "some files" },
    { "pysec audit --format json --output fleet.json projects", "a fleet in one call" },
  },
  notes = "Read are requirements files (*requirements*.txt and .in, *constraints*.txt, all in a folder requirements),\n"
    .. "pylock.toml, uv.lock, poetry.lock, Pipfile.lock, pdm.lock, pyproject.toml and virtual environments. What is\n"
    .. "not pinned is named and makes the evidence incomplete. A finding is in a package that a file names: what that\n"
    .. "needs besides is in compiled and lock files alone.\n"
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

local function and_more(list)
  return #list > 1 and (" (and %d more)"):format(#list - 1) or ""
end

local function left_out_text(item)
  return ("%s: '%s' is not for this environment (%s)"):format(evidence.place(item), item.name, item.why)
end

--- The evidence that the inputs could not give.
local function input_evidence(read, skipped, packages)
  local list = {}
  local function missing(reason) list[#list + 1] = evidence.missing("inputs", reason) end
  for _, problem in ipairs(read.problems) do missing(problem) end
  if #skipped > 0 then
    list[#list + 1] = { scanner = "inputs", status = "incomplete", only_skips = true,
      reason = evidence.skip_text(skipped[1]) .. and_more(skipped), skipped = json.array(skipped) }
  elseif #packages == 0 and #read.problems == 0 then
    missing("no package is in what was audited")
  end
  return list
end

--- Notes what was looked at in part for good reason, which is no gap but must not be taken for the whole.
local function note_limits(read, note)
  if #read.left_out > 0 then
    note(("%s%s; --all-platforms looks them up, too"):format(left_out_text(read.left_out[1]), and_more(read.left_out)))
  end
  if #read.partial > 0 then
    note(("%s%s: only the packages that stand there were looked up; what they need is in compiled and lock files alone")
      :format(read.partial[1], and_more(read.partial)))
  end
end

--- With -v: what was read, and all that was not audited.
local function tell(read, skipped)
  for _, target in ipairs(read.targets) do
    ui.detail(("%s: %s (%s)"):format(target.path, words.count(#target.packages, "package"), target.kind))
  end
  for i = 2, #skipped do ui.detail(evidence.skip_text(skipped[i])) end
  for i = 2, #read.left_out do ui.detail(left_out_text(read.left_out[i])) end
  for i = 2, #read.partial do ui.detail(read.partial[i] .. ": only the packages that stand there were looked up") end
end

--- Asks the database. Returns the findings and the evidence. `job` is what scanners.osv wants of one.
local function scan(job)
  local item = { scanner = osv.name, version = osv.version(), status = "complete", skipped = json.array() }
  local found, problem = osv.run(job)
  if found then
    item.database, item.skipped = job.database:evidence(), json.array(found.skipped)
    return found.findings, evidence.settle(item, "package")
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

local function run(values, job, notes, note)
  local set, used = chosen_policies(values)
  if #used == 0 then used = { "policies/default.lua" } end
  local version_used = values.python or python.version_for(".venv", folders.tools() .. "/main")
  local read = sources.read(sources.find(#values > 0 and values or { "." }), { python_version = version_used,
    every = values.all_platforms })
  if #read.targets + #read.skipped + #read.problems == 0 then
    usage("nothing to audit: no requirements file, lock file or environment is there")
  end
  local packages, unreadable, by_key = package_set.join(read.targets)
  job.packages = packages
  local skipped = read.skipped
  lists.append(skipped, unreadable)
  local list, item = scan(job)
  local given = { item }
  lists.append(given, input_evidence(read, skipped, packages))
  note_limits(read, note)
  tell(read, skipped)
  local decisions, message = set:decide(list, { packages = json.array(packages), evidence = given })
  if not decisions then usage(message) end
  local judged = set:evidence(given)
  package_set.place_policy_findings(decisions, by_key)
  return {
    timestamp = clock.timestamp(), python_version = version_used, inputs = inputs_of(read.targets),
    packages = json.array(packages), decisions = json.array(decisions), evidence = judged, notices = set:notices(),
    notes = json.array(notes),
    left_out = json.array(read.left_out), policies = json.array(used),
    exit = values.exit_zero and 0 or exit_code.of(decisions, judged),
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
  local function note(text)
    notes[#notes + 1] = text
    ui.warn(text)
  end
  local database <close> = Database.new(values.database, note)
  local record = run(values, { database = database }, notes, note)
  report(values, record)
  return record.exit
end

return audit
