--- What `pysec audit` prints for people: a table of what was found and where, then what is missing, then one line.
local evidence = require "lib.evidence"
local findings = require "lib.findings"
local ui = require "pysec.ui"
local words = require "lib.words"

local HEAD = { "PACKAGE", "VERSION", "ID", "SEVERITY", "VERDICT", "FIXED IN", "WHERE" }

--- The first place that asks for the package, and how many others do.
local function where(finding)
  if not finding.path then return "" end
  local place = evidence.place(finding)
  local others = finding.locations and #finding.locations - 1 or 0
  return others > 0 and ("%s (+%d)"):format(place, others) or place
end

local function print_decisions(decisions)
  local rows = {}
  for i, decision in ipairs(decisions) do
    local finding = decision.finding
    rows[i] = { finding.package, finding.version or "", findings.public_id(finding),
      words.severity_cell(finding), words.verdict_cell(decision),
      finding.kind == "policy" and finding.summary or words.fix(finding), where(finding) }
  end
  if #rows > 0 then ui.table(HEAD, rows) end
end

--- Prints a record of verbs/audit.lua; with `quiet` without its table.
return function(record, quiet)
  if not quiet then print_decisions(record.decisions) end
  for _, notice in ipairs(record.notices) do ui.warn(("%s: %s"):format(notice.by, notice.message)) end
  local missing, used = {}, {}
  for _, item in ipairs(record.evidence) do
    if item.status == "incomplete" then
      missing[#missing + 1] = item.scanner
      ui.warn(item.reason)
    end
    if item.database then
      used[1] = ("; %d advisories, the newest %s old"):format(item.database.count,
        words.count(item.database.age_days, "day"))
    end
  end
  local text, good = words.verdicts(words.count_verdicts(record.decisions), 0, missing)
  text = ("%s in %s of %s%s"):format(text, words.count(#record.packages, "package"),
    words.count(#record.inputs, "input"), used[1] or "")
  if good then ui.ok(text) else ui.fail(text) end
end
