--- Attacks by files: what a policy is read from and what it includes; and evil policies through the whole program.
local clock = require "pysec.clock"
local fs = require "pysec.fs"
local json = require "pysec.json"
local policy = require "pysec.policy"
local t = require "harness"
local support = require "support"
local tool = require "pysec.tool"
local attack = dofile(t.root .. "/tests/sandbox/attack.lua")

local function shell(folder, script)
  local result = assert(tool.run { "/bin/bash", "-ec", script, cwd = folder, timeout = 60 })
  t.equal(result.code, 0, result.stderr)
end

local LIST = json.encode { attack.finding { aliases = json.array(), fix_versions = json.array() } }

--- Runs `pysec eval` in a folder. What a fifo would block ends with the timeout.
-- More time than the allowed steps take on a busy machine, under sanitizers: they have to be what ends a policy.
local PATIENCE = { "--policy-budget", "seconds=60" }

local function eval(folder, path, code)
  assert(fs.write(folder .. "/list.json", LIST))
  local result = support.pysec({ "eval", "--policy", path, PATIENCE[1], PATIENCE[2], "list.json" }, { cwd = folder,
    timeout = 120 })
  t.equal(result.code, code, path .. ": " .. result.stdout .. result.stderr)
  t.lacks(result.stderr, "stack traceback", path)
  t.lacks(result.stdout .. result.stderr, "\27]", path)
  return result.stderr
end

-- --- what is no policy ---

