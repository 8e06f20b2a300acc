--- Installs into an environment, and asks whether what is there goes together.
local fs = require "pysec.fs"
local outcome = require "lib.outcome"
local toolbox = require "toolbox"

local installer = {}

local function run(job, name, spec, accepted)
  local result, message = job:run(spec)
  if not result then return nil, message end
  local problem = outcome.problem(name, result, accepted)
  if problem then return nil, ("%s: %s"):format(problem, job.tools:said(result)) end
  return result
end

local function pip(job, environment, words)
  local spec = job.tools:command("pip")
  table.move({ "--python", environment.python }, 1, 2, #spec + 1, spec)
  table.move(words, 1, #words, #spec + 1, spec)
  spec.env = toolbox.environment("pip")
  spec.timeout = job.timeout
  spec.cwd = job.scratch
  return spec
end

--- Installs the upgrades' versions and nothing else. Returns true, or nil and why not.
function installer.install(job, environment, upgrades)
  local lines = {}
  for i, upgrade in ipairs(upgrades) do lines[i] = ("%s==%s\n"):format(upgrade.package, upgrade.to) end
  local list = job.scratch .. "/install.txt"
  local ok, message = fs.write(list, table.concat(lines))
  if not ok then return nil, message end
  ok, message = run(job, "pip install", pip(job, environment, { "install", "--no-deps", "--quiet", "-r", list }), { 0 })
  return ok and true, message
end

--- What `pip check` complains of, as a set of lines; nil and why it could not say.
function installer.complaints(job, environment)
  local result, message = run(job, "pip check", pip(job, environment, { "check" }), { 0, 1 })
  if not result then return nil, message end
  local set = {}
  if result.code == 0 then return set end
  for line in result.stdout:gmatch("[^\r\n]+") do set[line] = true end
  return set
end

local function sync_spec(job, environment, path)
  local spec
  if environment.by_name.pip then
    spec = job.tools:command("pip-tools")
    table.move({ "sync", "--quiet", "--no-config", "--python-executable", environment.python, "--", path }, 1, 7,
      #spec + 1, spec)
    spec.env = toolbox.environment("pip")
  else
    -- pip-sync works through the environment's own pip; uv needs none.
    spec = job.tools:command("uv")
    table.move({ "pip", "sync", "--quiet", "--no-config", "--python", environment.python, "--", path }, 1, 8,
      #spec + 1, spec)
    spec.env = toolbox.environment("uv")
  end
  spec.timeout = job.timeout
  return spec
end

--- Makes the environment hold what the compiled file says, and nothing else. Returns true, or nil and why not.
function installer.sync(job, environment, path)
  local ok, message = run(job, "pip-sync", sync_spec(job, environment, path), { 0 })
  return ok and true, message
end

return installer
