--- Versions that packages stay in. Copy this file, and write the pins below the examples.
name "version-pins"

-- A long-term support release. An installed version outside is a finding, and upgrades stay inside: in every mode.
-- pin { package = "django", version = "~=4.2.0", reason = "the LTS release that we are trained for" }

-- An upper bound, where a later version is known to break something.
-- pin { package = "numpy", version = "<2", reason = "the solver's extension is built against 1.x" }

-- Packages that only work together.
-- pin { package = { "opentelemetry-api", "opentelemetry-sdk" }, version = "==1.27.*", reason = "they move together" }

-- A version that must not come back: denied, so that it is refused as an upgrade as well.
-- deny { package = "requests", version = "==2.32.0", reason = "was withdrawn" }

-- Who is on a release stays on releases.
on("upgrade", function(upgrade)
  if version.is_prerelease(upgrade.to) and not (upgrade.from and version.is_prerelease(upgrade.from)) then
    return "refuse", "a pre-release"
  end
end)
