--- Reads what uv says when it has no answer: its words differ with what is in the way.
local names = require "lib.names"

local uv_words = {}

--- One line of what a resolver said of a conflict.
function uv_words.conflict(text)
  local flat = text:gsub("\27%[[%d;]*m", ""):gsub("%s+", " "):gsub(" Traceback %(most recent call last%).*$", "")
  local reason = flat:match("(Because .-%.) ?$") or flat:match("(Because .-) hint:") or flat:match("error: (.+)$")
    or flat:match("ERROR: (.+)$") or flat
  return reason:match("^%s*(.-)%s*$"):sub(1, 600)
end

--- The packages that uv says it would have to build but may not, as a set; nil when wheels are no part of a conflict.
-- Where in doubt they are: the words differ with the kind of wheel that is missing.
function uv_words.wheels_wanted(said)
  local flat = said:gsub("\27%[[%d;]*m", ""):gsub("%s+", " ")
  local lower = flat:lower()
  local is_about_wheels = lower:find("wheel", 1, true) or lower:find("build", 1, true)
  if not is_about_wheels and lower:find("no solution found", 1, true) then return nil end
  local named = {}
  for name in flat:gmatch("Wheels are required for `([^`]+)`") do named[names.normalize(name)] = true end
  return named
end

--- True when what uv said means that the package index could not be reached, which pip would not reach either.
function uv_words.is_unreachable(said)
  return said:find("error sending request", 1, true) ~= nil or said:find("dns error", 1, true) ~= nil
end

--- The version that could not be built, or of which not even the metadata could be made: { name, version }, or nil.
function uv_words.failed_build(said)
  local name, version = said:match("Failed to [%a ]*build `([%w._-]+)==([^`]+)`")
  return name and { name = names.normalize(name), version = version }
end

return uv_words
