--- The threats to the sandbox of policies, one test each, named after the trick.
local clock = require "pysec.clock"
local fs = require "pysec.fs"
local policy = require "pysec.policy"
local t = require "harness"
local tool = require "pysec.tool"
local attack = dofile(t.root .. "/tests/sandbox/attack.lua")

t.test("endless loop", function()
  for _, text in ipairs { "while true do end", "repeat until false", "::a:: goto a", "for i = 1, math.huge do end",
    "local function f() return f() end f()", "for i = 1, 2, 0.0000000001 do end" } do
    attack.refused(text, attack.COUNT, { budget = { instructions = 1000000, seconds = 5 } })
    attack.refused(text, attack.TIME, { budget = { instructions = 1e14, seconds = 0.1 } })
  end
end)

t.test("swallowed limit", function()
  local small = { budget = { instructions = 1000000, seconds = 5 } }
  attack.refused("local function spin() while true do end end while true do pcall(spin) end", attack.COUNT, small)
  attack.refused("while true do pcall(pcall, error) end", attack.COUNT, small)
  attack.refused([[local function nest(n) while true do pcall(n > 150 and error or nest, n + 1) end end nest(1)]],
    attack.COUNT, small)
  attack.refused("xpcall(error, function() while true do end end)", "there is no 'xpcall': say pcall", small)
end)

t.test("finalizers", function()
  attack.refused("local function spin() while true do end end setmetatable({}, { __gc = spin })",
    "there is no 'setmetatable'")
  attack.refused("getmetatable('').__gc = 1", "there is no 'getmetatable'")
  attack.refused("local x <close> = { __close = error }", "variable 'x' got a non%-closable value")
end)

t.test("loops inside C functions", function()
  attack.refused("local s = (''):rep(1e18) while true do s = s:rep(1e18) end", attack.COUNT,
    { budget = { instructions = 1000000 } })
  attack.refused("table.move({}, 1, 2^40, 2)", "bad argument #3 to 'move'")
  attack.refused("while true do pcall(table.move, {}, 1, 1000000, 2) end", attack.COUNT,
    { budget = { instructions = 5000000, seconds = 5 } })
  attack.refused("('a'):rep(3000):find('.-.-.-.-b')", attack.COUNT,
    { budget = { instructions = 5000000, seconds = 5 } })
  attack.refused("('a'):rep(3000):find('.-.-.-.-b')", attack.TIME, { budget = { instructions = 1e14, seconds = 0.2 } })
end)

t.test("memory", function()
  attack.bounded(150, function()
    attack.refused("local s = ('x'):rep(2^30)", "resulting string too large")
    attack.refused("local s = 'x' while true do s = s .. s end", attack.MEMORY)
    attack.refused("local t = {} while true do t[#t + 1] = {} end", attack.MEMORY)
    attack.refused("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(400000) .. i end", attack.MEMORY)
    attack.refused("local s = ('x'):rep(400000) local t = {} for i = 1, 100 do t[i] = s end table.concat(t)",
      attack.MEMORY)
    attack.refused("local s = ('x'):rep(400000) local t = {} for i = 1, 100 do t[i] = s end json.encode(t)",
      attack.MEMORY)
    attack.refused("json.decode('[' .. ('[],'):rep(160000) .. '[]]')", attack.MEMORY,
      { budget = { memory = 8 << 20, seconds = 5 } })
  end)
end)

t.test("bytecode", function()
  local code = string.dump(assert(load "severity { fail = 'low' } while true do end"))
  local set, message = attack.load(code)
  t.equal(set, nil)
  t.match(message, "^evil%.lua:1: attempt to load a binary chunk")
  for i = 5, 60, 5 do t.equal(attack.load(code:sub(1, i) .. "\255" .. code:sub(i + 2)), nil) end
  attack.refused("string.dump(function() end)", "attempt to call a nil value %(field 'dump'%)")
  attack.refused(("load(%q)"):format(code:gsub("%c", "x")), "there is no 'load'")
  attack.host_serves()
end)

t.test("shared state", function()
  attack.refused("string.upper = error", "'string' is shared and cannot be changed")
  attack.refused("type = nil", "'type' cannot be set")
  attack.refused("getmetatable('').__index.upper = error", "there is no 'getmetatable'")
  attack.refused("local s = '' s.upper = error", "attempt to index a string value")
  -- Two files of one set share nothing but the findings.
  local set = assert(policy.load({}, { sources = {
    { name = "a.lua", text = "local n = 0 on('finding', function(f) f.severity = 'low' f.id = 'X' n = n + 1 end)" },
    { name = "b.lua", text = "on('finding', function(f) return 'block', f.id .. f.severity end)" },
  } }))
  t.equal(assert(set:decide { attack.finding() })[1].reason, "CVE-2024-1high")
end)

