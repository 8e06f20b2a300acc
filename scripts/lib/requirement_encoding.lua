--- The encoding that a requirements file declares.
local requirement_encoding = {}

-- Encodings in which ASCII is ASCII, by the start of their names.
local LIKE_ASCII = { "^utf8", "^ascii$", "^usascii$", "^latin%d", "^iso8859", "^cp125%d$", "^windows125%d$" }

-- What ends a line or is white space in one byte a character or in UTF-8, and not in the other.
local AMBIGUOUS = { "[\x85\xA0]", "\xE2\x80[\xA8\xA9]" }

--- Whether a text of an encoding that is like ASCII reads the same as if it were UTF-8.
local function reads_the_same(encoding, text)
  if encoding:match("^utf8") then return true end
  if encoding:match("ascii$") then return not text:find("[\x80-\xFF]") end
  for _, pattern in ipairs(AMBIGUOUS) do
    if text:find(pattern) then return false end
  end
  return true
end

--- The encoding that a file declares as pip reads it ("# coding: utf-7" in one of its first two lines), where the bytes
-- then mean something else than they show, such as a line that begins in the middle of a comment; nil for all others.
function requirement_encoding.odd(text)
  if text:sub(1, 3) == "\xEF\xBB\xBF" then return nil end
  local first, second = text:match("^([^\n]*)\n?([^\n]*)")
  local name = first:match("^#.*coding[:=]%s*([%w_.-]+)")
  if not name then name = second:match("^#.*coding[:=]%s*([%w_.-]+)") end
  if not name then return nil end
  local plain = name:lower():gsub("[_-]", "")
  for _, start in ipairs(LIKE_ASCII) do
    if plain:match(start) then
      return not reads_the_same(plain, text) and name or nil
    end
  end
  return name
end

return requirement_encoding
