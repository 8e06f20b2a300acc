--- The rules of the policy language: their fields, what each may hold, and the checks of both.
--
-- This table is the language: the loader, the hints in messages and `pysec check` go by it.
local dates = require "lib.policy.dates"
local matchers = require "lib.policy.matchers"
local names = require "lib.names"
local version = require "pysec.version"

local rules = {}

rules.severities = { "none", "low", "medium", "high", "critical" }
rules.verdicts = { "ignore", "warn", "fail", "block" }
rules.kinds = { "vulnerability", "code", "policy" }
rules.scanners = { "pip-audit", "safety", "bandit", "osv" }
rules.changes = { "none", "patch", "minor", "major" }
rules.events = { "finding", "upgrade", "package", "audit" }

-- --- the types of fields: each takes a value and returns what the rule keeps, or nil and what is expected ---

local types = {}

local function one_of(list, also)
  return function(value)
    for _, item in ipairs(list) do
      if item == value then return value end
    end
    local hint = type(value) == "string" and names.hint(value, list) or ""
    return nil, (also or "") .. table.concat(list, ", "), hint
  end
end

types.severity = one_of(rules.severities)
types.threshold_verdict = one_of { "warn", "fail", "block" }
types.kind = one_of(rules.kinds)
types.change = one_of(rules.changes)

function types.text(value)
  if type(value) == "string" and value:match("%S") then return value end
  return nil, "a text"
end

function types.date(value)
  if type(value) == "string" and dates.parse(value) then return value end
  return nil, "a day such as \"2027-01-31\""
end

function types.specifier(value)
  if type(value) ~= "string" or not value:match("%S") then return nil, "a PEP 440 specifier such as \">=2,<3\"" end
  local known, problem = version.matches("1", value)
  if known ~= nil then return value end
  return nil, "a PEP 440 specifier such as \">=2,<3\"", (" (%s)"):format(problem)
end

function types.days(value)
  if math.type(value) == "integer" and value >= 0 then return value end
  return nil, "a whole number of days from 0"
end

function types.yes(value)
  if value == true then return value end
  return nil, "true, or leave it out"
end

function types.names(value) return matchers.compile("name", value) end

function types.ids(value) return matchers.compile("id", value) end

function types.paths(value) return matchers.compile("path", value) end

