--- Applies plans in one transaction. When the whole does not stand, finds the largest part that does, by halving.
--
-- A trial begins with everything as it was before, plans anew without what is left out, applies that and verifies it.
-- What is kept in the end has passed as it stands.
local attempt = require "lib.attempt"
local bisection = require "lib.bisection"
local installer = require "installer"
local interrupted = require "interrupted"
local must = require "lib.must"
local plans = require "upgrade.plans"
local Transaction = require "transaction"
local unchanged = require "upgrade.unchanged"
local verification = require "verification"
local words = require "lib.words"
local work = require "upgrade.work"

local trials = {}

local MOST_TRIALS = 20

local Trials = {}
Trials.__index = Trials

--- Applies work to what is as it was before, and verifies it. Raises { failed }.
function Trials:apply(gathered, upgrades)
  local job, transaction, environment = self.job, self.transaction, gathered.environment
  job.stopwatch:time("install", function()
    transaction:write(gathered.changes)
    if environment and gathered.sync_path then must(installer.sync(job, environment, gathered.sync_path)) end
    if environment and #gathered.installs > 0 then must(installer.install(job, environment, gathered.installs)) end
  end)
  self.second, self.targets = verification.run(job, { environment = environment, complaints = self.complaints,
    findings = self.want.first.all, scanners = plans.scanners(self.want.first), upgrades = upgrades,
    accepts = self.want.accepts, progress = self.quietly })
end

--- The packages that a plan is about: those whose findings it fixes; all of them where the mode wants them all. What
-- these need comes along with them.
local function roots(mode, upgrades)
  local list, seen = {}, {}
  for _, by_fixes in ipairs { true, false } do
    for _, item in ipairs(upgrades) do
      local is_root = not by_fixes or #item.fixes > 0
      if is_root and not seen[item.package] then
        seen[item.package] = true
        list[#list + 1] = item.package
      end
    end
    if by_fixes and #list > 0 and mode.lowest then break end
  end
  return list
end

--- Plans for these roots alone. Raises { failed } when a target has no plan.
function Trials:plan_for(list)
  local kept, without = {}, {}
  for _, name in ipairs(list) do kept[name] = true end
  for _, name in ipairs(self.roots) do
    if not kept[name] then without[name] = true end
  end
  local want = setmetatable({ without = without }, { __index = self.want })
  local made = self.job.stopwatch:time("plan", plans.make, self.job, want)
  for _, one in ipairs(made) do
    if one.problem and not self.problems[one.target] then error({ failed = one.problem }, 0) end
  end
  return made
end

function Trials:try(list)
  return attempt.run(function()
    self.state = nil
    self.job.stopwatch:time("restore", self.transaction.renew, self.transaction)
    local made = self:plan_for(list)
    local gathered = must(work.gather(self.job, made))
    self:apply(gathered, plans.join(made, "upgrades"))
    self.plans, self.state = made, table.concat(list, " ")
  end)
end

--- A trial shows as one line: what its audits are at does not.
local function one_line(progress)
  local function nothing() end
  return { start = nothing, finish = nothing, tick = function() progress:tick() end }
end

--- Goes by halves. Returns the roots that stand, or an empty list.
function Trials:search(reason)
  local progress, label = self.job.progress, nil
  self.quietly = one_line(progress)
  local function close(ok, text)
    if label then progress:finish(label, ok, text) end
    label = nil
  end
  local kept, left_out, made = bisection.largest(self.roots, function(list)
    local ok, why = self:try(list)
    close(ok, not ok and why or nil)
    return ok, why
  end, { most = self.most - 1, failed = reason, again = true, on_trial = function(number, list)
    label = ("trial %d of at most %d: %d of %s"):format(number + 1, self.most, #list,
      words.count(#self.roots, "upgrade"))
    progress:start(label)
  end })
  self.made, self.left_out = made + 1, left_out
  for _, entry in ipairs(left_out) do
    if entry.untried then entry.reason = ("not tried: --trials allows no more than %d"):format(self.most) end
  end
  if #kept > 0 and self.state ~= table.concat(kept, " ") then
    label = ("applying the %s that passed"):format(words.count(#kept, "upgrade"))
    progress:start(label)
    local ok, why = self:try(kept)
    close(ok, not ok and why or nil)
    if not ok then error({ failed = "what passed alone failed when it was applied again: " .. why }, 0) end
  end
  return kept
end

--- Within the transaction: the whole, else a part of it. Returns true, or nil and why nothing stands.
function Trials:settle(gathered)
  if gathered.environment then
    self.complaints = must(self.job.stopwatch:time("pip check", installer.complaints, self.job, gathered.environment))
  end
  local ok, reason = attempt.run(function() self:apply(gathered, plans.join(self.plans, "upgrades")) end)
  if ok then return true end
  if self.job.options.all_or_nothing or #self.roots < 2 then return nil, reason end
  self.job:note("the upgrades do not stand together: " .. reason)
  if #self:search(reason) == 0 then return nil, reason end
  return true
end

local function begin(self, gathered)
  return self.job.stopwatch:time("snapshot", Transaction.begin, gathered, function()
    must(unchanged.check(gathered.environment, gathered.changes))
  end)
end

--- Ends the transaction by what became of it. A failure here, or an interrupt, restores as well.
function Trials:run(gathered)
  local standing, reason
  local ok, problem = pcall(function()
    standing, reason = self:settle(gathered)
    if standing then
      local cleared, message = self.job.stopwatch:time("commit", self.transaction.commit, self.transaction)
      if not cleared then self.job:note("copies of before could not be cleared away: " .. message) end
    end
  end)
  if not self.transaction.is_over then
    local changed = self.job.stopwatch:time("restore", self.transaction.restore, self.transaction)
    for _, line in ipairs(interrupted.kept(changed)) do self.job:note(line) end
  end
  local is_done, failure = attempt.outcome(ok, problem)
  if not is_done then return nil, failure end
  return standing, reason
end

--- Applies plans (what plans.make returned for `want`, which has `accepts(findings)` besides: leaves out what the
-- policies ignore). Returns { plans (those that stand), second (the audit), targets (as they are now), left_out ({ {
-- item = package, reason } }), trials (how many were made), most }, with plans nil and a `reason` when everything is
-- as it was before.
function trials.run(job, want, made, gathered)
  local upgrades = plans.join(made, "upgrades")
  local self = setmetatable({ job = job, want = want, plans = made, left_out = {}, made = 1, problems = {},
    roots = roots(want.mode, upgrades), most = job.options.trials or MOST_TRIALS }, Trials)
  for _, one in ipairs(made) do self.problems[one.target] = one.problem end
  local begun, problem = attempt.run(function() self.transaction = begin(self, gathered) end)
  if not begun then return { reason = problem, left_out = {}, trials = 0, most = self.most } end
  local standing, reason = self:run(gathered)
  return { plans = standing and self.plans or nil, second = self.second, targets = self.targets, reason = reason,
    left_out = self.left_out, trials = self.made, most = self.most }
end

return trials
