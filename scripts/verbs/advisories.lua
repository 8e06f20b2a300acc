--- pysec advisories import|query|info|serve: the local advisory database.
local advisories = require "pysec.advisories"
local fs = require "pysec.fs"
local json = require "pysec.json"
local Job = require "job"
local names = require "lib.names"
local cli = require "cli"
local options = require "lib.options"
local paths = require "lib.paths"
local tool = require "pysec.tool"
local ui = require "pysec.ui"
local words = require "lib.words"

local verb = {}

local command = {
  name = "pysec advisories",
  summary = "The local advisory database: OSV records of the ecosystem PyPI, asked without a network.",
  usage = "import PATH | query NAME [VERSION] | info | serve",
  positional = { 1, 3 },
  options = options.with_common {
    { "database", "FILE", help = "the database (also: PYSEC_DATABASE)" },
    { "json", help = "query, info: print JSON" },
    { "port", "N", number = 0, integer = true, help = "serve: the port (8765); 0: any free one" },
    { "token", "TEXT", help = "serve: secret that every URL has to start with; 'new' makes one" },
  },
  examples = {
    { "pysec advisories import all.zip", "OSV's export for PyPI, a folder of OSV JSON, or one file" },
    { "pysec advisories query jinja2 2.10", "what is known of a version" },
    { "pysec advisories info", "how many, how new" },
    { "pysec advisories serve", "answer like api.osv.dev on 127.0.0.1 until interrupted" },
  },
}

local function fail(message)
  ui.error(message)
  return 3
end

--- Opens the database, runs `body` with it, closes it.
local function with_database(path, write, body)
  local db, message = advisories.open(path, { write = write })
  if not db then return fail(message) end
  local _ <close> = db
  return body(db)
end

local actions = {}

function actions.import(values, path)
  local source = values[2]
  if not source then error({ usage = "pysec advisories import: name a folder, a zip or a JSON file" }, 0) end
  local ok, problem = fs.mkdirs(paths.folder(path))
  if not ok then return fail(problem) end
  return with_database(path, true, function(db)
    local counts, message = db:import(source)
    if not counts then return fail(message) end
    ui.ok(("%s read: %d added, %d updated, %d unchanged, %d skipped (not about PyPI), %d withdrawn"):format(
      words.count(counts.read, "advisory", "advisories"), counts.added, counts.updated, counts.unchanged,
      counts.skipped, counts.withdrawn))
    return 0
  end)
end

local function print_hits(hits, name, version)
  if #hits == 0 then
    ui.ok(("nothing is known of %s"):format(ui.escape(version and name .. " " .. version or name)))
    return
  end
  local rows = {}
  for i, hit in ipairs(hits) do
    rows[i] = { hit.id, table.concat(hit.aliases, ", "), table.concat(hit.fix_versions, ", "),
      words.brief(hit.summary) }
  end
  ui.table({ "ID", "ALIASES", "FIXED IN", "SUMMARY" }, rows)
end

function actions.query(values, path)
  local name, version = values[2], values[3]
  if not name then error({ usage = "pysec advisories query: name a package" }, 0) end
  return with_database(path, false, function(db)
    local hits, message, code = db:query(name, version)
    if not hits and code == "EINVAL" then error({ usage = "pysec advisories query: " .. message }, 0) end
    if not hits then return fail(message) end
    if values.json then
      for _, hit in ipairs(hits) do hit.record = json.decode(hit.record) end
      ui.write(json.encode(json.array(hits), { pretty = true }))
    else
      print_hits(hits, name, version)
    end
    return #hits > 0 and 1 or 0
  end)
end

function actions.info(values, path)
  return with_database(path, false, function(db)
    local info, message = db:info()
    if not info then return fail(message) end
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

function actions.serve(values, path)
  if values.port and values.port > 65535 then
    error({ usage = ("--port %d: expected a number from 0 to 65535"):format(values.port) }, 0)
  end
  local token = values.token
  if token == "new" then token = assert(advisories.token()) end
  local service, message = advisories.serve(path, { port = values.port or 8765, token = token })
  if not service then return fail(message) end
  local _ <close> = service
  ui.ok(("serving %s at %s (POST /v1/query, POST /v1/querybatch, GET /v1/vulns/ID); Ctrl-C ends it"):format(path,
    service:url()))
  while true do tool.sleep(3600) end
end

local ACTIONS = { "import", "query", "info", "serve" }

local MOST_WORDS = { import = 2, query = 3, info = 1, serve = 1 }

function verb.main(arguments)
  local values = cli.start(command, arguments)
  if not values then return 0 end
  local action = actions[values[1]]
  if not action then
    error({ usage = ("pysec advisories %s: expected %s%s"):format(values[1], table.concat(ACTIONS, ", "),
      names.hint(values[1], ACTIONS)) }, 0)
  end
  if #values > MOST_WORDS[values[1]] then
    error({ usage = ("pysec advisories %s: '%s' is not expected here"):format(values[1],
      values[MOST_WORDS[values[1]] + 1]) }, 0)
  end
  return action(values, Job.database_path(values.database))
end

return verb
