--- Works out which packages of one target go to which versions, as one set that resolves, and what each of
-- these upgrades is for. Changes nothing.
local changes = require "plan.changes"
local lowest = require "plan.lowest"
local Narrow = require "plan.narrow"
local newest = require "plan.newest"
local problem = require "plan.problem"

local plan = {}

--- Findings in packages that came from a URL: only who installed them from there can upgrade them.
local function hold_back_unmovable(target, own, made)
  local seen = {}
  for _, finding in ipairs(own) do
    if not problem.is_movable(target, finding.package) and not seen[finding.package] then
      seen[finding.package] = true
      table.insert(made.held_back, { package = finding.package, version = finding.version,
        latest = finding.fix_versions[#finding.fix_versions] or "", target = target.path,
        reason = "it was installed from a URL; install a fixed version from there" })
    end
  end
end

--- Plans one target. `set` is the policies; `without` names packages that stay as they are, as a set. Returns { target,
-- versions, upgrades, refused (the upgrades that the policies refuse), held_back, narrow }, with `problem` when nothing
-- resolves.
function plan.make(job, target, mode, all_findings, scanners, set, without)
  local made = { target = target, versions = problem.present_versions(target), upgrades = {}, refused = {},
    held_back = {} }
  local own = changes.own_findings(made.versions, all_findings)
  made.narrow = Narrow.new(job, target, set, made.versions, own, without)
  local versions, reason
  if mode.everything then
    versions, reason = newest.plan(job, target, made, own, scanners)
  else
    versions, reason = lowest.plan(job, target, mode, made, own, scanners)
  end
  hold_back_unmovable(target, own, made)
  made.versions, made.problem = versions or made.versions, reason
  return made
end

return plan
