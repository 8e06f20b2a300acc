--- Reads Pipfile.lock (https://pipenv.pypa.io/en/latest/pipfile.html), format 6: sections of packages by their names.
--
-- "default" and "develop" are there always; each of the project's own categories is a section more. The Pipfile
-- beside it says which packages somebody named.
local found = require "inputs.locks.found"
local fs = require "pysec.fs"
local paths = require "lib.paths"
local pep508 = require "lib.pep508"
local toml = require "pysec.toml"

local pipfile = {
  is_json = true,
  way_out = "write the file anew with 'pipenv lock'",
  folder_starts = { '"path": "' },
  newer_way_out = "audit what 'pipenv requirements --dev' writes",
}

local NEWEST = 6

--- The names in the sections of the Pipfile beside the lock; none where it cannot be read.
local function names_beside(into)
  local is_direct = {}
  local text = fs.read(paths.join(paths.folder(into.file.path), "Pipfile"))
  local document = text and toml.decode(text)
  for _, section in pairs(document or {}) do
    for name in pairs(type(section) == "table" and section or {}) do
      if type(name) == "string" then is_direct[into:name(name)] = true end
    end
  end
  return is_direct
end

local function elsewhere(entry)
  if entry.git or entry.hg or entry.svn or entry.bzr then return found.ELSEWHERE.git end
  if entry.path then return found.ELSEWHERE.path end
  local file = entry.file or entry.uri
  if file then
    return type(file) == "string" and file:match("^%a[%w+.-]*://") and found.ELSEWHERE.url or found.ELSEWHERE.path
  end
end

local function read_entry(into, written, entry, is_direct)
  local name, why_not = into:name(written), into:why_not(entry.markers, entry)
  local version = into:field(entry, "version", "string") or "*"
  local reason = elsewhere(entry)
  if reason and entry.path == "." then return end
  into:take(name, { line = into.file.lines[entry], version = pep508.pin(version), direct = is_direct[name],
    why_not = why_not, elsewhere = reason, unpinned = "not pinned: " .. version })
end

--- Tables of a JSON object in the order of the file.
local function in_order(into, section)
  local list = {}
  for name, entry in pairs(section) do
    if type(entry) ~= "table" then into:fail(section, ("'%s' has a value of the wrong type"):format(tostring(name))) end
    list[#list + 1] = { name, entry }
  end
  local lines = into.file.lines
  table.sort(list, function(a, b)
    if lines[a[2]] ~= lines[b[2]] then return lines[a[2]] < lines[b[2]] end
    return tostring(a[1]) < tostring(b[1])
  end)
  return list
end

function pipfile.read(into, document)
  if type(document) ~= "table" or type(document._meta) ~= "table" then into:fail(1, "'_meta' is missing") end
  into:check_major(document._meta["pipfile-spec"] or NEWEST, NEWEST, document._meta)
  local is_direct = names_beside(into)
  -- pipenv writes "default" and "develop" even where they are empty.
  if next(document, next(document)) == nil then into:fail_cut("it has no section of packages") end
  for _, section in ipairs(in_order(into, document)) do
    if section[1] ~= "_meta" then
      for _, entry in ipairs(in_order(into, section[2])) do
        if type(entry[1]) ~= "string" then into:fail(section[2], "a section has to be an object") end
        read_entry(into, entry[1], entry[2], is_direct)
      end
    end
  end
end

return pipfile
