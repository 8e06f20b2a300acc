--- pysec.fs: two paths that change places, and the room that a copy takes and has.
local t = require "harness"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local function run(...)
  local result = assert(tool.run { ... })
  assert(result.code == 0, result.stderr)
  return result.stdout
end

t.test("lets files, folders and links change places", function()
  local folder = t.files(t.tempdir(), { file = "file", ["tree/a"] = "a", ["other/b"] = "b", precious = "precious" })
  run("ln", "-s", "precious", folder .. "/link")
  t.equal(fs.exchange(folder .. "/tree", folder .. "/other"), true)
  t.equal({ fs.list(folder .. "/tree"), fs.list(folder .. "/other") }, { { "b" }, { "a" } })
  t.equal(fs.exchange(folder .. "/file", folder .. "/tree"), true)
  t.equal({ fs.list(folder .. "/file"), fs.read(folder .. "/tree") }, { { "b" }, "file" })
  t.equal(fs.exchange(folder .. "/link", folder .. "/tree"), true)
  t.equal(run("readlink", folder .. "/tree"), "precious\n")
  t.equal({ fs.read(folder .. "/link"), fs.read(folder .. "/precious") }, { "file", "precious" })
end)

t.test("exchanges only what is there and may be", function()
  local folder = t.files(t.tempdir(), { a = "a", ["tree/b"] = "b" })
  t.equal({ fs.exchange(folder .. "/a", folder .. "/none") },
    { nil, folder .. "/none: No such file or directory", "ENOENT" })
  t.equal({ fs.exchange(folder .. "/none", folder .. "/a") },
    { nil, folder .. "/none: No such file or directory", "ENOENT" })
  t.equal(select(3, fs.exchange(folder .. "/tree", folder .. "/tree/b")), "EINVAL")
  t.equal({ fs.exchange(folder .. "/a", "/proc/self/stat") },
    { nil, folder .. "/a: Invalid cross-device link", "EXDEV" })
  t.equal(fs.list(folder), { "a", "tree" })
end)

t.test("nobody ever sees one of two missing", function()
  local folder = t.files(t.tempdir(), { ["a/name"] = "a", ["b/name"] = "b" })
  local script = t.files(t.tempdir(), { ["a.lua"] = [[
    local fs = require "pysec.fs"
    for _ = 1, 5000 do assert(fs.exchange("a", "b")) end]] }) .. "/a.lua"
  local looks = t.files(t.tempdir(), { ["a.lua"] = [[
    local fs = require "pysec.fs"
    for _ = 1, 5000 do assert(fs.read "a/name") end]] }) .. "/a.lua"
  for _, result in ipairs(tool.all { { t.program, "run", script, cwd = folder }, { t.program, "run", looks,
    cwd = folder } }) do
    t.equal(result.code, 0, result.stderr)
  end
end)

t.test("measures what a copy takes", function()
  local folder = t.files(t.tempdir(), { ["tree/a"] = ("x"):rep(100000), ["tree/b/c"] = "c",
    precious = ("x"):rep(500000) })
  local tree = folder .. "/tree"
  run("ln", "-s", "../precious", tree .. "/link")
  run("ln", "-s", "..", tree .. "/up")
  run("mkfifo", tree .. "/pipe")
  run("ln", tree .. "/a", tree .. "/hard")
  run("truncate", "-s", "500M", tree .. "/hole")
  local sum = 0
  for blocks in run("find", tree, "-printf", "%b\n"):gmatch "%d+" do sum = sum + math.tointeger(blocks) * 512 end
  t.equal(fs.measure(tree), { bytes = sum, entries = 9 })
  t.truthy(sum >= 200000 and sum < 10000000)
  t.equal(fs.measure(tree .. "/link").entries, 1)
  t.equal({ fs.measure(folder .. "/none") }, { nil, folder .. "/none: No such file or directory", "ENOENT" })
end)

