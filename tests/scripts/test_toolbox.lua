--- The toolbox: how tools are called, what of the environment reaches which of them, what is installed.
local t = require "harness"
local fs = require "pysec.fs"
local host = require "pysec.host"
local json = require "pysec.json"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

--- Runs Lua with an environment of its own; what the code returns comes back through JSON.
local function with_environment(variables, code)
  local folder = t.tempdir()
  assert(fs.write(folder .. "/ask.lua", 'local json = require "pysec.json"\n'
    .. "require('pysec.ui').write(json.encode((function() " .. code .. " end)()))\nreturn 0\n"))
  local result = assert(tool.run { t.program, "--scripts", t.root .. "/scripts", "run", folder .. "/ask.lua",
    env = variables, timeout = 60 })
  assert(result.code == 0, result.stderr)
  return json.decode(result.stdout)
end

local KINDS = { "plain", "pip", "uv", "safety" }

local ASK_ALL = [[
  local toolbox = require "toolbox"
  local all = {}
  for _, kind in ipairs { "plain", "pip", "uv", "safety" } do all[kind] = toolbox.environment(kind) end
  return all]]

--- For each kind of tool, which of these variables it gets.
local function reached(variables)
  local all, seen = with_environment(variables, ASK_ALL), {}
  for name, value in pairs(variables) do
    local kinds = {}
    for _, kind in ipairs(KINDS) do
      if all[kind][name] == value then kinds[#kinds + 1] = kind end
    end
    seen[name] = table.concat(kinds, " ")
  end
  return seen
end

t.test("hands the key of safety to safety alone", function()
  local all = with_environment({ SAFETY_API_KEY = "canary-0a1b2c3d" }, ASK_ALL)
  for _, kind in ipairs(KINDS) do
    local text = json.encode(all[kind])
    if kind == "safety" then t.contains(text, "canary-0a1b2c3d") else t.lacks(text, "canary-0a1b2c3d", kind) end
  end
end)

t.test("hands each kind of tool the variables that it needs", function()
  t.equal(reached {
    HOME = "/home/x", LANG = "C.UTF-8", TMPDIR = "/tmp", HTTPS_PROXY = "http://proxy", SSL_CERT_FILE = "/ca.pem",
    PIP_INDEX_URL = "https://x.example/simple", PIP_CACHE_DIR = "/cache", UV_CACHE_DIR = "/uv",
    SAFETY_API_KEY = "key0", SAFETY_AUTH_SERVER_URL = "https://y.example",
  }, {
    HOME = "plain pip uv safety", LANG = "plain pip uv safety", TMPDIR = "plain pip uv safety",
    HTTPS_PROXY = "pip uv safety", SSL_CERT_FILE = "pip uv safety", PIP_INDEX_URL = "pip uv", PIP_CACHE_DIR = "pip uv",
    UV_CACHE_DIR = "uv", SAFETY_API_KEY = "safety", SAFETY_AUTH_SERVER_URL = "safety",
  })
end)

t.test("keeps everything else from all of them", function()
  for name, kinds in pairs(reached {
    GITHUB_TOKEN = "ghp_0a1b", AWS_SECRET_ACCESS_KEY = "0a1b", PYTHONPATH = "/evil", PYTHONSTARTUP = "/evil.py",
    PYTHONHOME = "/evil", LD_LIBRARY_PATH = "/evil", PIP_TARGET = "/evil", PIP_CONSTRAINT = "/evil.txt",
    PIP_REQUIREMENT = "/evil.txt", PIP_AUDIT_OSV_URL = "https://evil.example", UV_PYTHON = "/evil",
    VIRTUAL_ENV = "/evil", BANDIT_CONFIG = "/evil", PATH = "/evil:.",
  }) do
    t.equal(kinds, "", name)
  end
end)

t.test("gives a PATH of system folders alone", function()
  for _, variables in pairs(with_environment({ PATH = ".:/evil" }, ASK_ALL)) do
    for folder in variables.PATH:gmatch "[^:]+" do t.match(folder, "^/u?s?r?/?l?o?c?a?l?/?s?bin$") end
  end
end)

t.test("keeps pip from configuration files unless one is named", function()
  local all = with_environment({}, ASK_ALL)
  t.equal({ all.pip.PIP_CONFIG_FILE, all.uv.PIP_CONFIG_FILE, all.plain.PIP_CONFIG_FILE }, { "/dev/null", "/dev/null" })
  t.equal({ all.pip.PIP_NO_INPUT, all.uv.UV_NO_CONFIG, all.uv.UV_PYTHON_DOWNLOADS }, { "1", "1", "never" })
  all = with_environment({ PIP_CONFIG_FILE = "/etc/my-pip.conf" }, ASK_ALL)
  t.equal(all.pip.PIP_CONFIG_FILE, "/etc/my-pip.conf")
end)

t.test("tells uv of the index that pip was told of, and leaves uv's own in force", function()
  local all = with_environment({ PIP_INDEX_URL = "https://p", PIP_EXTRA_INDEX_URL = "https://q https://r" }, ASK_ALL)
  t.equal({ all.uv.UV_DEFAULT_INDEX, all.uv.UV_INDEX, all.uv.UV_INDEX_STRATEGY },
    { "https://p", "https://q https://r", "unsafe-best-match" })
  all = with_environment({ PIP_INDEX_URL = "https://p", UV_DEFAULT_INDEX = "https://u",
    UV_INDEX_STRATEGY = "first-index" }, ASK_ALL)
  t.equal({ all.uv.UV_DEFAULT_INDEX, all.pip.UV_DEFAULT_INDEX }, { "https://u" })
  t.equal(all.uv.UV_INDEX_STRATEGY, "first-index")
end)

t.test("tells uv of pip's folders of archives, absolute, without those that are not there", function()
  local folder = t.tempdir()
  local all = with_environment({ PIP_FIND_LINKS = ("%s /nonexistent/links https://x.example/a tests"):format(folder) },
    ASK_ALL)
  local tests = fs.cwd() .. "/tests"
  t.equal(all.uv.UV_FIND_LINKS, ("%s,https://x.example/a,%s"):format(folder, tests))
  t.equal(all.pip.PIP_FIND_LINKS, ("%s /nonexistent/links https://x.example/a %s"):format(folder, tests))
end)

t.test("tells uv of pip's certificates, proxy, trusted hosts, patience", function()
  local uv = with_environment({ PIP_CERT = "/ca.pem", SSL_CERT_FILE = "/other.pem", PIP_CLIENT_CERT = "/me.pem",
    PIP_TRUSTED_HOST = "a.example b.example:8080", PIP_PROXY = "http://proxy:3128", HTTPS_PROXY = "http://other",
    PIP_DEFAULT_TIMEOUT = "7.5", PIP_RETRIES = "1" }, ASK_ALL).uv
  t.equal({ uv.SSL_CERT_FILE, uv.SSL_CLIENT_CERT, uv.UV_INSECURE_HOST, uv.HTTPS_PROXY, uv.http_proxy,
    uv.UV_HTTP_TIMEOUT, uv.UV_HTTP_RETRIES },
    { "/ca.pem", "/me.pem", "a.example b.example:8080", "http://proxy:3128", "http://proxy:3128", "7", "1" })
  t.equal(with_environment({ REQUESTS_CA_BUNDLE = "/r.pem" }, ASK_ALL).uv.SSL_CERT_FILE, "/r.pem")
end)

t.test("tells uv in words what it has no variables for", function()
  local ask = 'return require("toolbox").uv_words()'
  t.equal(with_environment({ PIP_NO_INDEX = "true", PIP_NO_BINARY = "six,idna", PIP_ONLY_BINARY = ":all:" }, ask),
    { "--no-index", "--no-binary", "six", "--no-binary", "idna", "--only-binary", ":all:" })
  t.equal(with_environment({ PIP_NO_INDEX = "0" }, "return #require('toolbox').uv_words()"), 0)
end)

t.test("hands a child nothing but that", function()
  local variables = toolbox.environment "plain"
  local result = assert(tool.run { "/usr/bin/env", "-0", env = variables })
  for name in result.stdout:gmatch "([^=%z]+)=[^%z]*%z" do
    t.truthy(variables[name] or name == "PYSEC_RUN", name)
  end
end)

t.test("starts tools by their own Python, isolated, and by absolute paths", function()
  local box = toolbox.open "/opt/tools"
  for _, entry in ipairs(toolbox.tools) do
    local command = box:command(entry.name)
    t.equal(command[1]:sub(1, 11), "/opt/tools/", entry.name)
    if entry.module then t.equal({ command[2], command[3], command[4] }, { "-I", "-m", entry.module }, entry.name) end
  end
  t.equal(box:command "safety-2", { "/opt/tools/safety/bin/python", "-I", "-m", "safety" })
  t.equal(box:command "uv", { "/opt/tools/main/bin/uv" })
  t.raises(function() box:command "nonsense" end, "no tool is called nonsense")
end)

t.test("finds its folder: the one given, PYSEC_TOOLS, XDG_DATA_HOME, HOME", function()
  local function folder(variables, argument)
    return with_environment(variables, ("return { require('toolbox').open(%s).folder }"):format(argument or ""))[1]
  end
  t.equal(folder({ PYSEC_TOOLS = "/a", HOME = "/h" }, "'/b'"), "/b")
  t.equal(folder { PYSEC_TOOLS = "/a", XDG_DATA_HOME = "/x", HOME = "/h" }, "/a")
  t.equal(folder { XDG_DATA_HOME = "/x", HOME = "/h" }, "/x/pysec/tools")
  t.equal(folder { XDG_DATA_HOME = "relative", HOME = "/h" }, "/h/.local/share/pysec/tools")
  t.equal(folder { PYSEC_TOOLS = "build/../tools" }, fs.cwd() .. "/tools")
end)

t.test("says of a tool that is missing what helps", function()
  local box = toolbox.open(t.tempdir())
  t.equal(box:problem "bandit", ("bandit is not installed in %s; run: pysec tools install"):format(box.folder))
  t.equal(box:version "bandit", nil)
end)

t.test("reads a tool's version from its metadata", function()
  local site = "main/lib/python3.11/site-packages/"
  local box = toolbox.open(t.files(t.tempdir(), {
    [site .. "pip-23.2.1.dist-info/METADATA"] = "", [site .. "pip_audit-2.10.1.dist-info/METADATA"] = "",
    [site .. "pip_tools-7.6.2.dist-info/METADATA"] = "", ["main/bin/python"] = "",
  }))
  t.equal({ box:version "pip", box:version "pip-audit", box:version "pip-tools" }, { "23.2.1", "2.10.1", "7.6.2" })
  t.equal(box:problem "pip-audit", nil)
  t.match(box:problem "safety", "^safety is not installed")
  t.match(box:problem "safety-2", "^safety%-2 is not installed")
end)

t.test("takes an environment for installed when it was made whole from the present list", function()
  local list = assert(host.builtin "requirements-security.txt")
  local box = toolbox.open(t.files(t.tempdir(), { ["main/pysec-installed.txt"] = list,
    ["safety/pysec-installed.txt"] = "safety==1.0\n" }))
  local missing = {}
  for i, environment in ipairs(box:missing()) do missing[i] = environment.name end
  t.equal(missing, { "safety" })
end)

t.test("says in one line why an installation failed, and all of it with --verbose", function()
  local folder = t.tempdir()
  local result = assert(tool.run { t.program, "--scripts", t.root .. "/scripts", "tools", "install", "--verbose",
    "--tools", folder .. "/tools", timeout = 120, env = { HOME = folder, PIP_NO_INDEX = "1" } })
  t.truthy(result.code ~= 0)
  t.match(result.stderr, "\nerror: pip install uv failed: [^\n]*ERROR: [^\n]* ERROR: No matching distribution found")
  t.match(result.stderr, "pip install uv said:\n[^\n]+\n *ERROR: ")
end)

t.test("repeats the last line that a tool said, without secrets", function()
  local code = [[
    local box = require("toolbox").open("/opt/tools")
    return { box:said { stderr = "first\nGET https://u:p@x.example/?key=canary-0a1b\n\n", stdout = "out" },
      box:said { stderr = " \n", stdout = "one\ntwo\n" } }]]
  t.equal(with_environment({ SAFETY_API_KEY = "canary-0a1b" }, code), { "GET https://***@x.example/?key=***", "two" })
end)

t.test("decodes what a tool wrote, with a message that names the tool and the place", function()
  t.equal(toolbox.decode("demo", '{"a": [1]}'), { a = { 1 } })
  for text, want in pairs {
    [""] = "^demo wrote no whole JSON: line 1, column 1: ",
    ["{\n  1"] = "^demo wrote no whole JSON: line 2, column 3: ",
    ["[1] trailing"] = "^demo wrote no whole JSON: line 1, column 5: ",
    ["false"] = "^demo wrote JSON that is no report$", ["null"] = "^demo wrote JSON that is no report$",
    ["7"] = "^demo wrote JSON that is no report$", ['"text"'] = "^demo wrote JSON that is no report$",
  } do
    local value, message = toolbox.decode("demo", text)
    t.equal(value, nil, text)
    t.match(message, want)
  end
end)

t.test("finds every tool in the environments that the tests use", function()
  local box = toolbox.open()
  for _, entry in ipairs(toolbox.tools) do t.equal(box:problem(entry.name), nil) end
end)

return t.finish()
