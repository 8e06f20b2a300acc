--- Compares and shows the values that tests look at.
local json = require "pysec.json"

local values = {}

local MOST_SHOWN = 2000 -- bytes

--- Sorts keys of any types, numbers first.
local function sort_keys(keys)
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) then return type(a) < type(b) end
    if type(a) == "string" or type(a) == "number" then return a < b end
    return tostring(a) < tostring(b)
  end)
  return keys
end

local function show_key(key)
  if type(key) == "string" and key:match("^[%a_][%w_]*$") then return key end
  return ("[%s]"):format(type(key) == "string" and ("%q"):format(key) or tostring(key))
end

--- How messages show a value, whole.
local function render(value)
  if value == json.null then return "json.null" end
  if type(value) == "string" then return (("%q"):format(value):gsub("\\\n", "\\n")) end
  if type(value) == "userdata" then return "re \"...\"" end
  if type(value) == "function" then return "a function" end
  if type(value) ~= "table" then return tostring(value) end
  local parts, keys, in_list = {}, {}, {}
  for i, item in ipairs(value) do parts[i], in_list[i] = render(item), true end
  for key in pairs(value) do
    if not in_list[key] then keys[#keys + 1] = key end
  end
  for _, key in ipairs(sort_keys(keys)) do
    parts[#parts + 1] = ("%s = %s"):format(show_key(key), render(value[key]))
  end
  return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
end

--- A value as a message shows it, cut where it is long.
function values.show(value)
  local text = render(value)
  return #text <= MOST_SHOWN and text or text:sub(1, MOST_SHOWN) .. " ..."
end

--- Where two values differ: nil when they are equal, "" when all of them does, or such as "[1].verdict". Tables are
-- equal when they hold the same.
function values.difference(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a ~= b and "" or nil end
  local keys = {}
  for key in pairs(a) do keys[#keys + 1] = key end
  for key in pairs(b) do
    if a[key] == nil then keys[#keys + 1] = key end
  end
  for _, key in ipairs(sort_keys(keys)) do
    local deeper = values.difference(a[key], b[key])
    if deeper then
      local own = show_key(key)
      if own:sub(1, 1) ~= "[" then own = "." .. own end
      return own .. deeper
    end
  end
  return nil
end

return values
