--- pysec advisories query: what is known of a package or of one version of it.
local database = require "verbs.advisories.database"
local json = require "pysec.json"
local ui = require "pysec.ui"
local words = require "lib.words"

local action = {}

action.command = {
  summary = "What is known of a package, or of one version of it. Exit 1 where something is.",
  usage = "NAME [VERSION]",
  positional = { 1, 2 },
  options = { { "json", help = "print JSON" } },
  examples = { { "pysec advisories query jinja2 2.10", "what is known of a version" } },
}

local function print_hits(hits, name, version)
  if #hits == 0 then
    ui.ok(("nothing is known of %s"):format(ui.escape(version and name .. " " .. version or name)))
    return
  end
  local rows = {}
  for i, hit in ipairs(hits) do
    rows[i] = { hit.id, words.severity_cell(hit), table.concat(hit.aliases, ", "), table.concat(hit.fix_versions, ", "),
      words.brief(hit.summary) }
  end
  ui.table({ "ID", "SEVERITY", "ALIASES", "FIXED IN", "SUMMARY" }, rows)
end

function action.run(values, path)
  local name, version = values[1], values[2]
  return database.with(path, false, function(db)
    local hits, message, code = db:query(name, version)
    if not hits and code == "EINVAL" then error({ usage = "pysec advisories query: " .. message }, 0) end
    if not hits then return database.fail(message) end
    if values.json then
      for _, hit in ipairs(hits) do hit.record = json.decode(hit.record) end
      ui.write(json.encode(json.array(hits), { pretty = true }))
    else
      print_hits(hits, name, version)
    end
    return #hits > 0 and 1 or 0
  end)
end

return action
