--- From what rules said of a finding to the word that counts.
--
-- A block stands; else a valid ignore; else the strictest of fail and warn; else fail. Where there are given policies,
-- the project's own may only make it stricter, but for what is delegated.
local findings = require "lib.findings"
local json = require "pysec.json"

local verdict = {}

local STRICTNESS = { ignore = 0, warn = 1, fail = 2, block = 3 }

--- What is said where no rule speaks.
verdict.OTHERWISE = { rule = "otherwise", by = "pysec", verdict = "fail",
  reason = "no rule speaks of it, and what nobody accepted fails" }

--- What a severity rule says of a kind and a severity: a verdict, or nil.
local function speak(rule, kind, severity)
  if (rule.kind or "vulnerability") ~= kind then return nil end
  if severity == "unknown" then return rule.unknown end
  local rank = findings.severity_rank(severity)
  for _, word in ipairs { "block", "fail", "warn" } do
    if rule[word] and rank >= findings.severity_rank(rule[word]) then return word end
  end
  return nil
end

local function stricter(spoken, than)
  return not than or STRICTNESS[spoken.verdict] > STRICTNESS[than.verdict]
end

--- The word that counts among all that were spoken. `otherwise` counts where no given policy spoke; there is none for
-- what is only a finding because a policy says so.
function verdict.settle(self, all, otherwise)
  local block, ignore, given, project
  for _, spoken in ipairs(all) do
    if spoken.verdict == "block" then
      block = block or spoken
    elseif spoken.verdict == "ignore" then
      if not spoken.void then ignore = ignore or spoken end
    elseif self.authority[spoken.by] == "project" then
      project = stricter(spoken, project) and spoken or project
    else
      given = stricter(spoken, given) and spoken or given
    end
  end
  if block or ignore then return block or ignore end
  if project and stricter(project, given or otherwise) then return project end
  if project and not given then
    if project.verdict == otherwise.verdict then return project end
    self.by_place[project.by].loosens = "a project's policy may not let pass what no given rule accepts"
  end
  return given or otherwise
end

--- The decision on findings of a kind and severity that nothing else speaks of: it is the same for all of them.
function verdict.base(self, kind, severity)
  local by_severity = self.bases[kind]
  if not by_severity then
    by_severity = {}
    self.bases[kind] = by_severity
  end
  local base = by_severity[severity]
  if base then return base end
  base = { trace = json.array(), rules = {}, more = {}, count = 0 }
  local reason = ("%s of severity %s"):format(kind == "code" and "code finding" or kind, severity)
  for _, rule in ipairs(self.severities) do
    local word = speak(rule, kind, severity)
    if word then
      table.insert(base.trace, { rule = "severity", by = rule.by, verdict = word, reason = reason })
      table.insert(base.rules, rule)
    end
  end
  base.word = verdict.settle(self, base.trace, verdict.OTHERWISE)
  by_severity[severity] = base
  return base
end

--- The decision that a word comes to.
function verdict.decision(finding, word, trace)
  return { finding = finding, verdict = word.verdict, by = word.by, rule = word.rule, reason = word.reason,
    trace = trace }
end

return verdict
