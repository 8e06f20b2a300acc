--- pysec.json against RFC 8259, and stricter than it where a report could be read in two ways.
local t = require "harness"
local fs = require "pysec.fs"
local json = require "pysec.json"

local function nested(opening, closing, depth)
  return opening:rep(depth) .. closing:rep(depth)
end

--- What is no JSON, with the place and the reason: { text, line, column, reason }.
local REFUSED = {
  ["words that are none of JSON's"] = {
    { "NaN", 1, 1, "expected a value" }, { "nan", 1, 1, "expected a value" },
    { "Infinity", 1, 1, "expected a value" }, { "-Infinity", 1, 2, "expected a digit" },
    { "inf", 1, 1, "expected a value" }, { "True", 1, 1, "expected a value" }, { "None", 1, 1, "expected a value" },
    { "nul", 1, 1, "expected a value" }, { "nullx", 1, 5, "something follows" },
    { "undefined", 1, 1, "expected a value" }, { "[tru]", 1, 2, "expected a value" },
  },
  ["numbers in other notations"] = {
    { "01", 1, 2, "does not start with 0" }, { "-01", 1, 3, "does not start with 0" },
    { "00", 1, 2, "does not start with 0" }, { "+1", 1, 1, "expected a value" }, { ".5", 1, 1, "expected a value" },
    { "1.", 1, 3, "expected a digit" }, { "-", 1, 2, "expected a digit" }, { "-.5", 1, 2, "expected a digit" },
    { "1e", 1, 3, "expected a digit" }, { "1e+", 1, 4, "expected a digit" }, { "1.e1", 1, 3, "expected a digit" },
    { "0x10", 1, 2, "something follows" }, { "1_000", 1, 2, "something follows" },
    { "1,5", 1, 2, "something follows" }, { "١", 1, 1, "expected a value" },
  },
  ["numbers that no Lua number holds"] = {
    { "1e999", 1, 1, "out of range" }, { "[-1e999]", 1, 2, "out of range" },
    { "9223372036854775808", 1, 1, "out of range" }, { "-9223372036854775809", 1, 1, "out of range" },
    { "[1,\n  123456789012345678901234567890]", 2, 3, "out of range" },
    { "1." .. ("1"):rep(600), 1, 1, "too long" },
  },
  ["commas and colons out of place"] = {
    { "[1,]", 1, 4, "expected a value" }, { "[,1]", 1, 2, "expected a value" },
    { "[1,,2]", 1, 4, "expected a value" }, { "[1 2]", 1, 4, "expected ',' or ']'" },
    { '{"a":1,}', 1, 8, "expected a key" }, { '{,"a":1}', 1, 2, "expected a key" },
    { '{"a":1 "b":2}', 1, 8, "expected ',' or '}'" }, { '{"a" 1}', 1, 6, "expected ':'" },
    { '{"a":}', 1, 6, "expected a value" }, { '{"a":1:2}', 1, 7, "expected ',' or '}'" },
    { "[1;2]", 1, 3, "expected ',' or ']'" }, { "{a:1}", 1, 2, "expected a key" }, { "{1:1}", 1, 2, "expected a key" },
    { "{'a':1}", 1, 2, "expected a key" }, { "{null:1}", 1, 2, "expected a key" },
  },
  ["brackets that do not pair"] = {
    { "[", 1, 2, "the text ends" }, { "[1", 1, 3, "expected ',' or ']'" }, { "[1}", 1, 3, "expected ',' or ']'" },
    { "{", 1, 2, "expected a key" }, { '{"a":1', 1, 7, "expected ',' or '}'" },
    { '{"a":1]', 1, 7, "expected ',' or '}'" }, { "]", 1, 1, "expected a value" }, { "[]]", 1, 3, "something follows" },
    { "{}{}", 1, 3, "something follows" },
  },
  ["nothing, and more than one value"] = {
    { "", 1, 1, "the text ends" }, { " \n\t", 2, 2, "the text ends" }, { "1 2", 1, 3, "something follows" },
    { "{}\n{}", 2, 1, "something follows" }, { "[]\0", 1, 3, "something follows" },
    { "\0", 1, 1, "expected a value" }, { "[1]\n\nWARNING: deprecated", 3, 1, "something follows" },
  },
  ["comments and other white space"] = {
    { "// a\n1", 1, 1, "expected a value" }, { "1 /* a */", 1, 3, "something follows" },
    { "# a\n1", 1, 1, "expected a value" }, { "\u{FEFF}1", 1, 1, "expected a value" },
    { "\u{A0}1", 1, 1, "expected a value" }, { "1\f", 1, 2, "something follows" }, { "1\v", 1, 2, "something follows" },
  },
  ["a key that is there twice"] = {
    { '{"a":1,"a":2}', 1, 8, "twice" }, { '{"a":null,"a":2}', 1, 11, "twice" },
    { '{"a":1,\n "\\u0061":2}', 2, 2, "twice" }, { '{"":1,"":2}', 1, 7, "twice" },
    { '{"x":{"a":1,"b":2,"a":3}}', 1, 19, "twice" },
  },
  ["strings that are not closed, and characters that need an escape"] = {
    { '"', 1, 2, "not closed" }, { '"abc', 1, 5, "not closed" }, { '"abc\\', 1, 6, "not closed" },
    { '"abc\\"', 1, 7, "not closed" }, { "'a'", 1, 1, "expected a value" }, { '"a\nb"', 1, 3, "control character" },
    { '"a\tb"', 1, 3, "control character" }, { '"a\0b"', 1, 3, "control character" },
    { '"\\n\31"', 1, 4, "control character" }, { '["a", "b\r"]', 1, 9, "control character" },
  },
  ["escapes that do not exist"] = {
    { '"\\x41"', 1, 3, "no such escape" }, { '"\\0"', 1, 3, "no such escape" }, { '"\\\'"', 1, 3, "no such escape" },
    { '"\\U0041"', 1, 3, "no such escape" }, { '"\\', 1, 3, "not closed" }, { '"\\\0"', 1, 3, "no such escape" },
    { '"\\u"', 1, 4, "four hexadecimal" }, { '"\\u12"', 1, 4, "four hexadecimal" },
    { '"\\u12G4"', 1, 4, "four hexadecimal" }, { '"\\u 123"', 1, 4, "four hexadecimal" },
    { '"\\u-123"', 1, 4, "four hexadecimal" },
  },
  ["surrogates without their other half"] = {
    { '"\\ud800"', 1, 8, "unpaired surrogate" }, { '"\\udc00"', 1, 8, "unpaired surrogate" },
    { '"\\ud800\\ud800"', 1, 14, "unpaired surrogate" }, { '"\\ud800\\n"', 1, 8, "unpaired surrogate" },
    { '"\\ud800x"', 1, 8, "unpaired surrogate" }, { '"\\udc00\\ud800"', 1, 8, "unpaired surrogate" },
    { '"\\udbff\\u0041"', 1, 14, "unpaired surrogate" }, { '"\\ud83d\\u"', 1, 10, "four hexadecimal" },
  },
  ["bytes that are no UTF-8"] = {
    { '"\x80"', 1, 2, "invalid UTF%-8" }, { '"\xBF"', 1, 2, "invalid UTF%-8" }, { '"\xFF"', 1, 2, "invalid UTF%-8" },
    { '"\xC3"', 1, 2, "invalid UTF%-8" }, { '"\xE2\x82"', 1, 2, "invalid UTF%-8" },
    { '"\xC3\x28"', 1, 2, "invalid UTF%-8" }, { '"\xF0\x9F\x98"', 1, 2, "invalid UTF%-8" },
    { '"a\xC3', 1, 3, "invalid UTF%-8" }, { '"\\n\xFE"', 1, 4, "invalid UTF%-8" },
    { '{"\xC3":1}', 1, 3, "invalid UTF%-8" },
  },
  ["UTF-8 that is longer than needed, of a surrogate, or past the last character"] = {
    { '"\xC0\x80"', 1, 2, "invalid UTF%-8" }, { '"\xC1\xBF"', 1, 2, "invalid UTF%-8" },
    { '"\xE0\x80\xAF"', 1, 2, "invalid UTF%-8" }, { '"\xE0\x9F\xBF"', 1, 2, "invalid UTF%-8" },
    { '"\xF0\x80\x80\xAF"', 1, 2, "invalid UTF%-8" }, { '"\xF0\x8F\xBF\xBF"', 1, 2, "invalid UTF%-8" },
    { '"\xED\xA0\x80"', 1, 2, "invalid UTF%-8" }, { '"\xED\xBF\xBF"', 1, 2, "invalid UTF%-8" },
    { '"\xF4\x90\x80\x80"', 1, 2, "invalid UTF%-8" }, { '"\xF5\x80\x80\x80"', 1, 2, "invalid UTF%-8" },
    { '"\xF8\x88\x80\x80\x80"', 1, 2, "invalid UTF%-8" },
  },
  ["more than 64 levels"] = {
    { nested("[", "]", 65), 1, 65, "deeper than 64" }, { nested('{"a":', "}", 65), 1, 321, "deeper than 64" },
    { ("["):rep(5000000), 1, 65, "deeper than 64" }, { nested('[{"a":', "}]", 33), 1, 193, "deeper than 64" },
  },
}