t.test("JSON depth", function()
  attack.refused("json.decode_max_depth(1e8)", "attempt to call a nil value %(field 'decode_max_depth'%)")
  local given = attack.run [[
    local value, message = json.decode(("["):rep(400000)) give(value, message)
    give(json.decode(("["):rep(64) .. ("]"):rep(64)) ~= nil)
    local deep = {} for i = 1, 64 do deep = { deep } end give(pcall(json.encode, deep))
    local cycle = {} cycle[1] = cycle give(pcall(json.encode, cycle))]]
  t.equal(given[1][1], nil)
  t.match(given[1][2], "nested deeper than 64")
  t.equal(given[2][1], true)
  for i = 3, 4 do
    t.equal(given[i][1], false)
    t.match(given[i][2], "nested deeper than 64 levels, or a table that holds itself")
  end
end)

t.test("loose JSON", function()
  for _, text in ipairs { "NaN", "1e999", "01", '{"a":1,"a":2}', '"\255"', "[1,]", "[1] x", "'a'", "+1", '"\1"' } do
    local given = attack.run(("give(json.decode(%q))"):format(text))
    t.equal(given[1][1], nil, text)
    t.match(given[1][2], "^line 1, column", text)
  end
end)

t.test("lossy JSON", function()
  local given = attack.run [==[
    give(json.decode "9007199254740993", json.encode(json.decode "[]"), json.encode(json.decode "{}"),
      json.encode(json.decode "[1,1.0,\"1\"]"), json.decode "null" == json.null)]==]
  t.equal({ table.unpack(given[1], 1, 5) }, { 9007199254740993, "[]", "{}", '[1,1.0,"1"]', true })
end)

t.test("regex blow-up", function()
  local given = attack.run [[local r = re "^(?:a|aa)+[bc]" give(pcall(r.test, r, ("a"):rep(5000) .. "x"))]]
  t.equal(given[1][1], false)
  t.match(given[1][2], "limit exceeded")
  -- The limit is that of one place where a match may begin.
  local _, message = attack.run([[local r = re "(?:a|aa){17}[cd]" r:test(("a"):rep(4000) .. "x")]], { seconds = 0.3 })
  t.match(message, "^p%.lua:1: " .. attack.TIME)
end)

t.test("regex that escapes the limit", function()
  attack.refused("re '(*NO_START_OPT)[a]*+b'", "re .*a pattern does not start with")
  attack.refused("re '(*LIMIT_MATCH=4000000000)a'", "re .*a pattern does not start with")
  local _, message = attack.run([[
    local r = re "[a]*+b" local s = ("a"):rep(32000) .. "cb" while true do r:test(s) end]], { seconds = 0.3 })
  t.match(message, "^p%.lua:1: " .. attack.TIME)
  local given = attack.run [[local r = re "a" give(pcall(r.test, r, ("a"):rep(100000)))]]
  t.match(given[1][2], "no text longer than 32 KiB")
end)

t.test("include out of the tree", function()
  local folder = t.files(t.tempdir(), { ["secret.lua"] = "deny { package = 'secret' }", ["p/sub/in.lua"] = "name 'in'",
    ["q/out.lua"] = "name 'out'" })
  for link, target in pairs { ["link.lua"] = "../secret.lua", folder = "../q", ["inside.lua"] = "sub/in.lua" } do
    assert(tool.run { "/bin/ln", "-s", target, folder .. "/p/" .. link })
  end
  for wanted, problem in pairs {
    ["../secret.lua"] = "only files beside or below this one", ["sub/../../secret.lua"] = "only files beside",
    [folder .. "/secret.lua"] = "expected a path relative to this file", ["/etc/passwd"] = "expected a path relative",
    ["link.lua"] = "only files beside", ["folder/out.lua"] = "only files beside", ["gone.lua"] = "No such file",
    ["../../../../../../etc/passwd"] = "", ["/dev/zero"] = "expected a path relative", ["./"] = "",
  } do
    assert(fs.write(folder .. "/p/evil.lua", ("\ninclude %q"):format(wanted)))
    local set, message = attack.timed(1, policy.load, { folder .. "/p/evil.lua" })
    t.equal(set, nil, wanted)
    t.contains(message, "evil.lua:2: include ", wanted)
    t.match(message, problem, wanted)
  end
  assert(fs.write(folder .. "/p/evil.lua", "include 'inside.lua' include 'sub/in.lua'"))
  assert(policy.load { folder .. "/p/evil.lua" })
  attack.host_serves()
end)

-- Each look at an emptied table goes over its empty slots, and is one step.
t.test("the budgets that are there by themselves end a loop that C functions hide from the count", function()
  local started = clock.monotonic()
  attack.refused([[
local hollow = {}
for i = 1, 131072 do hollow["k" .. i] = 1 end
for i = 1, 131072 do hollow["k" .. i] = nil end
while true do next(hollow) end]], "the policy ran longer than 10 s", { budget = {} })
  t.truthy(clock.monotonic() - started > 9)
  attack.refused("while true do end", "the policy went over its budget of 100000000 instructions",
    { budget = { seconds = 60 } })
  attack.refused("local t = {} while true do t = { t } end", attack.MEMORY .. " %(67108864 bytes", { budget = {} })
end)

return t.finish()
