--- Plans for the mode all: the newest set, and who keeps a package below its newest version.
local changes = require "plan.changes"
local problem = require "plan.problem"
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

--- Who keeps a package below its newest version: what the resolver says when that version is asked for.
local function why_held(job, target, name, latest)
  local made = newest_problem(target)
  made.bounds = { [name] = latest }
  local versions, conflict = solver.solve(job, made)
  if versions then return "another package of the set would have to stay older" end
  return conflict
end

local function held_back(job, target, versions)
  local list, held = {}, {}
  for name in pairs(versions) do list[#list + 1] = name end
  table.sort(list)
  local latest = solver.newest(job, list) or {}
  for _, name in ipairs(list) do
    if latest[name] and version.compare(latest[name], versions[name]) == 1 then
      local reason = #held < MOST_REASONS and why_held(job, target, name, latest[name])
        or "another package of the set"
      held[#held + 1] = { package = name, version = versions[name], latest = latest[name], reason = reason,
        target = target.path }
    end
  end
  return held
end

--- Fills in made.upgrades and made.held_back. Returns the versions, or nil and why there is no plan.
function newest.plan(job, target, made, own, scanners)
  local present = made.versions
  local versions, reason = solver.solve(job, newest_problem(target))
  if not versions then return nil, reason end
  local still = changes.remaining_findings(job, scanners, present, versions)
  made.upgrades = changes.upgrades(target, present, versions, own, still)
  for _, upgrade in ipairs(made.upgrades) do
    if upgrade.from and upgrade.kind == "update" then upgrade.reason = "outdated" end
  end
  made.held_back = held_back(job, target, versions)
  return versions
end

return newest
