--- Builds the real environments once, in build/real-environments, and copies them.
--
-- Each is kept with the recipe that it was made by, and made anew when that changes. The recipe is written last, so
-- what was cut off has none.
local env = require "pysec.env"
local environments = require "real.environments"
local fs = require "pysec.fs"
local more = require "real.more"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

local cache = {}

cache.folder = env.get("PYSEC_REAL_ENVIRONMENTS") or t.root .. "/build/real-environments"

-- What builds the few that have no wheel: newer ones refuse their setup.py.
local BUILD = "setuptools==57.5.0\nwheel==0.38.4\n"

local PYTHON = support.tools .. "/main/bin/python"

local function uv(arguments)
  local vars = toolbox.environment("uv")
  -- Links would let a careless test change uv's own cache.
  vars.UV_LINK_MODE = "copy"
  local spec = { support.tools .. "/main/bin/uv", env = vars, timeout = 300 }
  return table.move(arguments, 1, #arguments, 2, spec)
end

local function must_run(spec)
  local result = assert(tool.run(spec))
  if result.code ~= 0 then error(("%s\n%s%s"):format(table.concat(spec, " "), result.stdout, result.stderr), 0) end
end

--- One environment: its name, pins and the places of what belongs to it.
local function entry_of(item)
  local folder = cache.folder .. "/" .. item.name
  return { name = item.name, item = item, folder = folder, path = folder .. "/env", sources = folder .. "/sources",
    stamp = folder .. "/recipe.txt", complaints = folder .. "/complaints.txt" }
end

--- All that decides what an environment becomes. The folder counts: an editable project is found by it.
local function recipe(entry)
  local item = entry.item
  return table.concat({ "3.11", entry.folder, item.pins, item.system and "system" or "", table.concat(item.more or {},
    " "), BUILD, fs.read(t.root .. "/tests/real/more.lua") }, "\n")
end

local function is_made(entry)
  return fs.read(entry.stamp) == recipe(entry)
end

local function pins_text(item)
  return (item.pins:gsub("%s+", "\n") .. "\n")
end

local function make(entry)
  assert(fs.remove(entry.folder))
  t.files(entry.folder, { ["pins.txt"] = pins_text(entry.item), ["build.txt"] = BUILD })
  -- Relocatable: the programs of a copy run the copy's Python.
  local venv = { "venv", "--quiet", "--no-config", "--relocatable", "--python", PYTHON, entry.path }
  if entry.item.system then venv[#venv + 1] = "--system-site-packages" end
  must_run(uv(venv))
  local function install(words)
    local list = { "pip", "install", "--quiet", "--no-config", "--no-deps", "--python", entry.path .. "/bin/python" }
    must_run(uv(table.move(words, 1, #words, #list + 1, list)))
  end
  install { "--build-constraints", entry.folder .. "/build.txt", "-r", entry.folder .. "/pins.txt" }
  for _, name in ipairs(entry.item.more or {}) do
    more[name] { path = entry.path, sources = entry.sources, install = install }
  end
  assert(fs.write(entry.complaints, support.pip_check(entry.path)))
  assert(fs.write(entry.stamp, recipe(entry)))
end

local function wait_for_lock()
  assert(fs.mkdirs(cache.folder))
  while true do
    local lock, message, code = fs.lock(cache.folder .. "/.lock")
    if lock then return lock end
    if code ~= "EAGAIN" then error(message) end
    tool.sleep(0.2)
  end
end

--- The names of all environments.
function cache.names()
  local list = {}
  for i, item in ipairs(environments) do list[i] = item.name end
  return list
end

--- True where the Python of the tools can take the pins.
function cache.is_possible()
  local result = assert(tool.run { PYTHON, "-I", "-c", "import sys; print(sys.version_info[:2] == (3, 11))" })
  return result.stdout:find("True", 1, true) ~= nil
end

--- The environment of that name, made when it is not there: { path, complaints (a file: what pip check says) }.
function cache.get(name)
  for _, item in ipairs(environments) do
    if item.name == name then
      local entry = entry_of(item)
      if not is_made(entry) then
        local _ <close> = wait_for_lock()
        if not is_made(entry) then make(entry) end
      end
      return entry
    end
  end
  error("no real environment is called " .. name)
end

--- Copies an environment.
function cache.copy(name, to)
  assert(fs.copy(cache.get(name).path, to))
end

return cache
