--- Attacks of hooks while findings are decided, on the bridge between the two states, and by catching errors.
local t = require "harness"
local sandbox = require "pysec.sandbox"
local clock = require "pysec.clock"
local policy = require "pysec.policy"
local attack = dofile(t.root .. "/tests/sandbox/attack.lua")

-- --- hooks ---

local function on(body, event)
  return ("\non(%q, function(f) %s end)"):format(event or "finding", body)
end

t.test("hooks that do not end", function()
  for _, body in ipairs { "while true do end", "while true do pcall(error) end",
    "return pcall(function() while true do end end)",
    "f.summary = ('a'):rep(3000) return f.summary:find '.-.-.-.-b'" } do
    attack.fails(on(body), attack.COUNT, { budget = { instructions = 1000000, seconds = 5 } })
    attack.fails(on(body), attack.TIME, { budget = { instructions = 1e14, seconds = 0.1 } })
  end
  attack.fails("local t = {} " .. on "while true do t[#t + 1] = f end", attack.MEMORY)
end)

t.test("a hook that keeps all findings fills its own memory alone", function()
  local findings = {}
  for i = 1, 3000 do findings[i] = attack.finding { id = "X-" .. i, summary = ("x"):rep(3000) } end
  attack.bounded(100, function()
    attack.fails("local t = {} " .. on "t[#t + 1] = f", attack.MEMORY, { findings = findings,
      budget = { memory = 4 << 20 } })
  end)
end)

t.test("a broken policy stays broken, and says the same each time", function()
  local set = assert(policy.load({}, { budget = { instructions = 100000 }, sources = {
    { name = "evil.lua", text = on "if f.id == 'X' then while true do end end return 'warn'" } } }))
  t.equal(assert(set:decide { attack.finding() })[1].verdict, "warn")
  for _ = 1, 3 do
    local decisions, message = set:decide { attack.finding(), attack.finding { id = "X" } }
    t.equal(decisions, nil)
    t.match(message, "^evil%.lua:2: " .. attack.COUNT)
  end
  local judged, message = set:judge { { package = "a", from = "1", to = "2" } }
  t.truthy(judged or message:find "budget")
  attack.host_serves()
end)

local ANSWERS = { "1", "{}", "true", "false", "error", "json.null", "re 'a'", "''", "'BLOCK'", "'block '",
  "('x'):rep(400000)", "0/0",
  "string", "{ 'block' }", "f", "'warn', 1", "'warn', {}", "'warn', error", "'ignore', true", "'block\\0'" }

t.test("answers that are none", function()
  for _, answer in ipairs(ANSWERS) do attack.fails(on("return " .. answer), ".") end
  for _, event in ipairs { "package", "audit" } do
    for _, answer in ipairs(ANSWERS) do
      if answer ~= "f" then attack.fails(on("return " .. answer, event), ".") end
    end
  end
  attack.fails(on "return nil, error", "a function cannot be handed over")
  t.equal(attack.harmless(on "return 'warn', nil, f, {}, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10")[1].verdict, "warn")
  t.equal(attack.harmless(on "return 'warn', 'x', table.unpack({}, 1, 100000)")[1].verdict, "warn")
  t.equal(attack.harmless(on "return 'warn', 'a\\0b\\27[31m'")[1].verdict, "warn")
end)

t.test("answers that are huge", function()
  attack.bounded(150, function()
    local findings = {}
    for i = 1, 1000 do findings[i] = attack.finding { id = "X-" .. i } end
    attack.fails(on "return 'warn', ('x'):rep(400000) .. f.id", ".", { findings = findings })
    attack.fails(on "return { ('x'):rep(400000), ('y'):rep(400000) }", ".", { findings = findings })
    attack.fails(on "local t = {} for i = 1, 100000 do t[i] = {} end return t", ".")
    attack.fails(on "local t = {} for i = 1, 70 do t = { t } end return t", "tables nested deeper")
    attack.fails(on "local t = {} for i = 1, 60 do t = { t, t } end return t", ".")
    attack.fails(on "local t = {} t.t = t return t", "tables nested deeper")
    attack.fails(on [[local h = {} for i = 1, 131072 do h['k' .. i] = 1 end for i = 1, 131072 do h['k' .. i] = nil end
      local t = {} for i = 1, 90000 do t[i] = h end return t]], attack.TIME, { budget = { seconds = 0.3 } })
    attack.fails(on "return function() end", "a function cannot be handed over")
    attack.fails(on "return { error }", "a function cannot be handed over")
    attack.fails(on "return { [f] = f, [{}] = {} }, f, f, f, f, f, f, f, f, f", ".")
  end)
end)

