--- Values of JSON that others wrote: whatever they are, looking at them raises nothing. For lists there is
-- json.is_array, which takes any value as well.
local json = require "pysec.json"

local values = {}

--- A field of what should be an object; nil where it is none, and for null.
function values.field(value, name)
  local held
  if type(value) == "table" then held = value[name] end
  if held ~= json.null then return held end
end

--- The value where it is a text, else nil.
function values.text(value)
  return type(value) == "string" and value or nil
end

return values
