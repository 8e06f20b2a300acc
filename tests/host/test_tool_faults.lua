--- pysec.tool with programs that hang, do not listen, leave children behind or flood their output.
local t = require "harness"
local clock = require "pysec.clock"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local folder = t.tempdir()

--- Whether a process that wrote its number to a file has ended, now or within two seconds.
local function is_gone(name)
  local pid = assert(fs.read(folder .. "/" .. name)):match "%d+"
  for _ = 1, 200 do
    local state = (fs.read("/proc/" .. pid .. "/stat") or ""):match "%) (%u)"
    if not state or state == "Z" or state == "X" then return true end
    tool.sleep(0.01)
  end
  return false
end

--- A shell text for a child that writes its number to a file and sleeps; it ends by itself, in case a test fails.
local function sleeper(name)
  return ("sh -c 'echo $$ > %s; exec sleep 30'"):format(name)
end

local function shell(text, timeout) return { "sh", "-c", text, cwd = folder, timeout = timeout } end

--- A script that runs a shell text as a tool, is sent a signal as soon as the text wrote `started`, and may not stop.
local function interrupted(signal, text)
  local script = t.files(t.tempdir(), { ["a.lua"] = [[require "pysec.tool".run { "sh", "-c", arg[1] }]] }) .. "/a.lua"
  return { "sh", "-c", [[
    text=$1 signal=$2; shift 2
    "$@" "$text" & pid=$!
    until [ -s started.$signal ]; do sleep 0.02; done
    kill -$signal $pid
    wait $pid]], "sh", text:gsub("started", "started." .. signal) .. "", signal, t.program, "run", script,
    cwd = folder, timeout = 20 }
end

-- Some of these take 5 seconds each, so all of them run at once, and the tests look at what came of them.
local specs = {
  sleeps = shell("sleep 30", 0.3),
  tidies = shell("trap 'echo tidied; exit 7' TERM; sleep 30 & wait", 0.3),
  ignores = shell("echo $$ > ignores; trap '' TERM; sleep 30; sleep 30", 0.3),
  kin_ignores = shell("trap '' TERM; " .. sleeper "kin_ignores" .. " & trap - TERM; sleep 30", 0.3),
  grandchild = shell(sleeper "grandchild" .. " & until [ -s grandchild ]; do :; done; echo over"),
  silent_grandchild = shell(sleeper "silent_grandchild" ..
    " > /dev/null 2>&1 & until [ -s silent_grandchild ]; do :; done; echo over"),
  escaped = shell("setsid " .. sleeper "escaped" .. " & until [ -s escaped ]; do :; done; echo over"),
  escaped_stubborn = shell("trap '' TERM HUP; setsid " .. sleeper "escaped_stubborn" ..
    " & until [ -s escaped_stubborn ]; do :; done; echo over"),
  unmarked = shell("setsid env -i " .. sleeper "unmarked" .. " & until [ -s unmarked ]; do :; done; echo over"),
  left_and_stopped = shell("setsid " .. sleeper "left_and_stopped" .. " > /dev/null 2>&1 & sleep 30", 0.3),
  orphan = shell("(setsid " .. sleeper "orphan" .. " &); until [ -s orphan ]; do :; done; exit 5"),
  holds_stderr = shell("setsid sh -c 'exec >&-; echo $$ > holds_stderr; exec sleep 30' & "
    .. "until [ -s holds_stderr ]; do :; done; echo over"),
  in_time = shell("echo quick", 30),
  stopped = interrupted("INT", "echo $$ > started; exec sleep 30"),
  stopped_stubborn = interrupted("TERM", "trap '' TERM; echo $$ > started; while :; do sleep 1; done"),
}

