--- pysec.fs: locks, whoever holds, removes or leaves them.
local t = require "harness"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local function script(text) return t.files(t.tempdir(), { ["a.lua"] = text }) .. "/a.lua" end

t.test("a lock keeps everybody else out until it is released", function()
  local path = t.tempdir() .. "/lock"
  local lock = assert(fs.lock(path))
  t.equal({ fs.lock(path) }, { nil, path .. ": locked by another process", "EAGAIN" })
  lock:release()
  lock:release()
  do
    local closing <close> = assert(fs.lock(path))
    t.equal(select(3, fs.lock(path)), "EAGAIN")
    t.equal(type(closing), "userdata")
  end
  t.truthy(fs.lock(path), "not kept: the collector releases it")
  collectgarbage()
  t.truthy(fs.lock(path))
  collectgarbage()
  t.equal(fs.read(path), "")
end)

t.test("a lock is no link, and says why it cannot be made", function()
  local folder = t.files(t.tempdir(), { precious = "precious" })
  assert(assert(tool.run { "ln", "-s", "precious", folder .. "/link" }).code == 0)
  t.equal(select(3, fs.lock(folder .. "/link")), "ELOOP")
  t.equal(select(3, fs.lock(folder .. "/none/lock")), "ENOENT")
  t.equal(select(3, fs.lock(folder)), "EISDIR")
  t.truthy(fs.lock(folder .. "/precious"))
  t.equal(fs.read(folder .. "/precious"), "precious")
  t.raises(function() getmetatable(fs.lock(folder .. "/a")).__index.release(io.stdout) end, "pysec.fs.lock expected")
end)

t.test("of many processes one at a time is in", function()
  local folder = t.tempdir()
  local path = script [[
    local fs, tool = require "pysec.fs", require "pysec.tool"
    local lock
    repeat
      lock = fs.lock "lock"
      if not lock then tool.sleep(0.01) end
    until lock
    assert(fs.append("log", "in\n"))
    tool.sleep(0.02)
    assert(fs.append("log", "out\n"))]]
  local specs = {}
  for i = 1, 8 do specs[i] = { t.program, "run", path, cwd = folder, timeout = 60 } end
  for i, result in ipairs(tool.all(specs)) do t.equal({ result.code, result.stderr }, { 0, "" }, i) end
  t.equal(fs.read(folder .. "/log"), ("in\nout\n"):rep(8))
end)

t.test("a lock ends with the process that holds it, however that ends", function()
  local folder = t.tempdir()
  local path = script [[
    local fs, tool = require "pysec.fs", require "pysec.tool"
    local lock = assert(fs.lock "lock")
    assert(fs.write("pid", tostring(io.open "/proc/self/stat":read "n")))
    tool.run { "sleep", "60" }
    lock:release()]]
  local was_locked
  local results = tool.all({ { t.program, "run", path, cwd = folder, timeout = 60 } }, { on_tick = function()
    local pid = not was_locked and fs.read(folder .. "/pid")
    if not pid then return end
    was_locked = select(3, fs.lock(folder .. "/lock")) == "EAGAIN"
    assert(tool.run { "kill", "-KILL", pid })
  end })
  t.equal({ was_locked, results[1].signal }, { true, 9 })
  t.truthy(fs.lock(folder .. "/lock"))
end)

t.test("removes its file while it is held, once", function()
  local path = t.tempdir() .. "/lock"
  local lock = assert(fs.lock(path))
  t.equal(lock:remove(), true)
  t.equal(fs.stat(path), nil)
  local other = assert(fs.lock(path))
  t.equal({ lock:remove(), lock:release() }, { true })
  t.equal(select(3, fs.lock(path)), "EAGAIN")
  other:release()
  t.equal(other:remove(), true, "after release it does nothing")
  t.truthy(fs.stat(path))
end)

t.test("leaves a file alone that took the place of its own", function()
  local folder = t.tempdir()
  local lock <close> = assert(fs.lock(folder .. "/lock"))
  assert(fs.rename(folder .. "/lock", folder .. "/old"))
  local other <close> = assert(fs.lock(folder .. "/lock"))
  t.equal(lock:remove(), true)
  t.truthy(fs.stat(folder .. "/lock"))
  t.truthy(fs.lock(folder .. "/old"), "it is released all the same")
  t.truthy(other)
end)

t.test("is given up when its file cannot be removed, which is said", function()
  local folder = t.tempdir()
  local path = script [[
    local fs = require "pysec.fs"
    local lock = assert(fs.lock "lock")
    assert(os.execute "chmod 555 .")
    print(lock:remove())
    os.execute "chmod 755 ."
    print(fs.lock "lock" ~= nil, lock:remove(), fs.stat "lock" ~= nil)]]
  assert(assert(tool.run { "chmod", "-R", "a+rX", path:match "^(.*)/" }).code == 0)
  local somebody = ""
  if assert(tool.run { "id", "-u" }).stdout == "0\n" then
    somebody = "setpriv --reuid=65534 --clear-groups"
    assert(assert(tool.run { "chown", "65534", folder }).code == 0)
  end
  local result = assert(tool.run { "sh", "-c", somebody .. [[ "$0" run "$1"]], t.program, path, cwd = folder })
  t.equal(result.stdout, "nil\tlock: Permission denied\tEACCES\ntrue\ttrue\ttrue\n", result.stderr)
end)

t.test("of many that remove their lock file one at a time is in", function()
  local folder = t.tempdir()
  local path = script [[
    local fs, tool = require "pysec.fs", require "pysec.tool"
    for _ = 1, 50 do
      local lock
      repeat lock = fs.lock "lock" until lock
      -- Nobody else can be between these two.
      assert(not fs.stat "in", "two hold the lock")
      assert(fs.write("in", ""))
      assert(fs.remove "in")
      assert(lock:remove())
    end]]
  local specs = {}
  for i = 1, 4 do specs[i] = { t.program, "run", path, cwd = folder, timeout = 120 } end
  for i, result in ipairs(tool.all(specs)) do t.equal({ result.code, result.stderr }, { 0, "" }, i) end
  t.equal(fs.list(folder), {})
end)

return t.finish()
