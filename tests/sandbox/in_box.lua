--- Runs code in a sandbox and, as an oracle, in this state with Lua's own libraries.
local sandbox = require "pysec.sandbox"
local t = require "harness"

local m = {}

--- What the code, p.lua, gives by `give(...)`: a list of lists, each with its `n`. Or nil and the message.
function m.run(text, options)
  local given = {}
  options = options or {}
  options.globals = options.globals or {}
  options.globals.give = function(...) given[#given + 1] = table.pack(...) end
  local box = sandbox.new(options)
  local called, ok, message = pcall(box.run, box, "p.lua", text)
  if not called then return nil, ok end
  if not ok then return nil, message end
  return given
end

--- The first value that the code gives.
function m.value(text)
  return assert(m.run("give((function() " .. text .. "\nend)())"))[1][1]
end

-- Both states run this over `cases`: { { "name of the function", arguments... } }. What was returned comes out as
-- text, so that nil, NaN and the subtype of numbers are compared too. How a call fails is not: only that it does.
local PROGRAM = [[
local names = {
  gmatch = function(...)
    local found = {}
    for a, b, c in string.gmatch(...) do
      found[#found + 1] = tostring(a) .. "," .. tostring(b) .. "," .. tostring(c)
    end
    return table.concat(found, ";")
  end,
  gsub_call = function(s, p, n) return string.gsub(s, p, function(a, b) return b or a end, n) end,
  gsub_false = function(s, p, n) return string.gsub(s, p, function() return false end, n) end,
  gsub_table = function(s, p, n) return string.gsub(s, p, { a = "A", b = false, ab = 12, [1] = "one" }, n) end,
  codes = function(s)
    local found = {}
    for position, code in utf8.codes(s) do found[#found + 1] = position .. ":" .. code end
    return table.concat(found, ",")
  end,
  raise = function(...) error(...) end,
}
local function show(value)
  if type(value) ~= "table" then return (math.type(value) or type(value)) .. " " .. tostring(value) end
  local parts = {}
  for i = -3, 30 do parts[#parts + 1] = value[i] == nil and "-" or show(value[i]) end
  return table.concat(parts, " ") .. show(value.n)
end
local results = {}
for i, case in ipairs(cases()) do
  local library, name = case.name:match("^(%w+)%.(%w+)$")
  local call = names[case.name] or (library and libraries[library][name]) or libraries.base[case.name]
  local list = table.pack(pcall(call, table.unpack(case, 1, case.n)))
  local parts = { show(list[1]) }
  for k = 2, list[1] and list.n or 1 do parts[k] = show(list[k]) end
  if case.changes then parts[#parts + 1] = show(case[1]) end
  results[i] = table.concat(parts, " | ")
end
give(results)
]]

local LIBRARIES = [[
local libraries = {
  string = string, table = table, utf8 = utf8, math = math,
  base = { assert = assert, error = error, select = select, tonumber = tonumber, tostring = tostring, type = type,
    rawequal = rawequal, rawlen = rawlen, next = next },
}
]]

--- Checks that every case comes to the same in the sandbox and here. `make()` makes them anew each time, as a call
-- may change its arguments.
function m.compare(make)
  local want
  local environment = setmetatable({
    cases = make,
    give = function(results) want = results end,
  }, { __index = _G })
  assert(load(LIBRARIES .. PROGRAM, "=oracle", "t", environment))()
  local got = assert(m.run(LIBRARIES .. PROGRAM, { globals = { cases = make } }))[1][1]
  local cases = make()
  t.equal(#got, #cases)
  for i, case in ipairs(cases) do
    if got[i] ~= want[i] then t.equal(got[i], want[i], t.show(case)) end
  end
end

--- Numbers from a seed, the same on every machine.
function m.random(seed)
  return function(first, last)
    seed = (seed * 1103515245 + 12345) % 2147483648
    return first + (seed >> 8) % (last - first + 1)
  end
end

return m
