--- What tests hand to policies: findings, upgrades, packages, evidence. Checks their fields and fills in the others, so
-- that a test says no more than what it is about.
local dates = require "lib.dates"
local json = require "pysec.json"
local names = require "lib.names"
local rules = require "lib.policy.rules"
local values = require "policy_tests.values"
local version = require "pysec.version"

local records = {}

local function refuse(message)
  error({ mistake = message }, 0)
end

-- --- the types of fields ---

local function expect(types)
  return function(value)
    if types[math.type(value) or type(value)] then return value end
    return nil, types.expected
  end
end

local text = expect { string = true, expected = "a text" }
local number = expect { integer = true, float = true, expected = "a number" }
local integer = expect { integer = true, expected = "a whole number" }
local boolean = expect { boolean = true, expected = "true or false" }
local list = expect { table = true, expected = "a list" }
local object = expect { table = true, expected = "a table" }

local function version_text(value)
  if type(value) == "string" then return value end
  return nil, "a text such as \"2.10\"" -- 2.10 would be 2.1
end

local function package(value)
  if type(value) == "string" and value:match("%S") then return names.normalize(value) end
  return nil, "a package's name"
end

local function texts(value)
  if type(value) ~= "table" then return nil, "a list of texts" end
  for _, item in ipairs(value) do
    if type(item) ~= "string" then return nil, "a list of texts" end
  end
  return json.array(value)
end

local function one_of(known)
  return function(value)
    for _, item in ipairs(known) do
      if item == value then return value end
    end
    return nil, table.concat(known, ", "), type(value) == "string" and names.hint(value, known) or ""
  end
end

local severity = one_of(table.move(rules.severities, 1, #rules.severities, 2, { "unknown" }))

--- A severity for each of the findings that an upgrade fixes.
local function severities(value)
  if type(value) ~= "table" then return nil, "a list of severities" end
  for _, item in ipairs(value) do
    if not severity(item) then return nil, "a list of severities" end
  end
  return json.array(value)
end

local function day(value)
  if type(value) == "string" and dates.parse(value) then return value end
  return nil, "a day such as \"2026-12-01\""
end

local FIELDS = {
  finding = { id = text, aliases = texts, kind = one_of(rules.kinds), package = package, version = version_text,
    fix_versions = texts, direct = boolean, severity = severity, score = number, vector = text, summary = text,
    url = text, sources = texts, path = text, line = integer, test = text, confidence = text },
  upgrade = { package = package, from = version_text, to = version_text, kind = one_of { "security", "update" },
    fixes = texts, direct = boolean, released = day, yanked = boolean, severities = severities },
  package = { name = package, version = version_text, direct = boolean },
  evidence = { scanner = text, status = one_of { "complete", "incomplete", "not_run" }, version = text, reason = text,
    skipped = list, only_skips = boolean, database = object },
  audit = { packages = list, evidence = list },
}

--- The fields of a record, checked. Raises { mistake = message }.
local function check(what, given)
  if type(given) ~= "table" then refuse(("%s: expected a table, not %s"):format(what, values.show(given))) end
  local fields, known, kept, keys = FIELDS[what], {}, {}, {}
  for name in pairs(fields) do known[#known + 1] = name end
  table.sort(known)
  for key in pairs(given) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local field = fields[key]
    if not field then
      local note = key == "change" and "; it is computed" or names.hint(tostring(key), known)
      refuse(("%s: there is no field '%s'%s"):format(what, tostring(key), note))
    end
    local value, expected, hint = field(given[key])
    if value == nil then
      refuse(("%s.%s: expected %s, not %s%s"):format(what, key, expected, values.show(given[key]), hint or ""))
    end
    kept[key] = value
  end
  return kept
end

local function fill(record, defaults)
  for key, value in pairs(defaults) do
    if record[key] == nil then record[key] = value end
  end
  return record
end

-- --- the records ---

--- A whole finding. One that has a path and no package is one in code.
function records.finding(given)
  local finding = check("finding", given)
  finding.kind = finding.kind or (finding.path and not finding.package and "code") or "vulnerability"
  fill(finding, { id = "TEST-1", aliases = json.array(), severity = "unknown", summary = "", sources = json.array() })
  if finding.kind == "code" then
    return fill(finding, { path = "app.py", line = 1, test = finding.id, confidence = "high" })
  end
  return fill(finding, { package = "example", version = "0", fix_versions = json.array(), direct = false })
end

--- A whole upgrade; without `from`, of a package that comes in new.
function records.upgrade(given)
  local upgrade = check("upgrade", given)
  if not upgrade.package or not upgrade.to then
    refuse("upgrade: needs package and to: { package = \"django\", from = \"4.2\", to = \"5.0\" }")
  end
  upgrade.change = "other"
  if upgrade.from then
    local change, problem = version.change(upgrade.from, upgrade.to)
    if not change then refuse("upgrade: " .. problem) end
    upgrade.change = change
  end
  return fill(upgrade, { kind = "security", fixes = json.array(), direct = false, state = "planned" })
end

--- A whole installed package.
function records.package(given)
  local installed = check("package", given)
  if not installed.name then refuse("package: needs name: { name = \"django\", version = \"4.2\" }") end
  return fill(installed, { version = "0", direct = false })
end

local function skip(given)
  if type(given) == "string" then return { name = given, reason = "skipped" } end
  if type(given) == "table" and type(given.name) == "string" then return fill(given, { reason = "skipped" }) end
  refuse(("evidence.skipped: expected names or { name =, reason = }, not %s"):format(values.show(given)))
end

--- A whole item of evidence. Where packages were skipped and nothing else is said, that alone makes it incomplete.
function records.evidence(given)
  local item = check("evidence", given)
  if not item.scanner then refuse("evidence: needs scanner: { scanner = \"pip-audit\" }") end
  local skipped = json.array()
  for i, one in ipairs(item.skipped or {}) do skipped[i] = skip(one) end
  item.skipped = skipped
  if item.status == nil then
    item.status = (#skipped > 0 or item.reason) and "incomplete" or "complete"
    if item.only_skips == nil and #skipped > 0 then item.only_skips = true end
  end
  if #skipped > 0 and item.reason == nil then item.reason = "packages were skipped" end
  return item
end

--- Makes each of a list, or of one record. Second result: whether it was one.
function records.each(make, given)
  if type(given) ~= "table" then return { make(given) }, true end
  for key in pairs(given) do
    if type(key) == "string" then return { make(given) }, true end
  end
  local made = {}
  for i, one in ipairs(given) do made[i] = make(one) end
  return made, false
end

--- What `decide` gets beside the findings.
function records.audit(given)
  if given == nil then return {} end
  local audit = check("audit", given)
  audit.packages = audit.packages and records.each(records.package, audit.packages)
  audit.evidence = audit.evidence and records.each(records.evidence, audit.evidence)
  return audit
end

return records
