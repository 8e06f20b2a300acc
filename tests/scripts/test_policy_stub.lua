--- scripts/meta/policies.lua, which gives completion in policies, says what policies really find.
local t = require "harness"
local fs = require "pysec.fs"
local json = require "pysec.json"
local rules = require "lib.policy.rules"
local support = require "policy_support"

local text = assert(fs.read(t.root .. "/scripts/meta/policies.lua"))

-- --- reading it ---

--- The classes: { [name] = { [field] = "type" } }, the optional ones with "?" before the type; the aliases; the names.
local classes, aliases, globals = {}, {}, {}
local class
for line in text:gmatch "[^\n]+" do
  local name = line:match "^%-%-%-@class policy%.([%w_.]+)$"
  local field, optional, kind = line:match "^%-%-%-@field ([%w_]+)(%??) (.*)$"
  local alias, values = line:match "^%-%-%-@alias policy%.([%w_]+) (.*)$"
  local global = line:match "^function ([%w_]+)%(" or line:match "^([%w_]+) = nil$"
  if name then
    class = {}
    classes[name] = class
  elseif field then
    class[field] = optional .. kind:gsub("  .*$", "")
  elseif alias then
    aliases[alias] = values:gsub("  .*$", "")
  elseif global then
    globals[#globals + 1] = global
  end
end
table.sort(globals)

local function sorted_keys(list)
  local keys = {}
  for key in pairs(list) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

--- The words of a type such as '"a"|"b"', or of the alias that it names.
local function words(kind)
  kind = aliases[kind:match "^%??policy%.([%w_]+)" or ""] or kind
  local list = {}
  for word in kind:gmatch '"([^"]+)"' do list[#list + 1] = word end
  return list
end

-- --- the rules ---

local RULES = { "allow", "cooldown", "cooldown.security", "delegate", "delegate.ignore", "deny", "evidence", "ignore",
  "ignores", "limit", "pin", "severity" }

t.test("every rule is there, and no other", function()
  local want = {}
  for _, rule in ipairs(rules.names) do
    if rules.fields(rule) then want[#want + 1] = rule end
  end
  table.move({ "cooldown.security", "delegate.ignore" }, 1, 2, #want + 1, want)
  table.sort(want)
  t.equal(RULES, want)
  for _, rule in ipairs(rules.names) do t.truthy(text:find("\nfunction " .. rule .. "(", 1, true), rule) end
end)

for _, rule in ipairs(RULES) do
  t.test(rule .. " has the fields that the rule takes", function()
    t.equal(sorted_keys(classes[rule]), rules.fields(rule))
    local required, any_of = rules.needs(rule)
    local must = {}
    for _, field in ipairs(required) do must[field] = true end
    for field, kind in pairs(classes[rule]) do t.equal(kind:sub(1, 1) ~= "?", must[field] == true, field) end
    if #any_of > 0 then
      t.match(text, "%-%-%- At least one [^\n]*\n%-%-%-@class policy%." .. rule:gsub("%p", "%%%0") .. "\n")
    end
  end)
end

t.test("the words that fields take are those of the rules", function()
  t.equal(words "policy.severity_name", rules.severities)
  t.equal(words "policy.kind", rules.kinds)
  t.equal(words "policy.scanner", rules.scanners)
  t.equal(words(classes.limit.change), rules.changes)
  for _, case in ipairs { { "severity", "unknown", "severity { unknown = '%s' }" },
    { "severity", "fail", "severity { fail = '%s' }" }, { "ignores", "require", "ignores { require = { '%s' } }" },
    { "ignore", "kind", "ignore { id = 'x', kind = '%s' }" }, { "limit", "change", "limit { change = '%s' }" },
    { "cooldown", "yanked", "cooldown { yanked = '%s' }" },
    { "cooldown", "unknown", "cooldown { days = 7, unknown = '%s' }" },
    { "evidence", "scanners", "evidence { scanners = '%s' }" } } do
    local rule, field, call = table.unpack(case)
    local list = words(classes[rule][field])
    t.truthy(#list > 1, rule .. "." .. field)
    for _, word in ipairs(list) do support.load(call:format(word)) end
    -- What the mistake expects is all of them.
    local _, message = support.try(call:format "@")
    t.contains(message, table.concat(list, ", "))
  end
end)

-- --- hooks ---

t.test("hooks answer in the words that are there", function()
  for _, event in ipairs(rules.events) do
    local list = words("policy." .. event .. "_answer")
    local set = support.load(("on('%s', function() return '@' end)"):format(event))
    local _, message = set:decide({ support.finding() })
    if event == "upgrade" then _, message = set:judge { { package = "a", from = "1", to = "2" } } end
    t.contains(message, ("has to return %s or nothing"):format(table.concat(list, ", ")))
    t.truthy(text:find(('---@overload fun(event: "%s", body: fun(%s: policy.%s): policy.%s_answer?, string?)'):format(
      event, event:sub(1, 1), event, event), 1, true), event)
  end
end)

--- What a hook sees, as it tells it: a list of keys for each record.
local function seen(event, expression, ask)
  local set = support.load(([[
on("%s", function(r)
  local keys = {}
  for key in pairs(%s) do keys[#keys + 1] = key end
  table.sort(keys)
  return "%s", table.concat(keys, " ")
end)]]):format(event, expression, event == "upgrade" and "refuse" or "warn"))
  return ask(set)
end

t.test("hooks see the fields that are there", function()
  local function decided(set)
    local decisions = assert(set:decide({ support.finding() }, { evidence = {} }))
    return decisions[#decisions].reason
  end
  t.equal(seen("package", "r", decided), table.concat(sorted_keys(classes.package), " "))
  t.equal(seen("audit", "r", decided), table.concat(sorted_keys(classes.audit), " "))
  t.equal(seen("audit", "r.findings", decided), table.concat(sorted_keys(classes.counts), " "))
  t.equal(seen("audit", "r.packages[1]", decided), table.concat(sorted_keys(classes.package), " "))
  local function judged(set)
    return set:judge({ { package = "a", from = "1", to = "2", kind = "security", change = "major", fixes = { "X" },
      direct = false, state = "planned", severities = { "low" }, released = "2026-05-01", yanked = true } })[1].reason
  end
  t.equal(seen("upgrade", "r", judged), table.concat(sorted_keys(classes.upgrade), " "))
  for key in seen("finding", "r", decided):gmatch "%S+" do t.truthy(classes.finding[key], key) end
end)

t.test("a finding has the fields that tests of policies may give it", function()
  local records = require "policy_tests.records"
  for field in pairs(classes.finding) do
    local _, problem = pcall(records.finding, { [field] = {} })
    t.lacks(problem and problem.mistake or "", "there is no field", field)
  end
  for _, finding in ipairs { records.finding {}, records.finding { path = "a.py" } } do
    for field in pairs(finding) do t.truthy(classes.finding[field], field) end
  end
end)

-- --- functions ---

t.test("every global is there: those of policies, and those of their tests", function()
  local want = { "clock", "json", "re", "version", "equal", "policy", "raises", "test", "today", "truthy" }
  table.move(rules.names, 1, #rules.names, #want + 1, want)
  table.sort(want)
  t.equal(globals, want)
  for _, name in ipairs { "clock", "json", "re", "version" } do
    support.load(("assert(%s)"):format(name))
  end
end)

t.test("version, json and clock hold what is there", function()
  for _, name in ipairs { "version", "json", "clock" } do
    for field in pairs(classes[name]) do support.load(("assert(%s.%s ~= nil)"):format(name, field)) end
  end
  t.equal(sorted_keys(classes.version), sorted_keys(require "pysec.version"))
  for name, module in pairs { json = json, clock = require "pysec.clock" } do
    for field in pairs(module) do
      local is_there = support.try(("assert(%s.%s ~= nil)"):format(name, field)) ~= nil
      t.equal(is_there, classes[name][field] ~= nil, name .. "." .. field)
    end
  end
end)

t.test("a subject of tests has the methods that are there", function()
  t.equal(sorted_keys(classes.subject), sorted_keys(require "policy_tests.subject".handle({}, {})))
end)

t.test("it is Lua, and every type of it is declared", function()
  assert(load(text, "=policies.lua", "t"))
  for kind in text:gmatch "policy%.[%w_.]+" do
    local name = kind:match "^policy%.(.-)%.?$"
    if not text:find("pysec." .. kind, 1, true) then t.truthy(classes[name] or aliases[name], kind) end
  end
end)

return t.finish()
