--- pysec.fs: reading, writing and looking at single files, and never through somebody else's link.
local t = require "harness"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local function link(target, path)
  assert(assert(tool.run { "ln", "-s", target, path }).code == 0)
end

--- Runs Lua text as a script in a folder and returns what it prints.
local function run_in(folder, text, ...)
  local script = t.files(t.tempdir(), { ["script.lua"] = text }) .. "/script.lua"
  local result = assert(tool.run { t.program, "run", script, cwd = folder, timeout = 20, ... })
  assert(result.code == 0, result.stderr)
  return result.stdout
end

local function mode_of(path) return ("%04o"):format(assert(fs.stat(path, { follow = false })).mode) end

t.test("reads bytes as they are", function()
  local path = t.tempdir() .. "/bytes"
  local parts = {}
  for byte = 0, 255 do parts[#parts + 1] = string.char(byte) end
  local bytes = table.concat(parts):rep(1000)
  for _, text in ipairs { "", "\0", "a\r\nb\n", bytes } do
    assert(fs.write(path, text))
    t.truthy(fs.read(path) == text, #text .. " bytes")
  end
end)

t.test("reads files that do not tell their size", function()
  t.match(fs.read "/proc/self/status", "^Name:.*VmHWM:")
  t.equal(fs.read "/dev/null", "")
  t.equal(run_in("/", [[io.stdout:write((assert(require "pysec.fs".read "/dev/stdin")))]]), "")
end)

t.test("reads no more than it may", function()
  local path = t.files(t.tempdir(), { a = "12345" }) .. "/a"
  t.equal(fs.read(path, 5), "12345")
  t.equal(fs.read(path, 6), "12345")
  t.equal({ fs.read(path, 4) }, { nil, path .. ": File too large", "EFBIG" })
  t.equal(select(3, fs.read(path, 0)), "EFBIG")
  t.equal(fs.read("/dev/null", 0), "")
  t.equal(select(3, fs.read("/dev/zero", 1000)), "EFBIG")
end)

t.test("says why a file cannot be read", function()
  local folder = t.files(t.tempdir(), { a = "" })
  t.equal({ fs.read(folder .. "/none") }, { nil, folder .. "/none: No such file or directory", "ENOENT" })
  t.equal(select(3, fs.read(folder)), "EISDIR")
  t.equal(select(3, fs.read(folder .. "/a/b")), "ENOTDIR")
  t.equal(select(3, fs.read(folder .. "/" .. ("x"):rep(300))), "ENAMETOOLONG")
  t.equal(select(3, fs.read ""), "ENOENT")
  link("loop", folder .. "/loop")
  t.equal(select(3, fs.read(folder .. "/loop")), "ELOOP")
end)

t.test("does not wait for somebody to write to a named pipe", function()
  local folder = t.tempdir()
  assert(assert(tool.run { "mkfifo", folder .. "/pipe" }).code == 0)
  t.equal(run_in(folder, [[print(select(3, require "pysec.fs".read "pipe"))]]), "EOPNOTSUPP\n")
end)

t.test("reads a pipe between two programs to its end", function()
  local program = t.files(t.tempdir(), { ["a.lua"] = [[io.stdout:write(#require "pysec.fs".read "/dev/stdin")]] })
  local result = assert(tool.run { "sh", "-c", [[{ echo first; sleep 0.2; head -c 200000 /dev/zero; } | "$@"]], "sh",
    t.program, "run", program .. "/a.lua", timeout = 20 })
  t.equal(result.stdout, "200006", result.stderr)
end)

t.test("writes a new file by the umask, and leaves nothing else behind", function()
  local folder = t.tempdir()
  t.equal(fs.write(folder .. "/a", "text"), true)
  t.equal(fs.list(folder), { "a" })
  local script = t.files(t.tempdir(), { ["a.lua"] = [[assert(require "pysec.fs".write("b", "x"))]] }) .. "/a.lua"
  local result = assert(tool.run { "sh", "-c", 'umask 027; exec "$@"', "sh", t.program, "run", script, cwd = folder })
  t.equal(result.code, 0, result.stderr)
  t.equal(mode_of(folder .. "/b"), "0640")
end)

t.test("keeps the mode of the file that it replaces, unless told another", function()
  local path = t.tempdir() .. "/a"
  for _, mode in ipairs { "0600", "0755", "0444", "4711" } do
    assert(fs.write(path, "x", { mode = tonumber(mode, 8) }))
    t.equal(mode_of(path), mode)
    assert(fs.write(path, "y"))
    t.equal(mode_of(path), mode)
    t.equal(fs.read(path), "y")
  end
  for _, mode in ipairs { 0, -1, 4096, 2 ^ 40, 420.5, "0644", {} } do
    t.raises(function() fs.write(path, "z", { mode = mode }) end, "mode is a number from 1 to 4095")
  end
  t.equal(fs.read(path), "y")
end)

t.test("puts a new file in the place of the old one, so that no reader sees half of it", function()
  local folder = t.tempdir()
  local path = folder .. "/a"
  assert(fs.write(path, "old"))
  assert(assert(tool.run { "ln", path, folder .. "/other name" }).code == 0)
  local open = assert(io.open(path))
  assert(fs.write(path, "new"))
  t.equal(open:read "a", "old")
  t.equal(fs.read(folder .. "/other name"), "old")
  t.equal(fs.read(path), "new")
  open:close()
end)

t.test("shows a reader either the old or the new while a writer is at work", function()
  local folder = t.tempdir()
  local script = t.files(t.tempdir(), { ["a.lua"] = [[
    local fs = require "pysec.fs"
    local texts = { ("a"):rep(100000), ("b"):rep(200000) }
    for round = 1, 100 do assert(fs.write("file", texts[round % 2 + 1])) end]] }) .. "/a.lua"
  assert(fs.write(folder .. "/file", ""))
  local seen = 0
  tool.all({ { t.program, "run", script, cwd = folder } }, { on_tick = function()
    for _ = 1, 50 do
      local text = assert(fs.read(folder .. "/file"))
      t.truthy(text == "" or text == ("a"):rep(100000) or text == ("b"):rep(200000), #text .. " bytes")
      seen = seen + 1
    end
  end })
  t.truthy(#fs.read(folder .. "/file") >= 100000, seen .. " reads")
  t.equal(fs.list(folder), { "file" })
end)

t.test("replaces a link in the place of the file and leaves alone what it points to", function()
  local folder = t.files(t.tempdir(), { precious = "precious" })
  for name, target in pairs { relative = "precious", absolute = folder .. "/precious", dangling = "none", up = ".." } do
    link(target, folder .. "/" .. name)
    t.equal(fs.write(folder .. "/" .. name, "mine"), true, name)
    t.equal(fs.stat(folder .. "/" .. name, { follow = false }).kind, "file", name)
  end
  t.equal(fs.read(folder .. "/precious"), "precious")
  t.equal(fs.stat(folder .. "/none"), nil)
end)

local REFUSED = "'%s' is a symbolic link; writing through it is refused, name the folder that it points to"

t.test("refuses links among the folders of a relative path", function()
  local folder, outside = t.tempdir(), t.tempdir()
  link(outside, folder .. "/reports")
  assert(fs.mkdirs(folder .. "/a"))
  link("../../" .. outside:match "[^/]+$", folder .. "/a/up")
  local out = run_in(folder, [[
    local fs = require "pysec.fs"
    print(fs.write("reports/a.json", "x")) print(fs.write("./reports//a.json", "x"))
    print(fs.write("a/up/b", "x")) print(fs.mkdirs "reports/x/y") print(fs.mkdirs "a/up")
    print(fs.write("a/b", "x")) print(fs.mkdirs "a/c/d")
    print(fs.write(arg[1] .. "/reports/absolute", "x"))]], folder)
  local lines = {}
  for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line end
  t.equal(lines[1], "nil\treports/a.json: " .. REFUSED:format "reports" .. "\tELOOP")
  t.equal(lines[2], "nil\t./reports//a.json: " .. REFUSED:format "reports" .. "\tELOOP")
  t.equal(lines[3], "nil\ta/up/b: " .. REFUSED:format "up" .. "\tELOOP")
  t.equal(lines[4], "nil\treports/x/y: " .. REFUSED:format "reports" .. "\tELOOP")
  t.equal(lines[5], "nil\ta/up: " .. REFUSED:format "up" .. "\tELOOP")
  t.equal({ lines[6], lines[7] }, { "true", "true" })
  t.equal(lines[8], "true", "an absolute path is the user's word")
  t.equal(fs.list(outside), { "absolute" })
end)

t.test("writes nothing outside of the folder that it is kept beneath", function()
  local folder = t.files(t.tempdir(), { ["out/a"] = "a", ["outside/b"] = "b" })
  local out = folder .. "/out"
  link("../outside", out .. "/link")
  link(out, folder .. "/name of out")
  for path, code in pairs {
    [out .. "/../outside/x"] = "EXDEV", [out .. "/x/../../outside/x"] = "EXDEV", [folder .. "/outside/x"] = "EXDEV",
    [folder .. "/x"] = "EXDEV", ["/x"] = "EXDEV", ["relative"] = "EXDEV", [out .. "/link/x"] = "ELOOP",
    [out .. "/link/../x"] = "EXDEV",
  } do
    local ok, message, got = fs.write(path, "x", { beneath = out })
    t.equal({ ok, got }, { nil, code }, path)
    t.contains(message, path)
    t.equal(select(3, fs.mkdirs(path .. "/y", { beneath = out })), code, path)
    t.equal(select(3, fs.write(path, "x", { beneath = out .. "/" })), code, path)
  end
  for _, path in ipairs { out .. "/a", out .. "//b", out .. "/./c", out .. "/..d", out .. "/link" } do
    t.equal(fs.write(path, "x", { beneath = out }), true, path)
    t.equal(fs.write(path, "x", { beneath = out .. "//" }), true, path)
  end
  t.equal(fs.write(folder .. "/name of out/e", "x", { beneath = folder .. "/name of out" }), true)
  t.equal(fs.list(folder .. "/outside"), { "b" })
  t.equal(fs.list(out), { "..d", "a", "b", "c", "e", "link" })
  t.equal(select(3, fs.write("a", "x", { beneath = "" })), "EXDEV")
  t.raises(function() fs.write("a", "x", { beneath = {} }) end, "beneath is a folder's path")
end)

t.test("makes folders, also where some are there already", function()
  local folder = t.files(t.tempdir(), { ["file"] = "" })
  t.equal(fs.mkdirs(folder .. "/a/b/c"), true)
  t.equal(fs.mkdirs(folder .. "/a/b/c/"), true)
  t.equal(fs.mkdirs(folder .. "/a/../d//./e"), true)
  t.equal(fs.stat(folder .. "/d/e").kind, "folder")
  t.equal(fs.mkdirs "/", true)
  t.equal(select(3, fs.mkdirs(folder .. "/file")), "ENOTDIR")
  t.equal(select(3, fs.mkdirs(folder .. "/file/a")), "ENOTDIR")
  for _, path in ipairs { "/" .. ("x"):rep(256), "/n/" .. ("x"):rep(256) .. "/n" } do
    local ok, message, code = fs.mkdirs(folder .. path)
    t.equal({ ok, code }, { nil, "ENAMETOOLONG" })
    t.contains(message, "File name too long")
  end
  t.equal(fs.mkdirs(folder .. "/" .. ("x"):rep(255)), true)
end)

t.test("says why a file cannot be written, and leaves nothing behind", function()
  local folder = t.files(t.tempdir(), { ["file"] = "x", ["folder/a"] = "a" })
  for path, code in pairs {
    ["none/a"] = "ENOENT", ["file/a"] = "ENOTDIR", folder = "EISDIR", [("x"):rep(256)] = "ENAMETOOLONG",
    ["folder/.."] = "EBUSY", ["folder/."] = "EISDIR",
  } do
    t.equal(select(3, fs.write(folder .. "/" .. path, "new")), code, path)
  end
  t.equal(select(3, fs.write("", "new")), "EISDIR")
  t.equal(fs.write(folder .. "/" .. ("é"):rep(127), "a name of 254 bytes"), true)
  t.equal(fs.read(folder .. "/file"), "x")
  t.equal(#fs.list(folder), 3)
  t.equal(fs.list(folder .. "/folder"), { "a" })
end)

t.test("renames over what is there", function()
  local folder = t.files(t.tempdir(), { a = "a", b = "b", ["c/d"] = "d" })
  t.equal(fs.rename(folder .. "/a", folder .. "/b"), true)
  t.equal(fs.read(folder .. "/b"), "a")
  t.equal(fs.rename(folder .. "/c", folder .. "/e"), true)
  t.equal(fs.list(folder), { "b", "e" })
  local ok, message, code = fs.rename(folder .. "/none", folder .. "/x")
  t.equal({ ok, code }, { nil, "ENOENT" })
  t.contains(message, folder .. "/none: ")
end)

t.test("tells what a path is", function()
  local folder = t.files(t.tempdir(), { a = "12345" })
  assert(assert(tool.run { "touch", "-d", "@1700000000", folder .. "/a" }).code == 0)
  assert(assert(tool.run { "chmod", "640", folder .. "/a" }).code == 0)
  link("a", folder .. "/link")
  link("none", folder .. "/dangling")
  local numbers = assert(tool.run { "stat", "--format", "%i %d", folder .. "/a" }).stdout
  local inode, device = numbers:match "(%d+) (%d+)"
  local file = { kind = "file", size = 5, mtime = 1700000000, mode = 416, inode = math.tointeger(inode),
    device = math.tointeger(device) }
  t.equal(fs.stat(folder .. "/a"), file)
  t.equal(fs.stat(folder .. "/link"), file)
  t.equal(fs.stat(folder .. "/link", { follow = true }), file)
  t.equal(fs.stat(folder .. "/link", {}), file)
  t.equal(fs.stat(folder .. "/link", { follow = false }).kind, "link")
  t.equal(fs.stat(folder).kind, "folder")
  t.equal(fs.stat "/dev/null".kind, "other")
  t.equal(select(3, fs.stat(folder .. "/dangling")), "ENOENT")
  t.equal(fs.stat(folder .. "/dangling", { follow = false }).kind, "link")
end)

t.test("resolves links in a path, and knows the current folder", function()
  local folder = t.files(t.tempdir(), { ["a/b"] = "" })
  link("a", folder .. "/link")
  local real = fs.realpath(folder)
  t.equal(fs.realpath(folder .. "/link/../link/./b"), real .. "/a/b")
  t.equal(select(3, fs.realpath(folder .. "/none")), "ENOENT")
  t.equal(run_in(folder, [[local fs = require "pysec.fs"; print(fs.cwd() == fs.realpath ".", fs.cwd())]]),
    "true\t" .. real .. "\n")
end)

t.test("tells whether a path may be written to", function()
  local folder = t.tempdir()
  t.equal(fs.writable(folder), true)
  t.equal(select(3, fs.writable(folder .. "/none")), "ENOENT")
  -- Root may write everywhere, so somebody else has to ask.
  local script = t.files(t.tempdir(), { ["a.lua"] = [[print(require "pysec.fs".writable "/etc/passwd")]] })
  assert(assert(tool.run { "chmod", "-R", "a+rX", script }).code == 0)
  local somebody = assert(tool.run { "id", "-u" }).stdout == "0\n" and "setpriv --reuid=65534 --clear-groups" or ""
  local result = assert(tool.run { "sh", "-c", somebody .. [[ "$0" run "$1"]], t.program, script .. "/a.lua" })
  t.equal(result.stdout, "nil\t/etc/passwd: Permission denied\tEACCES\n", result.stderr)
end)

t.test("raises for arguments of another kind", function()
  for name in pairs(fs) do
    if name ~= "cwd" and name ~= "tempdir" then
      t.raises(function() fs[name]() end, "string expected", name)
      t.raises(function() fs[name] {} end, "string expected", name)
      t.raises(function() fs[name] "a\0b" end, "a path holds no NUL", name)
    end
  end
  t.raises(function() fs.tempdir "a\0b" end, "a path holds no NUL")
  t.raises(function() fs.rename("a", "b\0") end, "a path holds no NUL")
  t.raises(function() fs.copy("a", "b\0") end, "a path holds no NUL")
  t.raises(function() fs.exchange("a", "b\0") end, "a path holds no NUL")
  t.raises(function() fs.exchange "a" end, "string expected")
  t.raises(function() fs.append("a", "b", true) end, "table expected")
  t.raises(function() fs.append("a", "b", { sync = 1 }) end, "sync is a boolean")
  t.raises(function() fs.write "a" end, "string expected")
  t.raises(function() fs.write("a", "b", "c") end, "table expected")
  t.raises(function() fs.read("a", -1) end, "a size in bytes")
  t.raises(function() fs.read("a", "all") end, "number expected")
  t.raises(function() fs.stat("a", true) end, "table expected")
  t.raises(function() fs.walk "a" end, "function expected")
end)

return t.finish()
