--- pysec advisories info: how many advisories there are, and how new.
local database = require "verbs.advisories.database"
local json = require "pysec.json"
local ui = require "pysec.ui"
local words = require "lib.words"

local action = {}

--- "3 critical, 12 high, 5 unknown": those that there are, the worst first.
local function severities(info)
  local parts = {}
  for _, name in ipairs { "critical", "high", "medium", "low", "none", "unknown" } do
    if info.severities[name] > 0 then parts[#parts + 1] = ("%d %s"):format(info.severities[name], name) end
  end
  return #parts > 0 and table.concat(parts, ", ") or "none"
end

--- A row for each source: how many records came from it last, and when.
local function add_sources(rows, info)
  for _, source in ipairs(info.sources) do
    rows[#rows + 1] = { "from", ("%s: %s, imported %s"):format(ui.escape(source.source),
      words.count(source.count, "advisory", "advisories"), source.imported_at) }
  end
end

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
    database.warn_of_age(info)
    if values.json then
      ui.write(json.encode(info, { pretty = true }))
      return 0
    end
    local rows = {
      { "advisories", ("%d (%d withdrawn)"):format(info.count, info.withdrawn) },
      { "packages", info.packages },
      { "severity", severities(info) },
      { "malware", info.malware },
      { "newest", info.newest or "none" },
      { "age", info.age_days and words.count(info.age_days, "day") or "unknown" },
      { "imported", info.imported_at or "never" },
      { "size", ("%.1f MB"):format(info.bytes / 1e6) },
    }
    add_sources(rows, info)
    ui.table({ "DATABASE", info.path }, rows)
    return 0
  end)
end

return action
