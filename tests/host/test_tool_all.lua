--- pysec.tool.all: many programs side by side, what the callbacks see, and what is left running after an error.
-- And shield and sleep, which decide when an interrupt gets through.
local t = require "harness"
local clock = require "pysec.clock"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local function sh(text, ...) return { "sh", "-c", text, "sh", ... } end

local function outputs(results)
  local list = {}
  for i = 1, #results do list[i] = results[i].stdout or results[i].error_code end
  return list
end

t.test("results come in the order of the list, however long each took", function()
  local results = tool.all { sh "sleep 0.3; echo a", sh "echo b", sh "sleep 0.1; echo c" }
  t.equal(outputs(results), { "a\n", "b\n", "c\n" })
  t.truthy(results[1].seconds >= 0.29)
  t.equal(tool.all {}, {})
  t.equal(tool.all({}, {}), {})
end)

t.test("all run at once without a limit, and no more than the limit with one", function()
  local folder = t.tempdir()
  -- Each makes a file, waits, counts the files and takes its own away.
  local text = "touch $1; sleep 0.15; ls | wc -l; rm $1"
  for jobs, most in pairs { [1] = 1, [2] = 2, [100] = 6 } do
    local specs = {}
    for i = 1, 6 do
      specs[i] = sh(text, i)
      specs[i].cwd = folder
    end
    local highest = 0
    for _, result in ipairs(tool.all(specs, { jobs = jobs })) do
      highest = math.max(highest, tonumber(result.stdout))
    end
    t.truthy(highest <= most and (highest > 1 or most == 1), ("%d jobs: %d at once"):format(jobs, highest))
  end
  for _, jobs in ipairs { 0, -1, 1.5, "2", "many", {} } do
    t.raises(function() tool.all({ { "true" } }, { jobs = jobs }) end, "jobs is a whole number from 1")
  end
end)

