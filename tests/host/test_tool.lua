--- pysec.tool: what reaches a program, what comes back from it, and how it is found.
local t = require "harness"
local env = require "pysec.env"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

--- Runs a shell text; `spec` holds further fields.
local function sh(text, spec, ...)
  spec = spec or {}
  table.move({ "sh", "-c", text, "sh", ... }, 1, 4 + select("#", ...), 1, spec)
  return assert(tool.run(spec))
end

local function executable(folder, name, text)
  assert(fs.mkdirs(folder))
  assert(fs.write(folder .. "/" .. name, text or "#!/bin/sh\n", { mode = tonumber("755", 8) }))
  return folder .. "/" .. name
end

t.test("a result holds the code, both streams and the time", function()
  local result = sh "echo out; echo err >&2; exit 3"
  t.truthy(math.type(result.seconds) == "float" and result.seconds > 0 and result.seconds < 10)
  result.seconds = nil
  t.equal(result, { code = 3, timed_out = false, truncated = false, stdout = "out\n", stderr = "err\n" })
end)

t.test("every code comes back, and a signal in its place", function()
  for _, code in ipairs { 0, 1, 2, 77, 127, 128, 255 } do
    local result = sh("exit " .. code)
    t.equal({ result.code, result.signal }, { code, nil })
  end
  for name, number in pairs { TERM = 15, KILL = 9, INT = 2, SEGV = 11, PIPE = 13 } do
    local result = sh("ulimit -c 0; kill -" .. name .. " $$")
    t.equal({ code = result.code, signal = result.signal }, { signal = number }, name)
  end
end)

t.test("arguments arrive as they are: there is no shell", function()
  local arguments = {
    "", " ", "a b", "'", '"', "\\", "$HOME", "$(id)", "`id`", "*", "~", "; exit 1", "&", "|", ">file", "#", "\n",
    "a\nb\n", "\t", "\1\127", "é€😀", "\xFF\xC0", "-n", "--", "%s", "!!", "{a,b}",
  }
  local result = assert(tool.run { "/usr/bin/printf", "%s\\0", table.unpack(arguments) })
  t.equal(result.stdout, table.concat(arguments, "\0") .. "\0")
  t.equal(assert(tool.run { "printf", "%s.", 7, 1.5, -3 }).stdout, "7.1.5.-3.")
  local long = ("x"):rep(100000)
  t.truthy(assert(tool.run { "printf", "%s", long }).stdout == long)
end)

t.test("the program is told the name that it was called by", function()
  t.equal(sh("echo $0").stdout, "sh\n")
  t.match(assert(tool.run { "cat", "/proc/self/cmdline" }).stdout, "^cat\0")
  t.match(assert(tool.run { "/bin/cat", "/proc/self/cmdline" }).stdout, "^/bin/cat\0")
end)

