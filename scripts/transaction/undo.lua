--- Ends a transaction by its journal: takes it back, or clears away what it kept. Each step may be cut off and made
-- again.
local files = require "transaction.files"
local fs = require "pysec.fs"
local Journal = require "transaction.journal"
local places = require "transaction.places"
local snapshot = require "transaction.snapshot"
local tool = require "pysec.tool"

local undo = {}

--- Whether a thing says itself that it belongs to this journal: a journal may be a stranger's, who names files of ours.
local function is_claimed(journal, path)
  if path == journal.subject then return true end
  local record = Journal.read(places.journal(path))
  local claim = record and record.claim and record.claim.journal
  return type(claim) == "string" and Journal.beside(places.journal(path), claim) == journal.path
end

--- The files of a transaction: { { path, is_new, stored (as the journal has it) } }. Where the claim is gone or was not
-- made yet, there is nothing to do any more, or yet; but for a record that is ours, which is no stranger's.
local function files_of(journal, record)
  local list = {}
  for _, file in ipairs(record.begin.files) do
    local path = journal:absolute(file.path)
    if record.is_ours or is_claimed(journal, path) then
      list[#list + 1] = { path = path, is_new = file.is_new, stored = file.path }
    end
  end
  return list
end

--- The environment lies beside its journal, always.
local function environment_of(journal, record)
  if not record.begin.environment then return nil end
  if journal:absolute(record.begin.environment) ~= journal.subject then
    error({ failed = journal.path .. ": names an environment that it does not lie beside; remove it" }, 0)
  end
  return journal.subject
end

local function put_back(journal, record, environment)
  local is_cleared = record.cleared ~= nil
  snapshot.put_back(environment, record.saved, is_cleared, function()
    local ok, message = journal:note("cleared")
    -- Nobody can go on by a journal that is gone, so there is nothing to be told.
    if not ok and journal:is_in_place() then error({ failed = message }, 0) end
    is_cleared = true
  end)
  -- No inode tells that what was filled in is all of the copy. Whether this can be noted or not, it is.
  if is_cleared then journal:note("filled") end
end

--- Takes back what was done. Returns the files that somebody else changed meanwhile: { { path, kept = where its state
-- before is, or lost = true } }.
function undo.restore(journal, record)
  local changed = {}
  if not record.saved then return changed end
  local environment = environment_of(journal, record)
  if environment and not record.filled then put_back(journal, record, environment) end
  for _, file in ipairs(files_of(journal, record)) do
    local kept, lost = files.put_back(file.path, file.is_new, (record.writes or {})[file.stored])
    if kept or lost then changed[#changed + 1] = { path = file.path, kept = kept, lost = lost } end
  end
  return changed
end

--- Clears away what was kept, and the claims; the journal last.
function undo.clear(journal, record)
  local environment = environment_of(journal, record)
  if environment then snapshot.drop(environment) end
  for _, file in ipairs(files_of(journal, record)) do files.drop(file.path) end
  for _, claim in ipairs(record.begin.claims) do
    local path = journal:absolute(claim)
    local ok, message = true, nil
    if is_claimed(journal, path) then ok, message = fs.remove(places.journal(path)) end
    if not ok then error({ failed = message }, 0) end
  end
  local ok, message = journal:remove()
  if not ok then error({ failed = message }, 0) end
end

--- Ends the programs that a `pysec` which was killed has left at work: they would go on changing what is put back.
function undo.stop_programs(record)
  if not record.begin.family then return end
  local count, message = tool.end_family(record.begin.family)
  if not count then error({ failed = message }, 0) end
end

return undo
