--- Ends upgrades that were cut off, by `kill -9` or a loss of power: by itself before the next one, and for
-- `pysec recover`.
local attempt = require "lib.attempt"
local fs = require "pysec.fs"
local Journal = require "transaction.journal"
local paths = require "lib.paths"
local places = require "transaction.places"
local tool = require "pysec.tool"
local undo = require "transaction.undo"

local recovery = {}

--- The journal that a thing belongs to: its own, or the one that a claim beside it names. Returns its subject, nil when
-- no upgrade was cut off there.
local function subject_of(path)
  local record, message = Journal.read(places.journal(path))
  if not record then return nil, message end
  if not record.claim then return path end
  local main = Journal.beside(places.journal(path), tostring(record.claim.journal))
  local subject = places.subject(main)
  if subject and fs.stat(main, { follow = false }) then return subject end
  return path
end

--- What has to be done is in the journal; one that is empty, or a claim whose journal is gone, is all that is left.
local function finish(journal)
  local record, message = Journal.read(journal.path)
  if not record then error({ failed = message }, 0) end
  if not record.begin then
    local ok, problem = journal:remove()
    if not ok then error({ failed = problem }, 0) end
    return nil
  end
  undo.stop_programs(record)
  local done = { path = journal.subject, began = record.begin.started, changed = {},
    committed = record.committed ~= nil, was_changed = record.saved ~= nil }
  if not done.committed then done.changed = undo.restore(journal, record) end
  undo.clear(journal, record)
  return done
end

local function explain(journal, reason)
  local record = Journal.read(journal.path)
  local what = record and record.committed and "was cut off at its very end, and what it kept cannot be cleared away"
    or "was cut off, and cannot be taken back"
  return ("%s: an upgrade %s: %s; mend that, then run: pysec recover %s"):format(journal.subject, what, reason,
    journal.subject)
end

--- Ends the upgrade that was cut off at `path`, a file or an environment. Returns { path (of the journal's subject),
-- began (a timestamp), committed = whether it had come to its end, was_changed = whether anything had been changed,
-- changed = files that somebody changed meanwhile (see undo.restore) }; nil when there is none; nil, a message and a
-- code ("EAGAIN" when an upgrade is at work there) when it cannot be ended.
function recovery.run(path)
  local real = places.real(path)
  if not real or not fs.stat(places.journal(real), { follow = false }) then return nil end
  local subject, unreadable = subject_of(real)
  if not subject then return nil, unreadable end
  local journal, message, code = Journal.open(subject)
  if not journal then return nil, message, code end
  local ok, result = pcall(tool.shield, finish, journal)
  if not ok then
    journal:release()
    local _, reason = attempt.outcome(ok, result)
    return nil, explain(journal, reason)
  end
  if subject ~= real then
    -- A claim that its journal did not name: it was made, and the upgrade was cut off before it began.
    local claim = Journal.open(real)
    if claim then claim:remove() end
  end
  return result
end

--- Whether an upgrade is at work at `path` ("busy") or was cut off there ("cut off"); nil when all is well.
function recovery.state(path)
  local real = places.real(path)
  if not real or not fs.stat(places.journal(real), { follow = false }) then return nil end
  local subject = subject_of(real) or real
  local journal, _, code = Journal.open(subject)
  if not journal then return code == "EAGAIN" and "busy" or "cut off" end
  local is_over = journal:is_fresh()
  if is_over then journal:remove() else journal:release() end
  return not is_over and "cut off" or nil
end

--- The things in a folder beside which a journal lies.
function recovery.find(folder)
  local list = {}
  for _, name in ipairs(fs.list(folder) or {}) do
    local subject = places.subject(name)
    if subject then list[#list + 1] = paths.join(folder, subject) end
  end
  return list
end

return recovery
