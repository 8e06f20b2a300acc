--- A package index in a folder, which the real uv reads: packages that need just what a test is about.
local json = require "pysec.json"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

local package_index = {}

--- Writes an index of { ["app 1.0"] = { needs = { "core>=1" }, sdist = true or nil, broken = true or nil } }.
-- Returns its address.
function package_index.write(packages)
  local folder, listed = t.tempdir(), {}
  for key, package in pairs(packages) do
    listed[key] = { needs = json.array(package.needs or {}), sdist = package.sdist, broken = package.broken }
  end
  local result = tool.run { support.tools .. "/main/bin/python", "-I", t.root .. "/tests/package_index.py", folder,
    stdin = json.encode(listed) }
  t.equal(result.code, 0, result.stderr)
  return "file://" .. folder
end

--- A job whose uv reads this index alone. `job.asked` counts what uv was asked.
function package_index.job(address)
  local job = { python_version = "3.11.4", timeout = 60, jobs = 2, scratch = t.tempdir(), asked = 0 }
  local tools = toolbox.open(support.tools)
  job.tools = { redact = tools.redact, python = function() return tools:python() end, command = function(_, name)
    job.asked = job.asked + 1
    return tools:command(name)
  end }
  job.address = address
  return job
end

--- Calls `body(job)` with a job for these packages; meanwhile uv knows of no other index.
function package_index.with(packages, body)
  local job, kept = package_index.job(package_index.write(packages)), toolbox.environment
  toolbox.environment = function(kind)
    local vars = kept(kind)
    vars.UV_DEFAULT_INDEX, vars.UV_INDEX, vars.UV_FIND_LINKS = job.address, nil, nil
    vars.UV_CACHE_DIR = job.scratch .. "/cache"
    return vars
  end
  local ok, problem = xpcall(body, debug.traceback, job)
  toolbox.environment = kept
  if not ok then error(problem, 0) end
end

return package_index
