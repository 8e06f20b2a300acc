--- pysec.toml against the specification, https://toml.io/en/v1.0.0: what is read, and where it stood.
local t = require "harness"
local fs = require "pysec.fs"
local json = require "pysec.json"
local toml = require "pysec.toml"

local function decode(text)
  local value, message = toml.decode(text)
  return assert(value, not value and ("%s in %q"):format(message, text))
end

--- One value each: { what stands behind "x = ", the value }.
local VALUES = {
  integers = {
    { "0", 0 }, { "+0", 0 }, { "-0", 0 }, { "+99", 99 }, { "-17", -17 }, { "1_000", 1000 }, { "5_349_221", 5349221 },
    { "1_2_3", 123 }, { "0xDEADBEEF", 0xDEADBEEF }, { "0xdead_beef", 0xdeadbeef }, { "0x00f", 15 },
    { "0o01234567", 342391 },
    { "0b1101_0110", 214 }, { "0b0", 0 },
    { "9223372036854775807", math.maxinteger }, { "-9223372036854775808", math.mininteger },
    { "0x7fffffffffffffff", math.maxinteger }, { "0o777777777777777777777", math.maxinteger },
    { "0x000000000000000000000001", 1 },
  },
  floats = {
    { "1.0", 1.0 }, { "+1.0", 1.0 }, { "-0.01", -0.01 }, { "5e+22", 5e22 }, { "1e06", 1e6 }, { "-2E-2", -0.02 },
    { "6.626e-34", 6.626e-34 }, { "224_617.445_991_228", 224617.445991228 }, { "0e0", 0.0 }, { "1e1_0", 1e10 },
    { "0.0_0", 0.0 }, { "inf", math.huge }, { "+inf", math.huge }, { "-inf", -math.huge }, { "1e999", math.huge },
    { "1." .. ("1"):rep(2000), 1.1111111111111112 },
  },
  booleans = { { "true", true }, { "false", false } },
  ["dates and times"] = {
    { "1979-05-27T07:32:00Z", "1979-05-27T07:32:00Z" }, { "1979-05-27t07:32:00z", "1979-05-27t07:32:00z" },
    { "1979-05-27T00:32:00.999999-07:00", "1979-05-27T00:32:00.999999-07:00" },
    { "1979-05-27 07:32:00+23:59", "1979-05-27 07:32:00+23:59" }, { "1979-05-27T07:32:00", "1979-05-27T07:32:00" },
    { "1979-05-27 00:00:00.1", "1979-05-27 00:00:00.1" }, { "1979-05-27", "1979-05-27" },
    { "1979-05-27 ", "1979-05-27" },
    { "1979-05-27 # 1", "1979-05-27" }, { "07:32:00", "07:32:00" }, { "23:59:60", "23:59:60" },
    { "00:32:00.123456789012", "00:32:00.123456789012" }, { "2024-02-29", "2024-02-29" },
    { "2000-02-29", "2000-02-29" },
    { "0000-01-01", "0000-01-01" }, { "2023-12-31", "2023-12-31" }, { "2023-11-30", "2023-11-30" },
  },
  ["basic strings"] = {
    { '""', "" }, { '"a # b"', "a # b" }, { '"\t"', "\t" }, { [["\b\t\n\f\r\"\\"]], "\b\t\n\f\r\"\\" },
    { [["\u00e9\U0001F600\u0000\ud7ff\uE000"]], "é😀\0\u{d7ff}\u{e000}" }, { '"é😀\u{80}"', "é😀\u{80}" },
    { [["\\u0041"]], "\\u0041" }, { [["'"]], "'" }, { [["a\tb\tc"]], "a\tb\tc" }, { [["\U0010FFFF"]], "\u{10FFFF}" },
  },
  ["literal strings"] = {
    { "''", "" }, { [['C:\new\u0041']], [[C:\new\u0041]] }, { [['"']], '"' }, { "'\té'", "\té" },
  },
  ["basic strings of several lines"] = {
    { '""""""', "" }, { '"""a"""', "a" }, { '"""\na\nb\n"""', "a\nb\n" }, { '"""\r\na\r\nb"""', "a\nb" },
    { '"""\n\na"""', "\na" }, { '"""a \\\n  \t \r\n\n  b"""', "a b" }, { '"""a\\  \t\n"""', "a" },
    { '"""\\\n  a\\\n  """', "a" }, { '"""a"b""c"""', 'a"b""c' }, { '""""a"""', '"a' }, { '"""""a"""', '""a' },
    { '"""a""""', 'a"' }, { '"""a"""""', 'a""' }, { '"""""""', '"' }, { '""""""""', '""' }, { '"""a\\"""""', 'a"\"' },
    { '"""\\u00e9\\n"""', "é\n" }, { "\"\"\"'''\"\"\"", "'''" }, { '"""\té"""', "\té" },
    { '"""\\\\\n"""', "\\\n" },
    { '"""# a\n"""', "# a\n" },
  },
  ["literal strings of several lines"] = {
    { "''''''", "" }, { "'''a'''", "a" }, { "'''\na\\\n  b'''", "a\\\n  b" }, { "'''\r\na\r\n'''", "a\n" },
    { "'''a'b''c'''", "a'b''c" }, { "''''a''''", "'a'" }, { "'''a'''''", "a''" }, { "''''''''", "''" },
    { "'''\"\"\"'''", '"""' },
  },
  arrays = {
    { "[]", {} }, { "[ ]", {} }, { "[1]", { 1 } }, { "[1,]", { 1 } }, { "[ 1 , 2 ]", { 1, 2 } },
    { "[\n1,\r\n\n2\n,\n]", { 1, 2 } },
    { "[ # a\n # b\n1 # c\n, # d\n] # e", { 1 } }, { '[1, 2.5, "a", [true], {b = 1}]', { 1, 2.5, "a", { true },
    { b = 1 } } },
    { "[[[]], []]", { { {} }, {} } }, { '["""\n]""", \'\'\'\n,\'\'\']', { "]", "," } },
    { "[1979-05-27, 07:32:00]", { "1979-05-27", "07:32:00" } },
  },
  ["inline tables"] = {
    { "{}", {} }, { "{ }", {} }, { "{a=1}", { a = 1 } },
    { "{ a = 1 , b.c = 2, b . d = 3 }", { a = 1, b = { c = 2, d = 3 } } },
    { "{a={b={}}}", { a = { b = {} } } }, { "{a=[\n1, # b\n]}", { a = { 1 } } },
    { '{"a b".\'c.d\'=1}', { ["a b"] = { ["c.d"] = 1 } } },
    { '{a = """\n\n"""}', { a = "\n" } },
  },
}

