--- Brings the local advisory database up to date with an export of OSV (https://google.github.io/osv.dev/data/).
--
-- Where the database has records of that export, a list beside it tells what changed since, and few changes are fetched
-- one by one. Else, and wherever that list is odd, the whole export is fetched, unless the server says that it is still
-- the one that we had. The database changes in one transaction, after all has come.
local advisories = require "pysec.advisories"
local changes = require "advisory_update.changes"
local download = require "advisory_update.download"
local fs = require "pysec.fs"
local paths = require "lib.paths"
local ui = require "pysec.ui"

local update = {}

--- Where OSV has its export of the ecosystem PyPI.
update.URL = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"

local MOST_EXPORT, MOST_LIST, MOST_RECORD = 1 << 30, 64 << 20, 16 << 20

local NOTHING = { read = 0, added = 0, updated = 0, removed = 0 }

--- Without what must not be told to others: a password, and what follows "?".
local function public(url)
  return (url:gsub("^(%a+://)[^/@]*@", "%1"):gsub("[?#].*$", ""))
end

--- What the database knows of an export, and the database itself, open to be read. Nothing where it knows nothing;
--- nil, nil and a message where it cannot be read.
local function open_source(path, name)
  local db, message, code = advisories.open(path)
  if not db then
    if code == "ENOENT" or code == "ENODATA" then return nil end
    return nil, nil, message
  end
  local info = db:info()
  for _, source in ipairs(info and info.sources or {}) do
    if source.source == name then return source, db end
  end
  db:close()
end

--- A folder beside the database, so on the disk that has room for it; gone at the end, whatever happens.
local function scratch_beside(path)
  local folder, message = fs.tempdir(paths.folder(path))
  if not folder then return nil, message end
  return setmetatable({ path = folder }, { __close = function() fs.remove(folder) end })
end

local function import(job, from, options)
  local db, message, code = advisories.open(job.path, { write = true })
  if not db then return nil, message, code end
  local _ <close> = db
  return db:import(from, options)
end

--- The records that changed, by the list beside the export; nil and why where that does not tell.
local function list_changes(job, base)
  local list, why = job.loads:shown("list of changes", { url = base .. "modified_id.csv", max_bytes = MOST_LIST,
    may_be_missing = true })
  if not list then return nil, why end
  local rows, problem = changes.parse(list.body)
  if not rows then return nil, problem end
  return changes.missing(rows, job.db, job.source)
end

--- Fetches records into a folder. Returns true; nil and why where one is not to be had, or not what the list says.
local function fetch_records(job, base, rows, folder)
  local function address(row) return base .. row.id .. ".json" end
  local bodies, why = job.loads:all("changed advisories", rows, address, MOST_RECORD)
  if not bodies then return nil, why end
  for i, row in ipairs(rows) do
    if not changes.fits(bodies[i], row) then return nil, row.id .. ".json is not what the list says" end
    local ok, message = fs.write(("%s/%d.json"):format(folder, i), bodies[i])
    if not ok then return nil, message end
  end
  return true
end

--- Fetches the changes alone. Returns the counts of their import; nil and why where all has to be fetched.
local function update_by_changes(job)
  local base = job.url:match "^(.*/)all%.zip$"
  if not job.source or not base then return nil end
  local rows, why = list_changes(job, base)
  if not rows then return nil, why end
  if #rows == 0 then return NOTHING end
  local folder <close>, message = scratch_beside(job.path)
  if not folder then return nil, message end
  local ok, problem = fetch_records(job, base, rows, folder.path)
  if not ok then return nil, problem end
  job.db:close()
  return import(job, folder.path, { source = job.name, etag = job.source.etag,
    last_modified = job.source.last_modified })
end

--- A page of a proxy that wants a login is an answer like any other.
local function is_zip(file)
  local bytes <close> = assert(io.open(file, "rb"))
  local start = bytes:read(4)
  return start == "PK\3\4" or start == "PK\5\6"
end

--- What is wrong with an export, by the name that its reader knows, and the way out.
local function explain(job, file, message, code)
  if code == "EFEW" then
    return ("%s: holds less than half of the %d records that the database has from there; if that is right: --force")
      :format(job.name, job.source.count)
  end
  return message:sub(1, #file) == file and job.name .. message:sub(#file + 1) or message
end

--- Fetches the whole export. Returns the counts of its import, or nil and a message.
local function update_by_export(job)
  local known = job.source or {}
  local folder <close>, message = scratch_beside(job.path)
  if not folder then return nil, message end
  local file = folder.path .. "/all.zip"
  local answer, problem = job.loads:shown("advisories", { url = job.url, to = file, etag = known.etag,
    last_modified = known.last_modified, max_bytes = MOST_EXPORT })
  if not answer then return nil, problem end
  if answer.status == 304 then return NOTHING end
  if not is_zip(file) then return nil, job.name .. ": what came is no zip; check the address (--url)" end
  if job.db then job.db:close() end
  local counts, why, code = import(job, file, { source = job.name, replace = true, etag = answer.etag,
    last_modified = answer.last_modified, least = known.count and (known.count + 1) // 2 })
  if not counts then return nil, explain(job, file, why, code) end
  return counts
end

--- Updates the database at `path`. Options: url, proxy, ca_file, force (fetch the whole export, and take it whatever it
--- lacks). Returns the counts of the import (all 0: nothing is new), or nil and a message.
function update.run(path, options)
  local ok, message = fs.mkdirs(paths.folder(path))
  if not ok then return nil, message end
  local loads <close> = download.new(options)
  local job = { path = path, url = options.url, name = public(options.url), loads = loads }
  if not options.force then
    job.source, job.db, message = open_source(path, job.name)
    if message then return nil, message end
  end
  local _ <close> = job.db
  local counts, why = update_by_changes(job)
  if counts then return counts end
  if why then ui.detail("all is fetched: " .. why) end
  return update_by_export(job)
end

return update
