--- pysec advisories update: the newest advisories from OSV into the local database.
local advisory_update = require "advisory_update"
local database = require "verbs.advisories.database"
local ui = require "pysec.ui"
local words = require "lib.words"

local action = {}

action.command = {
  summary = "Downloads what is new from OSV into the local database: all of it, or nothing.",
  usage = "[OPTIONS]",
  positional = { 0, 0 },
  options = {
    { "url", "URL", help = "another address of OSV's export for PyPI, such as a mirror's" },
    { "proxy", "URL", help = "the proxy to go through (also: https_proxy, no_proxy)" },
    { "ca-file", "FILE", help = "certificates to trust instead of the system's (also: SSL_CERT_FILE)" },
    { "force", help = "fetch the whole export, and take it even if more than half of the records are gone" },
  },
  examples = {
    { "pysec advisories update", "for a nightly job: fetches what changed alone, where that is possible" },
    { "pysec advisories update --url https://mirror.example/osv/PyPI/all.zip", "from a mirror of your own" },
  },
}

--- What changed, and how new the newest is.
local function describe(counts, info)
  local changed = counts.added + counts.updated + counts.removed
  local news = changed == 0 and "nothing is new" or ("%d added, %d updated, %d removed"):format(counts.added,
    counts.updated, counts.removed)
  local age = info.age_days and (", %s old"):format(words.count(info.age_days, "day")) or ""
  return ("%s; %s in %s, the newest of %s%s"):format(news, words.count(info.count, "advisory", "advisories"),
    info.path, (info.newest or "unknown"):sub(1, 10), age)
end

function action.run(values, path)
  local counts, message = advisory_update.run(path, { url = values.url or advisory_update.URL, proxy = values.proxy,
    ca_file = values.ca_file, force = values.force })
  if not counts then return database.fail(message) end
  return database.with(path, false, function(db)
    local info, problem = db:info()
    if not info then return database.fail(problem) end
    ui.ok(describe(counts, info))
    database.warn_of_age(info, "whoever keeps the export may have stopped to update it")
    return 0
  end)
end

return action