for name, cases in pairs(REFUSED) do
  t.test("refuses " .. name, function()
    for _, case in ipairs(cases) do
      local label = #case[1] > 60 and case[1]:sub(1, 60) or ("%q"):format(case[1])
      local value, message, code = json.decode(case[1])
      t.equal(value, nil, label)
      t.equal(code, "EJSON", label)
      t.match(message, "^line " .. case[2] .. ", column " .. case[3] .. ": .*" .. case[4], label)
    end
  end)
end

--- What is JSON: { text, value }.
local ACCEPTED = {
  ["integers as integers, to the last one of 64 bits"] = {
    { "0", 0 }, { "-0", 0 }, { "7", 7 }, { "-7", -7 }, { "9007199254740993", 9007199254740993 },
    { "9223372036854775807", math.maxinteger }, { "-9223372036854775808", math.mininteger },
  },
  ["numbers with a point or an exponent as floats"] = {
    { "0.0", 0.0 }, { "1.0", 1.0 }, { "-1.5", -1.5 }, { "1e2", 100.0 }, { "1E+2", 100.0 }, { "25e-1", 2.5 },
    { "0e0", 0.0 }, { "1.7976931348623157e308", 1.7976931348623157e308 }, { "5e-324", 5e-324 }, { "1e-999", 0.0 },
    { "9007199254740993.0", 9007199254740992.0 }, { "1234567890123456789012e0", 1234567890123456789012.0 },
  },
  ["words"] = { { "true", true }, { "false", false }, { "[true,false]", { true, false } } },
  ["white space around everything"] = {
    { " \t\r\n1 \t\r\n", 1 }, { '\n{ "a" :\t[ 1 , 2 ]\r\n}', { a = { 1, 2 } } }, { "[ ]", {} }, { "{\n}", {} },
  },
  ["every escape"] = {
    { [["\"\\\/\b\f\n\r\t"]], "\"\\/\b\f\n\r\t" }, { [["\u0041\u00e9\u20AC"]], "Aé€" }, { [["\u0000"]], "\0" },
    { [["a\u0000b"]], "a\0b" }, { [["\ud83d\ude00"]], "😀" }, { [["\uD834\uDD1E"]], "\u{1D11E}" },
    { [["\udbff\udfff"]], "\u{10FFFF}" }, { [["\uffff"]], "\u{FFFF}" }, { [["\u2028\u2029"]], "\u{2028}\u{2029}" },
  },
  ["characters as they are"] = {
    { '"é€😀"', "é€😀" }, { '"\u{2028}\u{2029}"', "\u{2028}\u{2029}" }, { '"\x7F"', "\x7F" },
    { '"\u{FFFF}\u{10FFFF}"', "\u{FFFF}\u{10FFFF}" }, { '"\u{FEFF}"', "\u{FEFF}" },
    { '"\u{D7FF}\u{E000}"', "\u{D7FF}\u{E000}" },
  },
  ["keys of every kind"] = {
    { '{"":1}', { [""] = 1 } }, { '{"a b":1,"é":2}', { ["a b"] = 1, ["é"] = 2 } }, { '{"\\u0000":1}', { ["\0"] = 1 } },
    { '{"1":1}', { ["1"] = 1 } }, { '{"a":1,"A":2}', { a = 1, A = 2 } }, { '{"__index":1}', { __index = 1 } },
  },
}

