--- Plans for conservative and a user's own modes: raises the bounds until an audit of the lowest set above
-- them is clean.
local changes = require "plan.changes"
local names = require "lib.names"
local problem = require "plan.problem"
local solver = require "solver"
local ui = require "pysec.ui"
local version = require "pysec.version"

local lowest = {}

local MOST_ROUNDS = 12

--- What a mode asks for: the least version by name, and the lower steps that are worth something too.
local function read_candidates(mode, context)
  local bounds, steps = {}, {}
  for i, candidate in ipairs(mode.candidates(context)) do
    if type(candidate) ~= "table" or type(candidate.package) ~= "string" then
      error({ usage = ("--upgrade %s: candidate %d has no package"):format(mode.name, i) }, 0)
    end
    local least = candidate.at_least
    if least and not version.normalize(least) then
      error({ usage = ("--upgrade %s: '%s' is no version of %s"):format(mode.name, least, candidate.package) }, 0)
    end
    local name = names.normalize(candidate.package)
    bounds[name], steps[name] = least, candidate.steps
  end
  return bounds, steps
end

--- Raises bounds by what an audit of the solved set still finds, but not to what was left out before. Returns
-- whether a bound moved, and what is still found.
local function raise_bounds(state, versions)
  local still = changes.remaining_findings(state.job, state.scanners, state.present, versions)
  local more, steps = read_candidates(state.mode,
    { findings = still, packages = changes.packages(state.present, versions) })
  local moved = false
  for name, least in pairs(more) do
    local bound, left_out = state.problem.bounds[name], state.left_out[name]
    if (not bound or version.compare(least, bound) == 1)
      and (not left_out or version.compare(least, left_out.version) == -1) then
      state.problem.bounds[name], state.steps[name] = least, steps[name]
      moved = true
    end
  end
  return moved, still
end

local function leave_out(state, items)
  for _, item in ipairs(items) do
    local known = state.left_out[item.name]
    if not known or version.compare(item.version, known.version) == -1 then state.left_out[item.name] = item end
  end
end

local function list_left_out(state)
  local list = {}
  for _, item in pairs(state.left_out) do list[#list + 1] = item end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

--- Returns the versions, the bounds that do not go, and what is still found; nil three times and a reason when
-- nothing resolves.
local function solve(job, target, mode, context, scanners)
  local state = { job = job, mode = mode, scanners = scanners, present = context.present, left_out = {},
    problem = problem.of(target) }
  state.problem.bounds, state.steps = read_candidates(mode, context)
  if next(state.problem.bounds) == nil then return context.present, {}, {} end
  for round = 1, MOST_ROUNDS do
    local versions, left_out = solver.solve_most(job, state.problem, state.steps)
    if not versions then return nil, nil, nil, left_out end
    leave_out(state, left_out)
    versions = solver.renew_new(job, state.problem, context.present, versions)
    ui.detail(("%s: round %d of the plan: %d packages would change"):format(target.path, round,
      #changes.packages(context.present, versions)))
    local moved, still = raise_bounds(state, versions)
    if not moved then return versions, list_left_out(state), still end
  end
  return nil, nil, nil, ("no clean set was found in %d rounds"):format(MOST_ROUNDS)
end

--- Fills in made.upgrades and made.held_back. Returns the versions, or nil and why there is no plan.
function lowest.plan(job, target, mode, made, own, scanners)
  local context = { packages = problem.movable_packages(target), findings = own, present = made.versions,
    target = target.path }
  local versions, left_out, still, reason = solve(job, target, mode, context, scanners)
  if not versions then return nil, reason end
  made.upgrades = changes.upgrades(target, made.versions, versions, own, still)
  for i, item in ipairs(left_out) do
    made.held_back[i] = { package = item.name, version = versions[item.name], latest = item.version,
      reason = item.reason, target = target.path }
  end
  return versions
end

return lowest
