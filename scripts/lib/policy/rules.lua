--- The rules of the policy language: their fields, what each may hold, and the checks of both.
--
-- This table is the language: the loader, the hints in messages and `pysec check` go by it.
local dates = require "lib.dates"
local json = require "pysec.json"
local lists = require "lib.policy.lists"
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

local LONGEST_TEXT = 10000
local LONGEST_SHOWN = 80

--- A value as messages show it: on one line, and not all of a long text.
local function show(value)
  if type(value) == "string" then
    local cut = value:sub(1, LONGEST_SHOWN)
    if #value > #cut then cut = cut:gsub("[\xC0-\xFF]?[\x80-\xBF]*$", "") .. "..." end
    local quoted = ("%q"):format(cut):gsub("\\\n", "\\n")
    if utf8.len(quoted) then return quoted end
    return (quoted:gsub("[\x80-\xFF]", function(byte) return ("\\x%02X"):format(byte:byte()) end))
  end
  if value == json.null then return "null" end
  if type(value) == "table" or type(value) == "function" then return "a " .. type(value) end
  if type(value) == "userdata" then return "re \"...\"" end
  return tostring(value)
end
rules.show = show

--- A text that a report can hold: with something to read in it, in UTF-8, and not a book.
function rules.is_text(value)
  return type(value) == "string" and #value <= LONGEST_TEXT and value:match("%S") ~= nil and utf8.len(value) ~= nil
end

-- --- the types of fields: each takes a value and returns what the rule keeps, or nil and what is expected, a hint, and
-- the item of a list that is at fault ---

local types = {}

local function one_of(list)
  return function(value)
    for _, item in ipairs(list) do
      if item == value then return value end
    end
    local hint = type(value) == "string" and names.hint(value, list) or ""
    return nil, table.concat(list, ", "), hint
  end
end

types.severity = one_of(rules.severities)
types.threshold_verdict = one_of { "warn", "fail", "block" }
types.kind = one_of(rules.kinds)
types.change = one_of(rules.changes)
types.answer = one_of { "refuse", "take" }

function types.text(value)
  if rules.is_text(value) then return value end
  if type(value) ~= "string" or not value:match("%S") then return nil, "a text" end
  return nil, ("a text in UTF-8 of at most %d bytes"):format(LONGEST_TEXT)
end

function types.date(value)
  if type(value) == "string" and dates.parse(value) then return value end
  return nil, "a day such as \"2027-01-31\""
end

function types.specifier(value)
  local expected = "a PEP 440 specifier such as \">=2,<3\""
  if not rules.is_text(value) or not value:match("[^%s,]") then return nil, expected end
  if version.matches("1", value) ~= nil then return value end
  local operand = value:match("^%s*=?%s*([%w.!+*-]+)%s*$")
  local is_version = operand and version.matches("1", "==" .. operand) ~= nil
  return nil, expected, is_version and (" (did you mean '==%s'?)"):format(operand) or ""
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
    local problem = lists.problem(list)
    if problem then return nil, "a list of " .. table.concat(known, ", "), problem end
    for _, item in ipairs(list) do
      local _, expected, hint = single(item)
      if expected then return nil, "a list of " .. expected, hint, item end
    end
    return table.move(list, 1, #list, 1, {})
  end
end

types.scanners = list_of(rules.scanners)
types.requirable = list_of { "reason", "expires", "owner", "ticket" }

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
  cooldown = { fields = { days = "days", security = "waits", yanked = "answer", unknown = "answer", package = "names",
    reason = "text" }, any_of = { "days", "security", "yanked" } },
  delegate = { fields = { ignore = "part", allow = "yes", evidence = "yes" },
    any_of = { "ignore", "allow", "evidence" } },
}

