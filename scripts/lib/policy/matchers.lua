--- What `package`, `id` and `path` of a rule match: a text, a pattern with `*`, re "...", or a list of these.
--
-- A matcher is { exact = { [text] = true }, patterns = { regex, ... }, is_own = { [regex] = true } for those of
-- re "...", texts = as they were written, by = file:line }. Texts and patterns with `*` match in any case; a regex of
-- the policy is asked about the text as it is.
local json = require "pysec.json"
local lists = require "lib.policy.lists"
local names = require "lib.names"
local patience = require "lib.policy.patience"
local problems = require "lib.policy.problems"
local re = require "pysec.re"

local matchers = {}

local LONGEST = 1000 -- bytes of a name, id or path

--- A pattern as a regex: `*` stands for any characters. What lies between two stars is looked for once, at the first
-- place: that finds all there is, and spares the search through all ways to spread the stars.
local function pattern_of(text, flags)
  local pieces = {}
  for piece in (text .. "*"):gmatch("([^*]*)%*+") do pieces[#pieces + 1] = re.escape(piece) end
  local is_open = text:sub(-1) == "*"
  local parts = { "\\A", pieces[1] }
  for i = 2, is_open and #pieces or #pieces - 1 do parts[i + 1] = ("(?>.*?%s)"):format(pieces[i]) end
  parts[#parts + 1] = is_open and ".*\\z" or (".*%s\\z"):format(pieces[#pieces])
  return assert(re.compile(table.concat(parts), "s" .. (flags or "")))
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
  if type(value) == "userdata" and value ~= json.null then
    table.insert(matcher.patterns, value)
    matcher.is_own[value] = true
    table.insert(matcher.texts, "re \"...\"")
    return true
  end
  if type(value) ~= "string" or #value > LONGEST or not utf8.len(value) or not kind.valid(value) then return false end
  local text = kind.normalize(value)
  if text:find("*", 1, true) then
    table.insert(matcher.patterns, pattern_of(text, kind.flags))
  else
    matcher.exact[text] = true
  end
  table.insert(matcher.texts, value)
  return true
end

--- Makes a matcher of kind "name", "id" or "path". Returns nil, what is expected, a hint, and the item of a list that
-- is at fault when the value is none.
function matchers.compile(kind_name, value)
  local kind = KINDS[kind_name]
  local matcher = { exact = {}, patterns = {}, is_own = {}, texts = {} }
  local list = type(value) == "table" and value or { value }
  local problem = lists.problem(list)
  if problem then return nil, kind.expected, problem end
  for _, item in ipairs(list) do
    if not add(matcher, kind, item) then return nil, kind.expected, "", item end
  end
  return matcher
end

local function fail(matcher, problem)
  if problems.is_fatal(problem) then error(problem, 0) end
  error({ policy = ("%s: %s"):format(matcher.by or "policy", (tostring(problem):gsub("^.-:%d+: ", ""))) }, 0)
end

--- Whether a text matches. It has to be normalised: a name by PEP 503, an id in lower case; `own` is the text as it is,
-- where that is something else. Raises { policy = message } when a regex reaches its limits.
function matchers.matches(matcher, text, own)
  if matcher.exact[text] then return true end
  for _, pattern in ipairs(matcher.patterns) do
    local in_time, ok, found = patience.spend(pattern.test, pattern, matcher.is_own[pattern] and own or text)
    if not ok then fail(matcher, found) end
    if not in_time then fail(matcher, "the patterns of the rules took longer than the policies' budget of time") end
    if found then return true end
  end
  return false
end

return matchers
