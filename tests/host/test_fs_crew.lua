--- pysec.fs: large trees, which several threads copy and remove. As many cores as a test wants are there for the
-- program that it runs.
local t = require "harness"
local env = require "pysec.env"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local build = env.get "PYSEC_TEST_BUILD" or t.root .. "/build/release"
local cores, fault = build .. "/tests/cores.so", build .. "/tests/fault.so"
local release = env.get "PYSEC_TEST_RELEASE" or t.root .. "/build/release/pysec"
if not fs.stat(cores) or not fs.stat(fault) or not fs.stat(release) then
  print("skipped: trees in many threads, which need " .. cores .. ", " .. fault .. " and " .. release)
  return 0
end

local function run(...)
  local result = assert(tool.run { ... })
  assert(result.code == 0, result.stderr)
  return result.stdout
end

--- Runs Lua text in a folder, with more variables and perhaps limits. Returns what it printed and the threads that it
-- started.
local function run_with(variables, folder, text, limits)
  local script = t.files(t.tempdir(), { ["a.lua"] = 'local fs = require "pysec.fs"\n' .. text }) .. "/a.lua"
  local all = { PATH = "/usr/bin:/bin", LD_PRELOAD = cores, CORES = "8", ASAN_OPTIONS = "verify_asan_link_order=0" }
  for name, value in pairs(variables) do all[name] = value end
  local program = variables.FAULT and release or t.program
  local result = assert(tool.run { "sh", "-c", (limits or ":") .. '; exec "$@"', "sh", program, "run", script,
    cwd = folder, timeout = 120, env = all })
  t.equal(result.code, 0, result.stderr)
  t.lacks(result.stderr, "signals")
  return result.stdout, math.tointeger(result.stderr:match "threads (%d+)\n") or -1
end

local COPY, REMOVE = 'print(fs.copy("from", "to"))', 'print(fs.remove "from")'

