--- Which installer is taken, and what it is told.
local command = require "installer.command"
local fs = require "pysec.fs"
local installer = require "installer"
local redact = require "lib.redact"
local t = require "harness"
local tool = require "pysec.tool"

--- A job of these options. Each call of a tool gets the next of `results`; the calls are kept.
local function job_with(options, results)
  local job = { options = options or {}, scratch = t.tempdir(), timeout = 10, calls = {} }
  job.tools = { redact = redact.new { "canary-0a1b" },
    command = function(_, name) return { name } end,
    problem = function(_, name) return job.missing == name and name .. " is not installed" or nil end }
  function job:run(spec)
    self.calls[#self.calls + 1] = table.concat(spec, " ")
    self.list = fs.read(self.scratch .. "/install.txt")
    return results[#self.calls] or results[#results]
  end
  return job
end

local OK = { code = 0, stdout = "", stderr = "" }

local function failed(stderr)
  return { code = 2, stdout = "", stderr = stderr }
end

--- An environment of distributions that are folders below `path`: { name = "entry" }.
local function environment_of(entries)
  local path = t.tempdir()
  local environment = { path = path, python = path .. "/bin/python", python_version = "3.11.2", by_name = {},
    packages = {}, folders = { path .. "/lib/python3.11/site-packages" } }
  t.files(environment.folders[1], { ["nothing.py"] = "" })
  for name, entry in pairs(entries or {}) do
    local package = { name = name, path = environment.folders[1] .. "/" .. entry, requires = {}, version = "1.0" }
    t.files(package.path, { METADATA = ("Name: %s\nVersion: 1.0\n"):format(name), RECORD = "" })
    environment.by_name[name] = package
    table.insert(environment.packages, package)
  end
  return environment
end

local SIX = { { package = "six", from = "1.0", to = "1.16.0" } }

t.test("auto and nothing are uv where it is there, else pip", function()
  for _, choice in ipairs { "auto", false } do
    local job = job_with { installer = choice or nil }
    t.equal(installer.name(job), "uv")
    job = job_with { installer = choice or nil }
    job.missing = "uv"
    t.equal(installer.name(job), "pip")
  end
  t.equal(installer.name(job_with { installer = "pip" }), "pip")
end)

t.test("uv that is asked for and missing, and a choice that there is not, are wrong usage", function()
  local job = job_with { installer = "uv" }
  t.equal(installer.name(job), "uv")
  job = job_with { installer = "uv" }
  job.missing = "uv"
  t.raises(function() installer.name(job) end, "^%-%-installer uv: uv is not installed; or take %-%-installer pip$")
  t.raises(function() installer.check "conda" end, "^%-%-installer conda: expected auto, pip, uv$")
  t.equal(installer.check(nil), nil)
end)

t.test("a pip.conf that is named makes auto pip: uv would not read of its index", function()
  local folder = t.files(t.tempdir(), { ["pip.conf"] = "", ["ask.lua"] = [[
    local job = { options = {}, tools = { problem = function() end } }
    require("pysec.ui").write(require("installer").name(job))
    return 0]] })
  local function name(config)
    return assert(tool.run { t.program, "--scripts", t.root .. "/scripts", "run", folder .. "/ask.lua",
      env = { PIP_CONFIG_FILE = config } }).stdout
  end
  t.equal({ name(folder .. "/pip.conf"), name "/dev/null", name "/nonexistent" }, { "pip", "uv", "uv" })
end)

t.test("the list has the hashes when every upgrade has some, and then they are required", function()
  local one = { package = "six", to = "1.16.0", hashes = { "sha256:aa", "sha256:bb" } }
  local two = { package = "idna", to = "3.7", hashes = { "sha256:cc" } }
  for _, engine in ipairs { "pip", "uv" } do
    local job = job_with({ installer = engine }, { OK })
    t.equal(installer.install(job, environment_of(), { one, two }), true)
    t.equal(job.list, "six==1.16.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nidna==3.7 \\\n"
      .. "    --hash=sha256:cc\n")
    t.match(job.calls[1], " %-%-require%-hashes")
    job = job_with({ installer = engine }, { OK })
    installer.install(job, environment_of(), { one, { package = "idna", to = "3.7", hashes = {} } })
    t.equal(job.list, "six==1.16.0\nidna==3.7\n")
    t.lacks(job.calls[1], "--require-hashes")
  end
end)

t.test("a failure is one line: the command, and the end of what it said without secrets", function()
  local said = ("x"):rep(5000) .. "\nkey canary-0a1b\n\27[31mGET\27[0m https://u:p@x.example/ failed\n"
  local _, message = installer.install(job_with({ installer = "uv" }, { failed(said) }), environment_of(), SIX)
  t.match(message, "^uv pip install ended with exit code 2: %.%.%.x+ key %*%*%* GET https://%*%*%*@x.example/ failed$")
  t.truthy(#message < 450)
  _, message = installer.install(job_with({ installer = "pip" }, { failed(" \n") }), environment_of(), SIX)
  t.equal(message, "pip install ended with exit code 2")
end)

t.test("what is cut off is cut between characters", function()
  local said = command.said(job_with(), failed("é" .. ("é"):rep(300) .. "a"))
  t.truthy(utf8.len(said), said)
  t.match(said, "^%.%.%.é")
end)

t.test("what uv refuses goes through pip, unless uv was asked for by name", function()
  local job = job_with({}, { failed "uv does not want to", OK })
  t.equal(installer.install(job, environment_of { six = "six-1.0.dist-info" }, SIX), true)
  t.match(job.calls[2], "^pip ")
  job = job_with({ installer = "uv" }, { failed "uv does not want to", OK })
  local ok, message = installer.install(job, environment_of { six = "six-1.0.dist-info" }, SIX)
  t.equal({ ok, #job.calls }, { nil, 1 })
  t.match(message, "uv does not want to$")
end)

t.test("what uv said is told where pip does not run on the environment's Python", function()
  local too_new = failed "ERROR: This version of pip does not support python 3.8 (requires >=3.10).\n"
  local _, message = installer.install(job_with({}, { failed "no wheel for six", too_new }), environment_of(), SIX)
  t.equal(message, "uv pip install ended with exit code 2: no wheel for six")
  _, message = installer.install(job_with({}, { failed "no wheel", failed "no version" }), environment_of(), SIX)
  t.equal(message, "pip install ended with exit code 2: no version")
end)

t.test("pip is not asked when the index is out of reach, or when uv has removed something already", function()
  local job = job_with({}, { failed "error sending request for url", OK })
  t.equal({ installer.install(job, environment_of(), SIX), #job.calls }, { nil, 1 })
  local environment = environment_of { six = "six-1.0.dist-info" }
  job = job_with({}, { failed "half way", OK })
  local run = job.run
  function job:run(spec)
    fs.remove(environment.by_name.six.path)
    return run(self, spec)
  end
  local ok, message = installer.install(job, environment, SIX)
  t.equal({ ok, #job.calls }, { nil, 1 })
  t.match(message, "half way")
end)

t.test("eggs, and packages without a list of their files, are for pip", function()
  for entry, reason in pairs { ["six-1.0-py3.11.egg"] = "uv does not remove eggs", ["six-1.0.dist-info"] = "no RECORD" }
  do
    local environment = environment_of { six = entry }
    fs.remove(environment.by_name.six.path .. "/RECORD")
    local job = job_with({}, { OK })
    t.equal(installer.install(job, environment, SIX), true)
    t.match(job.calls[1], "^pip ")
    local ok, message = installer.install(job_with({ installer = "uv" }, { OK }), environment, SIX)
    t.equal(ok, nil)
    t.match(message, entry:gsub("%p", "%%%0") .. ": .*" .. reason .. ".*; take %-%-installer pip$")
  end
end)

t.test("uv checks what has its kind of metadata alone, and the same tool is asked before and after", function()
  local uv_said = { code = 1, stdout = "", stderr = "Using Python 3.11 environment at: x\nChecked 2 packages in 1ms\n"
    .. "Found 1 incompatibility\nThe package `a` requires `b`, but it's not installed\n" }
  local job = job_with({}, { uv_said })
  t.equal(installer.complaints(job, environment_of { six = "six-1.0.dist-info" }),
    { ["The package `a` requires `b`, but it's not installed"] = true })
  t.match(job.calls[1], "^uv pip check ")
  local environment = environment_of { six = "six-1.0.egg-info" }
  job = job_with({}, { { code = 1, stdout = "a 1 requires b, which is not installed.\n", stderr = "" } })
  t.equal(installer.complaints(job, environment), { ["a 1 requires b, which is not installed."] = true })
  environment.packages = {}
  installer.complaints(job, environment)
  t.match(job.calls[1], "^pip .*check$")
  t.match(job.calls[2], "^pip .*check$")
end)

t.test("a check that fails without saying of what is no answer", function()
  local job = job_with({}, { { code = 1, stdout = "", stderr = "Checked 2 packages in 1ms\n" } })
  t.equal({ installer.complaints(job, environment_of()) }, { nil, "uv pip check failed without a word" })
  job = job_with({}, { failed "no such environment" })
  t.match(select(2, installer.complaints(job, environment_of())), "^uv pip check ended with exit code 2: no such")
end)

return t.finish()
