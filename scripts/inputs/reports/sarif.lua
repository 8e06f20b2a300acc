--- SARIF 2.1.0, of any tool: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
--
-- A result is a finding in code, unless its message is one of those by which osv-scanner, Trivy and Grype name a
-- package and its version. What a tool suppressed is a finding as well: policies decide.
local cvss = require "lib.cvss"
local evidence = require "lib.evidence"
local json = require "pysec.json"
local names = require "lib.names"
local paths = require "lib.paths"
local values = require "lib.values"

local field = values.field

local function text_of(value)
  return type(value) == "string" and value ~= "" and value or nil
end

--- A list that may be left out.
local function list_of(value)
  return json.is_array(value) and value or {}
end

-- --- rules ---

--- The rules of the component of the tool that a result names: an extension, or the driver itself.
local function rules_of(run, result)
  local index = field(field(field(result, "rule"), "toolComponent"), "index")
  local extension = math.type(index) == "integer" and list_of(run.tool.extensions)[index + 1]
  return list_of(field(extension or run.tool.driver, "rules"))
end

--- The rule of a result, {} where the run does not describe it.
local function rule_of(run, result)
  local reference = field(result, "rule")
  local index = field(result, "ruleIndex") or field(reference, "index")
  local rule = math.type(index) == "integer" and rules_of(run, result)[index + 1]
  if type(rule) == "table" then return rule end
  local id = text_of(field(result, "ruleId")) or text_of(field(reference, "id"))
  while id and not run.by_id[id] do id = id:match("^(.+)/[^/]*$") end -- an id may name a part of its rule: "CA1/2"
  return run.by_id[id or ""] or {}
end

local function index_rules(run)
  local by_id = {}
  for _, rule in ipairs(list_of(run.tool.driver.rules)) do
    if text_of(field(rule, "id")) then by_id[rule.id] = rule end
  end
  return by_id
end

-- --- the parts of a result ---

local function message_of(result, rule)
  local message = field(result, "message")
  local text = text_of(field(message, "text")) or text_of(field(message, "markdown"))
  if text then return text end
  local template = text_of(field(field(field(rule, "messageStrings"), field(message, "id") or ""), "text"))
  if not template then return text_of(field(field(rule, "shortDescription"), "text")) or "" end
  local arguments = list_of(field(message, "arguments"))
  return (template:gsub("{(%d+)}", function(i) return text_of(arguments[tonumber(i) + 1]) end))
end

local function path_of(uri)
  local path = uri:gsub("^file://[^/]*", ""):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
  return paths.clean(path)
end

--- Path and line of the first location, nil where there is none.
local function place_of(run, result)
  local physical = field(list_of(field(result, "locations"))[1], "physicalLocation")
  local artifact = field(physical, "artifactLocation")
  local uri, index = text_of(field(artifact, "uri")), field(artifact, "index")
  if not uri and math.type(index) == "integer" then
    uri = text_of(field(field(list_of(run.artifacts)[index + 1], "location"), "uri"))
  end
  local line = field(field(physical, "region"), "startLine")
  return uri and path_of(uri), math.type(line) == "integer" and line or nil
end

local LEVELS = { error = "high", warning = "medium", note = "low", none = "none" }

--- Severity and score. A score that a rule or a result has says more than the level. Or nil and what is wrong.
local function severity_of(result, rule, is_dependency)
  local given = field(field(result, "properties"), "security-severity")
    or field(field(rule, "properties"), "security-severity")
  if given then
    local score = cvss.score(given)
    if not score then return nil, ("security-severity '%s' is no score from 0 to 10"):format(tostring(given)) end
    return cvss.rating(score), score
  end
  local level = field(result, "level") or field(field(rule, "defaultConfiguration"), "level") or "warning"
  if not LEVELS[level] then
    return nil, ("level '%s' is none of error, warning, note, none"):format(tostring(level))
  end
  -- osv-scanner 1.x says "warning" of every flaw.
  if is_dependency then return "unknown" end
  return LEVELS[level]
end

-- --- dependencies ---

local GRYPE = "vulnerability in ([%w-]+) package: ([^,]+), version (%S+) was found"

