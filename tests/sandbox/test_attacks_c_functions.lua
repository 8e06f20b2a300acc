--- Attacks on the C functions that a policy reaches: odd and huge arguments, loops in which no instruction runs, and
-- memory.
local clock = require "pysec.clock"
local t = require "harness"
local attack = dofile(t.root .. "/tests/sandbox/attack.lua")

-- --- loops: each body runs for ever, under a count that never ends, and has to end at the deadline ---

local HOLLOW = "local h = {} for i = 1, 131072 do h['k' .. i] = 1 end for i = 1, 131072 do h['k' .. i] = nil end "
local LIST = "local t = {} for i = 1, 200000 do t[i] = i end "
local TEXT = "local s = ('ab'):rep(200000) "
local ZEROS = "local z = ('\\0'):rep(500000) local y = z .. 'x' "

local LOOPS = {
  next = HOLLOW .. "while true do next(h) next(h) next(h) next(h) end",
  pairs = HOLLOW .. "while true do pairs(h) pairs(h) pairs(h) end",
  ["pairs over long keys"] = [[local t = {} local p = ("x"):rep(440) for i = 1, 60000 do t[p .. i] = 1 end
    while true do pairs(t) end]],
  ["pairs over huge keys"] = [[local t = {} local p = ("x"):rep(400000) for i = 1, 60 do t[p .. i] = 1 end
    while true do pairs(t) end]],
  ["next over strings"] = "local t = {} for i = 1, 100000 do t['k' .. i] = 1 end while true do next(t, 'k5') end",
  ["a table arranged anew"] = [[local h, n, i = {}, {}, 1
    for k = 1, 131072 do h['k' .. k] = 1 n[k % 1000] = 'n' .. k end
    while true do h['k' .. i] = nil h[n[i % 1000] .. i] = 1 i = i % 131072 + 1 end]],
  ["json.encode of one emptied table many times"] = HOLLOW
    .. "local t = {} for i = 1, 150000 do t[i] = h end while true do json.encode(t) end",
  ["json.encode of a list"] = LIST .. "while true do pcall(json.encode, t) end",
  ["json.encode of what unfolds"] = "local t = 1 for i = 1, 16 do t = { t, t } end while true do json.encode(t) end",
  ["json.encode of many keys"] =
    "local t = {} for i = 1, 40000 do t['k' .. i] = i end while true do json.encode(t) end",
  ["json.decode of a list"] = "local s = '[' .. ('1,'):rep(100000) .. '1]' while true do json.decode(s) end",
  ["json.decode of objects"] = "local s = '[' .. ('{\"a\":{}},'):rep(30000) .. '1]' while true do json.decode(s) end",
  ["json.decode of a mistake at the end"] = "local s = (' '):rep(400000) while true do json.decode(s) end",
  ["json.decode of a number"] = "local s = ('1'):rep(400000) while true do json.decode(s) end",
  ["json.decode of escapes"] = "local s = '\"' .. ('\\\\u0041'):rep(60000) .. '\"' while true do json.decode(s) end",
  ["table.sort by C"] = LIST .. "while true do table.sort(t, rawequal) end",
  ["table.sort by what is never the same"] = LIST
    .. "local n = 0 while true do table.sort(t, function() n = n + 1 return n % 3 == 0 end) end",
  ["table.sort of long strings"] = [[local t = {} local p = ("x"):rep(300000) for i = 1, 60 do t[i] = p .. i % 7 end
    while true do table.sort(t) end]],
  ["table.concat"] = LIST .. "while true do pcall(table.concat, t, ' ', 1, 60000) end",
  ["table.concat of nothing"] = LIST .. "for i = 1, #t do t[i] = '' end while true do table.concat(t) end",
  ["table.insert at the front"] = LIST .. "while true do table.insert(t, 1, 0) table.remove(t, 1) end",
  ["table.unpack"] = LIST .. "while true do pcall(select, '#', table.unpack(t, 1, 100000)) end",
  ["table.pack"] = LIST .. "while true do table.pack(table.unpack(t, 1, 50000)) end",
  ["table.move"] = LIST .. "while true do table.move(t, 1, 200000, 2, t) end",
  ["varargs"] = LIST
    .. "local function f(...) while true do local a, b = select(-1, ...) end end f(table.unpack(t, 1, 60000))",
  ["select"] = LIST .. "while true do select(2, table.unpack(t, 1, 100000)) end",
  ["string.char and byte"] = TEXT .. "while true do string.char(s:byte(1, 60000)) end",
  ["utf8.char"] = LIST .. "while true do pcall(utf8.char, table.unpack(t, 1, 50000)) end",
  ["utf8.len"] = "local s = ('\\u{10FFFF}'):rep(100000) while true do utf8.len(s) end",
  ["utf8.offset"] = TEXT .. "while true do utf8.offset(s, 300000) utf8.offset(s, -300000) end",
  ["utf8.codepoint"] = TEXT .. "while true do utf8.codepoint(s, 1, 60000) end",
  ["utf8.codes"] = "local s = ('\\x80'):rep(400000) while true do pcall(utf8.codes(s), s, 1) end",
  ["string.rep"] = "while true do ('x'):rep(400000) end",
  ["string.rep of nothing, often"] = "while true do ('x'):rep(500000, '') end",
  ["string.reverse, upper, lower, sub"] = TEXT .. "while true do s:reverse():upper():lower():sub(2, -2) end",
  ["string.find of plain text"] = TEXT .. "local p = ('ab'):rep(100000) .. 'c' while true do s:find(p, 1, true) end",
  ["string.find of what nearly matches"] =
    "local s = ('a'):rep(400000) while true do s:find(('a'):rep(2000) .. 'b', 1, true) end",
  ["string.find with sets"] = TEXT .. "while true do s:find('[' .. ('x'):rep(400000) .. ']') end",
  ["string.find with %b and %f"] = "local s = ('('):rep(400000) while true do s:find('%b()') s:find('%f[)]') end",
  ["string.match with captures"] = "local s = ('a'):rep(3000) while true do s:match('(.-)(.-)(.-)b') end",
  ["string.match with %1"] = "local s = ('a'):rep(3000) while true do s:match('(a*)%1b') end",
  ["string.gsub by C"] = TEXT .. "while true do s:gsub('.', tostring) end",
  ["string.gsub by a table"] = TEXT .. "while true do s:gsub('.', {}) end",
  ["string.gsub of nothing"] = TEXT .. "while true do s:gsub('', '') end",
  ["string.gsub that grows"] = "local s = ('a'):rep(600) while true do s:gsub('a', ('%0'):rep(400)) end",
  ["string.gmatch"] = TEXT .. "while true do for _ in s:gmatch('x') do end end",
  ["string.format"] = TEXT .. "while true do s.format('%s %q %.90f', s, s:sub(1, 50000), 1e308) end",
  ["string.format of many"] = LIST
    .. "while true do pcall(string.format, ('%d'):rep(50000), table.unpack(t, 1, 50000)) end",
  ["tonumber"] = "local s = ('1'):rep(400000) while true do tonumber(s) tonumber(s, 10) tonumber('0.' .. s) end",
  ["arithmetic on long numerals"] = "local s = ('1'):rep(400000) while true do local x = s + s * s end",
  ["comparison of zeros"] = ZEROS .. "while true do local x = z < y x = z < y x = z < y x = z <= y x = z < y end",
  ["equality of long strings"] = ZEROS .. "local a = z .. '' while true do local x = a == z x = a == z x = a == z end",
  ["concatenation"] = TEXT .. "while true do local x = s .. 'a' .. 'b' x = s .. 1 end",
  ["math.fmod"] = "while true do math.fmod(1e308, 1e-308) local x = 1e308 % 1e-308 end",
  ["version.sort"] = "local t = {} for i = 1, 20000 do t[i] = '1.' .. i % 977 end while true do version.sort(t) end",
  ["version.matches"] = "local s = ('>=1,'):rep(100000) .. '>=1' while true do version.matches('1', s) end",
  ["version.normalize"] = "local s = '1' .. ('.0'):rep(200000) while true do version.normalize(s) end",
  ["version.compare"] = "local s = '1' .. ('.0'):rep(200000) while true do version.compare(s, s .. '.1') end",
  ["version.change"] = "local s = '1!' .. ('9'):rep(400000) while true do version.change(s, s) end",
  ["pcall in C"] = "while true do pcall(pcall, pcall, pcall, pcall, next, {}) end",
  ["ipairs by hand"] = LIST .. "local f = ipairs(t) while true do pcall(f, t, 5) end",
  ["error and its place"] = [[local function f(n) if n > 0 then return (f(n - 1)) end
    while true do pcall(error, "x", 1e9) end end f(5000)]],
  ["handing over one emptied table many times"] = HOLLOW
    .. "local t = {} for i = 1, 90000 do t[i] = h end while true do pcall(give, t) end",
  ["dropped regexes"] = "while true do re('a'):test('a') end",
}

