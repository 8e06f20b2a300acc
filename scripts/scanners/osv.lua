--- Looks the set up in the local advisory database: no tool, no network.
local json = require "pysec.json"
local lists = require "lib.lists"
local host = require "pysec.host"

local scanner = { name = "osv", key = "osv", kind = "vulnerability" }

function scanner.uses_database()
  return true
end

--- The version that stands in the evidence: this scanner is pysec itself.
function scanner.version()
  return host.version()
end

-- One list for all findings: who joins findings copies their lists.
local SOURCES = json.array { "osv" }

--- Turns what db:audit returned into findings. `packages` is what it was asked for.
function scanner.findings(flaws, packages)
  local found = {}
  for i, flaw in ipairs(flaws) do
    local package = packages[flaw.package]
    found[i] = {
      id = flaw.id, aliases = flaw.aliases, kind = "vulnerability", package = package.name, version = package.version,
      fix_versions = flaw.fix_versions, direct = package.direct, severity = flaw.severity, score = flaw.score,
      vector = flaw.vector, summary = flaw.summary, url = "https://osv.dev/vulnerability/" .. flaw.id,
      path = package.path, line = package.line, locations = package.locations, sources = SOURCES,
    }
  end
  return found
end

--- What stands in osv-TS.json; pysec eval reads it.
local function raw_value(job, found)
  return { scanner = scanner.name, database = job.database:evidence(), packages = json.array(job.packages),
    findings = json.array(found) }
end

--- What is looked up: the set, and what was installed from folders, which may be a fork of what has advisories.
local function asked(job)
  if not job.own or #job.own == 0 then return job.packages end
  local packages = {}
  lists.append(packages, job.packages)
  lists.append(packages, job.own)
  return packages
end

--- What the database says that it cannot be asked for, as what was skipped.
local function skipped_of(invalid, packages)
  local skipped = {}
  for i, item in ipairs(invalid or {}) do
    local package = packages[item.package]
    skipped[i] = { name = package.name, reason = item.reason, path = package.path, line = package.line }
  end
  return skipped
end

--- Audits job.packages and job.own with job.database. Returns { findings, skipped, count, raw_value }, or nil and why
-- not.
function scanner.run(job)
  local db, message = job.database:open()
  if not db then return nil, message end
  local packages = asked(job)
  local flaws, invalid = db:audit(packages)
  if not flaws then return nil, invalid end
  local found = scanner.findings(flaws, packages)
  return { findings = found, skipped = skipped_of(invalid, packages), count = #found,
    raw_value = raw_value(job, found) }
end

return scanner
