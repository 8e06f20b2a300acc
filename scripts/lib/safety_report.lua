--- The JSON that safety has written over the years, as one list of findings.
--
-- check, 2.x and 3.x: { vulnerabilities = { { vulnerability_id, package_name, analyzed_version, CVE, ... } } }
-- scan, 3.x:          { scan_results = { projects = { { files = { { results = { dependencies } } } } } } }
-- check, 0.5 to 1.x:  { { "package", "<1.0", "0.9", "advisory", "12345" } }
-- the guide's:        { { package = , installed = , vulnerable_spec = , advisory = , vulnerability_id = } }
local cvss = require "lib.cvss"
local json = require "pysec.json"
local names = require "lib.names"
local values = require "lib.values"
local version = require "pysec.version"

local field, text_of = values.field, values.text

local safety_report = {}

--- A list, or nil: an object where a list is expected would read as an empty one, and that as clean.
local function array_of(value)
  return json.is_array(value) and value or nil
end

--- safety's ids are texts or numbers.
local function id_of(value)
  if math.type(value) == "integer" then return tostring(value) end
  return type(value) == "string" and value:match("%S") and value or nil
end

local function list_of(value)
  local list = json.array()
  if type(value) == "string" then value = { value } end
  for _, item in ipairs(type(value) == "table" and value or {}) do
    if type(item) == "string" then list[#list + 1] = item end
  end
  return list
end

--- check gives { source, cvssv3 = { base_severity = "HIGH" } }, scan a word, most give null.
local function severity_of(value)
  if type(value) == "table" then
    local rated = type(value.cvssv3) == "table" and value.cvssv3 or type(value.cvssv2) == "table" and value.cvssv2
    value = rated and rated.base_severity
  end
  return cvss.severity(value)
end

--- safety's numbers are "pyup.io-12345" in its database and bare in its reports.
local function own_id(id)
  return id:match("^%d+$") and "pyup.io-" .. id or id
end

local function finding(entry)
  local id = own_id(entry.id)
  local aliases = json.array()
  for _, alias in ipairs(entry.aliases) do
    for part in alias:gmatch("[^,%s]+") do aliases[#aliases + 1] = part end
  end
  if aliases[1] then id, aliases[1] = aliases[1], id end
  return {
    id = id, aliases = aliases, kind = "vulnerability", package = names.normalize(entry.package),
    version = entry.version, fix_versions = entry.fix_versions, severity = entry.severity or "unknown",
    summary = (entry.advisory or ""):match("^%s*([^\r\n]*)"), url = entry.url, sources = { "safety" },
  }
end

--- safety 2.x knows no fix versions, but says what is vulnerable: the version that ends the range which
-- holds the installed one is the first that is not.
local function ends_of_range(specs, installed)
  local list = json.array()
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

local function from_entry(entry)
  local id, package = id_of(field(entry, "vulnerability_id")), text_of(field(entry, "package_name"))
  local installed = text_of(field(entry, "analyzed_version"))
  if not id or not package or not installed then return nil end
  return finding {
    id = id, package = package, version = installed, aliases = list_of(entry.CVE),
    fix_versions = fixes_of(entry, installed), severity = severity_of(entry.severity),
    advisory = text_of(entry.advisory), url = text_of(entry.more_info_url),
  }
end

local function from_check(report)
  local found, ignored = array_of(report.vulnerabilities), array_of(report.ignored_vulnerabilities or json.array())
  if not found or not ignored then return nil, "its vulnerabilities are no list" end
  local list = {}
  for i, entry in ipairs(found) do
    list[i] = from_entry(entry)
    if not list[i] then
      return nil, ("vulnerability %d lacks vulnerability_id, package_name or analyzed_version"):format(i)
    end
  end
  for i, entry in ipairs(ignored) do
    local item = from_entry(entry)
    if not item then
      return nil, ("ignored vulnerability %d lacks vulnerability_id, package_name or analyzed_version"):format(i)
    end
    item.ignored_by_safety = true
    list[#list + 1] = item
  end
  local scanned
  if type(report.scanned_packages) == "table" then
    scanned = {}
    for name in pairs(report.scanned_packages) do scanned[names.normalize(tostring(name))] = true end
  end
  return list, nil, scanned
end

local function from_specification(dependency, specification, list)
  local installed = (text_of(field(specification, "raw")) or ""):match("===?%s*([^%s;,]+)") or "unknown"
  local known = array_of(field(field(specification, "vulnerabilities"), "known_vulnerabilities"))
  if not known then return nil end
  for _, vulnerability in ipairs(known) do
    local id, ignored = id_of(field(vulnerability, "id")), field(vulnerability, "ignored")
    if not id then return nil end
    local item = finding {
      id = id, package = dependency.name, version = installed, aliases = list_of(vulnerability.CVE),
      severity = severity_of(vulnerability.severity), advisory = text_of(vulnerability.advisory),
      fix_versions = fixes_of(vulnerability, installed),
    }
    item.ignored_by_safety = type(ignored) == "table" or ignored == true or nil
    list[#list + 1] = item
  end
  return true
end

local function from_dependency(dependency, list, scanned)
  local specifications = array_of(field(dependency, "specifications"))
  if not specifications or not text_of(dependency.name) then return nil end
  scanned[names.normalize(dependency.name)] = true
  for _, specification in ipairs(specifications) do
    if not from_specification(dependency, specification, list) then return nil end
  end
  return true
end

local function from_scan(report)
  local projects = array_of(field(report.scan_results, "projects"))
  if not projects then return nil, "scan_results has no projects" end
  local list, scanned = {}, {}
  for _, project in ipairs(projects) do
    local files = array_of(field(project, "files"))
    if not files then return nil, "a project of scan_results has no files" end
    for _, file in ipairs(files) do
      local dependencies = array_of(field(field(file, "results"), "dependencies"))
      if not dependencies then return nil, "a file of scan_results has no dependencies" end
      for i, dependency in ipairs(dependencies) do
        if not from_dependency(dependency, list, scanned) then
          return nil, ("dependency %d of a file of scan_results is not well-formed"):format(i)
        end
      end
    end
  end
  return list, nil, scanned
end

local function from_list(report)
  local list = {}
  for i, entry in ipairs(report) do
    local id = id_of(field(entry, 5) or field(entry, "vulnerability_id"))
    local package = text_of(field(entry, 1) or field(entry, "package"))
    local installed = text_of(field(entry, 3) or field(entry, "installed"))
    if not (id and package and installed) then
      return nil, ("entry %d lacks the package, the installed version or the id"):format(i)
    end
    local specs = list_of(entry[2] or entry.vulnerable_spec)
    list[i] = finding { id = id, package = package, version = installed, aliases = {},
      fix_versions = fixes_of({ vulnerable_spec = specs }, installed), advisory = text_of(entry[4] or entry.advisory) }
  end
  return list
end

--- Returns a list of findings, and the names of the packages that safety looked at ({ name = true }, nil where the
-- report does not say); or nil and what is wrong with the report.
-- What safety ignored is among the findings: its own ignores are not ours, policies decide.
function safety_report.parse(report)
  if type(report) ~= "table" then return nil, "safety wrote JSON that is no report" end
  local list, message, scanned
  if json.is_array(report) then
    list, message, scanned = from_list(report)
  elseif report.vulnerabilities then
    list, message, scanned = from_check(report)
  elseif report.scan_results then
    list, message, scanned = from_scan(report)
  else
    message = "it has neither vulnerabilities nor scan_results"
  end
  if not list then return nil, "safety wrote JSON that is no report: " .. message end
  return list, scanned
end

return safety_report