for name, cases in pairs(VALUES) do
  t.test("values: " .. name, function()
    for _, case in ipairs(cases) do
      for _, frame in ipairs { "x = %s", "x=%s\n", "\tx\t=\t%s\t# c\r\n", "\u{FEFF}x=%s" } do
        t.equal(decode((frame:gsub("%%s", (case[1]:gsub("%%", "%%%%"))))), { x = case[2] }, case[1])
      end
      t.equal(decode("[y]\n[[y.z]]\nx = [" .. case[1] .. "\n, " .. case[1] .. "\n]"),
        { y = { z = { { x = { case[2], case[2] } } } } }, case[1])
    end
  end)
end

t.test("nan, and the zero with a sign", function()
  for _, text in ipairs { "nan", "+nan", "-nan" } do
    local x = decode("x = " .. text).x
    t.truthy(math.type(x) == "float" and x ~= x, text)
  end
  t.equal(1 / decode("x = -0.0").x, -math.huge)
  t.equal(1 / decode("x = +0.0").x, math.huge)
end)

--- Whole documents: { text, value }.
local DOCUMENTS = {
  ["empty ones"] = {
    { "", {} }, { "\n\r\n", {} }, { " # a", {} }, { "\u{FEFF}", {} }, { "# é\t😀\n", {} }, { "\t", {} },
  },
  keys = {
    { "a-b_C1 = 1", { ["a-b_C1"] = 1 } }, { "1234 = 1", { ["1234"] = 1 } }, { "- = 1", { ["-"] = 1 } },
    { '"" = 1', { [""] = 1 } }, { "'' = 1", { [""] = 1 } }, { '"a\\u0062" = 1', { ab = 1 } },
    { '"é" = 1', { ["é"] = 1 } },
    { "a.b = 1\na.c = 2", { a = { b = 1, c = 2 } } }, { "a . b\t.\tc = 1", { a = { b = { c = 1 } } } },
    { '3.14 = 1', { ["3"] = { ["14"] = 1 } } }, { 'a."b.c".\'d"\' = 1', { a = { ["b.c"] = { ['d"'] = 1 } } } },
    { "a.b.c = 1\na.d = 2\na.b.e = 3", { a = { b = { c = 1, e = 3 }, d = 2 } } },
    { "true = false", { ["true"] = false } },
    { "inf.nan = 1", { inf = { nan = 1 } } },
  },
  headers = {
    { "[a]", { a = {} } }, { "[a]\n[b]\nc=1", { a = {}, b = { c = 1 } } },
    { " [ a . 'b c' . d ] # e\nf=1", { a = { ["b c"] = { d = { f = 1 } } } } },
    { "[a.b.c]\n[a]\nd=1\n[a.b]\ne=2", { a = { d = 1, b = { e = 2, c = {} } } } }, { '[""]', { [""] = {} } },
    { "a.b=1\n[a.c]\nd=1", { a = { b = 1, c = { d = 1 } } } },
    { "[a]\nb.c=1\n[a.b.d]\ne=1", { a = { b = { c = 1, d = { e = 1 } } } } },
    { "[a.b.c]\n[a]\nb.d=1", { a = { b = { c = {}, d = 1 } } } },
  },
  ["lists of tables"] = {
    { "[[a]]\n[[a]]\nb=1", { a = { {}, { b = 1 } } } },
    { "[[a]]\n[a.b]\nc=1\n[[a]]\n[a.b]\nc=2", { a = { { b = { c = 1 } }, { b = { c = 2 } } } } },
    { "[[a]]\n[[a.b]]\nc=1\n[[a.b]]\nc=2\n[[a]]\n[[a.b]]\nc=3", { a = { { b = { { c = 1 }, { c = 2 } } },
    { b = { { c = 3 } } } } } },
    { "[[a]]\nb.c=1\n[[a]]\nb.c=2", { a = { { b = { c = 1 } }, { b = { c = 2 } } } } },
    { "[a]\n[[a.b]]\n[c]\n[[a.b]]", { a = { b = { {}, {} } }, c = {} } },
    { "[[ a . b ]]", { a = { b = { {} } } } }, { "[a.b.c]\n[[a.d]]", { a = { b = { c = {} }, d = { {} } } } },
  },
}

