--- uv.lock by uv: one question is one call of uv in a copy of the project.
--
-- The user's own settings of uv and those of the project do not count, but for what the lock file says itself that it
-- was made with. So the lock is checked as it is first: where uv would write another one without any upgrade, the
-- changes would not be those of a plan.
local copy = require "plan.locking.copy"
local fs = require "pysec.fs"
local lists = require "lib.lists"
local locks = require "inputs.locks"
local outcome = require "lib.outcome"
local resolve = require "inputs.resolve"
local solver = require "solver"
local toolbox = require "toolbox"

local Uv = {}
Uv.__index = Uv

local PYPI = "https://pypi.org/simple"

local OPTIONS = {
  { "resolution-mode", "--resolution" }, { "prerelease-mode", "--prerelease" }, { "fork-strategy", "--fork-strategy" },
}

--- The flags by which uv does what it did when it wrote the lock.
local function flags(options)
  local words = {}
  for _, option in ipairs(OPTIONS) do
    local value = options[option[1]]
    if type(value) == "string" then table.move({ option[2], value }, 1, 2, #words + 1, words) end
  end
  local newest = options["exclude-newer-span"] or options["exclude-newer"]
  if newest then table.move({ "--exclude-newer", tostring(newest) }, 1, 2, #words + 1, words) end
  local by_package = options["exclude-newer-package"]
  for name, day in pairs(type(by_package) == "table" and by_package or {}) do
    if type(day) == "string" then
      table.move({ "--exclude-newer-package", ("%s=%s"):format(name, day) }, 1, 2, #words + 1, words)
    end
  end
  return words
end

local function environment()
  local vars = toolbox.environment("uv")
  -- A folder of this machine has no place in a lock file.
  vars.UV_FIND_LINKS, vars.UV_INDEX, vars.PIP_FIND_LINKS, vars.PIP_EXTRA_INDEX_URL = nil, nil, nil, nil
  return vars
end

local function run(self, words)
  local spec = self.job.tools:command("uv")
  table.move(self.words, 1, #self.words, #spec + 1, spec)
  table.move({ "--quiet", "--no-config" }, 1, 2, #spec + 1, spec)
  local found = self.job.environment
  local python = found and not found.is_system and found.python or self.job.tools:python()
  table.move({ "--python", python }, 1, 2, #spec + 1, spec)
  table.move(words, 1, #words, #spec + 1, spec)
  spec.cwd, spec.env, spec.timeout = self.copy.folder, environment(), self.job.timeout
  for name, value in pairs(self.vars) do spec.env[name] = value end
  local result, message = self.job:run(spec)
  if not result then return nil, message end
  local problem = outcome.problem("uv lock", result, { 0 })
  if not problem then return true end
  local said = self.job.tools.redact(result.stderr)
  if resolve.is_unreachable(said) then solver.stop_offline(self.job) end
  local conflict = resolve.conflict(said):gsub(self.copy.root:gsub("%p", "%%%0"), "")
  return nil, conflict ~= "" and conflict or problem
end

--- What asks uv with these words in a copy; `vars` are further variables.
function Uv.new(job, made, words, vars)
  return setmetatable({ job = job, copy = made, words = words, vars = vars or {} }, Uv)
end

--- Opens a uv.lock. Returns nil and why uv cannot be asked.
function Uv.open(job, path)
  local vars = environment()
  local made, problem = copy.make(job.scratch, path, (vars.UV_DEFAULT_INDEX or PYPI):gsub("/+$", ""))
  if not made then return nil, problem end
  local self = Uv.new(job, made, { "lock", "--project", made.folder, table.unpack(flags(made.options)) })
  local ok, message = run(self, { "--check" })
  if not ok then
    return nil, ("%s: uv would write it anew before any upgrade (%s); run: uv lock"):format(path, message)
  end
  return self
end

--- The versions of a lock, by name.
local function versions_of(self)
  local read, message = locks.read(self.copy.path, { python_version = self.job.python_version })
  if not read then error({ incomplete = message }, 0) end
  local versions = {}
  for _, package in ipairs(read.packages) do versions[package.name] = package.version end
  return versions
end

local function keep_line_ending(before, text)
  if before:find("\r\n", 1, true) then return (text:gsub("\r?\n", "\r\n")) end
  return text
end

--- Locks with these packages let go: { name = specifier or "" }, or everything for true. Returns the versions and the
-- text of the lock, or nil and the conflict.
function Uv:lock(free)
  local words = {}
  if free == true then
    words = { "--upgrade" }
  else
    for _, name in ipairs(lists.keys(free)) do
      table.move({ "--upgrade-package", name .. free[name] }, 1, 2, #words + 1, words)
    end
  end
  assert(fs.write(self.copy.path, self.copy.text))
  local done, message = run(self, words)
  if not done then return nil, message end
  return versions_of(self), keep_line_ending(self.copy.text, assert(fs.read(self.copy.path)))
end

return Uv
