--- pysec.sandbox: values and functions across its wall, budgets that nothing swallows, and life after a breach.
local clock = require "pysec.clock"
local re = require "pysec.re"
local sandbox = require "pysec.sandbox"
local t = require "harness"

--- Runs a text in a new sandbox. Returns what it handed to `give`, and the message when it failed.
local function run(text, options)
  local given
  options = options or {}
  options.globals = options.globals or {}
  options.globals.give = function(...) given = table.pack(...) end
  local box = sandbox.new(options)
  local ok, message = pcall(box.run, box, "p.lua", text)
  return given, not ok and message or nil, box
end

--- A function of the sandbox, called from outside.
local function function_of(text, options)
  local kept
  options = options or {}
  options.globals = options.globals or {}
  options.globals.keep = function(body) kept = body end
  local box = sandbox.new(options)
  assert(box:run("p.lua", text))
  return kept, box
end

-- --- values ---

t.test("values come out as copies", function()
  local given = assert(run [[give(nil, true, 7, 7.0, "text\0more", { 1, { a = "b" }, x = {} })]])
  t.equal(given.n, 6)
  t.equal({ given[2], given[3], given[4], given[5] }, { true, 7, 7.0, "text\0more" })
  t.equal(given[6], { 1, { a = "b" }, x = {} })
end)

t.test("what goes in is a copy, too", function()
  local finding = { id = "CVE-1", aliases = { "A" } }
  local body = function_of [[keep(function(f) f.id = "changed"; f.aliases[1] = nil; f.new = true; return f.id end)]]
  t.equal({ body(finding) }, { "changed" })
  t.equal(finding, { id = "CVE-1", aliases = { "A" } })
end)

t.test("functions cross as functions, both ways and nested", function()
  local body = function_of([[keep(function(f) local twice = helper(2); return twice(f.n) + 1 end)]], { globals = {
    helper = function(factor) return function(value) return value * factor end end } })
  t.equal({ body { n = 20 } }, { 41 })
  local outer = function_of([[keep(function(depth) return again(depth) end)]], { globals = {
    again = function(depth) return depth end } })
  t.equal({ outer(3) }, { 3 })
end)

t.test("regexes cross as regexes", function()
  local given = assert(run([[local r = make("^A(b+)", "i") give(r, r:match "abbb", r:test "x")]], { globals = {
    make = function(pattern, flags) return re.compile(pattern, flags) end } }))
  t.equal({ given[1]:match "ABB", given[2], given[3] }, { "BB", "bbb", false })
end)

t.test("what cannot cross is an error with file and line, inside or outside", function()
  local _, message = run "local t = {} t.t = t\ngive(t)"
  t.match(message, "^p%.lua:2: .*nested deeper")
  local body = function_of "keep(function(f) return function() end end)"
  t.raises(body, "a function cannot be handed over here")
  t.raises(function() body(io.stdout) end, "a userdata cannot be handed over")
end)

t.test("a value that unfolds without end is refused soon", function()
  local _, message = run "local t = {} for i = 1, 60 do t = { t, t } end give(t)"
  t.match(message, "too many values")
end)

t.test("errors of a function outside arrive with the place of the call", function()
  local _, message = run("\nfail()", { globals = { fail = function() error("it failed", 0) end } })
  t.equal(message, "p.lua:2: it failed")
  local given = assert(run([[give(pcall(fail))]], { globals = { fail = function() error({}, 0) end } }))
  t.equal({ given[1], given[2] }, { false, "p.lua:1: the call failed" })
end)

-- --- the environment ---

t.test("each chunk has names of its own, and sets none", function()
  local box = sandbox.new { globals = { limits = { most = 3 } } }
  t.raises(function() box:run("a.lua", "x = 1") end, "^a%.lua:1: 'x' cannot be set: say local")
  t.raises(function() box:run("a.lua", "string.upper = nil") end, "'string' is shared and cannot be changed")
  t.raises(function() box:run("a.lua", "table.insert(limits, 1)") end, "'limits' is shared")
  assert(box:run("b.lua", "assert(('x'):upper() == 'X' and limits.most == 3 and x == nil)"))
end)

