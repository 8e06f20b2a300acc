--- What a system may refuse in the middle of an upgrade: space, a read or a write, rights, a second run at once. Either
-- all is as before and the exit says so, or all is upgraded.
local fs = require "pysec.fs"
local t = require "harness"
local tool = require "pysec.tool"
local project = dofile(t.root .. "/tests/faults/upgrade_project.lua")

if not project.can_fault() then return 0 end

local whole = project.copy()
t.equal(project.apply(whole, "count").code, 0)
local all = project.calls(whole)

--- An upgrade with a fault ends well: by itself, but for what could not be removed, which the next start does.
local function try(fault, number)
  local folder, label = project.copy(), ("%s (%s)"):format(fault, all[number])
  local result = project.apply(folder, fault)
  t.truthy(result.code == 0 or result.code == 4, ("%s: ended with %s: %s"):format(label, result.code, result.stderr))
  t.truthy(not result.stderr:find("traceback", 1, true), label .. ": " .. result.stderr)
  local is_left = result.stderr:find "could not be cleared away" or result.stderr:find "run: pysec recover"
  if is_left then project.recover(folder) end
  local state = project.state(folder, label .. "\n" .. result.stderr)
  t.equal(state, result.code == 0 and "after" or "before", label)
  if result.code == 4 then t.match(result.stderr, "error: ", label) end
  assert(fs.remove(folder))
  return result.code
end

t.test("the disk is full from some call on: restored, and that takes no room", function()
  local codes = {}
  for _, number in ipairs(project.steps(all, 10)) do codes[try(("ENOSPC@%d+"):format(number), number)] = true end
  t.truthy(codes[4], "it never failed")
end)

t.test("a single call fails: restored, or finished", function()
  local codes = {}
  for _, number in ipairs(project.steps(all, 10)) do codes[try(("EIO@%d"):format(number), number)] = true end
  t.truthy(codes[4], "it never failed")
end)