--- A field that is a table of its own; a part may also be true.
local PARTS = {
  ["cooldown.security"] = { fields = { critical = "days", high = "days", medium = "days", low = "days",
    unknown = "days" }, any_of = { "critical", "high", "medium", "low", "unknown" } },
  ["delegate.ignore"] = { fields = { max_severity = "severity", package = "names", kind = "kind" },
    any_of = { "max_severity", "package", "kind" } },
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

--- The fields of a rule, or of a part of one such as "delegate.ignore", in order of their names; nil for one that
-- takes a text.
function rules.fields(name)
  local rule = RULES[name] or PARTS[name]
  return rule and field_names(rule)
end

--- The fields without which a rule is a mistake: all of the first list, and one of the second.
function rules.needs(name)
  local rule = RULES[name] or PARTS[name]
  return rule.required or {}, rule.any_of or {}
end

local check_table

--- What a project may ignore: everything, or up to a severity, a kind, some packages.
local function check_part(name, value, report)
  if value == true then return {} end
  if type(value) == "table" then return check_table(name, PARTS[name], value, report) end
  report(("%s: expected true or a table such as { max_severity = \"medium\" }, not %s"):format(name, show(value)))
  return nil
end

--- How long to wait, by severity.
local function check_waits(name, value, report)
  if type(value) == "table" then return check_table(name, PARTS[name], value, report) end
  report(("%s: expected a table such as { critical = 0, high = 1 }, not %s"):format(name, show(value)))
  return nil
end

local function check_field(name, field, kind, value, report)
  if kind == "waits" then return check_waits(("%s.%s"):format(name, field), value, report) end
  if kind == "part" then return check_part(("%s.%s"):format(name, field), value, report) end
  local kept, expected, hint, part = types[kind](value)
  if kept == nil then
    if part ~= nil then value = part end
    report(("%s.%s: expected %s, not %s%s"):format(name, field, expected, show(value), hint or ""))
  end
  return kept
end

--- `meant` are the fields that wrong names were near to: one message is enough for these.
local function check_presence(name, rule, given, meant, report)
  for _, field in ipairs(rule.required or {}) do
    if given[field] == nil and not meant[field] then
      report(("%s needs %s: %s { %s = ... }"):format(name, field, name, field))
    end
  end
  if not rule.any_of then return end
  for _, field in ipairs(rule.any_of) do
    if given[field] ~= nil or meant[field] then return end
  end
  report(("%s needs at least one of %s"):format(name, table.concat(rule.any_of, ", ")))
end

local function check_unknown(name, rule, key, value, meant, report)
  if type(key) == "number" then
    report(("%s: %s stands without a name; write field = value"):format(name, show(value)))
  elseif type(key) ~= "string" then
    report(("%s: the name of a field is a text, not %s"):format(name, show(key)))
  else
    local fields = field_names(rule)
    meant[names.nearest(key, fields) or ""] = true
    report(("%s has no field '%s'%s"):format(name, show(key):sub(2, -2), names.hint(key, fields)))
  end
end

--- The fields of a table, checked. Calls `report(message)` for each mistake.
function check_table(name, rule, given, report)
  local keys, kept, meant = {}, {}, {}
  for key in pairs(given) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local kind = rule.fields[key]
    if kind then
      kept[key] = check_field(name, key, kind, given[key], report)
    else
      check_unknown(name, rule, key, given[key], meant, report)
    end
  end
  check_presence(name, rule, given, meant, report)
  return kept
end

--- Checks a call of a rule: `name` and what it was called with. Returns the record of the rule, without its place;
-- calls `report(message)` for each mistake. nil when it cannot be one at all.
function rules.check(name, report, given, extra, ...)
  local is_more = extra ~= nil or select("#", ...) > 0
  if TEXT_RULES[name] then
    if rules.is_text(given) and not is_more then return { rule = name, text = given } end
    report(("%s takes one text: %s \"...\""):format(name, name))
    return nil
  end
  if type(given) ~= "table" then
    local rule = RULES[name]
    report(("%s takes a table: %s { %s = ... }"):format(name, name, (rule.required or rule.any_of)[1]))
    return nil
  end
  if is_more then report(("%s takes one table"):format(name)) end
  local record = check_table(name, RULES[name], given, report)
  record.rule = name
  return record
end

--- Checks a call of `on`. Returns the record, or nil after a mistake.
function rules.check_hook(report, event, body, extra)
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
  if extra ~= nil then report("on takes an event and one function") end
  return { rule = "on", event = event, body = body }
end

--- What the unknown name in a policy was meant to be.
function rules.hint(name, more)
  local known = table.move(rules.names, 1, #rules.names, 1, {})
  table.move(more, 1, #more, #known + 1, known)
  return names.hint(name, known)
end

return rules