t.test("what a hook does to a finding changes nothing", function()
  local finding = attack.finding()
  local set = assert(policy.load({}, { sources = { { name = "evil.lua", text = [[
local kept
on("finding", function(f)
  if kept then kept.severity = "none" end
  kept = f
  f.severity, f.id, f.package, f.aliases[1] = "none", "Y", nil, "CVE-0"
  for k in pairs(f) do f[k] = nil end
end)
on("finding", function(f) return "warn", f.id .. f.severity end)]] } } }))
  t.equal(assert(set:decide { finding })[1].reason, "CVE-2024-1high")
  t.equal(finding, attack.finding())
end)

t.test("hooks of upgrades", function()
  local function judge(text)
    local set = assert(policy.load({}, { sources = { { name = "evil.lua", text = text } }, budget = { seconds = 1 } }))
    return attack.timed(1, set.judge, set, { { package = "a", from = "1", to = "2", fixes = {} } })
  end
  for _, body in ipairs { "while true do end", "error {}", "return 1", "return 'block'", "return ('x'):rep(400000)",
    "error 'x'",
    "f.to = '0' return {}" } do
    local upgrades, message = judge(on(body, "upgrade"))
    t.equal(upgrades, nil, body)
    t.match(message, "^evil%.lua:2: ", body)
  end
  t.equal(assert(judge(on("f.allowed = true f.package = 'b' return 'refuse', f.to", "upgrade")))[1].reason, "2")
  attack.host_serves()
end)

-- --- the bridge ---