t.test("a file system that is full indeed: refused before anything changes", function()
  local folder = t.tempdir()
  local mounted = tool.run { "mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder }
  if not mounted or mounted.code ~= 0 then return print "skipped: a file system of its own needs root" end
  local _ <close> = setmetatable({}, { __close = function() tool.run { "umount", "-l", folder } end })
  assert(fs.copy(project.copy(), folder .. "/app"))
  local free = assert(fs.space(folder)).bytes
  local needed = assert(fs.measure(folder .. "/app/.venv")).bytes
  assert(fs.write(folder .. "/filling", ("x"):rep(free - needed // 2)))
  local result = project.apply(folder .. "/app")
  t.equal(result.code, 4, result.stderr)
  t.match(result.stderr, "an upgrade begins with a copy of it, which takes %d+ MB; %d+ MB are free there, make room")
  t.equal(project.state(folder .. "/app", "full"), "before")
  assert(fs.remove(folder .. "/filling"))
  t.equal(project.apply(folder .. "/app").code, 0)
end)

t.test("an environment that is a mount of its own is restored as well", function()
  local folder = project.copy()
  assert(fs.rename(folder .. "/.venv", folder .. "/real"))
  assert(fs.mkdirs(folder .. "/.venv"))
  local mounted = tool.run { "mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", folder .. "/.venv" }
  if not mounted or mounted.code ~= 0 then return print "skipped: a file system of its own needs root" end
  local _ <close> = setmetatable({}, { __close = function() tool.run { "umount", "-l", folder .. "/.venv" } end })
  assert(tool.run { "cp", "-a", folder .. "/real/.", folder .. "/.venv" })
  assert(fs.remove(folder .. "/real"))
  local result = project.run(folder, { "apply", "plan.json", "--database", "advisories.db", "--verify", "exit 1" })
  t.equal(result.code, 4, result.stderr)
  t.equal(project.state(folder, "a mount"), "before")
  t.equal(project.apply(folder).code, 0)
  t.equal(project.state(folder, "a mount"), "after")
end)

t.test("twenty at once: one does it, the others leave with a clear message", function()
  local folder, specs = project.copy(), {}
  for i = 1, 20 do
    specs[i] = { project.program, "apply", "plan.json", "--database", "advisories.db", "--reports", "reports" .. i,
      cwd = folder, timeout = 120 }
  end
  local done = 0
  for _, result in ipairs(tool.all(specs)) do
    if result.code == 0 then
      done = done + 1
    else
      t.equal(result.code, 4, result.stderr)
      t.match(result.stderr, "another upgrade is at work on it; wait")
    end
  end
  t.truthy(done >= 1, "nobody did it")
  t.equal(project.state(folder, "twenty at once"), "after")
end)

t.test("without rights it is refused before anything changes", function()
  local nobody = tool.run { "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "true" }
  if not nobody or nobody.code ~= 0 then return print "skipped: another user needs root" end
  local folder = project.copy()
  assert(tool.run { "chmod", "-R", "a+rX", folder:match "^(.*)/" })
  assert(tool.run { "chmod", "a+rwx", folder })
  local spec = { "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", project.program, cwd = folder,
    timeout = 120 }
  table.move(project.APPLY, 1, #project.APPLY, #spec + 1, spec)
  local result = assert(tool.run(spec))
  t.equal(result.code, 4, result.stderr)
  t.match(result.stderr, "%.venv: Permission denied")
  t.equal(project.state(folder, "no rights"), "before")
end)

t.test("folders of the environment that nobody may write to stand in nobody's way", function()
  local drop = { "setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner", "--inh-caps",
    "-dac_override,-dac_read_search,-fowner" }
  local probe = tool.run { drop[1], drop[2], drop[3], drop[4], drop[5], "true" }
  if not probe or probe.code ~= 0 then return print "skipped: rights need root" end
  for _, check in ipairs { "exit 1", "exit 0" } do
    local folder = project.copy()
    t.files(folder, { [".venv/lib/ro/inner/file"] = "x" })
    assert(tool.run { "chmod", "-R", "a-w", folder .. "/.venv/lib/ro" })
    local spec = table.move(drop, 1, #drop, 1, { cwd = folder, timeout = 120 })
    for _, word in ipairs { project.program, "apply", "plan.json", "--database", "advisories.db", "--verify", check } do
      spec[#spec + 1] = word
    end
    local result = assert(tool.run(spec))
    t.equal(result.code, check == "exit 1" and 4 or 0, result.stderr)
    for _, name in ipairs(fs.list(folder)) do t.truthy(not name:find("pysec-", 1, true), name .. " is left") end
    t.equal({ fs.read(folder .. "/.venv/lib/ro/inner/file"), fs.stat(folder .. "/.venv/lib/ro/inner").mode & 128,
      fs.read(folder .. "/base.txt") }, { "x", 0, check == "exit 1" and "idna==2.7\n" or "idna==3.7\n" })
  end
end)

t.test("a signal every ten milliseconds: 130 or 143 and all as before, or upgraded", function()
  local seen = {}
  for i = 1, 3 do
    local folder = project.copy()
    local result = tool.run { "/bin/bash", "-c",
      '"$@" & pid=$!; sleep $0; while kill -INT $pid 2>/dev/null; do sleep 0.01; done; wait $pid',
      ("%.2f"):format(i * 0.15), project.program, project.APPLY[1], project.APPLY[2],
      project.APPLY[3], project.APPLY[4], cwd = folder, timeout = 120 }
    t.truthy(result.code == 0 or result.code == 130, ("ended with %s: %s"):format(result.code, result.stderr))
    seen[project.state(folder, "signals")] = true
  end
  t.truthy(seen.before, "no run was interrupted")
end)

t.test("nobody reads what it prints: the upgrade is not cut in two", function()
  local folder = project.copy()
  local result = tool.run { "/bin/bash", "-c", '"$@" 2>&1 | head -0; exit ${PIPESTATUS[0]}', "sh", project.program,
    project.APPLY[1], project.APPLY[2], project.APPLY[3], project.APPLY[4], cwd = folder, timeout = 120 }
  t.truthy(result.code == 0 or result.code == 4, result.stderr)
  t.equal(project.state(folder, "closed"), "after")
end)

return t.finish()
