--- Runs bandit over the project's own code, one process a core, and joins the reports.
--
-- bandit is given files, not folders: so a .bandit of the repository is not read, and environments and
-- caches are left out. Files that it cannot parse are only in `errors`, with exit 0: they are evidence that
-- is missing.
local fs = require "pysec.fs"
local bandit_report = require "lib.bandit_report"
local outcome = require "lib.outcome"
local paths = require "lib.paths"
local toolbox = require "toolbox"

local scanner = { name = "bandit", tool = "bandit", key = "bandit", kind = "code",
  skip_hint = "mend them, or name what to scan with --src" }

-- What bandit leaves out by itself, then caches and what others wrote.
local LEFT_OUT = {}
for _, name in ipairs { ".svn", "CVS", ".bzr", ".hg", ".git", "__pycache__", ".tox", ".eggs", "node_modules",
  ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv", "site-packages", ".direnv" } do
  LEFT_OUT[name] = true
end

-- Linux takes at most 128 KiB for one argument and about 2 MiB for all of them.
local MOST_ARGUMENT_BYTES = 1024 * 1024

local function is_left_out(path)
  local name = paths.name(path)
  return LEFT_OUT[name] or name:match("%.egg$") or fs.stat(path .. "/pyvenv.cfg") ~= nil
end

--- The Python files below `source` (a folder or a file) with their sizes, in bandit's order.
function scanner.files(source)
  local stat, message = fs.stat(source)
  if not stat then return nil, message end
  source = paths.clean(source)
  if stat.kind == "file" then return { { path = source, size = stat.size } } end
  local list = {}
  local ok, problem = fs.walk(source, function(path, kind)
    path = paths.clean(path)
    if kind == "folder" then return not is_left_out(path) end
    if path:sub(-3) == ".py" then
      local file = fs.stat(path)
      if file and file.kind == "file" then list[#list + 1] = { path = path, size = file.size } end
    end
  end)
  if not ok then return nil, problem end
  table.sort(list, function(a, b) return a.path < b.path end)
  return list
end

--- Splits files into parts of about equal size, each short enough for a command line. Neighbours stay
-- together.
function scanner.split(files, jobs)
  local total, bytes = 0, 0
  for _, file in ipairs(files) do
    total = total + file.size + 2000 -- opening a file costs about as much as 2 KB of it
    bytes = bytes + #file.path + 1
  end
  jobs = math.max(1, math.min(jobs, #files // 8 + 1))
  jobs = math.max(jobs, bytes // MOST_ARGUMENT_BYTES + 1)
  local parts, part, filled, part_bytes = {}, {}, 0, 0
  for _, file in ipairs(files) do
    part[#part + 1] = file.path
    filled, part_bytes = filled + file.size + 2000, part_bytes + #file.path + 1
    if filled >= total * (#parts + 1) / jobs or part_bytes >= MOST_ARGUMENT_BYTES then
      parts[#parts + 1] = part
      part, part_bytes = {}, 0
    end
  end
  if #part > 0 then parts[#parts + 1] = part end
  return parts
end

-- By itself bandit leaves out every file with ".git", "CVS" or the like anywhere in its path, without a word.
-- This stands in the place of those, and in no path.
local NOTHING = "//"

--- Returns the specs (none when there is nothing to scan), or nil and why it cannot run.
function scanner.specs(job)
  local files, message = scanner.files(job.source)
  if not files then return nil, message end
  if #files == 0 then
    job:note(("bandit found no Python files in %s"):format(job.source))
  end
  local specs = {}
  for i, part in ipairs(scanner.split(files, job.jobs)) do
    local spec = job.tools:command("bandit")
    table.move({ "--format", "json", "--quiet", "--exclude", NOTHING, "--" }, 1, 6, #spec + 1, spec)
    table.move(part, 1, #part, #spec + 1, spec)
    spec.env = toolbox.environment("plain")
    spec.timeout = job.timeout
    spec.max_output = 256 * 1024 * 1024
    specs[i] = spec
  end
  return specs
end

--- Reads the results of all parts. Returns { findings, skipped, report, raw_value }, or nil and what is wrong.
function scanner.read(results, job)
  local reports = {}
  for i, result in ipairs(results) do
    local problem = outcome.problem("bandit", result, { 0, 1 })
    if problem then return nil, problem .. (result.error and "" or ": " .. job.tools:said(result)) end
    local report, message = toolbox.decode("bandit", result.stdout)
    if not report then return nil, message end
    if not bandit_report.is_report(report) then return nil, "bandit wrote JSON that is no report" end
    reports[i] = report
  end
  local joined = bandit_report.join(reports)
  local found = bandit_report.parse(joined)
  found.report, found.raw_value = joined, joined
  local totals = joined.metrics._totals
  if (totals.nosec or 0) > 0 then
    job:note(("bandit left out %d lines that are marked '# nosec'"):format(totals.nosec))
  end
  if (totals.skipped_tests or 0) > 0 then
    job:note(("bandit left out %d checks that a '# nosec' names"):format(totals.skipped_tests))
  end
  return found
end

return scanner