for name, cases in pairs(ACCEPTED) do
  t.test("reads " .. name, function()
    for _, case in ipairs(cases) do t.equal(json.decode(case[1]), case[2], case[1]) end
  end)
end

t.test("reads null as a value that is true and not nil", function()
  t.equal(json.decode "null", json.null)
  t.equal(json.decode "[null]"[1], json.null)
  t.equal(json.decode '{"a":null}'.a, json.null)
  t.truthy(json.null)
  t.equal(json.encode { json.null, { a = json.null } }, '[null,{"a":null}]')
end)

t.test("reads the sign of a zero that is a float, and drops that of an integer", function()
  t.equal(1 / json.decode "-0.0", -math.huge)
  t.equal(json.encode(json.decode "-0.0"), "-0.0")
  t.equal(math.type(json.decode "-0"), "integer")
end)

t.test("takes 64 levels, and any number of tables beside each other", function()
  local siblings = "[" .. ("[{}],"):rep(999) .. "[]]"
  t.equal(json.encode(json.decode(siblings)), siblings)
  local text = nested("[", "]", 64)
  t.equal(json.encode(json.decode(text)), text)
  text = nested('{"a":', "}", 63):gsub("^(.*:)}", "%1[]}")
  t.equal(json.encode(json.decode(text)), text)
end)

