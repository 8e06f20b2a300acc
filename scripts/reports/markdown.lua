--- security-summary-TS.md: the guide's headings and lines, then tables.
local findings = require "lib.findings"
local markdown = require "lib.markdown"
local recommendations = require "reports.recommendations"
local upgrades = require "reports.markdown_upgrades"
local words = require "lib.words"

local escape = markdown.escape

local function evidence_for(record, name)
  for _, item in ipairs(record.evidence) do
    if item.scanner == name then return item end
  end
end

--- "✅ Clean", "⚠️ 2 vulnerabilities", or what is missing.
local function tool_line(record, name, count, one, many)
  local evidence = evidence_for(record, name)
  if not evidence then return nil end
  local text
  if evidence.status == "complete" then
    text = count == 0 and "✅ Clean" or ("⚠️ " .. words.count(count, one, many))
  elseif evidence.status == "not_run" then
    text = "⏭️ Not run: " .. escape(evidence.reason)
  elseif count and count > 0 then
    text = ("⚠️ %s, and incomplete: %s"):format(words.count(count, one, many), escape(evidence.reason))
  else
    text = "❌ Incomplete: " .. escape(evidence.reason)
  end
  return ("- **%s:** %s"):format(name, text)
end

local function upgrade_line(record)
  local upgrade = record.results.upgrade
  local mode = escape(record.upgrade_mode)
  local counts = { applied = 0, planned = 0, refused = 0, failed = 0 }
  for _, item in ipairs(record.upgrades) do counts[item.state] = (counts[item.state] or 0) + 1 end
  local others = counts.refused > 0 and ("; the policies refuse %d"):format(counts.refused) or ""
  if counts.failed > 0 then others = ("%s; %d left out"):format(others, counts.failed) end
  if upgrade.status == "none" then return "- **Upgrades:** None (audit only)" end
  if upgrade.status == "applied" then
    return ("- **Upgrades:** Applied (%s mode): %s%s"):format(mode, words.count(counts.applied, "package"), others)
  elseif upgrade.status == "planned" then
    return ("- **Upgrades:** Planned, not applied (%s mode, dry run): %s%s"):format(mode,
      words.count(counts.planned, "package"), others)
  elseif upgrade.status == "failed" then
    return ("- **Upgrades:** ❌ Not applied (%s mode): %s"):format(mode, escape(upgrade.reason))
  elseif upgrade.status == "rolled_back" then
    return ("- **Upgrades:** ❌ Rolled back (%s mode): %s"):format(mode, escape(upgrade.reason))
  end
  return ("- **Upgrades:** Nothing to upgrade (%s mode)%s"):format(mode, others)
end

local function head(record)
  return {
    "# Python Security Audit Report", "",
    ("**Date:** %s"):format(record.timestamp),
    ("**Python:** Python %s"):format(escape(record.python_version)),
    ("**Venv:** %s"):format(escape(record.venv_path)),
    ("**Upgrade Mode:** %s"):format(escape(record.upgrade_mode)), "",
  }
end

