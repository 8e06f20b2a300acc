--- The string and utf8 libraries of the sandbox: Lua's semantics, within bounds.
local t = require "harness"
local inside = require "sandbox.in_box"

local ITEMS = { "a", "b", "c", ".", "%a", "%d", "%s", "%w", "%x", "%p", "%l", "%u", "%c", "%g", "%A", "%S", "%W",
  "%z", "[ab]", "[^a]", "[a-c]", "[^%s]", "[%a_]", "[]]", "[^]]", "[a-]", "[-a]", "[%]]", "[a-%z]", "[%-a]", "^", "$",
  "(", "(", ")", ")", "()", "%1", "%2", "%0", "%b()", "%bab", "%bxx", "%f[%w]", "%f[^a]", "%f[%z]", "*", "+", "-", "?",
  "*", "+", "-", "?", "%", "[", "[^", "[a", "[%", "%f", "%b", "%ba", "\0", "%.", "%%", "[\0-\31]", "[\128-\255]",
  "\255", " ", "]", "%q", "%Y", "[%a-z]", "[z-a]", "[%w%s]" }
local BYTES = { "a", "b", "c", "a", "b", "(", ")", "x", " ", "1", "_", "-", ".", "%", "]", "\0", "\255", "\n", "A", "[",
  "^", "$" }
local REPLACEMENTS = { "x", "", "%0", "%1", "<%1>", "%2", "%%", "%", "%9", "%a", 7, true }