t.test("no loop in C outlives the deadline", function()
  for name, body in pairs(LOOPS) do
    local started = clock.monotonic()
    local _, message = attack.run(body, { seconds = 0.03, instructions = 1e14 })
    t.match(message, "^p%.lua:%d+: ", name)
    t.truthy(message:find(attack.TIME) or message:find(attack.MEMORY) or message:find(attack.HANDED),
      name .. ": " .. message)
    t.truthy(clock.monotonic() - started < 5, name)
  end
  attack.host_serves()
end)

-- --- regexes: pattern, subject ---

local REGEXES = {
  { "(?:a|aa){17}[cd]", "('a'):rep(4000) .. 'x'" },
  { "^(a*)\\1*(?=(.*))\\2b", "('a'):rep(32000)" },
  { "^(?:(?=[ab]*+)a)*[c]$", "('a'):rep(20000) .. 'd'" },
  { "(a+)+$", "('a'):rep(30000) .. 'b'" },
  { "(.*)*(.*)*[xy]", "('a'):rep(30000)" },
  { "(?:.*?){50}[xy]", "('a'):rep(30000)" },
  { ("(?=.*[xy]|)"):rep(300) .. "[zw]", "('a'):rep(30000)" },
  { "(?<=[ab]{100})*[xy]", "('a'):rep(30000)" },
  { "(\\((?:[^()]|(?1))*+\\))", "('('):rep(30000)" },
  { "\\X*[xy]", "('\\u{1F1E6}'):rep(7000)" },
  { "(?i)(\\p{L}+\\p{L}+)+[!?]", "('\\u{df}'):rep(10000)" },
  { "(?:a?){90}a{90}[xy]", "('a'):rep(9000)" },
  { "[a]*+[b]", "('a'):rep(32000) .. 'cb'" },
  { "(a|b|ab)*(?=c)[xy]", "('ab'):rep(15000)" },
  { "(?R)?a[xy]", "('a'):rep(30000)" },
  { "^(?:x+x+)+y", "('x'):rep(32000)" },
  { "((a{0,5}){0,5}){0,5}[c]", "('a'):rep(20000)" },
  { "\\b(\\w+\\s?)+\\b[!]", "('ab '):rep(9000)" },
}

