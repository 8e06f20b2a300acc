--- pip-audit's own JSON.
local evidence = require "lib.evidence"
local pip_audit_report = require "lib.pip_audit_report"

return function(value)
  local found, message = pip_audit_report.parse(value)
  if not found then return nil, message end
  -- What was skipped has a name, and so may be denied.
  for _, skip in ipairs(found.skipped) do table.insert(found.packages, { name = skip.name, version = "" }) end
  return { format = "pip-audit", findings = found.findings, packages = found.packages,
    evidence = { evidence.of("pip-audit", found.skipped, "package") } }
end
