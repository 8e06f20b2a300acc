--- pysec.fs: copies of whole folders, with all that belongs to a file. What is copied is never what a link points to.
local t = require "harness"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local function run(...)
  local result = assert(tool.run { ... })
  assert(result.code == 0, result.stderr)
  return result.stdout
end

local function link(target, path) run("ln", "-s", target, path) end

local function exists(path) return fs.stat(path, { follow = false }) ~= nil end

--- One line for each entry: kind, mode, owners, seconds and the target of a link, then its path.
local function listing(folder)
  local lines = {}
  for line in run("find", folder, "-mindepth", "1", "-printf", "%y %m %U:%G %Ts %l|%P\\0"):gmatch "[^\0]+" do
    lines[#lines + 1] = line
  end
  table.sort(lines)
  return lines
end

t.test("copies a tree with its modes, times and links", function()
  local folder = t.files(t.tempdir(), { ["from/a"] = "a", ["from/bin/tool"] = ("x"):rep(300000), ["from/empty"] = "",
    ["from/.hidden"] = "h", ["from/f g\nh"] = "", precious = "precious" })
  local from = folder .. "/from"
  assert(fs.mkdirs(from .. "/nothing in it"))
  link("a", from .. "/relative")
  link(folder .. "/precious", from .. "/absolute")
  link("none", from .. "/dangling")
  link("bin", from .. "/link to a folder")
  run("chmod", "755", from .. "/bin/tool")
  run("chmod", "600", from .. "/a")
  run("chmod", "2750", from .. "/bin")
  run("chmod", "400", from .. "/empty")
  run("touch", "-h", "-d", "@1500000000", from .. "/relative", from .. "/dangling")
  run("touch", "-d", "@1600000000.5", from .. "/a", from .. "/bin", from .. "/bin/tool", from)
  t.equal(fs.copy(from, folder .. "/to"), true)
  t.equal(#listing(from), 11)
  t.equal(listing(folder .. "/to"), listing(from))
  t.equal(fs.stat(folder .. "/to").mtime, 1600000000)
  t.truthy(fs.read(folder .. "/to/bin/tool") == fs.read(from .. "/bin/tool"))
  assert(fs.write(folder .. "/to/a", "changed"))
  t.equal(fs.read(from .. "/a"), "a")
end)

t.test("copies a file, and a link as a link", function()
  local folder = t.files(t.tempdir(), { a = "text" })
  run("chmod", "640", folder .. "/a")
  link("a", folder .. "/link")
  t.equal(fs.copy(folder .. "/a", folder .. "/b"), true)
  local copy, original = fs.stat(folder .. "/b"), fs.stat(folder .. "/a")
  t.truthy(copy.inode ~= original.inode)
  copy.inode = original.inode
  t.equal(copy, original)
  t.equal(fs.copy(folder .. "/link", folder .. "/other"), true)
  t.equal(run("readlink", folder .. "/other"), "a\n")
end)

t.test("makes pipes and sockets anew, and does not wait for them", function()
  local folder = t.files(t.tempdir(), { ["from/a"] = "" })
  local from = folder .. "/from"
  run("mkfifo", from .. "/pipe")
  run("python3", "-c", "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", from .. "/socket")
  run("chmod", "640", from .. "/pipe", from .. "/socket")
  run("touch", "-d", "@1600000000", from .. "/pipe", from .. "/socket", from)
  t.equal(fs.copy(from, folder .. "/to"), true)
  t.equal(fs.list(folder .. "/to"), { "a", "pipe", "socket" })
  t.equal(listing(folder .. "/to"), listing(from))
  t.equal(fs.copy(from .. "/pipe", folder .. "/pipe"), true)
  t.equal(run("stat", "--format", "%F", folder .. "/pipe"), "fifo\n")
end)

t.test("keeps holes, and the bytes around them", function()
  local folder = t.tempdir()
  run("sh", "-c", [[
    mkdir "$1/from"
    truncate -s 50M "$1/from/hole" "$1/from/first" "$1/from/last" "$1/from/middle"
    printf text | dd of="$1/from/first" conv=notrunc status=none
    printf text | dd of="$1/from/middle" bs=1M seek=20 conv=notrunc status=none
    printf text >> "$1/from/last"]], "sh", folder)
  local before = fs.measure(folder .. "/from")
  if before.bytes > 10 * 1024 * 1024 then return print "skipped: holes, which this file system has not" end
  t.equal(fs.copy(folder .. "/from", folder .. "/to"), true)
  run("diff", "-r", folder .. "/from", folder .. "/to")
  t.truthy(fs.measure(folder .. "/to").bytes <= before.bytes + 64 * 1024)
end)

local is_root = run "id" :match "^uid=0%(" ~= nil

t.test("keeps owners and groups where it may", function()
  if not is_root then return print "skipped: owners, which only root may give" end
  local folder = t.files(t.tempdir(), { ["from/a"] = "a", ["from/b/c"] = "c", ["from/tool"] = "x" })
  local from = folder .. "/from"
  link("a", from .. "/link")
  run("mkfifo", from .. "/pipe")
  run("chown", "-h", "1234:2345", from .. "/a", from .. "/link", from .. "/pipe", from .. "/tool")
  run("chown", "0:3456", from .. "/b")
  run("chmod", "6755", from .. "/tool")
  run("mknod", from .. "/null", "c", "1", "3")
  t.equal(fs.copy(from, folder .. "/to"), true)
  t.equal(listing(folder .. "/to"), listing(from))
  t.equal(run("stat", "--format", "%t %T", folder .. "/to/null"), "1 3\n")
end)

t.test("owners that it may not give are its own, and their special bits are gone", function()
  if not is_root then return print "skipped: the owners of others, whom only root can make" end
  local folder = t.files(t.tempdir(), { ["from/tool"] = "x", ["from/a"] = "a" })
  run("chmod", "6755", folder .. "/from/tool")
  run("mknod", folder .. "/from/null", "c", "1", "3")
  run("chmod", "-R", "a+rX", folder)
  run("chmod", "777", folder)
  local script = t.files(t.tempdir(), { ["a.lua"] = 'print(require "pysec.fs".copy("from", "to"))' })
  run("chmod", "-R", "a+rX", script)
  local result = assert(tool.run { "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", t.program, "run",
    script .. "/a.lua", cwd = folder })
  t.equal(result.stdout, "true\n", result.stderr)
  t.equal(fs.list(folder .. "/to"), { "a", "tool" })
  t.equal(run("stat", "--format", "%a %u:%g", folder .. "/to/tool"), "755 65534:65534\n")
end)

--- Runs Python on paths; the standard library knows extended attributes.
local function python(text, ...) return run("python3", "-c", "import os, struct, sys\n" .. text, ...) end

--- An access list in the form of the kernel: owner rw, user 1234 r, group r, mask r, others nothing.
local ACCESS_LIST = [[
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in
  [(1, 6, 0xffffffff), (2, 4, 1234), (4, 4, 0xffffffff), (16, 4, 0xffffffff), (32, 0, 0xffffffff)])
]]

t.test("keeps extended attributes and access lists, and none that were not there", function()
  local folder = t.files(t.tempdir(), { ["from/a"] = "a", ["from/big"] = "b", ["from/plain/c"] = "c" })
  local from = folder .. "/from"
  local supported = pcall(python, [[os.setxattr(sys.argv[1], "user.probe", b"")]], folder)
  if not supported then return print "skipped: extended attributes, which this file system has not" end
  python([[
os.setxattr(sys.argv[1] + "/a", "user.empty", b"")
os.setxattr(sys.argv[1] + "/a", "user.text", bytes(range(256)))
for i in range(20): os.setxattr(sys.argv[1] + "/big", "user.%0100d" % i, b"x")
os.setxattr(sys.argv[1], "user.folder", b"y")]], from)
  local show = [[
for path, folders, files in sorted(os.walk(sys.argv[1])):
  for name in [""] + sorted(files):
    file = os.path.join(path, name)
    print(os.path.relpath(file, sys.argv[1]), sorted((n, os.getxattr(file, n)) for n in os.listxattr(file)))]]
  local has_lists = pcall(python, ACCESS_LIST .. [[
os.setxattr(sys.argv[1] + "/a", "system.posix_acl_access", acl)
os.setxattr(sys.argv[1] + "/plain", "system.posix_acl_default", acl)
os.setxattr(sys.argv[2], "system.posix_acl_default", acl)]], from, folder)
  t.equal(fs.copy(from, folder .. "/to"), true)
  t.equal(fs.copy(from .. "/big", folder .. "/file"), true)
  t.equal(python(show, folder .. "/to"), python(show, from))
  t.equal(listing(folder .. "/to"), listing(from))
  t.equal(python([[print(len(os.listxattr(sys.argv[1])))]], folder .. "/file"), "20\n")
  if not has_lists then print "skipped: access lists, which this file system has not" end
end)

t.test("leaves out attributes that the target does not know", function()
  local folder = t.files(t.tempdir(), { ["from/a"] = "a" })
  local disk = t.tempdir()
  local mounted = tool.run { "mount", "-t", "ramfs", "pysec-test", disk }
  if not mounted or mounted.code ~= 0 or not pcall(python, [[os.setxattr(sys.argv[1], "user.a", b"x")]],
    folder .. "/from/a") then
    return print "skipped: a target without attributes, which needs the right to mount one"
  end
  local ok, message = fs.copy(folder .. "/from", disk .. "/to")
  local bytes = fs.read(disk .. "/to/a")
  run("umount", disk)
  t.equal({ ok, message, bytes }, { true, nil, "a" })
end)

t.test("names what could not be copied", function()
  if not is_root then return print "skipped: another user, whom only root can be" end
  local folder = t.files(t.tempdir(), { ["from/b/c/secret"] = "s" })
  run("chmod", "-R", "a+rX", folder)
  run("chmod", "777", folder)
  run("chmod", "600", folder .. "/from/b/c/secret")
  local script = t.files(t.tempdir(), { ["a.lua"] = 'print(require "pysec.fs".copy("from/", "to"))' })
  run("chmod", "-R", "a+rX", script)
  local result = assert(tool.run { "setpriv", "--reuid=65534", "--clear-groups", t.program, "run", script .. "/a.lua",
    cwd = folder })
  t.equal(result.stdout, "nil\tfrom/b/c/secret: Permission denied\tEACCES\n", result.stderr)
  t.equal(fs.list(folder), { "from" })
end)

t.test("copies over nothing, and nothing into itself", function()
  local folder = t.files(t.tempdir(), { ["from/a"] = "a", ["from/b/c"] = "", ["there/x"] = "x", file = "f" })
  link("none", folder .. "/dangling")
  link("from", folder .. "/link")
  for to, code in pairs {
    there = "EEXIST", file = "EEXIST", dangling = "EEXIST", from = "EEXIST", ["from/x"] = "EINVAL",
    ["from/b/x"] = "EINVAL", ["from/../from/b/x"] = "EINVAL", ["link/x"] = "EINVAL", ["from/x/"] = "EINVAL",
    ["none/x"] = "ENOENT",
  } do
    t.equal(select(3, fs.copy(folder .. "/from", folder .. "/" .. to)), code, to)
  end
  t.equal(fs.list(folder .. "/from"), { "a", "b" })
  t.equal(fs.list(folder), { "dangling", "file", "from", "link", "there" })
  t.equal(fs.copy(folder .. "/from", folder .. "/from beside"), true)
  t.equal(fs.copy(folder .. "/link", folder .. "/from/link"), true)
  local ok, message, code = fs.copy(folder .. "/none", folder .. "/x")
  t.equal({ ok, code }, { nil, "ENOENT" })
  t.contains(message, folder .. "/none: ")
  t.truthy(not exists(folder .. "/x"))
end)

return t.finish()
