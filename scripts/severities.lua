--- Severities of findings: scanners give none, the local advisory database knows them by id and alias.
local findings = require "lib.findings"

local severities = {}

--- Rates the vulnerabilities of a list in place, where there is a local database, and returns it. What nothing is known
-- of stays as it is: an unknown severity is no low one.
function severities.rate(job, list)
  local db, problem
  if job.database:is_there() then db, problem = job.database:open() end
  for _, finding in ipairs(db and list or {}) do
    if finding.kind == "vulnerability" then
      local known, message = db:rate(table.move(finding.aliases, 1, #finding.aliases, 2, { finding.id }))
      if known then
        findings.raise_severity(finding, known)
      elseif message then
        problem = message
        break
      end
    end
  end
  if problem then job:note("severities are not known in full: " .. problem) end
  return list
end

return severities
