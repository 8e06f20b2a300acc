--- Finds sets of versions that resolve together, by uv.
--
-- The lowest set that fixes: the present pins as preferences, so that what need not move stays; lower bounds
-- from the fix versions; and the lowest versions above them. pip has no lowest-first resolution.
local fs = require "pysec.fs"
local outcome = require "lib.outcome"
local resolve = require "inputs.resolve"

local solver = {}

--- Sets job.offline and raises { incomplete } once the package index turned out to be out of reach: each further
-- question would wait for it again, and get no answer.
function solver.stop_offline(job)
  job.offline = true
  error({ incomplete = solver.UNREACHABLE }, 0)
end

--- Why nothing can be planned then.
solver.UNREACHABLE = "the package index could not be reached"

local function pins_text(pins)
  local lines = {}
  for name, version in pairs(pins) do lines[#lines + 1] = ("%s==%s\n"):format(name, version) end
  table.sort(lines)
  return table.concat(lines)
end

local function bounds_text(problem)
  local lines = {}
  for name, version in pairs(problem.floor or {}) do
    if not problem.bounds[name] then lines[#lines + 1] = ("%s>=%s\n"):format(name, version) end
  end
  for name, version in pairs(problem.bounds) do lines[#lines + 1] = ("%s>=%s\n"):format(name, version) end
  table.sort(lines)
  for _, line in ipairs(problem.constraints or {}) do lines[#lines + 1] = line .. "\n" end
  for _, line in ipairs(problem.limits and problem.limits(problem.bounds) or {}) do lines[#lines + 1] = line .. "\n" end
  return table.concat(lines)
end

local function names_of(map)
  local list = {}
  for name in pairs(map) do list[#list + 1] = name end
  table.sort(list)
  return list
end

--- A version that has to be built may not install, so what is wanted comes as a wheel where it can. What stays
-- may have no wheel at all: asked for as one, it would move to the next version that has.
local function attempts(problem)
  if problem.choice == "fresh" then return { {} } end
  if problem.choice == "newest" then return { { ":all:" }, {} } end
  local wanted = names_of(problem.bounds)
  return #wanted > 0 and { wanted, {} } or { {} }
end

--- The package that the index does not know, when that is why nothing resolved.
local function unknown_package(conflict)
  return conflict:match("([%w][%w%.%-_]*) was not found in the package registry")
end

-- How uv chooses: the lowest version above the bounds, with the preferences where they fit; the newest for
-- whatever has no preference; the newest for all; or, as an installation does, whatever uv chooses.
local CHOICES = {
  lowest = { lowest = true, preferences = true },
  keep = { preferences = true },
  newest = { upgrade = true },
  fresh = {},
}

--- One call of uv. Returns { name = version }, or nil and the conflict. Raises { incomplete } without the index.
local function solve_once(job, problem, only_binary)
  local choice = CHOICES[problem.choice or "lowest"]
  local pins = choice.preferences and problem.pins and pins_text(problem.pins) or nil
  local folder = resolve.folder(job, table.concat(problem.requirements, "\n") .. "\n", bounds_text(problem), pins)
  local result, message = job:run(resolve.uv_spec(job, folder, { lowest = choice.lowest, upgrade = choice.upgrade,
    only_binary = only_binary, no_deps = problem.no_deps, python = problem.python }))
  if not result then return nil, message end
  local wrong = outcome.problem("uv", result, { 0 })
  if wrong then
    local said = job.tools.redact(result.stderr)
    if resolve.is_unreachable(said) then solver.stop_offline(job) end
    local conflict = resolve.conflict(said)
    return nil, conflict ~= "" and conflict or wrong
  end
  local versions = {}
  for _, package in ipairs(resolve.parse_pins(fs.read(folder .. "/out.txt") or "")) do
    versions[package.name] = package.version
  end
  return versions
end

--- Solves { requirements = lines, bounds = { name = least }, floor = { name = present }, constraints = lines,
-- pins = preferences or nil, choice = "lowest" (also when nil), "keep", "newest" or "fresh", no_deps = bool,
-- python = path }. Where the problem has them, `limits(bounds)` gives further constraints, and `drop(name)` takes a
-- package out that the index does not know (one from elsewhere), and is true when it could.
-- Returns { name = version }, or nil and the conflict. This and what builds on it raises { incomplete }, and sets
-- job.offline, where the package index cannot be reached.
function solver.solve(job, problem)
  problem.bounds = problem.bounds or {}
  local conflict
  for _, only_binary in ipairs(attempts(problem)) do
    local versions, message = solve_once(job, problem, only_binary)
    if versions then return versions end
    conflict = conflict or message
  end
  local unknown = problem.drop and unknown_package(conflict)
  if unknown and problem.drop(unknown) then return solver.solve(job, problem) end
  return nil, conflict
end

--- The lowest set brings new packages in at their oldest. They have no present version to stay near to, so
-- they get the newest that goes with the others. Returns the versions.
function solver.renew_new(job, problem, present, versions)
  local kept, has_new = {}, false
  for name, version in pairs(versions) do
    if present[name] then kept[name] = version else has_new = true end
  end
  if not has_new then return versions end
  local fixed = {}
  for name, version in pairs(kept) do fixed[#fixed + 1] = ("%s==%s"):format(name, version) end
  table.move(problem.constraints, 1, #problem.constraints, #fixed + 1, fixed)
  return solver.solve(job, { requirements = problem.requirements, bounds = problem.bounds, floor = {},
    constraints = fixed, limits = problem.limits, pins = kept, choice = "keep", python = problem.python }) or versions
end

--- Adds the highest of a package's steps that goes together with the bounds that are kept. Returns the
-- versions or nil, and why its highest step does not go.
local function add_bound(job, problem, name, steps)
  local reason
  for i = #steps, 1, -1 do
    problem.bounds[name] = steps[i]
    local versions, conflict = solver.solve(job, problem)
    if versions then return versions, reason end
    reason = reason or conflict
  end
  problem.bounds[name] = nil
  return nil, reason
end

--- Solves with as many of problem.bounds as go together: all of them, else one package after the other, each
-- as high as it goes. `steps` holds, by name, lower bounds that are worth something too, ascending.
-- Returns the versions and { { name, version, reason } } for the bounds that do not go; nil, these and a reason
-- when nothing resolves at all.
function solver.solve_most(job, problem, steps)
  local versions, reason = solver.solve(job, problem)
  if versions then return versions, {} end
  local wanted, left_out, best = problem.bounds, {}, nil
  problem.bounds = {}
  for _, name in ipairs(names_of(wanted)) do
    local solved, why = add_bound(job, problem, name, steps[name] or { wanted[name] })
    best = solved or best
    if why then left_out[#left_out + 1] = { name = name, version = wanted[name], reason = why } end
  end
  return best, left_out, left_out[1] and left_out[1].reason or reason
end

--- The newest version of each name that this Python can take, whatever else is installed: { name = version },
-- or nil and why the index could not say. `limits` as in a problem.
function solver.newest(job, list, limits)
  if #list == 0 then return {} end
  return solver.solve(job, { requirements = list, limits = limits, choice = "newest", no_deps = true })
end

return solver
