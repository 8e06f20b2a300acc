--- Sentences about what was found, for the report and the terminal.
local lists = require "lib.lists"

local words = {}

--- "1 vulnerability", "2 vulnerabilities".
function words.count(number, one, many)
  return ("%d %s"):format(number, number == 1 and one or many or one .. "s")
end

local MOST_BRIEF = 160

local MOST_OF_CHARACTER = 4

--- The last place at or before this one after which no character is cut in two.
local function whole_before(text, last)
  for at = last, math.max(last - MOST_OF_CHARACTER + 1, 0), -1 do
    if (text:byte(at + 1) or 0) & 0xC0 ~= 0x80 then return at end
  end
  return last
end

--- A summary short enough for a table, cut between words.
function words.brief(text)
  text = text:sub(1, 4 * MOST_BRIEF):match("^%s*(.-)%s*$")
  if #text <= MOST_BRIEF then return text end
  return text:sub(1, whole_before(text, MOST_BRIEF)):gsub("%s+%S*$", "") .. " …"
end

--- A reason in one line that is short enough for a table: of a long one its beginning, which says what was done, and
-- its end, which is mostly where a command says what was wrong.
function words.shorten(text)
  text = text:gsub("%s+", " "):match("^ ?(.-) ?$")
  if #text <= MOST_BRIEF then return text end
  local first = whole_before(text, MOST_BRIEF // 2)
  local last = whole_before(text, #text - MOST_BRIEF // 2)
  return text:sub(1, first):gsub(" %S*$", "") .. " … " .. text:sub(last + 1):gsub("^%S* ", "")
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

--- Verdicts that were counted, how many findings were fixed, the scanners whose evidence is incomplete, and how many
-- upgrades were left out (nil: none), in one line; second, whether that is good.
function words.verdicts(counts, fixed, missing, left_out)
  local failing = counts.block + counts.fail
  local parts = {}
  if failing > 0 then parts[#parts + 1] = words.count(failing, "finding fails", "findings fail") end
  if counts.warn > 0 then parts[#parts + 1] = words.count(counts.warn, "warning") end
  if counts.ignore > 0 then parts[#parts + 1] = ("%d ignored"):format(counts.ignore) end
  if fixed > 0 then parts[#parts + 1] = ("%d fixed"):format(fixed) end
  if (left_out or 0) > 0 then parts[#parts + 1] = words.count(left_out, "upgrade") .. " left out" end
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
  local left_out = 0
  for _, item in ipairs(record.upgrades) do
    if item.state == "failed" then left_out = left_out + 1 end
  end
  local text, good = words.verdicts(words.count_verdicts(record.decisions), #record.fixed, missing, left_out)
  if not record.policy_failed then return text, good end
  return ("no verdict, because a policy failed (%s); %s"):format(record.policy_failed, text), false
end

--- How long the phases of a run took, in one line: "audit 1.2 s, plan 0.8 s, 2.0 s in all". What took no time that one
-- could see is not named.
function words.times(times)
  local parts, all = {}, 0
  for _, item in ipairs(times) do
    all = all + item.seconds
    if item.seconds >= 0.05 then parts[#parts + 1] = ("%s %.1f s"):format(item.phase, item.seconds) end
  end
  if #parts ~= 1 or #times > 1 then parts[#parts + 1] = ("%.1f s in all"):format(all) end
  return table.concat(parts, ", ")
end

--- The decision on each finding of a record.
function words.decided(record)
  local decided = {}
  for _, decision in ipairs(record.decisions) do decided[decision.finding] = decision end
  return decided
end

return words