t.test("counts lines by line feeds, columns by bytes", function()
  t.equal(select(2, json.decode '{\n  "é": 1,\n  "b": x\n}'), "line 3, column 8: expected a value")
  t.equal(select(2, json.decode '["é", x]'), "line 1, column 8: expected a value")
  t.equal(select(2, json.decode '\r\n\r\n?'), "line 3, column 1: expected a value")
end)

t.test("keeps empty arrays and empty objects apart", function()
  for _, text in ipairs { "[]", "{}", '{"a":[],"b":{}}', "[[],{}]" } do
    t.equal(json.encode(json.decode(text)), text)
  end
  t.truthy(json.is_array(json.decode "[]"))
  t.truthy(not json.is_array(json.decode "{}"))
  t.equal(json.encode {}, "{}")
  t.equal(json.encode(json.array()), "[]")
  t.equal(json.encode(json.array {}), "[]")
  local list = { 1 }
  t.truthy(json.array(list) == list)
  t.truthy(not json.is_array { 1 }, "an unmarked list")
  for _, value in ipairs { 1, "text", true } do t.equal(json.is_array(value), false) end
end)

t.test("writes keys in the order of their bytes", function()
  t.equal(json.encode { b = 1, a = 2, B = 3, aa = 4, [""] = 5, ["é"] = 6, ["a\0"] = 7 },
    '{"":5,"B":3,"a":2,"a\\u0000":7,"aa":4,"b":1,"é":6}')
  local wide = {}
  for i = 1, 1000 do wide[("k%04d"):format(i * 7 % 1000)] = i end
  local previous = ""
  for key in json.encode(wide):gmatch '"(k%d+)"' do
    t.truthy(previous < key, previous .. " before " .. key)
    previous = key
  end
end)

t.test("escapes what has to be and nothing else", function()
  t.equal(json.encode '"\\/\b\f\n\r\t', [["\"\\/\b\f\n\r\t"]])
  t.equal(json.encode "\0\1\v\27\31 \127", '"\\u0000\\u0001\\u000b\\u001b\\u001f \127"')
  t.equal(json.encode "é€😀\u{2028}\u{FEFF}</script>", '"é€😀\u{2028}\u{FEFF}</script>"')
end)

t.test("writes U+FFFD for each byte that is no UTF-8", function()
  t.equal(json.encode "a\xFFb\xC3", '"a\u{FFFD}b\u{FFFD}"')
  t.equal(json.encode "\xED\xA0\x80", '"\u{FFFD}\u{FFFD}\u{FFFD}"')
  t.equal(json.encode { ["\xFF"] = 1 }, '{"\u{FFFD}":1}')
end)

t.test("writes numbers that read back as the same", function()
  for number, text in pairs {
    [0] = "0", [-7] = "-7", [math.maxinteger] = "9223372036854775807", [math.mininteger] = "-9223372036854775808",
    [0.5] = "0.5", [1e100] = "1e+100", [0.1] = "0.1", [1 / 3] = "0.3333333333333333",
    [5e-324] = "4.94065645841247e-324", [1.7976931348623157e308] = "1.7976931348623157e+308",
  } do
    t.equal(json.encode(number), text)
    t.equal(json.decode(text), number)
  end
  t.equal(json.encode(1.0), "1.0")
  t.equal(json.encode(1e15), "1e+15")
  t.equal(json.encode(2.0 ^ 53), "9007199254740992.0")
  t.equal(json.encode(-0.0), "-0.0")
end)

t.test("writes two spaces a level when pretty, and a line feed at the end", function()
  local value = { list = { 1, { a = 2 } }, none = json.array(), object = {} }
  t.equal(json.encode(value, { pretty = true }), [[
{
  "list": [
    1,
    {
      "a": 2
    }
  ],
  "none": [],
  "object": {}
}
]])
  t.equal(json.encode(value, { pretty = false }), json.encode(value))
  t.equal(json.encode(value, {}), json.encode(value))
  t.equal(json.decode(json.encode(value, { pretty = true })), value)
end)

