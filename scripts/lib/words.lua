--- Sentences about what was found, for the report and the terminal.
local lists = require "lib.lists"

local words = {}

--- "1 vulnerability", "2 vulnerabilities".
function words.count(number, one, many)
  return ("%d %s"):format(number, number == 1 and one or many or one .. "s")
end

local MOST_BRIEF = 160

--- A summary short enough for a table, cut between words.
function words.brief(text)
  text = text:sub(1, 4 * MOST_BRIEF):match("^%s*(.-)%s*$")
  if #text <= MOST_BRIEF then return text end
  local last = MOST_BRIEF
  while last > 0 and text:byte(last + 1) & 0xC0 == 0x80 do last = last - 1 end -- not within a character
  return text:sub(1, last):gsub("%s+%S*$", "") .. " …"
end

--- The fix of a finding in words.
function words.fix(finding)
  if #finding.fix_versions == 0 then return "none known" end
  return table.concat(finding.fix_versions, ", ")
end

--- The severity of a finding with its score, where there is one: "high 8.6".
function words.severity(finding)
  return finding.score and ("%s %.1f"):format(finding.severity, finding.score) or finding.severity
end

local SEVERITY_COLORS = { critical = "red", high = "red", medium = "yellow", low = "cyan" }

--- The same as a cell of a table.
function words.severity_cell(finding)
  return { words.severity(finding), SEVERITY_COLORS[finding.severity] }
end

local VERDICT_COLORS = { block = "red", fail = "red", warn = "yellow", ignore = "dim" }

--- The verdict of a decision as a cell of a table.
function words.verdict_cell(decision)
  return { decision.verdict, VERDICT_COLORS[decision.verdict] }
end

--- Why an upgrade is in the report, or a package is held back: the reason, and the rule whose it is.
function words.why(item)
  if item.allowed or not item.by then return item.reason or "" end
  return ("%s %s: %s"):format(item.rule, item.by, item.reason)
end

--- Splits findings into vulnerabilities, code, and those that policies made.
function words.split(list)
  local parts = { vulnerability = {}, code = {}, policy = {} }
  for _, finding in ipairs(list) do table.insert(parts[finding.kind], finding) end
  return parts.vulnerability, parts.code, parts.policy
end

--- The packages of a list of findings, each once, in order.
function words.packages(list)
  local seen, packages = {}, {}
  for _, finding in ipairs(list) do
    if finding.package and not seen[finding.package] then
      seen[finding.package] = true
      packages[#packages + 1] = finding.package
    end
  end
  return packages
end

--- Adds the verdicts of decisions to counts: { block, fail, warn, ignore }, new ones where none are given.
function words.count_verdicts(decisions, counts)
  counts = counts or { block = 0, fail = 0, warn = 0, ignore = 0 }
  for _, decision in ipairs(decisions) do counts[decision.verdict] = counts[decision.verdict] + 1 end
  return counts
end

--- Verdicts that were counted, how many findings were fixed, and the scanners whose evidence is incomplete, in one
-- line; second, whether that is good.
function words.verdicts(counts, fixed, missing)
  local failing = counts.block + counts.fail
  local parts = {}
  if failing > 0 then parts[#parts + 1] = words.count(failing, "finding fails", "findings fail") end
  if counts.warn > 0 then parts[#parts + 1] = words.count(counts.warn, "warning") end
  if counts.ignore > 0 then parts[#parts + 1] = ("%d ignored"):format(counts.ignore) end
  if fixed > 0 then parts[#parts + 1] = ("%d fixed"):format(fixed) end
  if #missing > 0 then parts[#parts + 1] = "evidence incomplete: " .. table.concat(lists.unique(missing), ", ") end
  if #parts == 0 then parts[1] = "no findings" end
  return table.concat(parts, ", "), failing == 0 and #missing == 0
end

--- Whether upgrades concern more than one file or environment, so that a table has to say which.
function words.has_targets(upgrades)
  for i = 2, #upgrades do
    if upgrades[i].target ~= upgrades[1].target then return true end
  end
  return false
end

--- The result of a run in one line; second, whether it is good.
function words.result(record)
  local missing = {}
  for _, item in ipairs(record.evidence) do
    if item.status == "incomplete" then missing[#missing + 1] = item.scanner end
  end
  local text, good = words.verdicts(words.count_verdicts(record.decisions), #record.fixed, missing)
  if not record.policy_failed then return text, good end
  return ("no verdict, because a policy failed (%s); %s"):format(record.policy_failed, text), false
end

--- The decision on each finding of a record.
function words.decided(record)
  local decided = {}
  for _, decision in ipairs(record.decisions) do decided[decision.finding] = decision end
  return decided
end

--- The findings that somebody has to look at.
local function not_ignored(record)
  local decided, list = words.decided(record), {}
  for _, finding in ipairs(record.findings) do
    local decision = decided[finding]
    if not decision or decision.verdict ~= "ignore" then list[#list + 1] = finding end
  end
  return list
end

--- The packages whose fixes a policy refuses, as a set.
local function refused_packages(record)
  local refused = {}
  for _, item in ipairs(record.upgrades) do
    if item.state == "refused" and #item.fixes > 0 then refused[item.package] = true end
  end
  return refused
end

--- Advice that fits what was found. Returns a list of sentences.
function words.recommendations(record)
  local list, refused = {}, refused_packages(record)
  local vulnerabilities, code, policy = words.split(not_ignored(record))
  local fixable, unfixable, forbidden = {}, {}, {}
  for _, finding in ipairs(vulnerabilities) do
    local kind = refused[finding.package] and forbidden or #finding.fix_versions > 0 and fixable or unfixable
    table.insert(kind, finding)
  end
  if #fixable > 0 then
    local advice = record.upgrade_mode == "none" and "run pysec with --upgrade conservative"
      or record.results.upgrade.status == "planned" and "run pysec without --dry-run"
      or "see the upgrades that were left out below"
    list[#list + 1] = ("Update %s to patched versions (%s)"):format(table.concat(words.packages(fixable), ", "), advice)
  end
  if #forbidden > 0 then
    list[#list + 1] = ("The policies refuse upgrades that fix %s: see the rules that are named below")
      :format(table.concat(words.packages(forbidden), ", "))
  end
  if #unfixable > 0 then
    list[#list + 1] = ("No fixed version is known for %s: look for a replacement, or accept the risk in a policy")
      :format(table.concat(words.packages(unfixable), ", "))
  end
  if #code > 0 then
    local worst = {}
    for _, finding in ipairs(code) do worst[finding.severity] = (worst[finding.severity] or 0) + 1 end
    local parts = {}
    for _, severity in ipairs { "critical", "high", "medium", "low", "unknown" } do
      if worst[severity] then parts[#parts + 1] = ("%d %s"):format(worst[severity], severity) end
    end
    list[#list + 1] = ("Consider refactoring the code that bandit flagged (%s)"):format(table.concat(parts, ", "))
  end
  if #policy > 0 then
    list[#list + 1] = ("Bring %s in line with the policies (see their findings below)"):format(
      table.concat(words.packages(policy), ", "))
  end
  local applied = false
  for _, upgrade in ipairs(record.upgrades) do applied = applied or upgrade.state == "applied" end
  if applied then list[#list + 1] = "Run your tests: packages were upgraded" end
  for _, item in ipairs(record.evidence) do
    if item.status == "incomplete" then
      list[#list + 1] = ("Complete the evidence of %s: %s"):format(item.scanner, item.reason)
    end
  end
  if #list == 0 then list[1] = "Nothing to do: keep running this audit regularly" end
  return list
end

return words
