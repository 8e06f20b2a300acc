--- Finds sets of versions that resolve together, by uv.
--
-- The lowest set that fixes: the present pins as preferences, so that what need not move stays; lower bounds
-- from the fix versions; and the lowest versions above them. pip has no lowest-first resolution.
local asking = require "solver.asking"
local bisection = require "lib.bisection"
local lists = require "lib.lists"

local solver = {}

solver.UNREACHABLE = asking.UNREACHABLE
solver.stop_offline = asking.stop_offline

--- Calls functions that solve side by side; see asking.together.
solver.together = asking.together

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

local function copy(map)
  local made = {}
  for key, value in pairs(map) do made[key] = value end
  return made
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

--- One call of uv. Returns its answer as asking.ask does.
local function solve_once(job, problem, only_binary)
  local choice = CHOICES[problem.choice or "lowest"]
  return asking.ask(job, { input = table.concat(problem.requirements, "\n") .. "\n", constraints = bounds_text(problem),
    pins = choice.preferences and problem.pins and pins_text(problem.pins) or nil,
    options = { lowest = choice.lowest, upgrade = choice.upgrade, only_binary = only_binary, no_deps = problem.no_deps,
      python = problem.python } })
end

local function bound_of(problem, name)
  return name .. ">=" .. problem.bounds[name]
end

--- What has to come as a wheel at first. What stays may have no wheel at all: asked for as one, it would move to the
-- next version that has. What had none above this bound before, in a set that resolved, is not tried again.
local function wheels_first(problem)
  if problem.choice == "fresh" then return {} end
  if problem.choice == "newest" then return { ":all:" } end
  local wheels = {}
  for _, name in ipairs(names_of(problem.bounds)) do
    if not (problem.built and problem.built[bound_of(problem, name)]) then wheels[#wheels + 1] = name end
  end
  return wheels
end

--- What still has to come as a wheel after uv named packages that have none: the others, where there are any.
local function wheels_next(wheels, named)
  local left = {}
  for _, name in ipairs(wheels) do
    if name ~= ":all:" and not named[name] then left[#left + 1] = name end
  end
  return #left < #wheels and left or {}
end

--- Notes in problem.built what had to do without a wheel for a set to resolve.
local function note_built(problem, first, wheels)
  local is_wheel = lists.set(wheels)
  problem.built = problem.built or {}
  for _, name in ipairs(first) do
    if problem.bounds[name] and not is_wheel[name] then problem.built[bound_of(problem, name)] = true end
  end
end

--- A version that has to be built may not install, so what is wanted comes as a wheel where it can. A conflict that
-- does not speak of wheels is one without them as well: then there is no further attempt. Returns as solver.solve.
local function solve_with_wheels(job, problem)
  local first = wheels_first(problem)
  local wheels, conflict = first, nil
  while true do
    local answer = solve_once(job, problem, wheels)
    if answer.versions then
      note_built(problem, first, wheels)
      return copy(answer.versions)
    end
    conflict = conflict or answer.conflict
    if #wheels == 0 or not answer.named then return nil, conflict end
    wheels = wheels_next(wheels, answer.named)
  end
end

--- Solves { requirements = lines, bounds = { name = least }, floor = { name = present }, constraints = lines,
-- pins = preferences or nil, choice = "lowest" (also when nil), "keep", "newest" or "fresh", no_deps = bool,
-- python = path }. Where the problem has them, `limits(bounds)` gives further constraints, and `drop(name)` takes a
-- package out that the index does not know (one from elsewhere), and is true when it could.
-- Returns { name = version }, or nil and the conflict. This and what builds on it raises { incomplete }, and sets
-- job.offline, where the package index cannot be reached.
function solver.solve(job, problem)
  problem.bounds = problem.bounds or {}
  local versions, conflict = solve_with_wheels(job, problem)
  if versions then return versions end
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
    constraints = fixed, limits = problem.limits, pins = kept, choice = "keep", built = problem.built,
    python = problem.python }) or versions
end

--- Raises the bound of a package that is left out with its highest step as far as it goes with the others. The steps
-- ascend, so that half of them is ruled out by each question. Returns the versions, nil when none goes.
local function raise_one(job, problem, item, steps)
  local lower = {}
  for _, least in ipairs(steps or {}) do
    if least ~= item.version then lower[#lower + 1] = least end
  end
  local passing, failing, best = 0, #lower + 1, nil
  while failing - passing > 1 do
    local middle = (passing + failing) // 2
    problem.bounds[item.name] = lower[middle]
    local versions = solver.solve(job, problem)
    if versions then passing, best = middle, versions else failing = middle end
  end
  problem.bounds[item.name] = lower[passing]
  return best
end

--- Solves with as many of problem.bounds as go together: all of them, else the largest part by halving, and what is
-- left out then as high as it goes. `steps` holds, by name, lower bounds that are worth something too, ascending.
-- Returns the versions and { { name, version, reason } } for the bounds that do not go; nil, these and a reason
-- when nothing resolves at all.
function solver.solve_most(job, problem, steps)
  local best, reason = solver.solve(job, problem)
  if best then return best, {} end
  local wanted, left_out = problem.bounds, {}
  local _, refused = bisection.largest(names_of(wanted), function(list)
    problem.bounds = {}
    for _, name in ipairs(list) do problem.bounds[name] = wanted[name] end
    local versions, conflict = solver.solve(job, problem)
    best = versions or best
    return versions ~= nil, conflict
  end, { failed = reason })
  problem.bounds = copy(wanted)
  for i, entry in ipairs(refused) do
    problem.bounds[entry.item] = nil
    left_out[i] = { name = entry.item, version = wanted[entry.item], reason = entry.reason }
  end
  for _, item in ipairs(left_out) do
    best = raise_one(job, problem, item, steps[item.name]) or best
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
