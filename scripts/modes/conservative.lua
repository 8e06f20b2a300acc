--- Security patches only: packages with findings go to the lowest version that clears them; what those
-- upgrades need moves along, the rest stays.
local version = require "pysec.version"

--- The lowest fix version above the installed one, nil when there is none.
local function lowest_fix(finding)
  local best
  for _, fix in ipairs(finding.fix_versions) do
    if version.compare(fix, finding.version) == 1 and not version.is_prerelease(fix)
      and (not best or version.compare(fix, best) == -1) then
      best = fix
    end
  end
  return best
end

return {
  name = "conservative",
  lowest = true,
  candidates = function(context)
    local least, candidates = {}, {}
    for _, finding in ipairs(context.findings) do
      local fix = finding.kind == "vulnerability" and lowest_fix(finding)
      if fix and (not least[finding.package] or version.compare(fix, least[finding.package]) == 1) then
        least[finding.package] = fix
      end
    end
    for _, package in ipairs(context.packages) do
      if least[package.name] then
        candidates[#candidates + 1] = { package = package.name, at_least = least[package.name] }
      end
    end
    return candidates
  end,
}
