--- The environment of the tools: where it is, how it is made, how a tool is called from it.
--
-- Tools never live in the audited environment. They are called as `python -I -m MODULE` from their own, so
-- that neither the current folder nor PYTHONPATH can put another module in their place.
local clock = require "pysec.clock"
local folders = require "folders"
local env = require "pysec.env"
local fs = require "pysec.fs"
local host = require "pysec.host"
local json = require "pysec.json"
local redact = require "lib.redact"
local tool = require "pysec.tool"
local ui = require "pysec.ui"
local variables = require "tool_variables"

local Toolbox = {}
Toolbox.__index = Toolbox

-- Two environments: safety 2.x needs an older packaging than the others take.
local ENVIRONMENTS = {
  { name = "main", list = "requirements-security.txt" },
  { name = "safety", list = "requirements-safety.txt" },
}

--- What each tool is: its environment, its distribution, and how it is started.
Toolbox.tools = {
  { name = "pip-audit", environment = "main", package = "pip-audit", module = "pip_audit" },
  { name = "bandit", environment = "main", package = "bandit", module = "bandit" },
  { name = "safety", environment = "main", package = "safety", module = "safety" },
  { name = "safety-2", environment = "safety", package = "safety", module = "safety" },
  { name = "pip-tools", environment = "main", package = "pip-tools", module = "piptools" },
  { name = "pip", environment = "main", package = "pip", module = "pip" },
  { name = "uv", environment = "main", package = "uv", program = "uv" },
}

Toolbox.environment = variables.of
Toolbox.uv_words = variables.uv_words

