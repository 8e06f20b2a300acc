--- The exit code that an audit comes to.
local exit_code = {}

--- True when nothing that belongs into the report is missing in it. A scanner that was left out for good reason
-- ("not_run") is no gap.
function exit_code.is_complete(evidence)
  for _, item in ipairs(evidence) do
    if item.status == "incomplete" then return false end
  end
  return true
end

--- 1 when a finding fails, else 3 when evidence is missing, else 0.
function exit_code.of(decisions, evidence)
  for _, decision in ipairs(decisions) do
    if decision.verdict == "fail" or decision.verdict == "block" then return 1 end
  end
  return exit_code.is_complete(evidence) and 0 or 3
end

return exit_code
