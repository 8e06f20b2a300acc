--- pysec.re: what each method returns, and that every match ends.
local t = require "harness"
local clock = require "pysec.clock"
local re = require "pysec.re"

local function compile(pattern, flags)
  local regex, message = re.compile(pattern, flags)
  return assert(regex, message)
end

--- All that an iterator gives, the values of one step joined by commas.
local function collect(iterator)
  local list = {}
  while true do
    local values = table.pack(iterator())
    if values.n == 0 then return list end
    for i = 1, values.n do values[i] = tostring(values[i]) end
    list[#list + 1] = table.concat(values, ",")
  end
end

t.test("find gives the first and last byte, then the groups", function()
  t.equal({ compile "b+":find "abbc" }, { 2, 3 })
  t.equal({ compile "(b)(b)":find "abbc" }, { 2, 3, "b", "b" })
  t.equal({ compile "x":find "abbc" }, {})
  t.equal({ compile "€":find "é€" }, { 3, 5 })
  t.equal({ compile "":find "abc" }, { 1, 0 })
  t.equal({ compile "$":find "abc" }, { 4, 3 })
end)

t.test("find and match start where they are told", function()
  local regex = compile "a"
  for start, first in pairs { [1] = 1, [2] = 3, [3] = 3, [0] = 1, [-1] = 3, [-2] = 3, [-3] = 1, [-99] = 1 } do
    t.equal(regex:find("aba", start), first, start)
    t.equal(regex:match("aba", start), "a", start)
  end
  for _, start in ipairs { 4, 5, math.maxinteger } do
    t.equal(regex:find("aba", start), nil, start)
    t.equal(regex:match("aba", start), nil, start)
  end
  t.equal(compile "":find("aba", 4), 4)
  t.equal(compile "":find("aba", 5), nil)
  t.equal({ compile "^a":find("aba", 3) }, {}, "the subject still starts at its start")
  t.equal({ compile "(?<=b)a":find("aba", 3) }, { 3, 3 }, "and what lies before is seen")
  t.equal(compile "a":find("aba", math.mininteger), 1)
  t.raises(function() compile "b":find("éb", 2) end, "bad offset into UTF string")
end)

t.test("match gives the groups, or the whole match without any", function()
  t.equal({ compile "b+":match "abbc" }, { "bb" })
  t.equal({ compile "(b)(c)?":match "ab" }, { "b", false })
  t.equal({ compile "(x)?(b)":match "ab" }, { false, "b" })
  t.equal({ compile "(?:x)|b":match "ab" }, { "b" })
  t.equal({ compile "(?<name>b)":match "ab" }, { "b" })
  t.equal({ compile "(x*)":match "ab" }, { "" })
  t.equal({ compile "x":match "ab" }, {})
  t.equal(#{ compile(("(a)"):rep(200)):match(("a"):rep(200)) }, 200)
end)

t.test("test says whether there is a match", function()
  t.equal(compile "b":test "abc", true)
  t.equal(compile "x":test "abc", false)
  t.equal(compile "":test "", true)
end)

t.test("gmatch goes from match to match", function()
  t.equal(collect(compile "\\w+":gmatch "one two three"), { "one", "two", "three" })
  t.equal(collect(compile "(\\w)=(\\w)?":gmatch "a=1 b= c=3"), { "a,1", "b,false", "c,3" })
  t.equal(collect(compile "x":gmatch "abc"), {})
  t.equal(collect(compile "a":gmatch ""), {})
  t.equal(collect(compile "^a":gmatch "aaa"), { "a" })
  t.equal(collect(compile("^a", "m"):gmatch "a\na\nb"), { "a", "a" })
  t.equal(collect(compile "\\Ga":gmatch "aab a"), { "a", "a" })
end)

t.test("an empty match moves on by a character, and does not hide a match at the same place", function()
  t.equal(collect(compile "":gmatch "ab"), { "", "", "" })
  t.equal(collect(compile "a*":gmatch "baac"), { "", "aa", "", "" })
  t.equal(collect(compile "a*?":gmatch "aa"), { "", "a", "", "a", "" })
  t.equal(collect(compile "|a":gmatch "aa"), { "", "a", "", "a", "" })
  t.equal({ compile "":gsub("é€", "-") }, { "-é-€-", 3 })
  t.equal({ compile("", "b"):gsub("\xC3\xA9", "-") }, { "-\xC3-\xA9-", 3 })
  t.equal({ compile("\x80|", "b"):gsub("\xC3\x80\x80", "-") }, { "-\xC3---", 4 })
  t.equal({ compile "x*":gsub("abc", "-") }, { "-a-b-c-", 4 })
  t.equal({ compile "(?=b)":gsub("abab", "|") }, { "a|ba|b", 2 })
  t.equal({ compile("^", "m"):gsub("a\nb", "> ") }, { "> a\n> b", 2 })
end)

t.test("gsub fills in groups, dollars and nothing else", function()
  t.equal({ compile "(\\w+)@(\\w+)":gsub("me@here you@there", "$2 at $1 ($0)") },
    { "here at me (me@here) there at you (you@there)", 2 })
  t.equal({ compile "b":gsub("abc", "$$1 $") }, { "a$1 $c", 1 })
  t.equal({ compile "(x)?b":gsub("abc", "[$1$2$9]") }, { "a[]c", 1 })
  t.equal({ compile "b":gsub("abc", "%1\\1&") }, { "a%1\\1&c", 1 })
  t.equal({ compile "b":gsub("abc", "\0") }, { "a\0c", 1 })
  t.equal({ compile "x":gsub("abc", "y") }, { "abc", 0 })
  t.equal({ compile "b":gsub("abc", 7) }, { "a7c", 1 })
  t.raises(function() compile "b":gsub("abc", "$name") end, "stands before a digit or another")
  t.raises(function() compile "b":gsub("abc", "${1}") end, "stands before a digit or another")
end)

t.test("gsub calls a function with the groups, and nil or false keep the match", function()
  local seen = {}
  t.equal({ compile "(\\d)(\\w)?":gsub("1a2 3", function(digit, letter)
    seen[#seen + 1] = { digit, letter }
    if digit == "1" then return "<" .. letter .. ">" end
    return digit == "3" and 9
  end) }, { "<a>2 9", 3 })
  t.equal(seen, { { "1", "a" }, { "2", false }, { "3", false } })
  t.equal({ compile "\\w+":gsub("one two", string.upper) }, { "ONE TWO", 2 })
  t.raises(function() compile "a":gsub("a", function() return {} end) end, "returned a table")
  t.raises(function() compile "a":gsub("a", function() error "inside" end) end, "inside")
end)

t.test("gsub stops after as many as it is told", function()
  local regex = compile "a"
  t.equal({ regex:gsub("aaa", "b", 2) }, { "bba", 2 })
  t.equal({ regex:gsub("aaa", "b", 0) }, { "aaa", 0 })
  t.equal({ regex:gsub("aaa", "b", -1) }, { "aaa", 0 })
end)

t.test("a regex may be used while it is in use", function()
  local regex = compile "(\\w)(\\d)?"
  t.equal({ regex:gsub("a1b", function(letter, digit)
    local inner = { regex:match "z9" }
    return letter .. inner[1] .. inner[2] .. tostring(digit) .. " "
  end) }, { "az91 bz9false ", 2 })
  local pairs_seen = {}
  for outer in regex:gmatch "ab" do
    for inner in regex:gmatch "xy" do pairs_seen[#pairs_seen + 1] = outer .. inner end
  end
  t.equal(pairs_seen, { "ax", "ay", "bx", "by" })
end)

t.test("split gives what lies between the matches", function()
  t.equal(compile ",":split "a,b,,c", { "a", "b", "", "c" })
  t.equal(compile ",":split ",", { "", "" })
  t.equal(compile ",":split "", { "" })
  t.equal(compile ",":split "abc", { "abc" })
  t.equal(compile "\\s*,\\s*":split "a , b,c", { "a", "b", "c" })
  t.equal(compile "(,)":split "a,b", { "a", "b" })
  t.equal(compile "":split "aé€", { "a", "é", "€" })
  t.equal(compile "x*":split "axxb", { "a", "b" })
  t.equal(compile("$", "m"):split "a\nb", { "a", "\nb" })
end)

t.test("flags", function()
  t.equal(compile("ÄB", "i"):test "äb", true)
  t.equal(compile "ÄB":test "äb", false)
  t.equal(compile("^b$", "m"):test "a\nb\nc", true)
  t.equal(compile "^b$":test "a\nb\nc", false)
  t.equal(compile("a.b", "s"):test "a\nb", true)
  t.equal(compile "a.b":test "a\nb", false)
  t.equal(compile("a b # comment\n c", "x"):test "abc", true)
  t.equal(compile("^..$", "b"):test "é", true)
  t.equal(compile "^..$":test "é", false)
  t.equal(compile("A.c", "ims"):test "x\na\nC", true)
  for _, flags in ipairs { "g", "I", "iu", " " } do
    t.raises(function() re.compile("a", flags) end, "flags are i, m, s, x and b")
  end
end)

t.test("characters are those of Unicode, unless bytes are asked for", function()
  t.equal({ compile ".":match "é" }, { "é" })
  t.equal({ compile("^\\w+$"):match "Größe_東京" }, { "Größe_東京" })
  t.equal({ compile "\\p{Han}+":match "in 東京 today" }, { "東京" })
  t.equal({ compile("[^a]", "b"):match "a\xFF" }, { "\xFF" })
  t.equal({ compile "a\0b":find "xa\0b" }, { 2, 4 })
  for _, subject in ipairs { "\xFF", "a\xC3", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC0\x80" } do
    t.raises(function() compile "a":test(subject) end, "UTF%-8 error")
    t.raises(function() compile "a":find("a" .. subject) end, "UTF%-8 error")
    t.raises(function() compile "a":gsub("a" .. subject, "") end, "UTF%-8 error")
    t.equal(compile("a", "b"):test(subject .. "a"), true)
  end
end)

t.test("a pattern that does not compile is named by its place", function()
  for pattern, message in pairs {
    ["("] = "missing closing parenthesis at byte 2 of the pattern", ["a)"] = "unmatched closing parenthesis at byte 2",
    ["[b-a]"] = "range out of order in character class at byte 4", ["*"] = "quantifier does not follow",
    ["a\\"] = "\\ at end of pattern at byte 3", ["(?<n>a)(?<n>b)"] = "two named subpatterns have the same name",
    ["\xFF"] = "UTF-8 error", ["\\C"] = "\\C is disabled", ["(?<=a+)b"] = "lookbehind assertion is not fixed length",
    [("("):rep(300) .. (")"):rep(300)] = "parentheses are too deeply nested",
    [("a"):rep(65537)] = "the pattern is longer than 64 KiB", ["((((a{1,999}){1,999}){1,999}){1,999})"] = "too large",
  } do
    local regex, got, code = re.compile(pattern)
    t.equal({ regex, code }, { nil, "EINVAL" }, pattern:sub(1, 40))
    t.contains(got, message)
  end
  t.truthy(re.compile(("a"):rep(20000)))
end)

t.test("a pattern may not start with what would lift the limits", function()
  for _, start in ipairs {
    "(*NO_START_OPT)", "(*LIMIT_MATCH=4000000000)", "(*LIMIT_DEPTH=4000000000)", "(*LIMIT_HEAP=4000000000)",
    "(*NO_JIT)", "(*NO_AUTO_POSSESS)", "(*UTF)", "(*",
  } do
    t.equal({ re.compile(start .. "a") }, { nil, "a pattern does not start with '(*'", "EINVAL" }, start)
    for _, before in ipairs { " ", "\n", "(?x) ", "(?:)" } do
      local regex = re.compile(before .. start .. "[a]*+b", "x")
      if regex then t.equal(regex:test(("a"):rep(100000)), false, before .. start) end
    end
  end
  t.equal(re.compile "a(*SKIP)b":test "ab", true)
end)

--- Runs a match and says how many seconds it took.
local function timed(body)
  local start = clock.monotonic()
  body()
  return clock.monotonic() - start
end

t.test("every match ends soon, by an answer or by an error", function()
  for pattern, case in pairs {
    ["^(?:a|aa)+[bc]"] = { ("a"):rep(40), "match limit exceeded" },
    ["^(a+)+$"] = { ("a"):rep(40) .. "b", "match limit exceeded" },
    ["(x+x+)+y"] = { ("x"):rep(50), false }, ["(?:a?){30}a{30}"] = { ("a"):rep(29), false },
    ["^(?:.*,){12}P$"] = { ("1,"):rep(40) .. "P.", "match limit exceeded" }, ["[a]*+b"] = { ("a"):rep(100000), false },
    ["^(?:a|b)*$"] = { ("ab"):rep(500000), "limit exceeded" }, ["(a(?1)?b|a)+$"] = { ("a"):rep(3000), "limit" },
    ["^(?:(?=(a+))a)+$"] = { ("a"):rep(5000) .. "b", false },
  } do
    local regex, ok, result = compile(pattern)
    local seconds = timed(function() ok, result = pcall(regex.test, regex, case[1]) end)
    t.truthy(seconds < 20, ("%s took %.2f s"):format(pattern, seconds))
    if case[2] then
      t.equal(ok, false, pattern)
      t.match(result, "regex: .*" .. case[2], pattern)
    else
      t.equal({ ok, result }, { true, false }, pattern)
    end
  end
end)

t.test("the limits hold for every method", function()
  local regex, subject = compile "^(?:a|aa)+[bc]", ("a"):rep(40)
  for name, call in pairs {
    find = function() regex:find(subject) end, match = function() regex:match(subject) end,
    gmatch = function() regex:gmatch(subject)() end, gsub = function() regex:gsub(subject, "") end,
    split = function() regex:split(subject) end, test = function() regex:test(subject) end,
  } do
    t.raises(call, "match limit exceeded %(%-47%)", name)
  end
  t.equal(regex:test "aab", true, "and the regex is still good")
end)

t.test("long texts are no problem where no backtracking is", function()
  local quoted = '"' .. ("text \\n "):rep(5000) .. '"'
  t.equal(#compile [["(?:[^"\\]|\\.)*"]]:match(quoted), #quoted)
  t.equal(compile "^(?:[a-z]+, ?)+$":test(("abc, "):rep(10000)), true)
  local big = ("x"):rep(64 * 1024 * 1024 - 6) .. "needle"
  t.equal({ compile "needle":find(big) }, { #big - 5, #big })
  t.raises(function() compile "a":test(big .. "x") end, "the subject is longer than 64 MiB")
  t.equal(#compile "\n":split(("line\n"):rep(100000)), 100001)
  t.equal(select(2, compile "b":gsub(("ab"):rep(100000), "c")), 100000)
end)

t.test("escape makes a pattern that matches a text and nothing else", function()
  local parts = {}
  for byte = 0, 127 do parts[#parts + 1] = string.char(byte) end
  for _, text in ipairs { table.concat(parts), "a.b*c", "", "é€", "[x]{1}(y)|^$\\", "# not a comment", "\\E\\Q",
    "\u{85}\u{200E}\u{2028}" } do
    local pattern = "^" .. re.escape(text) .. "$"
    t.equal(compile(pattern, "s"):match(text), text)
    t.equal(compile(pattern, "sx"):match(text), text)
    t.equal(compile(pattern, "s"):test(text .. "x"), false)
  end
  t.equal(compile("[" .. re.escape "a-z]^" .. "]+"):match "b-a]^z", "-a]^z")
end)

t.test("raises for arguments of another kind", function()
  local regex = compile "a"
  t.raises(function() re.compile() end, "string expected")
  t.raises(function() re.compile {} end, "string expected")
  t.raises(function() re.escape() end, "string expected")
  t.raises(function() regex:gsub("a", {}) end, "string expected")
  t.raises(function() regex:gsub "a" end, "string expected")
  for _, name in ipairs { "find", "match", "gmatch", "gsub", "split", "test" } do
    t.raises(function() regex[name](regex) end, "string expected", name)
    t.raises(function() regex[name]("a", "a") end, "pysec.re expected", name)
  end
end)

t.test("a regex that the collector took raises", function()
  local regex = compile "a"
  getmetatable(regex).__gc(regex)
  getmetatable(regex).__gc(regex)
  t.raises(function() regex:test "a" end, "the regex was freed")
end)

return t.finish()
