--- The library that lets calls fail, which other tests build on: it fails what it is told to, there and nowhere else.
-- And what pysec.fs makes of it, call by call: old or new, and nothing in between.
local t = require "harness"
local env = require "pysec.env"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local program = env.get("PYSEC_TEST_RELEASE") or t.root .. "/build/release/pysec"
local library = (env.get("PYSEC_TEST_BUILD") or t.root .. "/build/release") .. "/tests/fault.so"
if not fs.stat(program) or not fs.stat(library) then
  print("skipped: calls that fail, which need " .. program .. " and " .. library)
  return 0
end

--- Runs a script in a folder with a fault. Calls count below the folder, or whose path contains `path`.
local function run_with(fault, folder, text, path)
  local script = t.files(t.tempdir(), { ["script.lua"] = text }) .. "/script.lua"
  local log = script .. ".log"
  local result = assert(tool.run { program, "run", script, cwd = folder, timeout = 60, env = {
    PATH = "/usr/bin:/bin", LD_PRELOAD = library, FAULT = fault, FAULT_PATH = path or folder, FAULT_LOG = log } })
  local calls = {}
  result.log = fs.read(log) or ""
  for number, name, about in result.log:gmatch "(%d+) ([%w_]+) ([^\n]*)\n" do
    t.equal(math.tointeger(number), #calls + 1)
    calls[#calls + 1] = { name = name, path = about:gsub(folder:gsub("%p", "%%%0") .. "/?", "") .. "" }
  end
  result.calls = calls
  result.total = math.tointeger(result.log:match "total (%d+)\n$")
  return result
end

local function names(calls)
  local list = {}
  for i, call in ipairs(calls) do list[i] = call.name .. " " .. call.path end
  return list
end

--- Everything that lies in a folder: { ["a/b"] = content }, folders end in "/".
local function contents(folder)
  local found = {}
  assert(fs.walk(folder, function(path, kind)
    local name = path:sub(#folder + 2)
    if kind == "folder" then found[name .. "/"] = true else found[name] = kind == "file" and fs.read(path) or kind end
  end))
  return found
end

t.test("counts the calls of the program, and names them", function()
  local folder = t.files(t.tempdir(), { old = "old", ["tree/a"] = ("a"):rep(5000), other = "o" })
  local result = run_with("count", folder, [[
    local fs = require "pysec.fs"
    assert(fs.append("log", "x", { sync = true }))
    assert(fs.append("log", "y"))
    assert(fs.exchange("old", "other"))
    assert(fs.copy("tree", "copy"))
    assert(fs.mkdirs "new")
    assert(fs.rename("other", "third"))
    assert(fs.remove "third")
    assert(fs.sync ".")
    assert(fs.lock "lock"):remove()]])
  t.equal({ result.code, result.stderr }, { 0, "" })
  t.equal(result.total, #result.calls)
  t.equal(names(result.calls), {
    "open log", "write log", "fdatasync log", "fsync ", "write log", "renameat2 old -> other",
    "mkdirat copy", "openat copy/a", "FICLONE copy/a", "copy_file_range copy/a", "futimens copy/a", "fchmod copy",
    "futimens copy", "mkdirat new", "rename other -> third", "unlinkat third", "syncfs ", "open lock",
    "unlink lock" })
end)

t.test("a file is written by a temporary one, flushed before it takes the place", function()
  local folder = t.files(t.tempdir(), { a = "old" })
  local result = run_with("count", folder, [[assert(require "pysec.fs".write("a", "new"))]])
  local list = {}
  for i, line in ipairs(names(result.calls)) do list[i] = line:gsub("%.a%.%x+%.tmp", "TEMPORARY") .. "" end
  t.equal(list, { "openat TEMPORARY", "write TEMPORARY", "fchmod TEMPORARY", "fsync TEMPORARY",
    "renameat TEMPORARY -> a", "fsync " })
end)

t.test("only paths count that contain one of the texts", function()
  local folder = t.files(t.tempdir(), {})
  local text = [[
    local fs = require "pysec.fs"
    for _, name in ipairs { "apple", "pear", "plum" } do assert(fs.append(name, "x")) end
    assert(fs.rename("pear", "cherry"))]]
  t.equal(names(run_with("count", folder, text, "apple:plum").calls),
    { "open apple", "write apple", "open plum", "write plum" })
  t.equal(#run_with("count", folder, text, "cherry").calls, 1)
  t.equal(#run_with("count", folder, text, "banana").calls, 0)
  t.equal(#run_with("count", folder, text, "::").calls, 0)
end)

t.test("children are left alone, and know nothing of it", function()
  local folder = t.files(t.tempdir(), {})
  local result = run_with("EIO@1+", folder, [[
    local fs, tool = require "pysec.fs", require "pysec.tool"
    local result = tool.run { "sh", "-c", "echo text > child; env | grep -c -e FAULT -e PRELOAD" }
    print(select(3, fs.append("a", "x")), result.stdout)]])
  t.equal(result.stdout, "EIO\t0\n\n")
  t.equal(contents(folder), { child = "text\n" })
end)

t.test("one call fails, or all from it on, and what needs no space goes on", function()
  local text = [[
    local fs = require "pysec.fs"
    local function code(ok, _, code) return ok and "ok" or code end
    print(code(fs.append("a", "1")), code(fs.append("a", "2")), code(fs.append("a", "3")), code(fs.remove "b"),
      code(fs.mkdirs "c"))]]
  for fault, want in pairs {
    ["ENOSPC@2"] = "ok\tENOSPC\tok\tok\tok\n", ["EIO@4"] = "ok\tok\tok\tEIO\tok\n",
    ["ENOSPC@2+"] = "ok\tENOSPC\tENOSPC\tok\tENOSPC\n", ["EIO@3+"] = "ok\tok\tEIO\tEIO\tEIO\n",
    ["ENOSPC@100"] = "ok\tok\tok\tok\tok\n",
  } do
    local folder = t.files(t.tempdir(), { a = "", b = "" })
    t.equal(run_with(fault, folder, text).stdout, want, fault)
  end
end)

t.test("says what it does not understand", function()
  for _, fault in ipairs { "", "kill", "kill@", "kill@0", "kill@1+", "NOTHING@1", "EIO@1x", "ENOSPC@-" } do
    local result = run_with(fault, t.tempdir(), "")
    t.equal(result.code, 2, fault)
    t.contains(result.stderr, "fault: FAULT=" .. fault .. " is none")
  end
end)

--- Runs a script with a fault at its first, second, ... call until it gets through; `check` sees each folder
--- afterwards. Returns how many calls there were.
local function at_each_call(fault, files, text, check)
  for number = 1, 200 do
    local folder = t.files(t.tempdir(), files)
    local result = run_with(fault:format(number), folder, text)
    if #result.calls < number then return number - 1 end
    check(folder, result, ("%s: %s"):format(fault:format(number), names(result.calls)[number]))
  end
  error "it never gets through"
end

t.test("killed before any call of it, a write leaves the old file or the new", function()
  local seen = {}
  local count = at_each_call("kill@%d", { a = "old" }, [[require "pysec.fs".write("a", "new")]],
    function(folder, result, label)
      t.equal({ result.signal, result.total }, { 9 }, label)
      local bytes = fs.read(folder .. "/a")
      t.truthy(bytes == "old" or bytes == "new", label)
      seen[bytes] = true
      for name in pairs(contents(folder)) do t.truthy(name == "a" or name:find "^%.a%..*%.tmp$", name) end
    end)
  t.equal({ count, seen }, { 6, { old = true, new = true } })
end)

t.test("a write that fails anywhere leaves the old file alone", function()
  for _, fault in ipairs { "EIO@%d", "ENOSPC@%d", "ENOSPC@%d+" } do
    at_each_call(fault, { a = "old" }, [[print(select(3, require "pysec.fs".write("a", "new")))]],
      function(folder, result, label)
        local bytes = fs.read(folder .. "/a")
        if result.stdout == "\n" then return t.equal(bytes, "new", label) end
        t.equal({ result.stdout, bytes, #fs.list(folder) }, { fault:match "%u+" .. "\n", "old", 1 }, label)
      end)
  end
end)

t.test("an append that fails anywhere leaves nothing of it", function()
  for _, fault in ipairs { "EIO@%d", "ENOSPC@%d" } do
    local count = at_each_call(fault, { log = "kept\n" }, [[
      print(select(3, require "pysec.fs".append("log", ("x"):rep(100000), { sync = true })))]],
      function(folder, result, label)
        t.equal({ result.stdout, fs.read(folder .. "/log") }, { fault:match "%u+" .. "\n", "kept\n" }, label)
      end)
    t.equal(count, 2, "write and fdatasync")
  end
end)

t.test("a copy that fails anywhere is gone", function()
  local files = { ["from/a"] = ("a"):rep(10000), ["from/b/c"] = "c", ["from/b/d/e"] = "" }
  local count = 0
  for _, fault in ipairs { "EIO@%d", "ENOSPC@%d", "ENOSPC@%d+" } do
    count = count + at_each_call(fault, files, [[print(select(3, require "pysec.fs".copy("from", "to")))]],
      function(folder, result, label)
        -- Where sharing blocks fails, there is another way.
        if result.stdout == "\n" then return t.truthy(fs.stat(folder .. "/to/b/d/e"), label) end
        t.equal({ result.stdout, fs.list(folder) }, { fault:match "%u+" .. "\n", { "from" } }, label)
      end)
  end
  t.truthy(count > 40, count)
end)

t.test("locks and exchanges fail as they should", function()
  local text = [[
    local fs = require "pysec.fs"
    local lock, _, code = fs.lock "lock"
    print(lock and select(3, lock:remove()) or code, select(3, fs.exchange("a", "b")))]]
  local outcomes = {}
  at_each_call("EIO@%d", { a = "a", b = "b" }, text, function(folder, result, label)
    outcomes[#outcomes + 1] = result.stdout
    t.equal({ #fs.read(folder .. "/a"), #fs.read(folder .. "/b") }, { 1, 1 }, label)
  end)
  t.equal(#outcomes, 3)
  for _, outcome in ipairs(outcomes) do t.contains(outcome, "EIO") end
end)

return t.finish()
