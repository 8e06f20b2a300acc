--- From findings to upgrades: plans each target, lets the policies judge, applies, verifies.
local audit = require "audit"
local compiling = require "plan.compiling"
local edits = require "edits"
local environment_reader = require "inputs.environment"
local findings = require "lib.findings"
local floating = require "plan.floating"
local plan = require "plan"
local resolve = require "inputs.resolve"
local solver = require "solver"
local transaction = require "transaction"
local ui = require "pysec.ui"
local words = require "lib.words"

local upgrade = {}

-- --- planning ---

--- The scanners whose word a plan can be checked with: those that reported the first time.
local function reliable_scanners(first)
  local list = {}
  for name in pairs(first.reports) do
    if audit.scanners[name].kind == "vulnerability" then list[name] = true end
  end
  return list
end

local function is_upgradable(job, target)
  return not target.is_lock and (target.kind ~= "environment" or not job.environment.is_system)
end

-- What changes one package of a lock file.
local LOCK_TOOLS = { uv = "uv lock --upgrade-package NAME", poetry = "poetry update NAME", pdm = "pdm update NAME",
  pipfile = "pipenv upgrade NAME", pylock = "the tool that wrote it", pyproject = "an editor" }

--- Says of a lock file with findings that they stay: only the tool that wrote it keeps it whole.
local function leave_lock(job, target, found)
  for _, finding in ipairs(found) do
    if finding.path == target.path then
      job:note(("%s: pysec changes no lock file; what was found there is for: %s"):format(target.path,
        LOCK_TOOLS[target.kind]))
      return
    end
  end
end

local function plan_one(job, target, mode, first, scanners, set)
  local made = plan.make(job, target, mode, first.findings, scanners, set)
  if made.problem then return made end
  if target.format ~= "in" then
    if target.kind == "file" then floating.settle(job, made, set) end
    return made
  end
  if #made.upgrades == 0 and target.compiled and not mode.everything then return made end
  local done, problem = compiling.settle(job, mode, made)
  if not done then made.problem, made.upgrades = problem, {} end
  return made
end

local function make_one(job, target, mode, first, scanners, set)
  if job.offline then return { target = target, problem = solver.UNREACHABLE } end
  if target.problem then return { target = target, problem = target.problem } end
  local ok, made = pcall(plan_one, job, target, mode, first, scanners, set)
  if ok then return made end
  if type(made) == "table" and made.incomplete then return { target = target, problem = made.incomplete } end
  error(made, 0)
end

