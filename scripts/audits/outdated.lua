--- How far behind the newest release each package is.
--
--   pysec run outdated [--venv PATH] [--req FILE] [--json]
--
-- Exit 0 when everything is current, 1 when something is not, 3 when the index could not be asked.
local Job = require "job"
local json = require "pysec.json"
local cli = require "cli"
local options = require "lib.options"
local resolve = require "inputs.resolve"
local solver = require "solver"
local ui = require "pysec.ui"
local flow = require "flow"
local version = require "pysec.version"

local audit = {}

local command = {
  name = "pysec run outdated",
  summary = "How far behind the newest release each package of an environment or a requirements file is.",
  usage = "[OPTIONS]",
  options = options.with_common {
    { "venv", "PATH", help = "virtual environment (.venv)" },
    { "req", "FILE", many = true, help = "requirements file instead of the environment" },
    { "tools", "DIR", help = "environment of the tools (also: PYSEC_TOOLS)" },
    { "json", help = "print JSON" },
  },
}

local function packages_of(job)
  local targets = {}
  for _, target in ipairs(job.targets) do
    if not job.options.req or target.kind == "file" then targets[#targets + 1] = target end
  end
  flow.run(resolve.all_tasks(job, targets, function() end) or {}, { jobs = job.jobs })
  local packages, seen = {}, {}
  for _, target in ipairs(targets) do
    for _, package in ipairs(target.packages) do
      if not seen[package.name] then packages[#packages + 1] = package end
      seen[package.name] = true
    end
  end
  return packages
end

local ORDER = { major = 1, minor = 2, patch = 3, other = 4 }

--- The packages that are behind, the furthest first.
function audit.compare(packages, newest)
  local behind = json.array()
  for _, package in ipairs(packages) do
    local latest = newest[package.name]
    if latest and version.compare(package.version, latest) == -1 then
      behind[#behind + 1] = { package = package.name, version = package.version, newest = latest,
        change = version.change(package.version, latest), direct = package.direct or false }
    end
  end
  table.sort(behind, function(a, b)
    if a.change ~= b.change then return ORDER[a.change] < ORDER[b.change] end
    return a.package < b.package
  end)
  return behind
end

function audit.main(words)
  local values = cli.start(command, words)
  if not values then return 0 end
  local job <close> = Job.new(values)
  job:find_targets()
  job:settle_python()
  local missing = job.tools:problem("uv")
  if missing then
    ui.error(missing)
    return 3
  end
  local packages, list = packages_of(job), {}
  for i, package in ipairs(packages) do list[i] = package.name end
  local asked, newest, problem = pcall(solver.newest, job, list)
  if not asked then
    if not job.offline then error(newest, 0) end
    ui.error(solver.UNREACHABLE)
    return 3
  end
  if not newest then
    ui.error("the package index could not be asked: " .. problem)
    return 3
  end
  local behind = audit.compare(packages, newest)
  if values.json then
    ui.write(json.encode(behind, { pretty = true }))
  elseif #behind == 0 then
    ui.ok(("%d packages, all current"):format(#packages))
  else
    local rows = {}
    for i, item in ipairs(behind) do
      rows[i] = { item.package, item.version, item.newest, item.change, item.direct and "direct" or "transitive" }
    end
    ui.table({ "PACKAGE", "VERSION", "NEWEST", "CHANGE", "" }, rows)
    ui.info(("%d of %d packages are behind"):format(#behind, #packages))
  end
  return #behind == 0 and 0 or 1
end

return audit
