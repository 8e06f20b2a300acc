--- What the actions on the advisory database share: opening it, and saying why not.
local advisories = require "pysec.advisories"
local ui = require "pysec.ui"

local database = {}

--- Says what went wrong; returns the exit code for it.
function database.fail(message)
  ui.error(message)
  return 3
end

--- Opens the database, runs `body` with it, closes it. Returns what `body` returns: the exit code.
function database.with(path, write, body)
  local db, message = advisories.open(path, { write = write })
  if not db then return database.fail(message) end
  local _ <close> = db
  return body(db)
end

return database
