--- `kill -9` in an upgrade and in its recovery: afterwards everything is as before, or as after. With the real
-- installer, an environment and two requirements files that go together.
--
-- PYSEC_KILLS says at how many random moments besides those steps (12); the long campaign takes 200.
local env = require "pysec.env"
local fs = require "pysec.fs"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"

local program = env.get "PYSEC_TEST_RELEASE" or t.root .. "/build/release/pysec"
local library = (env.get "PYSEC_TEST_BUILD" or t.root .. "/build/release") .. "/tests/fault.so"
if not fs.stat(program) or not fs.stat(library) then
  print("skipped: faults, which need " .. program .. " and " .. library)
  return 0
end

-- --- the project, and what has to be true of it ---

local template = support.project()
support.environment(template .. "/.venv", { "idna==2.7", "jinja2==2.10.1", "markupsafe==2.0.1" })
t.files(template, { ["requirements.txt"] = "-r base.txt\njinja2==2.10.1\n", ["base.txt"] = "idna==2.7\n" })
support.expect(1, support.offline { "--scanners", "osv", "--req", "requirements.txt", "--dry-run", "--plan",
  "plan.json" }, { cwd = template })
assert(fs.remove(template .. "/reports"))

local function copy()
  local folder = t.tempdir() .. "/app"
  assert(fs.copy(template, folder))
  return folder
end

--- What an upgrade may change, without the paths: folders lie elsewhere each time.
local function shape(folder)
  local parts = {}
  for _, name in ipairs { ".venv", "requirements.txt", "base.txt" } do
    local path = folder .. "/" .. name
    local text = fs.stat(path).kind == "folder" and support.fingerprint(path) or fs.read(path)
    parts[#parts + 1] = text:gsub(folder:gsub("%p", "%%%0"), "")
  end
  return table.concat(parts, "\n")
end

-- Files name the folder in which the environment was made, so the template itself looks different.
local BEFORE = shape(copy())

local function is_after(folder)
  local installed = support.installed(folder .. "/.venv")
  return installed.idna == "3.7" and installed.jinja2 == "2.11.3"
    and fs.read(folder .. "/base.txt") == "idna==3.7\n"
    and fs.read(folder .. "/requirements.txt") == "-r base.txt\njinja2==2.11.3\n"
    and support.pip_check(folder .. "/.venv") == ""
end

--- "before" or "after", or fails. Nothing else may be left in the folder.
local function state(folder, label)
  for _, name in ipairs(fs.list(folder)) do
    t.truthy(not name:find("pysec-", 1, true) and not name:match("%.tmp$"), label .. ": left behind: " .. name)
  end
  if shape(folder) == BEFORE then return "before" end
  t.truthy(is_after(folder), label .. ": neither as before nor as after")
  return "after"
end

-- --- running ---

local function run(folder, arguments, fault)
  local spec = { program, cwd = folder, timeout = 120, env = env.list() }
  table.move(arguments, 1, #arguments, 2, spec)
  if fault then
    spec.env.LD_PRELOAD, spec.env.FAULT, spec.env.FAULT_PATH = library, fault, ".pysec-"
    spec.env.FAULT_LOG = folder .. ".log"
  end
  return assert(tool.run(spec))
end

local APPLY = { "apply", "plan.json", "--database", "advisories.db" }

local function apply(folder, fault) return run(folder, APPLY, fault) end

local function recover(folder, fault) return run(folder, { "recover" }, fault) end

--- The calls of a run that may change something, in their order: { "rename /path", ... }.
local function calls(folder)
  local list = {}
  for number, about in fs.read(folder .. ".log"):gmatch "(%d+) ([^\n]+)\n" do
    list[math.tointeger(number)] = about
  end
  return list
end

--- The numbers of the steps: of the calls that copy or remove a tree one in `every` is enough.
local function steps(list, every)
  local chosen, passed = {}, 0
  for number, about in ipairs(list) do
    local is_inside = about:find("pysec-snapshot", 1, true) and about:find("pysec-[%w-]+[^ ]*/")
      or about:find("pysec-part", 1, true) and not about:find("^rename")
    passed = passed + (is_inside and 1 or 0)
    if not is_inside or passed % every == 0 then chosen[#chosen + 1] = number end
  end
  return chosen
end

local whole = copy()
local counted = apply(whole, "count")
t.equal(counted.code, 0, counted.stderr)
t.equal(state(whole, "a run that nothing disturbs"), "after")
local all = calls(whole)

t.test("killed at each step of an upgrade: the next start makes it what it was, or what it should be", function()
  local seen = {}
  local chosen = steps(all, #all // 12)
  for _, number in ipairs(chosen) do
    local folder = copy()
    local result = apply(folder, "kill@" .. number)
    t.equal(result.signal, 9, ("at call %d (%s)"):format(number, all[number]))
    t.equal(recover(folder).code, 0)
    local label = ("killed at call %d (%s)"):format(number, all[number])
    seen[state(folder, label)] = true
    assert(fs.remove(folder))
  end
  t.truthy(seen.before and seen.after, "one of both never came")
end)

t.test("killed in the recovery as well, at each of its steps: the next one goes on", function()
  local middle = copy()
  local at
  for number, about in ipairs(all) do
    if about:find("^fdatasync") and about:find("journal", 1, true) then at = number end
  end
  -- Killed before it was committed, with everything changed.
  apply(middle, "kill@" .. at)
  local first = t.tempdir() .. "/app"
  assert(fs.copy(middle, first))
  recover(first, "count")
  local own = calls(first)
  t.truthy(#own > 5, "the recovery had nothing to do")
  for _, number in ipairs(steps(own, math.max(#own // 12, 1))) do
    local folder = t.tempdir() .. "/app"
    assert(fs.copy(middle, folder))
    t.equal(recover(folder, "kill@" .. number).signal, 9)
    local label = ("killed at call %d of the recovery (%s)"):format(number, own[number])
    t.equal(recover(folder).code, 0, label)
    state(folder, label)
  end
end)

t.test("killed at random moments, the installer at work or not: what it left does not go on", function()
  math.randomseed(20261124)
  local seconds = counted.seconds
  for i = 1, math.tointeger(env.get "PYSEC_KILLS") or 12 do
    local folder, delay = copy(), math.random() * seconds * 1.1
    tool.run { "/bin/bash", "-c", '"$@" & pid=$!; sleep $0; kill -9 $pid; wait $pid', ("%.3f"):format(delay), program,
      APPLY[1], APPLY[2], APPLY[3], APPLY[4], cwd = folder, timeout = 120 }
    if math.random() < 0.5 then
      tool.run { "/bin/bash", "-c", '"$@" & pid=$!; sleep $0; kill -9 $pid; wait $pid',
        ("%.3f"):format(math.random() * 0.05), program, "recover", cwd = folder, timeout = 120 }
    end
    t.equal(recover(folder).code, 0)
    local label = ("killed after %.3f s (%d)"):format(delay, i)
    local was = state(folder, label)
    tool.sleep(0.05)
    t.equal(state(folder, label .. ", a moment later"), was)
    assert(fs.remove(folder))
  end
end)

return t.finish()
