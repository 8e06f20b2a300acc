--- Runs scanners side by side over one set of packages and gathers what they found and what they left out.
local fs = require "pysec.fs"
local findings = require "lib.findings"
local flow = require "flow"
local lists = require "lib.lists"
local names = require "lib.names"
local package_set = require "lib.package_set"
local severities = require "severities"
local ui = require "pysec.ui"
local words = require "lib.words"

local audit = {}

audit.scanners = {
  ["pip-audit"] = require "scanners.pip_audit",
  osv = require "scanners.osv",
  safety = require "scanners.safety",
  bandit = require "scanners.bandit",
}

--- The names in the order in which their ids are preferred.
audit.order = { "pip-audit", "osv", "safety", "bandit" }

--- Puts the packages of all targets into the job as one set.
local function collect(job, targets)
  job.packages, job.unreadable, job.by_key = package_set.join(targets)
  job.own = package_set.join(targets, "own")
end

--- Writes the set to files that the scanners read. A file holds a name once; two versions of one package
-- (of two inputs) go to two files.
local function write_sets(job)
  local sets = {}
  for _, package in ipairs(job.packages) do
    local i = 1
    while sets[i] and sets[i][package.name] do i = i + 1 end
    sets[i] = sets[i] or {}
    sets[i][package.name] = true
    table.insert(sets[i], ("%s==%s\n"):format(package.name, package.version))
  end
  job.set_folder = assert(fs.tempdir(job.scratch))
  job.set_files = {}
  for i, set in ipairs(sets) do
    local path = ("%s/%s"):format(job.set_folder, i == 1 and "requirements.txt" or ("requirements-%d.txt"):format(i))
    assert(fs.write(path, table.concat(set)))
    job.set_files[i] = path
  end
end

local function evidence_of(scanner, job, tool)
  local version = scanner.version and scanner.version() or job.tools:version(tool)
  return { scanner = scanner.name, status = "complete", version = version, skipped = {} }
end

local function incomplete(evidence, reason)
  evidence.status, evidence.reason = "incomplete", reason
end

