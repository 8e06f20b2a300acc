--- Reads pdm.lock (https://pdm-project.org/en/latest/usage/lockfile/), formats up to 4.
--
-- With the strategy "inherit_metadata" each package has its marker and groups. Without it the markers stand on the
-- dependencies alone; they are followed from what the pyproject.toml beside the lock names, and where that names none,
-- all packages count. A package with extras has an entry of its own, with the same version. [metadata] comes first:
-- that the end of a file is cut off only shows in the dependencies that have no entry.
local declared = require "inputs.locks.declared"
local found = require "inputs.locks.found"
local lists = require "lib.lists"
local paths = require "lib.paths"
local pep508 = require "lib.pep508"
local version = require "pysec.version"
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

local function emit(into, package, direct, why_not)
  local reason = elsewhere(package)
  into:take(into:name(package.name), { line = into.file.lines[package], direct = direct, why_not = why_not,
    version = not reason and into:field(package, "version", "string", true) or nil, elsewhere = reason })
end

local function has(list, wanted)
  return type(list) == "table" and lists.has(list, wanted)
end

--- Whether a lock is made for the Python at hand: for another, it need not hold what a dependency asks for.
local function is_for(self, metadata)
  local into = self.found
  local targets = into:tables(metadata, "targets")
  for _, target in ipairs(targets) do
    local wanted = into:field(target, "requires_python", "string")
    if wanted and version.matches(into.python_version, wanted) == true then return true end
  end
  -- Before format 4.5 only the project says it.
  local wanted = self.project.requires_python
  return #targets == 0 and wanted ~= nil and version.matches(into.python_version, wanted) == true
end

--- Names a package that a dependency asks for here and that has no entry.
local function miss(self, name)
  if self.can_miss and name ~= self.project.name then
    self.found:skip(name, found.NOT_HELD, self.found.file.lines[self.metadata])
  end
end

--- Looks whether the dependencies of a package that is installed here have entries.
local function check_held(self, package)
  if not self.can_miss then return end
  local into = self.found
  for _, text in ipairs(into:field(package, "dependencies", "table") or {}) do
    local written = type(text) == "string" and text:match("^%w[%w._-]*")
    local parsed = written and not self.by_name[into:name(written)] and pep508.parse(text)
    if parsed and into:holds(parsed.marker, package) then miss(self, parsed.name) end
  end
end

--- Looks whether the project's own dependencies have entries; those of its groups may not be locked.
local function check_own(self)
  local groups = self.metadata.groups
  if not self.can_miss or type(groups) == "table" and not has(groups, "default") then return end
  for _, item in ipairs(declared.beside(self.found)) do
    if item.is_main and not self.by_name[item.name] then miss(self, item.name) end
  end
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
local function follow(self, packages)
  local into, by_name, start = self.found, self.by_name, declared.beside(self.found)
  if not start or not start[1] then return nil end
  -- "-e file:///${PROJECT_ROOT}/lib" names a folder, and not the project in it.
  for _, package in ipairs(packages) do
    local folder = type(package.path) == "string" and into:name(paths.name(package.path))
    if folder and not by_name[folder] then by_name[folder] = { package } end
  end
  -- A group need not be locked.
  local own = {}
  for _, item in ipairs(start) do
    if by_name[item.name] then own[#own + 1] = item end
  end
  return walk.from(into, {
    edges = function(package, extra) return extra and {} or edges(into, package) end,
    choose = function(edge, take)
      local entries = by_name[edge.name]
      if not entries then return miss(self, edge.name) end
      for _, entry in ipairs(entries) do
        if is_meant(edge, entry) then take(entry) end
      end
    end,
  }, own)
end

function pdm.read(into, document)
  local metadata = into:field(document, "metadata", "table") or {}
  if metadata.lock_version == nil then into:fail_cut("the 'lock_version' of [metadata] is missing") end
  into:check_major(metadata.lock_version, NEWEST, metadata)
  local packages = into:tables(document, "package")
  local self = { found = into, metadata = metadata, by_name = into:index(packages),
    project = declared.project_beside(into) }
  self.can_miss = self.project ~= nil and is_for(self, metadata)
  local reached = not has(metadata.strategy, "inherit_metadata") and follow(self, packages)
  local is_direct = declared.names_beside(into)
  for _, package in ipairs(packages) do
    local why_not = not into:holds(package.marker, package) and "marker: " .. package.marker or nil
    if not why_not and reached and not reached[package] then why_not = found.NOT_REACHED end
    if not why_not and not reached then check_held(self, package) end
    emit(into, package, is_direct[into:name(package.name)], not into.every and why_not or nil)
  end
  check_own(self)
end

return pdm
