--- The stubs of scripts/meta declare what the modules really have, no more and no less.
local t = require "harness"
local fs = require "pysec.fs"

local reference = assert(loadfile(t.root .. "/docs/reference.lua", "t"))()

local stubs, names = {}, {}
for _, file in ipairs(assert(fs.list(t.root .. "/scripts/meta"))) do
  local text = assert(fs.read(t.root .. "/scripts/meta/" .. file))
  if file ~= "policies.lua" then -- what policies find; tests/scripts/test_policy_stub.lua looks at it
    local stub = reference.parse(text)
    t.equal("pysec." .. file, stub.module .. ".lua")
    stubs[stub.module] = stub
  end
end

--- The modules that scripts can require: those of host/libs.c, and those that are Lua.
for name in assert(fs.read(t.root .. "/host/libs.c")):gmatch '{"(pysec%.%w+)", luaopen' do names[#names + 1] = name end
for _, file in ipairs(assert(fs.list(t.root .. "/scripts/pysec"))) do
  names[#names + 1] = "pysec." .. file:match "^(.*)%.lua$"
end
table.sort(names)

local function keys_of_kind(value, is_function)
  local keys = {}
  for key, item in pairs(value) do
    if (type(item) == "function") == is_function and not key:find "^__" then keys[#keys + 1] = key end
  end
  table.sort(keys)
  return keys
end

t.test("every module has a stub, and every stub a module", function()
  local declared = {}
  for name in pairs(stubs) do declared[#declared + 1] = name end
  table.sort(declared)
  t.equal(declared, names)
  t.truthy(#names >= 12, "they are found")
end)

for _, name in ipairs(names) do
  t.test(name .. " has the functions and fields of its stub", function()
    local module = require(name)
    t.equal(reference.functions(stubs[name], name), keys_of_kind(module, true))
    local fields = {}
    for i, field in ipairs(stubs[name].fields) do fields[i] = field.name end
    t.equal(fields, keys_of_kind(module, false))
  end)
end

--- One object of each class that has methods.
local folder = t.tempdir()
local advisories = require "pysec.advisories"
local database = folder .. "/advisories.db"
local db = assert(advisories.open(database, { write = true }))
assert(db:import(t.root .. "/tests/fixtures/advisories"))
local set = assert(require "pysec.policy".load {})
local OBJECTS = {
  ["pysec.advisories.db"] = db, ["pysec.advisories.service"] = assert(advisories.serve(database)),
  ["pysec.http.client"] = require "pysec.http".client(),
  ["pysec.fs.lock"] = assert(fs.lock(folder .. "/lock")), ["pysec.policy.set"] = set,
  ["pysec.policy.run"] = set:start(), ["pysec.re.regex"] = assert(require "pysec.re".compile "a"),
  ["pysec.sandbox.box"] = require "pysec.sandbox".new(), ["pysec.ui.progress"] = require "pysec.ui".progress(),
}

for class, object in pairs(OBJECTS) do
  t.test(class .. " has the methods of its stub", function()
    local stub = stubs[class:match "^pysec%.%w+"]
    local methods = getmetatable(object).__index
    t.equal(reference.functions(stub, class), keys_of_kind(methods, true))
    for _, item in ipairs(stub.items) do
      if item.owner == class then t.equal(item.separator, ":", item["function"]) end
    end
  end)
end

t.test("every class with methods is one of those above", function()
  for name, stub in pairs(stubs) do
    for _, item in ipairs(stub.items) do
      if item["function"] then
        t.truthy(item.owner == name or OBJECTS[item.owner], tostring(item.owner) .. " " .. item["function"])
      end
    end
  end
end)

--- Every annotation of the stubs, with the name of what it stands at.
local function each_annotation(visit)
  for name, stub in pairs(stubs) do
    for _, item in ipairs(stub.items) do
      local label = name .. " " .. (item["function"] or item.class or item.alias)
      for _, list in ipairs { item.params, item.returns, item.fields, { item.alias and item } } do
        for _, annotation in ipairs(list) do visit(annotation, label) end
      end
    end
  end
end

t.test("every type that is named is declared", function()
  local declared = {}
  for _, stub in pairs(stubs) do
    for _, item in ipairs(stub.items) do declared[item.class or item.alias or ""] = true end
  end
  each_annotation(function(annotation, label)
    for kind in annotation.type:gmatch "pysec%.[%w_.]+" do t.truthy(declared[kind], label .. ": " .. kind) end
  end)
end)

t.test("every function has a text, and its parameters in order", function()
  for name, stub in pairs(stubs) do
    for _, item in ipairs(stub.items) do
      if item["function"] then
        local label = name .. " " .. item["function"]
        t.truthy(table.concat(item.text) ~= "", label)
        local list = {}
        for i, parameter in ipairs(item.params) do list[i] = parameter.name end
        t.equal(table.concat(list, ", "), item.list, label)
      end
    end
  end
end)

OBJECTS["pysec.advisories.service"]:stop()
db:close()
return t.finish()
