--- What policies last said in a test, in lines: for the test that fails.
local story = {}

local MOST_TOLD = 5

local function tell_decision(lines, decision)
  local finding = decision.finding
  local where = finding.package and ("%s %s"):format(finding.package, finding.version) or finding.path or ""
  lines[#lines + 1] = ("%s in %s, severity %s: %s by %s (%s): %s"):format(finding.id, where, finding.severity,
    decision.verdict, decision.by, decision.rule, decision.reason)
  for _, spoken in ipairs(decision.trace) do
    lines[#lines + 1] = ("  %s (%s) says %s: %s"):format(spoken.by, spoken.rule, spoken.verdict, spoken.reason)
  end
  if #decision.trace == 0 then lines[#lines + 1] = "  no rule spoke" end
end

local function tell_upgrade(lines, upgrade)
  local outcome = "allowed"
  if not upgrade.allowed then
    outcome = ("refused by %s (%s): %s"):format(upgrade.by, upgrade.rule, upgrade.reason)
  end
  lines[#lines + 1] = ("%s %s -> %s: %s"):format(upgrade.package, upgrade.from or "(new)", upgrade.to, outcome)
end

--- `last` is { decisions = list } or { upgrades = list }, or nil when nothing was asked.
function story.tell(last)
  local lines = {}
  if not last then return lines end
  local list, tell = last.decisions or last.upgrades, last.decisions and tell_decision or tell_upgrade
  for i = 1, math.min(#list, MOST_TOLD) do tell(lines, list[i]) end
  if #list > MOST_TOLD then lines[#lines + 1] = ("and %d more"):format(#list - MOST_TOLD) end
  if #list == 0 then lines[1] = "nothing was decided" end
  return lines
end

return story
