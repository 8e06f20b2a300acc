--- Finds sets of versions that resolve together, by uv.
--
-- The lowest set that fixes: the present pins as preferences, so that what need not move stays; lower bounds
-- from the fix versions; and the lowest versions above them. pip has no lowest-first resolution.
local asking = require "solver.asking"
local bisection = require "lib.bisection"
local lists = require "lib.lists"
local wheels = require "solver.wheels"

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

--- Asks uv. `excluded` are constraints besides those of the problem.
local function ask(job, problem, only_binary, excluded)
  local choice = CHOICES[problem.choice or "lowest"]
  local constraints = bounds_text(problem)
  for _, line in ipairs(excluded) do constraints = constraints .. line .. "\n" end
  return asking.ask(job, { input = table.concat(problem.requirements, "\n") .. "\n", constraints = constraints,
    pins = choice.preferences and problem.pins and pins_text(problem.pins) or nil,
    options = { resolution = choice.lowest and (problem.is_whole and "lowest-direct" or "lowest") or nil,
      upgrade = choice.upgrade, only_binary = only_binary, no_deps = problem.no_deps,
      python = problem.python } })
end

--- Solves { requirements = lines, bounds = { name = least }, floor = { name = present }, constraints = lines,
-- pins = preferences or nil, choice = "lowest" (also when nil), "keep", "newest" or "fresh", no_deps = bool,
-- python = path, is_whole = true where the requirements name all that is present, names = set of what the requirements
-- name, where there are no pins }. Where the problem has them, `limits(bounds)` gives further constraints, and
-- `drop(name)` takes a package out that the index does not know (one from elsewhere), and is true when it could.
-- Returns { name = version }, or nil and the conflict. This and what builds on it raises { incomplete }, and sets
-- job.offline, where the package index cannot be reached.
function solver.solve(job, problem)
  problem.bounds = problem.bounds or {}
  local versions, conflict = wheels.solve(job, problem, function(only_binary, excluded)
    return ask(job, problem, only_binary, excluded)
  end)
  if versions then return copy(versions) end
  local unknown = problem.drop and unknown_package(conflict)
  if unknown and problem.drop(unknown) then return solver.solve(job, problem) end
  return nil, conflict
end

--- The lowest set of a file brings new packages in at their oldest. They have no present version to stay near to, so
-- they get the newest that goes with the others, as they have in a problem that is whole. Returns the versions.
function solver.renew_new(job, problem, present, versions)
  local kept, has_new = {}, false
  for name, version in pairs(versions) do
    if present[name] then kept[name] = version else has_new = true end
  end
  if not has_new or problem.is_whole then return versions end
  local fixed = {}
  for name, version in pairs(kept) do fixed[#fixed + 1] = ("%s==%s"):format(name, version) end
  table.move(problem.constraints, 1, #problem.constraints, #fixed + 1, fixed)
  return solver.solve(job, { requirements = problem.requirements, bounds = problem.bounds, floor = {},
    constraints = fixed, limits = problem.limits, pins = kept, choice = "keep", python = problem.python }) or versions
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
  local _, refused = bisection.largest(lists.keys(wanted), function(list)
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
  return solver.solve(job, { requirements = list, limits = limits, choice = "newest", no_deps = true,
    names = lists.set(list) })
end

return solver
