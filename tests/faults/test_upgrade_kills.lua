--- `kill -9` in an upgrade and in its recovery: afterwards everything is as before, or as after. With the real
-- installer.
--
-- PYSEC_KILLS says at how many random moments besides the steps (12); the long campaign takes 200.
local env = require "pysec.env"
local fs = require "pysec.fs"
local t = require "harness"
local tool = require "pysec.tool"
local project = dofile(t.root .. "/tests/faults/upgrade_project.lua")

if not project.can_fault() then return 0 end

local whole = project.copy()
local counted = project.apply(whole, "count")
t.equal(counted.code, 0, counted.stderr)
t.equal(project.state(whole, "a run that nothing disturbs"), "after")
local all = project.calls(whole)

t.test("killed at each step of an upgrade: the next start makes it what it was, or what it should be", function()
  local seen = {}
  for _, number in ipairs(project.steps(all, 12)) do
    local folder, label = project.copy(), ("killed at call %d (%s)"):format(number, all[number])
    t.equal(project.apply(folder, "kill@" .. number).signal, 9, label)
    t.equal(project.recover(folder).code, 0, label)
    seen[project.state(folder, label)] = true
    assert(fs.remove(folder))
  end
  t.truthy(seen.before and seen.after, "one of both never came")
end)

t.test("killed in the recovery as well, at each of its steps: the next one goes on", function()
  local middle, at = project.copy(), nil
  for number, about in ipairs(all) do
    if about:find("^fdatasync") and about:find("journal", 1, true) then at = number end
  end
  -- Killed before it was committed, with everything changed.
  project.apply(middle, "kill@" .. at)
  local first = t.tempdir() .. "/app"
  assert(fs.copy(middle, first))
  project.recover(first, "count")
  local own = project.calls(first)
  t.truthy(#own > 5, "the recovery had nothing to do")
  for _, number in ipairs(project.steps(own, 12)) do
    local folder = t.tempdir() .. "/app"
    assert(fs.copy(middle, folder))
    local label = ("killed at call %d of the recovery (%s)"):format(number, own[number])
    t.equal(project.recover(folder, "kill@" .. number).signal, 9, label)
    t.equal(project.recover(folder).code, 0, label)
    project.state(folder, label)
  end
end)

--- Runs the program and kills it after a while.
local function kill_after(seconds, folder, arguments)
  local spec = { "/bin/bash", "-c", '"$@" & pid=$!; sleep $0; kill -9 $pid; wait $pid', ("%.3f"):format(seconds),
    project.program, cwd = folder, timeout = 120 }
  table.move(arguments, 1, #arguments, #spec + 1, spec)
  tool.run(spec)
end

t.test("killed at random moments, the installer at work or not: what it left does not go on", function()
  math.randomseed(20261124)
  for i = 1, math.tointeger(env.get "PYSEC_KILLS") or 12 do
    local folder, delay = project.copy(), math.random() * counted.seconds * 1.1
    kill_after(delay, folder, project.APPLY)
    if math.random() < 0.5 then kill_after(math.random() * 0.05, folder, { "recover" }) end
    t.equal(project.recover(folder).code, 0)
    local label = ("killed after %.3f s (%d)"):format(delay, i)
    local was = project.state(folder, label)
    tool.sleep(0.05)
    t.equal(project.state(folder, label .. ", a moment later"), was)
    assert(fs.remove(folder))
  end
end)

return t.finish()
