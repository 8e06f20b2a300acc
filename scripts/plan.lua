--- Works out which packages of one target go to which versions, as one set that resolves, and what each of
-- these upgrades is for. Changes nothing.
local audit = require "audit"
local findings = require "lib.findings"
local names = require "lib.names"
local pep508 = require "lib.pep508"
local resolve = require "inputs.resolve"
local solver = require "solver"
local ui = require "pysec.ui"
local version = require "pysec.version"

local plan = {}

local MOST_ROUNDS = 12
local MOST_REASONS = 20

-- --- what has to resolve ---

--- A file's requirements with their pins let go: upwards alone, unless a range was written.
local function file_requirements(target)
  local lines, constraints = {}, {}
  for _, entry in ipairs(target.set.requirements) do
    local line = entry.line
    lines[#lines + 1] = resolve.write_requirement(line, line.pin and ">=" .. line.pin)
  end
  for _, entry in ipairs(target.set.constraints) do
    constraints[#constraints + 1] = resolve.write_requirement(entry.line)
  end
  return lines, constraints
end

--- Adds what an installed package needs, so that an upgrade does not break it.
local function add_needs(lines, package)
  for _, text in ipairs(package.requires) do
    local requirement = pep508.parse(text)
    if requirement and not requirement.url and not (requirement.marker or ""):find("extra", 1, true) then
      lines[#lines + 1] = resolve.write_requirement(requirement)
    end
  end
end

--- All that is installed has to stay installable. What came from elsewhere than the index (a project of one's
-- own, a URL) stays as it is: the index may have another package of that name. What it needs counts.
local function environment_requirements(target)
  local lines, constraints = {}, {}
  for _, package in ipairs(target.environment.packages) do
    if package.origin then add_needs(lines, package) else lines[#lines + 1] = package.name end
    if package.origin == "url" then constraints[#constraints + 1] = package.name .. "==" .. package.version end
  end
  return lines, constraints
end

--- True for a package that an upgrade may touch.
local function is_movable(target, name)
  local package = target.environment and target.environment.by_name[name]
  return not package or not package.origin
end

local function movable_packages(target)
  local list = {}
  for _, package in ipairs(target.packages) do
    if is_movable(target, package.name) then list[#list + 1] = package end
  end
  return list
end

--- Takes a package out of a problem that the index does not know; what it needs stays.
local function drop_from(problem, target)
  return function(name)
    for i, line in ipairs(problem.requirements) do
      if line == name then
        table.remove(problem.requirements, i)
        problem.floor[name], problem.pins[name] = nil, nil
        add_needs(problem.requirements, target.environment.by_name[name])
        return true
      end
    end
    return false
  end
end

local function present_versions(target)
  local versions = {}
  for _, package in ipairs(target.packages) do versions[package.name] = package.version end
  return versions
end

--- The problem for the solver, without bounds.
function plan.problem(target)
  local requirements, constraints
  if target.kind == "environment" then
    requirements, constraints = environment_requirements(target)
  else
    requirements, constraints = file_requirements(target)
  end
  local problem = { requirements = requirements, constraints = constraints, floor = present_versions(target),
    pins = present_versions(target) }
  if target.kind == "environment" then
    problem.python, problem.drop = target.environment.python, drop_from(problem, target)
  end
  return problem
end

-- --- conservative: raise the bounds until an audit of the result is clean ---

local function own_findings(target, list)
  local present, own = present_versions(target), {}
  for _, finding in ipairs(list) do
    if present[finding.package] == finding.version then own[#own + 1] = finding end
  end
  return own
end

local function changed_packages(present, versions)
  local list = {}
  for name, to in pairs(versions) do
    if not present[name] or version.compare(present[name], to) ~= 0 then
      list[#list + 1] = { name = name, version = to, direct = false }
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

--- What is still found in the packages that would change.
local function remaining_findings(job, scanners, present, versions)
  local changed = changed_packages(present, versions)
  if #changed == 0 then return {} end
  return audit.quietly(job, changed, scanners)
end

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

--- Raises bounds by what an audit of the solved set still finds, but not to what was refused before. Returns
-- whether a bound moved, and what is still found.
local function raise_bounds(state, versions)
  local still = remaining_findings(state.job, state.scanners, state.present, versions)
  local more, steps = read_candidates(state.mode,
    { findings = still, packages = changed_packages(state.present, versions) })
  local moved = false
  for name, least in pairs(more) do
    local bound, refused = state.problem.bounds[name], state.refused[name]
    if (not bound or version.compare(least, bound) == 1)
      and (not refused or version.compare(least, refused.version) == -1) then
      state.problem.bounds[name], state.steps[name] = least, steps[name]
      moved = true
    end
  end
  return moved, still
end

local function refuse(state, left_out)
  for _, item in ipairs(left_out) do
    local known = state.refused[item.name]
    if not known or version.compare(item.version, known.version) == -1 then state.refused[item.name] = item end
  end
end

local function list_refused(state)
  local list = {}
  for _, item in pairs(state.refused) do list[#list + 1] = item end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

local function solve_lowest(job, target, mode, context, scanners)
  local state = { job = job, mode = mode, scanners = scanners, present = context.present, refused = {},
    problem = plan.problem(target) }
  state.problem.bounds, state.steps = read_candidates(mode, context)
  if next(state.problem.bounds) == nil then return context.present, {}, {} end
  for round = 1, MOST_ROUNDS do
    local versions, left_out = solver.solve_most(job, state.problem, state.steps)
    if not versions then return nil, nil, nil, left_out end
    refuse(state, left_out)
    versions = solver.renew_new(job, state.problem, context.present, versions)
    ui.detail(("%s: round %d of the plan: %d packages would change"):format(target.path, round,
      #changed_packages(context.present, versions)))
    local moved, still = raise_bounds(state, versions)
    if not moved then return versions, list_refused(state), still end
  end
  return nil, nil, nil, ("no clean set was found in %d rounds"):format(MOST_ROUNDS)
end

-- --- all: the newest set ---

--- Pins may go up as far as they like; ranges stay.
local function newest_problem(target)
  local problem = plan.problem(target)
  problem.choice = "newest"
  return problem
end

--- Who keeps a package below its newest version: what the resolver says when that version is asked for.
local function why_held(job, target, name, newest)
  local problem = newest_problem(target)
  problem.bounds = { [name] = newest }
  local versions, conflict = solver.solve(job, problem)
  if versions then return "another package of the set would have to stay older" end
  return conflict
end

local function held_back(job, target, versions)
  local list, held = {}, {}
  for name in pairs(versions) do list[#list + 1] = name end
  table.sort(list)
  local newest = solver.newest(job, list) or {}
  for _, name in ipairs(list) do
    if newest[name] and version.compare(newest[name], versions[name]) == 1 then
      local reason = #held < MOST_REASONS and why_held(job, target, name, newest[name])
        or "another package of the set"
      held[#held + 1] = { package = name, version = versions[name], latest = newest[name], reason = reason,
        target = target.path }
    end
  end
  return held
end

-- --- the plan ---

local function fixes_of(target_findings, still, name, to)
  local fixes = {}
  for _, finding in ipairs(target_findings) do
    if finding.package == name and to ~= finding.version and not findings.contains(still, finding) then
      fixes[#fixes + 1] = finding.id
    end
  end
  return fixes
end

local function upgrade_record(target, package, name, from, to, fixes)
  local kind = #fixes > 0 and "security" or "update"
  local reason
  if kind == "update" then reason = (from and "" or "new: ") .. "needed by the other upgrades" end
  return { package = name, from = from, to = to, kind = kind, change = from and version.change(from, to) or "other",
    fixes = fixes, direct = package and package.direct or false, state = "planned", target = target.path,
    reason = reason }
end

--- The upgrades from what is present to a solved set.
local function list_upgrades(target, present, versions, own, still)
  local by_name, upgrades = {}, {}
  for _, package in ipairs(target.packages) do by_name[package.name] = package end
  for _, package in ipairs(changed_packages(present, versions)) do
    local name, from = package.name, present[package.name]
    if is_movable(target, name) and (not from or version.compare(package.version, from) == 1) then
      local fixes = fixes_of(own, still, name, package.version)
      upgrades[#upgrades + 1] = upgrade_record(target, by_name[name], name, from, package.version, fixes)
    end
  end
  return upgrades
end

local function plan_newest(job, target, made, own, scanners)
  local present = made.versions
  local versions, problem = solver.solve(job, newest_problem(target))
  if not versions then return nil, problem end
  local still = remaining_findings(job, scanners, present, versions)
  made.upgrades = list_upgrades(target, present, versions, own, still)
  for _, upgrade in ipairs(made.upgrades) do
    if upgrade.from and upgrade.kind == "update" then upgrade.reason = "outdated" end
  end
  made.held_back = held_back(job, target, versions)
  return versions
end

local function plan_lowest(job, target, mode, made, own, scanners)
  local context = { packages = movable_packages(target), findings = own, present = made.versions,
    target = target.path }
  local versions, left_out, still, problem = solve_lowest(job, target, mode, context, scanners)
  if not versions then return nil, problem end
  made.upgrades = list_upgrades(target, made.versions, versions, own, still)
  for i, item in ipairs(left_out) do
    made.held_back[i] = { package = item.name, version = versions[item.name], latest = item.version,
      reason = item.reason, target = target.path }
  end
  return versions
end

--- Findings in packages that came from a URL: only who installed them from there can upgrade them.
local function hold_back_unmovable(target, own, made)
  local seen = {}
  for _, finding in ipairs(own) do
    if not is_movable(target, finding.package) and not seen[finding.package] then
      seen[finding.package] = true
      table.insert(made.held_back, { package = finding.package, version = finding.version,
        latest = finding.fix_versions[#finding.fix_versions] or "", target = target.path,
        reason = "it was installed from a URL; install a fixed version from there" })
    end
  end
end

--- Plans one target. Returns { target, versions, upgrades, held_back }, with `problem` when nothing resolves.
function plan.make(job, target, mode, all_findings, scanners)
  local made = { target = target, versions = present_versions(target), upgrades = {}, held_back = {} }
  local own = own_findings(target, all_findings)
  local versions, problem
  if mode.everything then
    versions, problem = plan_newest(job, target, made, own, scanners)
  else
    versions, problem = plan_lowest(job, target, mode, made, own, scanners)
  end
  hold_back_unmovable(target, own, made)
  made.versions, made.problem = versions or made.versions, problem
  return made
end

return plan
