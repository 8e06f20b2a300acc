--- What the tests of the installers share: environments as pip makes them, and a job to change them with.
local environment = require "inputs.environment"
local fs = require "pysec.fs"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

local installers = {}

local function run(spec)
  spec.env, spec.timeout = spec.env or toolbox.environment "pip", 300
  local result = assert(tool.run(spec))
  t.equal(result.code, 0, result.stdout .. result.stderr)
end

--- Runs pip of the tools on the environment at `path`.
function installers.pip(path, words)
  local spec = { support.tools .. "/main/bin/python", "-I", "-m", "pip", "--python", path .. "/bin/python" }
  run(table.move(words, 1, #words, #spec + 1, spec))
end

--- Makes an environment at `path` by pip, so that its marks tell who was asked for. `options` of venv may be added.
function installers.environment(path, requirements, options)
  local words = { support.tools .. "/main/bin/python", "-I", "-m", "venv", "--without-pip" }
  table.move(options or {}, 1, #(options or {}), #words + 1, words)
  words[#words + 1] = path
  run(words)
  if #requirements == 0 then return end
  installers.pip(path, table.move(requirements, 1, #requirements, 3, { "install", "--quiet" }))
end

--- Installs a module under the name of six the way of old: by its setup.py.
function installers.setup_py(path, words)
  local folder = t.files(t.tempdir(), { ["old_thing.py"] = 'VERSION = "1.0"\n',
    ["setup.py"] = 'from setuptools import setup\nsetup(name="six", version="1.10.0", py_modules=["old_thing"])\n' })
  local spec = { path .. "/bin/python", "-W", "ignore", "setup.py", "--quiet", "install", cwd = folder }
  run(table.move(words or {}, 1, #(words or {}), #spec + 1, spec))
end

--- The site-packages of a project's environment.
function installers.site(folder)
  local library = folder .. "/.venv/lib/"
  return library .. fs.list(library)[1] .. "/site-packages"
end

function installers.read(folder)
  return assert(environment.read(folder .. "/.venv"))
end

--- The names of the packages that carry the mark of having been asked for.
function installers.marked(folder)
  local list = {}
  for _, package in ipairs(installers.read(folder).packages) do
    if package.requested then list[#list + 1] = package.name end
  end
  return list
end

--- A job with the real tools and this --installer.
function installers.job(name)
  local job = { options = { installer = name }, tools = toolbox.open(), scratch = t.tempdir(), timeout = 300 }
  function job:run(spec) return tool.run(spec) end -- luacheck: ignore 212
  return job
end

return installers