t.test("an unknown name is told of, and the chunk goes on to its next", function()
  local names, box = {}, nil
  box = sandbox.new { unknown = function(name) names[#names + 1] = ("%s:%d"):format(name, select(2, box:where())) end }
  assert(box:run("p.lua", "ignroe { id = 1 }\nlocal x = os.time()\nio.stdout:write(x)"))
  t.equal(names, { "ignroe:1", "os:2", "io:3" })
end)

t.test("names of chunks and lines are true, in errors of syntax too", function()
  local _, message = run "local x =\n\n+"
  t.match(message, "^p%.lua:3: unexpected symbol")
  local box = sandbox.new()
  t.raises(function() box:run("p.lua", string.dump(function() end)) end, "attempt to load a binary chunk")
end)

-- --- budgets ---

--- Runs a text that goes beyond a budget: the message, and what a call afterwards says.
local function breach(text, options)
  local kept
  options.globals = { keep = function(body) kept = body end }
  local box = sandbox.new(options)
  local start = clock.monotonic()
  local ok, message = pcall(box.run, box, "p.lua", "keep(function() return 1 end)\n" .. text)
  t.equal(ok, false, text)
  t.truthy(clock.monotonic() - start < 30, "it took too long: " .. text)
  t.truthy(box:is_broken(), message)
  local again, later = pcall(kept)
  t.equal({ again, later }, { false, message }, "nothing runs in it any more")
  box:close()
  return message
end

t.test("a loop ends at the budget of instructions, with its file and line", function()
  t.equal(breach("while true do end", { instructions = 1e6 }),
    "p.lua:2: the policy went over its budget of 1000000 instructions")
  t.match(breach("\nwhile true do pcall(function() while true do end end) end", { instructions = 1e6 }), "^p%.lua:3: ")
end)

t.test("time ends what the count of instructions does not", function()
  t.match(breach("local a = ('\\0'):rep(500000) local b = a .. 'x' while true do local c = a < b end",
    { seconds = 0.2, instructions = 1e14 }), "^p%.lua:2: the policy ran longer than 0%.2 s")
end)

t.test("memory ends tables, texts and recursion", function()
  for _, text in ipairs { "local t = {} for i = 1, 1e9 do t[i] = i end", "local s = 'x' while true do s = s .. s end",
    "local t = {} for i = 1, 1e9 do t[i] = { i } end", "local t = {} while true do t = { t } end",
    "local function f() return f() + 1 end f()",
    "local t = {} for i = 1, 1e9 do pcall(function() t[i] = ('x'):rep(100000) .. i end) end" } do
    t.match(breach(text, { memory = 8 << 20 }), "^p%.lua:2: the policy went over its budget of memory", text)
  end
end)

t.test("budgets count anew after a refill", function()
  local body, box = function_of("keep(function() for i = 1, 30000 do end end)", { instructions = 50000 })
  for _ = 1, 5 do
    box:refill()
    body()
  end
end)

t.test("the time that it makes the outside work is its own", function()
  local slow = function_of("keep(function() while true do wait() end end)", { seconds = 0.1, globals = {
    wait = function() require "pysec.tool".sleep(0.02) end } })
  t.raises(slow, "^p%.lua:1: the policy ran longer than 0%.1 s")
end)

t.test("a broken sandbox leaves the host and other sandboxes alone", function()
  for _ = 1, 20 do breach("local t = {} while true do t[#t + 1] = {} end", { memory = 2 << 20 }) end
  local given = assert(run "give(1 + 1)")
  t.equal(given[1], 2)
end)

-- --- the rest ---

t.test("lines that ran, and lines that could have", function()
  local body, box = function_of("keep(function(x)\n  if x then\n    return 1\n  end\n  return 2\nend)",
    { lines = true })
  body(true)
  local path, lines = box:lines_of(body)
  t.equal(path, "p.lua")
  local ran = box:lines()["p.lua"]
  t.equal({ lines[3], lines[5], ran[3], ran[5] }, { true, true, true, nil })
end)

t.test("close is final, and calls say so", function()
  local body, box = function_of "keep(function() end)"
  box:close()
  box:close()
  t.raises(body, "the sandbox was closed")
  t.raises(function() box:run("p.lua", "") end, "the sandbox was closed")
  local own
  own = sandbox.new { globals = { close = function() own:close() end } }
  t.raises(function() own:run("p.lua", "close()") end, "cannot close it")
end)

t.test("options are checked", function()
  for _, options in ipairs { { instructions = 0 }, { memory = -1 }, { seconds = 0 / 0 }, { seconds = "1" } } do
    t.raises(function() sandbox.new(options) end, "is a number above 0")
  end
  t.raises(function() sandbox.new { globals = { [1] = 2 } } end, "names of globals are strings")
  t.raises(function() sandbox.new { memory = 1000 } end, "not enough memory")
end)

return t.finish()
