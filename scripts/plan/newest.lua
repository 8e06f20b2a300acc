--- Plans for the mode all: the newest set that the policies admit, and who keeps a package below its newest version.
local changes = require "plan.changes"
local problem = require "plan.problem"
local refusals = require "plan.refusals"
local solver = require "solver"
local version = require "pysec.version"

local newest = {}

local MOST_REASONS = 20

--- Pins may go up as far as they like; ranges stay.
local function newest_problem(target)
  local made = problem.of(target)
  made.choice = "newest"
  return made
end

--- What the resolver says when a version is asked for that it did not choose.
local function conflict_with(state, name, latest)
  local made = state.narrow:apply(newest_problem(state.target))
  made.bounds = { [name] = latest }
  local versions, conflict = solver.solve(state.job, made)
  if versions then return "another package of the set would have to stay older" end
  return conflict
end

local function hold(state, name, latest, reason, rule)
  table.insert(state.made.held_back, { package = name, version = state.versions[name], latest = latest,
    reason = reason, by = rule and rule.by, rule = rule and rule.rule, target = state.target.path })
end

--- A rule keeps `name` below its newest version. What no rule lets move at all, and what has findings that are left,
-- is a refused upgrade as well.
local function hold_by_rule(state, name, wanted, admitted)
  local from = state.present[name]
  local stays = from and version.compare(state.versions[name], from) == 0
  local is_stuck = stays and (not admitted or version.compare(admitted, from) < 1)
  if is_stuck or #wanted.fixes > 0 then table.insert(state.made.refused, wanted) end
  if not is_stuck then hold(state, name, wanted.to, wanted.reason, wanted) end
end

--- The newest version of each package, and the newest that the policies admit.
local function newest_of(state, list)
  local narrow = state.narrow
  local found = solver.together(state.job, {
    function() return solver.newest(state.job, list) or {} end,
    function()
      if not narrow:is_active() then return {} end
      return solver.newest(state.job, list, function(bounds) return narrow:lines(bounds) end) or {}
    end,
  })
  return found[1], found[2]
end

--- Who keeps a package below its newest version: true for a rule, which `wanted` names then, or else what the others
-- are. `is_asked` is false where that would be one question to the resolver too many.
local function keeper_of(state, wanted, is_asked)
  if #state.narrow:judge { wanted } > 0 then return true end
  if not is_asked then return "another package of the set" end
  return refusals.of(state.job, state.narrow, wanted, state.versions, "keep") ~= nil
    or conflict_with(state, wanted.package, wanted.to)
end

--- Says who keeps each package below its newest version.
local function hold_back(state)
  local list = {}
  for name in pairs(state.versions) do
    if not state.narrow.without[name] and not problem.is_outside(state.target, name) then list[#list + 1] = name end
  end
  table.sort(list)
  local latest, admitted = newest_of(state, list)
  local all, bodies = {}, {}
  for _, name in ipairs(list) do
    if latest[name] and version.compare(latest[name], state.versions[name]) == 1 then
      local wanted = changes.wanted(state.target, name, state.present[name], latest[name], state.left)
      local is_asked = #all < MOST_REASONS
      all[#all + 1] = wanted
      bodies[#bodies + 1] = function() return keeper_of(state, wanted, is_asked) end
    end
  end
  for i, keeper in ipairs(solver.together(state.job, bodies)) do
    local name = all[i].package
    if keeper == true then
      hold_by_rule(state, name, all[i], admitted[name])
    else
      hold(state, name, all[i].to, keeper)
    end
  end
end

--- Returns the versions and the upgrades to them, or nil and why nothing resolves.
--- Nobody asked for newer packages of the Python that the environment was made with: they stay, unless what the
-- environment holds itself needs others, or they have findings.
local function spare_outside(state, versions)
  local made, any, found = state.narrow:apply(problem.of(state.target)), false, {}
  for _, finding in ipairs(state.own) do found[finding.package] = true end
  made.choice = "keep"
  for name, to in pairs(versions) do
    if problem.is_outside(state.target, name) and not found[name] then
      any = true
    elseif state.present[name] and problem.is_movable(state.target, name) then
      table.insert(made.constraints, ("%s==%s"):format(name, to))
    end
  end
  if not any then return versions end
  table.sort(made.constraints)
  return solver.solve(state.job, made) or versions
end

local function solve(state)
  while true do
    local versions, reason = solver.solve(state.job, state.narrow:apply(newest_problem(state.target)))
    if not versions then return nil, reason end
    versions = spare_outside(state, versions)
    local still = changes.remaining_findings(state.job, state.scanners, state.present, versions)
    local upgrades = changes.upgrades(state.target, state.present, versions, state.own, still)
    if not state.narrow:refuses(upgrades) then
      state.left = changes.left(state.own, state.narrow:without_ignored(still), state.present, versions)
      return versions, upgrades
    end
  end
end

--- Fills in made.upgrades, made.refused and made.held_back. Returns the versions, or nil and why there is no plan.
function newest.plan(job, target, made, own, scanners)
  local state = { job = job, target = target, made = made, own = own, scanners = scanners, present = made.versions,
    narrow = made.narrow }
  local versions, upgrades = solve(state)
  if not versions then return nil, made.narrow:explain(upgrades) end
  for _, upgrade in ipairs(upgrades) do
    if upgrade.from and upgrade.kind == "update" then upgrade.reason = "outdated" end
  end
  made.upgrades, state.versions = upgrades, versions
  hold_back(state)
  return versions
end

return newest