t.test("raises for what JSON cannot hold", function()
  local cycle, deep = {}, {}
  cycle.itself = cycle
  for _ = 1, 64 do deep = { deep } end
  for name, case in pairs {
    ["a function"] = { print, "cannot hold a function" }, ["nil in a table"] = { { [1] = 1, [3] = 3 }, "holes" },
    NaN = { 0 / 0, "no NaN" }, infinity = { { math.huge }, "no infinity" }, cycle = { cycle, "holds itself" },
    depth = { deep, "deeper than 64" },
    mixed = { { 1, a = 2 }, "a string as a key" }, ["a hole"] = { { 1, nil, 3 }, "holes" },
    ["a boolean key"] = { { [true] = 1 }, "a boolean as a key" },
    ["a float key"] = { { [1.5] = 1 }, "a number as a key" },
    ["no first item"] = { { [2] = 1 }, "a number as a key" }, ["item zero"] = { { [0] = 1 }, "a number as a key" },
    ["a key in an array"] = { json.array { a = 1 }, "a string as a key" },
    coroutine = { coroutine.create(print), "hold a thread" },
    userdata = { io.stdout, "hold a userdata" },
  } do
    t.raises(function() json.encode(case[1]) end, case[2], name)
    t.raises(function() json.encode { a = { case[1] } } end, case[2], name)
  end
  t.raises(function() json.encode(nil) end, "cannot hold a nil")
  t.raises(function() json.encode() end, "value expected")
  t.raises(function() json.encode({}, true) end, "table expected")
  t.raises(function() json.decode() end, "string expected")
  t.raises(function() json.decode {} end, "string expected")
  t.raises(function() json.array "a" end, "table expected")
  t.raises(function() json.is_array() end, "value expected")
end)

t.test("does not look at metatables", function()
  local calls = 0
  local function count() calls = calls + 1 end
  t.equal(json.encode(setmetatable({ a = 1 }, { __index = count, __pairs = count, __len = count })), '{"a":1}')
  t.equal(calls, 0)
end)

t.test("reads and writes files", function()
  local folder = t.tempdir()
  local path = folder .. "/report.json"
  local value = { a = { 1, 2.5, json.null }, b = json.array() }
  t.equal(json.write(path, value), true)
  t.equal(fs.read(path), json.encode(value, { pretty = true }))
  t.equal(json.read(path), value)
  t.equal(fs.list(folder), { "report.json" })
end)

t.test("names file, line and column of a broken file", function()
  local path = t.files(t.tempdir(), { ["broken.json"] = '{\n "a": 1,\n}' }) .. "/broken.json"
  t.equal({ json.read(path) }, { nil, path .. ":3:1: expected a key in quotes", "EJSON" })
  local value, message, code = json.read(path .. ".none")
  t.equal({ value, code }, { nil, "ENOENT" })
  t.contains(message, path .. ".none: ")
  t.equal(select(3, json.read(t.tempdir())), "EISDIR")
end)

t.test("names the place in a broken file whatever the length of its path", function()
  local folder = t.tempdir()
  for _ = 1, 6 do folder = folder .. "/" .. ("d"):rep(200) end
  local path = t.files(folder, { ["broken.json"] = "[1,]" }) .. "/broken.json"
  t.equal({ json.read(path) }, { nil, path .. ":1:4: expected a value", "EJSON" })
end)

t.test("leaves a file as it was when the value cannot be written", function()
  local path = t.files(t.tempdir(), { ["a.json"] = "[1]" }) .. "/a.json"
  t.raises(function() json.write(path, { print }) end, "cannot hold a function")
  t.equal(fs.read(path), "[1]")
  t.equal(select(3, json.write(path .. "/below", 1)), "ENOTDIR")
  t.raises(function() json.write(path) end, "value expected")
end)

