--- The decisions of pysec eval for people: a table a report, or what would change, then one line.
local findings = require "lib.findings"
local json = require "pysec.json"
local ui = require "pysec.ui"
local words = require "lib.words"

local Writer = {}
Writer.__index = Writer

--- Options: `several` (tables have the name of their report above), `changes` (those are shown, not the decisions),
-- `quiet` (no tables).
local function new(options)
  return setmetatable({ options = options, count = 0, changed = 0, rows = {} }, Writer)
end

local function subject(finding)
  if finding.kind == "code" then
    return finding.line and ("%s:%d"):format(finding.path, finding.line) or finding.path
  end
  return finding.version and ("%s %s"):format(finding.package, finding.version) or finding.package
end

local function decision_rows(decisions)
  local rows, briefs = {}, {} -- many decisions have one reason
  for _, decision in ipairs(decisions) do
    local finding, reason = decision.finding, decision.reason
    if decision.verdict ~= "ignore" then
      briefs[reason] = briefs[reason] or words.brief(reason)
      rows[#rows + 1] = { words.verdict_cell(decision), subject(finding), findings.public_id(finding), finding.severity,
        decision.by, briefs[reason] }
    end
  end
  return rows
end

local function word_cell(word, none)
  if word == json.null then return none end
  return words.verdict_cell(word)
end

local function rule_cell(word)
  return word ~= json.null and word.by or ""
end

local function change_rows(changes)
  local rows = {}
  for i, change in ipairs(changes) do
    local finding = change.finding
    rows[i] = { word_cell(change.old, "(new)"), word_cell(change.new, "(gone)"), subject(finding),
      findings.public_id(finding), finding.severity, rule_cell(change.old), rule_cell(change.new),
      words.brief(change.new ~= json.null and change.new.reason or "") }
  end
  return rows
end

local DECISIONS = { "VERDICT", "WHAT", "ID", "SEVERITY", "RULE", "WHY" }
local CHANGES = { "WAS", "NOW", "WHAT", "ID", "SEVERITY", "RULE THEN", "RULE NOW", "WHY" }

local function print_table(self, name, rows)
  if #rows == 0 then return end
  if self.options.several then ui.section(name) end
  ui.table(self.options.changes and CHANGES or DECISIONS, rows)
end

--- Prints the rows of the report that was added last.
local function flush(self)
  if self.name then print_table(self, self.name, self.rows) end
  self.name, self.rows = nil, {}
end

--- Adds what became of a report, or of a part of it: { name, decisions, changes }.
function Writer:add(entry)
  if entry.name ~= self.name then
    flush(self)
    self.name, self.count = entry.name, self.count + 1
  end
  self.changed = self.changed + #(entry.changes or {})
  if self.options.quiet then return end
  local rows = self.options.changes and change_rows(entry.changes) or decision_rows(entry.decisions)
  table.move(rows, 1, #rows, #self.rows + 1, self.rows)
end

--- Prints what is true of all reports: { notices, gone, counts, missing }.
function Writer:finish(result)
  flush(self)
  self.changed = self.changed + #result.gone
  if not self.options.quiet then print_table(self, "no longer found", change_rows(result.gone)) end
  for _, notice in ipairs(result.notices) do ui.warn(("%s: %s"):format(notice.by, notice.message)) end
  local text, good = words.verdicts(result.counts, 0, result.missing)
  if self.count > 1 then text = ("%s, in %d reports"):format(text, self.count) end
  if self.options.changes then
    text = ("%s; now: %s"):format(words.count(self.changed, "verdict changes", "verdicts change"), text)
  end
  if good then ui.ok(text) else ui.fail(text) end
end

return new
