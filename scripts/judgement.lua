--- Where the main job meets the policies: what is to be fixed, what is left at the end and how it is decided, and the
-- exit code that follows.
local exit_code = require "lib.exit_code"
local findings = require "lib.findings"
local json = require "pysec.json"
local ui = require "pysec.ui"
local unignored = require "lib.unignored"

local judgement = {}

--- The findings that are there at the end of the run, and those that were fixed.
function judgement.after(first, result)
  if not result.second then return first.findings, {} end
  local left, fixed = {}, {}
  for _, finding in ipairs(first.findings) do
    if finding.kind == "code" then left[#left + 1] = finding end
    if finding.kind ~= "code" and not findings.contains(result.second.findings, finding) then
      fixed[#fixed + 1] = finding
    end
  end
  table.move(result.second.findings, 1, #result.second.findings, #left + 1, left)
  return findings.sort(left), fixed
end

--- The evidence at the end of the run: what the second audit could not see counts as well.
function judgement.evidence(first, second)
  if not second then return first.evidence end
  local missing, list = {}, {}
  for _, item in ipairs(second.evidence) do
    if item.status == "incomplete" then missing[item.scanner] = item end
  end
  for i, item in ipairs(first.evidence) do list[i] = missing[item.scanner] or item end
  return list
end

--- The packages of targets, each version once.
function judgement.packages(targets)
  local packages, seen = {}, {}
  for _, target in ipairs(targets) do
    for _, package in ipairs(target.packages or {}) do
      local key = ("%s==%s"):format(package.name, package.version)
      local known = seen[key]
      if known then
        known.direct = known.direct or package.direct or false
      else
        seen[key] = { name = package.name, version = package.version, direct = package.direct or false }
        packages[#packages + 1] = seen[key]
      end
    end
  end
  return packages
end

--- The first audit without what a policy ignores (`all` has everything): who accepted a finding wants no upgrade for
-- it. Nothing has changed yet, so that a policy that fails here ends the run.
function judgement.to_be_fixed(job, set, first)
  local left = unignored(first.findings, set:decide(first.findings, { packages = judgement.packages(job.targets),
    evidence = first.evidence }))
  return { findings = left, all = first.findings, reports = first.reports, evidence = first.evidence,
    packages = first.packages }
end

--- A function that leaves out what the policies ignore. It raises { usage } when one fails.
function judgement.not_ignored(set)
  return function(found) return unignored(found, set:start():decide(found)) end
end

--- Decides what is there at the end. A policy that fails only now must not cost the report: everything fails.
local function decide(job, set, outcome)
  local decisions, message = set:decide(outcome.findings, { packages = outcome.packages,
    evidence = outcome.evidence })
  if decisions then return decisions end
  ui.error(message)
  job:note(message)
  outcome.policy_failed = message
  decisions = {}
  for i, finding in ipairs(outcome.findings) do
    decisions[i] = { finding = finding, verdict = "fail", by = "pysec", rule = "otherwise", reason = message,
      trace = json.array() }
  end
  return decisions
end

--- Fills in what the policies say: decisions, the findings of kind policy, evidence and notices.
function judgement.judge(job, set, outcome)
  outcome.decisions = decide(job, set, outcome)
  for i = #outcome.findings + 1, #outcome.decisions do outcome.findings[i] = outcome.decisions[i].finding end
  outcome.evidence = set:evidence(outcome.evidence)
  outcome.notices = set:notices()
end

--- The exit code of a run.
function judgement.exit_code(outcome, values)
  if outcome.upgrade.status == "rolled_back" then return 4 end
  if outcome.policy_failed then return 2 end
  if values.exit_zero then return 0 end
  return exit_code.of(outcome.decisions, outcome.evidence)
end

return judgement
