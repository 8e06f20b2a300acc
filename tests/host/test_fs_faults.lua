--- pysec.fs when others hold a lock, the disk is full, or the system has no more to give.
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

t.test("a file that may not grow further leaves the old one and no temporary file", function()
  local folder = t.files(t.tempdir(), { old = "old", ["from/big"] = ("x"):rep(100000) })
  local path = script [[
    local fs, json = require "pysec.fs", require "pysec.json"
    local big = ("x"):rep(100000)
    print(select(3, fs.write("old", big)), select(3, fs.write("new", big)), select(3, fs.append("log", big)),
      select(3, json.write("new.json", big)), select(3, fs.copy("from", "to")))]]
  local result = assert(tool.run { "sh", "-c", 'ulimit -f 8; exec "$@"', "sh", t.program, "run", path, cwd = folder,
    timeout = 20 })
  t.equal(result.code, 0, result.stderr)
  t.match(result.stdout, "^EFBIG\tEFBIG\t%u+\tEFBIG\tEFBIG\n$")
  t.equal(fs.list(folder), { "from", "log", "old" })
  t.equal(fs.read(folder .. "/old"), "old")
end)

t.test("a process without free descriptors fails with a code and leaves nothing behind", function()
  local path = script [[
    local fs = require "pysec.fs"
    local function report(name, ok, _, code) print(name, ok and "ok" or code) end
    report("write", fs.write("old", "new"))
    report("read", fs.read "old")
    report("list", fs.list ".")
    report("mkdirs", fs.mkdirs "a/b")
    report("lock", fs.lock "lock")
    report("append", fs.append("log", "x"))
    report("walk", fs.walk(".", function() end))
    report("copy", fs.copy("from", "to"))]]
  local seen = {}
  for limit = 3, 24 do
    local folder = t.files(t.tempdir(), { old = "old", ["from/b/c"] = "c" })
    local result = assert(tool.run { "sh", "-c", 'ulimit -n "$0"; exec "$@"', limit, t.program, "run", path,
      cwd = folder, timeout = 20 })
    for name, outcome in result.stdout:gmatch "(%l+)\t(%w+)\n" do
      t.truthy(outcome == "ok" or outcome == "EMFILE", ("%s with %d descriptors: %s"):format(name, limit, outcome))
      seen[outcome] = (seen[outcome] or 0) + 1
      if name == "copy" then t.equal(fs.stat(folder .. "/to") ~= nil, outcome == "ok", "a copy with " .. limit) end
    end
    t.truthy(result.code == 0 or result.stdout == "", limit .. " descriptors: " .. result.stderr)
    for _, name in ipairs(fs.list(folder)) do t.lacks(name, ".tmp") end
  end
  t.truthy(seen.ok and seen.EMFILE, "both happen")
end)

--- A small file system in a folder: only root can have one. Returns nil where that is not allowed.
local function small_disk(options)
  local folder = t.tempdir()
  local result = tool.run { "mount", "-t", "tmpfs", "-o", options, "pysec-test", folder }
  if not result or result.code ~= 0 then return nil end
  return setmetatable({ path = folder }, { __close = function() tool.run { "umount", folder } end })
end

local probe = small_disk "size=64k"
if not probe then
  print "skipped: a full disk, which needs the right to mount one"
  return t.finish()
end
getmetatable(probe).__close()

t.test("a full disk leaves the old file and nothing else", function()
  local disk <close> = assert(small_disk "size=128k")
  local folder = t.files(disk.path, { old = "old", ["from/a"] = ("x"):rep(50000), ["from/b"] = ("y"):rep(30000) })
  local big = ("x"):rep(200000)
  for name, text in pairs { old = big, new = big } do
    t.equal({ fs.write(folder .. "/" .. name, text) },
      { nil, folder .. "/" .. name .. ": No space left on device", "ENOSPC" })
  end
  t.equal(fs.read(folder .. "/old"), "old")
  t.equal(select(3, fs.copy(folder .. "/from", folder .. "/to")), "ENOSPC")
  t.equal(fs.list(folder), { "from", "old" })
  t.equal(select(3, fs.append(folder .. "/old", big)), "ENOSPC")
  assert(fs.remove(folder .. "/old"))
  t.equal(fs.write(folder .. "/new", "room again"), true)
end)

t.test("a disk without room for another file leaves what is there", function()
  local disk <close> = assert(small_disk "nr_inodes=5")
  local folder = t.files(disk.path, { ["a"] = "a", ["b"] = "b", ["c"] = "c" })
  assert(fs.write(folder .. "/d", "d"))
  t.equal(select(3, fs.write(folder .. "/a", "new")), "ENOSPC")
  t.equal(select(3, fs.mkdirs(folder .. "/e/f")), "ENOSPC")
  t.equal(select(3, fs.lock(folder .. "/lock")), "ENOSPC")
  t.equal(select(3, fs.tempdir(folder)), "ENOSPC")
  t.equal(fs.list(folder), { "a", "b", "c", "d" })
  t.equal(fs.read(folder .. "/a"), "a")
end)

return t.finish()
