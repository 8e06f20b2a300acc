--- Makes the plans of a run: one for each target that may be upgraded.
local audit = require "audit"
local compiling = require "plan.compiling"
local floating = require "plan.floating"
local locking = require "plan.locking"
local plan = require "plan"
local solver = require "solver"
local waiting = require "plan.waiting"
local written = require "plan.written"

local plans = {}

--- The scanners whose word a plan can be checked with: those that reported the first time.
function plans.scanners(first)
  local list = {}
  for name in pairs(first.reports) do
    if audit.scanners[name].kind == "vulnerability" then list[name] = true end
  end
  return list
end

local function is_upgradable(job, target)
  if target.is_lock then return locking.handles(target) end
  return target.kind ~= "environment" or not job.environment.is_system
end

-- What changes one package of a lock file that pysec does not change.
local LOCK_TOOLS = { poetry = "poetry update NAME", pdm = "pdm update NAME",
  pipfile = "pipenv upgrade NAME", pylock = "the tool that wrote it", pyproject = "an editor" }

--- Says of a lock file with findings that they stay: only the tool that wrote it keeps it whole.
local function leave_lock(job, target, found)
  for _, finding in ipairs(found) do
    if finding.path == target.path then
      job:note(("%s: pysec does not change it; what was found there is for: %s"):format(target.path,
        LOCK_TOOLS[target.kind]))
      return
    end
  end
end

--- Plans one target. `want` is { mode, first (what is found, and by whom), set (the policies), without (packages that
-- are left out, a set) }.
local function plan_one(job, target, want, scanners)
  local make = target.is_lock and locking.plan or plan.make
  local made = make(job, target, want.mode, want.first.findings, scanners, want.set, want.without)
  if made.problem then
    if target.kind == "file" then made.problem = written.explain(job, target, made.problem) end
    return made
  end
  if target.format ~= "in" then
    if target.kind == "file" then floating.settle(job, made, want.set) end
    return made
  end
  written.name_lines(job, target, made.held_back)
  if #made.upgrades == 0 and target.compiled and not want.mode.everything then return made end
  local done, problem = compiling.settle(job, want.mode, made)
  if not done then made.problem, made.upgrades = problem, {} end
  return made
end

local function make_one(job, target, want, scanners)
  if job.offline then return { target = target, problem = solver.UNREACHABLE } end
  if target.problem then return { target = target, problem = target.problem } end
  local ok, made = pcall(plan_one, job, target, want, scanners)
  if ok and made.narrow then waiting.tell(made) end
  if ok then return made end
  if type(made) == "table" and made.incomplete then return { target = target, problem = made.incomplete } end
  error(made, 0)
end

--- Plans all targets: { { target, upgrades, refused, held_back, problem } }. An environment is synced to a compiled .in
-- rather than planned for itself.
function plans.make(job, want)
  local scanners, list, is_synced = plans.scanners(want.first), {}, false
  for _, target in ipairs(job.targets) do
    if target.format == "in" then is_synced = true end
  end
  for _, target in ipairs(job.targets) do
    if target.is_lock and not locking.handles(target) then leave_lock(job, target, want.first.findings) end
    if is_upgradable(job, target) and not (target.kind == "environment" and is_synced) then
      list[#list + 1] = make_one(job, target, want, scanners)
    end
  end
  return list
end

--- A field of all plans, which is a list, as one list.
function plans.join(list, field)
  local all = {}
  for _, made in ipairs(list) do table.move(made[field] or {}, 1, #(made[field] or {}), #all + 1, all) end
  return all
end

return plans
