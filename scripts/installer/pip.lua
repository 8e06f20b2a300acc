--- pip and pip-sync, called from the tools' environment: one without a pip of its own is changed as well.
local command = require "installer.command"
local toolbox = require "toolbox"
local version = require "pysec.version"

local pip = {}

-- The pip of the tools runs on this Python and newer ones.
local OLDEST = "3.10"

--- An older Python is changed by the pip in its own environment, where there is one.
local function needs_own(environment)
  return environment.by_name.pip ~= nil and version.compare(environment.python_version, OLDEST) == -1
end

local function spec_for(job, environment, words)
  local spec
  if needs_own(environment) then
    spec = { environment.python, "-I", "-m", "pip" }
  else
    spec = job.tools:command("pip")
    table.move({ "--python", environment.python }, 1, 2, #spec + 1, spec)
  end
  table.move(words, 1, #words, #spec + 1, spec)
  spec.env = toolbox.environment("pip")
  spec.cwd = job.scratch
  return spec
end

--- Installs what the list file names, and nothing that it needs. Returns true, or nil and why not.
function pip.install(job, environment, list, hashed)
  local words = { "install", "--no-deps", "--quiet", "-r", list }
  if hashed then words[#words + 1] = "--require-hashes" end
  local result, message = command.run(job, "pip install", spec_for(job, environment, words), { 0 })
  return result and true, message
end

--- True when a failure says no more than that this pip does not run on the environment's Python.
function pip.is_too_new(message)
  return message:find("This version of pip does not support python", 1, true) ~= nil
end

--- What `pip check` complains of, as a set of lines; nil and why it could not say.
function pip.complaints(job, environment)
  local result, message = command.run(job, "pip check", spec_for(job, environment, { "check" }), { 0, 1 })
  if not result then return nil, message end
  local set = {}
  if result.code == 0 then return set end
  for line in result.stdout:gmatch("[^\r\n]+") do set[line] = true end
  return set
end

--- Whether pip-sync can work on an environment: it calls the pip in there.
function pip.can_sync(environment)
  return environment.by_name.pip ~= nil
end

--- Makes the environment hold what the compiled file says, and nothing else. Returns true, or nil and why not.
function pip.sync(job, environment, path)
  local spec = job.tools:command("pip-tools")
  table.move({ "sync", "--quiet", "--no-config", "--python-executable", environment.python, "--", path }, 1, 7,
    #spec + 1, spec)
  spec.env = toolbox.environment("pip")
  local result, message = command.run(job, "pip-sync", spec, { 0 })
  return result and true, message
end

return pip