local function box(text, globals, options)
  local kept = {}
  options = options or {}
  globals = globals or {}
  globals.keep = function(body) kept[#kept + 1] = body end
  options.globals, options.seconds = globals, options.seconds or 2
  local own = sandbox.new(options)
  assert(own:run("p.lua", text))
  return kept, own
end

t.test("recursion from policy to outside to policy", function()
  local kept
  kept = box("keep(function(n) return again(n + 1) end)", { again = function(n) return kept[1](n) end })
  local ok, message = pcall(kept[1], 1)
  t.equal(ok, false)
  t.match(message, "overflow")
  kept = box("keep(function(n) return pcall(again, n + 1) end)", { again = function(n) return kept[1](n) end })
  attack.timed(2, pcall, kept[1], 1)
  kept = box("keep(function(n) if n > 30 then while true do end end return pcall(again, n + 1) end)",
    { again = function(n) return kept[1](n) end }, { instructions = 1000000 })
  t.raises(function() kept[1](1) end, "^p%.lua:1: the policy went over its budget")
  attack.host_serves()
end)

t.test("errors that cross both ways, many times", function()
  local kept = box("keep(function(n) for i = 1, 20000 do pcall(fail, i) end return 'done' end)", {
    fail = function(i) if i % 2 == 0 then error "x" else error {} end end })
  t.equal({ kept[1]() }, { "done" })
  kept = box("keep(function() error 'inside' end)")
  for _ = 1, 20000 do pcall(kept[1]) end
  kept = box("keep(function() for i = 1, 1000 do pcall(give, cycle, i) end return 1 end)", { give = function() end,
    cycle = {} })
  t.equal({ kept[1]() }, { 1 })
  -- Values that the sandbox does not take.
  kept = box("keep(function() local n = 0 for i = 1, 5000 do if not pcall(thread) then n = n + 1 end end return n end)",
    { thread = function() return coroutine.create(print) end })
  t.equal({ kept[1]() }, { 5000 })
end)

t.test("thousands of functions, and more functions than memory", function()
  local kept = box("for i = 1, 5000 do keep(function() return i end) end")
  t.equal(#kept, 5000)
  for i = 1, 5000, 77 do t.equal({ kept[i]() }, { i }) end
  local count = 0
  local own = sandbox.new { memory = 2 << 20, seconds = 5, globals = { keep = function() count = count + 1 end } }
  t.raises(function() own:run("p.lua", "while true do keep(function() end) end") end, "budget of memory")
  t.truthy(count > 100)
end)

t.test("a sandbox that is closed, collected or broken while its functions live", function()
  local kept = box("keep(function() return 1 end) keep(function() collect() return 2 end)", {
    collect = function() collectgarbage() end })
  collectgarbage()
  t.equal({ kept[1]() }, { 1 })
  t.equal({ kept[2]() }, { 2 })
  local more, own = box("keep(function() return 1 end)")
  own:close()
  collectgarbage()
  t.raises(more[1], "the sandbox was closed")
end)

t.test("coroutines of the outside", function()
  local kept = box("keep(function(n) return outside(n) end)", { outside = function(n) return n + 1 end })
  local threads = {}
  for i = 1, 50 do
    threads[i] = coroutine.wrap(function()
      coroutine.yield(kept[1](i))
      return kept[1](i + 1)
    end)
  end
  for i = 1, 50 do t.equal(threads[i](), i + 1) end
  collectgarbage()
  for i = 1, 50 do t.equal(threads[i](), i + 2) end
  -- A yield across the wall is an error, not a way out.
  kept = box("keep(function() return pcall(outside) end)", { outside = function() return coroutine.yield(1) end })
  local ok, caught, message = coroutine.wrap(function() return true, kept[1]() end)()
  t.equal({ ok, caught }, { true, false })
  t.match(message, "yield")
  attack.host_serves()
end)

t.test("a policy cannot use up what the outside needs", function()
  local kept = box("keep(function(...) return select('#', ...) end)")
  local many = {}
  for i = 1, 5000 do many[i] = i end
  t.equal({ kept[1](table.unpack(many)) }, { 5000 })
  local seen
  kept = box("keep(function() return give(table.unpack({}, 1, 5000)) end)", {
    give = function(...) seen = select("#", ...) end })
  kept[1]()
  t.equal(seen, 5000)
  kept = box("keep(function() while true do pcall(give, table.unpack({}, 1, 100000)) end end)",
    { give = function() end })
  t.raises(kept[1], "^p%.lua:1: the policy ")
end)

-- --- catching what ends it ---

local CATCHERS = {
  pcall = "while true do pcall(spin) end",
  ["pcall of pcall"] = "while true do pcall(pcall, pcall, pcall, spin) end",
  ["nested to the limit"] = "local function nest(n) pcall(n < 150 and nest or spin, n + 1) return nest(n) end nest(1)",
  ["in a comparison"] = "while true do pcall(table.sort, { 1, 2, 3 }, function() pcall(spin) return true end) end",
  ["in gsub"] = "while true do pcall(string.gsub, 'aaa', 'a', function() pcall(spin) end) end",
  ["in a regex's gsub"] = "local r = re 'a' while true do pcall(r.gsub, r, 'aaa', function() pcall(spin) end) end",
  ["in an iterator"] =
    "while true do pcall(function() for _ in function() pcall(spin) return 1 end do pcall(spin) end end) end",
  ["with an error in it"] = "while true do pcall(function() local ok, m = pcall(spin) error(m) end) end",
  ["with an object"] = "while true do pcall(function() pcall(spin) error({}) end) end",
  ["by error as C"] = "while true do pcall(error, { spin }) pcall(pcall, error) pcall(assert, false, {}) spin() end",
  ["by tail calls"] = "local function f() return pcall(f, spin()) end while true do pcall(f) end",
  ["behind a closing variable"] = "while true do pcall(function() local x <close> = nil spin() end) end",
  ["in a hook of its own"] = "on('finding', function() spin() end) while true do pcall(spin) end",
  ["through the outside"] = "while true do pcall(ignore, spin()) pcall(re, '(') end",
  ["after memory"] =
    "local t = {} while true do pcall(function() while true do t[#t + 1] = {} end end) pcall(spin) end",
}

t.test("nothing catches the end", function()
  for name, text in pairs(CATCHERS) do
    for _, budget in ipairs { { instructions = 300000, seconds = 5 }, { instructions = 1e14, seconds = 0.05 },
      { memory = 2 << 20, instructions = 3000000, seconds = 5 } } do
      local started = clock.monotonic()
      attack.refused("local function spin() while true do end end " .. text, "the policy ", { budget = budget })
      t.truthy(clock.monotonic() - started < 10, name)
    end
  end
end)

return t.finish()
