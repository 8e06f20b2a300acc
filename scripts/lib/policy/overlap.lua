--- What can be said for sure of two matchers or specifiers: that one holds all of the other, or that both share
-- something.
--
-- Where it cannot be decided (two regexes) the answer is that nothing is known: no cover, nothing shared.
local matchers = require "lib.policy.matchers"
local names = require "lib.names"
local specifiers = require "lib.policy.specifiers"
local version = require "pysec.version"

local overlap = {}

-- --- matchers ---

local NORMALIZE = {
  name = names.normalize,
  id = string.lower,
  path = function(text) return (text:gsub("^%./", "")) end,
}

--- The patterns with `*` of a matcher, normalised, and whether it has a regex besides.
local function patterns_of(matcher, kind)
  local stars = {}
  for _, text in ipairs(matcher.texts) do
    if text:find("*", 1, true) then stars[#stars + 1] = NORMALIZE[kind](text) end
  end
  return stars, #matcher.patterns > #stars
end

--- Whether a pattern with `*` matches all that another one does: its stars then take whatever those of the other stand
-- for.
local function star_covers(wide_stars, narrow, kind)
  if #wide_stars == 0 then return false end
  return matchers.matches(assert(matchers.compile(kind, wide_stars)), narrow)
end

--- Whether a matcher of this kind ("name", "id", "path") surely matches all that another matches. nil matches
-- everything.
function overlap.covers(wide, narrow, kind)
  if not wide then return true end
  if not narrow then return false end
  for text in pairs(narrow.exact) do
    if not matchers.matches(wide, text) then return false end
  end
  if #narrow.patterns == 0 then return true end
  local wide_stars = patterns_of(wide, kind)
  local stars, has_regex = patterns_of(narrow, kind)
  if has_regex and not star_covers(wide_stars, "", kind) then return false end
  for _, star in ipairs(stars) do
    if not star_covers(wide_stars, star, kind) then return false end
  end
  return true
end

--- The texts that a matcher matches and nothing else, sorted; nil when it has patterns.
function overlap.exact(matcher)
  if not matcher or #matcher.patterns > 0 then return nil end
  local list = {}
  for text in pairs(matcher.exact) do list[#list + 1] = text end
  table.sort(list)
  return list
end

--- What two matchers of names surely share, sorted: names, and patterns of the one that the other covers.
function overlap.shared(a, b)
  local found, list = {}, {}
  local function add(text)
    if not found[text] then list[#list + 1] = text end
    found[text] = true
  end
  for _, pair in ipairs { { a, b }, { b, a } } do
    local one, other = pair[1], pair[2]
    for text in pairs(one.exact) do
      if matchers.matches(other, text) then add(text) end
    end
    if #one.patterns > 0 and #other.patterns > 0 then
      local stars = patterns_of(other, "name")
      for _, star in ipairs((patterns_of(one, "name"))) do
        if star_covers(stars, star, "name") then add(star) end
      end
    end
  end
  table.sort(list)
  return list
end

-- --- specifiers ---
--
-- The operands of specifiers cut the order of versions into stretches. Within one it matters only whether a version is
-- a pre-release or a post-release of an operand's release, which `<` and `>` leave out. So a version of each sort just
-- above each operand, and just above where a prefix (`==1.*`, `~=1.2`) ends, stands for all that there are.

--- The number above one, both as digits: versions may have more of them than an integer holds.
local function successor(digits)
  local head, nines = digits:match("^(.-)(9*)$")
  local zeros = ("0"):rep(#nines)
  if head == "" then return "1" .. zeros end
  return head:sub(1, -2) .. tostring(math.tointeger(head:sub(-1)) + 1) .. zeros
end

--- A version in parts: "1!" or "", the numbers of its release, and what follows them.
local function parts_of(normal)
  local epoch, rest = normal:match("^(%d+!)(.*)$")
  local release, suffix = (rest or normal):match("^([%d.]*%d)(.*)$")
  local numbers = {}
  for number in release:gmatch("%d+") do numbers[#numbers + 1] = number end
  return epoch or "", numbers, suffix
end

--- Releases: that of an operand, the next one after it and after each of its prefixes, and one that is above it but
-- below all others.
local function releases_above(numbers, longest)
  local list = { numbers }
  for length = 1, #numbers do
    local next_one = table.move(numbers, 1, length, 1, {})
    next_one[length] = successor(next_one[length])
    list[#list + 1] = next_one
  end
  local nearest = table.move(numbers, 1, #numbers, 1, {})
  for place = #numbers + 1, longest do nearest[place] = "0" end
  nearest[longest + 1] = "1"
  list[#list + 1] = nearest
  return list
end

--- Adds what is just above each part of a suffix such as "a1.post2.dev3".
local function add_suffixes(add, base, suffix)
  for from, number, to in suffix:gmatch("()(%d+)()") do
    add(base .. suffix:sub(1, from - 1) .. successor(number))
    for _, ending in ipairs { ".dev0", ".post0" } do add(base .. suffix:sub(1, to - 1) .. ending) end
  end
end

--- The operands of specifiers, without the star of a prefix.
local function operands_of(list)
  local operands = {}
  for _, specifier in ipairs(list) do
    for clause in specifier:gmatch("[^,]+") do
      local operand = clause:match("^%s*[<>=!~]+%s*(.-)%s*$")
      if operand then operands[#operands + 1] = operand:gsub("%.%*$", "") end
    end
  end
  return operands
end

--- Versions such that each stretch that these specifiers make holds one at the least.
local function boundaries(list)
  local versions, seen, longest = { "0" }, {}, 0
  local function add(text)
    if not seen[text] and version.normalize(text) then versions[#versions + 1] = text end
    seen[text] = true
  end
  local operands = {}
  for _, text in ipairs(operands_of(list)) do
    local normal = version.normalize(text)
    add(text)
    if normal then
      local epoch, numbers, suffix = parts_of(normal)
      operands[#operands + 1] = { epoch = epoch, numbers = numbers, suffix = suffix }
      longest = math.max(longest, #numbers)
    end
  end
  for _, operand in ipairs(operands) do
    for _, release in ipairs(releases_above(operand.numbers, longest)) do
      for _, ending in ipairs { "", ".dev0", ".post0" } do
        add(operand.epoch .. table.concat(release, ".") .. ending)
      end
    end
    add_suffixes(add, operand.epoch .. table.concat(operand.numbers, "."), operand.suffix)
  end
  return versions
end

--- Whether some version is in all of these specifiers.
function overlap.common(list)
  for _, text in ipairs(boundaries(list)) do
    local in_all = true
    for _, specifier in ipairs(list) do in_all = in_all and specifiers.holds(text, specifier) end
    if in_all then return true end
  end
  return false
end

--- Whether each version of a specifier is in at least one of others. nil is all versions.
function overlap.within(specifier, others)
  if #others == 0 then return false end
  for _, other in ipairs(others) do
    if other == specifier then return true end
  end
  if not specifier then return false end
  local all = table.move(others, 1, #others, 2, { specifier })
  for _, text in ipairs(boundaries(all)) do
    if specifiers.holds(text, specifier) then
      local found = false
      for _, other in ipairs(others) do found = found or specifiers.holds(text, other) end
      if not found then return false end
    end
  end
  return true
end

return overlap
