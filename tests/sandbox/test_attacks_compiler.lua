--- Attacks on Lua's compiler, and on what Lua says of an error: neither has a hook.
local clock = require "pysec.clock"
local t = require "harness"
local attack = dofile(t.root .. "/tests/sandbox/attack.lua")

local function many(count, format)
  local parts = {}
  for i = 1, count do parts[i] = format:gsub("#", i) end
  return table.concat(parts)
end

--- Texts that the compiler takes a time for that grows with the square of their length.
local SLOW = {
  ["one long or"] = "local a = 1 local x = a" .. (" or a"):rep(180000),
  ["one long and"] = "local a = 1 local x = a" .. (" and a"):rep(150000),
  ["one long elseif"] = "local a if a then" .. (" elseif a then"):rep(70000) .. " end",
  ["comparisons in a row"] = "local a = 1 if a" .. (" or a < a"):rep(100000) .. " then end",
}

t.test("a text that takes minutes to compile ends at the deadline", function()
  for name, text in pairs(SLOW) do
    local started = clock.monotonic()
    attack.refused(text, attack.TIME, { budget = { seconds = 0.2 } })
    t.truthy(clock.monotonic() - started < 10, name)
  end
end)

local HEAVY = {
  gotos = ("goto a "):rep(32000) .. "::a::",
  breaks = "while true do " .. ("if a then break end "):rep(20000) .. "break end",
  ["gotos and labels"] = ("goto a "):rep(32000) .. many(20000, "::b#:: local c;") .. "::a::",
  ["labels in blocks"] = many(32000, "do ::b#:: end "),
  ["a sum"] = "local a = 1 local x = a" .. ("+a"):rep(400000),
  constants = "local x = {" .. many(60000, "'k#',") .. "}",
  ["a list"] = "local x = {" .. ("1,"):rep(300000) .. "}",
  functions = ("local function f() end "):rep(199),
  ["many functions"] = ("do local function f() end end "):rep(30000),
  numerals = "local x = 0." .. ("1"):rep(400000) .. " x = 0x" .. ("f"):rep(400000) .. "p1 x = " .. ("9"):rep(100000),
  comments = ("--[==[ ]] ]=] ]==]"):rep(50000) .. ("-- x\n"):rep(10000),
  lines = ("\n"):rep(1000000),
  ["long lines of operators"] = "local x = 1" .. (" - - - 1"):rep(60000),
  ["not not not"] = "local x = " .. ("not "):rep(150) .. "1",
}

t.test("heavy texts are compiled or refused in time, by a message with a line", function()
  for name, text in pairs(HEAVY) do
    local set, message = attack.load(text, { budget = { seconds = 2 } })
    t.truthy(set or message:match "^evil%.lua:%d+: ", ("%s: %s"):format(name, message))
  end
  attack.host_serves()
end)

t.test("what is nested too deep is refused with its line", function()
  for _, part in ipairs { "(", "{", "f(", "[", "a[", "{{", "-(", "not(", "function() return (", "f{", "a.b(",
    "'x'..(" } do
    local set, message = attack.load("\nlocal x = " .. part:rep(100000))
    t.equal(set, nil)
    t.match(message, "^evil%.lua:2: ", part)
  end
  for _, part in ipairs { "do ", "while true do ", "if x then ", "for i = 1, 2 do ", "repeat ",
    "local function f() ", "-", "not ", "a..", "a^", "::a#::", "x = function() ", "#" } do
    local set, message = attack.load("\nlocal x = " .. (part == "-" and "-" or "1 ") .. many(3000, part))
    t.equal(set, nil)
    t.match(message, "^evil%.lua:2: ", part)
  end
  attack.host_serves()
end)

t.test("more locals, upvalues, registers and parameters than there are", function()
  local upvalues = many(150, "local a# ") .. "local function f() " .. many(49, "local b# ") .. many(110, "local c# ")
    .. "return function() return 1" .. many(150, "+a#") .. many(110, "+c#") .. " end end"
  for _, text in ipairs { many(300, "local a# "), upvalues, "f(" .. ("1,"):rep(300) .. "1)",
    "local x = {" .. ("f(),"):rep(300) .. "} local function g(" .. many(300, "a#,") .. "a) end",
    "local " .. many(300, "a#,") .. "a = 1", "return " .. ("f(),"):rep(300) .. "1" } do
    attack.refused(text, ".")
  end
end)

-- --- the recursion over fields in a row that words a message ---

t.test("an error after 400,000 fields in a row", function()
  local start = "local t = {} t.b = t t[t] = t "
  for _, fields in ipairs { "t" .. (".b"):rep(400000), "t" .. ("[t]"):rep(200000), "#t" .. (".b"):rep(200000),
    "t" .. (".b --[[ ]] \n"):rep(50000), "t" .. ("['b']"):rep(100000), "t" .. ("[ [[b]] ]"):rep(50000),
    ("("):rep(100) .. "t" .. (".b)"):rep(100), "t[t" .. (".b"):rep(30) .. "][t" .. (".b"):rep(30) .. "]" } do
    attack.refused(start .. "local x = " .. fields .. ".c.d", "more than 32 fields in a row: say local")
  end
  attack.refused(start .. "t" .. (".b"):rep(200000) .. ".c()", "more than 32 fields")
  attack.refused(start .. "t" .. (".b"):rep(200000) .. ":c()", "more than 32 fields")
end)

