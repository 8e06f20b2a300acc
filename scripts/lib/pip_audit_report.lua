--- The JSON that pip-audit writes, as findings and as the list of packages that it left out.
local json = require "pysec.json"
local names = require "lib.names"

local pip_audit_report = {}

local function text_of(value)
  return type(value) == "string" and value or ""
end

local function strings(value)
  local list = json.array()
  for _, item in ipairs(type(value) == "table" and value or {}) do
    if type(item) == "string" then list[#list + 1] = item end
  end
  return list
end

--- An object where a list is expected would read as an empty one, and that as clean.
local function is_dependency(value)
  return type(value) == "table" and type(value.name) == "string"
    and (type(value.skip_reason) == "string" or (type(value.version) == "string" and json.is_array(value.vulns)))
end

local function to_finding(name, version, vuln, aliases, fix_versions)
  return {
    id = vuln.id, aliases = aliases, kind = "vulnerability", package = name, version = version,
    fix_versions = fix_versions, severity = "unknown", summary = text_of(vuln.description):match("^%s*([^\r\n]*)"),
    sources = { "pip-audit" }, url = "https://osv.dev/vulnerability/" .. vuln.id,
  }
end

--- True when a value may be a report (parse tells whether it is one throughout), or false and what it lacks.
function pip_audit_report.is_report(value)
  if type(value) == "table" and json.is_array(value.dependencies) then return true end
  return false, "pip-audit wrote JSON without a list of dependencies"
end

--- Turns a report into { findings, skipped ({ name, reason }), vulnerabilities (the guide's shape), packages (those
-- that were audited: { name, version }), seen (all names) }, or nil and what is wrong with it.
function pip_audit_report.parse(report)
  local ok, message = pip_audit_report.is_report(report)
  if not ok then return nil, message end
  local found = { findings = {}, skipped = {}, vulnerabilities = json.array(), packages = {}, seen = {} }
  for i, dependency in ipairs(report.dependencies) do
    if not is_dependency(dependency) then
      return nil, ("pip-audit wrote JSON whose dependency %d lacks a name, a version or its vulns"):format(i)
    end
    local name = names.normalize(dependency.name)
    found.seen[name] = true
    if type(dependency.skip_reason) == "string" then
      table.insert(found.skipped, { name = name, reason = dependency.skip_reason })
    else
      table.insert(found.packages, { name = name, version = dependency.version })
      for _, vuln in ipairs(dependency.vulns) do
        if type(vuln) ~= "table" or type(vuln.id) ~= "string" then
          return nil, ("pip-audit wrote JSON with a vulnerability of %s that has no id"):format(dependency.name)
        end
        local aliases, fixes = strings(vuln.aliases), strings(vuln.fix_versions)
        table.insert(found.findings, to_finding(name, dependency.version, vuln, aliases, fixes))
        table.insert(found.vulnerabilities, {
          name = dependency.name, version = dependency.version, id = vuln.id, description = text_of(vuln.description),
          fix_versions = fixes, aliases = aliases,
        })
      end
    end
  end
  return found
end

return pip_audit_report
