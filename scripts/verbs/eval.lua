--- pysec eval: what policies say of stored reports. No tool runs, nothing is written but the result.
local budget = require "lib.budget"
local changes = require "lib.changes"
local chosen_policies = require "chosen_policies"
local cli = require "cli"
local Database = require "local_database"
local options = require "lib.options"
local report_files = require "inputs.report_files"
local reports = require "inputs.reports"
local severities = require "severities"
local ui = require "pysec.ui"
local words = require "lib.words"

local eval = {}

local command = {
  name = "pysec eval",
  summary = "Applies policies to stored reports: summaries, results of pip-audit, safety, bandit and osv-scanner,\n"
    .. "SARIF, or lists of findings. No tool runs.",
  usage = "[OPTIONS] [FILE|FOLDER|-]...",
  positional = { 0, math.huge },
  options = options.with_common {
    { "policy", "PATH", many = true, help = "policy that decides: file, folder or shipped name; may repeat" },
    { "no-project-policy", help = "do not load pysec.lua of the current folder" },
    budget.option,
    { "database", "FILE", help = "local advisory database that gives findings their severity (none: as reported)" },
    { "format", "FORMAT", choices = { "text", "json" }, help = "text (default) or json" },
    { "against", "SUMMARY...", many = true, several = true,
      help = "print what changes compared with the verdicts in these" },
    { "exit-zero", help = "exit 0 whatever the policies say" },
  },
  examples = {
    { "pysec eval reports/security", "all summaries below a folder, by the project's policy" },
    { "pip-audit -f json | pysec eval --policy strict -", "a tool's report from standard input" },
    { "pysec eval --policy new.lua --against reports/*/security-summary-*.json",
      "try a new policy on last month's reports" },
  },
  notes = "Exit: 0 nothing fails, 1 a finding fails, 2 wrong usage, a report that cannot be read or a mistake in a\n"
    .. "      policy, 3 evidence incomplete.",
}

local function usage(message)
  error({ usage = message }, 0)
end

--- The value that came, or wrong usage with the message that came in its place.
local function expect(value, message)
  if value == nil then usage(message) end
  return value
end

local function read(name)
  return expect(reports.read(expect(report_files.read(name)), name))
end

local function open(name)
  return expect(reports.open(expect(report_files.read(name)), name))
end

--- The reports that are to be judged; those of --against where no other is named.
local function find_reports(values)
  if #values > 0 then return expect(report_files.find(values)) end
  if values.against then return expect(report_files.find(values.against)) end
  if report_files.has_standard_input() then return { report_files.STANDARD_INPUT } end
  usage("pysec eval: name a report, a folder of reports, or - for standard input")
end

--- Adds what a report recorded. A trial on a report without verdicts would show nothing.
local function remember(record, name, report)
  if not report.decisions then
    usage(("%s: holds no verdicts to compare with: --against takes summaries and results of pysec eval"):format(name))
  end
  local ok, message = changes.add(record, report.decisions)
  if not ok then usage(("%s: %s"):format(name, message)) end
end

--- What all given summaries recorded; nil where each report is compared with itself, or with nothing.
local function read_records(values)
  if not values.against or #values == 0 then return nil end
  local record = changes.new()
  for _, name in ipairs(expect(report_files.find(values.against))) do remember(record, name, read(name)) end
  return record
end

-- --- evidence ---

--- What is missing in all reports: each reason once.
local Missing = {}
Missing.__index = Missing

function Missing:add(name, evidence)
  for _, item in ipairs(evidence) do
    if item.status == "incomplete" then
      if not self.scanners[item.scanner] then table.insert(self.list, item.scanner) end
      self.scanners[item.scanner] = true
      local reason = self.reasons[item.reason]
      if not reason then
        reason = { text = item.reason, first = name, count = 0 }
        self.reasons[item.reason] = reason
        table.insert(self.order, reason)
      end
      reason.count = reason.count + 1
    end
  end
end

function Missing:warn(several)
  for _, reason in ipairs(self.order) do
    local more = reason.count > 1 and (" (in %d reports, this is the first)"):format(reason.count) or ""
    ui.warn(several and ("%s: %s%s"):format(reason.first, reason.text, more) or reason.text)
  end
end

-- --- the whole ---

local function exit_code(values, counts, missing)
  if values.exit_zero then return 0 end
  if counts.block + counts.fail > 0 then return 1 end
  return #missing.list > 0 and 3 or 0
end

--- What severities.lua wants of a job, or nil where no database was named: a stored report keeps what it says.
local function rater(values)
  if not values.database then return nil end
  local job = { note = function(_, text) ui.warn(text) end }
  job.database = Database.new(values.database, ui.warn)
  expect(job.database:open())
  return job
end

--- Decides one report in parts, and hands the decisions on each to `take`. Returns its evidence as the policies see it.
local function judge(set, report, job, take)
  local run = set:start { packages = report.packages, evidence = report.evidence }
  while true do
    local part, message = report.parts()
    if not part then
      if message then usage(message) end
      break
    end
    take(expect(run:decide(job and severities.rate(job, part) or part)))
  end
  take(expect(run:finish()))
  return set:evidence(report.evidence)
end

function eval.run(values)
  local set = chosen_policies(values)
  local names, job = find_reports(values), rater(values)
  local all, compares_itself = read_records(values), values.against and #values == 0
  local several = #names > 1
  local writer = require(values.format == "json" and "reports.decisions_json" or "reports.decisions_text") {
    several = several, changes = values.against ~= nil, quiet = values.quiet }
  local counts = words.count_verdicts {}
  local missing = setmetatable({ list = {}, scanners = {}, reasons = {}, order = {} }, Missing)
  for _, name in ipairs(names) do
    local report, record = open(name), all
    if compares_itself then
      record = changes.new()
      remember(record, name, report)
    end
    missing:add(name, judge(set, report, job, function(decisions)
      words.count_verdicts(decisions, counts)
      writer:add { name = name, decisions = decisions, changes = record and changes.between(record, decisions) }
    end))
    if compares_itself then writer:add { name = name, decisions = {}, changes = changes.gone(record) } end
  end
  local exit = exit_code(values, counts, missing)
  missing:warn(several)
  writer:finish { notices = set:notices(), gone = all and changes.gone(all) or {}, counts = counts,
    missing = missing.list, exit = exit }
  return exit
end

function eval.main(arguments)
  local values = cli.start(command, arguments)
  if not values then return 0 end
  -- What lives are a few large texts, so that a collection takes no time, and each one delayed is memory.
  collectgarbage("setpause", 110)
  return eval.run(values)
end

return eval
