--- Before and after by package: which versions were audited at the start of a run, and which are there at its end.
--
-- A package may be there in several versions, in a file and in the environment: then all of them are compared.
local json = require "pysec.json"
local lists = require "lib.lists"
local version = require "pysec.version"

local changes = {}

--- By PEP 440; what is no version of it comes last, by its letters.
local function is_before(a, b)
  local a_is_known, b_is_known = version.normalize(a) ~= nil, version.normalize(b) ~= nil
  if a_is_known ~= b_is_known then return a_is_known end
  local order = a_is_known and version.compare(a, b) or 0
  return order == -1 or order == 0 and a < b
end

--- The versions of each package, as a text: "2.10", or "2.10, 3.0" where there are several.
local function by_name(packages)
  local sets, texts = {}, {}
  for _, package in ipairs(packages) do
    sets[package.name] = sets[package.name] or {}
    sets[package.name][package.version] = true
  end
  for name, set in pairs(sets) do
    local sorted = {}
    for one in pairs(set) do sorted[#sorted + 1] = one end
    table.sort(sorted, is_before)
    texts[name] = table.concat(sorted, ", ")
  end
  return texts
end

--- Compares two lists of { name, version }. Returns { { package, before, after } } by name; `before` is missing where a
-- package came in, `after` where it went.
function changes.between(before, after)
  local was, is = by_name(before), by_name(after)
  local list = json.array()
  for _, name in ipairs(lists.keys(was, is)) do
    if was[name] ~= is[name] then
      list[#list + 1] = { package = name, before = was[name], after = is[name] }
    end
  end
  return list
end

return changes