local function add(lines, text)
  if text then lines[#lines + 1] = text end
end

local function add_summary(lines, record)
  local results = record.results
  add(lines, "## Summary\n")
  add(lines, tool_line(record, "pip-audit", results.pip_audit and results.pip_audit.count, "vulnerability",
    "vulnerabilities"))
  add(lines, tool_line(record, "osv", results.osv and results.osv.count, "vulnerability", "vulnerabilities"))
  add(lines, tool_line(record, "safety", results.safety and results.safety.count, "vulnerability",
    "vulnerabilities"))
  local bandit = evidence_for(record, "bandit")
  if bandit and bandit.status == "complete" and results.bandit.count > 0 then
    add(lines, ("- **bandit:** %s found"):format(words.count(results.bandit.count, "issue")))
  else
    add(lines, tool_line(record, "bandit", results.bandit and results.bandit.count, "issue", "issues"))
  end
  add(lines, upgrade_line(record))
  add(lines, ("- **Result:** %s (exit %d)\n"):format(escape((words.result(record))), record.exit))
end

local function add_recommendations(lines, record)
  add(lines, "## Recommendations\n")
  for i, sentence in ipairs(recommendations(record)) do
    add(lines, ("%d. %s"):format(i, escape(sentence)))
  end
  add(lines, "")
end

local function add_findings(lines, record)
  local vulnerabilities, code, policy = words.split(record.findings)
  local decided = words.decided(record)
  if #vulnerabilities > 0 then
    local rows = {}
    for i, finding in ipairs(vulnerabilities) do
      local decision = decided[finding] or {}
      rows[i] = { finding.package, finding.version, findings.public_id(finding), words.severity(finding),
        words.fix(finding), decision.verdict, table.concat(finding.sources, ", "), words.brief(finding.summary) }
    end
    add(lines, "## Findings\n")
    add(lines, markdown.table({ "Package", "Installed", "Id", "Severity", "Fixed in", "Verdict", "Found by",
      "Summary" }, rows) .. "\n")
  end
  if #code > 0 then
    local rows = {}
    for i, finding in ipairs(code) do
      local decision = decided[finding] or {}
      rows[i] = { ("%s:%s"):format(finding.path, finding.line), finding.id, finding.severity, finding.confidence,
        decision.verdict, words.brief(finding.summary) }
    end
    add(lines, "## Code findings\n")
    add(lines, markdown.table({ "Place", "Test", "Severity", "Confidence", "Verdict", "Issue" }, rows) .. "\n")
  end
  if #policy > 0 then
    local rows = {}
    for i, finding in ipairs(policy) do
      local decision = decided[finding] or {}
      rows[i] = { finding.package, finding.version, finding.id, decision.verdict, decision.by, finding.summary }
    end
    add(lines, "## Policy findings\n")
    add(lines, markdown.table({ "Package", "Installed", "Id", "Verdict", "Rule", "Why" }, rows) .. "\n")
  end
end

local function add_fixed(lines, record)
  if #record.fixed == 0 then return end
  local rows = {}
  for i, finding in ipairs(record.fixed) do
    rows[i] = { finding.package, finding.version, findings.public_id(finding), finding.severity }
  end
  add(lines, "## Fixed\n")
  add(lines, markdown.table({ "Package", "Was", "Id", "Severity" }, rows) .. "\n")
end

--- Which rules decided otherwise than by severity, and what the reader has to know of the rules.
local function add_policies(lines, record)
  local rows = {}
  for _, decision in ipairs(record.decisions) do
    if decision.verdict == "ignore" or decision.verdict == "block" or decision.rule:match("^on ") then
      local finding = decision.finding
      rows[#rows + 1] = { finding.package or ("%s:%s"):format(finding.path, finding.line), findings.public_id(finding),
        decision.verdict, decision.by, decision.reason }
    end
  end
  if #rows == 0 and #record.notices == 0 then return end
  add(lines, "## Policies\n")
  if #rows > 0 then
    add(lines, markdown.table({ "Of", "Id", "Verdict", "Rule", "Reason" }, rows) .. "\n")
  end
  for _, notice in ipairs(record.notices) do
    add(lines, ("- %s (%s): %s"):format(escape(notice.by), notice.kind, escape(notice.message)))
  end
  if #record.notices > 0 then add(lines, "") end
end

local function add_evidence(lines, record)
  local rows = {}
  for i, item in ipairs(record.evidence) do
    rows[i] = { item.scanner, item.version or "", item.status, #item.skipped, item.reason or "" }
  end
  add(lines, "## Evidence\n")
  add(lines, markdown.table({ "Scanner", "Version", "Status", "Skipped", "Reason" }, rows) .. "\n")
  for _, item in ipairs(record.evidence) do
    local database = item.database
    if database then
      add(lines, ("- %s used the local database %s: %d advisories, the newest %s days old"):format(escape(item.scanner),
        escape(database.path), database.count, database.age_days or "unknown"))
    end
  end
  for _, note in ipairs(record.notes) do add(lines, "- " .. escape(note)) end
end

return {
  name = "markdown",
  file = function(timestamp) return ("security-summary-%s.md"):format(timestamp) end,
  render = function(record)
    local lines = head(record)
    add_summary(lines, record)
    add_recommendations(lines, record)
    add_findings(lines, record)
    add_fixed(lines, record)
    upgrades.add_changes(lines, record)
    upgrades.add_upgrades(lines, record)
    upgrades.add_held_back(lines, record)
    add_policies(lines, record)
    upgrades.add_times(lines, record)
    add_evidence(lines, record)
    return table.concat(lines, "\n") .. "\n"
  end,
}
