--- pysec advisories show: one advisory in words.
local advisory_text = require "lib.advisory_text"
local database = require "verbs.advisories.database"
local json = require "pysec.json"
local ui = require "pysec.ui"

local action = {}

action.command = {
  summary = "One advisory: severity, affected and fixed versions, links, details. An alias names all its records.",
  usage = "ID",
  positional = { 1, 1 },
  options = { { "json", help = "print the OSV record; for an alias a list of records" } },
  examples = {
    { "pysec advisories show PYSEC-2019-217", "an id" },
    { "pysec advisories show CVE-2019-10906", "an alias" },
  },
}

local WIDTH, MARGIN = 96, 13

--- The ways in which people write an id, the given one first.
local function spellings(id)
  local prefix, rest = id:match "^(%a+)(%-.+)$"
  return { id, id:upper(), prefix and prefix:upper() .. rest:lower() or nil }
end

--- Returns { records =, is_id = whether it is the id of one }, or nil, a message about the id as it was given, and its
--- code.
local function find(db, wanted)
  local message, code
  for _, id in ipairs(spellings(wanted)) do
    local text, why, kind = db:get(id)
    if text then
      local record = json.decode(text)
      if record.id == id then return { records = { record }, is_id = true } end
      local rating = db:rate { id }
      local records = { record }
      for i, other in ipairs(rating and rating.ids or {}) do records[i] = json.decode((assert(db:get(other)))) end
      return { records = records, is_id = false }
    end
    if not message or kind ~= "ENOENT" then message, code = why, kind end
    if code ~= "ENOENT" then break end
  end
  return nil, message, code
end

local function print_record(record, rating)
  local summary = type(record.summary) == "string" and record.summary or ""
  ui.write(("%s  %s"):format(ui.escape(record.id), ui.escape(summary)):gsub("%s+$", "") .. "\n")
  for _, part in ipairs(advisory_text.parts(record, rating, WIDTH - MARGIN)) do
    local label = part[1] .. ":"
    for _, line in ipairs(part[2]) do
      local margin = "  " .. label .. (" "):rep(MARGIN - 2 - #label)
      ui.write((margin .. ui.escape(line)):gsub("%s+$", "") .. "\n")
      label = ""
    end
  end
end

function action.run(values, path)
  return database.with(path, false, function(db)
    local found, message, code = find(db, values[1])
    if not found and code == "ENOENT" then error({ usage = "pysec advisories show: " .. message }, 0) end
    if not found then return database.fail(message) end
    local records = found.records
    if values.json then
      ui.write(json.encode(found.is_id and records[1] or json.array(records), { pretty = true }))
      return 0
    end
    for i, record in ipairs(records) do
      if i > 1 then ui.write "\n" end
      print_record(record, (db:rate { record.id }))
    end
    return 0
  end)
end

return action