local function count_text(scanner, found)
  if scanner.kind == "code" then return words.count(#found.findings, "finding") end
  return words.count(#found.findings, "vulnerability", "vulnerabilities")
end

--- Files what a scanner found, or why it did not; `unreachable` where its service could not be reached.
local function record(run, scanner, found, message, unreachable)
  local evidence = evidence_of(scanner, run.job, run.tools[scanner.name] or scanner.tool)
  if scanner.uses_database and scanner.uses_database(run.job) then
    evidence.database = run.job.database:evidence()
  end
  run.evidence[scanner.name] = evidence
  run.reports[scanner.name] = found or nil
  if not found then
    incomplete(evidence, message)
    evidence.unreachable = unreachable or nil
    run.progress:finish(scanner.name, false, message)
    return
  end
  evidence.skipped = found.skipped
  if #found.skipped > 0 then
    local first = found.skipped[1]
    evidence.only_skips = true
    incomplete(evidence, ("%s skipped %d of %s, the first: %s: %s%s"):format(scanner.name, #found.skipped,
      scanner.kind == "code" and "the files" or #run.job.packages .. " packages", first.name, first.reason,
      scanner.skip_hint and "; " .. scanner.skip_hint or ""))
  end
  local text = count_text(scanner, found)
  run.progress:finish(scanner.name, evidence.status == "complete", evidence.reason and
    ("%s, %d skipped"):format(text, #found.skipped) or text)
end

--- The tasks of one scanner over the set; "again" lets it run once more by other means.
local function scanner_tasks(run, scanner)
  local job = run.job
  if scanner.kind ~= "code" and not scanner.run and #job.packages == 0 then
    run.progress:start(scanner.name)
    record(run, scanner, { findings = {}, skipped = {}, count = 0, vulnerabilities = {} })
    return {}
  end
  run.progress:start(scanner.name)
  if scanner.run then
    record(run, scanner, scanner.run(job))
    return {}
  end
  -- A scanner says by the spec's name which of its tools it chose.
  local specs, message = scanner.specs(job)
  local tool = specs and specs[1] and specs[1].name or scanner.tool
  run.tools[scanner.name] = tool
  local problem = message or job.tools:problem(tool)
  if problem then
    record(run, scanner, nil, problem)
    return {}
  end
  local function done(results)
    local found, wrong, unreachable = scanner.read(results, job)
    local again = scanner.again and scanner.again(found, unreachable, job)
    if again then
      return flow.together(again, function(second)
        record(run, scanner, scanner.read(second, job))
      end)
    end
    record(run, scanner, found, wrong, unreachable)
  end
  return flow.together(specs, done)
end

local function wanted(list, kind)
  local chosen = {}
  for _, name in ipairs(audit.order) do
    if list[name] and (audit.scanners[name].kind == "code") == (kind == "code") then
      chosen[#chosen + 1] = audit.scanners[name]
    end
  end
  return chosen
end

--- A scanner that nobody asked for by name, and whose service cannot be reached, did not run; the local database speaks
-- in its place. Without that one the evidence stays incomplete.
local function excuse(run)
  if not run.reports.osv then return end
  for name, item in pairs(run.evidence) do
    if item.unreachable and run.names[name] == "default" then
      item.status = "not_run"
      item.reason = ("%s did not run, since its service could not be reached: what only its database knows is not in "
        .. "this report"):format(name)
    end
    item.unreachable = nil
  end
end

local function set_tasks(run, targets)
  collect(run.job, targets)
  write_sets(run.job)
  local tasks = {}
  for _, scanner in ipairs(wanted(run.names, "vulnerability")) do lists.append(tasks, scanner_tasks(run, scanner)) end
  return tasks
end

local RESOLVING = "collecting packages"

--- Audits targets. `resolve_tasks(done)` gives the tasks that fill in target.packages and calls `done` when
-- all are; nil when they are filled in already. `list` names the scanners: { ["pip-audit"] = true }, "default" in the
-- place of true for one that was not asked for by name.
-- Returns { findings (merged), reports (by scanner), evidence (a list), packages }.
function audit.run(job, targets, list, resolve_tasks, progress)
  local shown <close> = not progress and ui.progress() or nil
  progress = progress or shown
  local run = { job = job, names = list, reports = {}, evidence = {}, tools = {},
    progress = progress }
  local tasks = {}
  local function resolved() return set_tasks(run, targets) end
  if resolve_tasks then
    progress:start(RESOLVING)
    lists.append(tasks, resolve_tasks(function()
      local more = resolved()
      progress:finish(RESOLVING, true, words.count(#job.packages, "package"))
      return more
    end))
  else
    lists.append(tasks, resolved())
  end
  for _, scanner in ipairs(wanted(list, "code")) do lists.append(tasks, scanner_tasks(run, scanner)) end
  flow.run(tasks, { jobs = job.jobs + 3, on_tick = function() progress:tick() end })

  excuse(run)
  local all, evidence = {}, {}
  for _, name in ipairs(audit.order) do
    if run.reports[name] then lists.append(all, run.reports[name].findings) end
    if run.evidence[name] then evidence[#evidence + 1] = run.evidence[name] end
  end
  if #job.unreadable > 0 then
    local first = job.unreadable[1]
    evidence[#evidence + 1] = { scanner = "packages", status = "incomplete", only_skips = true,
      skipped = job.unreadable, reason = ("%d packages could not be audited, the first: %s: %s"):format(
        #job.unreadable, first.name, first.reason) }
  end
  return { findings = severities.rate(job, findings.merge(all)), reports = run.reports, evidence = evidence,
    packages = job.packages }
end

--- Audits a few packages without a word, for checking a plan, and leaves the job's own set alone. Returns the
-- findings; raises { incomplete = message } when a scanner did not report.
function audit.quietly(job, packages, list)
  local kept = { job.packages, job.by_key, job.unreadable, job.set_folder, job.set_files, job.own }
  local silent = { start = function() end, finish = function() end, tick = function() end }
  local ran = audit.run(job, { { packages = packages } }, list, nil, silent)
  job.packages, job.by_key, job.unreadable, job.set_folder, job.set_files, job.own = table.unpack(kept, 1, 6)
  for name in pairs(list) do
    if not ran.reports[name] then
      error({ incomplete = ("the plan could not be checked: %s"):format(ran.evidence[1].reason) }, 0)
    end
  end
  return ran.findings
end

--- Reads "pip-audit,safety" into a set, or returns nil and a message.
function audit.parse_names(text)
  local set, any = {}, false
  for word in text:gmatch("[^,%s]+") do
    if not audit.scanners[word] then
      return nil, ("--scanners: no scanner is called '%s'%s; there are %s"):format(word, names.hint(word, audit.order),
        table.concat(audit.order, ", "))
    end
    set[word], any = true, true
  end
  if not any then return nil, "--scanners: name at least one of " .. table.concat(audit.order, ", ") end
  return set
end

return audit
