--- Reads poetry.lock (https://python-poetry.org/docs/), formats 1.0 to 2.1.
--
-- Since 2.1 each package has its groups and markers (a text, or one for each group). Before, the markers stand on the
-- dependencies alone: they are followed from what the pyproject.toml beside the lock names, and where that names none,
-- all packages count. Of several versions of a package those count that such a dependency admits.
local constraint = require "inputs.locks.constraint"
local declared = require "inputs.locks.declared"
local found = require "inputs.locks.found"
local poetry_declared = require "inputs.locks.poetry_declared"
local walk = require "inputs.locks.walk"

local poetry = {
  way_out = "write the file anew with 'poetry lock'",
  folder_starts = { '\ntype = "directory"\nurl = "' },
  newer_way_out = "audit what 'poetry export --all-groups --all-extras -o requirements.txt' writes",
}

-- The files of the packages are most of the text.
local SKIP = { "files" }

--- A dependency may be called "files"; then all is read.
function poetry.skips(text)
  for _, start in ipairs { '\nfiles = "', "\nfiles = {", "\nfiles = [\n    {version" } do
    if text:find(start, 1, true) then return nil end
  end
  return SKIP
end

local ELSEWHERE = { git = found.ELSEWHERE.git, url = found.ELSEWHERE.url, file = found.ELSEWHERE.path,
  directory = found.ELSEWHERE.path }

local function emit(into, package, direct)
  local name, line = into:name(package.name), into.file.lines[package]
  local source = into:field(package, "source", "table")
  local reason = source and ELSEWHERE[source.type]
  if reason then
    into:skip(name, reason, line)
  else
    into:add(name, package.version, line, direct)
  end
end

--- Whether a package is installed for one of its groups: there is one marker for all, or one for some of them.
local function is_installed(into, package)
  local markers = package.markers or package.marker
  if type(markers) ~= "table" then return into:holds(markers, package) end
  local any = false
  for _, group in ipairs(into:field(package, "groups", "table") or {}) do
    if into:holds(markers[group], package) then return true end
    any = true
  end
  return not any
end

--- The names that an extra of a package adds.
local function names_of_extra(into, package, extra)
  local names = {}
  for written, list in pairs(into:field(package, "extras", "table") or {}) do
    if into:name(written) == extra and type(list) == "table" then
      for _, text in ipairs(list) do
        local name = tostring(text):match("^[%w._-]+")
        if name then names[into:name(name)] = true end
      end
    end
  end
  return names
end

--- The dependencies of a package, or those that an extra adds, as edges of the graph.
local function edges(into, package, extra)
  local list = {}
  local added = extra and names_of_extra(into, package, extra)
  for written, value in pairs(into:field(package, "dependencies", "table") or {}) do
    local name = into:name(written)
    for _, item in ipairs(poetry_declared.items(into, value, package)) do
      if extra == nil and not item.optional or added and item.optional and added[name] then
        list[#list + 1] = { name = name, marker = item.markers, extra = item.extras, version = item.version }
      end
    end
  end
  return list
end

local function choose(by_name, edge, take)
  local candidates = by_name[edge.name] or {}
  local any = false
  for _, package in ipairs(candidates) do
    if not edge.version or constraint.admits(edge.version, package.version) ~= false then
      any = true
      take(package)
    end
  end
  -- What was locked before the constraint changed is what will be installed.
  if not any then for _, package in ipairs(candidates) do take(package) end end
end

local function follow(into, by_name)
  local start = declared.beside(into)
  if not start or not start[1] then return nil end
  return walk.from(into, {
    edges = function(package, extra) return edges(into, package, extra) end,
    choose = function(edge, take) choose(by_name, edge, take) end,
  }, start)
end

--- Whether the packages have markers of their own: since format 2.1.
local function has_markers(lock_version)
  local major, minor = tostring(lock_version):match("^(%d+)%.(%d+)")
  major, minor = tonumber(major), tonumber(minor)
  return major ~= nil and (major > 2 or major == 2 and minor >= 1)
end

function poetry.read(into, document)
  local metadata = into:field(document, "metadata", "table", true)
  local lock_version = metadata["lock-version"] or "1.0"
  into:check_major(lock_version, 2, metadata)
  local packages = into:tables(document, "package")
  local by_name = into:index(packages)
  for _, package in ipairs(packages) do into:field(package, "version", "string", true) end
  local reached = not has_markers(lock_version) and follow(into, by_name)
  local is_direct = declared.names_beside(into)
  for _, package in ipairs(packages) do
    if is_installed(into, package) and (not reached or reached[package]) then
      emit(into, package, is_direct[into:name(package.name)])
    end
  end
end

return poetry