local function pick(random, list) return list[random(1, #list)] end

local function pieces(random, list, most)
  local parts = {}
  for i = 1, random(0, most) do parts[i] = pick(random, list) end
  return table.concat(parts)
end

local function case(name, ...)
  local made = table.pack(...)
  made.name = name
  return made
end

local function pattern_cases(seed)
  local random, cases = inside.random(seed), {}
  for _ = 1, 400 do
    local subject = pieces(random, BYTES, random(1, 3) == 1 and 30 or 8)
    local pattern = pieces(random, ITEMS, random(1, 2) == 1 and 3 or 7)
    local init = random(1, 4) == 1 and random(-12, 12) or nil
    local most = random(1, 3) == 1 and random(-1, 4) or nil
    cases[#cases + 1] = case("string.find", subject, pattern, init)
    cases[#cases + 1] = case("string.match", subject, pattern, init)
    cases[#cases + 1] = case("string.find", subject, pieces(random, BYTES, 3), init, true)
    cases[#cases + 1] = case("gmatch", subject, pattern, init)
    cases[#cases + 1] = case("string.gsub", subject, pattern, pick(random, REPLACEMENTS), most)
    cases[#cases + 1] = case(pick(random, { "gsub_call", "gsub_false", "gsub_table" }), subject, pattern, most)
  end
  return cases
end

t.test("patterns match as Lua's own do, and the same ones are malformed", function()
  for seed = 1, 25 do inside.compare(function() return pattern_cases(seed) end) end
end)

t.test("patterns are too complex, or have too many captures, where Lua's own are", function()
  inside.compare(function()
    local cases = {}
    for _, pattern in ipairs { ("a?"):rep(199), ("a?"):rep(200), ("a?"):rep(250), ("a*"):rep(250),
      ("a-"):rep(190) .. "$", ("()"):rep(32), ("()"):rep(33), ("("):rep(33), ("a"):rep(250) } do
      for _, subject in ipairs { "", "a", ("a"):rep(300) } do
        cases[#cases + 1] = case("string.find", subject, pattern)
        cases[#cases + 1] = case("gmatch", subject, pattern)
      end
    end
    return cases
  end)
end)

local INTEGERS = { 0, 1, -1, 2, -2, 3, 5, -5, 100, -100, math.maxinteger, math.mininteger, 1.0, 1.5, "2", "x", false }
local COUNTS = { 0, 1, -1, 2, 3, 5, -5, 7, 1.0, 1.5, "2", math.mininteger }
local VALUES = { 1, 0, -3, 2.5, 1e300, -0.0, "abc", "", "12", "0x1p4", true, false, "é\0z", 65, "%" }
local CONVERSIONS = { "%d", "%5d", "%-5d|", "%05.1f", "%s", "%10s", "%-10s|", "%.2s", "%q", "%x", "%X", "%o", "%c",
  "%i", "%u", "%g", "%a", "%e", "%%", "%", "%5", "%y", "% d", "%+d", "%#x", "%.20s", "%.3d", "abc", "%100d", "%.",
  "%10.123f", "\0", "%.99f", "%99.99f", "%s%s" }
local UTF8 = { "aé", "é€𐍈", "\x80a", "a\xffb", "", "€", "abc\xe2\x82" }

t.test("the other functions come to what Lua's own do", function()
  inside.compare(function()
    local random, cases = inside.random(42), {}
    local function add(...) cases[#cases + 1] = case(...) end
    local function bound() return pick(random, INTEGERS) or nil end
    for _ = 1, 1500 do
      local text = pieces(random, BYTES, 8)
      add("string.byte", text, bound(), bound())
      add("string.sub", text, bound(), bound())
      add("string." .. pick(random, { "lower", "upper", "reverse", "len" }), text)
      add("string.rep", text, pick(random, COUNTS), random(1, 2) == 1 and pieces(random, BYTES, 2) or nil)
      add("string.char", random(-1, 256), random(0, 255))
      add("string.format", pick(random, CONVERSIONS) .. pick(random, CONVERSIONS), pick(random, VALUES),
        pick(random, VALUES), pick(random, VALUES))
      add("utf8." .. pick(random, { "len", "codepoint", "offset" }), pick(random, UTF8), random(-5, 5),
        random(1, 2) == 1 and random(-5, 6) or nil)
      add("codes", pick(random, UTF8))
      add("utf8.char", random(-1, 70000))
    end
    return cases
  end)
end)

local function ends(text, label)
  local given, message = inside.run(text, { instructions = 3000000 })
  t.equal(given, nil, label)
  t.match(message, "^p%.lua:%d+: .*budget of %d+ instructions", label)
end

t.test("a pattern that backtracks for ever ends with the budget", function()
  ends([[local s = ("a"):rep(3000); s:find(".-.-.-.-b")]], "find")
  ends([[local s = ("a"):rep(3000); s:match("(.-)(.-)(.-)(.-)b")]], "match")
  ends([[local s = ("a"):rep(3000); for _ in s:gmatch(".*.*.*b") do end]], "gmatch")
  ends([[local s = ("a"):rep(3000); s:gsub(".-.-.-b", "")]], "gsub")
  ends([[local s = ("("):rep(20000); s:find("%b()")]], "balanced")
  ends([[local s = ("a"):rep(300000); s:find("[" .. ("b"):rep(100000) .. "]")]], "set")
  ends([[local s = ("a"):rep(400000); s:find("^(.-)%1b") s:find("(.-)%1b")]], "back reference")
  ends([[local s = ("a"):rep(400000); s:find(("a"):rep(100000) .. "b", 1, true)]], "plain")
end)

t.test("a catch does not save such a pattern", function()
  ends([[while true do pcall(string.find, ("a"):rep(3000), ".-.-.-.-b") end]])
end)

t.test("functions that are linear in the text pay for its length", function()
  for _, call in ipairs { "s:lower()", "s:upper()", "s:reverse()", "s:sub(2)", "s:rep(1)", "s:find('b', 1, true)",
    "string.format('%s', s)", "utf8.len(s)", "utf8.offset(s, -1)", "s:byte(1, 10000)", "utf8.codepoint(s, 1, 9)",
    "utf8.codes('a')(rest, 0)", "tonumber(s)", "table.concat({ s, s })" } do
    -- Few instructions: it is the calls that spend the budget.
    ends(("local s, rest = ('a'):rep(100000), ('\\x80'):rep(100000) for _ = 1, 3000 do local _ = %s end"):format(call),
      call)
  end
end)

t.test("empty strings are not repeated one by one, and long ones not at all", function()
  t.equal(inside.value [[return (""):rep(math.maxinteger)]], "")
  local call = [[local ok, message = pcall(string.rep, %s) return tostring(ok) .. " " .. message]]
  for _, arguments in ipairs { [["a", math.maxinteger]], [["a", 2^22 + 1]], [["", 2^22 + 2, "a"]],
    [["ab", 2^62, "cd"]], [[("a"):rep(400000), 11]], [["a", 512001]] } do
    t.match(inside.value(call:format(arguments)), "^false .*string too large %(the limit is 500 KiB%)$", arguments)
  end
end)

t.test("no text holds an address", function()
  local formatted = inside.value [[return string.format("%s %10s %s", {}, print or pcall, string)]]
  t.equal(formatted, "table   function table")
  t.match(inside.value [[return select(2, pcall(string.format, "%p", {}))]], "invalid conversion '%%p'")
  t.match(inside.value [[return select(2, pcall(string.format, "%-20p", "x"))]], "invalid conversion '%%p'")
  t.lacks(inside.value [[return select(2, pcall(string.format, "%d", {}))]], "0x")
  t.lacks(inside.value [[return select(2, pcall(string.format, "%q", {}))]], "0x")
  t.lacks(inside.value [[return select(2, pcall(string.gsub, "x", "x", function() return {} end))]], "0x")
end)

t.test("what a policy has no use for is not there", function()
  t.equal(inside.value [[
    local left = {}
    for _, name in ipairs { "dump", "pack", "unpack", "packsize" } do
      if string[name] ~= nil or (""):len() ~= 0 or (("x")[name]) ~= nil then left[#left + 1] = name end
    end
    return table.concat(left, " ")
  ]], "")
end)

t.test("a mistake names the line of the policy and the function", function()
  local calls = {
    { "string.rep()", "bad argument #1 to 'rep'" },
    { "string.format('%d', 'x')", "bad argument #2 to 'format'" },
    { "string.find('a', '[a')", "malformed pattern %(missing '%]'%)" },
    { "string.find('a', '%')", "malformed pattern %(ends with '%%'%)" },
    { "string.find('a', '%f')", "missing '%[' after '%%f' in pattern" },
    { "string.find('a', '%bx')", "missing arguments to '%%b'" },
    { "string.find('a', '.)')", "invalid pattern capture" },
    { "string.find('a', '(a')", "unfinished capture" },
    { "string.find('a', '%1')", "invalid capture index %%1" },
    { "string.gsub('a', 'a', '%z')", "invalid use of '%%' in replacement string" },
    { "string.gsub('a', 'a')", "string/function/table expected" },
    { "utf8.len('a', 9)", "bad argument #2 to 'len'" },
  }
  for _, call in ipairs(calls) do
    local _, message = inside.run("\n\n" .. call[1])
    t.match(message, "^p%.lua:3: .*" .. call[2], call[1])
  end
end)

t.test("an error in a callback comes out", function()
  local _, message = inside.run("\nstring.gsub('abc', '.', function(c) error('no ' .. c) end)")
  t.equal(message, "p.lua:2: no a")
end)

return t.finish()
