--- Plans for conservative and a user's own modes: raises the bounds until an audit of the lowest set above
-- them is clean and the policies admit it.
local changes = require "plan.changes"
local futile = require "plan.futile"
local names = require "lib.names"
local problem = require "plan.problem"
local refusals = require "plan.refusals"
local solver = require "solver"
local ui = require "pysec.ui"
local version = require "pysec.version"

local lowest = {}

local MOST_ROUNDS = 12

--- What a mode asks for: the least version by name, and the lower steps that are worth something too.
local function read_candidates(state, context)
  local mode, without, bounds, steps = state.mode, state.narrow.without, {}, {}
  for i, candidate in ipairs(mode.candidates(context)) do
    if type(candidate) ~= "table" or type(candidate.package) ~= "string" then
      error({ usage = ("--upgrade %s: candidate %d has no package"):format(mode.name, i) }, 0)
    end
    local least = candidate.at_least
    if least and not version.normalize(least) then
      error({ usage = ("--upgrade %s: '%s' is no version of %s"):format(mode.name, least, candidate.package) }, 0)
    end
    local name = names.normalize(candidate.package)
    if not without[name] then bounds[name], steps[name] = least, candidate.steps end
  end
  return bounds, steps
end

--- Raises bounds by what an audit of the solved set still finds, but not to what was left out before. Returns
-- whether a bound moved.
local function raise_bounds(state, versions, still)
  local more, steps = read_candidates(state,
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
  return moved
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

--- Starts from what is found now: what was raised for a set that the policies refused says nothing of another.
local function begin(state)
  state.problem.bounds, state.steps = read_candidates(state, state.context)
  state.first_steps, state.left_out, state.futile = {}, {}, {}
  for name, steps in pairs(state.steps) do state.first_steps[name] = steps end
end

--- A set with what it changes and what is found in it: { versions, upgrades, still }.
local function look_at(state, versions)
  versions = solver.renew_new(state.job, state.problem, state.present, versions)
  local still = changes.remaining_findings(state.job, state.scanners, state.present, versions)
  local upgrades = changes.upgrades(state.target, state.present, versions, state.own, still)
  return { versions = versions, upgrades = upgrades, still = state.narrow:without_ignored(still) }
end

--- A set that no bound makes better, without what fixes nothing. A mode of somebody's own has its reasons.
local function settle(state, set)
  if state.mode.lowest then
    set = futile.take_back(state, set, function()
      local versions = solver.solve(state.job, state.problem)
      return versions and look_at(state, versions)
    end)
  end
  return set.versions, set.upgrades, set.still
end

--- Returns the versions, the upgrades to them and what is still found; nil three times and a reason when nothing
-- resolves.
local function solve(state)
  local raised, path = 0, state.target.path
  begin(state)
  if next(state.problem.bounds) == nil then return state.present, {}, {} end
  while raised < MOST_ROUNDS do
    local versions, left_out, reason = solver.solve_most(state.job, state.problem, state.steps)
    leave_out(state, left_out)
    if not versions then return nil, nil, nil, reason end
    local set = look_at(state, versions)
    ui.detail(("%s: round %d of the plan: %d packages would change"):format(path, raised + state.narrow.rounds + 1,
      #changes.packages(state.present, set.versions)))
    if state.narrow:refuses(set.upgrades) then
      begin(state)
    elseif raise_bounds(state, set.versions, set.still) then
      raised = raised + 1
    else
      return settle(state, set)
    end
  end
  state.left_out = {}
  return nil, nil, nil, ("no clean set was found in %d rounds"):format(MOST_ROUNDS)
end

--- Tells of each upgrade that was left out who stands in its way. Returns the refused upgrades, and what the
-- other packages hold back.
local function attribute(state, versions, left)
  local items, bodies, refused, held_back = list_left_out(state), {}, {}, state.futile
  for i, item in ipairs(items) do
    bodies[i] = function()
      local wanted = changes.wanted(state.target, item.name, state.present[item.name], item.version, left)
      return refusals.of(state.job, state.narrow, wanted, versions, "lowest") or false
    end
  end
  for i, wanted in ipairs(solver.together(state.job, bodies)) do
    local item = items[i]
    if wanted then
      refused[#refused + 1] = wanted
    else
      held_back[#held_back + 1] = { package = item.name, version = versions[item.name], latest = item.version,
        reason = item.reason, target = state.target.path }
    end
  end
  return refused, held_back
end

--- Fills in made.upgrades, made.refused and made.held_back. Returns the versions, or nil and why there is no plan.
function lowest.plan(job, target, mode, made, own, scanners)
  local context = { packages = problem.movable_packages(target), findings = own, present = made.versions,
    target = target.path }
  local state = { job = job, target = target, mode = mode, context = context, own = own, scanners = scanners,
    present = made.versions, narrow = made.narrow, left_out = {}, problem = made.narrow:apply(problem.of(target)) }
  local versions, upgrades, still, reason = solve(state)
  if versions then
    made.upgrades = upgrades
    made.refused, made.held_back = attribute(state, versions, changes.left(own, still, state.present, versions))
    return versions
  end
  local held_back
  made.refused, held_back = attribute(state, state.present, own)
  if #made.refused > 0 and #held_back == 0 then return state.present end
  return nil, reason
end

return lowest