--- Plans all targets. An environment is synced to a compiled .in rather than planned for itself.
local function make_plans(job, mode, first, set)
  local scanners, plans, synced = reliable_scanners(first), {}, false
  for _, target in ipairs(job.targets) do
    if target.format == "in" then synced = true end
  end
  for _, target in ipairs(job.targets) do
    if target.is_lock then leave_lock(job, target, first.findings) end
    if is_upgradable(job, target) and not (target.kind == "environment" and synced) then
      plans[#plans + 1] = make_one(job, target, mode, first, scanners, set)
    end
  end
  return plans
end

-- --- applying ---

local function file_changes(job, made)
  local target = made.target
  if target.format == "in" then
    if not made.compiled_text or made.compiled_text == target.compiled then return {} end
    return { { path = target.output, text = made.compiled_text, before = target.compiled } }
  end
  return edits.make(job, target, made.upgrades)
end

--- Gathers what has to be written and installed.
local function gather(job, plans)
  local work = { changes = {}, installs = {} }
  for _, made in ipairs(plans) do
    if made.target.kind == "environment" then
      work.installs = made.upgrades
      if #made.upgrades > 0 then work.environment = made.target.environment end
    else
      local changes, message = file_changes(job, made)
      if not changes then return nil, message end
      table.move(changes, 1, #changes, #work.changes + 1, work.changes)
      if made.target.format == "in" and job.environment and not job.environment.is_system and not made.problem then
        work.environment, work.sync_path = job.environment, made.target.output
      end
    end
  end
  return work
end

--- The targets as they are now, read anew.
local function fresh_targets(job)
  local fresh = {}
  for i, target in ipairs(job.targets) do
    if target.kind == "environment" then
      local found = target.environment.is_system and target.environment
        or assert(environment_reader.read(target.path))
      fresh[i] = job.environment_target(found)
    else
      fresh[i] = target.is_lock and target or job.file_target(target.path)
    end
  end
  return fresh
end

--- The tasks that resolve all file targets, then `done`.
function upgrade.resolve_tasks(job, targets, done)
  local left, tasks = 0, {}
  for _, target in ipairs(targets) do
    if target.kind == "file" then left = left + 1 end
  end
  if left == 0 then return done() end
  for _, target in ipairs(targets) do
    if target.kind == "file" then
      local own = resolve.tasks(job, target, function()
        left = left - 1
        if left == 0 then return done() end
      end)
      table.move(own, 1, #own, #tasks + 1, tasks)
    end
  end
  return tasks
end

local function claimed(plans, first)
  local list = {}
  for _, made in ipairs(plans) do
    for _, item in ipairs(made.upgrades or {}) do
      for _, finding in ipairs(first.findings) do
        for _, id in ipairs(item.fixes) do
          if finding.package == item.package and finding.id == id and finding.version == item.from then
            list[#list + 1] = finding
          end
        end
      end
    end
  end
  return list
end

--- Audits what is there now. Raises { failed } when a claimed fix is not one, or something new is found.
local function second_audit(job, plans, first, scanners)
  local targets = fresh_targets(job)
  local second = audit.run(job, targets, scanners, function(done)
    return upgrade.resolve_tasks(job, targets, done)
  end, job.progress)
  for name in pairs(scanners) do
    if not second.reports[name] then
      error({ failed = ("the second audit is incomplete: %s did not report"):format(name) }, 0)
    end
  end
  for _, finding in ipairs(claimed(plans, first)) do
    if findings.contains(second.findings, finding) then
      error({ failed = ("the second audit still finds %s in %s"):format(finding.id, finding.package) }, 0)
    end
  end
  for _, target in ipairs(targets) do
    if target.problem then error({ failed = target.problem }, 0) end
  end
  return second, targets
end

local function mark(plans, state, reason)
  for _, made in ipairs(plans) do
    for _, item in ipairs(made.upgrades or {}) do
      if item.state == "planned" then
        item.state = state
        if reason then item.reason = reason end
      end
    end
  end
end

local function join_lists(plans, key)
  local all = {}
  for _, made in ipairs(plans) do table.move(made[key] or {}, 1, #(made[key] or {}), #all + 1, all) end
  return all
end

local APPLYING = "applying the upgrades"

local function has_work(work)
  return #work.changes > 0 or #work.installs > 0 or work.sync_path ~= nil
end

local function apply(job, plans, first, result)
  local work, message = gather(job, plans)
  if not work then
    result.status, result.reason = "rolled_back", message
    mark(plans, "failed", message)
    return
  end
  if not has_work(work) then return end
  local scanners = reliable_scanners(first)
  local second, targets
  job.progress:start(APPLYING)
  local ok, problem = transaction.run(job, work, function()
    second, targets = second_audit(job, plans, first, scanners)
  end)
  job.progress:finish(APPLYING, ok, not ok and "rolled back" or nil)
  if ok then
    result.status, result.second, result.targets = "applied", second, targets
    mark(plans, "applied")
  else
    result.status, result.reason = "rolled_back", problem
    mark(plans, "rolled_back", problem)
  end
end

--- Plans, and says of what no plan could be made. What the policies refuse is in no plan's upgrades.
local function plan_all(job, mode, first, set, result)
  local label = ("planning upgrades (%s)"):format(mode.name)
  job.progress:start(label)
  local plans = make_plans(job, mode, first, set)
  for _, made in ipairs(plans) do
    if made.problem then
      result.status = "failed"
      result.reason = ("%s: no upgrade could be planned: %s"):format(made.target.path, made.problem)
      job:note(result.reason)
      made.upgrades = {}
    end
  end
  local planned, refused = join_lists(plans, "upgrades"), join_lists(plans, "refused")
  result.upgrades = table.move(refused, 1, #refused, #planned + 1, table.move(planned, 1, #planned, 1, {}))
  result.held_back = join_lists(plans, "held_back")
  job.progress:finish(label, result.status ~= "failed", words.count(#planned, "package") .. " would change"
    .. (#refused > 0 and (", the policies refuse %d"):format(#refused) or ""))
  if #planned > 0 and job.options.dry_run then result.status = "planned" end
  return plans
end

--- Plans and, unless it is a dry run, applies. `set` is the policies. Returns { status = "none|nothing|planned|
-- applied|rolled_back", reason, upgrades, held_back, second (the second audit), targets (as they are now) }.
function upgrade.run(job, mode, first, set)
  local result = { status = "none", upgrades = {}, held_back = {} }
  if mode.name == "none" then return result end
  result.status = "nothing"
  local progress <close> = ui.progress()
  job.progress = progress
  local plans = plan_all(job, mode, first, set, result)
  if not job.options.dry_run then apply(job, plans, first, result) end
  return result
end

return upgrade
