--- Reads pdm.lock (https://pdm-project.org/en/latest/usage/lockfile/), formats up to 4.
--
-- With the strategy "inherit_metadata" each package has its marker and groups. Without it the markers stand on the
-- dependencies alone; they are followed from what the pyproject.toml beside the lock names, and where that names none,
-- all packages count. A package with extras has an entry of its own, with the same version.
local declared = require "inputs.locks.declared"
local found = require "inputs.locks.found"
local lists = require "lib.lists"
local paths = require "lib.paths"
local pep508 = require "lib.pep508"
local walk = require "inputs.locks.walk"

local pdm = {
  way_out = "write the file anew with 'pdm lock'",
  folder_starts = { '\npath = "' },
  newer_way_out = "audit what 'pdm export -G :all -o requirements.txt' writes",
  skip = { "files" },
}

local NEWEST = 4

local function elsewhere(package)
  if package.git or package.hg or package.svn or package.bzr then return found.ELSEWHERE.git end
  if package.path then return found.ELSEWHERE.path end
  return package.url and found.ELSEWHERE.url or nil
end

local function emit(into, package, direct)
  local name, line = into:name(package.name), into.file.lines[package]
  local reason = elsewhere(package)
  if reason then
    into:skip(name, reason, line)
  else
    into:add(name, into:field(package, "version", "string", true), line, direct)
  end
end

local function has_strategy(metadata, wanted)
  return type(metadata.strategy) == "table" and lists.has(metadata.strategy, wanted)
end

--- The dependencies of a package as edges of the graph.
local function edges(into, package)
  local list = {}
  for _, text in ipairs(into:field(package, "dependencies", "table") or {}) do
    local parsed, problem
    if type(text) == "string" then parsed, problem = pep508.parse(text) end
    -- pdm may write what pip takes and PEP 508 does not; its packages are in the file all the same.
    if parsed then
      list[#list + 1] = { name = parsed.name, marker = parsed.marker, extra = parsed.extras }
    elseif type(text) ~= "string" or not text:match("^%-e ") then
      into:fail(package, ("'%s': %s"):format(tostring(text), problem or "a dependency has to be text"))
    end
  end
  return list
end

--- Whether an edge means an entry: one without extras, or with one that the edge asks for.
local function is_meant(edge, entry)
  if type(entry.extras) ~= "table" or #entry.extras == 0 then return true end
  for _, wanted in ipairs(edge.extra or {}) do
    for _, extra in ipairs(entry.extras) do
      if extra == wanted then return true end
    end
  end
  return false
end

--- Follows the dependencies; returns what is reached, or nil where nothing says from what.
local function follow(into, packages, by_name)
  local start = declared.beside(into)
  if not start or not start[1] then return nil end
  -- "-e file:///${PROJECT_ROOT}/lib" names a folder, and not the project in it.
  for _, package in ipairs(packages) do
    local folder = type(package.path) == "string" and into:name(paths.name(package.path))
    if folder and not by_name[folder] then by_name[folder] = { package } end
  end
  return walk.from(into, {
    edges = function(package, extra) return extra and {} or edges(into, package) end,
    choose = function(edge, take)
      for _, entry in ipairs(by_name[edge.name] or {}) do
        if is_meant(edge, entry) then take(entry) end
      end
    end,
  }, start)
end

function pdm.read(into, document)
  local metadata = into:field(document, "metadata", "table", true)
  into:check_major(metadata.lock_version or NEWEST, NEWEST, metadata)
  local packages = into:tables(document, "package")
  local by_name = into:index(packages)
  local reached = not has_strategy(metadata, "inherit_metadata") and follow(into, packages, by_name)
  local is_direct = declared.names_beside(into)
  for _, package in ipairs(packages) do
    local is_installed = into:holds(package.marker, package)
    if reached then is_installed = is_installed and reached[package] ~= nil end
    if is_installed then emit(into, package, is_direct[into:name(package.name)]) end
  end
end

return pdm
