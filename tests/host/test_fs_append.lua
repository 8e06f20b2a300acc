--- pysec.fs: adding to the end of a file, so that it stays whole or does not show.
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

t.test("appends, but not through a link", function()
  local folder = t.files(t.tempdir(), { precious = "precious" })
  t.equal(fs.append(folder .. "/log", "one\n"), true)
  t.equal(fs.append(folder .. "/log", "two\n"), true)
  t.equal(fs.append(folder .. "/log", ""), true)
  t.equal(fs.read(folder .. "/log"), "one\ntwo\n")
  link("precious", folder .. "/link")
  t.equal(select(3, fs.append(folder .. "/link", "x")), "ELOOP")
  t.equal(fs.read(folder .. "/precious"), "precious")
  t.equal(select(3, fs.append(folder .. "/none/log", "x")), "ENOENT")
  t.equal(select(3, fs.append(folder, "x")), "EISDIR")
end)

t.test("appends to what is no file as well, and does not wait for who reads a pipe", function()
  local folder = t.tempdir()
  t.equal(fs.append("/dev/null", "x", { sync = true }), true)
  t.equal(select(3, fs.append("/dev/full", "x")), "ENOSPC")
  assert(assert(tool.run { "mkfifo", folder .. "/pipe" }).code == 0)
  t.equal(select(3, fs.append(folder .. "/pipe", "x")), "ENXIO")
end)

t.test("appends so that it stays, in each kind of path", function()
  local folder = t.tempdir()
  t.equal(fs.append(folder .. "/log", "one\n", { sync = true }), true)
  t.equal(fs.append(folder .. "/log", "two\n", { sync = true }), true)
  t.equal(fs.append(folder .. "/log", "three\n", { sync = false }), true)
  t.equal(fs.append(folder .. "/log", "four\n", {}), true)
  t.equal(fs.read(folder .. "/log"), "one\ntwo\nthree\nfour\n")
  t.equal(run_in(folder, [[
    local fs = require "pysec.fs"
    for _, path in ipairs { "new", "./newer", "../" .. fs.cwd():match "[^/]*$" .. "/newest" } do
      assert(fs.append(path, path, { sync = true }))
      assert(fs.read(path) == path)
    end
    print "done"]]), "done\n")
end)

t.test("syncs the file system of a file or a folder", function()
  local folder = t.files(t.tempdir(), { a = "a" })
  t.equal(fs.sync(folder), true)
  t.equal(fs.sync(folder .. "/a"), true)
  t.equal({ fs.sync(folder .. "/none") }, { nil, folder .. "/none: No such file or directory", "ENOENT" })
end)

--- Appends in a process whose files may not grow beyond `limit` blocks of 512 bytes.
local function append_within(limit, folder, size)
  local script = t.files(t.tempdir(), { ["a.lua"] = [[
    local fs = require "pysec.fs"
    local ok, _, code = fs.append("log", ("x"):rep(tonumber(arg[1])), { sync = true })
    print(ok or code)]] }) .. "/a.lua"
  local result = assert(tool.run { "sh", "-c", 'ulimit -f "$0"; exec "$@"', limit, t.program, "run", script, size,
    cwd = folder, timeout = 20 })
  t.equal(result.code, 0, result.stderr)
  return result.stdout
end

t.test("leaves nothing of an append that failed", function()
  local folder = t.files(t.tempdir(), { log = "kept\n" })
  t.equal(append_within(8, folder, 100000), "EFBIG\n")
  t.equal(fs.read(folder .. "/log"), "kept\n")
  t.equal(append_within(8, folder, 1000), "true\n")
  t.equal(fs.read(folder .. "/log"), "kept\n" .. ("x"):rep(1000))
  assert(fs.remove(folder .. "/log"))
  t.equal(append_within(8, folder, 100000), "EFBIG\n")
  t.equal(fs.stat(folder .. "/log").size, 0)
end)

return t.finish()
