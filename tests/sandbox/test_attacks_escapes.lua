--- Attacks that want out of the sandbox, into another policy, or to see what would make a verdict change.
local env = require "pysec.env"
local json = require "pysec.json"
local policy = require "pysec.policy"
local t = require "harness"
local tool = require "pysec.tool"
local attack = dofile(t.root .. "/tests/sandbox/attack.lua")

-- --- names, metatables, environments ---

t.test("nothing of the outside is there", function()
  for _, name in ipairs { "os", "io", "require", "package", "dofile", "loadfile", "load", "loadstring", "print",
    "debug",
    "coroutine", "collectgarbage", "setmetatable", "getmetatable", "rawset", "rawget", "xpcall", "_G", "getfenv",
      "setfenv",
    "unpack", "arg", "_VERSION", "pysec", "newproxy", "warn", "module", "policy", "sandbox", "fs", "env", "tool",
      "host",
    "__index", "_LOADED", "LUA_PATH", "bit32", "ffi", "jit" } do
    attack.refused(("local x = %s"):format(name), ".*'" .. name .. "'")
    attack.refused(("local x = _ENV[%q]"):format(name), ".*'" .. name .. "'")
  end
  for _, field in ipairs { "string.dump", "string.pack", "string.unpack", "string.packsize", "math.random",
    "math.randomseed",
    "json.read", "json.write", "json.array", "json.batches", "re.compile", "clock.now", "clock.monotonic",
      "clock.timestamp",
    "utf8.charpattern.x", "table.foreach", "os.time", "io.open" } do
    attack.refused(("%s()"):format(field), ".")
  end
end)

local NO_METATABLE = {
  "local r = re 'a' r.__gc()", "local r = re 'a' r.__index = {}", "local r = re 'a' r.test = error",
    "local r = re 'a' r.__metatable()",
  "local s = '' s.__index.upper = error", "('').__add()", "local x = ('')['__index'] x.y = 1", "_ENV.__index = {}",
    "_ENV.x = 1",
  "string.__index.upper = error", "json.null.x = 1", "local x = json.null + 1", "local a = json.decode '[]' a.__name()",
  "table.insert(_ENV, 1)", "table.insert(string, 1)", "table.move({ 1 }, 1, 1, 1, _ENV)",
    "table.sort(_ENV) _ENV[1] = 2",
  "table.move({ 1, 2 }, 1, 2, 1, math)", "table.remove(string) string[0] = 1", "local _ENV = string upper = error",
  "clock.today = error", "clock.x = 1", "ignore.x = 1", "ignore = error", "function string.upper() end",
    "function error() end",
  "local s = string s.format = nil", "for k in pairs(string) do error(k) end string.x = 1",
  "local x <const>, y <close> = 1, string", "goto out do ::out:: end", "local x = #error", "local x = -string .. ''",
  "local x = re 'a' < re 'b'", "local x = {} x[nil] = 1", "local x = {} x[0/0] = 1", "local f = string.rep f.x = 1",
}

t.test("no metatable, library or function can be changed or reached", function()
  for _, text in ipairs(NO_METATABLE) do attack.refused(text, ".") end
end)

t.test("the environment of a file is its own", function()
  attack.harmless [[
local _ENV = { error = error } x = 1 if x ~= 1 then error "lost" end]]
  attack.harmless [[
local function f() local _ENV = {} y = 1 return y end f()]]
  -- What one file does to its _ENV, or to what it got, the other does not see.
  for _, evil in ipairs { "local _ENV = {} string = nil", "local e = _ENV pcall(function() e.leak = 1 end)",
    "local t = table.pack(re 'a', ignore, string) t[3] = nil", "pcall(function() string.leak = 1 end)",
    "local x = json.decode '[]' x.leak = 1", "pcall(function() clock.leak = 1 end)" } do
    local set = assert(policy.load({}, { sources = { { name = "evil.lua", text = evil }, { name = "b.lua", text = [[
      on("finding", function(f)
        local ok, leak = pcall(function() return leak end)
        if ok and leak or string.leak or clock.leak or json.decode "[]".leak or not string.upper then return "block",
          "leaked" end
        return "warn", f.id
      end)]] } } }))
    t.equal(assert(set:decide { attack.finding() })[1].verdict, "warn", evil)
  end
  attack.host_serves()
end)

