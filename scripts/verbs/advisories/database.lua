--- What the actions on the advisory database share: opening it, and saying why not.
local advisories = require "pysec.advisories"
local Database = require "local_database"
local ui = require "pysec.ui"

local database = {}

--- Says what went wrong; returns the exit code for it.
function database.fail(message)
  ui.error(message)
  return 3
end

--- Warns of a database that is out of date, as runs do that use it. `way` is what to do about it, if not an update.
function database.warn_of_age(info, way)
  local warning = Database.age_warning(info, way)
  if warning then ui.warn(warning) end
end

--- Opens the database, runs `body` with it, closes it. Returns what `body` returns: the exit code.
function database.with(path, write, body)
  local db, message = advisories.open(path, { write = write })
  if not db then return database.fail(message) end
  local _ <close> = db
  return body(db)
end

return database
