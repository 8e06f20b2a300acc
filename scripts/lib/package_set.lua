--- The packages of several inputs as one set: each version of a package once, with every place that asks for it.
local version = require "pysec.version"

local package_set = {}

local function place_of(package)
  return { path = package.path, line = package.line }
end

--- Adds one more place to a package that is in the set already.
local function join(known, package)
  known.direct = known.direct or package.direct or false
  if not package.path then return end
  if not known.path then
    known.path, known.line = package.path, package.line
  else
    known.locations = known.locations or { place_of(known) }
    table.insert(known.locations, place_of(package))
  end
end

--- What a version of a package is called in the set: one version may be written in several ways.
local function key_of(name, normal)
  return name .. "==" .. normal
end

--- Why no scanner can be asked for a package, or nil. `normal` is its version as PEP 440 writes it, or nil.
local function problem_of(package, normal)
  if not normal then
    return ("version '%s' is not valid by PEP 440"):format(package.version)
  end
  if not package.name:match("^%w[%w-]*$") or package.name:sub(-1) == "-" then
    return ("'%s' is not a package name"):format(package.name)
  end
end

local function by_name(a, b)
  if a.name ~= b.name then return a.name < b.name end
  return a.version < b.version
end

--- Joins the packages of targets ({ packages = { { name, version, direct, path, line } } }; names normalised). Returns
--   packages    sorted: { name, version, direct, path, line, locations }; `locations` ({ path, line } each, the first
--               is path and line again) where there are several
--   unreadable  { name, reason } of those that no scanner can be asked for
--   by_key      the packages by "name==version", the version as PEP 440 writes it
-- `field` is the list of a target to join, where that is not `packages`; a target may lack it.
function package_set.join(targets, field)
  local by_key, packages, unreadable = {}, {}, {}
  for _, target in ipairs(targets) do
    for _, package in ipairs(target[field or "packages"] or {}) do
      local normal = version.normalize(package.version)
      local key = key_of(package.name, normal or package.version)
      local known = by_key[key]
      if known then
        join(known, package)
      elseif known == nil then
        local problem = problem_of(package, normal)
        by_key[key] = not problem and { name = package.name, version = package.version,
          direct = package.direct or false, path = package.path, line = package.line }
        if problem then
          unreadable[#unreadable + 1] = { name = package.name, reason = problem, path = package.path,
            line = package.line }
        else
          packages[#packages + 1] = by_key[key]
        end
      end
    end
  end
  table.sort(packages, by_name)
  return packages, unreadable, by_key
end

local function find(by_key, finding)
  return by_key[key_of(finding.package, version.normalize(finding.version) or finding.version)]
end

--- Gives findings the place and the directness of the packages that they are about, and the version as it stands there:
-- scanners write versions in their own way.
function package_set.place(findings, by_key)
  for _, finding in ipairs(findings) do
    local package = find(by_key, finding) or { version = finding.version, direct = false }
    finding.version, finding.direct = package.version, package.direct or false
    finding.path, finding.line, finding.locations = package.path, package.line, package.locations
  end
end

--- The same for the findings of decisions that policies made, which say a package alone.
function package_set.place_policy_findings(decisions, by_key)
  for _, decision in ipairs(decisions) do
    local finding = decision.finding
    local package = finding.kind == "policy" and find(by_key, finding)
    if package then finding.path, finding.line, finding.locations = package.path, package.line, package.locations end
  end
end

return package_set
