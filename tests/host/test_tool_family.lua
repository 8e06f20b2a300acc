--- pysec.tool: all that a process has started is found and ended after it, and nothing else.
local t = require "harness"
local clock = require "pysec.clock"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local folder = t.tempdir()

local function state_of(pid)
  return (fs.read("/proc/" .. pid .. "/stat") or ""):match "%) (%u)"
end

local function is_gone(pid)
  local state = state_of(pid)
  return not state or state == "Z" or state == "X"
end

local function wait_for(path)
  for _ = 1, 1000 do
    local text = fs.read(path)
    if text and text:find "\n" then return text:match "[^\n]*" end
    tool.sleep(0.01)
  end
  error(path .. " does not appear")
end

--- Starts a shell text in the background, out of reach of tool.run, and returns the number that it writes to the file
--- "$0". PYSEC_RUN is what it is told. It ends by itself, in case a test fails.
local function start(name, mark, text)
  assert(fs.remove(folder .. "/" .. name))
  local result = assert(tool.run { "sh", "-c", [[
    setsid env -i PATH=/usr/bin:/bin "$2" sh -c "$3" "$1" > /dev/null 2>&1 &
    until [ -s "$1" ]; do sleep 0.01; done]], "sh", name, mark and "PYSEC_RUN=" .. mark or "NONE=",
    text or 'echo $$ > "$0"; exec sleep 60', cwd = folder, timeout = 20 })
  t.equal(result.code, 0, result.stderr)
  return wait_for(folder .. "/" .. name)
end

local function kill(pid) tool.run { "kill", "-KILL", pid } end

local TOKEN, RUN = "00112233445566aa", "ffffffffffffffff"

t.test("a token is the same each time, and another in each process", function()
  t.match(tool.family(), "^" .. ("[0-9a-f]"):rep(16) .. "$")
  t.equal(tool.family(), tool.family())
  local script = t.files(t.tempdir(), { ["a.lua"] = [[print(require "pysec.tool".family())]] }) .. "/a.lua"
  local first = assert(tool.run { t.program, "run", script }).stdout
  local second = assert(tool.run { t.program, "run", script }).stdout
  t.match(first, "^%x+\n$")
  t.truthy(first ~= second and first ~= tool.family() .. "\n")
end)

t.test("what a killed pysec has started is found and ended, wherever it went", function()
  local script = t.files(t.tempdir(), { ["a.lua"] = [[
    local fs, tool = require "pysec.fs", require "pysec.tool"
    assert(fs.write("token", tool.family() .. "\n" .. io.open "/proc/self/stat":read "n" .. "\n"))
    tool.all { { "sh", "-c", "setsid sh -c 'echo $$ > left; exec sleep 60' & echo $$ > stays; sleep 60; true" },
      { "sh", "-c", "echo $$ > second; exec sleep 60", env = { PATH = "/usr/bin:/bin" } } }]] }) .. "/a.lua"
  local token, pids
  local results = tool.all({ { t.program, "run", script, cwd = folder, timeout = 60 } }, { on_tick = function()
    if pids or not (fs.read(folder .. "/left") and fs.read(folder .. "/stays") and fs.read(folder .. "/second")) then
      return
    end
    token = fs.read(folder .. "/token"):match "%x+"
    pids = { wait_for(folder .. "/left"), wait_for(folder .. "/stays"), wait_for(folder .. "/second") }
    kill(fs.read(folder .. "/token"):match "\n(%d+)")
  end })
  t.equal(results[1].signal, 9)
  for _, pid in ipairs(pids) do t.truthy(not is_gone(pid), pid .. " outlives pysec") end
  local stranger = start("stranger", RUN .. TOKEN)
  local killed = assert(tool.end_family(token))
  t.truthy(killed == 4, killed .. " killed: two shells, and two that sleep")
  for _, pid in ipairs(pids) do t.truthy(is_gone(pid), pid) end
  t.truthy(not is_gone(stranger))
  kill(stranger)
  t.equal(tool.end_family(token), 0)
end)

