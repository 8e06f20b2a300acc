--- What `pysec eval --format json` and `pysec audit --format json` print.
--
-- A result of eval holds no evidence: that something was missing is only in its exit code, and not there either when
-- something failed. Nor does it list packages: those that findings speak of take their place.
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
  local report = { format = "eval", findings = recorded.without_policy(list), decisions = decisions }
  for _, name in ipairs { "packages", "evidence" } do
    report[name], message = recorded[name](value[name])
    if message then return nil, message end
  end
  report.packages = report.packages or recorded.packages_of(list)
  if value.exit == 3 and value.evidence == nil then
    report.evidence[1] = evidence.missing("pysec eval", "the evidence was incomplete when this was decided (exit 3)")
  end
  return report
end
