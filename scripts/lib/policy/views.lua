--- Findings and upgrades as rules see them. A name that is not normalised, or a severity that nobody knows, must not
-- slip through between the rules. Mostly what is given is as it should be, and no copy is made.
local names = require "lib.names"

local views = {}

local KNOWN_SEVERITY = { none = true, low = true, medium = true, high = true, critical = true, unknown = true }

--- A table that holds what names become by PEP 503, and remembers it.
function views.normalizer()
  return setmetatable({}, { __index = function(known, name)
    known[name] = names.normalize(name)
    return known[name]
  end })
end

local function copy(record)
  local own = {}
  for key, value in pairs(record) do own[key] = value end
  return own
end

--- A finding of a known kind and severity, its package's name normalised. Raises when it has no id.
function views.finding(finding, normal)
  if type(finding.id) ~= "string" then error("a finding has to have an id", 0) end
  local package = finding.package
  local name = package and normal[package]
  if name == package and finding.kind and KNOWN_SEVERITY[finding.severity] then return finding end
  local view = copy(finding)
  view.package, view.kind = name, finding.kind or "vulnerability"
  view.severity = KNOWN_SEVERITY[finding.severity] and finding.severity or "unknown"
  return view
end

--- An upgrade, its package's name normalised.
function views.upgrade(upgrade, normal)
  local name = normal[upgrade.package]
  if name == upgrade.package then return upgrade end
  local view = copy(upgrade)
  view.package = name
  return view
end

return views
