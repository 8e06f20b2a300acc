--- Severity rules that never decide: stricter ones say more of all that they speak of.
local findings = require "lib.findings"
local rules = require "lib.policy.rules"

local severities = {}

local STRICTNESS = { warn = 1, fail = 2, block = 3 }
local VERDICTS = { "block", "fail", "warn" }

local ALL = table.move(rules.severities, 1, #rules.severities, 1, {})
table.insert(ALL, "unknown")

--- The severities that findings of a kind have.
function severities.of_kind(kind)
  return kind == "policy" and { "unknown" } or ALL
end

--- What a rule says of findings of a kind and severity: a verdict or nil.
function severities.word(rule, kind, severity)
  if (rule.kind or "vulnerability") ~= kind then return nil end
  if severity == "unknown" then return rule.unknown end
  for _, verdict in ipairs(VERDICTS) do
    local least = rule[verdict]
    if least and findings.severity_rank(severity) >= findings.severity_rank(least) then return verdict end
  end
  return nil
end

--- The thresholds that another of the same rule comes before: { { field, by = the other field } }.
function severities.covered_thresholds(rule)
  local list = {}
  for i, lax in ipairs(VERDICTS) do
    for j = 1, rule[lax] and i - 1 or 0 do
      local strict = VERDICTS[j]
      if rule[strict] and findings.severity_rank(rule[strict]) <= findings.severity_rank(rule[lax]) then
        list[#list + 1] = { field = lax, by = strict }
        break
      end
    end
  end
  return list
end

--- The rule that decides in place of a rule for this severity: a stricter one, or one before it that says the same.
local function stronger(index, rule, kind, severity, word)
  for _, other in ipairs(index:beside("severity", rule)) do
    local said = severities.word(other, kind, severity)
    if said and (STRICTNESS[said] > STRICTNESS[word] or said == word and index:is_before(other, rule)) then
      return other
    end
  end
  return nil
end

--- Whether findings of policies come from rules alone, which fail; hooks may give them other verdicts.
local function hooks_are_silent(index)
  for _, rule in ipairs(index:list "on") do
    if rule.event == "package" or rule.event == "audit" then return false end
  end
  return true
end

--- Why a severity rule never decides, or nil.
function severities.never(rule, index)
  local kind, by, seen, spoke = rule.kind or "vulnerability", {}, {}, false
  if kind == "policy" and rule.unknown == "warn" and hooks_are_silent(index) then
    return "what a policy denies, pins or does not allow fails, and the stricter verdict counts; an ignore accepts it"
  end
  for _, severity in ipairs(severities.of_kind(kind)) do
    local word = severities.word(rule, kind, severity)
    -- Where a project speaks alone the finding fails, and where a given policy speaks a warning adds nothing.
    local idle = word == "warn" and rule.authority == "project"
    if word and not idle then
      local other = stronger(index, rule, kind, severity, word)
      if not other then return nil end
      if not seen[other.by] then by[#by + 1] = other.by end
      seen[other.by] = true
    end
    spoke = spoke or word ~= nil
  end
  if not spoke then return "findings of policies have the severity unknown: say `unknown`" end
  if #by == 0 then return "a project's policy may only tighten, and a warning does not" end
  return ("%s %s as strict on all that it speaks of"):format(table.concat(by, " and "), #by == 1 and "is" or "are")
end

return severities