t.test("fields that are not in a row are as many as one likes", function()
  local line = [===[
  t.x = (select(1, t.t.t[1].c, 'a.b.c.d', 1.5, .5, 1 .. 2, t.f().t.f{}.t.f'x'.t.f[=[y]=].t)) -- a.b.c
  do local u = { a = t.b, [t.b] = t.t.b; t.b, { t[1].c } } ::z:: local v = t.b+t.b*(t.b) .. t.b end
  if t.t.b == 1 and not (t.t.b ~= 1) then t.t.b = t.t.b elseif t.t then t.f().f() end
  t.x = [==[ t.t.t.t ]] ]==] --[[ t.t
.t ]] t.y = "t.t\"t.t\
.t.t" t.x, t.y = t.y, t.x t.b = t.b
]===]
  attack.harmless("local t = { b = 1, [1] = { c = {} } } t.t = t t.f = function() return t end\n" .. line:rep(500),
    { budget = { seconds = 5 } })
end)

t.test("an error in a very long function is worded in time", function()
  local body = ("t.b = t.b "):rep(60000)
  attack.refused("local t = { b = 1 }\nlocal function f() " .. body .. " t.c.d = 1 end while true do pcall(f) end",
    attack.TIME, { budget = { instructions = 1e14, seconds = 0.5 } })
end)

-- --- what versions of Lua had wrong ---

t.test("_ENV as a constant", function()
  for _, text in ipairs { "local _ENV <const> = 1 x = 1", "local _ENV <const> = {} local y = x.y.z",
    "local _ENV <const> = nil x()", "local _ENV <const> = 'x' y = 1 z = 2",
    "local function A() local _ENV <const> = 11 local x = a A() end A()",
    "local _ENV <const> = true local function f() return function() x = y end end f()()" } do
    attack.refused(text, ".")
  end
end)

t.test("constants that are folded, divisions by zero, shifts by anything", function()
  attack.harmless [[
local t = { 1 // -1, math.mininteger // -1, math.mininteger % -1, 1 << 64, 1 >> -64, 1 << math.mininteger, ~0 & 1.0,
  -9223372036854775808, 0x7fffffffffffffff + 1, 1e308 * 10, -(0/0), 2^1e308, 5.0 // 0, 5 % -0.0, "10" + 5, "0x10" * 1 }
for i = math.maxinteger - 1, math.maxinteger do local x = i end
for i = math.mininteger, math.mininteger + 1 do local x = i end
for i = 1, 0 do error() end
for i = 1.0, 3 do local x = i end
local a <const> = 0x7fffffff local b = a | 1.0 local c = a ~ 2 local d = 255 & a]]
  for _, text in ipairs { "local x = 1 // 0", "local x = 1 % 0", "local x = 1.5 | 1", "local x = 2^63 | 0",
    "for i = 1, 2, 0 do end", "local x = 'a' + 1", "local x = {} .. 'a'", "local x = {} < {}", "local x = 'abc' | 1",
    "local x = 1 < 'x'" } do
    attack.refused(text, ".")
  end
end)

t.test("break, goto and closing variables in loops", function()
  attack.harmless [[
for i = 1, 100 do local x <close> = nil if i > 50 then break end end
for k in next, { 1, 2, 3 }, nil, nil do local x <close> = false goto continue ::continue:: end
local function f(n) local x <close> = nil if n > 0 then return f(n - 1) end return n end f(100)
while true do local a <close> = nil do break end end]]
  for _, text in ipairs { "for k, v in next, {}, nil, {} do end", "local x <close> = {}", "local x <close> = 1",
    "for k in pairs({}), nil, nil, 'x' do end", "local x <other> = 1", "local x <const> = 1 x = 2" } do
    attack.refused(text, ".")
  end
end)

t.test("errors while the stack is full, and while errors are handled", function()
  for _, text in ipairs {
    "local function f() return pcall(f) end f() error('end')",
    "local function f() local ok, m = pcall(f) if not ok then error(m) end end f() error('end')",
    "local function f(...) return f(1, ...) end f()", "local function f() return 1 + f() end f()",
    "local function f() return (f()) end f()", "local t = {} local function f() t[#t + 1] = f() return f() end f()",
    "local s = ('x'):rep(100) local function f() return s:gsub('.', f) end f()",
    "local function f(a, b) table.sort({ 1, 2, 3 }, f) return a < b end f(1, 2)",
    "local function f() string.format('%d', 'x' .. f()) end f()",
    "f = 1", "local function f() error(f) end pcall(f) error(setmetatable)",
  } do
    attack.refused(text, ".", { budget = { seconds = 5, memory = 16 << 20 } })
  end
end)

return t.finish()
