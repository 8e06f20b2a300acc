--- The table library of the sandbox: Lua's semantics, a sort that is the same in every run, and no way around
-- read-only tables.
local t = require "harness"
local inside = require "sandbox.in_box"

local function case(name, ...)
  local made = table.pack(...)
  made.name, made.changes = name, true
  return made
end

t.test("tables change as they do with Lua's own functions", function()
  inside.compare(function()
    local random, cases = inside.random(7), {}
    for _ = 1, 600 do
      local words = {}
      for i = 1, random(0, 9) do words[i] = random(1, 2) == 1 and random(0, 20) or "w" .. random(0, 9) end
      local function add(name, ...) cases[#cases + 1] = case(name, { table.unpack(words) }, ...) end
      local first, last, to = random(-3, 12), random(-3, 12), random(-3, 12)
      add("table.insert", "v")
      add("table.insert", first, "v")
      add("table.insert")
      add("table.insert", 1, 2, 3)
      add("table.remove")
      add("table.remove", first)
      add("table.concat")
      add("table.concat", ", ", first, last)
      add("table.concat", ",", math.maxinteger - 1, math.maxinteger)
      add("table.unpack")
      add("table.unpack", first, last)
      add("table.unpack", 1, math.maxinteger)
      add("table.unpack", math.mininteger, math.maxinteger)
      add("table.move", first, last, to)
      add("table.move", first, last, to, {})
      add("table.move", 1, 2, math.maxinteger)
      add("table.pack", 1, nil)
      add("table.sort", 1)
      local numbers = {}
      for i = 1, random(0, 25) do numbers[i] = random(0, 9) end
      cases[#cases + 1] = case("table.sort", numbers)
    end
    return cases
  end)
end)

t.test("sort is stable and sorts by bytes", function()
  t.equal(inside.value [[
    local list, parts = {}, {}
    for i = 1, 300 do list[i] = { key = i * 7 % 10, order = i } end
    table.sort(list, function(a, b) return a.key < b.key end)
    for i = 2, #list do
      local a, b = list[i - 1], list[i]
      if a.key > b.key or (a.key == b.key and a.order > b.order) then parts[#parts + 1] = i end
    end
    return table.concat(parts, " ")
  ]], "")
  t.equal(inside.value [[
    local list = { "b", "Z", "é", "a\0b", "a", "_", "", "10", "9" }
    table.sort(list)
    return table.concat(list, "|")
  ]], "|10|9|Z|_|a|a\0b|b|é")
end)

t.test("sort asks for the same comparisons in every run", function()
  local text = [[
    local asked, list = {}, {}
    for i = 1, 60 do list[i] = i * 37 % 61 end
    table.sort(list, function(a, b) asked[#asked + 1] = a .. "<" .. b return a < b end)
    return table.concat(asked, " ")
  ]]
  t.equal(inside.value(text), inside.value(text))
end)

t.test("a comparison without an order ends, and keeps every element", function()
  for _, answer in ipairs { "true", "false", "a > b == (a % 2 == 0)" } do
    t.equal(inside.value(([[
      local list, sum = {}, 0
      for i = 1, 1000 do list[i] = i end
      table.sort(list, function(a, b) return %s end)
      for i = 1, 1000 do sum = sum + list[i] end
      return sum
    ]]):format(answer)), 500500, answer)
  end
end)

t.test("an error in a comparison comes out, and the list is as it was", function()
  t.equal(inside.value [[
    local list = { 3, 1, 2 }
    local ok, message = pcall(table.sort, list, function() error("no order", 0) end)
    return tostring(ok) .. " " .. message .. " " .. table.concat(list, " ")
  ]], "false no order 3 1 2")
  t.match(inside.value [[return select(2, pcall(table.sort, { 1, "x" }))]], "attempt to compare")
end)

t.test("a shared table cannot be changed through the library", function()
  for _, call in ipairs { "table.insert(string, 1)", "table.move({ 1 }, 1, 1, 1, string)",
    "table.insert(table, 1, 2)", "table.remove(utf8)" } do
    local _, message = inside.run("\n" .. call)
    t.match(message, "'%w+' is shared and cannot be changed", call)
  end
end)

t.test("what takes long ends with the budget", function()
  -- Few instructions: it is the calls that spend the budget.
  local loop = "local s = {} for i = 1, 50000 do s[i] = i end for _ = 1, 200 do %s end"
  for _, call in ipairs {
    "table.insert(s, 1, table.remove(s))",
    "table.remove(s, 1) s[50000] = 1",
    "local _ = table.concat(s)",
    "table.sort(s)",
    "table.move(s, 1, 50000, 2)",
    "local _ = table.pack(table.unpack({}, 1, 50000))",
    "local _ = select(2, table.unpack({}, 1, 50000))",
    "table.sort({ 1, 2, 3 }, function() while true do end end)",
  } do
    local given, message = inside.run(loop:format(call), { instructions = 3000000 })
    t.equal(given, nil, call)
    t.match(message, "^p%.lua:%d+: .*budget of %d+ instructions", call)
  end
end)

t.test("move refuses a range that no table can hold", function()
  local call = [[return select(2, pcall(table.move, {}, %s))]]
  for _, range in ipairs { "1, 2^40, 2", "1, math.maxinteger, 2", "math.mininteger, math.maxinteger, 1",
    "1, 1000001, 1" } do
    t.contains(inside.value(call:format(range)), "too many elements to move", range)
  end
end)

return t.finish()
