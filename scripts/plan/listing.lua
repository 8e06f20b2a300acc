--- Which versions of a package the index has for this Python, by pip: uv lists none.
local flow = require "flow"
local json = require "pysec.json"
local outcome = require "lib.outcome"
local toolbox = require "toolbox"

local listing = {}

local function spec_for(job, name)
  local spec = job.tools:command("pip")
  table.move({ "index", "versions", "--json", "--python-version", job.python_version, "--", name }, 1, 7, #spec + 1,
    spec)
  spec.env = toolbox.environment("pip")
  spec.timeout = job.timeout
  spec.cwd = job.scratch
  return spec
end

--- Reads what pip printed; nothing where it is no such list.
function listing.parse(text)
  local said = json.decode(text)
  local versions = type(said) == "table" and said.versions
  local list = {}
  for _, item in ipairs(type(versions) == "table" and versions or {}) do
    if type(item) == "string" then list[#list + 1] = item end
  end
  return list
end

--- The versions of each package, without pre-releases: { name = { version, ... } }. A package that the index does
-- not tell about has an empty list.
function listing.fetch(job, list)
  local versions, tasks = {}, {}
  for i, name in ipairs(list) do
    tasks[i] = { spec = spec_for(job, name), done = function(result)
      versions[name] = outcome.problem("pip", result, { 0 }) and {} or listing.parse(result.stdout)
    end }
  end
  flow.run(tasks, { jobs = job.jobs, on_tick = function()
    if job.progress then job.progress:tick() end
  end })
  return versions
end

return listing
