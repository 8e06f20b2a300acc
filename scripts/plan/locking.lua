--- Plans of lock files: the tool that wrote one writes it anew, with the versions that fix, in a copy of the project.
--
-- Each package goes to the lowest version that fixes, that the policies admit and that goes together with the others;
-- what has to move along moves as far as the tool takes it. Nothing on the disk changes.
local changes = require "plan.changes"
local choosing = require "plan.locking.choosing"
local lists = require "lib.lists"
local Narrow = require "plan.narrow"
local names = require "lib.names"
local problem = require "plan.problem"
local pylock = require "plan.locking.pylock"
local Uv = require "plan.locking.uv"
local version = require "pysec.version"

local locking = {}

local MOST_ROUNDS = 12

--- Whether a lock file can be planned here.
function locking.handles(target)
  return target.is_lock == true and (target.kind == "uv" or target.kind == "pylock" and pylock.handles(target.path))
end

--- Asks the mode what it wants: raises state.bounds, { name = { least, steps } }. Returns whether any moved.
local function raise_bounds(state, context)
  local moved = false
  for _, candidate in ipairs(state.mode.candidates(context)) do
    local name = names.normalize(candidate.package)
    local known = state.bounds[name]
    local least = candidate.at_least
    if least and version.normalize(least) and not state.without[name] and not state.dropped[name]
      and (not known or version.compare(least, known.least) == 1) then
      state.bounds[name] = { least = least, steps = candidate.steps or { least } }
      moved = true
    end
  end
  return moved
end

--- The chosen package without which another does not come along; nil when none is.
local function who_brings(state, chosen, along)
  for _, name in ipairs(lists.keys(chosen)) do
    local free = {}
    for other, at in pairs(chosen) do
      if other ~= name then free[other] = "==" .. at end
    end
    local versions = next(free) and state.tool:lock(free) or state.present
    if versions and versions[along.package] ~= along.to then return name end
  end
end

--- What may not move: what the policies refuse, and what has to stay as it is.
local function forbidden(state, upgrades)
  for _, item in ipairs(upgrades) do
    if state.without[item.package] then
      item.reason = "has to stay as it is"
      return item
    end
  end
  return state.narrow:judge(upgrades)[1]
end

--- Drops the upgrade that brings a forbidden one along.
local function drop(state, chosen, item)
  local name = chosen[item.package] and item.package or who_brings(state, chosen, item) or next(chosen)
  local wanted = changes.wanted(state.target, name, state.present[name], chosen[name], state.own)
  if name ~= item.package then wanted.reason = ("needs %s %s: %s"):format(item.package, item.to, item.reason) end
  if item.rule then
    if name == item.package then wanted.reason = item.reason end
    wanted.allowed, wanted.state, wanted.by, wanted.rule = false, "refused", item.by, item.rule
    state.made.refused[#state.made.refused + 1] = wanted
  else
    state.dropped[name] = wanted.reason
  end
  state.dropped[name] = state.dropped[name] or wanted.reason or "refused"
  state.bounds[name] = nil
end

local function text_and_versions(state, chosen)
  if next(chosen) == nil then return state.present, nil end
  local free = {}
  for name, at in pairs(chosen) do free[name] = "==" .. at end
  return state.tool:lock(free)
end

--- The lowest versions that fix. Fills in the plan; returns the text of the lock file, or nil and why there is no plan.
local function plan_lowest(state)
  raise_bounds(state, { findings = state.own, packages = problem.movable_packages(state.target),
    present = state.present, target = state.target.path })
  for _ = 1, MOST_ROUNDS do
    local chosen = choosing.choose(state)
    local versions, text = text_and_versions(state, chosen)
    if not versions then return nil, text end
    local still = changes.remaining_findings(state.job, state.scanners, state.present, versions)
    local upgrades = changes.upgrades(state.target, state.present, versions, state.own, still)
    still = state.narrow:without_ignored(still)
    local item = forbidden(state, upgrades)
    if item then
      drop(state, chosen, item)
    elseif not raise_bounds(state, { findings = still, packages = changes.packages(state.present, versions) }) then
      return upgrades, text, versions
    end
  end
  return nil, ("no clean set was found in %d rounds"):format(MOST_ROUNDS)
end

--- The newest versions of all. What the policies refuse stays as it is.
local function plan_newest(state)
  local free = true
  for _ = 1, MOST_ROUNDS do
    local versions, text = state.tool:lock(free)
    if not versions then return nil, text end
    local still = changes.remaining_findings(state.job, state.scanners, state.present, versions)
    local upgrades = changes.upgrades(state.target, state.present, versions, state.own, still)
    for _, item in ipairs(upgrades) do
      if item.from and item.kind == "update" then item.reason = "outdated" end
    end
    local item = forbidden(state, upgrades)
    if not item then return upgrades, text, versions end
    if free == true then
      free = {}
      for name in pairs(state.present) do free[name] = not state.without[name] and "" or nil end
    end
    if not free[item.package] then return nil, ("%s %s: %s"):format(item.package, item.to, item.reason) end
    free[item.package] = nil
    if item.rule then table.insert(state.made.refused, item) end
  end
  return nil, ("the policies refuse each of %d sets"):format(MOST_ROUNDS)
end

local function tell_left_out(state, versions)
  for _, name in ipairs(lists.keys(state.left_out or {})) do
    table.insert(state.made.held_back, { package = name, version = versions[name], latest = state.bounds[name].least,
      reason = state.left_out[name], target = state.target.path })
  end
  for _, name in ipairs(lists.keys(state.refused or {})) do
    table.insert(state.made.refused, state.refused[name])
  end
end

--- Plans a lock file; the arguments are those of plan.make. Returns { target, versions, upgrades, refused, held_back,
-- narrow }, with `text`, the new text of the lock file, where it changes, and `problem` where nothing can be planned.
-- Raises { incomplete } and { usage } as plan.make does.
function locking.plan(job, target, mode, findings, scanners, set, without)
  local present = problem.present_versions(target)
  local made = { target = target, versions = present, upgrades = {}, refused = {}, held_back = {} }
  local own = changes.own_findings(present, findings)
  made.narrow = Narrow.new(job, target, set, present, own, without)
  local state = { job = job, target = target, mode = mode, made = made, own = own, scanners = scanners,
    present = present, narrow = made.narrow, without = without or {}, bounds = {}, dropped = {}, listed = {} }
  if not mode.everything then
    raise_bounds(state, { findings = own, packages = problem.movable_packages(target), present = present,
      target = target.path })
    if next(state.bounds) == nil then return made end
    state.bounds = {}
  end
  state.tool, made.problem = (target.kind == "uv" and Uv or pylock).open(job, target.path)
  if made.problem then return made end
  local upgrades, text, versions = (mode.everything and plan_newest or plan_lowest)(state)
  if not upgrades then
    made.problem = text
    return made
  end
  made.upgrades, made.versions = upgrades, versions
  if #upgrades > 0 then made.text = text end
  tell_left_out(state, versions)
  return made
end

return locking
