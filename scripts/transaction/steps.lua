--- The steps that stand in a journal, and what each has to hold: a journal may be a stranger's, so nothing of it is
-- believed before.
local json = require "pysec.json"

local steps = {}

--- Names and texts are bytes, JSON holds UTF-8 alone: what might be none is written as "%FF".
function steps.pack(bytes)
  return (bytes:gsub("[%%\x80-\xFF]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

function steps.unpack(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local function is_path(value)
  return type(value) == "string" and value ~= "" and not steps.unpack(value):find("\0", 1, true)
end

local function is_list(value, is_item)
  if type(value) ~= "table" or not json.is_array(value) then return false end
  for _, item in ipairs(value) do
    if not is_item(item) then return false end
  end
  return true
end

local function is_file(value)
  return type(value) == "table" and is_path(value.path)
end

local function is_family(value)
  return type(value) == "string" and #value == 16 and value:match("^[0-9a-f]+$") ~= nil
end

local CHECKS = {
  begin = function(step)
    return is_list(step.files, is_file) and is_list(step.claims, is_path)
      and (step.environment == nil or is_path(step.environment)) and (step.family == nil or is_family(step.family))
  end,
  claim = function(step) return is_path(step.journal) end,
  write = function(step) return is_path(step.path) and type(step.text) == "string" end,
}

--- Whether a line of a journal, decoded, is a step.
function steps.is_one(step)
  if type(step) ~= "table" or type(step.step) ~= "string" then return false end
  local check = CHECKS[step.step]
  return check == nil or check(step)
end

--- Adds a step to the record of those before it: { step = its fields, writes = { path = { text = true } } }.
function steps.add(record, step)
  if step.step == "write" then
    record.writes = record.writes or {}
    record.writes[step.path] = record.writes[step.path] or {}
    record.writes[step.path][steps.unpack(step.text)] = true
  end
  record[step.step] = step
end

return steps
