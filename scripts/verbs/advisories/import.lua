--- pysec advisories import: OSV records from files into the local database.
local database = require "verbs.advisories.database"
local fs = require "pysec.fs"
local paths = require "lib.paths"
local ui = require "pysec.ui"
local words = require "lib.words"

local action = {}

action.command = {
  summary = "Imports OSV records into the local database: all of a source, or nothing.",
  usage = "PATH",
  positional = { 1, 1 },
  options = {},
  examples = {
    { "pysec advisories import all.zip", "OSV's export for PyPI, a folder of OSV JSON, or one file" },
    { "pysec advisories import advisory-database/vulns", "YAML of PyPA's advisory database" },
  },
}

function action.run(values, path)
  local source = values[1]
  local ok, problem = fs.mkdirs(paths.folder(path))
  if not ok then return database.fail(problem) end
  return database.with(path, true, function(db)
    local counts, message = db:import(source)
    if not counts then return database.fail(message) end
    ui.ok(("%s read: %d added, %d updated, %d unchanged, %d skipped (not about PyPI), %d withdrawn"):format(
      words.count(counts.read, "advisory", "advisories"), counts.added, counts.updated, counts.unchanged,
      counts.skipped, counts.withdrawn))
    database.warn_of_age(assert(db:info()))
    return 0
  end)
end

return action
