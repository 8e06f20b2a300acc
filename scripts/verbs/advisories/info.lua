--- pysec advisories info: how many advisories there are, and how new.
local database = require "verbs.advisories.database"
local json = require "pysec.json"
local ui = require "pysec.ui"
local words = require "lib.words"

local action = {}

action.command = {
  summary = "What the local database holds, and how old it is.",
  usage = "[OPTIONS]",
  positional = { 0, 0 },
  options = { { "json", help = "print JSON" } },
  examples = { { "pysec advisories info", "how many, how new" } },
}

function action.run(values, path)
  return database.with(path, false, function(db)
    local info, message = db:info()
    if not info then return database.fail(message) end
    if values.json then
      ui.write(json.encode(info, { pretty = true }))
      return 0
    end
    ui.table({ "DATABASE", info.path }, {
      { "advisories", ("%d (%d withdrawn)"):format(info.count, info.withdrawn) },
      { "packages", info.packages },
      { "newest", info.newest or "none" },
      { "age", info.age_days and words.count(info.age_days, "day") or "unknown" },
      { "imported", info.imported_at or "never" },
      { "size", ("%.1f MB"):format(info.bytes / 1e6) },
    })
    return 0
  end)
end

return action