t.test("what stands for an unknown name opens nothing", function()
  attack.refused("local x = nothing x.y = 1 x[1] = x local z = x(x)(x).a.b.c(1)[2]", "nothing is called 'nothing'")
  attack.refused("while nothing do end", ".*", { budget = { instructions = 100000 } })
  attack.refused("ignore(nothing) deny { package = nothing } on(nothing, nothing) re(nothing) include(nothing)", ".")
  attack.refused("for k, v in pairs(nothing) do end for i in nothing do break end json.encode(nothing)", ".")
end)

t.test("a hook of one file cannot make rules, nor reach those of another", function()
  for _, rule in ipairs { "ignore { id = '*', reason = 'x' }", "delegate { ignore = true }", "include 'default'",
    "on('finding', function() end)", "name 'x'", "severity { warn = 'low' }" } do
    attack.fails("on('finding', function() " .. rule .. " end)", "rules are made while a policy loads")
    attack.fails("local f = " .. rule:match "^%a+" .. " on('finding', function() f { id = '*', reason = 'x' } end)",
      "rules are made while a policy loads")
  end
  attack.harmless("on('finding', function() pcall(ignore, { id = '*', reason = 'x' }) end)")
  t.equal(attack.harmless("on('finding', function() pcall(ignore, { id = '*', reason = 'x' }) end)")[1].verdict, "fail")
end)

