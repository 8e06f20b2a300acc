--- From findings to upgrades: plans each target, lets the policies judge, applies what stands.
local plans = require "upgrade.plans"
local trials = require "upgrade.trials"
local ui = require "pysec.ui"
local words = require "lib.words"
local work = require "upgrade.work"

local upgrade = {}

local function mark(list, state, reason)
  for _, item in ipairs(list) do
    if item.state == "planned" then
      item.state = state
      if reason then item.reason = reason end
    end
  end
end

--- Plans, and says of what no plan could be made. What the policies refuse is in no plan's upgrades.
local function plan_all(job, want, result)
  local label = ("planning upgrades (%s)"):format(want.mode.name)
  job.progress:start(label)
  local made = job.stopwatch:time("plan", plans.make, job, want)
  for _, one in ipairs(made) do
    if one.problem then
      result.status = "failed"
      result.reason = ("%s: no upgrade could be planned: %s"):format(one.target.path, one.problem)
      job:note(result.reason)
      one.upgrades = {}
    end
  end
  local planned, refused = plans.join(made, "upgrades"), plans.join(made, "refused")
  result.planned, result.refused = planned, refused
  result.held_back = plans.join(made, "held_back")
  job.progress:finish(label, result.status ~= "failed", words.count(#planned, "package") .. " would change"
    .. (#refused > 0 and (", the policies refuse %d"):format(#refused) or ""))
  return made
end

local function key(item)
  return ("%s\0%s"):format(item.target, item.package)
end

--- What broke, by package.
local function reasons_of(left_out)
  local reasons = {}
  for _, entry in ipairs(left_out) do reasons[entry.item] = entry.reason end
  return reasons
end

--- What was planned and is not among what was applied: with what broke, where it was tried for itself. What the others
-- hold back in the end is told by that.
local function leave_out(result, ran)
  local known, reasons = {}, reasons_of(ran.left_out)
  for _, field in ipairs { "upgrades", "held_back", "refused" } do
    for _, item in ipairs(plans.join(ran.plans, field)) do known[key(item)] = true end
  end
  local list = {}
  for _, item in ipairs(result.planned) do
    -- What would only have come in with others is no upgrade that anybody misses.
    if not known[key(item)] and (item.from or reasons[item.package]) then
      item.state = "failed"
      item.reason = reasons[item.package] or "needed by upgrades that were left out"
      list[#list + 1] = item
    end
  end
  return list
end

local APPLYING = "applying the upgrades"

local function apply_work(job, want, made, gathered, result)
  job.progress:start(APPLYING)
  local ran = trials.run(job, want, made, gathered)
  result.trials = { made = ran.trials, most = ran.most }
  if not ran.plans then
    job.progress:finish(APPLYING, false, "rolled back")
    result.status, result.reason = "rolled_back", ran.reason
    local reasons = reasons_of(ran.left_out)
    for _, item in ipairs(result.planned) do
      item.state, item.reason = "rolled_back", reasons[item.package] or ran.reason
    end
    return
  end
  job.progress:finish(APPLYING, true)
  result.status, result.second, result.targets = "applied", ran.second, ran.targets
  if ran.plans ~= made then
    local left_out = leave_out(result, ran)
    result.planned, result.refused = plans.join(ran.plans, "upgrades"), plans.join(ran.plans, "refused")
    result.held_back = plans.join(ran.plans, "held_back")
    table.move(left_out, 1, #left_out, #result.refused + 1, result.refused)
  end
  mark(result.planned, "applied")
end

local function apply(job, want, made, result)
  local gathered, message = work.gather(job, made)
  if not gathered then
    result.status, result.reason = "rolled_back", message
    mark(result.planned, "failed", message)
  elseif work.is_some(gathered) then
    apply_work(job, want, made, gathered, result)
  end
end

--- Plans and, unless it is a dry run, applies. `want` is { mode, first (what the first audit found and the policies do
-- not ignore, with `all` that it found), set (the policies), accepts(findings): those that they do not ignore }.
-- Returns { status = "none|nothing|planned|applied|failed|rolled_back", reason, upgrades, held_back, second (the second
-- audit), targets (as they are now), plans, trials }.
function upgrade.run(job, want)
  local result = { status = "none", upgrades = {}, held_back = {} }
  if want.mode.name == "none" then return result end
  result.status = "nothing"
  local progress <close> = ui.progress()
  job.progress = progress
  local made = plan_all(job, want, result)
  result.plans = made
  if not job.options.dry_run then
    apply(job, want, made, result)
  elseif #result.planned > 0 then
    result.status = "planned"
  end
  result.upgrades = table.move(result.refused, 1, #result.refused, #result.planned + 1,
    table.move(result.planned, 1, #result.planned, 1, {}))
  return result
end

--- The plans of a plan file, one for each target, as plans.make returns them.
local function plans_of(job, made)
  local list = {}
  for i, target in ipairs(job.targets) do
    list[i] = { target = target, upgrades = {}, refused = {}, held_back = {} }
    for _, item in ipairs(made.upgrades) do
      if item.target == target.path then table.insert(list[i].upgrades, item) end
    end
  end
  return list
end

--- Applies a plan that was read from a file (plan_file.lua), as a whole or not at all. `want` as of run, without the
-- mode. Returns what run returns.
function upgrade.apply_plan(job, made, want)
  local result = { status = "nothing", upgrades = made.upgrades, planned = made.upgrades,
    refused = made.refused, held_back = made.held_back }
  local gathered = { changes = made.files, installs = {} }
  for _, item in ipairs(made.upgrades) do
    if made.environment and not made.environment.sync and item.target == made.environment.path then
      table.insert(gathered.installs, item)
    end
  end
  if made.environment then gathered.environment, gathered.sync_path = job.environment, made.environment.sync end
  if not work.is_some(gathered) then return result end
  local progress <close> = ui.progress()
  job.progress = progress
  -- Nothing of a plan that somebody has read is left out behind his back.
  job.options.all_or_nothing = true
  want.mode = { name = made.mode }
  apply_work(job, want, plans_of(job, made), gathered, result)
  return result
end

return upgrade
