--- What `pysec eval --format json` prints.
--
-- It holds no evidence: that something was missing is only in its exit code, and not there either when something
-- failed.
local evidence = require "lib.evidence"
local finding_shape = require "lib.finding_shape"
local recorded = require "lib.recorded"

return function(value)
  local decisions, message = recorded.decisions(value.decisions)
  if not decisions then return nil, message end
  local list = {}
  for i, decision in ipairs(decisions) do list[i] = decision.finding end
  local problem = finding_shape.problem_of_list(list, "decision")
  if problem then return nil, problem end
  local report = { format = "eval", findings = recorded.without_policy(list), decisions = decisions, evidence = {},
    packages = recorded.packages_of(list) }
  if value.exit == 3 then
    report.evidence[1] = evidence.missing("pysec eval", "the evidence was incomplete when this was decided (exit 3)")
  end
  return report
end