t.test("error objects carry nothing out, and cannot pretend a place", function()
  for _, value in ipairs { "{}", "error", "nil", "true", "json.null", "re 'a'", "string", "{ policy = 'x' }",
    "{ usage = 'x' }",
    "{ failed = 'x' }", "{ exit = 0 }" } do
    attack.refused(("\n\nerror(%s)"):format(value), "the policy raised a %a+$")
    attack.fails(("\non('finding', function() error(%s) end)"):format(value), "the policy raised a %a+$")
  end
  for _, text in ipairs { "'interrupted', 0", "'other.lua:7: it was me', 0", "'x\\nother.lua:7: it was me', 0",
    "'evil.lua:x: y', 0", "'', 0", "':1: x', 0", "('x'):rep(400000), 0", "('other.lua:1: '):rep(1000), 0" } do
    local set, message = attack.load(("error(%s)"):format(text))
    t.equal(set, nil)
    t.match(message, "^evil%.lua")
    t.lacks(message, "\n")
    t.truthy(#message < 3000)
  end
  attack.fails("on('finding', function() error('other.lua:7: it was me', 0) end)", "other.lua:7: it was me$")
  attack.fails("on('finding', function() error(('x'):rep(400000)) end)", "x+%.%.%.$")
  attack.host_serves()
end)

-- --- determinism ---

local CURIOUS = [==[
local seen = {}
local function see(...) local list = table.pack(...) for i = 1, list.n do seen[#seen + 1] = tostring(list[i]) end end
local t = { zeta = 1, alpha = 2, [1] = 3, [2.5] = 4, [true] = 5, [-1] = 6, [1e300] = 7, beta = {},
  ["a\0b"] = 8, [3] = 9 }
for i = 1, 300 do t["key" .. i * 7919 % 1000] = i end
for k, v in pairs(t) do see(k, v) end
for k in next, t do see(k) end
for k in pairs(f) do see(k) end
see(error, t, re "a", json.null, string, _ENV, function() end, print_nothing)
see(json.encode(t.beta), pcall(json.encode, t), pcall(json.encode, { [t] = 1 }),
  pcall(json.encode, { 1, zz = 1, aa = 1 }))
see(pcall(json.encode, { [error] = 1, [true] = 1, [1.5] = 1, x = 1 }), pcall(next, { [t] = 1 }),
  pcall(pairs, { [error] = 1 }))
see(pcall(error, t), pcall(error, error), pcall(string.rep), pcall(string.format, "%p", t),
  pcall(string.format, "%s %q", t, 1))
see(pcall(t), pcall(function() return t + 1 end), pcall(function() return t .. "" end),
  pcall(function() return t < t end))
see(pcall(table.concat, { t }), pcall(ipairs), pcall(setmetatable_nothing), pcall(table.sort, { 3, 1, "x" }))
local list = {} for i = 1, 100 do list[i] = { i % 7, i } end
table.sort(list, function(a, b) return a[1] < b[1] end)
for i = 1, 100 do see(list[i][2]) end
pcall(table.sort, list, function(a, b) return true end)
for i = 1, 100 do see(list[i][2]) end
see(1e15, 2^53, 0.1, -0.0, 1/0, 100 // 1e-3, 3 % -2, 1e100, math.pi, math.maxinteger + 1.0, ("x"):byte(1, -1))
see(tostring(2^63), math.tointeger(3.0), #t, ("%5.1f|%g|%a"):format(3.14159, 1e20, 1), os_nothing)
see(version.sort({ "1.0", "1", "1.0.0", "2rc1", "2" })[1], clock.today(), #json.encode(version.sort { "1", "1.0",
  "1.0.0" }))
for k in ("zb a"):gmatch "." do see(k) end
local words = {} for w in pairs({ x = 1, y = 2, z = 3, w = 4, v = 5,
  u = 6 }) do words[#words + 1] = w end see(table.concat(words))
return table.concat(seen, ",")
]==]

--- The text that the curious policy gives as its reason.
local function curious()
  local body = CURIOUS:gsub("print_nothing", "nil"):gsub("setmetatable_nothing", "nil"):gsub("os_nothing", "nil")
  return "on('finding', function(f) local function look() " .. body .. " end return 'warn', look() end)"
end

t.test("what a policy can see is the same in states of one process", function()
  local first
  for _ = 1, 10 do
    local set = assert(policy.load({}, { sources = { { name = "evil.lua", text = curious() } }, today = "2026-06-01" }))
    local reason = assert(set:decide { attack.finding() })[1].reason
    t.lacks(reason, "0x5")
    t.lacks(reason, "0x7")
    t.truthy(#reason > 3000)
    first = first or reason
    t.equal(reason, first)
  end
end)

t.test("what a policy can see is the same in twenty processes, whatever their environment, folder and time", function()
  local folder = t.files(t.tempdir(), { ["evil.lua"] = curious(),
    ["list.json"] = json.encode { attack.finding { sources = json.array { "osv" }, aliases = json.array() } } })
  local first
  for i = 1, 20 do
    local settings = env.list()
    settings.SOURCE_DATE_EPOCH, settings["SECRET" .. i], settings.LC_ALL = "1780300800", ("x"):rep(i * 100), "C.UTF-8"
    settings.TZ, settings.LANG = i % 2 == 0 and "Asia/Tokyo" or "UTC", i % 3 == 0 and "de_DE.UTF-8" or "C"
    local result = assert(tool.run { t.program, "eval", "--policy", "evil.lua", "--format", "json",
      "list.json", cwd = folder,
      env = settings, timeout = 60 })
    t.equal(result.code, 0, result.stderr)
    first = first or result.stdout
    t.equal(result.stdout, first)
  end
  t.lacks(first, "SECRET")
  t.contains(first, "2026-06-01")
end)

t.test("which of several mistakes is told does not change", function()
  for _, text in ipairs { "delegate { ignore = { bbb = 1, aaa = 2, ccc = 3, [1] = 4 } }",
    "ignore { z = 1, y = 2, x = 3, [{}] = 1 }",
    "severity { a = 1, [true] = 2, [2.5] = 3, [error] = 4 }", "deny { package = { x = 1, y = 2 } }" } do
    local first
    for _ = 1, 20 do
      local _, message = attack.load(text)
      first = first or message
      t.equal(message, first)
      t.lacks(message, "0x")
    end
  end
end)

return t.finish()
