--- osv-scanner's JSON, 1.x and 2.x: sources, their packages, and of each package OSV records and groups of them.
--
-- A group is one flaw under the ids of several databases, and so one finding. Packages of other ecosystems than PyPI
-- have theirs before the name ("npm:lodash"): the names of two ecosystems must not be taken for one.
local cvss = require "lib.cvss"
local evidence = require "lib.evidence"
local findings = require "lib.findings"
local json = require "pysec.json"
local names = require "lib.names"
local values = require "lib.values"
local version = require "pysec.version"

local field = values.field

local function is_text(value)
  return type(value) == "string" and value ~= ""
end

--- A list that may be left out; anything else is nil.
local function list_or_none(value)
  if value == nil or value == json.null then return {} end
  return json.is_array(value) and value or nil
end

local function add(list, seen, value)
  if is_text(value) and not seen[value] then
    seen[value] = true
    list[#list + 1] = value
  end
end

--- True when a flaw that is `introduced` in a version and `fixed` in another is in the installed one. Where versions
-- cannot be compared, every fix is one.
local function fixes(package, introduced, fixed)
  if package.ecosystem ~= "PyPI" then return true end
  local before = introduced ~= "0" and version.compare(introduced, package.version) or -1
  return before <= 0 and (version.compare(fixed, package.version) or 1) > 0
end

--- Adds the versions of an OSV record that end the ranges which hold the installed one.
local function add_fixes(list, seen, record, package)
  for _, affected in ipairs(list_or_none(record.affected) or {}) do
    local named = field(affected, "package")
    local same = field(named, "name") == package.name and field(named, "ecosystem") == package.ecosystem
    for _, range in ipairs(same and list_or_none(affected.ranges) or {}) do
      local introduced = "0"
      for _, event in ipairs(field(range, "type") ~= "GIT" and list_or_none(range.events) or {}) do
        introduced = field(event, "introduced") or introduced
        local fixed = field(event, "fixed")
        if is_text(fixed) and fixes(package, introduced, fixed) then add(list, seen, fixed) end
      end
    end
  end
end

--- The id that pip-audit gives the flaw where the Python database has it, else the group's first.
local function id_of(ids)
  for _, id in ipairs(ids) do
    if id:match("^PYSEC%-") then return id end
  end
  return ids[1]
end

--- Sets severity and score: of the group, else what GitHub's database calls it. Returns what is wrong, or nil.
local function set_severity(finding, group, records)
  local most = field(group, "max_severity")
  if most ~= nil and most ~= "" then
    finding.score = cvss.score(most)
    if not finding.score then return ("max_severity '%s' is no score from 0 to 10"):format(tostring(most)) end
    finding.severity = cvss.rating(finding.score)
    return
  end
  finding.severity = "unknown"
  for _, record in ipairs(records) do
    if finding.severity == "unknown" then
      finding.severity = cvss.severity(field(record.database_specific, "severity"))
    end
  end
end

local function to_finding(group, by_id, package, path)
  local records = {}
  for _, id in ipairs(group.ids) do records[#records + 1] = by_id[id] end
  local finding = { id = id_of(group.ids), kind = "vulnerability", package = package.label, version = package.version,
    aliases = json.array(), fix_versions = json.array(), sources = { "osv" }, path = path, summary = "" }
  finding.url = "https://osv.dev/vulnerability/" .. finding.id
  local seen, seen_fixes = { [finding.id] = true }, {}
  for _, id in ipairs(group.ids) do add(finding.aliases, seen, id) end
  for _, record in ipairs(records) do
    for _, alias in ipairs(list_or_none(record.aliases) or {}) do add(finding.aliases, seen, alias) end
    add_fixes(finding.fix_versions, seen_fixes, record, package)
    if finding.summary == "" then
      local text = is_text(record.summary) and record.summary or is_text(record.details) and record.details or ""
      finding.summary = text:match("^%s*([^\r\n]*)")
    end
  end
  if package.ecosystem == "PyPI" then finding.fix_versions = findings.sort_versions(finding.fix_versions) end
  table.sort(finding.aliases)
  return finding, set_severity(finding, group, records)
end

--- The groups of a package's records; a record that is in none is one by itself.
local function groups_of(entry, records)
  local groups, grouped = {}, {}
  for i, group in ipairs(list_or_none(entry.groups) or {}) do
    local ids = field(group, "ids")
    if not json.is_array(ids) or not is_text(ids[1]) then return nil, ("group %d has no ids"):format(i) end
    for _, id in ipairs(ids) do
      if not is_text(id) then return nil, ("group %d has an id that is no text"):format(i) end
      grouped[id] = true
    end
    groups[i] = group
  end
  for _, record in ipairs(records) do
    if not grouped[record.id] then groups[#groups + 1] = { ids = { record.id } } end
  end
  return groups
end

local function package_of(entry)
  local given = field(entry, "package")
  local name, ecosystem = field(given, "name"), field(given, "ecosystem")
  if not is_text(name) or type(given.version) ~= "string" then return nil end
  local package = { name = name, version = given.version, ecosystem = ecosystem }
  package.label = ecosystem == "PyPI" and names.normalize(name)
    or names.normalize(("%s:%s"):format(is_text(ecosystem) and ecosystem or "git", name))
  return package
end

--- Adds the findings of one package. Returns what is wrong, or nil.
local function read_package(entry, path, list)
  local package = package_of(entry)
  if not package then return "it has no name or no version" end
  local records, by_id = list_or_none(entry.vulnerabilities), {}
  if not records or not list_or_none(entry.groups) then return package.name .. ": its vulnerabilities are no list" end
  for i, record in ipairs(records) do
    if not is_text(field(record, "id")) then return ("%s: vulnerability %d has no id"):format(package.name, i) end
    by_id[record.id] = record
  end
  local groups, problem = groups_of(entry, records)
  if not groups then return ("%s: %s"):format(package.name, problem) end
  for _, group in ipairs(groups) do
    local finding, wrong = to_finding(group, by_id, package, path)
    if wrong then return ("%s: %s: %s"):format(package.name, finding.id, wrong) end
    list[#list + 1] = finding
  end
end

-- Other tools write `results` as well: an empty list of theirs is no clean report of this one.
local OWN = { results = true, experimental_config = true, image_metadata = true, license_summary = true,
  experimental_generic_findings = true }

return function(value)
  for name in pairs(value) do
    if not OWN[name] and #value.results == 0 then
      return nil, ("a list of results and '%s': not a report that pysec knows"):format(name)
    end
  end
  local list = {}
  for i, result in ipairs(value.results) do
    local packages = field(result, "packages")
    if not json.is_array(packages) then
      return nil, ("result %d has no packages; osv-scanner, which writes results, has them"):format(i)
    end
    for j, entry in ipairs(packages) do
      local problem = read_package(entry, field(field(result, "source"), "path"), list)
      if problem then return nil, ("result %d, package %d: %s"):format(i, j, problem) end
    end
  end
  return { format = "osv-scanner", findings = list, evidence = { evidence.of("osv", {}, "package") } }
end