local list, names = {}, {}
for name, spec in pairs(specs) do
  list[#list + 1], names[#names + 1] = spec, name
end
local results = {}
for i, result in ipairs(tool.all(list)) do results[names[i]] = result end

local function check(name, code, signal, timed_out, stdout, least, most)
  local result = results[name]
  t.equal({ code = result.code, signal = result.signal, timed_out = result.timed_out, stdout = result.stdout },
    { code = code, signal = signal, timed_out = timed_out, stdout = stdout }, name)
  -- Timers count whole milliseconds, from when the loop last looked at the clock.
  t.truthy(result.seconds >= least - 0.01 and result.seconds < most, ("%s: %.4f s"):format(name, result.seconds))
end

t.test("a program within its time is left alone", function()
  check("in_time", 0, nil, false, "quick\n", 0, 20)
end)

t.test("a program past its time gets TERM, and may tidy up", function()
  check("sleeps", nil, 15, true, "", 0.3, 20)
  check("tidies", 7, nil, true, "tidied\n", 0.3, 20)
end)

t.test("one that ignores TERM gets KILL five seconds later, and all its kin", function()
  check("ignores", nil, 9, true, "", 5.3, 25)
  t.truthy(is_gone "ignores")
  check("kin_ignores", nil, 15, true, "", 0.3, 25)
  t.truthy(is_gone "kin_ignores")
end)

t.test("a child in the background does not keep the run from ending, and ends with it", function()
  for _, name in ipairs { "grandchild", "silent_grandchild" } do
    check(name, 0, nil, false, "over\n", 0, 20)
    t.truthy(is_gone(name), name)
  end
end)

t.test("a child that left the group and holds the pipes is found", function()
  for _, name in ipairs { "escaped", "escaped_stubborn", "holds_stderr" } do
    check(name, 0, nil, false, "over\n", 0.3, 20)
    t.truthy(is_gone(name), name)
  end
  check("orphan", 5, nil, false, "", 0.3, 20)
  t.truthy(is_gone "orphan")
end)

t.test("a child that left the group is found when the run is stopped", function()
  check("left_and_stopped", nil, 15, true, "", 0.3, 20)
  t.truthy(is_gone "left_and_stopped")
end)

t.test("one that cannot be found holds nobody up", function()
  check("unmarked", 0, nil, false, "over\n", 0.6, 20)
  assert(tool.run { "kill", "-KILL", fs.read(folder .. "/unmarked"):match "%d+" })
end)

t.test("an interrupt stops what runs, with KILL after five seconds", function()
  check("stopped", 130, nil, false, "", 0, 20)
  t.truthy(is_gone "started.INT")
  check("stopped_stubborn", 143, nil, false, "", 5, 25)
  t.truthy(is_gone "started.TERM")
end)

--- The most memory that a script took, beyond what it had at first, in kilobytes.
local MEASURED = [[
  local fs, tool = require "pysec.fs", require "pysec.tool"
  local function kilobytes(name) return tonumber(fs.read "/proc/self/status":match(name .. ":%s+(%d+) kB")) end
  local before = kilobytes "VmRSS"
  local result = assert(tool.run { "sh", "-c", arg[1], timeout = 60 })
  print(result.code, result.truncated, #result.stdout, #result.stderr, kilobytes "VmHWM" - before)]]

t.test("a flood of a gigabyte is read, cut, and takes 64 MB at most", function()
  local script = t.files(t.tempdir(), { ["a.lua"] = MEASURED }) .. "/a.lua"
  -- The sanitizer keeps what is freed for a while, which is no growth of ours.
  local result = assert(tool.run { t.program, "run", script,
    "head -c 500000000 /dev/zero >&2 & head -c 500000000 /dev/zero; wait",
    env = { PATH = "/usr/bin:/bin", ASAN_OPTIONS = "quarantine_size_mb=1:thread_local_quarantine_size_kb=64" } })
  local code, truncated, out, err, growth = result.stdout:match "^(%d+)\t(%l+)\t(%d+)\t(%d+)\t(%-?%d+)\n$"
  t.equal({ code, truncated, out, err }, { "0", "true", "16777216", "16777216" }, result.stderr)
  t.truthy(tonumber(growth) < 64 * 1024, growth .. " kB")
end)

t.test("a script that is busy does not shorten a timeout or a pause", function()
  local function work(seconds)
    local start = clock.monotonic()
    repeat until clock.monotonic() - start > seconds
  end
  local both = tool.all({ { "true" } }, { on_done = function(_, i)
    work(0.3)
    return i == 1 and { { "sleep", "0.1", timeout = 0.25 } }
  end })
  t.equal({ both[2].code, both[2].timed_out }, { 0, false })
  tool.run { "true" }
  work(0.2)
  local start = clock.monotonic()
  tool.sleep(0.15)
  t.truthy(clock.monotonic() - start >= 0.14)
end)

t.test("a flood does not outlive its deadline", function()
  local start = clock.monotonic()
  local result = assert(tool.run { "sh", "-c", "yes & yes >&2", timeout = 0.3, max_output = 1000 })
  t.equal({ result.timed_out, result.truncated, #result.stdout, #result.stderr }, { true, true, 1000, 1000 })
  t.truthy(clock.monotonic() - start < 20)
end)

t.test("many at once neither mix their output nor leave a descriptor open", function()
  local function open_files() return #assert(fs.list "/proc/self/fd") end
  local before = open_files()
  local many = {}
  for i = 1, 60 do
    many[i] = { "sh", "-c", 'cat; echo "$1" >&2; exit $(($1 % 7))', "sh", i, stdin = ("%d."):format(i):rep(2000) }
  end
  for i, result in ipairs(tool.all(many)) do
    t.equal({ result.code, result.stderr }, { i % 7, i .. "\n" })
    t.truthy(result.stdout == many[i].stdin, i)
  end
  t.equal(open_files(), before)
end)

t.test("without descriptors a run fails, and the next one works", function()
  local script = t.files(t.tempdir(), { ["a.lua"] = [[
    local tool = require "pysec.tool"
    local specs = {}
    for i = 1, 20 do specs[i] = { "sleep", "0.1" } end
    local failed, ran = 0, 0
    for _, result in ipairs(tool.all(specs)) do
      if result.error_code == "EMFILE" then failed = failed + 1 end
      if result.code == 0 then ran = ran + 1 end
    end
    print(failed > 0, ran > 0, failed + ran, tool.run { "true" }.code)]] }) .. "/a.lua"
  local result = assert(tool.run { "sh", "-c", 'ulimit -n 32; exec "$@"', "sh", t.program, "run", script })
  t.equal(result.stdout, "true\ttrue\t20\t0\n", result.stderr)
end)

return t.finish()
