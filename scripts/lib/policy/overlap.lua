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

local FAR = 999999 -- a part that no specifier names

--- The normal form of a version in parts: epoch, the numbers of the release, and what follows them.
local function parts_of(normal)
  local epoch, rest = normal:match("^(%d+)!(.*)$")
  local release, suffix = (rest or normal):match("^([%d.]*%d)(.*)$")
  local numbers = {}
  for number in release:gmatch("%d+") do numbers[#numbers + 1] = math.tointeger(tonumber(number)) or FAR end
  return math.tointeger(tonumber(epoch or "0")) or 0, numbers, suffix
end

--- The releases just beside a release: each of its prefixes one up and one down, and those that go on below it.
local function neighbours(numbers)
  local list = { { 0 }, { FAR } }
  for length = 1, #numbers do
    for _, step in ipairs { -1, 0, 1 } do
      local other = table.move(numbers, 1, length, 1, {})
      other[length] = other[length] + step
      if other[length] >= 0 then list[#list + 1] = other end
      if step == -1 and other[length] >= 0 then list[#list + 1] = table.move({ FAR, FAR }, 1, 2, length + 1,
        table.move(other, 1, length, 1, {})) end
    end
  end
  for _, more in ipairs { { 1 }, { 0, 1 }, { 0, 0, 0, 0, 1 }, { FAR } } do
    list[#list + 1] = table.move(more, 1, #more, #numbers + 1, table.move(numbers, 1, #numbers, 1, {}))
  end
  return list
end

local ENDINGS = { "", ".dev0", "a0.dev0", "a0", "rc" .. FAR, ".post0.dev0", ".post0", ".post" .. FAR }

--- The same version with the last number of each part of its suffix one up and one down.
local function add_suffixes(add, base, suffix)
  for from, number, to in suffix:gmatch("()(%d+)()") do
    for _, step in ipairs { -1, 1 } do
      local other = (math.tointeger(tonumber(number)) or FAR) + step
      if other >= 0 then
        local text = base .. suffix:sub(1, from - 1) .. other
        for _, ending in ipairs { suffix:sub(to), "", ".dev0", ".post0" } do add(text .. ending) end
      end
    end
    for _, ending in ipairs { "", ".dev0", ".dev" .. FAR, ".post0.dev0", ".post0", ".post" .. FAR } do
      add(base .. suffix:sub(1, to - 1) .. ending)
    end
  end
end

--- Adds the versions at and around an operand.
local function add_around(add, operand)
  add(operand)
  local normal = version.normalize((operand:gsub("%.%*$", "")))
  if not normal then return end
  local epoch, numbers, suffix = parts_of(normal)
  local prefix = epoch > 0 and epoch .. "!" or ""
  add(normal)
  add(normal .. (normal:find("+", 1, true) and ".0" or "+0"))
  for _, release in ipairs(neighbours(numbers)) do
    for _, ending in ipairs(ENDINGS) do add(prefix .. table.concat(release, ".") .. ending) end
  end
  add_suffixes(add, prefix .. table.concat(numbers, "."), suffix)
  for _, other in ipairs { epoch - 1, epoch + 1 } do
    if other >= 0 then
      add(other .. "!0")
      add(other .. "!" .. FAR)
    end
  end
end

--- Versions such that each stretch that these specifiers cut the line of versions into holds one at the least.
local function boundaries(list)
  local versions, seen = {}, {}
  local function add(text)
    if not seen[text] and version.normalize(text) then versions[#versions + 1] = text end
    seen[text] = true
  end
  add("0")
  for _, specifier in ipairs(list) do
    for clause in specifier:gmatch("[^,]+") do
      local operand = clause:match("^%s*[<>=!~]+%s*(%S+)%s*$")
      if operand then add_around(add, operand) end
    end
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
