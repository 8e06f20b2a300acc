--- For what may fail as a whole: { failed } that was raised becomes a result again (see lib/must.lua).
local attempt = {}

--- What pcall returned: true, or false and the reason of a failure. Anything else that was raised goes through.
function attempt.outcome(ok, problem)
  if ok then return true end
  if type(problem) == "table" and problem.failed then return false, problem.failed end
  error(problem, 0)
end

--- Calls `body`. Returns as outcome does.
function attempt.run(body, ...)
  return attempt.outcome(pcall(body, ...))
end

return attempt