t.test("reads a long list a part at a time", function()
  local function parts(text, most)
    local list, next_part = {}, json.batches(text, most)
    while true do
      local part, message = next_part()
      if not part then return list, message end
      list[#list + 1] = part
    end
  end
  t.equal(parts("[]", 2), {})
  t.equal(parts(" [ 1 , 2 , 3 ] ", 2), { { 1, 2 }, { 3 } })
  t.equal(parts("[1,2]", 2), { { 1, 2 } })
  t.equal(parts('[{"a":[1]},"b"]', 1), { { { a = { 1 } } }, { "b" } })
  for text, place in pairs { ["{}"] = "line 1, column 1: expected a list", ["[1"] = "line 1, column 3: expected ','",
    ["[1,]"] = "line 1, column 4: expected a value", ["[1] 2"] = "line 1, column 5: something follows",
    ["[1,\n2 3]"] = "line 2, column 3: expected ','", ["["] = "line 1, column 2: the text ends" } do
    local _, message = parts(text, 1)
    t.contains(message, place, text)
  end
  t.raises(function() json.batches("[]", 0) end, "a number from 1")
end)

t.test("joins texts and values", function()
  t.equal(json.join {}, "")
  t.equal(json.join { '{"a":', { b = json.array() }, ',"c":', 1, "}" }, '{"a":{"b":[]},"c":1}')
  t.raises(function() json.join { print } end, "cannot hold a function")
  t.raises(function() json.join "x" end, "table expected")
end)

t.test("lines tell where objects and arrays begin", function()
  local text = '\n {"a":[\n[], 1,\n{\n"b":"\\n[{"}, {}]\n,"c"\n:\n{}}\n\n'
  local value, lines = json.decode(text, { lines = true })
  t.equal(value, json.decode(text))
  t.equal({ lines[value], lines[value.a], lines[value.a[1]], lines[value.a[3]], lines[value.a[4]], lines[value.c] },
    { 2, 2, 3, 4, 5, 8 })
  local count = 0
  for _ in pairs(lines) do count = count + 1 end
  t.equal(count, 6)
  t.equal({ json.decode("1", { lines = true }) }, { 1, {} })
  t.equal({ json.decode("false", { lines = true }) }, { false, {} })
  t.equal({ json.decode("[\n1 2]", { lines = true }) }, { nil, "line 2, column 3: expected ',' or ']'", "EJSON" })
  t.equal(select("#", json.decode("[]", { lines = false })), 1)
  t.equal(select("#", json.decode("[]", {})), 1)
  t.raises(function() json.decode("[]", true) end, "table expected")
end)

t.test("a byte that needs an escape is found wherever it stands", function()
  local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\31"] = "\\u001f", ["\200"] = "\xEF\xBF\xBD",
    [" "] = " ", ["!"] = "!", ["#"] = "#", ["["] = "[", ["]"] = "]", ["\127"] = "\127", ["é"] = "é" }
  for before = 0, 20 do
    for byte, escape in pairs(escapes) do
      local text, ending = ("a"):rep(before), ("b"):rep(20)
      t.equal(json.encode(text .. byte .. ending), '"' .. text .. escape .. ending .. '"')
      t.equal(json.encode(text .. byte), '"' .. text .. escape .. '"')
    end
  end
end)

t.test("numbers with one decimal are written with it", function()
  for tenths = 0, 20000 do t.equal(json.encode(tenths / 10), ("%.1f"):format(tenths / 10)) end
  t.equal({ json.encode(-0.0), json.encode(-7.5), json.encode(0.1 + 0.2), json.encode(999.95), json.encode(5e-324) },
    { "-0.0", "-7.5", "0.30000000000000004", "999.95", "4.94065645841247e-324" })
end)

t.test("objects that share their keys are written alike, whatever the keys are and whatever stands between", function()
  local long = ("k"):rep(300)
  for _, keys in ipairs { { "b", "a" }, { 'quo"te', "a" }, { "é", "z" }, { long .. 1, long .. 2, "m" }, { "", "x" } } do
    local object, list = {}, {}
    for i, key in ipairs(keys) do object[key] = i end
    object.nested = { c = { [keys[1]] = true } }
    for i = 1, 4 do list[i] = object end
    local one = json.encode(object)
    t.equal(json.encode(list), "[" .. table.concat({ one, one, one, one }, ",") .. "]")
    t.equal(json.decode(one), object)
    t.equal(json.decode(json.encode(list, { pretty = true }))[4], object)
  end
end)

--- Calls with so many nil arguments that the stack is full to another degree each time.
local function with_arguments(count, call)
  return call(table.unpack({}, 1, count))
end

t.test("a long string that breaks off leaves the stack whole, however full it is", function()
  local long = ("x"):rep(1500)
  for depth = 0, 60 do
    local text = ("["):rep(depth) .. '"' .. long .. "\\u0041" .. long .. "\\q"
    for count = 0, 40 do
      -- A coroutine has a small stack of its own.
      coroutine.wrap(function()
        local value, message = with_arguments(count, function(...) return json.decode(text) end)
        t.equal(value, nil)
        t.contains(message, "escape")
      end)()
    end
  end
end)

return t.finish()
