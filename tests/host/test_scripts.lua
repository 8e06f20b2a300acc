--- How scripts are found, loaded and ended, and that nothing in the current folder takes part in it.
local t = require "harness"
local fs = require "pysec.fs"
local host = require "pysec.host"
local tool = require "pysec.tool"

--- Runs the program in a folder with these words; returns the whole result.
local function pysec(folder, ...)
  return assert(tool.run { t.program, cwd = folder, timeout = 20, ... })
end

--- Runs a text as a script of its own folder.
local function run(text, ...)
  return pysec(t.files(t.tempdir(), { ["a.lua"] = text }), "run", "a.lua", ...)
end

t.test("a script gets its arguments in arg and in ..., and its name in arg[0]", function()
  local result = run([[print(arg[0], #arg, arg[1], arg[2], arg[3], select("#", ...), ...)]], "a b", "--help", "")
  t.equal(result.stdout, "a.lua\t3\ta b\t--help\t\t3\ta b\t--help\t\n", result.stderr)
  t.equal(run "print(#arg, select('#', ...))".stdout, "0\t0\n")
  t.equal(run("print(...)", "--", "--list").stdout, "--\t--list\n")
end)

t.test("options behind the script are its own, --scripts too", function()
  local result = run("print(...)", "--scripts", "/none", "--scripts=/none", "--version", "-v")
  t.equal(result.stdout, "--scripts\t/none\t--scripts=/none\t--version\t-v\n", result.stderr)
end)

t.test("what a script returns is the exit code, where it can be one", function()
  for text, code in pairs {
    [""] = 0, ["return"] = 0, ["return nil"] = 0, ["return 0"] = 0, ["return 3"] = 3, ["return 255"] = 255,
    ["return true"] = 0, ["return false"] = 1, ["return 2.0"] = 2, ["return 256"] = 1, ["return -1"] = 1,
    ["return 1 << 32"] = 1, ["return 1.5"] = 1, ["return 'text'"] = 0, ["return {}"] = 0, ["return 4, 5"] = 4,
    ["os.exit()"] = 0, ["os.exit(0)"] = 0, ["os.exit(7)"] = 7, ["os.exit(true)"] = 0, ["os.exit(false)"] = 1,
    ["os.exit(256)"] = 1, ["os.exit(-1)"] = 1, ["os.exit(3, true)"] = 3, ["os.exit(2.0)"] = 2, ["os.exit(nil)"] = 0,
    ["(function() os.exit(9) end)() return 1"] = 9, ["require('pysec.tool').shield(os.exit, 6)"] = 6,
  } do
    local result = run(text)
    t.equal(result.code, code, text)
    t.equal(result.stderr, "", text)
  end
  t.match(run "os.exit 'x'".stderr, "number expected, got string")
end)

t.test("os.exit lets what is open be closed", function()
  local result = run [[
    local close <close> = setmetatable({}, { __close = function() print "closed" end })
    setmetatable({}, { __gc = function() print "collected" end })
    os.exit(5)]]
  t.equal({ result.code, result.stdout }, { 5, "closed\ncollected\n" })
end)

t.test("an error is exit code 1 and names file and line, with a traceback", function()
  local folder = t.files(t.tempdir(), {
    ["a.lua"] = "\n-- a comment\nlocal inner = require 'lib.inner'\nlocal function outer()\n  inner.fail()\nend\n"
      .. "outer()\n",
    ["lib/inner.lua"] = "local inner = {}\nfunction inner.fail()\n\n  error 'gone wrong'\nend\nreturn inner\n",
  })
  for _, path in ipairs { "a.lua", "./a.lua", folder .. "/a.lua" } do
    local result = pysec(folder, "run", path)
    local beside = path:match "^.*/" or "./"
    t.equal({ result.code, result.stdout }, { 1, "" }, path)
    t.contains(result.stderr, "pysec: " .. beside .. "lib/inner.lua:4: gone wrong\nstack traceback:\n", path)
    t.contains(result.stderr, beside .. "lib/inner.lua:4: in function 'lib.inner.fail'\n", path)
    t.contains(result.stderr, path .. ":5: in local 'outer'\n", path)
    t.contains(result.stderr, path .. ":7: in main chunk\n", path)
  end
  t.contains(run "local x = nil\nx.y = 1".stderr, "pysec: a.lua:2: attempt to index a nil value (local 'x')\n")
  t.contains(run "error { code = 1 }".stderr, "pysec: error object is no string\n")
  t.contains(run "error('no place', 0)".stderr, "pysec: no place\n")
  t.contains(run "error(setmetatable({}, { __tostring = function() return 'told' end }))".stderr, "pysec: told")
  t.contains(run "local function deep() return deep() + 1 end deep = deep local f f = function() return f() + 1 end f()"
    .stderr, "stack overflow")
end)

t.test("a script that does not load is exit code 2, and nothing of it is run", function()
  local result = run "print 'started'\nlocal x = = 1\n"
  t.equal({ result.code, result.stdout }, { 2, "" })
  t.contains(result.stderr, "a.lua:2: unexpected symbol near '='")
  result = pysec("/", "run", "/no/such/script.lua")
  t.equal(result.code, 2)
  t.contains(result.stderr, "/no/such/script.lua")
  result = pysec("/", "run", "./")
  t.equal({ result.code, result.stdout }, { 2, "" })
end)

t.test("bytecode is refused, as a script and as a module", function()
  local folder = t.files(t.tempdir(), {
    ["a.lua"] = string.dump(function() print "ran" end), ["b.lua"] = "require 'a'", ["c.lua"] = "#!shebang\n\27Lua",
  })
  for _, name in ipairs { "a.lua", "b.lua" } do
    local result = pysec(folder, "run", name)
    t.equal(result.stdout, "")
    t.truthy(result.code == 1 or result.code == 2)
    t.contains(result.stderr, "attempt to load a binary chunk (mode is 't')")
  end
  t.contains(pysec(folder, "run", "c.lua").stderr, "attempt to load a binary chunk")
  t.equal({ host.load(folder .. "/a.lua") }, { nil, ("attempt to load a binary chunk (mode is 't')") })
end)

t.test("a first line with a shebang is skipped, and lines keep their numbers", function()
  t.contains(run "#!/usr/bin/env -S pysec run\nerror 'here'".stderr, "a.lua:2: here")
end)

local HIJACK = "print 'hijacked' return {}"

--- Names that a script or the host requires; files of these names lie in the folder that is looked at.
local function hostile_folder()
  return t.files(t.tempdir(), {
    ["json.lua"] = HIJACK, ["mod.lua"] = HIJACK, ["pysec/fs.lua"] = HIJACK, ["pysec/json.lua"] = HIJACK,
    ["pysec/policy.lua"] = HIJACK, ["pysec.lua"] = HIJACK, ["lib/names.lua"] = HIJACK, ["lib/options.lua"] = HIJACK,
    ["verbs/run.lua"] = HIJACK, ["main.lua"] = HIJACK, ["update.lua"] = HIJACK, ["init.lua"] = HIJACK,
    ["scripts/main.lua"] = HIJACK, ["scripts/verbs/run.lua"] = HIJACK, ["scripts/lib/names.lua"] = HIJACK,
    ["json/init.lua"] = HIJACK, ["mod.so"] = "", ["string.lua"] = HIJACK, ["harness.lua"] = HIJACK,
  })
end

t.test("nothing in the current folder is loaded", function()
  local folder, elsewhere = hostile_folder(), t.files(t.tempdir(), {
    ["a.lua"] = [[
      for _, name in ipairs { "pysec.fs", "pysec.json", "pysec.policy", "string", "lib.names" } do require(name) end
      for _, name in ipairs { "json", "mod", "pysec", "./json", "..json" } do
        local ok, problem = pcall(require, name)
        assert(not ok and problem:find("not found", 1, true), name)
      end
      print(package.path, package.cpath, #package.searchers)]],
  })
  for _, words in ipairs {
    { "run", elsewhere .. "/a.lua" }, { "--version" }, { "--help" }, { "run", "--help" }, { "run", "--list" },
    { "tools", "--help" }, { "advisories", "--help" },
  } do
    local result = pysec(folder, table.unpack(words))
    t.equal(result.code, 0, result.stderr)
    t.lacks(result.stdout .. result.stderr, "hijacked", words[1])
  end
  t.equal(pysec(folder, "run", elsewhere .. "/a.lua").stdout, "\t\t3\n")
  for _, variable in ipairs {
    "LUA_PATH", "LUA_PATH_5_4", "LUA_CPATH", "LUA_CPATH_5_4", "LUA_INIT", "LUA_INIT_5_4",
  } do
    local value = variable:find "INIT" and "print 'hijacked'" or ("%s/?.lua;%s/?.so;;"):format(folder, folder)
    local result = assert(tool.run { t.program, "run", elsewhere .. "/a.lua", cwd = folder,
      env = { [variable] = value } })
    t.equal(result.stdout, "\t\t3\n", variable)
  end
end)

t.test("a script's own folder does not take the place of the host's modules", function()
  local folder = hostile_folder()
  assert(fs.write(folder .. "/a.lua", [[
    for _, name in ipairs { "pysec.fs", "pysec.json", "pysec.policy", "lib.names", "string" } do require(name) end]]))
  local result = pysec("/", "run", folder .. "/a.lua")
  t.equal({ result.code, result.stdout }, { 0, "" }, result.stderr)
end)

t.test("a script may require what lies beside it, wherever it is run from", function()
  local folder = t.files(t.tempdir(), {
    ["a.lua"] = "print(require 'one')  print((require 'deep.two'))", ["one.lua"] = "return ... .. '!'",
    ["deep/two.lua"] = "return (require 'one') .. ' ' .. ...", ["broken.lua"] = "return require 'syntax'",
    ["syntax.lua"] = "\n\nlocal = 1", ["raises.lua"] = "error 'while loading'", ["b.lua"] = "require 'raises'",
    ["c.lua"] = "require 'missing'",
  })
  t.equal(pysec("/", "run", folder .. "/a.lua").stdout, "one!\t" .. folder .. "/one.lua\none! deep.two\n")
  t.equal(pysec(folder, "run", "a.lua").stdout, "one!\t./one.lua\none! deep.two\n")
  t.equal(pysec(folder .. "/deep", "run", "../a.lua").stdout, "one!\t../one.lua\none! deep.two\n")
  t.contains(pysec(folder, "run", "broken.lua").stderr, "./syntax.lua:3: <name> expected near '='")
  t.contains(pysec(folder, "run", "b.lua").stderr, "./raises.lua:1: while loading")
  local missing = pysec(folder, "run", "c.lua").stderr
  t.contains(missing, "module 'missing' not found")
  t.contains(missing, "no built-in script 'scripts/missing.lua'")
  t.contains(missing, "no file './missing.lua'")
end)

--- A copy of the shipped scripts with some files put over them.
local function scripts_with(files)
  local folder = t.tempdir()
  assert(fs.copy(t.root .. "/scripts", folder .. "/scripts"))
  return t.files(folder .. "/scripts", files)
end

t.test("--scripts DIR takes the place of the built-in scripts, with their real names in errors", function()
  local scripts = scripts_with { ["lib/mine.lua"] = "return 'mine'", ["lib/redact.lua"] = "\nerror 'broken here'" }
  local folder = t.files(t.tempdir(), { ["a.lua"] = "print((require 'lib.mine'))", ["b.lua"] = "require 'lib.redact'" })
  local real = fs.realpath(scripts)
  t.equal(pysec(folder, "--scripts", scripts, "run", "a.lua").stdout, "mine\n")
  t.equal(pysec(folder, "run", "--scripts", scripts, "a.lua").stdout, "mine\n")
  t.equal(pysec(folder, "run", "--scripts=" .. scripts, "a.lua").stdout, "mine\n")
  t.equal(pysec(folder, "--scripts", "/none", "--scripts", scripts, "run", "a.lua").stdout, "mine\n")
  t.contains(pysec(folder, "run", "a.lua").stderr, "module 'lib.mine' not found")
  local result = pysec(folder, "--scripts", scripts, "run", "b.lua")
  t.equal(result.code, 1)
  t.contains(result.stderr, "pysec: " .. real .. "/lib/redact.lua:2: broken here")
  t.contains(pysec(folder, "--scripts", scripts, "run", "c.lua").stderr, "c.lua")
end)

t.test("--scripts DIR that is none is exit code 2", function()
  local folder = t.files(t.tempdir(), { ["a.lua"] = "print 'ran'", ["empty/file"] = "" })
  for _, scripts in ipairs { "none", "a.lua", "", "empty" } do
    local result = pysec(folder, "--scripts", scripts, "run", "a.lua")
    t.equal({ result.code, result.stdout }, { 2, "" }, scripts)
  end
  t.contains(pysec(folder, "--scripts", "none", "run", "a.lua").stderr, "--scripts none: no such folder")
  t.contains(pysec(folder, "--scripts", "empty", "run", "a.lua").stderr, "/empty/main.lua")
end)

t.test("errors of built-in scripts name their files too", function()
  local result = run "require 'lib.requirements'.no_such_function()"
  t.contains(result.stderr, "a.lua:1: attempt to call a nil value (field 'no_such_function')")
  local _, problem = xpcall(require "lib.options".parse, debug.traceback, nil, {})
  t.match(problem, "scripts/lib/options%.lua:%d+:")
end)

t.test("pysec.host gives the built-in files and loads those of the user", function()
  t.match(host.version(), "^%d+%.%d+%.%d+$")
  t.equal(host.builtin "policies/default.lua", fs.read(t.root .. "/policies/default.lua"))
  t.equal({ host.builtin "policies/none.lua" }, { nil, "policies/none.lua: no such built-in file", "ENOENT" })
  local names = host.builtins()
  t.truthy(#names > 30)
  for i, name in ipairs(names) do
    t.truthy(i == 1 or names[i - 1] < name, "in order")
    t.lacks(name, "scripts/meta/")
    t.truthy(host.builtin(name) == fs.read(t.root .. "/" .. name), name)
  end
  t.equal(host.builtins "policies/default", { "policies/default.lua" })
  t.equal(host.builtins "none/", {})
  local path = t.files(t.tempdir(), { ["a.lua"] = "return ..., 'loaded'", ["b.lua"] = "x =" }) .. "/a.lua"
  t.equal({ host.load(path)(1) }, { 1, "loaded" })
  local chunk, message = host.load(path:gsub("a%.lua", "b.lua") .. "")
  t.equal(chunk, nil)
  t.contains(message, "/b.lua:1: unexpected symbol")
  t.contains(select(2, host.load(path .. ".none")), path .. ".none")
  t.raises(function() host.builtin() end, "string expected")
  t.raises(function() host.load() end, "string expected")
end)

t.test("a script that is gone, or a broken pipe, does not end the program with a signal", function()
  local folder = t.files(t.tempdir(), { ["a.lua"] = [[
    for i = 1, 20000 do print(i) end
    require "pysec.fs".write("ended", "yes")]] })
  local result = assert(tool.run { "sh", "-c", '"$@" | head -n 1; exit 0', "sh", t.program, "run", "a.lua",
    cwd = folder, timeout = 20 })
  t.equal({ result.code, result.stdout, result.stderr }, { 0, "1\n", "" })
  t.equal(fs.read(folder .. "/ended"), "yes")
end)

return t.finish()
