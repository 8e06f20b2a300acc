--- security-summary-TS.json: pysec's own record of a run.
local finding_shape = require "lib.finding_shape"
local recorded = require "lib.recorded"

return function(value)
  local problem = finding_shape.problem_of_list(value.findings)
  if problem then return nil, problem end
  local report = { format = "summary", findings = recorded.without_policy(value.findings) }
  for _, name in ipairs { "packages", "evidence", "decisions" } do
    report[name], problem = recorded[name](value[name])
    if problem then return nil, problem end
  end
  return report
end
