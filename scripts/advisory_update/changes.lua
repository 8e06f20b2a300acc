--- What changed in OSV's export since an update, by the list beside it: modified_id.csv, a line for each record such as
-- "2024-08-15T00:05:00Z,PYSEC-2024-60", the newest first (https://google.github.io/osv.dev/data/).
--
-- Nothing here fails: where the list is missing, odd or too long, the answer is nil and why, and all is fetched.
local dates = require "lib.dates"
local json = require "pysec.json"

local changes = {}

--- More are not worth a request each.
local MOST_CHANGES = 200
--- A record is exported some time after it was modified, so we look further back than the last update.
local DAYS_BACK = 7

--- A time to the second, comparable as text; nil for what is none.
local function time_of(text)
  local seconds, rest = text:match("^(%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d)(.*)$")
  rest = rest and rest:gsub("^%.%d+", "")
  return (rest == "Z" or rest == "+00:00") and dates.parse(seconds:sub(1, 10)) and seconds or nil
end

--- Reads the list. Returns { { modified =, id = }, ... }, or nil and why.
function changes.parse(text)
  local rows, seen, last = {}, {}, nil
  for line in text:gmatch "[^\r\n]+" do
    local stamp, id = line:match "^([^,]+),([%w][%w._:-]*)$"
    local modified = stamp and time_of(stamp)
    if not modified then return nil, ("line %d is no time and id"):format(#rows + 1) end
    if seen[id] then return nil, id .. " is listed twice" end
    if last and modified > last then return nil, ("line %d is newer than the one before"):format(#rows + 1) end
    seen[id], last = true, modified
    rows[#rows + 1] = { modified = modified, id = id }
  end
  return rows
end

--- The record that a text holds where it has that very id, and not as an alias; else nil.
local function record_of(text, id)
  local record = json.decode(text)
  return type(record) == "table" and record.id == id and record or nil
end

--- Whether a record, or nil, is at least as new as the list says.
local function is_new_enough(record, row)
  local modified = record and type(record.modified) == "string" and time_of(record.modified)
  return modified and modified >= row.modified or false
end

--- Whether a record's text says that it is `id`, and at least as new as the list says.
function changes.fits(text, row)
  return is_new_enough(record_of(text, row.id), row)
end

--- The day up to which the database has all that changed: not later than its newest record, should our clock be wrong.
local function last_day(db, source)
  local imported, newest = source.imported_at:sub(1, 10), (db:info().newest or "0001-01-01"):sub(1, 10)
  return newest < imported and newest or imported
end

--- The rows that the database lacks, or has an older record of; nil and why when they are too many, or do not explain
--- how many records the list has. `source` is what the database says of it: count, imported_at.
function changes.missing(rows, db, source)
  local missing, added, since = {}, 0, last_day(db, source)
  for _, row in ipairs(rows) do
    if dates.between(row.modified:sub(1, 10), since) > DAYS_BACK then break end
    local record = record_of(db:get(row.id) or "null", row.id)
    if not is_new_enough(record, row) then
      missing[#missing + 1] = row
      if not record then added = added + 1 end
    end
    if #missing > MOST_CHANGES then return nil, ("more than %d records changed"):format(MOST_CHANGES) end
  end
  if source.count + added ~= #rows then
    return nil, ("the list has %d records, the database %d"):format(#rows, source.count + added)
  end
  return missing
end

return changes
