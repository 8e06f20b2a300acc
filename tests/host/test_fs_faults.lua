--- pysec.fs when the disk is full, or the system has no more to give.
local t = require "harness"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local function script(text) return t.files(t.tempdir(), { ["a.lua"] = text }) .. "/a.lua" end

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
  t.equal(result.stdout, "EFBIG\tEFBIG\tEFBIG\tEFBIG\tEFBIG\n")
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
    report("measure", fs.measure "from")
    report("sync", fs.sync ".")
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
  local _, message, code = fs.copy(folder .. "/from", folder .. "/to")
  t.equal(code, "ENOSPC")
  t.match(message, "/from/%l: No space left on device$")
  t.equal(fs.list(folder), { "from", "old" })
  t.equal(select(3, fs.append(folder .. "/old", big)), "ENOSPC")
  t.equal(fs.read(folder .. "/old"), "old")
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