--- Opens the toolbox in `folder` (nil: PYSEC_TOOLS or the default). Nothing is installed yet.
function Toolbox.open(folder)
  local secrets = {}
  for _, name in ipairs(redact.variables) do secrets[#secrets + 1] = env.get(name) end
  return setmetatable({ folder = folders.tools(folder), secrets = secrets, redact = redact.new(secrets) }, Toolbox)
end

--- Takes more secrets out of what tools said, from now on.
function Toolbox:hide(secrets)
  table.move(secrets, 1, #secrets, #self.secrets + 1, self.secrets)
  self.redact = redact.new(self.secrets)
end

local function find(name)
  for _, entry in ipairs(Toolbox.tools) do
    if entry.name == name then return entry end
  end
  error("no tool is called " .. name)
end

function Toolbox:python(environment)
  return ("%s/%s/bin/python"):format(self.folder, environment or "main")
end

--- The start of a command that runs a tool: a list to which arguments are added.
function Toolbox:command(name)
  local entry = find(name)
  if entry.program then return { ("%s/%s/bin/%s"):format(self.folder, entry.environment, entry.program) } end
  return { self:python(entry.environment), "-I", "-m", entry.module }
end

--- The installed version of a tool, or nil.
function Toolbox:version(name)
  local entry = find(name)
  local package = entry.package:gsub("-", "_")
  for _, library in ipairs(fs.list(("%s/%s/lib"):format(self.folder, entry.environment)) or {}) do
    local site = ("%s/%s/lib/%s/site-packages"):format(self.folder, entry.environment, library)
    for _, item in ipairs(fs.list(site) or {}) do
      local version = item:match("^(.+)%.dist%-info$")
      local base, number = (version or ""):match("^(.-)%-([^%-]+)$")
      if base and base:lower():gsub("[-.]", "_") == package then return number end
    end
  end
end

local function stamp_path(self, environment)
  return ("%s/%s/pysec-installed.txt"):format(self.folder, environment.name)
end

--- True when an environment was installed whole, from the list that this pysec holds.
function Toolbox:is_installed(environment)
  local stamp = fs.read(stamp_path(self, environment))
  return stamp ~= nil and stamp == host.builtin(environment.list)
end

--- The environments that are missing or stale.
function Toolbox:missing()
  local list = {}
  for _, environment in ipairs(ENVIRONMENTS) do
    if not self:is_installed(environment) then list[#list + 1] = environment end
  end
  return list
end

-- The end of what a tool said is what counts, and it may have said gigabytes.
local MOST_SAID = 16 * 1024

local function last_lines(text, count)
  local lines = {}
  for line in text:gmatch("[^\r\n]+") do
    if line:match("%S") then lines[#lines + 1] = line end
  end
  return table.concat(lines, "\n", math.max(1, #lines - count + 1))
end

local function run(self, what, spec)
  local result, message = tool.run(spec)
  if not result then return nil, message end
  if result.code == 0 then return true end
  local output = result.stderr ~= "" and result.stderr or result.stdout
  local whole = self.redact(output:sub(-MOST_SAID))
  if whole:find "%S" then ui.detail(("%s said:\n%s"):format(what, whole:match "^(.-)%s*$")) end
  -- One line, for the progress and the report.
  local said = last_lines(whole, 3):gsub("%s+", " ")
  if result.timed_out then said = "timed out" end
  return nil, ("%s failed: %s"):format(what, said)
end

--- The pin of uv alone, with its hashes: the first thing that is installed, because it installs the rest
-- in a second where pip takes twenty.
local function uv_pin(list)
  local pin = list:match("\n(uv==[^\n]*\\\n.-)\n%w")  or list:match("\n(uv==.*)$")
  return pin .. "\n"
end

local function create(self, environment, list)
  local folder = self.folder .. "/" .. environment.name
  local ok, message = fs.remove(folder)
  if not ok then return nil, message end
  local python = tool.which("python3")
  if not python then
    return nil, "python3 is missing; install it (Debian, Ubuntu: apt install python3 python3-venv)"
  end
  ok, message = run(self, "python3 -m venv",
    { python, "-I", "-m", "venv", folder, env = Toolbox.environment("pip"), timeout = 300 })
  if not ok then
    return nil, message .. " (Debian, Ubuntu: apt install python3-venv)"
  end
  local pin_file, list_file = folder .. "/uv.txt", folder .. "/list.txt"
  fs.write(list_file, list)
  local installer = { self:python(environment.name), "-I", "-m", "pip", "install", "--quiet", "--require-hashes",
    "--no-deps", "-r", list_file, env = Toolbox.environment("pip"), timeout = 900 }
  if environment.name == "main" then
    fs.write(pin_file, uv_pin(list))
    installer[#installer] = pin_file
    ok, message = run(self, "pip install uv", installer)
    if not ok then return nil, message end
  end
  return run(self, "uv pip install", { self:command("uv")[1], "pip", "install", "--quiet", "--no-config",
    "--require-hashes", "--no-deps", "--python", self:python(environment.name), "-r", list_file,
    env = Toolbox.environment("uv"), timeout = 900 })
end

local function wait_for_lock(self)
  local started = clock.monotonic()
  repeat
    local lock, message, code = fs.lock(self.folder .. "/.lock")
    if lock then return lock end
    if code ~= "EAGAIN" then return nil, message end
    tool.sleep(0.2)
  until clock.monotonic() - started > 600
  return nil, self.folder .. ": another pysec has been installing tools there for ten minutes"
end

--- Installs what is missing. Calls on_start(environment name) before each. Returns true, or nil and a message.
function Toolbox:install(on_start)
  if #self:missing() == 0 then return true end
  local ok, message = fs.mkdirs(self.folder)
  if not ok then return nil, message end
  local lock, problem = wait_for_lock(self)
  if not lock then return nil, problem end
  local _ <close> = lock
  for _, environment in ipairs(self:missing()) do
    if on_start then on_start(environment.name) end
    local list = host.builtin(environment.list)
    ok, message = create(self, environment, list)
    if not ok then return nil, message end
    ok, message = fs.write(stamp_path(self, environment), list)
    if not ok then return nil, message end
  end
  return true
end

--- Why a tool cannot be run and what helps, or nil when it is there.
function Toolbox:problem(name)
  local command = self:command(name)
  if fs.stat(command[1]) and self:version(name) then return nil end
  return ("%s is not installed in %s; run: pysec tools install"):format(name, self.folder)
end

--- Short text of what a tool said when it failed: secrets are taken out.
function Toolbox:said(result)
  local text = result.stderr:match("%S") and result.stderr or result.stdout
  return last_lines(self.redact(text:sub(-MOST_SAID)), 1):sub(-1000)
end

--- Decodes a tool's JSON with a message that names the tool and the place.
function Toolbox.decode(name, text)
  local value, message = json.decode(text)
  if value == nil then return nil, ("%s wrote no whole JSON: %s"):format(name, message) end
  if type(value) ~= "table" then return nil, name .. " wrote JSON that is no report" end
  return value
end

return Toolbox