local function list_of(known)
  local single = one_of(known)
  return function(value)
    local list = type(value) == "string" and { value } or value
    if type(list) ~= "table" or #list == 0 then return nil, "a list of " .. table.concat(known, ", ") end
    for _, item in ipairs(list) do
      local _, expected, hint = single(item)
      if expected then return nil, "a list of " .. expected, hint, item end
    end
    return table.move(list, 1, #list, 1, {})
  end
end

types.scanners = list_of(rules.scanners)
types.requirable = list_of { "reason", "expires", "owner", "ticket" }

--- What a project may ignore: everything, or up to a severity.
function types.ignorable(value)
  if value == true then return {} end
  if type(value) ~= "table" then return nil, "true or a table such as { max_severity = \"medium\" }" end
  local kept = {}
  for key, item in pairs(value) do
    local check = key == "max_severity" and types.severity or key == "package" and types.names
      or key == "kind" and types.kind
    if not check then
      return nil, "max_severity, package or kind", names.hint(tostring(key), { "max_severity", "package", "kind" })
    end
    local checked, expected, hint = check(item)
    if checked == nil then return nil, ("%s to be %s"):format(key, expected), hint end
    kept[key] = checked
  end
  return kept
end

-- --- the rules ---

local RULES = {
  ignore = { fields = { id = "ids", package = "names", version = "specifier", kind = "kind", path = "paths",
    reason = "text", expires = "date", owner = "text", ticket = "text" }, any_of = { "id", "package", "path" } },
  severity = { fields = { kind = "kind", block = "severity", fail = "severity", warn = "severity",
    unknown = "threshold_verdict" }, any_of = { "block", "fail", "warn", "unknown" } },
  pin = { fields = { package = "names", version = "specifier", reason = "text" }, required = { "package", "version" } },
  deny = { fields = { package = "names", version = "specifier", reason = "text" }, required = { "package" } },
  allow = { fields = { package = "names", version = "specifier", reason = "text" }, required = { "package" } },
  limit = { fields = { change = "change", package = "names", reason = "text" }, required = { "change" } },
  ignores = { fields = { require = "requirable", max_days = "days", max_severity = "severity" },
    any_of = { "require", "max_days", "max_severity" } },
  evidence = { fields = { scanners = "scanners", max_database_age = "days", expected_skips = "names" },
    any_of = { "scanners", "max_database_age", "expected_skips" } },
  delegate = { fields = { ignore = "ignorable", allow = "yes", evidence = "yes" },
    any_of = { "ignore", "allow", "evidence" } },
}

--- Takes a text instead of a table.
local TEXT_RULES = { name = true, include = true }

rules.names = {}
for name in pairs(RULES) do table.insert(rules.names, name) end
for name in pairs(TEXT_RULES) do table.insert(rules.names, name) end
table.insert(rules.names, "on")
table.sort(rules.names)

local function field_names(rule)
  local list = {}
  for name in pairs(rule.fields) do list[#list + 1] = name end
  table.sort(list)
  return list
end

--- The fields of a rule, in order of their names; nil for one that takes a text.
function rules.fields(name)
  return RULES[name] and field_names(RULES[name])
end

local function show(value)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) == "table" or type(value) == "function" then return "a " .. type(value) end
  if type(value) == "userdata" then return "re \"...\"" end
  return tostring(value)
end

local function check_field(name, field, kind, value, report)
  local kept, expected, hint, part = types[kind](value)
  if kept == nil then
    if part ~= nil then value = part end
    report(("%s.%s: expected %s, not %s%s"):format(name, field, expected, show(value), hint or ""))
  end
  return kept
end

local function check_presence(name, rule, given, report)
  for _, field in ipairs(rule.required or {}) do
    if given[field] == nil then report(("%s needs %s: %s { %s = ... }"):format(name, field, name, field)) end
  end
  if not rule.any_of then return end
  for _, field in ipairs(rule.any_of) do
    if given[field] ~= nil then return end
  end
  report(("%s needs at least one of %s"):format(name, table.concat(rule.any_of, ", ")))
end

--- The fields of the table that a rule was called with, checked. Calls `report(message)` for each mistake.
local function check_table(name, given, report)
  local rule, kept = RULES[name], {}
  if type(given) ~= "table" then
    report(("%s takes a table: %s { %s = ... }"):format(name, name, (rule.required or rule.any_of)[1]))
    return kept
  end
  local keys = {}
  for key in pairs(given) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local kind = rule.fields[key]
    if kind then
      kept[key] = check_field(name, key, kind, given[key], report)
    elseif type(key) == "number" then
      report(("%s: %s stands without a name; write field = value"):format(name, show(given[key])))
    else
      report(("%s has no field '%s'%s"):format(name, tostring(key), names.hint(tostring(key), field_names(rule))))
    end
  end
  check_presence(name, rule, given, report)
  return kept
end

--- Checks a call of a rule: `name` and what it was called with. Returns the record of the rule, without its place;
-- calls `report(message)` for each mistake.
function rules.check(name, report, given, extra, ...)
  if TEXT_RULES[name] then
    if types.text(given) then return { rule = name, text = given } end
    report(("%s takes a text: %s \"...\""):format(name, name))
    return { rule = name, text = "" }
  end
  if extra ~= nil or select("#", ...) > 0 then report(("%s takes one table"):format(name)) end
  local record = check_table(name, given, report)
  record.rule = name
  return record
end

--- Checks a call of `on`. Returns the record, or nil after a mistake.
function rules.check_hook(report, event, body)
  local checked, expected, hint = one_of(rules.events)(event)
  if not checked then
    report(("on: expected %s, not %s%s"):format(expected, show(event), hint or ""))
    return nil
  end
  if type(body) ~= "function" then
    report(("on: expected a function, not %s: on(\"%s\", function(%s) ... end)"):format(show(body), event,
      event:sub(1, 1)))
    return nil
  end
  return { rule = "on", event = event, body = body }
end

--- What the unknown name in a policy was meant to be.
function rules.hint(name, more)
  local known = table.move(rules.names, 1, #rules.names, 1, {})
  table.move(more, 1, #more, #known + 1, known)
  return names.hint(name, known)
end

return rules
