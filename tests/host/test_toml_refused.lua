--- pysec.toml against the specification, https://toml.io/en/v1.0.0: what is refused, where and why.
local t = require "harness"
local toml = require "pysec.toml"

--- What is no TOML, with the place and the reason: { text, line, column, reason }.
local REFUSED = {
  ["keys and values that are none"] = {
    { "a", 1, 2, "expected '='" }, { "a =", 1, 4, "expected a value" }, { "= 1", 1, 1, "expected a key" },
    { "a = 1 b = 2", 1, 7, "end of the line" }, { "a = \n1", 1, 5, "expected a value" },
    { "a\n= 1", 1, 2, "expected '='" },
    { "é = 1", 1, 1, "expected a key" }, { "a.= 1", 1, 3, "expected a key" }, { ".a = 1", 1, 1, "expected a key" },
    { "a..b = 1", 1, 3, "expected a key" }, { "a b = 1", 1, 3, "expected '='" },
    { '"""a""" = 1', 1, 3, "expected '='" },
    { "'''a''' = 1", 1, 3, "expected '='" }, { '"a\nb" = 1', 1, 3, "not closed" },
    { "a = b", 1, 5, "expected a value" },
    { "a = True", 1, 5, "expected a value" }, { "a = truer", 1, 9, "end of the line" },
    { "a = fals", 1, 5, "expected a value" },
    { "a = null", 1, 5, "expected a value" }, { "a = nullx", 1, 5, "expected a value" },
    { "a = #", 1, 5, "expected a value" }, { "a : 1", 1, 3, "expected '='" },
    { "a = 1\0", 1, 6, "end of the line" }, { "\0", 1, 1, "expected a key" }, { "a = 1\r", 1, 6, "end of the line" },
    { "a = 1\rb = 2", 1, 6, "end of the line" }, { "a = 1\f", 1, 6, "end of the line" },
    { "a\u{A0}= 1", 1, 2, "expected '='" },
    { "\u{FEFF}\u{FEFF}a = 1", 1, 1, "expected a key" }, { "a = 1\n\u{FEFF}", 2, 1, "expected a key" },
    { "{a = 1}", 1, 1, "expected a key" },
    { "// a", 1, 1, "expected a key" }, { "\xFF\xFEa\0", 1, 1, "expected a key" },
  },
  integers = {
    { "a = 01", 1, 5, "start with 0" }, { "a = -01", 1, 6, "start with 0" }, { "a = 00", 1, 5, "start with 0" },
    { "a = 0_1", 1, 5, "start with 0" },
    { "a = _1", 1, 5, "expected a value" }, { "a = 1_", 1, 7, "expected a digit" },
    { "a = 1__0", 1, 7, "expected a digit" },
    { "a = 0x", 1, 7, "expected a digit" }, { "a = 0x_1", 1, 7, "expected a digit" },
    { "a = 0x1_", 1, 9, "expected a digit" }, { "a = 0xg", 1, 7, "expected a digit" },
    { "a = 0X1", 1, 6, "end of the line" }, { "a = 0o8", 1, 7, "expected a digit" },
    { "a = 0b2", 1, 7, "expected a digit" }, { "a = 0b12", 1, 8, "end of the line" },
    { "a = +0x1", 1, 7, "end of the line" }, { "a = -0b1", 1, 7, "end of the line" },
    { "a = ++1", 1, 6, "expected a digit" }, { "a = +", 1, 6, "expected a digit" },
    { "a = 1 000", 1, 7, "end of the line" }, { "a = 1,000", 1, 6, "end of the line" },
    { "a = ١", 1, 5, "expected a value" },
    { "a = 9223372036854775808", 1, 5, "64 bits" }, { "a = -9223372036854775809", 1, 6, "64 bits" },
    { "a = 0x8000000000000000", 1, 7, "64 bits" },
    { "a = 0xFFFFFFFFFFFFFFFF", 1, 7, "64 bits" }, { "a = 18446744073709551617", 1, 5, "64 bits" },
    { "a = 1" .. ("0"):rep(100), 1, 5, "64 bits" },
  },
  floats = {
    { "a = .5", 1, 5, "expected a value" }, { "a = 5.", 1, 7, "expected a digit" },
    { "a = 5.e1", 1, 7, "expected a digit" }, { "a = 1.2.3", 1, 8, "end of the line" },
    { "a = 1._2", 1, 7, "expected a digit" }, { "a = 1_.2", 1, 7, "expected a digit" },
    { "a = 1.2_", 1, 9, "expected a digit" }, { "a = 1e", 1, 7, "expected a digit" },
    { "a = 1e_1", 1, 7, "expected a digit" }, { "a = 1e1.5", 1, 8, "end of the line" },
    { "a = 03.14", 1, 5, "start with 0" }, { "a = Inf", 1, 5, "expected a value" },
    { "a = NaN", 1, 5, "expected a value" }, { "a = +in", 1, 6, "expected a value" },
    { "a = infinity", 1, 8, "end of the line" }, { "a = 0x1p3", 1, 8, "end of the line" },
    { "a = +-1.0", 1, 6, "expected a digit" },
  },
  ["dates and times"] = {
    { "a = 2023-02-29", 1, 13, "no such day" }, { "a = 1900-02-29", 1, 13, "no such day" },
    { "a = 2023-04-31", 1, 13, "no such day" }, { "a = 2023-13-01", 1, 10, "no such month" },
    { "a = 2023-00-01", 1, 10, "no such month" }, { "a = 2023-01-00", 1, 13, "no such day" },
    { "a = 2023-1-01", 1, 10, "two digits" }, { "a = 2023-01-1", 1, 13, "two digits" },
    { "a = 2023-01", 1, 12, "expected '-'" }, { "a = 23-01-01", 1, 7, "end of the line" },
    { "a = 24:00:00", 1, 5, "no such hour" }, { "a = 12:60:00", 1, 8, "no such minute" },
    { "a = 12:00:61", 1, 11, "no such second" }, { "a = 12:00", 1, 10, "seconds" },
    { "a = 1:00:00", 1, 6, "end of the line" }, { "a = 12:00:00.", 1, 14, "expected a digit" },
    { "a = 12:00:00Z", 1, 13, "end of the line" }, { "a = 2023-01-01T", 1, 16, "two digits" },
    { "a = 2023-01-01T12:00", 1, 21, "seconds" }, { "a = 2023-01-01  12:00:00", 1, 17, "end of the line" },
    { "a = 2023-01-01T12:00:00+24:00", 1, 25, "no such hour" },
    { "a = 2023-01-01T12:00:00+1:00", 1, 25, "two digits" },
    { "a = 2023-01-01T12:00:00+0100", 1, 27, "expected ':'" },
    { "a = 2023-01-01T12:00:00+01:60", 1, 28, "no such minute" }, { "a = 2023-01-01Z", 1, 15, "end of the line" },
    { "a = 12023-01-01", 1, 10, "end of the line" }, { "a = 2023-01-01_12:00:00", 1, 15, "end of the line" },
    { "a = +2023-01-01", 1, 10, "end of the line" }, { "a = 12:0:00", 1, 8, "two digits" },
  },
  strings = {
    { 'a = "', 1, 6, "not closed" }, { 'a = "b', 1, 7, "not closed" }, { 'a = "b\n"', 1, 7, "not closed" },
    { 'a = "b\r\n"', 1, 7, "not closed" }, { 'a = "b\\', 1, 8, "no such escape" },
    { 'a = "b\\"', 1, 9, "not closed" }, { "a = 'b", 1, 7, "not closed" }, { "a = 'b\n'", 1, 7, "not closed" },
    { "a = 'it''s'", 1, 9, "end of the line" }, { 'a = "\0"', 1, 6, "control character" },
    { 'a = "\x1F"', 1, 6, "control character" }, { 'a = "\x7F"', 1, 6, "control character" },
    { "a = '\x08'", 1, 6, "control character" }, { 'a = "\\x41"', 1, 7, "no such escape" },
    { 'a = "\\e"', 1, 7, "no such escape" }, { 'a = "\\/"', 1, 7, "no such escape" },
    { "a = \"\\'\"", 1, 7, "no such escape" }, { 'a = "\\ "', 1, 7, "no such escape" },
    { 'a = "\\\n"', 1, 7, "no such escape" }, { 'a = "\\u12"', 1, 10, "four hexadecimal" },
    { 'a = "\\u12G4"', 1, 10, "four hexadecimal" }, { 'a = "\\U0001F60"', 1, 15, "eight hexadecimal" },
    { 'a = "\\ud800"', 1, 8, "no such character" }, { 'a = "\\uDFFF"', 1, 8, "no such character" },
    { 'a = "\\U00110000"', 1, 8, "no such character" }, { 'a = "\\UFFFFFFFF"', 1, 8, "no such character" },
    { 'a = "\\ud83d\\ude00"', 1, 8, "no such character" }, { 'a = """b', 1, 5, "not closed" },
    { '# c\na = """\nb\n\nc""', 2, 5, "not closed" }, { "a = [1,\n'''\nb", 2, 1, "not closed" },
    { 'a = """\\', 1, 9, "no such escape" }, { 'a = """\nb\\ c"""', 2, 3, "no such escape" },
    { 'a = """\n\rb"""', 2, 1, "not closed" }, { 'a = """b""""""', 1, 14, "end of the line" },
    { "a = '''b''''''", 1, 14, "end of the line" },
    { 'a = """\0"""', 1, 8, "control character" }, { "a = '''\n\x7F'''", 2, 1, "control character" },
    { 'a = b"c"', 1, 5, "expected a value" },
  },
  ["text that is no UTF-8, controls in comments"] = {
    { 'a = "\xFF"', 1, 6, "invalid UTF" }, { "a = '\xC0\x80'", 1, 6, "invalid UTF" },
    { 'a = """\n\xED\xA0\x80"""', 2, 1, "invalid UTF" }, { "# \xF4\x90\x80\x80", 1, 3, "invalid UTF" },
    { "a = 1 # \xE2\x82", 1, 9, "invalid UTF" }, { "'\xE9' = 1", 1, 2, "invalid UTF" },
    { "# \0", 1, 3, "in a comment" }, { "# a\x7F", 1, 4, "in a comment" }, { "# a\rb", 1, 4, "in a comment" },
    { "a = [ # \x01\n]", 1, 9, "in a comment" },
  },
  ["arrays and inline tables"] = {
    { "a = [", 1, 6, "']'" }, { "a = [1", 1, 7, "expected ',' or ']'" },
    { "a = [1 2]", 1, 8, "expected ',' or ']'" }, { "a = [,]", 1, 6, "expected a value" },
    { "a = [1,,2]", 1, 8, "expected a value" }, { "a = [1}", 1, 7, "expected ',' or ']'" },
    { "a = []]", 1, 7, "end of the line" }, { "a = [\n1\n\n=", 4, 1, "expected ',' or ']'" },
    { "a = {", 1, 6, "expected a key" }, { "a = {b=1", 1, 9, "expected ',' or '}'" },
    { "a = {b=1,}", 1, 10, "expected a key" }, { "a = {,}", 1, 6, "expected a key" },
    { "a = {b=1 c=2}", 1, 10, "expected ',' or '}'" }, { "a = {\nb=1}", 1, 6, "expected a key" },
    { "a = {b=1\n}", 1, 9, "expected ',' or '}'" }, { "a = {b=1,\nc=2}", 1, 10, "expected a key" },
    { "a = {b=1 # c\n}", 1, 10, "expected ',' or '}'" },
    { "a = {b}", 1, 7, "expected '='" }, { "a = {b=}", 1, 8, "expected a value" },
  },
  headers = {
    { "[]", 1, 2, "expected a key" }, { "[a", 1, 3, "expected ']'" }, { "[a]b=1", 1, 4, "end of the line" },
    { "[a.]", 1, 4, "expected a key" }, { "[.a]", 1, 2, "expected a key" }, { "[a]]", 1, 4, "end of the line" },
    { "[[a]", 1, 4, "expected ']]'" },
    { "[[a] ]", 1, 4, "expected ']]'" }, { "[ [a]]", 1, 3, "expected a key" }, { "[[]]", 1, 3, "expected a key" },
    { "[a\n]", 1, 3, "expected ']'" }, { "[a b]", 1, 4, "expected ']'" }, { "[a] [b]", 1, 5, "end of the line" },
    { "[a]=1", 1, 4, "end of the line" },
  },
  ["keys that are there twice"] = {
    { "a = 1\na = 2", 2, 1, "twice" }, { "a = false\na = 2", 2, 1, "twice" },
    { '[x]\na = 1\n "a" = 2', 3, 2, "twice" }, { "a = {b=1, b=2}", 1, 11, "twice" },
    { "a.b = 1\na.b = 2", 2, 3, "twice" }, { "a.b = 1\na = 2", 2, 1, "twice" },
    { "a = 1\na.b = 2", 2, 1, "nothing can be added" }, { "a = []\na.b = 2", 2, 1, "nothing can be added" },
    { "a = {}\na.b = 2", 2, 1, "nothing can be added" }, { "a.b.c = 1\na.b.c.d = 2", 2, 5, "nothing can be added" },
    { "a = {b={c=1}, b.d=2}", 1, 15, "nothing can be added" }, { "a = {b.c=1, b=2}", 1, 13, "twice" },
    { "[a]\n[a]", 2, 2, "the table is there twice" }, { "[a]\nb=1\n[a.b]", 3, 4, "the table is there twice" },
    { "a.b=1\n[a]", 2, 2, "the table is there twice" },
    { "a={}\n[a]", 2, 2, "the table is there twice" }, { "a={b={}}\n[a.b.c]", 2, 2, "nothing can be added" },
    { "a=[]\n[[a]]", 2, 3, "nothing can be added" }, { "a=[{}]\n[a.b]", 2, 2, "nothing can be added" },
    { "[a]\n[[a]]", 2, 3, "nothing can be added" },
    { "[[a]]\n[a]", 2, 2, "the table is there twice" }, { "[a.b]\n[[a]]", 2, 3, "nothing can be added" },
    { "[[a.b]]\n[[a]]", 2, 3, "nothing can be added" }, { "[a.b.c]\n[a]\nb.c.d=1", 3, 3, "nothing can be added" },
    { "[a.b]\n[a]\nb.c=1", 3, 1, "nothing can be added" },
    { "[[a.b]]\n[a]\nb.c=1", 3, 1, "nothing can be added" },
    { "[a]\nb.c=1\n[a.b]", 3, 4, "the table is there twice" },
    { "[a.b.c]\n[a]\nb.d=1\n[a.b]", 4, 4, "the table is there twice" },
    { "a=1\n[a.b]", 2, 2, "nothing can be added" }, { "[a]\n[a.b]\n[a]", 3, 2, "the table is there twice" },
    { "[[a]]\n[a.b]\n[a.b]", 3, 4, "the table is there twice" },
    { "[[a]]\nb=[]\n[[a.b]]", 3, 5, "nothing can be added" },
  },
}

for name, cases in pairs(REFUSED) do
  t.test("refused: " .. name, function()
    for _, case in ipairs(cases) do
      local value, message, code = toml.decode(case[1])
      t.equal({ value, code }, { nil, "ETOML" }, case[1])
      t.match(message, ("^%d:%d: .*%s"):format(case[2], case[3], case[4]:gsub("%p", "%%%0")), case[1])
    end
  end)
end

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
        local value, message = with_arguments(count, function(...) return toml.decode("a = " .. text) end)
        t.equal(value, nil)
        t.contains(message, "no such escape")
      end)()
    end
  end
end)

return t.finish()
