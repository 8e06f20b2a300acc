--- The journal of a transaction: a line of JSON for each step, on the disk before the step is made.
--
-- It lies beside the thing that the transaction changes, and is locked as long as that goes on; the kernel ends the
-- lock with the process. So a journal that nobody holds belongs to an upgrade that was cut off. A transaction that
-- changes several things has one journal, and a claim beside each other thing: a journal whose only line names the one.
local fs = require "pysec.fs"
local json = require "pysec.json"
local paths = require "lib.paths"
local places = require "transaction.places"
local steps = require "transaction.steps"

local Journal = {}
Journal.__index = Journal

--- Reads the lines of a journal into one record, { step = its fields }, { } for an empty one. A line that was cut off
-- is the last and says nothing yet. Returns nil and a message for one that is damaged.
function Journal.parse(text, path)
  local record, number = {}, 0
  for line in text:gmatch("([^\n]*)\n") do
    number = number + 1
    local step = json.decode(line)
    if not steps.is_one(step) then
      return nil, ("%s:%d: not a line of a journal; what is beside it (*.pysec-snapshot, *.pysec-before) is the state "
        .. "before the upgrade, to be put back by hand; then remove the journal"):format(path, number)
    end
    steps.add(record, step)
  end
  return record
end

--- What stands in the journal beside a thing; nil when there is none, nil and a message when it cannot be read.
function Journal.read(path)
  local stat = fs.stat(path, { follow = false })
  -- A link may lead to what never ends, or never answers.
  if stat and stat.kind ~= "file" then
    return nil, ("%s: this is no journal of an upgrade, but its name; remove it"):format(path)
  end
  local text, message, code = fs.read(path)
  if not text then
    if code == "ENOENT" then return nil end
    return nil, message
  end
  return Journal.parse(text, path)
end

--- Locks the journal beside `path` (a real path), which is made where there is none. Returns it, or nil, a message and
-- "EAGAIN" when somebody else is at work.
function Journal.open(path)
  local own = places.journal(path)
  local lock, message, code = fs.lock(own)
  if not lock then
    if code == "EAGAIN" then
      message = ("%s: another upgrade is at work on it; wait until that has ended"):format(path)
    end
    return nil, message, code
  end
  return setmetatable({ path = own, subject = path, lock = lock, stat = fs.stat(own), record = {} }, Journal)
end

--- Whether the journal is where it was: somebody may have cleared the folder.
function Journal:is_in_place()
  local stat = fs.stat(self.path, { follow = false })
  return stat ~= nil and stat.inode == self.stat.inode and stat.device == self.stat.device
end

--- Whether the journal is empty: then nothing was done, or what was done is over.
function Journal:is_fresh()
  local stat = fs.stat(self.path, { follow = false })
  return stat ~= nil and stat.kind == "file" and stat.size == 0
end

--- Adds a step. It is on the disk when this returns, and in `record`, as Journal.parse returns it. Returns true, or nil
-- and a message.
function Journal:note(step, fields)
  local line = { step = step }
  for name, value in pairs(fields or {}) do line[name] = value end
  if not self:is_in_place() then
    return nil, ("%s: it was removed while the upgrade was at work, which needs it"):format(self.path)
  end
  local ok, message = fs.append(self.path, json.encode(line) .. "\n", { sync = true })
  if not ok then return nil, message end
  steps.add(self.record, line)
  return true
end

--- A path as a journal has it: as from its own folder, so that the folder that holds all of it may be moved meanwhile.
function Journal:relative(path)
  return steps.pack(paths.relative(paths.folder(self.path), path))
end

--- The path again.
function Journal:absolute(path)
  return Journal.beside(self.path, path)
end

--- A path that stands in the journal `own`.
function Journal.beside(own, path)
  return paths.clean(paths.join(paths.folder(own), steps.unpack(path)))
end

--- Ends it: the transaction is over.
function Journal:remove()
  return self.lock:remove()
end

--- Lets it lie: somebody else has to go on with it.
function Journal:release()
  self.lock:release()
end

return Journal
