--- For a start on an old project: what is severe and has a fix fails, all else warns.
name "relaxed"

severity { warn = "none", unknown = "warn" }
severity { kind = "code", warn = "none", unknown = "warn" }

-- Unknown may be anything, and many scanners name no severity: it counts as severe.
local SEVERE = { high = true, critical = true, unknown = true }

on("finding", function(finding)
  if finding.kind ~= "vulnerability" or not SEVERE[finding.severity] then return end
  local fix = finding.fix_versions and finding.fix_versions[1]
  if fix then return "fail", ("severity %s, and %s fixes it"):format(finding.severity, fix) end
end)