--- What a message says of a package: { name, version, fixes (a text), id }, or nil.
local function dependency_of(id, message)
  local name, version = message:match("^Package '(@?[^'@]+)@([^']+)' is vulnerable")
  if name then return { name = name, version = version, id = id } end
  name, version = message:match("^Package: ([^\n]+)\nInstalled Version: ([^\n]+)")
  if name then
    return { name = name, version = version, fixes = message:match("\nFixed Version: ([^\n]+)"), id = id }
  end
  local ecosystem
  ecosystem, name, version = message:match(GRYPE)
  if not name then return nil end
  local own = id:sub(-#name - 1) == "-" .. name and id:sub(1, -#name - 2) or id
  if ecosystem ~= "python" then name = ecosystem .. ":" .. name end
  return { name = name, version = version, id = own }
end

local function aliases_of(rule, id)
  local list, seen = json.array(), { [id] = true }
  for _, alias in ipairs(list_of(rule.deprecatedIds)) do
    if text_of(alias) and not seen[alias] then
      seen[alias] = true
      list[#list + 1] = alias
    end
  end
  return list
end

local function split(text)
  local list = json.array()
  for item in (text or ""):gmatch("[^,%s]+") do list[#list + 1] = item end
  return list
end

-- --- the whole ---

--- Turns a result into a finding, or returns nil and what is wrong.
local function to_finding(run, result)
  local rule = rule_of(run, result)
  local id = text_of(field(result, "ruleId")) or text_of(field(field(result, "rule"), "id")) or text_of(rule.id)
  if not id then return nil, "it has no ruleId" end
  local message = message_of(result, rule)
  local path, line = place_of(run, result)
  local dependency = dependency_of(id, message)
  local severity, score = severity_of(result, rule, dependency ~= nil)
  if not severity then return nil, score end
  local finding = { id = id, severity = severity, score = score, path = path, line = line,
    summary = message:match("^%s*([^\r\n]*)"), url = text_of(rule.helpUri), sources = { run.name },
    fix_versions = json.array(), aliases = json.array() }
  if dependency then
    finding.kind, finding.id = "vulnerability", dependency.id
    finding.package, finding.version = names.normalize(dependency.name), dependency.version
    finding.fix_versions, finding.aliases = split(dependency.fixes), aliases_of(rule, dependency.id)
    return finding
  end
  finding.kind, finding.path, finding.test = "code", path or "(no place)", text_of(rule.name)
  local confidence = text_of(field(field(result, "properties"), "issue_confidence"))
  finding.confidence = confidence and confidence:lower()
  return finding
end

-- What a tool looked at and found in order, and what was found in an earlier run alone, is no finding.
local NO_FINDING = { pass = true, notApplicable = true }

--- The errors that a run tells of: files that could not be read and the like.
local function skipped_of(run)
  local skipped = {}
  for _, invocation in ipairs(list_of(run.invocations)) do
    for _, key in ipairs { "toolExecutionNotifications", "toolConfigurationNotifications" } do
      for _, notification in ipairs(list_of(field(invocation, key))) do
        if field(notification, "level") == "error" then
          skipped[#skipped + 1] = { name = place_of(run, notification) or run.name,
            reason = message_of(notification, {}) }
        end
      end
    end
  end
  return skipped
end

local function failed(run)
  for _, invocation in ipairs(list_of(run.invocations)) do
    if field(invocation, "executionSuccessful") == false then return true end
  end
  return false
end

local function evidence_of(run)
  if failed(run) then return evidence.missing(run.name, run.name .. " did not end well") end
  -- A run that could not tell, or whose results are in another file, leaves them out.
  if not json.is_array(run.results) then return evidence.missing(run.name, run.name .. " wrote no results") end
  return evidence.of(run.name, skipped_of(run), "file")
end

-- The tool's name as pysec calls it.
local NAMES = { ["osv-scanner"] = "osv" }

return function(value)
  if value.version ~= "2.1.0" then
    return nil, ("SARIF of version '%s': expected 2.1.0"):format(tostring(value.version))
  end
  local report = { format = "sarif", findings = {}, evidence = {} }
  for i, run in ipairs(value.runs) do
    local name = text_of(field(field(field(run, "tool"), "driver"), "name"))
    if not name then return nil, ("run %d does not name its tool"):format(i) end
    run.name, run.by_id = NAMES[name:lower()] or name:lower(), index_rules(run)
    for j, result in ipairs(list_of(run.results)) do
      if not NO_FINDING[field(result, "kind")] and field(result, "baselineState") ~= "absent" then
        local finding, problem = to_finding(run, result)
        if not finding then return nil, ("run %d, result %d: %s"):format(i, j, problem) end
        table.insert(report.findings, finding)
      end
    end
    report.evidence[i] = evidence_of(run)
  end
  return report
end
