--- Ends a transaction by its journal: takes it back, or clears away what it kept. Each step may be cut off and made
-- again.
local files = require "transaction.files"
local fs = require "pysec.fs"
local places = require "transaction.places"
local snapshot = require "transaction.snapshot"
local tool = require "pysec.tool"

local undo = {}

--- The files of a transaction: { { path, is_new } }.
function undo.files(journal, record)
  local list = {}
  for i, file in ipairs(record.begin.files) do
    list[i] = { path = journal:absolute(file.path), is_new = file.is_new, stored = file.path }
  end
  return list
end

--- Takes back what was done. Returns the files that somebody else changed meanwhile: { { path, kept } }.
function undo.restore(journal, record)
  local changed = {}
  if not record.saved then return changed end
  if record.begin.environment then
    snapshot.put_back(journal:absolute(record.begin.environment), record.saved, record.cleared ~= nil, function()
      local ok, message = journal:note("cleared")
      if not ok then error({ failed = message }, 0) end
    end)
  end
  for _, file in ipairs(undo.files(journal, record)) do
    local kept = files.put_back(file.path, file.is_new, (record.writes or {})[file.stored])
    if kept then changed[#changed + 1] = { path = file.path, kept = kept } end
  end
  return changed
end

--- Clears away what was kept, and the claims; the journal last.
function undo.clear(journal, record)
  if record.begin.environment then snapshot.drop(journal:absolute(record.begin.environment)) end
  for _, file in ipairs(undo.files(journal, record)) do files.drop(file.path) end
  for _, claim in ipairs(record.begin.claims) do
    local ok, message = fs.remove(places.journal(journal:absolute(claim)))
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
