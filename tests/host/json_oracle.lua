--- lua-cjson as a second opinion: reads texts from standard input, each after a line with its size, and prints for
--- each a line with what cjson takes it for. `require` gives the function that makes such a line of a value.
local is_module = ...

local dump

local function dump_table(value)
  local parts = {}
  if #value > 0 then
    for i, item in ipairs(value) do parts[i] = dump(item) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key, item in pairs(value) do parts[#parts + 1] = dump(key) .. ":" .. dump(item) end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

--- One line for a decoded value; cjson reads every number as a float and tells no empty list from an empty object.
function dump(value)
  if type(value) == "number" then return ("%.17g"):format(value + 0.0) end
  if type(value) == "string" then return (("%q"):format(value):gsub("\n", "n")) end
  if type(value) == "table" then return dump_table(value) end
  return type(value) == "userdata" and "null" or tostring(value)
end

if is_module then return dump end

local cjson = require "cjson"
for size in io.lines() do
  local ok, value = pcall(cjson.decode, io.read(tonumber(size)))
  print(ok and dump(value) or "refused")
end
