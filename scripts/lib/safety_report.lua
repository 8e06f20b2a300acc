--- The JSON that safety has written over the years, as one list of findings.
--
-- check, 2.x and 3.x: { vulnerabilities = { { vulnerability_id, package_name, analyzed_version, CVE, ... } } }
-- scan, 3.x:          { scan_results = { projects = { { files = { { results = { dependencies } } } } } } }
-- check, 0.5 to 1.x:  { { "package", "<1.0", "0.9", "advisory", "12345" } }
-- the guide's:        { { package = , installed = , vulnerable_spec = , advisory = , vulnerability_id = } }
local json = require "pysec.json"
local names = require "lib.names"
local version = require "pysec.version"

local safety_report = {}

local function text_of(value)
  return type(value) == "string" and value or nil
end

local function list_of(value)
  local list = {}
  if type(value) == "string" then value = { value } end
  for _, item in ipairs(type(value) == "table" and value or {}) do
    if type(item) == "string" then list[#list + 1] = item end
  end
  return list
end

local SEVERITIES = { low = true, medium = true, high = true, critical = true, none = true }

--- check gives { source, cvssv3 = { base_severity = "HIGH" } }, scan a word, most give null.
local function severity_of(value)
  if type(value) == "table" then
    local cvss = type(value.cvssv3) == "table" and value.cvssv3 or type(value.cvssv2) == "table" and value.cvssv2
    value = cvss and cvss.base_severity
  end
  local word = type(value) == "string" and value:lower() or "unknown"
  return SEVERITIES[word] and word or "unknown"
end

--- safety's numbers are "pyup.io-12345" in its database and bare in its reports.
local function own_id(id)
  id = tostring(id)
  return id:match("^%d+$") and "pyup.io-" .. id or id
end

local function finding(entry)
  local id = own_id(entry.id)
  local aliases = {}
  for _, alias in ipairs(entry.aliases) do
    for part in alias:gmatch("[^,%s]+") do aliases[#aliases + 1] = part end
  end
  if aliases[1] then id, aliases[1] = aliases[1], id end
  return {
    id = id, aliases = aliases, kind = "vulnerability", package = names.normalize(entry.package),
    version = entry.version, fix_versions = entry.fix_versions or {}, severity = entry.severity or "unknown",
    summary = (entry.advisory or ""):match("^%s*([^\r\n]*)"), url = entry.url, sources = { "safety" },
  }
end

--- safety 2.x knows no fix versions, but says what is vulnerable: the version that ends the range which
-- holds the installed one is the first that is not.
local function ends_of_range(specs, installed)
  local list = {}
  for _, spec in ipairs(specs) do
    local stop = spec:match("<%s*([^%s,=<>]+)%s*$") or spec:match("<%s*([^%s,=<>]+)%s*,")
    if stop and version.normalize(stop) and version.matches(installed, spec) then list[#list + 1] = stop end
  end
  return list
end

local function fixes_of(entry, installed)
  local fixes = list_of(entry.fixed_versions)
  if #fixes > 0 then return fixes end
  return ends_of_range(list_of(entry.vulnerable_spec), installed)
end

local function from_check(report)
  local list = {}
  for i, entry in ipairs(report.vulnerabilities) do
    local package, version_text = text_of(entry.package_name), text_of(entry.analyzed_version)
    if not package or not version_text or not entry.vulnerability_id then
      return nil, ("vulnerability %d lacks vulnerability_id, package_name or analyzed_version"):format(i)
    end
    list[i] = finding {
      id = entry.vulnerability_id, package = package, version = version_text, aliases = list_of(entry.CVE),
      fix_versions = fixes_of(entry, version_text), severity = severity_of(entry.severity),
      advisory = text_of(entry.advisory), url = text_of(entry.more_info_url),
    }
  end
  return list
end

local function from_dependency(dependency, list)
  local specifications = dependency.specifications
  for _, specification in ipairs(type(specifications) == "table" and specifications or {}) do
    local installed = (text_of(specification.raw) or ""):match("===?%s*([^%s;,]+)") or "unknown"
    local known = type(specification.vulnerabilities) == "table"
      and specification.vulnerabilities.known_vulnerabilities
    for _, vulnerability in ipairs(type(known) == "table" and known or {}) do
      local ignored = type(vulnerability.ignored) == "table" or vulnerability.ignored == true
      local item = finding {
        id = vulnerability.id, package = dependency.name, version = installed, aliases = list_of(vulnerability.CVE),
        severity = severity_of(vulnerability.severity), advisory = text_of(vulnerability.advisory),
        fix_versions = fixes_of(vulnerability, installed),
      }
      -- safety's own ignores are not ours: policies decide.
      item.ignored_by_safety = ignored or nil
      list[#list + 1] = item
    end
  end
end

local function from_scan(report)
  local projects = type(report.scan_results) == "table" and report.scan_results.projects
  if type(projects) ~= "table" then return nil, "scan_results has no projects" end
  local list = {}
  for _, project in ipairs(projects) do
    for _, file in ipairs(type(project.files) == "table" and project.files or {}) do
      local dependencies = type(file.results) == "table" and file.results.dependencies
      if type(dependencies) ~= "table" then return nil, "a file of scan_results has no dependencies" end
      for _, dependency in ipairs(dependencies) do
        if not text_of(dependency.name) then return nil, "a dependency of scan_results has no name" end
        from_dependency(dependency, list)
      end
    end
  end
  return list
end

local function from_list(report)
  local list = {}
  for i, entry in ipairs(report) do
    local fields = { id = entry[5] or entry.vulnerability_id, package = entry[1] or entry.package,
      version = entry[3] or entry.installed, advisory = entry[4] or entry.advisory }
    if not (fields.id and text_of(fields.package) and text_of(fields.version)) then
      return nil, ("entry %d lacks the package, the installed version or the id"):format(i)
    end
    fields.id = tostring(fields.id)
    fields.aliases = fields.id:match("^CVE%-") and { fields.id } or {}
    fields.advisory = text_of(fields.advisory)
    if fields.aliases[1] then
      list[i] = finding { id = fields.id, package = fields.package, version = fields.version, aliases = {},
        advisory = fields.advisory }
    else
      list[i] = finding(fields)
    end
  end
  return list
end

--- Returns a list of findings, or nil and what is wrong with the report.
function safety_report.parse(report)
  if type(report) ~= "table" then return nil, "safety wrote JSON that is no report" end
  local list, message
  if json.is_array(report) then
    list, message = from_list(report)
  elseif type(report.vulnerabilities) == "table" then
    list, message = from_check(report)
  elseif report.scan_results then
    list, message = from_scan(report)
  else
    message = "it has neither vulnerabilities nor scan_results"
  end
  if not list then return nil, "safety wrote JSON that is no report: " .. message end
  return list
end

return safety_report
