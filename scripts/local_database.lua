--- The local advisory database of a run: where it is, opened once, and what the reader has to know of it.
local advisories = require "pysec.advisories"
local folders = require "folders"
local fs = require "pysec.fs"

local Database = {}
Database.__index = Database

--- `given` as for folders.database; `note` is called with a text that belongs into the report. Nothing is opened yet.
function Database.new(given, note)
  return setmetatable({ path = folders.database(given), note = note }, Database)
end

--- Whether there is one, sound or not.
function Database:is_there()
  return fs.stat(self.path) ~= nil
end

-- OSV's export changes every day: what is older than a week misses what was found since.
local FRESH_DAYS = 7

--- What to say of a database that is out of date; nil for one that is not. `info` is what db:info returns, `way` what
-- to do about it, where that is no update.
function Database.age_warning(info, way)
  if not info.age_days or info.age_days <= FRESH_DAYS then return nil end
  return ("%s: the newest advisory is %d days old; %s"):format(info.path, info.age_days,
    way or "get what was found since with: pysec advisories update")
end

--- Opens it, once. Returns pysec.advisories' database, or nil and why it cannot be used. `info` is set then.
function Database:open()
  if not self.db and not self.problem then
    self.db, self.problem = advisories.open(self.path)
    if self.db then
      self.info = assert(self.db:info())
      local warning = Database.age_warning(self.info)
      if warning then self.note(warning) end
    end
  end
  return self.db, self.problem
end

--- What reports say of it; nil as long as nothing has opened it.
function Database:evidence()
  local info = self.info
  return info and { path = info.path, count = info.count, newest = info.newest, age_days = info.age_days }
end

--- Closes it. A second time is no mistake.
function Database:close()
  if self.db then self.db:close() end
  self.db = nil
end

Database.__close = Database.close

return Database
