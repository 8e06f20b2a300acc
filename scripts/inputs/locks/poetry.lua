--- Reads poetry.lock (https://python-poetry.org/docs/), formats 1.0 to 2.1.
--
-- Since 2.1 each package has its groups and markers (a text, or one for each group). Before, the markers stand on the
-- dependencies alone: they are followed from what the pyproject.toml beside the lock names, and where that names none,
-- all packages count. Of several versions of a package those count that such a dependency admits. Poetry writes
-- [metadata] last: what has none is cut off.
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

-- What old versions of Poetry never lock, whoever depends on it.
local IS_UNLOCKED = { pip = true, setuptools = true, wheel = true, distribute = true }

local ELSEWHERE = { git = found.ELSEWHERE.git, url = found.ELSEWHERE.url, file = found.ELSEWHERE.path,
  directory = found.ELSEWHERE.path }

local function emit(into, package, direct, why_not)
  local source = into:field(package, "source", "table")
  into:take(into:name(package.name), { line = into.file.lines[package], version = package.version, direct = direct,
    why_not = why_not, elsewhere = source and ELSEWHERE[source.type] })
end

--- nil where a package is installed for one of its groups, else why not: there is one marker for all, or one for some
-- of them.
local function why_not_installed(into, package)
  local markers = package.markers or package.marker
  if markers == nil then return nil end
  if type(markers) ~= "table" then
    return not into:holds(markers, package) and "marker: " .. markers or nil
  end
  local written, is_written = {}, {}
  for _, group in ipairs(into:field(package, "groups", "table") or {}) do
    local marker = markers[group]
    if into:holds(marker, package) then return nil end
    if not is_written[marker] then written[#written + 1], is_written[marker] = marker, true end
  end
  return written[1] and "marker: " .. table.concat(written, " or ") or nil
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
      if not item.why_not and (extra == nil and not item.optional or added and item.optional and added[name]) then
        list[#list + 1] = { name = name, marker = item.markers, extra = item.extras, version = item.version }
      end
    end
  end
  return list
end

--- Names a package that a dependency asks for here and that has no entry.
local function miss(self, name)
  if self.can_miss and not IS_UNLOCKED[name] and name ~= self.project.name then
    self.found:skip(name, found.NOT_HELD, self.found.file.lines[self.metadata])
  end
end

--- Looks whether the dependencies of a package that is installed here have entries; extras are let be.
local function check_held(self, package)
  if not self.can_miss then return end
  local into = self.found
  for written, value in pairs(into:field(package, "dependencies", "table") or {}) do
    local name = into:name(written)
    if not self.by_name[name] then
      for _, item in ipairs(poetry_declared.items(into, value, package)) do
        local is_asked = not item.optional and not (item.markers and item.markers:find("extra", 1, true))
        if is_asked and not item.why_not and into:holds(item.markers, package) then miss(self, name) end
      end
    end
  end
end

local function choose(self, edge, take)
  local candidates = self.by_name[edge.name]
  if not candidates then return miss(self, edge.name) end
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

local function follow(self)
  local into, start, named = self.found, {}, declared.beside(self.found)
  if not named or not named[1] then return nil end
  for _, item in ipairs(named) do
    if self.by_name[item.name] then start[#start + 1] = item end
  end
  return walk.from(into, {
    edges = function(package, extra) return edges(into, package, extra) end,
    choose = function(edge, take) choose(self, edge, take) end,
  }, start)
end

--- Whether the packages have markers of their own: since format 2.1.
local function has_markers(lock_version)
  local major, minor = tostring(lock_version):match("^(%d+)%.(%d+)")
  major, minor = tonumber(major), tonumber(minor)
  return major ~= nil and (major > 2 or major == 2 and minor >= 1)
end

--- Whether a lock is made for the Python at hand: for another, it need not hold what a dependency asks for.
local function is_for(into, python_versions)
  if type(python_versions) ~= "string" then return false end
  return constraint.admits(python_versions, into.python_version) == true
end

function poetry.read(into, document)
  local metadata = into:field(document, "metadata", "table") or {}
  local lock_version = metadata["lock-version"]
  if lock_version == nil then
    -- Format 1.0 does not say its number.
    if metadata["content-hash"] == nil then into:fail_cut("the 'lock-version' of [metadata] is missing") end
    lock_version = "1.0"
  end
  into:check_major(lock_version, 2, metadata)
  local packages = into:tables(document, "package")
  local self = { found = into, metadata = metadata, by_name = into:index(packages),
    project = declared.project_beside(into) }
  self.can_miss = self.project ~= nil and is_for(into, metadata["python-versions"])
  for _, package in ipairs(packages) do into:field(package, "version", "string", true) end
  local reached = not has_markers(lock_version) and follow(self)
  local is_direct = declared.names_beside(into)
  for _, package in ipairs(packages) do
    local why_not = why_not_installed(into, package)
    if not why_not and reached and not reached[package] then why_not = found.NOT_REACHED end
    if not why_not and not reached then check_held(self, package) end
    emit(into, package, is_direct[into:name(package.name)], not into.every and why_not or nil)
  end
  for _, item in ipairs(self.can_miss and declared.beside(into) or {}) do
    if item.is_main and not self.by_name[item.name] then miss(self, item.name) end
  end
end

return poetry
