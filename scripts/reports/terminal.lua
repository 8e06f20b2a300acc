--- What a run prints at its end: tables, and the result in a line.
local findings = require "lib.findings"
local groups = require "reports.upgrade_groups"
local ui = require "pysec.ui"
local words = require "lib.words"

local terminal = {}

local function print_findings(record)
  local vulnerabilities, code, policy = words.split(record.findings)
  local decided = words.decided(record)
  if #vulnerabilities > 0 then
    local rows = {}
    for i, finding in ipairs(vulnerabilities) do
      rows[i] = { finding.package, finding.version, findings.public_id(finding), words.severity_cell(finding),
        words.verdict_cell(decided[finding]), words.fix(finding) }
    end
    ui.section("Findings")
    ui.table({ "PACKAGE", "INSTALLED", "ID", "SEVERITY", "VERDICT", "FIXED IN" }, rows)
  end
  if #code > 0 then
    local rows = {}
    for i, finding in ipairs(code) do
      rows[i] = { ("%s:%d"):format(finding.path, finding.line or 0), finding.id, words.severity_cell(finding),
        words.verdict_cell(decided[finding]), finding.summary }
    end
    ui.section("Findings in your code")
    ui.table({ "PLACE", "TEST", "SEVERITY", "VERDICT", "ISSUE" }, rows)
  end
  if #policy > 0 then
    local rows = {}
    for i, finding in ipairs(policy) do
      local decision = decided[finding]
      rows[i] = { finding.package, finding.version, finding.id, words.verdict_cell(decision), decision.by,
        finding.summary }
    end
    ui.section("Findings of the policies")
    ui.table({ "PACKAGE", "INSTALLED", "ID", "VERDICT", "RULE", "WHY" }, rows)
  end
end

local function print_notices(record)
  if #record.notices == 0 then return end
  local rows = {}
  for i, notice in ipairs(record.notices) do rows[i] = { notice.by, notice.kind, notice.message } end
  ui.section("Notices")
  ui.table({ "RULE", "KIND", "WHAT" }, rows)
end

local function print_fixed(record)
  if #record.fixed == 0 then return end
  local rows = {}
  for i, finding in ipairs(record.fixed) do
    rows[i] = { finding.package, finding.version, findings.public_id(finding), words.severity_cell(finding) }
  end
  ui.section("Fixed")
  ui.table({ "PACKAGE", "WAS", "ID", "SEVERITY" }, rows)
end

local function print_section(title, items, columns)
  if #items == 0 then return end
  ui.section(title)
  ui.table(groups.table(items, columns))
end

local function field(name)
  return function(item) return item[name] end
end

local function why(item)
  return words.shorten(words.why(item))
end

local function print_upgrades(record)
  local sorted, of_all = groups.of(record.upgrades), record.results.upgrade.reason
  --- What an upgrade is good for, unless there is a reason of its own why it is not there.
  local function use(item)
    local is_undone = item.state == "rolled_back" and item.reason ~= of_all
    return not is_undone and #item.fixes > 0 and "fixes " .. table.concat(item.fixes, ", ") or why(item)
  end
  local target, package = { "IN", groups.target(record) }, { "PACKAGE", field "package" }
  local from, to = { "FROM", groups.from }, { "TO", field "to" }
  local function free_on(items) return { "FREE ON", groups.field(items, "free_on") } end
  print_section("Upgrades", sorted.made, { target, package, from, to, { "STATE", field "state" }, { "WHY", use } })
  print_section("Refused", sorted.refused, { target, package, from, to, free_on(sorted.refused), { "WHY", why } })
  print_section("Left out", sorted.left_out, { target, package, from, to, { "WHAT BROKE", why } })
  print_section("Held back", record.held_back, { target, package, { "VERSION", field "version" },
    { "NEWEST", field "latest" }, free_on(record.held_back), { "BY", why } })
end

--- One line: how long it took, and how many trials, where there was more than one.
local function print_times(record)
  if #record.times == 0 then return end
  local trials = record.results.upgrade.trials
  local made = trials and trials.made > 1 and "; " .. groups.trials(record) or ""
  ui.info("\n" .. words.times(record.times) .. made)
end

--- The tables of a run.
function terminal.tables(record)
  print_fixed(record)
  print_findings(record)
  print_upgrades(record)
  print_notices(record)
  print_times(record)
end

--- The last lines: what is incomplete, and the result. `path` is the report's.
function terminal.result(record, path)
  for _, item in ipairs(record.evidence) do
    if item.status ~= "complete" then ui.warn(item.reason) end
  end
  if record.results.upgrade.status == "rolled_back" then
    ui.error("the upgrade was rolled back: " .. record.results.upgrade.reason)
  end
  local text, good = words.result(record)
  local line = ("%s; report: %s"):format(text, path)
  if good and record.exit ~= 4 then ui.ok(line) else ui.fail(line) end
end

return terminal
