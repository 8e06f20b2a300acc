--- What holds for every team. A team's own pysec.lua may be stricter, and accept what is delegated here.
name "baseline"

include "compliance" -- an ignore has an owner, a reason and 90 days at most, and none is of a critical finding
include "deny-list"

severity { block = "critical", fail = "medium", warn = "none", unknown = "fail" }
severity { kind = "code", fail = "high", warn = "none", unknown = "warn" }

pin   { package = "django", version = "~=5.2.0", reason = "the LTS release" }
limit { change = "minor", reason = "the platform team plans major upgrades" }

evidence { scanners = { "pip-audit", "safety" }, max_database_age = 7, expected_skips = "example-*" }
delegate { ignore = { max_severity = "medium" } }

include "exceptions/platform.lua"
include "exceptions/web.lua"

-- Who takes one of our names on a public index gives it a version that beats ours.
on("package", function(package)
  if package.name:find "^example%-" and version.matches(package.version, ">=90") then
    return "block", "one of our names, in a version that we never released"
  end
end)
