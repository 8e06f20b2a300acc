--- Installs into an environment, and asks whether what is there goes together: by uv or by pip.
local command = require "installer.command"
local env = require "pysec.env"
local environment_reader = require "inputs.environment"
local fs = require "pysec.fs"
local lists = require "lib.lists"
local marks = require "installer.marks"
local pep508 = require "lib.pep508"
local pip = require "installer.pip"
local resolve = require "inputs.resolve"
local uv = require "installer.uv"

local installer = {}

local CHOICES = { "auto", "pip", "uv" }

--- Raises { usage } for an --installer that there is not.
function installer.check(choice)
  if choice == nil or lists.has(CHOICES, choice) then return end
  error({ usage = ("--installer %s: expected %s"):format(choice, table.concat(CHOICES, ", ")) }, 0)
end

--- uv reads no pip.conf, and an index that is named in one alone would be missing.
local function has_pip_config()
  local path = env.get("PIP_CONFIG_FILE")
  return path ~= nil and path ~= "" and path ~= "/dev/null" and fs.stat(path) ~= nil
end

--- "pip" or "uv", by job.options.installer. Raises { usage } when that is no choice, or when uv is asked for and is
-- not there.
function installer.choose(job)
  local choice = job.options.installer
  installer.check(choice)
  if choice == "pip" then return "pip" end
  local missing = job.tools:problem("uv")
  if choice == "uv" then
    if missing then error({ usage = ("--installer uv: %s; or take --installer pip"):format(missing) }, 0) end
    return "uv"
  end
  return (missing or has_pip_config()) and "pip" or "uv"
end

--- The choice, made once for the job.
function installer.name(job)
  job.installer = job.installer or installer.choose(job)
  return job.installer
end

--- Whether uv failed before it removed anything, so that pip finds what it would have found.
local function is_untouched(environment, names)
  for _, name in ipairs(names) do
    local package = environment.by_name[name]
    if package and not fs.stat(package.path) then return false end
  end
  return true
end

--- uv where it can; where nobody asked for uv by name, pip for what uv cannot do or refuses.
local function install_by_uv(job, environment, names, list, hashed)
  local is_free = job.options.installer ~= "uv"
  local reason = uv.obstacle(environment, names)
  if reason then
    if is_free then return pip.install(job, environment, list, hashed) end
    return nil, reason .. "; take --installer pip"
  end
  local ok, message, said = uv.install(job, environment, list, hashed)
  if ok then return true end
  if is_free and said and not resolve.is_unreachable(said) and is_untouched(environment, names) then
    local done, problem = pip.install(job, environment, list, hashed)
    if done or not pip.is_too_new(problem) then return done, problem end
  end
  return nil, message
end

--- Installs the upgrades' versions and nothing else; their hashes are required where all have some. `environment` was
-- read before. Returns true, or nil and why not in one line.
function installer.install(job, environment, upgrades)
  local list, hashed = command.list(job, upgrades)
  if not list then return nil, hashed end
  local names = {}
  for i, upgrade in ipairs(upgrades) do names[i] = upgrade.package end
  local ok, message
  if installer.name(job) == "uv" then
    ok, message = install_by_uv(job, environment, names, list, hashed)
  else
    ok, message = pip.install(job, environment, list, hashed)
  end
  if not ok then return nil, message end
  return marks.restore(environment)
end

--- Adds packages that ask for something that is no requirement: uv overlooks them, pip warns of them beside its list.
local function add_unreadable(environment, set)
  local now, message = environment_reader.read(environment.path)
  if not now then return nil, message end
  for _, package in ipairs(now.packages) do
    for _, text in ipairs(package.requires) do
      local requirement, problem = pep508.parse(text)
      if not requirement then
        set[("%s %s asks for '%s': %s"):format(package.name, package.version, text, problem)] = true
      end
    end
  end
  return set
end

--- What does not go together in the environment, as a set of lines to compare with those of another time; nil and why
-- it cannot be said. The same tool is asked each time that `environment` is given, so give the one that was read first.
function installer.complaints(job, environment)
  if environment.checker == nil then
    environment.checker = installer.name(job) == "uv" and uv.can_check(environment) and uv or pip
  end
  local set, message = environment.checker.complaints(job, environment)
  if not set then return nil, message end
  return add_unreadable(environment, set)
end

local function sync_engine(job, environment)
  if installer.name(job) == "pip" and pip.can_sync(environment) then return pip end
  local names = {}
  for i, package in ipairs(environment.packages) do names[i] = package.name end
  return uv.obstacle(environment, names) and pip.can_sync(environment) and pip or uv
end

--- Makes the environment hold what the compiled file says, and nothing else. Returns true, or nil and why not.
function installer.sync(job, environment, path)
  local ok, message = sync_engine(job, environment).sync(job, environment, path)
  if not ok then return nil, message end
  return marks.restore(environment)
end

return installer
