--- pysec advisories verify: whether the database is whole.
local database = require "verbs.advisories.database"
local ui = require "pysec.ui"
local words = require "lib.words"

local action = {}

action.command = {
  summary = "Reads the whole database and tells whether it is damaged.",
  usage = "[OPTIONS]",
  positional = { 0, 0 },
  options = {},
  examples = { { "pysec advisories verify", "exit 0: whole, 3: damaged" } },
}

function action.run(_, path)
  return database.with(path, false, function(db)
    local whole, message = db:verify()
    if not whole then return database.fail(message) end
    ui.ok(("%s: whole, with %s"):format(ui.escape(path), words.count(db:info().count, "advisory", "advisories")))
    return 0
  end)
end

return action