t.test("only an entry that starts with the token counts, whatever stands beside it", function()
  local mine = { start("mine", TOKEN .. RUN), start("other run", TOKEN .. TOKEN) }
  local others = { start("none"), start("later", RUN .. TOKEN), start("within", "x PYSEC_RUN=" .. TOKEN .. RUN),
    start("shorter", TOKEN:sub(1, 15)) }
  t.equal(tool.end_family(TOKEN), 2)
  for _, pid in ipairs(mine) do t.truthy(is_gone(pid)) end
  for _, pid in ipairs(others) do
    t.truthy(not is_gone(pid))
    kill(pid)
  end
end)

t.test("the mark is found at every place of a large environment", function()
  local sizes = { 0, 5, 33000, 100000 }
  for size = 16320, 16400, 5 do sizes[#sizes + 1] = size end
  local specs = {}
  for i, size in ipairs(sizes) do
    -- No shell in between, which would put the variables in another order.
    specs[i] = { "sh", "-c", [[
      setsid env -i "A=$1" "PYSEC_RUN=$2" "Z=$3" sleep 60 > /dev/null 2>&1 &
      until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done]], "sh", ("x"):rep(size), TOKEN .. RUN, ("x"):rep(20000) }
  end
  for _, result in ipairs(tool.all(specs, { jobs = 4 })) do t.equal(result.code, 0, result.stderr) end
  t.equal(tool.end_family(TOKEN), #sizes)
end)

t.test("one that starts others while it is hunted gets away with none", function()
  local pid = start("breeder", TOKEN .. RUN, [[
    echo $$ > "$0"
    for _ in $(seq 300); do setsid sleep 10 & done
    sleep 10]])
  tool.sleep(0.05)
  t.truthy(tool.end_family(TOKEN) > 1)
  t.truthy(is_gone(pid))
  t.equal(tool.end_family(TOKEN), 0)
end)

t.test("a zombie counts as gone", function()
  -- Who does not wait for its children keeps their zombies.
  local parent = start("parent", nil, "PYSEC_RUN=" .. TOKEN .. RUN .. [[ sleep 60 & echo $! > zombie
    echo $$ > "$0"; exec sleep 60]])
  local child = wait_for(folder .. "/zombie")
  tool.sleep(0.05) -- until it has become sleep
  local before = clock.monotonic()
  t.equal(tool.end_family(TOKEN), 1)
  t.truthy(clock.monotonic() - before < 4)
  t.equal({ state_of(child), is_gone(parent) }, { "Z", false })
  t.equal(tool.end_family(TOKEN), 0)
  kill(parent)
end)

t.test("a process does not end itself", function()
  local script = t.files(t.tempdir(), { ["a.lua"] = [[
    local tool = require "pysec.tool"
    print(tool.end_family(os.getenv "PYSEC_RUN":sub(1, 16)), tool.end_family(tool.family()))]] }) .. "/a.lua"
  local result = assert(tool.run { t.program, "run", script, env = { PATH = "/usr/bin:/bin" } })
  t.equal({ result.stdout, result.code }, { "0\t0\n", 0 }, result.stderr)
end)

t.test("processes of others are left alone", function()
  local is_root = assert(tool.run { "id", "-u" }).stdout == "0\n"
  if not is_root then return print "skipped: another user, whom only root can be" end
  local pid = start("root", TOKEN .. RUN)
  local script = t.files(t.tempdir(), { ["a.lua"] = 'print(require "pysec.tool".end_family(arg[1]))' }) .. "/a.lua"
  assert(assert(tool.run { "chmod", "-R", "a+rX", script:match "^(.*)/" }).code == 0)
  local result = assert(tool.run { "setpriv", "--reuid=65534", "--clear-groups", t.program, "run", script, TOKEN })
  t.equal(result.stdout, "0\n", result.stderr)
  t.truthy(not is_gone(pid))
  t.equal(tool.end_family(TOKEN), 1)
end)

t.test("raises for what is no token", function()
  for _, text in ipairs { "", TOKEN:sub(2), TOKEN .. "0", TOKEN:upper(), "0011223344556\0aa", "00112233445566g0" } do
    t.raises(function() tool.end_family(text) end, "a family's token is 16 hexadecimal digits", text)
  end
  t.raises(tool.end_family, "string expected")
end)

return t.finish()
