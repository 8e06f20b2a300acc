--- Runs pip-audit over the resolved set and turns its JSON into findings.
--
-- Exit 1 means "vulnerabilities found" or "could not run": whole JSON tells which. Exit 0 with every package
-- skipped is what an index without vulnerability data gives: that is no clean result.
local json = require "pysec.json"
local outcome = require "lib.outcome"
local package_set = require "lib.package_set"
local pip_audit_report = require "lib.pip_audit_report"
local toolbox = require "toolbox"

local scanner = { name = "pip-audit", tool = "pip-audit", key = "pip_audit", kind = "vulnerability",
  skip_hint = "another source may know them: --advisories osv, or local" }

--- Whether it asked the local database.
function scanner.uses_database(job)
  return job.service ~= nil
end

local function spec_for(job, path)
  local spec = job.tools:command("pip-audit")
  local function add(...)
    for _, word in ipairs { ... } do spec[#spec + 1] = word end
  end
  add("-r", path, "--no-deps", "--disable-pip", "--format", "json", "--desc", "on", "--progress-spinner", "off")
  if job.advisory_url then add("--vulnerability-service", "osv") end
  if job.advisory_url and job.advisory_url ~= "osv" then add("--osv-url", job.advisory_url) end
  spec.env = toolbox.environment("pip")
  spec.cwd = job.scratch
  spec.timeout = job.timeout
  spec.max_output = 64 * 1024 * 1024
  return spec
end

--- One command line for each file of the set: pip-audit refuses two versions of one package in a run.
-- `job.advisory_url` is an OSV query endpoint, "osv" the public one, nil the index's own data.
function scanner.specs(job)
  local specs = {}
  for i, path in ipairs(job.set_files) do specs[i] = spec_for(job, path) end
  return specs
end

--- Reads one run. Returns its report (a value), or nil, a message and whether the service could not be
-- reached.
local function read_one(result, job)
  local problem = outcome.problem("pip-audit", result, { 0, 1 })
  if problem then return nil, result.error and problem or problem .. ": " .. job.tools:said(result) end
  local report, message = toolbox.decode("pip-audit", result.stdout)
  if report == nil and not result.stdout:match("%S") then
    return nil, "pip-audit could not run: " .. job.tools:said(result), true
  end
  if report == nil then return nil, message end
  local ok, wrong = pip_audit_report.is_report(report)
  if not ok then return nil, wrong end
  return report
end

--- Reads the results of the specs. Returns what pip_audit_report.parse returns with `audited` (how many packages)
-- and `raw`, or nil, a message and whether the service could not be reached.
function scanner.read(results, job)
  local joined = { dependencies = json.array(), fixes = json.array() }
  for _, result in ipairs(results) do
    local report, message, unreachable = read_one(result, job)
    if not report then return nil, message, unreachable end
    table.move(report.dependencies, 1, #report.dependencies, #joined.dependencies + 1, joined.dependencies)
  end
  local found, wrong = pip_audit_report.parse(joined)
  if not found then return nil, wrong end
  found.audited = #found.packages
  package_set.place(found.findings, job.by_key)
  local told = found.audited + #found.skipped
  if told < #job.packages then
    return nil, ("pip-audit spoke of %d packages, it was given %d"):format(told, #job.packages)
  end
  for _, package in ipairs(job.packages) do
    if not found.seen[package.name] then
      return nil, ("pip-audit did not speak of %s, which it was given"):format(package.name)
    end
  end
  found.raw = job.tools.redact(#results == 1 and results[1].stdout or json.encode(joined))
  return found
end

--- "auto": with the index's data gone or unreachable, the local database takes over.
function scanner.again(found, unreachable, job)
  if job.advisories ~= "auto" or job.advisory_url then return nil end
  local all_skipped = found and found.audited == 0 and #found.skipped > 0
  if not all_skipped and not unreachable then return nil end
  local reason = all_skipped and "the package index serves no vulnerability data"
    or "the package index could not be reached"
  if not job.database:is_there() then
    local option = job.options.database and " --database " .. job.options.database or ""
    job:note(("%s and there is no local database at %s; make one with: pysec advisories update%s"):format(reason,
      job.database.path, option))
    return nil
  end
  local ok, message = job:serve_database()
  if not ok then
    job:note(reason .. ", and the local database cannot be used: " .. message)
    return nil
  end
  job:note(reason .. "; pip-audit used the local database instead")
  return scanner.specs(job)
end

return scanner