for name, cases in pairs(DOCUMENTS) do
  t.test("documents: " .. name, function()
    for _, case in ipairs(cases) do
      t.equal(decode(case[1]), case[2], case[1])
      t.equal(decode((case[1]:gsub("\r?\n", "\r\n"))), case[2], case[1])
    end
  end)
end

t.test("lines are those where tables and arrays begin", function()
  local text = [=[
# a comment
a.b = 1
list = [ 1,
  2, [
  ], { c = [
    ] } ]
text = """

"""
after = {}
[d.e]
f = []
[d]
[[g.h]]
i.j = {}
[[g.h]]
[g.h.k]
]=]
  for _, ending in ipairs { "\n", "\r\n" } do
    local value, lines = toml.decode((text:gsub("\n", ending)))
    local count = 0
    for _ in pairs(lines) do count = count + 1 end
    local function check(part, line)
      t.equal(lines[part], line)
      count = count - 1
    end
    check(value, 1)
    check(value.a, 2)
    check(value.list, 3)
    check(value.list[3], 4)
    check(value.list[4], 5)
    check(value.list[4].c, 5)
    check(value.after, 10)
    check(value.d.e, 11)
    check(value.d.e.f, 12)
    check(value.d, 13)
    check(value.g, 14)
    check(value.g.h, 14)
    check(value.g.h[1], 14)
    check(value.g.h[1].i, 15)
    check(value.g.h[1].i.j, 15)
    check(value.g.h[2], 16)
    check(value.g.h[2].k, 17)
    t.equal(count, 0, "lines of what is no part of the value")
  end
end)

t.test("arrays are arrays, also when they are empty, and tables are none", function()
  local value = decode "a = []\nb = [1]\nc = {}\n[[d]]\n[e]"
  for key, is_array in pairs { a = true, b = true, c = false, d = true, e = false } do
    t.equal(json.is_array(value[key]), is_array, key)
  end
  t.equal(json.is_array(value), false)
  t.equal(json.encode(value), '{"a":[],"b":[1],"c":{},"d":[{}],"e":{}}')
end)

