--- What `package`, `id` and `path` of a rule match: a text, a pattern with `*`, re "...", or a list of these.
--
-- A matcher is { exact = { [text] = true }, patterns = { regex, ... }, texts = as they were written }.
local names = require "lib.names"
local re = require "pysec.re"

local matchers = {}

--- A pattern as a regex: `*` stands for any characters.
local function pattern_of(text, flags)
  local parts = {}
  for piece, star in text:gmatch("([^*]*)(%**)") do
    parts[#parts + 1] = re.escape(piece)
    if star ~= "" then parts[#parts + 1] = ".*" end
  end
  return assert(re.compile("\\A(?:" .. table.concat(parts) .. ")\\z", "s" .. (flags or "")))
end

local KINDS = {
  name = {
    expected = "a package's name, a pattern such as \"django-*\", re \"...\", or a list of these",
    valid = function(text) return text:match("^[%w*][%w._*-]*$") ~= nil and text:match("[%w*]$") ~= nil end,
    normalize = names.normalize,
  },
  id = {
    expected = "an id or alias such as \"CVE-2019-10906\", re \"...\", or a list of these",
    valid = function(text) return text:match("^%S+$") ~= nil end,
    normalize = string.lower,
    flags = "i",
  },
  path = {
    expected = "a path such as \"src/legacy/*\", re \"...\", or a list of these",
    valid = function(text) return text ~= "" end,
    normalize = function(text) return (text:gsub("^%./", "")) end,
  },
}

local function add(matcher, kind, value)
  if type(value) == "userdata" then
    table.insert(matcher.patterns, value)
    table.insert(matcher.texts, "re \"...\"")
    return true
  end
  if type(value) ~= "string" or not kind.valid(value) then return false end
  local text = kind.normalize(value)
  if text:find("*", 1, true) then
    table.insert(matcher.patterns, pattern_of(text, kind.flags))
  else
    matcher.exact[text] = true
  end
  table.insert(matcher.texts, value)
  return true
end

--- Makes a matcher of kind "name", "id" or "path"; nil and what is expected when the value is none.
function matchers.compile(kind_name, value)
  local kind = KINDS[kind_name]
  local matcher = { exact = {}, patterns = {}, texts = {} }
  local list = type(value) == "table" and value or { value }
  if #list == 0 or (type(value) == "table" and next(value, #value) ~= nil) then return nil, kind.expected end
  for _, item in ipairs(list) do
    if not add(matcher, kind, item) then return nil, kind.expected end
  end
  return matcher
end

--- Whether a text matches. It has to be normalised: a name by PEP 503, an id in lower case.
function matchers.matches(matcher, text)
  if matcher.exact[text] then return true end
  for _, pattern in ipairs(matcher.patterns) do
    if pattern:test(text) then return true end
  end
  return false
end

return matchers
