--- The basic functions of the sandbox, and what it has of math: nothing depends on an address, a seed or a clock.
local t = require "harness"
local inside = require "sandbox.in_box"

t.test("conversions and the like come to what Lua's own do", function()
  local numerals = { "10", "0x10", " 10 ", "10 x", "", "-", "-zz", " -Zz ", "1e1", "z", "1_", "7", "8",
    "99999999999999999999", "-ff", "+1", "+ 1", "1\0", true, 12, "\v11\n", "0x", "nan", "inf", 1.5, "0x1p4" }
  inside.compare(function()
    local cases = {}
    local function add(name, ...)
      local case = table.pack(...)
      case.name = name
      cases[#cases + 1] = case
    end
    for _, numeral in ipairs(numerals) do
      add("tonumber", numeral)
      for _, base in ipairs { 0, 1, 2, 8, 10, 16, 35, 36, 37, "10", 1.5 } do add("tonumber", numeral, base) end
      for _, name in ipairs { "tostring", "type", "rawlen", "assert" } do add(name, numeral, "second") end
      add("rawequal", numeral, "10")
      add("raise", numeral)
      for n = -5, 5 do add("select", n, numeral, 2, 3) end
    end
    for _, name in ipairs { "tonumber", "tostring", "type", "rawlen", "rawequal", "select", "assert", "next" } do
      add(name)
    end
    add("select", "#", 1, nil)
    add("select", "x", 1)
    add("assert", false)
    add("assert", nil, "message")
    add("rawlen", { 1, 2 })
    return cases
  end)
end)

t.test("an error carries its place by its level", function()
  local text = [[
local function fail(level) error("no", level) end
for level = 0, 2 do
  give(select(2, pcall(function()
    fail(level)
  end)))
end
give(select(2, pcall(error, { code = 7 })).code)
give(select(2, pcall(error)))
give(select(2, pcall(function() assert(1 == 2, "differs") end)))
]]
  local given = assert(inside.run(text))
  t.equal(given[1][1], "no")
  t.equal(given[2][1], "p.lua:1: no")
  t.equal(given[3][1], "p.lua:4: no")
  t.equal(given[4][1], 7)
  t.equal(given[5][1], nil)
  t.match(given[6][1], "differs$")
end)

-- Keys in the order that is wanted. They are entered in many orders; the hash seed differs from box to box.
local KEYS = { "math.mininteger", "-7", "-1", "0", "1", "2", "3", "5", "2^53 | 0", "math.maxinteger", "-1/0", "-2.5",
  "1.5", "1e300", "1/0", "''", "'\\0'", "'10'", "'9'", "'Z'", "'a'", "'a\\0'", "'ab'", "('x'):rep(50)",
  "('x'):rep(50) .. 'y'", "'é'", "false", "true" }

t.test("pairs and next follow one order, whatever the order of entry", function()
  local random = inside.random(5)
  local list = "local order = { " .. table.concat(KEYS, ", ") .. " } "
  for _ = 1, 40 do
    local entries = {}
    for i = 1, #KEYS do table.insert(entries, random(1, i), i) end
    local got = inside.value(list .. "local entries = { " .. table.concat(entries, ", ") .. [[ }
      local set, walked, stepped = {}, {}, {}
      for _, i in ipairs(entries) do set[order[i] ] = i end
      for key, i in pairs(set) do
        if order[i] ~= key then error("a wrong value") end
        walked[#walked + 1] = i
      end
      local key, i = next(set)
      while key ~= nil do
        stepped[#stepped + 1] = i
        key, i = next(set, key)
      end
      return table.concat(walked, " ") .. " / " .. table.concat(stepped, " ")
    ]])
    local want = {}
    for i = 1, #KEYS do want[i] = i end
    t.equal(got, table.concat(want, " ") .. " / " .. table.concat(want, " "))
  end
end)

t.test("entries that go away during a walk are not met, nor are holes of a list", function()
  t.equal(inside.value [[
    local set, met = { 10, 20, 30, 40, a = 1, b = 2, c = 3 }, {}
    set[2] = nil
    for key in pairs(set) do
      met[#met + 1] = key
      set[key] = nil
      if key == 1 then set[3] = nil end
      if key == "a" then set.b = nil end
    end
    return table.concat(met, " ") .. " " .. tostring(next(set))
  ]], "1 4 a c nil")
  t.equal(inside.value [[
    local set, met = { a = 1, b = 2 }, {}
    for key, value in pairs(set) do set[key] = value + 10 end
    for _, value in pairs(set) do met[#met + 1] = value end
    return table.concat(met, " ")
  ]], "11 12")
end)

t.test("a list of any length, a sparse one too, is walked in about n log n steps", function()
  local entries = { "[5] = 1" } -- so laid out, the length of the sparse one is its last entry
  for i = 3, 62 do entries[#entries + 1] = ("[%d] = 1"):format(1 << i) end
  local text = "local sparse = { 1, 2, 3, 4, " .. table.concat(entries, ", ") .. [[ }
    local list, words, count = {}, {}, 0
    for i = 1, 30000 do list[i] = i words["word " .. i] = i end
    if #sparse < 2^50 then error("its length is " .. #sparse) end
    for _, all in ipairs { list, words, sparse } do
      for _ in pairs(all) do count = count + 1 end
    end
    give(count)
  ]]
  t.equal(assert(inside.run(text, { instructions = 4000000 }))[1][1], 60065)
end)

t.test("pairs over what has no order is refused", function()
  for _, key in ipairs { "{}", "function() end", "pcall" } do
    local _, message = inside.run("\nfor _ in pairs { [" .. key .. "] = 1 } do end")
    t.match(message, "^p%.lua:2: pairs: a key is a %w+, which has no order", key)
    _, message = inside.run("\nnext({ [" .. key .. "] = 1 })")
    t.match(message, "^p%.lua:2: next: a key is a %w+, which has no order", key)
  end
  local _, message = inside.run("\nfor _ in pairs(nil) do end")
  t.match(message, "^p%.lua:2: bad argument #1 to 'pairs' %(table expected, got nil%)")
end)

t.test("next pays for looking at every key", function()
  local _, message = inside.run([[
    local set = {}
    for i = 1, 20000 do set["k" .. i] = i end
    while next(set) do end
  ]], { instructions = 3000000 })
  t.match(message, "budget of %d+ instructions")
end)

t.test("a protected call catches errors, but no spent budget", function()
  t.equal(inside.value [[return select("#", pcall(function() return 1, nil, nil end))]], 4)
  t.equal(inside.value [[
    local ok, message = pcall(pcall, error, "x", 0)
    return tostring(ok) .. tostring(message)
  ]], "truefalse")
  for _, text in ipairs {
    "pcall(function() while true do end end) give(1)",
    "while true do pcall(function() while true do end end) end",
    "local function again() pcall(again) again() end pcall(again) while true do end",
    "pcall(pcall, pcall, function() while true do end end) give(1)",
  } do
    local given, message = inside.run(text, { instructions = 300000 })
    t.equal(given, nil, text)
    t.match(message, "budget of %d+ instructions", text)
  end
end)

t.test("a protected call does not save from running out of memory", function()
  local given, message = inside.run([[
    local all = {}
    pcall(function() while true do all[#all + 1] = ("x"):rep(100000) .. #all end end)
    give(1)
  ]], { memory = 8 * 2 ^ 20 | 0 })
  t.equal(given, nil)
  t.match(message, "^p%.lua:2: .*budget of memory")
end)

t.test("tostring gives no address", function()
  t.equal(inside.value [[return tostring({}) .. " " .. tostring(pcall) .. " " .. tostring(function() end)]],
    "table function function")
  t.equal(inside.value [[return tostring(string) .. " " .. tostring(nil) .. " " .. tostring(1.0)]], "table nil 1.0")
end)

t.test("what reaches out, loads code or goes by chance is not there", function()
  t.equal(inside.value [[
    local there = {}
    local function look(name, value) if value ~= nil then there[#there + 1] = name end end
    look("math.random", math.random)
    look("math.randomseed", math.randomseed)
    look("math.pow", math.pow)
    return table.concat(there, " ")
  ]], "")
  for _, name in ipairs { "getmetatable", "setmetatable", "rawget", "rawset", "load", "loadfile", "dofile", "require",
    "collectgarbage", "print", "xpcall", "coroutine", "os", "io", "debug", "package" } do
    local given = inside.run("give(" .. name .. ")")
    t.truthy(given == nil or given[1][1] == nil, name)
  end
end)

t.test("numerals in strings count, as in Lua", function()
  t.equal(inside.value [[return "10" + 1 .. " " .. -"2" .. " " .. "3" * "4"]], "11 -2 12")
end)

return t.finish()