local CALLS = { "r:test(s)", "r:find(s, 2)", "r:gsub(s, '')", "r:split(s)", "r:gmatch(s)()", "r:match(s)" }

t.test("no regex outlives the deadline, by any method", function()
  for i, case in ipairs(REGEXES) do
    local started = clock.monotonic()
    local _, message = attack.run(("local r = re(%q, 's') local s = %s while true do pcall(function() %s end) end")
      :format(case[1], case[2], CALLS[i % #CALLS + 1]), { seconds = 0.03, instructions = 1e14 })
    t.match(message, "^p%.lua:1: " .. attack.TIME, case[1])
    t.truthy(clock.monotonic() - started < 5, case[1])
  end
  attack.host_serves()
end)

-- What takes the most time to compile within 4 KB.
t.test("making regexes in a loop ends at the deadline, and fills no memory", function()
  attack.bounded(250, function()
    for _, pattern in ipairs { "('((((a{1,9}){1,9}){1,9}){1,9}){1,9}')", "('(?:a|b)'):rep(500)",
      "('[\\\\p{L}\\\\p{N}]'):rep(300)", "'(?1)(' .. ('(?2)?(a?)'):rep(400) .. ')'",
      "('(?<='):rep(200) .. 'a' .. (')'):rep(200)", "('(?:'):rep(240) .. 'a' .. (')*'):rep(240)", "('(a)'):rep(1200)",
      "'(?i)' .. ('\\u{17f}k'):rep(1000)", "('a{0,200}'):rep(400)", "('(?|(a)|(b))'):rep(300)",
      "('(?<n' .. 'x' .. '>a)')", "('[[:alpha:]-z]'):rep(300)", "'(*' .. 'x'",
      "('\\\\Qab\\\\E'):rep(500)", "'('", "'a**'" } do
      local started = clock.monotonic()
      local _, message = attack.run(("local p = %s while true do pcall(re, p) pcall(re, p, 'i') end"):format(pattern),
        { seconds = 0.1, instructions = 1e14 })
      t.truthy(message:find(attack.TIME) or message:find(attack.HANDED), pattern .. ": " .. message)
      t.truthy(clock.monotonic() - started < 5, pattern)
    end
    attack.refused("local t = {} while true do t[#t + 1] = re('[\\\\p{L}\\\\p{N}]{1,300}' .. #t, 'i') end", ".",
      { budget = { seconds = 5, memory = 16 << 20 } })
  end)
  attack.refused("re(('a'):rep(5000))", "the pattern is longer than 4 KiB")
  attack.refused("ignore { id = ('a*'):rep(200000), reason = 'x' }", "ignore%.id: expected an id or alias")
end)

-- --- odd arguments: every function of every library with every odd value ---

local ODD = [[
local odd = { nil, true, 0, -1, 1, 2^53, -2^63, 2^63, 1e308, -1e308, 1/0, -1/0, 0/0, math.maxinteger, math.mininteger,
  2^31, -2^31, 4294967296, 1.5, "", "\0", "a", "0x", "1e999", ("x"):rep(1000), "%", "[", "%b", "(", "%f", "[a", "%1",
  "()", "^$", ".-", "\xff\xfe", "\u{7FFFFFFF}", {}, { 1 }, { n = 1e18 }, { [1] = 1, [2] = 1, [4] = 1, [8] = 1 }, error,
  function(...) return ... end, json.null, string, _ENV, re "a", re "(a)|(b)" }
local count = 48
local names, calls = {}, 0
for _, library in ipairs { "json", "math", "string", "table", "utf8", "version" } do
  for _, name in ipairs(given[library]) do names[#names + 1] = { library .. "." .. name, libraries[library][name] } end
end
for _, name in ipairs(given.base) do names[#names + 1] = { name, base[name] } end
for _, name in ipairs { "find", "match", "gmatch", "gsub", "split", "test" } do
  names[#names + 1] = { "re:" .. name, odd[count][name] }
end
for _, entry in ipairs(names) do
  local call = entry[2]
  if not call then error("no " .. entry[1]) end
  local function try(...)
    calls = calls + 1
    local list = table.pack(pcall(call, ...))
    for i = 2, list.n do
      local text = tostring(list[i])
      if text:find ": 0x%x%x%x%x%x%x" then error(entry[1] .. text) end
    end
  end
  try()
  for a = 1, count do
    try(odd[a])
    for b = 1, count do
      try(odd[a], odd[b])
      local c, d = (a * 7 + b * 3) % count + 1, (a * 5 + b * 11) % count + 1
      try(odd[a], odd[b], odd[c])
      try(odd[a], odd[b], odd[c], odd[d])
      try(odd[a], odd[b], odd[c], odd[d], odd[(c + d) % count + 1])
    end
  end
end
give(calls)
]]

local NAMES = { json = { "decode", "encode" },
  math = { "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "log", "max", "min", "modf",
    "rad", "sin", "sqrt", "tan", "tointeger", "type", "ult" },
  string = { "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep", "reverse", "sub",
    "upper" },
  table = { "concat", "insert", "move", "pack", "remove", "sort", "unpack" },
  utf8 = { "char", "codepoint", "codes", "len", "offset" },
  version = { "change", "compare", "is_prerelease", "matches", "normalize", "sort" },
  base = { "assert", "error", "ipairs", "next", "pairs", "pcall", "rawequal", "rawlen", "select", "tonumber",
    "tostring", "type" } }

t.test("odd arguments to every function: no crash, no address, no end of the host", function()
  local libraries = [[local libraries = { json = json, math = math, string = string, table = table, utf8 = utf8,
    version = version } local base = { assert = assert, error = error, ipairs = ipairs, next = next, pairs = pairs,
    pcall = pcall, rawequal = rawequal, rawlen = rawlen, select = select, tonumber = tonumber, tostring = tostring,
    type = type }
]]
  local given, message = attack.run(libraries .. ODD,
    { seconds = 60, instructions = 1e12, globals = { given = NAMES } })
  t.equal(message, nil)
  t.truthy(given[1][1] > 500000, tostring(given[1][1]))
  attack.host_serves()
end)

-- --- memory ---

local GROW = {
  ["small tables"] = "local t = {} while true do t = { t } end",
  ["a list"] = "local t = {} while true do t[#t + 1] = 1 end",
  ["keys"] = "local t, i = {}, 0 while true do i = i + 1 t['k' .. i] = i end",
  ["functions"] = "local t = {} while true do t[#t + 1] = function() return t end end",
  ["strings"] = "local t, s = {}, ('x'):rep(100000) while true do t[#t + 1] = s .. #t end",
  ["doubling"] = "local s = 'x' while true do s = s .. s end",
  ["doubling in pcall"] = "local s = 'x' while true do pcall(function() s = s .. s end) end",
  ["rep"] = "local t = {} while true do t[#t + 1] = ('x'):rep(400000 + #t) end",
  ["rep in pcall"] = "local t = {} while true do pcall(function() t[#t + 1] = ('x'):rep(400000 + #t) end) end",
  ["concat"] = "local t = {} for i = 1, 10000 do t[i] = ('x'):rep(1000) end while true do pcall(table.concat, t) end",
  ["gsub"] = "local s = ('a'):rep(10000) while true do pcall(string.gsub, s, 'a', ('b'):rep(100000)) end",
  ["recursion"] = "local function f() return 1 + f() end f()",
  ["recursion in pcall"] = "local function f() return 1 + f() end while true do pcall(f) end",
  ["varargs"] = "local function f(...) return f(1, 2, 3, 4, 5, 6, 7, 8, ...) end f()",
  ["closures' upvalues"] = "local f = function() end while true do local g = f f = function() return g end end",
  ["json"] = "local s = '[' .. ('{},'):rep(100000) .. '1]' local t = {} while true do t[#t + 1] = json.decode(s) end",
  ["unpack"] = "local t = {} while true do t[#t + 1] = { table.unpack({}, 1, 100000) } end",
  ["sort"] = "local t = {} for i = 1, 250000 do t[i] = i end while true do pcall(table.sort, t) t[#t + 1] = 1 end",
  ["near the limit"] = [[local t = {} for i = 1, 140000 do t[i] = { {}, {} } end local x = ('x'):rep(400000)
    while true do local y = x .. 'a' y = x .. 'b' t[#t + 1] = {} end]],
  ["one text handed out often"] = [[local s = ("x"):rep(400000) local t = {} for i = 1, 3000 do t[i] = s end
    while true do pcall(deny, { package = t }) end]],
  ["a length that is none"] = "local t = { [1]=1,[2]=1,[4]=1,[8]=1,[16]=1,[32]=1,[64]=1,[128]=1,[256]=1,[512]=1,"
    .. "[1024]=1,[2048]=1,[4096]=1,[8192]=1,[16384]=1,[32768]=1,[65536]=1,[131072]=1,[262144]=1,[524288]=1,"
    .. "[1048576]=1,[2097152]=1,[4194304]=1,[8388608]=1,[16777216]=1,[33554432]=1,[67108864]=1 } "
    .. "while true do pcall(deny, { package = t }) end",
  ["rules"] = "local i = 0 while true do i = i + 1 ignore { id = 'CVE-' .. i, reason = 'x' } end",
  ["reasons"] = "local s = ('x'):rep(400000) while true do ignore { id = 'CVE-1', reason = s } end",
  ["mistakes"] = "while true do ignore {} end",
  ["hooks"] = "while true do on('finding', function() end) end",
  ["unknown names"] = "local i = 0 while true do i = i + 1 local x = _ENV['x' .. i] end",
  ["long unknown names"] = "while true do local x = _ENV[('x'):rep(400000)] end",
  ["long unknown fields"] = "while true do ignore { [('x'):rep(400000)] = 1 } end",
  ["includes"] = "while true do include(('x'):rep(400000)) end",
  ["names"] = "while true do name(('x'):rep(400000)) end",
}

t.test("what grows is stopped, and the process stays small", function()
  attack.bounded(150, function()
    for name, text in pairs(GROW) do
      local set, message = attack.load(text, { budget = { seconds = 1, memory = 16 << 20 } })
      t.equal(set, nil, name)
      t.match(message, "evil%.lua:%d+: [^\n]*the policy [^\n]*", name)
    end
  end)
  attack.host_serves()
end)

t.test("policies that fill their memory leave nothing behind", function()
  attack.bounded(100, function()
    for _ = 1, 15 do
      attack.load("local t = {} while true do t[#t + 1] = ('x'):rep(400000) .. #t end", { budget = {} })
    end
  end)
  attack.host_serves()
end)

return t.finish()
