--- What a run prints at its end: tables, and the result in a line.
local findings = require "lib.findings"
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

local function print_upgrades(record)
  if #record.upgrades > 0 then
    local rows, head = {}, { "PACKAGE", "FROM", "TO", "STATE", "WHY" }
    local has_targets = words.has_targets(record.upgrades)
    if has_targets then table.insert(head, 1, "IN") end
    for i, item in ipairs(record.upgrades) do
      rows[i] = { item.package, item.from or "(new)", item.to, item.state,
        item.allowed and #item.fixes > 0 and "fixes " .. table.concat(item.fixes, ", ") or words.why(item) }
      if has_targets then table.insert(rows[i], 1, item.target) end
    end
    ui.section("Upgrades")
    ui.table(head, rows)
  end
  if #record.held_back > 0 then
    local rows, head = {}, { "PACKAGE", "VERSION", "NEWEST", "BY" }
    local has_targets = words.has_targets(record.held_back)
    if has_targets then table.insert(head, 1, "IN") end
    for i, item in ipairs(record.held_back) do
      rows[i] = { item.package, item.version, item.latest, words.why(item) }
      if has_targets then table.insert(rows[i], 1, item.target) end
    end
    ui.section("Held back")
    ui.table(head, rows)
  end
end

--- The tables of a run.
function terminal.tables(record)
  print_fixed(record)
  print_findings(record)
  print_upgrades(record)
  print_notices(record)
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