--- One line for each entry: kind, mode, owners, time and the target of a link, then its path.
local function listing(folder)
  local lines = {}
  for line in run("find", folder, "-mindepth", "1", "-printf", "%y %m %U:%G %T@ %s %l|%P\\0"):gmatch "[^\0]+" do
    lines[#lines + 1] = line:gsub("^(d %d+ [%d:]+ [%d.]+) %d+", "%1") .. ""
  end
  table.sort(lines)
  return table.concat(lines, "\n"), #lines
end

--- Copies and removes "from" with eight threads: the copy is the same, and nothing stays of what was removed.
local function check(folder, threads)
  local before, count = listing(folder .. "/from")
  local out, started = run_with({}, folder, COPY)
  t.equal({ out, started }, { "true\n", threads })
  t.truthy(listing(folder .. "/to") == before, "the copy is the same")
  out, started = run_with({}, folder, REMOVE)
  t.equal({ out, started }, { "true\n", threads })
  t.equal(fs.stat(folder .. "/from"), nil)
  return count
end

local function python(text, ...) return run("python3", "-c", "import os, sys\n" .. text, ...) end

--- A tree of 60 folders with folders in them, some 2000 entries of all kinds, in a new folder.
local function many()
  local folder = t.files(t.tempdir(), { ["precious/a"] = "a" })
  python([[
os.chdir(sys.argv[1])
for i in range(60):
  for inner in ("", "/x", "/x/y", "/z"):
    path = "from/%d%s" % (i, inner)
    os.makedirs(path)
    for j in range(7):
      with open("%s/%d" % (path, j), "wb") as file: file.write(b"%d" % j * (i * 40))
      os.chmod("%s/%d" % (path, j), 0o600 + j)
    os.symlink(os.path.abspath("precious"), path + "/link")
    os.link(path + "/1", path + "/hard")
    os.mkfifo(path + "/pipe")
    with open(path + "/hole", "wb") as file: file.truncate(1 << 20)
for path, folders, files in os.walk("from", topdown=False):
  os.chmod(path, 0o2750 if len(path) % 2 else 0o555)
  os.utime(path, (1500000000, 1500000000 + len(path)))
]], folder)
  return folder
end

t.test("copies and removes with all that belongs to a file", function()
  local folder = many()
  local before = fs.measure(folder .. "/from")
  run("cp", "-a", folder .. "/from", folder .. "/same")
  t.equal(check(folder, 7), 2880)
  t.truthy(fs.measure(folder .. "/to").bytes <= before.bytes + 2 ^ 20, "holes stay holes")
  for _, inner in ipairs { "0", "59/x", "7/x/y" } do
    for j = 0, 6 do
      local name = ("/%s/%d"):format(inner, j)
      t.truthy(fs.read(folder .. "/to" .. name) == fs.read(folder .. "/same" .. name), name)
    end
  end
  t.equal(fs.list(folder .. "/precious"), { "a" })
end)

t.test("a tree of less than 200 entries stays in one thread", function()
  local folder = t.tempdir()
  python([[
for i in range(20):
  os.makedirs("%s/from/%d" % (sys.argv[1], i))
  for j in range(8): open("%s/from/%d/%d" % (sys.argv[1], i, j), "w").close()]], folder)
  t.equal(check(folder, 0), 180)
end)

t.test("a tree that is deeper than a path can be long, with files at every level", function()
  local folder = t.tempdir()
  python([[
os.chdir(sys.argv[1])
for name in ["from"] + ["d" * 50] * 120:
  os.mkdir(name)
  os.chdir(name)
  for side in "abc":
    os.mkdir(side)
    open(side + "/file", "w").close()]], folder)
  t.equal(check(folder, 7), 120 * 7 + 6)
end)

t.test("a folder of 20,000 files", function()
  local folder = t.files(t.tempdir(), { ["from/inner/a"] = "a" })
  python([[for i in range(20000): open("%s/from/%d" % (sys.argv[1], i), "w").close()]], folder)
  t.equal(check(folder, 7), 20002)
end)

t.test("more folders in one than may wait", function()
  local folder = t.tempdir()
  python([[for i in range(3000): os.makedirs("%s/from/%d/x" % (sys.argv[1], i))]], folder)
  t.equal(check(folder, 7), 6000)
end)

t.test("works where no thread can be started", function()
  local folder = many()
  local before = listing(folder .. "/from")
  t.equal({ run_with({ NO_THREADS = "1" }, folder, COPY .. REMOVE) }, { "true\ntrue\n", 0 })
  t.truthy(listing(folder .. "/to") == before, "the copy is the same")
end)

t.test("few descriptors are enough, with fewer threads", function()
  for limit, threads in pairs { [64] = 0, [300] = 1, [600] = 3 } do
    local folder = many()
    local before = listing(folder .. "/from")
    t.equal({ run_with({}, folder, COPY, "ulimit -n " .. limit) }, { "true\n", threads }, limit)
    t.truthy(listing(folder .. "/to") == before, "the copy is the same")
    t.equal({ run_with({}, folder, REMOVE, "ulimit -n " .. limit) }, { "true\n", threads }, limit)
  end
end)

--- Lets the Nth call that changes something below a path fail.
local function run_fault(name, number, path, folder, text)
  return run_with({ LD_PRELOAD = cores .. ":" .. fault, FAULT = name .. "@" .. number, FAULT_PATH = path },
    folder, text)
end

t.test("an error anywhere ends it, is named, and nothing of the copy stays", function()
  local folder = many()
  local before = listing(folder .. "/from")
  for _, number in ipairs { 2, 150, 900, 2500, 6000 } do
    local out = run_fault("ENOSPC", number .. "+", folder .. "/to", folder, COPY)
    local path = out:match "^nil\t([^\n]*): No space left on device\tENOSPC\n$"
    t.truthy(path and fs.stat(folder .. "/" .. path, { follow = false }), out)
    t.equal(fs.list(folder), { "from", "precious" })
  end
  t.truthy(listing(folder .. "/from") == before, "the original is the same")
  for _, number in ipairs { 2, 400, 1500 } do
    t.equal(run_fault("EIO", number .. "+", folder .. "/from", folder, REMOVE), "nil\tfrom: Input/output error\tEIO\n")
  end
  t.equal(fs.remove(folder .. "/from"), true)
end)

t.test("where several threads have too few descriptors, one does it alone", function()
  local folder = many()
  local before = listing(folder .. "/from")
  local most = 0
  for number = 1500, 1505 do
    local out, threads = run_fault("EMFILE", number, folder .. "/to", folder, COPY)
    t.equal(out, "true\n")
    t.truthy(listing(folder .. "/to") == before, "the copy is the same")
    assert(fs.remove(folder .. "/to"))
    most = math.max(most, threads)
  end
  -- Some calls may fail; after others what was copied by then is removed, by seven threads more.
  t.equal(most, 14)
  t.equal({ run_fault("EMFILE", 1500, folder .. "/from", folder, REMOVE) }, { "true\n", 7 })
  t.equal(fs.list(folder), { "precious" })
end)

return t.finish()
