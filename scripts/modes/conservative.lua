--- Security patches only: packages with findings go to the lowest version that clears them; what those
-- upgrades need moves along, the rest stays.
local version = require "pysec.version"

--- A fix that is only known as a pre-release counts as its release: who takes security patches alone does
-- not want a release candidate.
local function as_release(fix)
  if not version.is_prerelease(fix) then return fix end
  return version.normalize(fix):match("^[%d!.]*%d")
end

--- The lowest fix version above the installed one, nil when there is none.
local function lowest_fix(finding)
  local best
  for _, text in ipairs(finding.fix_versions) do
    local fix = version.normalize(text) and as_release(text)
    if fix and version.compare(fix, finding.version) == 1 and (not best or version.compare(fix, best) == -1) then
      best = fix
    end
  end
  return best
end

--- The distinct versions of a list, ascending.
local function ascending(list)
  local sorted = version.sort(list)
  local distinct = {}
  for _, item in ipairs(sorted) do
    if #distinct == 0 or version.compare(item, distinct[#distinct]) ~= 0 then distinct[#distinct + 1] = item end
  end
  return distinct
end

return {
  name = "conservative",
  lowest = true,
  candidates = function(context)
    local fixes, candidates = {}, {}
    for _, finding in ipairs(context.findings) do
      local fix = finding.kind == "vulnerability" and lowest_fix(finding)
      if fix then
        fixes[finding.package] = fixes[finding.package] or {}
        table.insert(fixes[finding.package], fix)
      end
    end
    for _, package in ipairs(context.packages) do
      if fixes[package.name] then
        local steps = ascending(fixes[package.name])
        candidates[#candidates + 1] = { package = package.name, at_least = steps[#steps], steps = steps }
      end
    end
    return candidates
  end,
}
