--- Runs safety over the resolved set and turns its JSON into findings.
--
-- Which safety runs depends on what it may use:
--   --safety-db DIR, the layout of safety 2.x: safety 2.3.5, no network and no login
--   --safety-db DIR, schema 2.0.0:             safety 3 `check`, which asks its identity service first
--   SAFETY_API_KEY:                            safety 3 `scan`
--   nothing:                                   safety 3 `check` with safety's public service
-- It runs in a folder of ours: a .safety-policy.yml of the repository would switch findings off.
local fs = require "pysec.fs"
local env = require "pysec.env"
local json = require "pysec.json"
local outcome = require "lib.outcome"
local package_set = require "lib.package_set"
local safety_report = require "lib.safety_report"
local toolbox = require "toolbox"

local scanner = { name = "safety", tool = "safety", key = "safety", kind = "vulnerability" }

local FILES = { "insecure.json", "insecure_full.json" }

--- safety 2.x wants `$meta.base_domain`, which older databases lack: such a one is completed in a copy.
local function complete_database(folder, scratch)
  local copy = scratch .. "/safety-db"
  local ok, message = fs.mkdirs(copy)
  if not ok then return nil, message end
  for _, name in ipairs(FILES) do
    local database, problem = json.read(folder .. "/" .. name)
    if not database then return nil, problem end
    if type(database) ~= "table" then return nil, ("%s/%s: not a safety database"):format(folder, name) end
    database["$meta"] = type(database["$meta"]) == "table" and database["$meta"] or {}
    database["$meta"].base_domain = database["$meta"].base_domain or "https://pyup.io"
    ok, message = json.write(copy .. "/" .. name, database)
    if not ok then return nil, message end
  end
  return copy
end

--- Looks at a database folder. Returns "2" or "3" for the safety that reads it, and the folder to give it;
-- or nil and a message.
local function examine(folder, scratch)
  local head, message, code = fs.read(folder .. "/insecure.json")
  if not head then
    if code == "ENOENT" then
      return nil, folder .. ": no safety database (insecure.json and insecure_full.json are expected)"
    end
    return nil, message
  end
  if head:find('"schema_version"', 1, true) then return "3", folder end
  if head:find('"base_domain"', 1, true) then return "2", folder end
  local copy, problem = complete_database(folder, scratch)
  if not copy then return nil, problem end
  return "2", copy
end

local function add(spec, words)
  table.move(words, 1, #words, #spec + 1, spec)
end

local function set_arguments(job)
  local words = {}
  for _, path in ipairs(job.set_files) do
    words[#words + 1] = "-r"
    words[#words + 1] = path
  end
  return words
end

--- Returns the specs, or nil and why safety cannot run.
function scanner.specs(job)
  local spec
  fs.remove(job.scratch .. "/safety.json") -- a report of an earlier run is none of this one
  if job.safety_db then
    local which, folder = examine(job.safety_db, job.scratch)
    if not which then return nil, folder end
    local name = which == "2" and "safety-2" or "safety"
    spec = job.tools:command(name)
    spec.name = name
    add(spec, { "check", "--db", folder })
    add(spec, set_arguments(job))
    if which == "2" then
      add(spec, { "--json" })
    else
      add(spec, { "--save-json", job.scratch .. "/safety.json" })
    end
  elseif env.get("SAFETY_API_KEY") then
    spec = job.tools:command("safety")
    add(spec, { "scan", "--target", job.set_folder, "--output", "json" })
  else
    spec = job.tools:command("safety")
    add(spec, { "check" })
    add(spec, set_arguments(job))
    add(spec, { "--save-json", job.scratch .. "/safety.json" })
  end
  spec.env = toolbox.environment("safety")
  spec.env.HOME = job.scratch -- it keeps a configuration and a login there
  if job.safety_db then spec.env.SAFETY_API_KEY = nil end -- with a key it takes the database for a service's
  spec.cwd = job.scratch
  spec.timeout = job.timeout
  return { spec }
end

local MEANINGS = {
  [65] = "the API key was refused", [66] = "too many requests", [67] = "its database could not be fetched",
  [68] = "its database is malformed", [69] = "its database could not be reached",
  [70] = "its report could not be written", [71] = "a requirement could not be read",
}

local NO_SERVICE = "safety could not reach its service; name a local database with --safety-db DIR, or leave "
  .. "safety out with --scanners"

local function report_text(result, job)
  local saved = fs.read(job.scratch .. "/safety.json")
  if saved then return saved end
  -- `check --json` and `scan` print nothing but their report on a pipe.
  return result.stdout
end

--- The packages that safety did not look at: without its database it writes a clean report of none.
local function left_out(job, scanned)
  local skipped = {}
  for _, package in ipairs(scanned and job.packages or {}) do
    if not scanned[package.name] then
      skipped[#skipped + 1] = { name = package.name, reason = "safety did not look at it" }
    end
  end
  return skipped
end

--- Reads the results. Returns { findings, skipped, count, raw }, or nil, what is wrong, and whether its service could
-- not be reached.
function scanner.read(results, job)
  local result = results[1]
  if MEANINGS[result.code] then
    return nil, ("safety: %s (exit code %d)"):format(MEANINGS[result.code], result.code)
  end
  local problem = outcome.problem("safety", result, { 0, 64 })
  if problem then
    local said = result.error and "" or job.tools:said(result)
    if said:match("ConnectError") or said:match("Name or service") or said:match("ConnectionError") then
      return nil, NO_SERVICE, true
    end
    return nil, said == "" and problem or problem .. ": " .. said
  end
  local text = report_text(result, job)
  local report, message = toolbox.decode("safety", text)
  if not report then return nil, message end
  local list, scanned = safety_report.parse(report)
  if not list then return nil, scanned end
  package_set.place(list, job.by_key)
  return { findings = list, skipped = left_out(job, scanned), count = #list, raw = job.tools.redact(text) }
end

return scanner
