--- bandit's own JSON.
local bandit_report = require "lib.bandit_report"
local evidence = require "lib.evidence"

return function(value)
  if not bandit_report.is_report(value) then
    return nil, "bandit wrote JSON that is no report: its results, errors or metrics are not well-formed"
  end
  local found = bandit_report.parse(value)
  return { format = "bandit", findings = found.findings, evidence = { evidence.of("bandit", found.skipped, "file") } }
end
