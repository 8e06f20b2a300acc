--- Package names, and telling what a mistyped word was meant to be.
local names = {}

--- PEP 503: lower case, and one hyphen for every run of hyphens, underscores and dots.
function names.normalize(name)
  local lower = name:lower()
  -- As most names come: plain searches take a quarter of what a pattern takes.
  if lower == name and not name:find("_", 1, true) and not name:find(".", 1, true) and not name:find("--", 1, true) then
    return name
  end
  return (lower:gsub("[-_.]+", "-"))
end

--- The edit distance of two short words.
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      local best = math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
      diagonal, row[j] = row[j], best
    end
  end
  return row[#b]
end

local LONGEST_WORD = 64

--- The word of `known` (a list) that is nearest to `word` in lower case, or nil when none is near. What is very long
-- was meant to be none of them, and would take long to compare.
function names.nearest(word, known)
  if #word > LONGEST_WORD then return nil end
  word = word:lower()
  local best, least = nil, math.max(2, #word // 3) + 1
  for _, candidate in ipairs(known) do
    local d = distance(word, candidate)
    if d < least then best, least = candidate, d end
  end
  return best
end

--- " (did you mean 'x'?)" or "".
function names.hint(word, known)
  local nearest = names.nearest(word, known)
  return nearest and (" (did you mean '%s'?)"):format(nearest) or ""
end

return names
