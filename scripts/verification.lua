--- What has to hold once upgrades are applied: the packages go together, an audit finds what was promised and nothing
-- new, and the user's own check passes.
local audit = require "audit"
local environment_reader = require "inputs.environment"
local findings = require "lib.findings"
local fs = require "pysec.fs"
local installer = require "installer"
local locks = require "inputs.locks"
local must = require "lib.must"
local outcome = require "lib.outcome"
local resolve = require "inputs.resolve"
local toolbox = require "toolbox"

local verification = {}

-- --- pip check ---

local function check_environment(job, environment, before)
  local after = must(installer.complaints(job, environment))
  local worse = {}
  for line in pairs(after) do
    if not before[line] then worse[#worse + 1] = job.tools.redact(line) end
  end
  table.sort(worse)
  if worse[1] then
    error({ failed = ("pip check: %s%s"):format(worse[1], #worse > 1 and (" (and %d more)"):format(#worse - 1) or "") },
      0)
  end
end

-- --- the second audit ---

--- A target as it is now, read anew.
local function fresh(job, target)
  if target.kind == "environment" then
    local found = target.environment.is_system and target.environment or must(environment_reader.read(target.path))
    return job.environment_target(found)
  end
  if not target.is_lock then return job.file_target(target.path) end
  local lock = must(locks.read(target.path, { python_version = job.python_version }))
  return { kind = target.kind, path = target.path, is_lock = true, packages = lock.packages, skipped = lock.skipped,
    left_out = lock.left_out }
end

local function fresh_targets(job)
  local list = {}
  for i, target in ipairs(job.targets) do list[i] = fresh(job, target) end
  return list
end

--- What an audit finds now: { audit, targets }. Raises { failed } when it does not say all.
local function audit_again(job, scanners, progress)
  local targets = fresh_targets(job)
  local again = audit.run(job, targets, scanners, function(done)
    return resolve.all_tasks(job, targets, done)
  end, progress or job.progress)
  for name in pairs(scanners) do
    if not again.reports[name] then
      error({ failed = ("the second audit is incomplete: %s did not report"):format(name) }, 0)
    end
  end
  for _, target in ipairs(targets) do
    if target.problem then error({ failed = target.problem }, 0) end
  end
  return { audit = again, targets = targets }
end

--- The findings that an upgrade promises to fix.
local function promised(item, found)
  local list = {}
  for _, finding in ipairs(found) do
    for _, id in ipairs(item.fixes) do
      if finding.package == item.package and finding.id == id and finding.version == item.from then
        list[#list + 1] = finding
      end
    end
  end
  return list
end

--- What is found now in the package of an upgrade, where that was made: other files may hold other versions.
local function found_in(targets, item, now)
  local list = {}
  for _, target in ipairs(targets) do
    for _, package in ipairs(target.path == item.target and target.packages or {}) do
      for _, finding in ipairs(package.name == item.package and now or {}) do
        if finding.package == package.name and finding.version == package.version then list[#list + 1] = finding end
      end
    end
  end
  return list
end

local function check_promises(before, second, upgrades)
  for _, item in ipairs(upgrades) do
    local now = #item.fixes > 0 and found_in(second.targets, item, second.audit.findings) or {}
    for _, finding in ipairs(#now > 0 and promised(item, before) or {}) do
      if findings.contains(now, finding) then
        error({ failed = ("the second audit still finds %s in %s %s"):format(findings.public_id(finding),
          finding.package, now[1].version) }, 0)
      end
    end
  end
end

--- Compares the findings of now with those before: nothing came. `accepts(list)` leaves out what the policies ignore.
local function check_new(before, now, accepts)
  local new = {}
  for _, finding in ipairs(now) do
    if finding.kind == "vulnerability" and not findings.contains(before, finding) then new[#new + 1] = finding end
  end
  local first = accepts(new)[1]
  if first then
    error({ failed = ("the second audit finds %s in %s %s, which was not there before"):format(
      findings.public_id(first), first.package, first.version) }, 0)
  end
end

-- --- the user's own check ---

local MOST_SAID = 400

--- The end of what a program printed, in one line.
local function last_words(job, result)
  local text = job.tools.redact((result.stdout .. "\n" .. result.stderr):sub(-16 * 1024))
  local lines = {}
  for line in text:gmatch("[^\r\n]+") do
    if line:match("%S") then lines[#lines + 1] = line:match("^%s*(.-)%s*$") end
  end
  local said = table.concat(lines, " / ", math.max(1, #lines - 2))
  if #said > MOST_SAID then said = "..." .. said:sub(-MOST_SAID):gsub("^[\x80-\xBF]+", "") end
  return said == "" and "it printed nothing" or said
end

--- It is the user's command line, so a shell runs it.
local function run_own(job, command)
  local vars = toolbox.environment("plain")
  if job.environment then
    local path = must(fs.realpath(job.environment.path))
    vars.VIRTUAL_ENV = path
    vars.PATH = path .. "/bin:" .. vars.PATH
  end
  local deadline = job.options.verify_timeout or job.timeout
  local result = must(job:run { "/bin/sh", "-c", command, env = vars, timeout = deadline })
  if result.timed_out then
    error({ failed = ("--verify (%s) did not end within %g s; give it more with --verify-timeout: %s"):format(command,
      deadline, last_words(job, result)) }, 0)
  end
  local problem = outcome.problem(("--verify (%s)"):format(command), result, { 0 })
  if problem then error({ failed = ("%s: %s"):format(problem, last_words(job, result)) }, 0) end
end

-- --- the whole ---

--- Verifies what was applied. `expected` is { environment (or nil), complaints (those of before), findings (those of
-- before), scanners (whose word counts, a set), upgrades, accepts, progress (nil: the job's) }. Returns the second
-- audit and the targets as they are now. Raises { failed = why not }, one line.
function verification.run(job, expected)
  if expected.environment then
    job.stopwatch:time("pip check", check_environment, job, expected.environment, expected.complaints)
  end
  local second = job.stopwatch:time("second audit", audit_again, job, expected.scanners, expected.progress)
  check_promises(expected.findings, second, expected.upgrades)
  check_new(expected.findings, second.audit.findings, expected.accepts)
  if job.options.verify then job.stopwatch:time("verify", run_own, job, job.options.verify) end
  return second.audit, second.targets
end

return verification