--- The environment as a program sees it, without the mark by which its children are found.
local function environment(spec)
  spec[1], spec[2] = "/usr/bin/env", "-0"
  local list, marks = {}, 0
  for entry in assert(tool.run(spec)).stdout:gmatch "[^\0]+" do
    if entry:match("^PYSEC_RUN=" .. ("%x"):rep(32) .. "$") then marks = marks + 1 else list[#list + 1] = entry end
  end
  table.sort(list)
  return list, marks
end

t.test("the environment is the one that is given and a mark", function()
  local list, marks = environment { env = { A = "1", B = "two words\nand a line", C = "", D = "a=b", ["é"] = "ü" } }
  t.equal(list, { "A=1", "B=two words\nand a line", "C=", "D=a=b", "é=ü" })
  t.equal(marks, 1)
  list, marks = environment { env = {} }
  t.equal({ list, marks }, { {}, 1 })
end)

t.test("without one the program gets ours", function()
  local own = {}
  for name, value in pairs(env.list()) do
    if name ~= "PYSEC_RUN" then own[#own + 1] = name .. "=" .. value end
  end
  table.sort(own)
  local list, marks = environment {}
  t.equal(list, own)
  t.truthy(marks >= 1)
  local first, second = sh("echo $PYSEC_RUN").stdout, sh("echo $PYSEC_RUN").stdout
  t.truthy(first ~= second, "a fresh mark each time")
  t.equal({ first:sub(1, 16), second:sub(1, 16) }, { tool.family(), tool.family() })
end)

t.test("it runs in the folder that it is told", function()
  local folder = fs.realpath(t.files(t.tempdir(), { ["a b/c"] = "" }))
  t.equal(assert(tool.run { "pwd", "-P", cwd = folder .. "/a b" }).stdout, folder .. "/a b\n")
  t.equal(assert(tool.run { "pwd", "-P" }).stdout, fs.realpath "." .. "\n")
  executable(folder, "here", "#!/bin/sh\necho found\n")
  t.equal(assert(tool.run { folder .. "/here", cwd = "/" }).stdout, "found\n")
end)

t.test("a relative program starts in our folder, not in the one that it runs in", function()
  local folder = t.tempdir()
  executable(folder .. "/ours", "tool", "#!/bin/sh\necho ours\n")
  executable(folder .. "/theirs", "tool", "#!/bin/sh\necho theirs\n")
  local script = t.files(t.tempdir(), { ["a.lua"] = [[
    io.write(require "pysec.tool".run { "./tool", cwd = "../theirs" }.stdout)]] }) .. "/a.lua"
  t.equal(assert(tool.run { t.program, "run", script, cwd = folder .. "/ours" }).stdout, "ours\n")
end)

t.test("standard input is the text that is given, and nothing else", function()
  for _, text in ipairs { "", "\0", "a\nb", ("0123456789abcdef"):rep(1 << 20) } do
    t.truthy(assert(tool.run { "cat", stdin = text }).stdout == text, #text .. " bytes")
  end
  t.equal(assert(tool.run { "cat" }).stdout, "")
  t.equal(assert(tool.run { "true", stdin = ("x"):rep(1000000) }).code, 0, "one that does not read it")
  t.equal(sh("exec <&-; cat; echo over", { stdin = "x" }).stdout, "over\n")
end)

t.test("output is kept up to a limit for each stream, and the rest is read", function()
  local result = sh("printf 123456; printf 12345 >&2", { max_output = 5 })
  t.equal({ result.code, result.stdout, result.stderr, result.truncated }, { 0, "12345", "12345", true })
  result = sh("printf 12345; printf 12345 >&2", { max_output = 5 })
  t.equal({ result.stdout, result.stderr, result.truncated }, { "12345", "12345", false })
  result = sh("printf 123456 >&2", { max_output = 5 })
  t.equal({ result.stdout, result.stderr, result.truncated }, { "", "12345", true })
  result = sh("echo x", { max_output = 0 })
  t.equal({ result.code, result.stdout, result.truncated }, { 0, "", true })
  t.equal(sh("echo x", { max_output = math.huge }).truncated, false)
  result = assert(tool.run { "head", "-c", 17 << 20, "/dev/zero" })
  t.equal({ #result.stdout, result.truncated }, { 16 << 20, true })
end)

t.test("a program that closes its output goes on, and is waited for", function()
  local result = sh("echo first; exec >&- 2>&-; sleep 0.2; exit 9")
  t.equal({ result.code, result.stdout }, { 9, "first\n" })
  t.truthy(result.seconds >= 0.2)
end)

t.test("only standard input, output and error reach a program", function()
  local folder = t.files(t.tempdir(), { a = "" })
  local open = {}
  for i = 1, 20 do open[i] = assert(io.open(folder .. "/a")) end
  local lock <close> = assert(fs.lock(folder .. "/lock"))
  t.equal(sh("ls /proc/$$/fd").stdout, "0\n1\n2\n")
  t.equal(sh("ls /proc/$$/fd", { stdin = "x", cwd = "/", env = { PATH = "/usr/bin:/bin" } }).stdout, "0\n1\n2\n")
  for _, file in ipairs(open) do file:close() end
  lock:release()
end)

t.test("it leads a session of its own, with no signal blocked or ignored", function()
  local result = sh([[read -r pid name state parent group session rest < /proc/$$/stat; echo $((pid == session));
    grep Sig /proc/self/status]])
  t.match(result.stdout, "^1\n")
  t.match(result.stdout, "SigBlk:\t0000000000000000\n")
  local ignored = tonumber(result.stdout:match "SigIgn:\t(%x+)\n", 16)
  t.equal(ignored & 0x7FFFFFFF, 0, "of those that are not the C library's own")
end)

t.test("a program that cannot be started is a failure with a code", function()
  local folder = t.files(t.tempdir(), { ["no program"] = "text" })
  executable(folder, "no-shebang", "echo hi\n")
  executable(folder, "bad-shebang", "#!/no/such/interpreter\n")
  for _, case in ipairs {
    { { "no-such-program" }, "ENOENT", "no-such-program: not found in a trusted folder of PATH" },
    { { "" }, "ENOENT", ": not found in a trusted folder of PATH" },
    { { folder .. "/none" }, "ENOENT", folder .. "/none: No such file or directory" },
    { { "./none" }, "ENOENT", "./none: No such file or directory" },
    { { folder .. "/no program" }, "EACCES", folder .. "/no program: Permission denied" },
    { { folder }, "EACCES", folder .. ": Permission denied" },
    { { folder .. "/no-shebang" }, "ENOEXEC", folder .. "/no-shebang: Exec format error" },
    { { folder .. "/bad-shebang" }, "ENOENT", folder .. "/bad-shebang: No such file or directory" },
    { { "/bin/true", cwd = folder .. "/none" }, "ENOENT", "/bin/true: cannot run in " .. folder
      .. "/none, which is no folder" },
    { { "/bin/true", cwd = folder .. "/no-shebang" }, "ENOTDIR", "/bin/true: cannot run in " .. folder
      .. "/no-shebang, which is no folder" },
    { { "/bin/true", ("x"):rep(200000) }, "E2BIG", "/bin/true: Argument list too long" },
  } do
    t.equal({ tool.run(case[1]) }, { nil, case[3], case[2] })
    local record = tool.all({ case[1] })[1]
    t.equal(record, { error = case[3], error_code = case[2] })
  end
end)

t.test("raises for what is no program", function()
  for message, spec in pairs {
    ["a program is missing"] = {}, ["argument 2 of a program is a table"] = { "true", {} },
    ["argument 1 of a program is a boolean"] = { true }, ["an argument holds a NUL"] = { "true", "a\0b" },
    ["has no field 'env_'"] = { "true", env_ = {} }, ["has no field 'shell'"] = { "true", shell = true },
    ["timeout is a number from 0"] = { "true", timeout = -1 }, ["max_output is a number from 0"] = { "true",
      max_output = "much" }, ["cwd is a string, not a number"] = { "true", cwd = 1 },
    ["stdin is a string, not a table"] = { "true", stdin = {} },
    ["env is a table, not a string"] = { "true", env = "A=1" },
    ["env is a table of names and strings"] = { "true", env = { "A=1" } },
    ["a variable holds a NUL"] = { "true", env = { A = "1\0B=2" } },
    ["the name of a variable holds a NUL"] = { "true", env = { ["A\0B"] = "1" } },
    ["'A=B' is no name of a variable"] = { "true", env = { ["A=B"] = "1" } },
    ["'' is no name of a variable"] = { "true", env = { [""] = "1" } },
  } do
    t.raises(function() tool.run(spec) end, message)
    t.raises(function() tool.all { { "true" }, spec } end, message)
  end
  t.raises(function() tool.run { "true", timeout = 0 / 0 } end, "timeout is a number from 0")
  t.raises(function() tool.run { "true", env = { A = 1 } } end, "env is a table of names and strings")
  t.raises(function() tool.run() end, "table expected")
  t.raises(function() tool.run "true" end, "table expected")
  t.raises(function() tool.all { "true" } end, "a program is a table, not a string")
  t.equal(assert(tool.run { "true", name = "a label for reports" }).code, 0)
end)

--- What which() finds with a PATH, in a folder.
local function which(name, path, folder)
  local script = t.files(t.tempdir(), { ["a.lua"] = [[io.write(tostring(require "pysec.tool".which(arg[1])))]] })
  local result = assert(tool.run { t.program, "run", script .. "/a.lua", name, env = { PATH = path },
    cwd = folder or "/" })
  assert(result.code == 0, result.stderr)
  return result.stdout
end

t.test("which finds the first program in PATH", function()
  local folder = fs.realpath(t.tempdir())
  local first, second = executable(folder .. "/1", "tool"), executable(folder .. "/2", "tool")
  executable(folder .. "/2", "other")
  assert(fs.mkdirs(folder .. "/3/tool"))
  t.files(folder, { ["4/tool"] = "not executable" })
  t.equal(which("tool", folder .. "/1:" .. folder .. "/2"), first)
  t.equal(which("tool", folder .. "/2:" .. folder .. "/1"), second)
  t.equal(which("other", folder .. "/1:" .. folder .. "/2"), folder .. "/2/other")
  t.equal(which("tool", folder .. "/none:" .. folder .. "/3:" .. folder .. "/4:" .. folder .. "/1"), first)
  t.equal(which("tool", ("/" .. ("x"):rep(5000)) .. ":" .. folder .. "/1"), first)
  t.equal(which("tool", ""), "nil")
  t.equal(which("", folder .. "/1"), "nil")
  t.equal({ tool.which "no-such-program" }, { nil, "no-such-program: not found in a trusted folder of PATH", "ENOENT" })
end)

t.test("which ignores folders that somebody else may have filled", function()
  local folder = fs.realpath(t.tempdir())
  local trusted = executable(folder .. "/trusted", "tool")
  local project = folder .. "/project"
  executable(project, "tool")
  executable(project .. "/bin", "tool")
  executable(folder .. "/open", "tool")
  executable(folder .. "/sticky", "tool")
  assert(tool.run { "chmod", "777", folder .. "/open" })
  assert(tool.run { "chmod", "1777", folder .. "/sticky" })
  assert(tool.run { "ln", "-s", project .. "/bin", folder .. "/link" })
  for _, untrusted in ipairs {
    "", ".", "bin", "./bin", "../trusted", "../project/bin", project, project .. "/", project .. "/bin",
    folder .. "/link", folder .. "/trusted/../project/bin", "/" .. project, folder .. "/open", folder .. "/sticky",
  } do
    t.equal(which("tool", untrusted .. ":" .. folder .. "/trusted", project), trusted, untrusted)
    t.equal(which("tool", untrusted, project), "nil", untrusted)
  end
  t.equal(which("tool", project .. "-tools:" .. folder .. "/trusted", project), trusted)
  executable(project .. "-tools", "tool")
  t.equal(which("tool", project .. "-tools", project), project .. "-tools/tool", "a name that merely starts alike")
  t.equal(which("tool", folder .. "/trusted", "/"), trusted, "in / all is inside")
end)

t.test("which makes a name with a slash absolute", function()
  local folder = fs.realpath(t.tempdir())
  local path = executable(folder, "tool")
  t.equal(tool.which(path), path)
  t.equal(which("./tool", "", folder), folder .. "/./tool")
  t.equal(tool.which(folder .. "/none"), nil)
  t.equal(tool.which(folder), nil)
end)

t.test("run looks in our PATH, not in the one that it hands on", function()
  local folder = t.tempdir()
  executable(folder, "sh", "#!/bin/sh\necho hijacked\n")
  t.equal(sh("echo real", { env = { PATH = folder } }).stdout, "real\n")
end)

t.test("cores counts those that this process may use", function()
  t.equal(tool.cores(), math.tointeger(assert(tool.run { "nproc" }).stdout))
  if tool.which "taskset" then
    local script = t.files(t.tempdir(), { ["a.lua"] = [[print(require "pysec.tool".cores())]] }) .. "/a.lua"
    t.equal(assert(tool.run { "taskset", "-c", "0", t.program, "run", script }).stdout, "1\n")
  end
end)

t.test("works with its own input, output and error closed", function()
  local folder = t.files(t.tempdir(), { ["a.lua"] = [[
    local result = require "pysec.tool".run { "sh", "-c", "ls /proc/$$/fd; echo err >&2; cat", stdin = "in" }
    require "pysec.fs".write("result", result.stdout .. result.stderr)]] })
  t.equal(sh('exec <&- >&- 2>&-; exec "$@"', { cwd = folder }, t.program, "run", "a.lua").code, 0)
  t.equal(fs.read(folder .. "/result"), "0\n1\n2\ninerr\n")
end)

return t.finish()
