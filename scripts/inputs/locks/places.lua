--- On which line something stands that the decoder gives no line for: a text in an array, a key.
local places = {}

local Places = {}
Places.__index = Places

-- How far a text may stand behind where its array begins or the text before it ends, and how many searches may be in
-- vain: a stranger's file must not make them take the square of the time.
local FARTHEST = 65536
local MOST_MISSES = 100

function places.new(text)
  local self = setmetatable({ text = text, starts = { 1 }, misses = 0 }, Places)
  for at in text:gmatch("\n()") do self.starts[#self.starts + 1] = at end
  return self
end

local function line_of(self, at)
  local low, high = 1, #self.starts
  while low < high do
    local middle = (low + high + 1) // 2
    if self.starts[middle] <= at then low = middle else high = middle - 1 end
  end
  return low
end

--- Finds where a pattern first matches from a position on, within reach. Returns the position behind it.
local function find(self, from, needle, is_plain)
  if self.misses > MOST_MISSES then return nil end
  local first, last = self.text:sub(from, from + FARTHEST):find(needle, 1, is_plain)
  if not first then
    self.misses = self.misses + 1
    return nil
  end
  return from + first - 1, from + last
end

--- The lines of the texts of an array that begins on a line; its own line for what cannot be found, because it is
-- written with escapes.
function Places:of_texts(first_line, list)
  local lines, from = {}, self.starts[first_line] or 1
  for i, text in ipairs(list) do
    local at, behind
    if type(text) == "string" and text ~= "" then at, behind = find(self, from, text, true) end
    lines[i] = at and line_of(self, at) or first_line
    from = behind or from
  end
  return lines
end

--- The line of a key of a table that begins on a line.
function Places:of_key(first_line, key)
  local quoted = key:gsub("%p", "%%%0")
  local from = self.starts[first_line] or 1
  -- The header itself may hold the name.
  local at = find(self, math.max(from - 1, 1), "\n[ \t]*[\"']?" .. quoted .. "[\"']?%s*[=.]", false)
  return at and line_of(self, at + 1) or first_line
end

return places