t.test("files that are none, or none to read", function()
  local folder = t.tempdir()
  shell(folder, [[
mkfifo fifo.lua; mkdir dir.lua; truncate -s 1G huge.lua; ln -s loop.lua loop.lua; ln -s gone.lua dangling.lua
ln -s /dev/zero zero.lua; ln -s fifo.lua link.lua; head -c 1048577 /dev/zero | tr '\0' ' ' > large.lua
mkdir empty; mkdir -p tree/deep; touch tree/deep/a.lua; mkdir fifos; mkfifo fifos/a.lua]])
  for _, path in ipairs { "fifo.lua", "dir.lua", "huge.lua", "loop.lua", "dangling.lua", "zero.lua", "link.lua",
    "large.lua",
    "/dev/zero", "/dev/null/x", "/proc/self/mem", "empty", "tree", "fifos", "gone.lua",
      "", "/", ".",
    ("x"):rep(5000), "a\nb.lua", "nosuchpolicy", "../../../../etc/passwd", "/dev/tty" } do
    local message = eval(folder, path, 2)
    t.truthy(#message < 12000 and #message > 0, path)
  end
end)

t.test("texts that are none: binary, zeros, marks of order, endings", function()
  local folder = t.tempdir()
  local function try(text, code, want)
    assert(fs.write(folder .. "/p.lua", text))
    local message = eval(folder, "p.lua", code)
    if want then t.match(message, want) end
  end
  try("severity { fail = 'high' }\r\nignore { id = 'X' }\r\n", 1)
  try("severity { fail = 'high' }\r\n\r\nsevrity {}\r\n", 2, "p%.lua:3: nothing is called 'sevrity'")
  try("\xEF\xBB\xBFseverity { fail = 'high' }", 1) -- some editors put it first
  try("severity { fail = 'high' }\0", 2, "p%.lua:1: ")
  try("\0", 2, "p%.lua:1: ")
  try("\27Lua\x54\0", 2, "p%.lua:1: ")
  try("#!/bin/sh\nexit", 2, "p%.lua:1: ")
  try("", 1)
  try("-- nothing", 1)
  try("--[==[ never closed", 2, "p%.lua:1: unfinished")
  try("local s = [[ never closed", 2, "p%.lua:1: unfinished")
  try("local s = \"never closed\n\"", 2, "p%.lua:1: unfinished")
  try(("\xff\xfe"):rep(10000), 2, "p%.lua:1: ")
  try("severity { fail = 'high' }" .. (" "):rep(1048000), 1)
  try("\\27]0;title\7", 2, "p%.lua:1: ")
  try("error '\27]0;title\7\27[2J\xc2\x9b31m\u{202e}'", 2, "p%.lua:1: ")
  try("ignore { ['\27[2J'] = 1 }", 2, "p%.lua:1: ")
  local random = {}
  local seed = 7
  for i = 1, 40 do
    for k = 1, 200 do
      seed = (seed * 1103515245 + 12345) % 2147483648
      random[k] = string.char(seed >> 16 & 0xFF)
    end
    t.equal(attack.load(table.concat(random) .. i), nil)
  end
end)

-- --- include ---

t.test("include of what is no policy", function()
  local folder = t.tempdir()
  shell(folder, [[
mkfifo fifo.lua; mkdir dir.lua; truncate -s 1G huge.lua; ln -s loop.lua loop.lua; ln -s /dev/zero zero.lua
ln -s /etc/passwd passwd.lua; ln -s . here; ln -s .. up; mkdir sub; touch sub/ok.lua; ln -s /proc/self/fd/0 fd.lua]])
  for _, wanted in ipairs { "fifo.lua", "dir.lua", "huge.lua", "loop.lua", "zero.lua", "passwd.lua",
    "up/" .. folder:match "[^/]+$"
    .. "x/p.lua", "fd.lua", ".", "..", "./..", "sub/../..", "sub", "//etc/passwd", "a\0b", ("x/"):rep(3000), "here/" ..
    ("here/"):rep(60) .. "gone.lua", "default\0", "Default", "strict ", "~/x.lua", "file:///etc/passwd", "*.lua",
      "\n", "\27]0;x" } do
    assert(fs.write(folder .. "/p.lua", ("\ninclude %q"):format(wanted)))
    local message = eval(folder, "p.lua", 2)
    t.match(message, "p%.lua:2: include", wanted)
    t.truthy(#message < 25000, wanted)
  end
end)

t.test("includes in a circle, in a long chain, of thousands, and of the same", function()
  local folder = t.tempdir()
  t.files(folder, { ["p.lua"] = "include 'p.lua' include 'q.lua'", ["q.lua"] = "include 'p.lua' include './q.lua'" })
  eval(folder, "p.lua", 1)
  for i = 1, 40 do assert(fs.write(("%s/c%d.lua"):format(folder, i), ("include 'c%d.lua'"):format(i + 1))) end
  t.match(eval(folder, "c1.lua", 2), "c16%.lua:1: include: more than 16 files, one in the other")
  local all = {}
  for i = 1, 500 do
    all[i] = ("include 'w%d.lua'"):format(i)
    assert(fs.write(("%s/w%d.lua"):format(folder, i), ("name 'w%d' local x = 1"):format(i)))
  end
  assert(fs.write(folder .. "/wide.lua", table.concat(all, "\n")))
  eval(folder, "wide.lua", 1)
  assert(fs.write(folder .. "/same.lua", ("include 'w1.lua'\n"):rep(5000)))
  eval(folder, "same.lua", 1)
  -- All files of a set share one budget.
  for i = 1, 30 do assert(fs.write(("%s/slow%d.lua"):format(folder, i), "for i = 1, 1e7 do end")) end
  local slow = {}
  for i = 1, 30 do slow[i] = ("include 'slow%d.lua'"):format(i) end
  assert(fs.write(folder .. "/all.lua", table.concat(slow, " ")))
  local set, message = attack.timed(10, policy.load, { folder .. "/all.lua" }, { budget = { instructions = 30000000 } })
  t.equal(set, nil)
  t.match(message, "slow%d+%.lua:1: " .. attack.COUNT)
end)

t.test("an include outside of the tree by a link that changes", function()
  local folder = t.files(t.tempdir(), { ["out/secret.lua"] = "deny { package = 'secret' }",
    ["p/in/x.lua"] = "name 'in'" })
  assert(fs.write(folder .. "/p/p.lua", "include 'link/secret.lua' include 'link/x.lua'"))
  for _ = 1, 30 do
    shell(folder, "ln -sfn ../out p/link")
    local set, message = policy.load { folder .. "/p/p.lua" }
    t.equal(set, nil)
    t.contains(message, "only files beside or below this one")
    t.lacks(message, "secret'")
  end
end)

-- --- the whole program ---

local EVIL = {
  ["while true do end"] = attack.COUNT,
  ["while true do pcall(error) end"] = attack.COUNT,
  ["local t = {} while true do t = { t } end"] = attack.MEMORY,
  ["local s = 'x' while true do s = s .. s end"] = attack.MEMORY,
  ["error {}"] = "the policy raised a table",
  ["error('interrupted', 0)"] = "interrupted",
  ["local function f() return f() + 1 end f()"] = attack.MEMORY,
  ["local t = {} t.b = t local x = t" .. (".b"):rep(400000) .. ".c.d"] = "more than 32 fields in a row",
  ["sevrity {}"] = "nothing is called 'sevrity' %(did you mean 'severity'%?%)",
  ["os.execute 'touch pwned'"] = "there is no 'os'",
  ["io.open('pwned', 'w')"] = "there is no 'io'",
  ["while true do ignore {} end"] = "ignore needs at least one of",
}

t.test("the main job names file and line, exits with 2, and nothing ran", function()
  local folder = t.files(t.tempdir(), { ["requirements.txt"] = "jinja2==2.4.1\n" })
  for text, want in pairs(EVIL) do
    assert(fs.write(folder .. "/evil.lua", "\n" .. text))
    local before = support.fingerprint(folder)
    local result = support.pysec({ "--policy", "evil.lua", PATIENCE[1], PATIENCE[2], "--req", "requirements.txt" },
      { cwd = folder, timeout = 120 })
    t.equal(result.code, 2, text:sub(1, 100) .. result.stderr)
    t.match(result.stderr, "evil%.lua:2: " .. want)
    t.equal(result.stdout, "")
    t.equal(support.fingerprint(folder), before, text:sub(1, 100))
  end
end)

t.test("a policy that fails while it decides ends the evaluation with 2", function()
  local folder = t.tempdir()
  for body, want in pairs { ["while true do end"] = attack.COUNT, ["error {}"] = "the policy raised a table",
    ["return 'blok'"] = "did you mean 'block'", ["local t = {} while true do t = { t } end"] = attack.MEMORY } do
    assert(fs.write(folder .. "/evil.lua", ("\non('finding', function() %s end)"):format(body)))
    t.match(eval(folder, "evil.lua", 2), "evil%.lua:2: [^\n]*" .. want)
  end
  assert(fs.write(folder .. "/evil.lua", "\nignore { id = re '^(?:[A-Z0-9-]|[A-Z]+)+$.', reason = 'x' }"))
  assert(fs.write(folder .. "/evil.lua", "\nignore { package = re '^(a|aa)+$', reason = 'x' }"))
  LIST = json.encode { attack.finding { package = ("a"):rep(200) .. "b", aliases = json.array(),
    fix_versions = json.array() } }
  t.match(eval(folder, "evil.lua", 2), "evil%.lua:2: regex: match limit exceeded")
end)

-- --- interrupts: what runs for ten seconds ends at once ---

local HOLLOW = "local h = {} for i = 1, 131072 do h['k' .. i] = 1 end for i = 1, 131072 do h['k' .. i] = nil end "
local LONG = {
  ["a loop"] = HOLLOW .. "while true do pcall(next, h) end",
  ["a loop in C"] = HOLLOW .. "local t = {} for i = 1, 150000 do t[i] = h end json.encode(t)",
  ["the compiler"] = "local a = 1 local x = a" .. (" or a"):rep(200000),
  ["a regex"] =
    "local r = re '^(a*)\\\\1*(?=(.*))\\\\2b' local s = ('a'):rep(32000) while true do pcall(r.test, r, s) end",
  ["a pattern"] = "while true do pcall(string.find, ('a'):rep(30000), '.-.-b') end",
  ["work of the outside"] = "local p = ('[\\\\p{L}]'):rep(500) while true do re(p, 'i') end",
  ["near the limit of memory"] = [[local t = {} for i = 1, 130000 do t[i] = { {}, {},
    {} } end local x = ('x'):rep(400000)
    while true do local y = x .. 'a' y = x .. 'b' y = x .. 'c' end]],
  ["a hook"] = "on('finding', function() " .. HOLLOW .. "while true do pcall(next, h) end end)",
}

t.test("an interrupt ends a policy at once", function()
  local folder = t.files(t.tempdir(), { ["list.json"] = LIST })
  for name, text in pairs(LONG) do
    assert(fs.write(folder .. "/evil.lua", text))
    local started = clock.monotonic()
    local result = assert(tool.run { "/bin/bash", "-c",
      '"$0" eval --policy evil.lua list.json & pid=$!; sleep 0.4; kill -INT $pid; wait $pid', t.program, cwd = folder,
      timeout = 60 })
    local took = clock.monotonic() - started
    t.truthy(result.code == 130 or result.code == 2 and result.stderr:find "evil.lua", name .. result.stderr)
    t.truthy(took < 6, ("%s: %.1f s"):format(name, took))
  end
end)

return t.finish()