t.test("on_done is told of each as it ends", function()
  local seen = {}
  local results = tool.all({ sh "sleep 0.3; echo a", { "no-such-program" }, sh "echo c" }, {
    on_done = function(result, index) seen[#seen + 1] = { index, result.stdout or result.error_code } end,
  })
  t.equal(seen, { { 2, "ENOENT" }, { 3, "c\n" }, { 1, "a\n" } })
  t.equal(outputs(results), { "a\n", "ENOENT", "c\n" })
end)

t.test("what on_done returns is run as well, and its results follow", function()
  local results = tool.all({ sh "echo a", sh "sleep 0.2; echo b" }, {
    jobs = 2,
    on_done = function(result, index)
      if result.stdout == "a\n" then return { sh "echo c", { "no-such-program" }, sh "echo d" } end
      if result.stdout == "d\n" then
        t.equal(index, 5)
        return { sh "echo e" }
      end
      return index == 6 and {} or "no table"
    end,
  })
  t.equal(outputs(results), { "a\n", "b\n", "c\n", "ENOENT", "d\n", "e\n" })
end)

t.test("the list that is given stays as it is", function()
  local specs = { sh "echo a" }
  tool.all(specs, { on_done = function(_, index) return index < 4 and { sh "echo b" } or nil end })
  t.equal(#specs, 1)
end)

t.test("on_tick is called ten times a second while something runs", function()
  local ticks = 0
  tool.all({ { "sleep", "0.65" } }, { on_tick = function() ticks = ticks + 1 end })
  t.truthy(ticks >= 3 and ticks <= 8, ticks)
end)

t.test("a callback may run programs of its own", function()
  local inner = {}
  local results = tool.all({ sh "echo a", sh "sleep 0.2; echo b" }, {
    on_done = function(_, index) inner[index] = assert(tool.run(sh "echo inner; exit 4")).code end,
    on_tick = function() inner.tick = assert(tool.run { "true" }).code end,
  })
  t.equal(outputs(results), { "a\n", "b\n" })
  t.equal(inner, { 4, 4, tick = 0 })
end)

--- Whether the processes that wrote their numbers to files in a folder have ended.
local function all_gone(folder)
  for _, name in ipairs(fs.list(folder)) do
    local stat = fs.read("/proc/" .. name .. "/stat") or ""
    if stat:find "%) [^ZX]" then return false, name end
  end
  return true
end

for name, case in pairs {
  ["an error in on_done"] = { on_done = function() error "from the callback" end },
  ["an error in on_tick"] = { on_tick = function() error "from the callback" end },
  ["an error that is a table"] = { on_done = function() error { failed = "from the callback" } end },
  ["a spec from on_done that is none"] = { on_done = function() return { { "true", what = 1 } } end,
    message = "has no field 'what'" },
  ["a coroutine that yields"] = { on_done = function() coroutine.yield() end, message = "yield" },
} do
  t.test(name .. " leaves nothing running", function()
    local folder = t.tempdir()
    local function sleeper(text)
      local spec = sh("touch $$; " .. text)
      spec.cwd = folder
      return spec
    end
    local message = case.message
    local body = coroutine.wrap(function()
      return xpcall(function()
        tool.all({ sleeper "sleep 30", sleeper "trap '' TERM; sleep 30 & sleep 30", sleeper "exec sleep 0.2" },
          { on_done = case.on_done, on_tick = case.on_tick })
      end, function(problem) return problem end)
    end)
    local start = clock.monotonic()
    local ok, problem = body()
    t.equal(ok, false)
    t.contains(type(problem) == "table" and problem.failed or problem, message or "from the callback")
    t.truthy(clock.monotonic() - start < 20, "without mercy")
    t.equal(#fs.list(folder), 3)
    t.equal({ all_gone(folder) }, { true })
  end)
end

t.test("a spec that is none leaves nothing running either", function()
  local folder = t.tempdir()
  local first = sh "touch $$; exec sleep 30"
  first.cwd = folder
  t.raises(function() tool.all { first, { "true", timeout = "long" } } end, "timeout is a number")
  t.raises(function() tool.all { first, 7 } end, "a program is a table, not a number")
  t.equal({ all_gone(folder) }, { true })
end)

t.test("raises for arguments of another kind", function()
  t.raises(function() tool.all() end, "table expected")
  t.raises(function() tool.all({}, 1) end, "table expected")
  t.raises(function() tool.shield() end, "function expected")
  for _, seconds in ipairs { -1, 0 / 0, math.huge } do
    t.raises(function() tool.sleep(seconds) end, "seconds from 0")
  end
  t.raises(function() tool.sleep "long" end, "number expected")
end)

t.test("sleep waits, also for less than a moment", function()
  for _, seconds in ipairs { 0, 0.0001, 0.25 } do
    local start = clock.monotonic()
    tool.sleep(seconds)
    local took = clock.monotonic() - start
    t.truthy(took >= seconds - 0.01 and took < seconds + 10, took)
  end
end)

t.test("shield hands arguments, results and errors through", function()
  t.equal({ tool.shield(function(...) return select("#", ...), ... end, 1, nil, "c") }, { 3, 1, nil, "c" })
  t.equal({ tool.shield(function() end) }, {})
  t.raises(function() tool.shield(error, "inside") end, "inside")
  t.equal(tool.shield(tool.shield, function() return "nested" end), "nested")
  local ok, problem = pcall(tool.shield, error, { a = 1 })
  t.equal({ ok, problem }, { false, { a = 1 } })
end)

--- Runs a script that can call signal(), which sends TERM to the script itself; returns the result.
local function run_signalled(text)
  local folder = t.files(t.tempdir(), { ["a.lua"] = [[
    local tool, fs = require "pysec.tool", require "pysec.fs"
    local function signal() os.execute("kill -TERM " .. io.open "/proc/self/stat":read "n") end
    local function say(text) io.stdout:write(text, " ") io.stdout:flush() end
  ]] .. text })
  return assert(tool.run { t.program, "run", "a.lua", cwd = folder, timeout = 10 })
end

for name, case in pairs {
  ["ends a loop"] = { "signal() while true do end", 143, "" },
  ["ends a loop in a coroutine"] = { "coroutine.wrap(function() signal() while true do end end)()", 143, "" },
  ["ends a loop in a coroutine in a coroutine"] = { [[
    coroutine.wrap(function() coroutine.wrap(function() signal() while true do end end)() end)()]], 143, "" },
  ["ends a loop in a coroutine that was made before"] = { [[
    local co = coroutine.create(function() coroutine.yield() signal() while true do end end)
    coroutine.resume(co) say "before" coroutine.resume(co) say "after" while true do end]], 143, "before " },
  ["ends a sleep"] = { [[tool.all({ { "true" } }, { on_done = signal }) tool.sleep(30)]], 143, "" },
  ["ends a run"] = { [[tool.run { "sh", "-c", "kill -TERM $PPID; sleep 30" } say "after"]], 143, "" },
  ["starts no further program"] = { [[
    tool.all({ { "sh", "-c", "kill -TERM $PPID" }, { "sh", "-c", "echo x > started" } }, { jobs = 1 })]], 143, "" },
  ["waits for the end of a shield"] = { [[
    tool.shield(function() signal() tool.run { "sleep", "0.2" } say "inside" end) say "after"]], 143, "inside " },
  ["waits for the end of the outer shield"] = { [[
    tool.shield(function()
      tool.shield(function() signal() say "inner" end)
      say "outer"
    end) say "after"]], 143, "inner outer " },
  ["does not end what a shield runs"] = { [[
    tool.shield(function() say(tool.run { "sh", "-c", "kill -TERM $PPID; sleep 0.2; exit 5" }.code) end)]], 143, "5 " },
  ["does not end a sleep in a shield"] = { [[
    tool.shield(function() signal() tool.sleep(0.2) say "slept" end)]], 143, "slept " },
  ["lets <close> and __gc run"] = { [[
    local close <close> = setmetatable({}, { __close = function() say "closed" end })
    setmetatable({}, { __gc = function() say "collected" end })
    signal() while true do end]], 143, "closed collected " },
  ["can be tidied up after, once"] = { [[
    local ok, problem = pcall(function() signal() while true do end end)
    say(problem) tool.run { "true" }]], 143, "interrupted " },
} do
  t.test("an interrupt " .. name, function()
    local result = run_signalled(case[1])
    t.equal({ result.code, result.stdout, result.timed_out }, { case[2], case[3], false }, result.stderr)
    t.truthy(result.seconds < 30, result.seconds)
  end)
end

return t.finish()
