--- One run of the main job: its settings, its inputs, and what it owns until it ends.
local advisories = require "pysec.advisories"
local Database = require "local_database"
local environment = require "inputs.environment"
local files = require "inputs.files"
local fs = require "pysec.fs"
local lists = require "lib.lists"
local locks = require "inputs.locks"
local paths = require "lib.paths"
local python = require "inputs.python"
local redact = require "lib.redact"
local Stopwatch = require "lib.stopwatch"
local tool = require "pysec.tool"
local toolbox = require "toolbox"
local ui = require "pysec.ui"

local Job = {}
Job.__index = Job

--- `options` are the main job's, by name.
function Job.new(options)
  local job = setmetatable({ notes = {}, options = options, stopwatch = Stopwatch.new() }, Job)
  local scratch, message = fs.tempdir()
  if not scratch then
    error({ usage = ("a folder for what a run needs meanwhile cannot be made: %s; set TMPDIR to another"):format(
      message) }, 0)
  end
  job.tools, job.scratch = toolbox.open(options.tools), scratch
  job.jobs = options.jobs or tool.cores()
  job.timeout = options.timeout or 600
  job.advisories = options.advisories or "auto"
  job.database = Database.new(options.database, function(text) job:note(text) end)
  job.safety_db = options.safety_db and paths.join(fs.cwd(), options.safety_db) -- tools run elsewhere
  job.source = options.src or (fs.stat("src") and "src" or ".")
  return job
end

--- Says something once that belongs into the report as well.
function Job:note(text)
  if lists.has(self.notes, text) then return end
  self.notes[#self.notes + 1] = text
  ui.warn(text)
end

--- Runs one program while the live lines of self.progress go on. Returns what pysec.tool.run returns.
function Job:run(spec)
  local result = tool.all({ spec }, { on_tick = function()
    if self.progress then self.progress:tick() end
  end })[1]
  if result.error then return nil, result.error, result.error_code end
  return result
end

--- Starts the local advisory service and points pip-audit to it. Returns true, or nil and a message.
function Job:serve_database()
  local db, problem = self.database:open()
  if not db then return nil, problem end
  if not self.service then
    local service, message = advisories.serve(self.database.path, { token = advisories.token() })
    if not service then return nil, message end
    self.service = service
  end
  self.advisory_url = self.service:url() .. "/v1/query"
  self.tools:hide(redact.address(self.advisory_url))
  return true
end

--- The endpoint of a service whose address may end as `pysec advisories serve` prints it: with a token, or no path.
local function endpoint_of(url)
  local base, path = url:match "^(%a+://[^/?#]+)/?([^/?#]*)/?$"
  if not base or path ~= "" and not advisories.is_token(path) then return url end
  return base .. (path ~= "" and "/" .. path or "") .. "/v1/query"
end

--- Settles where advisories come from. Raises { usage } when the choice cannot work.
function Job:choose_advisories()
  local choice = self.advisories
  if choice == "local" then
    local ok, message = self:serve_database()
    if not ok then error({ usage = message }, 0) end
  elseif choice == "osv" then
    self.advisory_url = "osv"
  elseif choice:match("^https?://") then
    self.advisory_url = endpoint_of(choice)
    self.tools:hide(redact.address(self.advisory_url))
  elseif choice ~= "auto" and choice ~= "pypi" then
    error({ usage = ("--advisories %s: expected auto, pypi, osv, local or a URL"):format(choice) }, 0)
  end
end

local function is_compiled_from(path)
  return path:sub(-3) == ".in"
end

--- The file that a .in is compiled to.
function Job.output_of(path)
  return (path:gsub("%.in$", ".txt"))
end

--- A requirements file as a target; its packages are not known yet.
function Job.file_target(path)
  local target = { kind = "file", path = path, set = files.load { path } }
  target.format = is_compiled_from(path) and "in" or "txt"
  if target.format == "in" then
    target.output = Job.output_of(path)
    target.compiled = fs.read(target.output)
  end
  return target
end

--- An environment that was read, as a target. What was installed from a folder is mostly a project of one's own, which
-- no service knows and none has to hear of: it is kept apart in `own`, for the local database alone.
function Job.environment_target(found)
  local target = { kind = "environment", path = found.path, environment = found, packages = {}, own = {} }
  for _, package in ipairs(found.packages) do
    local list = package.origin == "project" and target.own or target.packages
    list[#list + 1] = { name = package.name, version = package.version, direct = package.direct,
      origin = package.origin }
  end
  return target
end

--- Finds what is to be audited: the requirements files, the environment, or the python3 on PATH.
function Job:find_targets()
  self.targets = {}
  for _, path in ipairs(self.options.req or {}) do
    local kind = locks.kind_of(path)
    if not kind and not path:match("%.txt$") and not path:match("%.in$") then
      error({ usage = ("--req %s: expected a file that ends in .txt or .in, or a lock file"):format(path) }, 0)
    end
    self.targets[#self.targets + 1] = kind and { kind = kind, path = path, is_lock = true, packages = {} }
      or Job.file_target(path)
  end
  local venv = self.options.venv or ".venv"
  local found, message
  if fs.stat(venv) then
    found, message = environment.read(venv)
    if not found then error({ usage = ("--venv %s"):format(message) }, 0) end
  elseif self.options.venv and not self.options.req then
    error({ usage = ("--venv %s: no such environment; make it with: python3 -m venv %s"):format(venv, venv) }, 0)
  elseif not self.options.req then
    found, message = environment.read_system()
    if not found then error({ usage = message }, 0) end
    self:note(("%s is not there, so the packages of %s are audited; they are never upgraded"):format(venv,
      found.python))
  end
  self.venv = venv
  if found then
    self.environment = found
    self.targets[#self.targets + 1] = Job.environment_target(found)
  end
  self.python_version = found and found.python_version
end

--- The version of Python that requirements are resolved for.
function Job:settle_python()
  self.python_version = self.python_version or python.version_for(self.tools.folder .. "/main")
end

--- Reads the lock files: their markers are for that Python. Raises { usage } for one that cannot be read.
function Job:read_locks()
  for _, target in ipairs(self.targets) do
    if target.is_lock then
      local lock, message = locks.read(target.path, { python_version = self.python_version })
      if not lock then error({ usage = message }, 0) end
      target.packages, target.skipped, target.left_out = lock.packages, lock.skipped, lock.left_out
    end
  end
end

--- Installs the tools that are missing, unless that is forbidden. What cannot be had is noted.
function Job:install_tools()
  if #self.tools:missing() == 0 then return end
  if self.options.no_install then
    self:note(("the tools in %s are missing or stale and --no-install forbids to install them; run: pysec tools "
      .. "install"):format(self.tools.folder))
    return
  end
  local progress <close> = ui.progress()
  local current
  local ok, message = self.tools:install(function(name)
    if current then progress:finish(current, true, "installed") end
    current = ("installing the tools (%s) into %s"):format(name, self.tools.folder)
    progress:start(current)
  end)
  if current then progress:finish(current, ok, ok and "installed" or message) end
  if not ok then self:note(message) end
end

--- Ends what the job owns.
function Job:close()
  if self.service then self.service:stop() end
  self.database:close()
  fs.remove(self.scratch)
end
Job.__close = Job.close

return Job
