--- The tables of docs/policies.md and the language agree: rules, fields, hooks, functions, and who wins.
local fs = require "pysec.fs"
local hooks = require "lib.policy.hooks"
local policies = require "pysec.policy"
local rules = require "lib.policy.rules"
local support = require "support"
local t = require "harness"

local text = assert(fs.read(t.root .. "/docs/policies.md"))
local reference = assert(text:match("\n# Reference\n(.*)$"))

-- --- reading tables ---

local function cells_of(line)
  local cells = {}
  for cell in line:gmatch("|%s*([^|]-)%s*%f[|]") do cells[#cells + 1] = cell end
  return cells
end

--- The rows of the first table in a text whose head begins with these columns.
local function table_of(part, head)
  local rows, is_in = {}, false
  for line in part:gmatch("[^\n]*") do
    if is_in and line:sub(1, 1) ~= "|" then break end
    if is_in and not line:match("^| %-") then rows[#rows + 1] = cells_of(line) end
    is_in = is_in or line:sub(1, #head) == head
  end
  t.truthy(#rows > 0, "a table with the head " .. head)
  return rows
end

--- A part of the reference, by its heading.
local function section(heading)
  local _, last = reference:find("\n" .. heading .. "\n", 1, true)
  t.truthy(last, "a section " .. heading)
  local level = heading:match("^#+")
  local part = reference:sub(last) .. "\n# "
  return part:match("^(.-)\n" .. level:gsub("#", "#?") .. " ")
end

local function code(cell) return cell:match("^`(.-)`$") end

local function names_in(part)
  local names = {}
  for name in part:gmatch("`([%w_.]+)`") do names[#names + 1] = name end
  return names
end

-- --- rules and their fields ---

--- For each type of the reference, a value that it takes, as Lua, and one that it does not.
local SAMPLES = {
  text = { '"because"', '" "' }, day = { '"2027-01-31"', '"2027-02-30"' }, days = { "90", "1.5" },
  severity = { '"high"', '"unknown"' }, verdict = { '"fail"', '"ignore"' }, kind = { '"code"', '"package"' },
  change = { '"minor"', '"other"' }, specifier = { '">=2,<3"', '"2"' }, names = { '{ "django-*", re "^a" }', '"a b"' },
  ids = { '{ "CVE-2019-10906", re "^B" }', '"a b"' }, paths = { '"src/*"', '""' },
  scanners = { '{ "osv" }', '"trivy"' },
  answer = { '"take"', '"deny"' }, waits = { "{ high = 1 }", "true" },
  fields = { '{ "reason" }', '"id"' }, ["true"] = { "true", "false" },
  part = { "true", "false" },
}

local function mistakes_of(rule, fields)
  local parts = {}
  for name, value in pairs(fields) do parts[#parts + 1] = ("%s = %s"):format(name, value) end
  local set, _, mistakes = policies.load({}, { sources = { { name = "p",
    text = ("%s { %s }"):format(rule, table.concat(parts, ", ")) } } })
  return set and 0 or #mistakes
end

--- The fields of a section's table: { name, type, is_needed, is_one_of }.
local function fields_of(part)
  local fields = {}
  for i, row in ipairs(table_of(part, "| field | type | left out |")) do
    fields[i] = { name = code(row[1]), type = row[2], is_needed = row[3] == "needed", is_one_of = row[3] == "one of" }
    t.truthy(SAMPLES[row[2]], "a type: " .. row[2])
  end
  return fields
end

--- The fields without which a rule is a mistake, and this one.
local function least_with(fields, field)
  local values, has_one = {}, field.is_one_of
  for _, other in ipairs(fields) do
    if other.is_needed or (other.is_one_of and not has_one) then
      values[other.name], has_one = SAMPLES[other.type][1], has_one or other.is_one_of
    end
  end
  values[field.name] = SAMPLES[field.type][1]
  return values
end

--- Tries what the table says.
local function try_fields(rule, fields)
  local without = {}
  for _, field in ipairs(fields) do
    local label = ("%s.%s"):format(rule, field.name)
    local values = least_with(fields, field)
    t.equal(mistakes_of(rule, values), 0, label)
    values[field.name] = SAMPLES[field.type][2]
    t.equal(mistakes_of(rule, values), 1, label .. " with a wrong value")
    values[field.name] = nil
    if field.is_needed then t.equal(mistakes_of(rule, values), 1, label .. " left out") end
    if not field.is_one_of then without[field.name] = SAMPLES[field.type][1] end
  end
  local has_choice = false
  for _, field in ipairs(fields) do has_choice = has_choice or field.is_one_of end
  if has_choice then t.equal(mistakes_of(rule, without), 1, rule .. " with none of those of which it needs one") end
end

t.test("every rule has its section, and no other", function()
  local names = {}
  for name in section("## Rules"):gmatch("\n### (%l+)\n") do names[#names + 1] = name end
  table.sort(names)
  t.equal(names, rules.names)
end)

for _, rule in ipairs(rules.names) do
  local known = rules.fields(rule)
  if known then
    t.test(rule .. ": its fields are in the reference as they are", function()
      local fields, names = fields_of(section("### " .. rule)), {}
      for i, field in ipairs(fields) do names[i] = field.name end
      table.sort(names)
      t.equal(names, known)
      try_fields(rule, fields)
    end)
  end
end

t.test("what a project may ignore is in the reference as it is", function()
  local part = section("### delegate"):match("\nThe fields of `ignore(.*)$")
  local count = 0
  for _, field in ipairs(fields_of(part)) do
    for i, mistakes in ipairs { 0, 1 } do
      local value = ("{ %s = %s }"):format(field.name, SAMPLES[field.type][i])
      t.equal(mistakes_of("delegate", { ignore = value }), mistakes, value)
    end
    count = count + 1
  end
  t.equal(count, 3)
end)

t.test("the waits by severity are in the reference as they are", function()
  local names = {}
  for i, field in ipairs(fields_of(section("### cooldown"):match("\nThe fields of `security(.*)$"))) do
    names[i] = field.name
    for at, mistakes in ipairs { 0, 1 } do
      local value = ("{ %s = %s }"):format(field.name, SAMPLES[field.type][at])
      t.equal(mistakes_of("cooldown", { security = value }), mistakes, value)
    end
  end
  table.sort(names)
  t.equal(names, rules.fields "cooldown.security")
end)

-- --- hooks ---

t.test("every event is there, with what its hooks may return", function()
  local events, known = {}, table.move(rules.events, 1, #rules.events, 1, {})
  for _, row in ipairs(table_of(section("### on"), "| event | argument |")) do
    local event = code(row[1])
    events[#events + 1] = event
    local ok, problem = pcall(hooks.call, { event = event, by = "p:1", hits = 0, body = function() return "x" end }, {})
    t.equal(ok, false)
    t.equal(table.concat(names_in(row[3]), ", "), problem.policy:match("return (.-) or nothing"))
  end
  table.sort(events)
  table.sort(known)
  t.equal(events, known)
end)

-- --- functions ---

--- What there is in Lua and in the host's modules: all that a policy might know.
local function all_functions()
  local list = {}
  for _, name in ipairs { "string", "table", "math", "utf8" } do
    for key in pairs(_G[name]) do list[#list + 1] = ("%s.%s"):format(name, key) end
  end
  for _, name in ipairs { "version", "json", "clock" } do
    for key in pairs(require("pysec." .. name)) do list[#list + 1] = ("%s.%s"):format(name, key) end
  end
  for key in pairs(_G) do
    if type(_G[key]) ~= "table" then list[#list + 1] = key end
  end
  return list
end

--- Whether a policy finds something of this name.
local function is_found(name)
  return policies.load({}, { sources = { { name = "p", text = ("assert(%s ~= nil)"):format(name) } } }) ~= nil
end

t.test("the functions of the reference are those that policies find", function()
  local documented = {}
  for _, row in ipairs(table_of(section("## Functions"), "| name | what differs")) do
    for _, name in ipairs(names_in(row[1])) do documented[name] = true end
  end
  for _, row in ipairs(table_of(section("## Functions"), "| name | what it is")) do
    for _, name in ipairs(names_in(row[1])) do documented[name] = true end
  end
  for name in pairs(documented) do t.truthy(is_found(name), name) end
  for _, name in ipairs(all_functions()) do t.equal(is_found(name), documented[name] == true, name) end
end)

-- --- the test language ---

t.test("the words and methods of tests are there", function()
  local lines = { 'local acme = policy "acme.lua"' }
  for _, row in ipairs(table_of(section("## The test language"), "| name |")) do
    lines[#lines + 1] = ("assert(type(%s) == 'function')"):format(code(row[1]))
  end
  for _, row in ipairs(table_of(section("## The test language"), "| method |")) do
    lines[#lines + 1] = ("assert(type(acme.%s) == 'function')"):format(code(row[1]))
  end
  t.equal(#lines, 12)
  lines[#lines + 1] = 'test("is there", function() end)'
  local folder = t.files(t.tempdir(), { ["acme.lua"] = "", ["acme_test.lua"] = table.concat(lines, "\n") })
  support.expect(0, { "test" }, { cwd = folder })
end)

-- --- who wins ---

local FLAW = { id = "CVE-1", kind = "vulnerability", package = "a", version = "1", severity = "high" }
local FAIL, WARN = 'severity { fail = "none" } ', 'severity { warn = "none" } '
local IGNORE = 'ignore { id = "CVE-1" } '

--- What the rows of the table stand for: a given policy, and a project's.
local ROWS = {
  ["`severity` block, `ignore`"] = { 'severity { block = "none" } ' .. IGNORE },
  ["`severity` fail, `ignore`"] = { FAIL .. IGNORE },
  ["`severity` fail, `ignore` that expired yesterday"] =
    { FAIL .. 'ignore { id = "CVE-1", expires = "2026-11-30" }' },
  ["`severity` warn, hook `fail`"] = { WARN .. 'on("finding", function() return "fail" end)' },
  ["`severity` fail, hook `warn`"] = { FAIL .. 'on("finding", function() return "warn" end)' },
  ["given `severity` warn, project's `severity` fail"] = { WARN, FAIL },
  ["no given rule, project's `severity` warn"] = { 'deny { package = "b" }', WARN },
  ["given `severity` fail, project's `ignore`, not delegated"] = { FAIL, IGNORE },
  ["`deny`, `ignore` of `deny:NAME`"] = { FAIL .. 'deny { package = "a" } ignore { id = "deny:a" }', deny = true },
  ['`deny`, `severity { kind = "policy", unknown = "warn" }`'] =
    { FAIL .. 'deny { package = "a" } severity { kind = "policy", unknown = "warn" }', deny = true },
  ["nobody, "] = { 'deny { package = "b" }' },
}

t.test("who wins is what the table says", function()
  for _, row in ipairs(table_of(text, "| said by | and by |")) do
    local label = ("%s, %s"):format(row[1], row[2])
    local case = assert(ROWS[label], label)
    ROWS[label] = nil
    local folder = t.files(t.tempdir(), { ["given.lua"] = case[1], ["pysec.lua"] = case[2] or "" })
    local set = assert(policies.load({ folder .. "/given.lua" }, { today = "2026-12-01",
      project = case[2] and folder .. "/pysec.lua" }))
    local decisions = assert(set:decide({ FLAW }))
    t.equal(decisions[case.deny and 2 or 1].verdict, row[3], label)
  end
  t.equal(next(ROWS), nil)
end)

return t.finish()
