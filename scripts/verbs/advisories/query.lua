--- pysec advisories query: what is known of a package or of one version of it.
local database = require "verbs.advisories.database"
local json = require "pysec.json"
local ui = require "pysec.ui"
local version = require "pysec.version"
local words = require "lib.words"

local action = {}

action.command = {
  summary = "What is known of a package, or of one version of it. Exit 1 where something is.",
  usage = "NAME [VERSION]",
  positional = { 1, 2 },
  options = { { "json", help = "print JSON" } },
  examples = { { "pysec advisories query jinja2 2.10", "what is known of a version" } },
}

--- The two words that were meant by a requirement such as "jinja2==2.10", or ""; what was given may be cut anywhere.
local function hint(given)
  local name, number = given:match "^%s*(%w[%w._-]*)%s*[=@ ]=?=?%s*(%S+)%s*$"
  if not name or not name:find "%w$" or not version.normalize(number) then return "" end
  return ("; did you mean: pysec advisories query %s %s"):format(name, number)
end

local function print_hits(hits, given)
  if #hits == 0 then
    ui.ok(("nothing is known of %s"):format(ui.escape(given)))
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
  local given = table.concat(values, " ")
  return database.with(path, false, function(db)
    local hits, message, code = db:query(values[1], values[2])
    if not hits and code == "EINVAL" then error({ usage = "pysec advisories query: " .. message .. hint(given) }, 0) end
    if not hits then return database.fail(message) end
    if values.json then
      for _, hit in ipairs(hits) do hit.record = json.decode(hit.record) end
      ui.write(json.encode(json.array(hits), { pretty = true }))
    else
      print_hits(hits, given)
    end
    return #hits > 0 and 1 or 0
  end)
end

return action
