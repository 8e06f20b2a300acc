--- pysec.fs: whole folders. What is removed or walked over is never what a link points to.
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

t.test("lists names in the order of their bytes, the hidden ones too", function()
  local folder = t.files(t.tempdir(), { b = "", a = "", B = "", [".h"] = "", ["é"] = "", ["a b\nc"] = "",
    ["d/e"] = "" })
  t.equal(fs.list(folder), { ".h", "B", "a", "a b\nc", "b", "d", "é" })
  t.equal(fs.list(folder .. "/d"), { "e" })
  t.equal(fs.list(t.tempdir()), {})
  t.equal({ fs.list(folder .. "/none") }, { nil, folder .. "/none: No such file or directory", "ENOENT" })
  t.equal(select(3, fs.list(folder .. "/a")), "ENOTDIR")
end)

t.test("walks in order, a folder before what it holds, and does not descend into links", function()
  local folder = t.files(t.tempdir(), { ["b/2"] = "", ["b/1"] = "", ["a"] = "", ["c/d/e"] = "", ["b.x"] = "" })
  link("c", folder .. "/link")
  link("none", folder .. "/dangling")
  run("mkfifo", folder .. "/pipe")
  local seen = {}
  t.equal(fs.walk(folder, function(path, kind) seen[#seen + 1] = path:sub(#folder + 2) .. " " .. kind end), true)
  t.equal(seen, { "a file", "b folder", "b/1 file", "b/2 file", "b.x file", "c folder", "c/d folder", "c/d/e file",
    "dangling link", "link link", "pipe other" })
end)

t.test("leaves out a folder for which the visitor returns false", function()
  local folder = t.files(t.tempdir(), { ["a/b"] = "", ["c/d/e"] = "", ["f"] = "" })
  local seen = {}
  fs.walk(folder, function(path)
    seen[#seen + 1] = path:sub(#folder + 2)
    if path:find "/a$" or path:find "/f$" then return false end
    return true
  end)
  t.equal(seen, { "a", "c", "c/d", "c/d/e", "f" })
end)

t.test("goes on when something vanishes while it walks", function()
  local folder = t.files(t.tempdir(), { ["a/x"] = "", ["b"] = "", ["c/y"] = "", ["d"] = "" })
  local seen = {}
  t.equal(fs.walk(folder, function(path)
    seen[#seen + 1] = path:sub(#folder + 2)
    if path:find "/a$" then
      fs.remove(path)
      fs.remove(folder .. "/b")
    end
  end), true)
  t.equal(seen, { "a", "c", "c/y", "d" })
end)

t.test("hands on an error of the visitor, and says what it could not look at", function()
  local folder = t.files(t.tempdir(), { ["a/b"] = "" })
  t.raises(function() fs.walk(folder, function() error "seen enough" end) end, "seen enough")
  t.equal({ fs.walk(folder .. "/none", print) }, { nil, folder .. "/none: No such file or directory", "ENOENT" })
  t.equal(select(3, fs.walk(folder .. "/a/b", print)), "ENOTDIR")
  local deep = folder .. "/deep" .. ("/d"):rep(250)
  assert(fs.mkdirs(deep))
  local count = 0
  local ok, message, code = fs.walk(folder .. "/deep", function() count = count + 1 end)
  t.equal({ ok, code, count }, { nil, "ENAMETOOLONG", 201 })
  t.contains(message, folder .. "/deep" .. ("/d"):rep(201) .. ": ")
end)

t.test("removes files, folders with all in them, and what is not there", function()
  local folder = t.files(t.tempdir(), { a = "", ["b/c/d"] = "", ["b/.e"] = "", ["b/f g\nh"] = "" })
  for _, name in ipairs { "a", "b", "none", "none/at/all" } do
    t.equal(fs.remove(folder .. "/" .. name), true, name)
    t.truthy(not exists(folder .. "/" .. name), name)
  end
  t.equal(fs.list(folder), {})
  t.files(folder, { ["read-only/a"] = "", file = "" })
  run("chmod", "555", folder .. "/read-only")
  t.equal(fs.remove(folder .. "/file/below"), nil)
  t.equal(fs.remove "/proc/self/status", nil)
  t.truthy(exists(folder .. "/file"))
end)

t.test("removes links and never what they point to", function()
  local folder = t.files(t.tempdir(), { ["precious/a"] = "a", ["tree/b"] = "b" })
  link("../precious", folder .. "/tree/relative")
  link(folder .. "/precious", folder .. "/tree/absolute")
  link("/", folder .. "/tree/root")
  link("precious", folder .. "/link")
  link("none", folder .. "/dangling")
  t.equal(fs.remove(folder .. "/link"), true)
  t.equal(fs.remove(folder .. "/dangling"), true)
  t.equal(fs.remove(folder .. "/tree"), true)
  t.equal(fs.list(folder), { "precious" })
  t.equal(fs.read(folder .. "/precious/a"), "a")
  link("precious", folder .. "/link")
  t.equal(select(3, fs.remove(folder .. "/link/")), "ENOTDIR")
  t.equal(fs.read(folder .. "/precious/a"), "a")
end)

t.test("copies and removes a tree that is deeper than a path can be long", function()
  local folder = t.tempdir()
  assert(fs.mkdirs(folder .. "/a" .. ("/" .. ("d"):rep(50)):rep(120)))
  t.equal(fs.copy(folder .. "/a", folder .. "/b"), true)
  t.equal(fs.remove(folder .. "/a"), true)
  t.equal(fs.remove(folder .. "/b"), true)
  t.equal(fs.list(folder), {})
end)

--- Runs Lua text with `folder` for its temporary folders; returns the code and the path that it printed.
local function with_tempdir(folder, text)
  local script = t.files(t.tempdir(), { ["a.lua"] = text }) .. "/a.lua"
  local result = assert(tool.run { t.program, "run", script, env = { TMPDIR = folder }, timeout = 20 })
  return result, result.stdout:match "^[^\n]*"
end

t.test("makes temporary folders that only their owner may enter", function()
  local base = t.tempdir()
  local a, b = assert(fs.tempdir(base)), assert(fs.tempdir(base))
  t.match(a, "^" .. base:gsub("%p", "%%%0") .. "/pysec%-%w%w%w%w%w%w$")
  t.truthy(a ~= b)
  t.equal(fs.stat(a).mode, 448)
  t.equal({ fs.tempdir(base .. "/none") }, { nil, base .. "/none: No such file or directory", "ENOENT" })
  t.equal(select(3, fs.tempdir("/" .. ("x"):rep(5000))), "ENAMETOOLONG")
  local _, path = with_tempdir(base, 'print(require "pysec.fs".tempdir())')
  t.equal(path:match "^(.*)/", base)
  _, path = with_tempdir("relative", 'print(require "pysec.fs".tempdir())')
  t.equal(path:match "^(.*)/", "/tmp")
end)

local INTERRUPTED = 'io.popen("kill -TERM " .. io.open("/proc/self/stat"):read "n"); while true do end'

for name, ending in pairs {
  ["when a script ends"] = { "", 0 }, ["when a script raises an error"] = { "error 'gone wrong'", 1 },
  ["when a script calls os.exit"] = { "os.exit(7)", 7 },
  ["when a script is interrupted"] = { INTERRUPTED, 143 },
} do
  t.test("removes temporary folders " .. name, function()
    local base, elsewhere = t.tempdir(), t.files(t.tempdir(), { precious = "precious" })
    local result, path = with_tempdir(base, ([[
      local fs = require "pysec.fs"
      local path = fs.tempdir()
      fs.tempdir()
      fs.mkdirs(path .. "/a/b")
      fs.write(path .. "/a/b/c", "x")
      os.execute("ln -s %s " .. path .. "/link")
      print(path)
    ]]):format(elsewhere) .. ending[1])
    t.equal(result.code, ending[2], result.stderr)
    t.contains(path, base)
    t.equal(fs.list(base), {})
    t.equal(fs.list(elsewhere), { "precious" })
  end)
end

t.test("folders that are read-only or closed are removed, where they are ours", function()
  local folder = t.files(t.tempdir(), { ["tree/ro/inner/file"] = "x", ["tree/closed/file"] = "x",
    ["other/file"] = "x" })
  for _, words in ipairs { { "555", folder .. "/tree/ro/inner", folder .. "/tree/ro" },
    { "0", folder .. "/tree/closed" } } do
    assert(tool.run { "chmod", table.unpack(words) })
  end
  assert(tool.run { "ln", "-s", folder .. "/other", folder .. "/tree/link" })
  assert(tool.run { "chmod", "555", folder .. "/other" })
  local script = t.files(t.tempdir(), { ["a.lua"] = 'assert(require("pysec.fs").remove(arg[1]))' }) .. "/a.lua"
  -- Root may do all of it anyway, so without what makes him so.
  local capabilities = "-dac_override,-dac_read_search,-fowner"
  local result = assert(tool.run { "setpriv", "--bounding-set", capabilities, "--inh-caps", capabilities, t.program,
    "run", script, folder .. "/tree" })
  if result.stderr:match "^setpriv" then
    result = assert(tool.run { t.program, "run", script, folder .. "/tree" })
  end
  t.equal({ result.code, result.stderr }, { 0, "" })
  t.equal(fs.list(folder), { "other" })
  t.equal(fs.stat(folder .. "/other").mode, tonumber("555", 8))
end)

return t.finish()