t.test("names what it could not measure, deep as it lies", function()
  if run("id", "-u") ~= "0\n" then return print "skipped: another user, whom only root can be" end
  local folder = t.files(t.tempdir(), { ["tree/a/b/c"] = "c" })
  local script = t.files(t.tempdir(), { ["a.lua"] = 'print(require "pysec.fs".measure "tree/")' })
  run("chmod", "-R", "a+rX", script, folder)
  run("chmod", "700", folder .. "/tree/a/b")
  local result = assert(tool.run { "setpriv", "--reuid=65534", "--clear-groups", t.program, "run", script .. "/a.lua",
    cwd = folder })
  t.equal(result.stdout, "nil\ttree/a/b: Permission denied\tEACCES\n", result.stderr)
  local deep = folder .. "/deep" .. ("/" .. ("d"):rep(200)):rep(30)
  assert(fs.mkdirs(deep))
  t.equal(fs.measure(folder .. "/deep").entries, 31)
end)

t.test("tells what a file system has left", function()
  local folder = t.tempdir()
  local space = assert(fs.space(folder))
  t.equal({ math.type(space.bytes), type(space.reflinks) }, { "integer", "boolean" })
  local free, kind = run("stat", "--file-system", "--format", "%a %S %T", folder):match "^(%d+ %d+) (%S+)"
  local blocks, size = free:match "(%d+) (%d+)"
  t.truthy(math.abs(space.bytes - blocks * size) < 1e9, space.bytes)
  if kind == "ext2/ext3" or kind == "tmpfs" then t.equal(space.reflinks, false) end
  t.equal(fs.list(folder), {})
  t.equal({ fs.space(folder .. "/none") }, { nil, folder .. "/none: No such file or directory", "ENOENT" })
  t.equal(fs.space("/proc").reflinks, false)
end)

--- A file system of its own in a folder; nil where only root may, or this system cannot.
local function disk(options, kind, make)
  local folder = t.tempdir()
  if make then
    if not tool.which(make[1]) then return nil end
    run("truncate", "-s", "320M", folder .. "/image")
    make[#make + 1] = folder .. "/image"
    if tool.run(make).code ~= 0 then return nil end
  end
  assert(fs.mkdirs(folder .. "/disk"))
  local result = tool.run { "mount", "-t", kind, "-o", options, make and folder .. "/image" or "pysec-test",
    folder .. "/disk" }
  if not result or result.code ~= 0 then return nil end
  return setmetatable({ path = folder .. "/disk" },
    { __close = function() tool.run { "umount", folder .. "/disk" } end })
end

t.test("counts the bytes and entries that are left", function()
  local small <close> = disk("size=1m,nr_inodes=10", "tmpfs")
  if not small then return print "skipped: a small disk, which needs the right to mount one" end
  local before = assert(fs.space(small.path))
  t.equal({ before.bytes, before.entries, before.reflinks }, { 1048576, 9, false })
  assert(fs.write(small.path .. "/a", ("x"):rep(4096 * 10)))
  local after = assert(fs.space(small.path))
  t.equal({ before.bytes - after.bytes, after.entries }, { 40960, 8 })
end)

for kind, make in pairs { xfs = { "mkfs.xfs", "-q" }, btrfs = { "mkfs.btrfs", "-q" } } do
  t.test("finds the reflinks of " .. kind .. " and copies with them", function()
    local disk_of_kind <close> = disk("loop", kind, make)
    if not disk_of_kind then return print("skipped: reflinks of " .. kind .. ", which need its tools and root") end
    local path = disk_of_kind.path
    local space = assert(fs.space(path))
    t.equal({ space.reflinks, space.entries == nil }, { true, kind == "btrfs" })
    assert(fs.write(path .. "/a", ("text"):rep(10000000)))
    assert(fs.sync(path))
    local before = assert(fs.space(path)).bytes
    t.equal(fs.copy(path .. "/a", path .. "/b"), true)
    assert(fs.sync(path))
    t.truthy(before - assert(fs.space(path)).bytes < 4000000, "the blocks are shared")
    t.truthy(fs.read(path .. "/b") == fs.read(path .. "/a"))
  end)
end

return t.finish()
