--- Who stands in the way of an upgrade that was wanted: a rule of the policies, or the other packages.
local changes = require "plan.changes"
local problem = require "plan.problem"
local solver = require "solver"

local refusals = {}

--- The first upgrade that is refused of those that would have to come along, nil when there is none. What the plan
-- moves stays where the plan has it, as far as that goes.
local function along(job, narrow, wanted, versions, choice)
  local made = problem.of(narrow.target)
  made.choice, made.bounds, made.pins = choice, { [wanted.package] = wanted.to }, { [wanted.package] = wanted.to }
  for name, to in pairs(versions) do made.pins[name] = made.pins[name] or to end
  local moved = solver.solve(job, made)
  if not moved then return nil end
  return narrow:judge(changes.upgrades(narrow.target, narrow.present, moved, narrow.own, {}))[1]
end

--- Returns `wanted` as a refused upgrade, or nil when no rule is in its way. `versions` are those of the plan that
-- it did not get into; `choice` is how the solver takes what has to move: "lowest" or "keep".
function refusals.of(job, narrow, wanted, versions, choice)
  if #narrow:judge { wanted } > 0 then return wanted end
  if not narrow:is_active() then return nil end
  local item = along(job, narrow, wanted, versions, choice)
  if not item then return nil end
  wanted.allowed, wanted.state, wanted.by, wanted.rule = false, "refused", item.by, item.rule
  wanted.free_on = item.free_on
  narrow:remember_day(wanted)
  wanted.reason = item.package == wanted.package and item.reason
    or ("needs %s %s: %s"):format(item.package, item.to, item.reason)
  return wanted
end

return refusals
