--- On which line something stands that the decoder gives no line for: a text in an array, a key.
local places = {}

local Places = {}
Places.__index = Places

-- How far a text may stand behind where its array begins or the text before it ends, and how many are searched: a
-- stranger's file must not make that take the square of the time.
local FARTHEST = 65536
local MOST_SEARCHES = 10000

function places.new(text)
  local self = setmetatable({ text = text, starts = { 1 }, searches = 0 }, Places)
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

--- The text that is searched from a position on; nil after too many searches.
local function reach(self, from)
  self.searches = self.searches + 1
  return self.searches <= MOST_SEARCHES and self.text:sub(from, from + FARTHEST) or nil
end

--- Finds a text behind a quote, from a position on. Returns where it begins, and the position behind it.
local function find_quoted(self, from, wanted)
  local text = reach(self, from) or ""
  local first, last = text:find(wanted, 1, true)
  while first do
    if text:find("^[\"']", first - 1) then return from + first - 1, from + last end
    first, last = text:find(wanted, first + 1, true)
  end
end

--- The lines of the texts of an array that begins on a line; its own line for what cannot be found, because it is
-- written with escapes.
function Places:of_texts(first_line, list)
  local lines, from = {}, self.starts[first_line] or 1
  for i, text in ipairs(list) do
    local at, behind
    if type(text) == "string" and text ~= "" then at, behind = find_quoted(self, from, text) end
    lines[i] = at and line_of(self, at) or first_line
    from = behind or from
  end
  return lines
end

--- The line of a key of a table that begins on a line.
function Places:of_key(first_line, key)
  local text = reach(self, self.starts[first_line] or 1)
  -- The header itself may hold the name.
  local at = text and text:match("\n[ \t]*[\"']?()" .. key:gsub("%p", "%%%0") .. "[\"']?[ \t]*[=.]")
  return at and line_of(self, (self.starts[first_line] or 1) + at - 1) or first_line
end

return places