t.test("keys can be left out, of which only the syntax counts", function()
  local options = { skip = { "wheels", "x y" } }
  local function read(text) return toml.decode(text, options) end
  t.equal(read 'a = 1\nwheels = [{ b = 1.5, c = "\\n" }, { d = """\n""" }]\ne = 2', { a = 1, e = 2 })
  t.equal(read "[[a]]\nwheels.b = 1\nc.wheels.d = 2\ne = [{ wheels = 1979-05-27 }]",
    { a = { { c = {}, e = { {} } } } })
  t.equal(read '[[a]]\n[[a.wheels]]\nb = 1\n[a.wheels.c]\nd.e = {}\n[a."x y"]\n[a.f]\ng = 1',
    { a = { { f = { g = 1 } } } })
  t.equal(read "wheels = 1\nwheels = 2\n[wheels]\n[wheels]", {})
  for _, text in ipairs { "wheels = [1,,]", "wheels = 01", 'wheels = "\\x"', "wheels.a. = 1",
    "[wheels]\na = 2023-02-29", "[[wheels]]\na b = 1", "wheels = \"\xFF\"",
    "wheels = " .. ("["):rep(64) .. ("]"):rep(64) } do
    t.match(select(2, read(text)), "^%d+:%d+: ", text)
  end
  local _, lines = read "wheels = [[], {}]\n[a]"
  local count = 0
  for _ in pairs(lines) do count = count + 1 end
  t.equal(count, 2)
  t.equal(toml.decode("wheels = 1", {}), { wheels = 1 })
end)

t.test("levels are counted, however they come about", function()
  local function check(is_deep, text)
    local value, message = toml.decode(text)
    if not is_deep then return t.truthy(value, message) end
    t.match(message, "^1:%d+: nested deeper than 64 levels$", text)
  end
  for extra = 0, 1 do
    local is_deep = extra == 1
    local levels = 63 + extra
    check(is_deep, "a = " .. ("["):rep(levels) .. ("]"):rep(levels))
    check(is_deep, "a = " .. ("{a = "):rep(levels) .. "1" .. ("}"):rep(levels))
    check(is_deep, ("a."):rep(levels) .. "a = 1")
    check(is_deep, "a = {" .. ("a."):rep(levels - 1) .. "a = 1}")
    check(is_deep, "[" .. ("a."):rep(levels - 1) .. "a]")
    check(is_deep, "[[" .. ("a."):rep(levels - 2) .. "a]]")
  end
  t.equal(select(2, toml.decode("[" .. ("a."):rep(61) .. "a]\na.b = []")), "2:7: nested deeper than 64 levels")
  t.truthy(json.encode(toml.decode("a = " .. ("["):rep(63) .. ("]"):rep(63))), "what is read can be written as JSON")
end)

t.test("a text may have 64 MiB", function()
  local text = "a = 1\n#" .. ("x"):rep((64 << 20) - 7)
  t.equal(toml.decode(text), { a = 1 })
  t.equal({ toml.decode(text .. "x") }, { nil, "longer than 64 MiB", "EFBIG" })
end)

t.test("files are read, and messages say which", function()
  local folder = t.files(t.tempdir(), { ["good.toml"] = "[a]\nwheels = 1", ["bad.toml"] = "a = 1\nb = " })
  local value, lines = toml.read(folder .. "/good.toml")
  t.equal(value, { a = { wheels = 1 } })
  t.equal(lines[value.a], 1)
  t.equal(toml.read(folder .. "/good.toml", { skip = { "wheels" } }), { a = {} })
  t.equal({ toml.read(folder .. "/bad.toml") }, { nil, folder .. "/bad.toml:2:5: expected a value", "ETOML" })
  t.equal({ toml.read(folder .. "/none.toml") }, { nil, folder .. "/none.toml: No such file or directory", "ENOENT" })
  t.equal(select(3, toml.read(folder)), "EISDIR")
  assert(fs.write(folder .. "/large.toml", ("#"):rep((64 << 20) + 1)))
  t.equal(select(3, toml.read(folder .. "/large.toml")), "EFBIG")
end)

t.test("wrong arguments raise", function()
  t.raises(function() toml.decode() end, "string expected")
  t.raises(function() toml.decode({}) end, "string expected")
  t.raises(function() toml.decode("", 1) end, "table expected")
  t.raises(function() toml.decode("", { skip = "wheels" }) end, "list of strings")
  t.raises(function() toml.decode("", { skip = { "a", 1 } }) end, "list of strings")
  t.raises(function() toml.read("a\0b") end, "NUL")
end)

return t.finish()
