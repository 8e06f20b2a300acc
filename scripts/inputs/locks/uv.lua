--- Reads uv.lock (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile), format 1 of any revision.
--
-- The file is a graph: what is installed is what the edges of the workspace's members lead to, under the markers that
-- hold. All extras and groups of the members count. A lock without members is whole where it has no [project] beside
-- it, which uv would lock: then all packages count. Where a package is there in several versions, an edge names
-- version and source, or the packages' own `resolution-markers` tell. uv leaves out of a marker what
-- `requires-python` says already.
local declared = require "inputs.locks.declared"
local found = require "inputs.locks.found"
local version = require "pysec.version"
local walk = require "inputs.locks.walk"

local uv = {
  way_out = "write the file anew with 'uv lock'",
  folder_starts = { '\nsource = { virtual = "', '\nsource = { editable = "', '\nsource = { directory = "' },
  newer_way_out = "audit what 'uv export --all-extras --all-groups -o requirements.txt' writes",
}

-- "metadata" repeats what pyproject.toml says; the files of a package are most of the text.
local SKIP = { "wheels", "sdist", "metadata" }

--- Extras may be called like that; then all is read.
function uv.skips(text)
  for _, key in ipairs(SKIP) do
    if text:find("\n" .. key .. " = [\n    { name = ", 1, true) then return nil end
  end
  return SKIP
end

local ELSEWHERE = {
  git = found.ELSEWHERE.git, url = found.ELSEWHERE.url, path = found.ELSEWHERE.path,
  directory = found.ELSEWHERE.path, editable = found.ELSEWHERE.path, virtual = found.ELSEWHERE.path,
}

local NONE = {}

local NOT_THERE = "a dependency on '%s', which is not in the file"

local function source_kind(source)
  if not source or source.registry then return nil end
  for kind in pairs(ELSEWHERE) do
    if source[kind] ~= nil then return kind end
  end
end

local function is_same_source(a, b)
  for key, value in pairs(a) do
    if b[key] ~= value then return false end
  end
  return true
end

--- Whether a package belongs to the way that the resolver went for the environment at hand.
local function is_for_here(self, package)
  local answer = self.is_here[package]
  if answer ~= nil then return answer end
  local list = self.found:field(package, "resolution-markers", "table") or NONE
  answer = #list == 0
  for _, marker in ipairs(list) do answer = answer or self.found:holds(marker, package) end
  self.is_here[package] = answer
  return answer
end

local function fits(edge, package)
  if edge.version ~= nil and edge.version ~= package.version then return false end
  return type(edge.source) ~= "table" or is_same_source(edge.source, package.source or {})
end

--- What an edge means among several packages of a name.
local function choose_among(self, edge, candidates, take)
  local fitting = {}
  for _, package in ipairs(candidates) do
    if fits(edge, package) then fitting[#fitting + 1] = package end
  end
  for _, package in ipairs(fitting) do
    if #fitting == 1 or self.found.every or is_for_here(self, package) then take(package) end
  end
end

local function choose(self, edge, take)
  local candidates = self.by_name[self.found:name(edge.name)]
  if candidates[2] then choose_among(self, edge, candidates, take) else take(candidates[1]) end
end

--- Fails where a dependency leads to nothing: uv refuses that, too, whether its marker holds or not.
local function check_edges(self, list)
  for _, edge in ipairs(list) do
    local name = self.found:field(edge, "name", "string", true)
    local candidates = self.by_name[self.found:name(name)] or NONE
    local any = candidates[1] ~= nil and edge.version == nil and edge.source == nil
    for i = 1, any and 0 or #candidates do any = any or fits(edge, candidates[i]) end
    if not any then self.found:fail(edge, NOT_THERE:format(name)) end
  end
end

local function check_tables(self, owner, key)
  local lists = self.found:field(owner, key, "table")
  for name in pairs(lists or NONE) do check_edges(self, self.found:tables(lists, name)) end
end

local function check_package(self, package)
  if package.dependencies then check_edges(self, self.found:tables(package, "dependencies")) end
  check_tables(self, package, "optional-dependencies")
  check_tables(self, package, "dev-dependencies")
  check_tables(self, package, "dependency-groups")
end

local function edges(self, package, extra)
  if not extra then return self.found:field(package, "dependencies", "table") or NONE end
  local optional = self.found:field(package, "optional-dependencies", "table")
  return optional and self.found:field(optional, extra, "table") or NONE
end

--- Appends all edges of a table of lists: extras, or groups.
local function append_all(self, into, owner, key)
  local lists = self.found:field(owner, key, "table") or NONE
  for name in pairs(lists) do
    local list = self.found:tables(lists, name)
    table.move(list, 1, #list, #into + 1, into)
  end
end

--- Finds the members of the workspace: those that the manifest names, else the project that the file lies beside.
local function find_members(self, packages, manifest)
  local is_named = {}
  for _, name in ipairs(self.found:field(manifest, "members", "table") or NONE) do
    if type(name) == "string" then
      is_named[name] = true
      if not self.by_name[self.found:name(name)] then
        self.found:fail_cut(("the workspace's member '%s' is not in the file"):format(name))
      end
    end
  end
  for _, package in ipairs(packages) do
    local source = self.found:field(package, "source", "table") or NONE
    local kind = source_kind(source)
    if kind and (is_named[package.name] or source[kind] == ".") then self.members[package] = true end
  end
end

--- Whether the file has a package for what the manifest names. uv names there what it leaves out, too: for the sake
-- of excludes, overrides and markers that no Python meets. Fails for another that is not there.
local function is_locked(self, manifest, edge)
  local name = self.found:field(edge, "name", "string", true)
  if self.by_name[self.found:name(name)] then return true end
  for _, excluded in ipairs(self.found:field(manifest, "excludes", "table") or NONE) do
    if excluded == name then return false end
  end
  for _, override in ipairs(self.found:tables(manifest, "overrides")) do
    if override.name == name then return false end
  end
  if not self.found:holds(edge.marker, edge) then return false end
  if edge.marker and version.matches(self.found.python_version, self.requires_python) == false then return false end
  self.found:fail(edge, NOT_THERE:format(name))
end

local function roots(self, packages, manifest)
  local list = {}
  for _, package in ipairs(packages) do
    if self.members[package] then
      local own = self.found:tables(package, "dependencies")
      table.move(own, 1, #own, #list + 1, list)
      append_all(self, list, package, "optional-dependencies")
      append_all(self, list, package, "dev-dependencies")
      append_all(self, list, package, "dependency-groups")
    end
  end
  -- A script, or a workspace whose root is no project, names its own in the manifest.
  local requirements = self.found:tables(manifest, "requirements")
  local named = table.move(requirements, 1, #requirements, 1, {})
  append_all(self, named, manifest, "dependency-groups")
  for _, edge in ipairs(named) do
    if is_locked(self, manifest, edge) then
      list[#list + 1] = { name = edge.name, marker = edge.marker, extra = edge.extras }
    end
  end
  return list
end

--- Whether uv can have written a file without members and roots; fails where it cannot.
local function is_without_project(self, manifest)
  if next(self.members) or manifest.members or manifest.requirements or manifest["dependency-groups"] then
    return false
  end
  local project = declared.project_beside(self.found)
  if project and project.is_project then self.found:fail_cut("the project beside it is not in the file") end
  return true
end

local function emit(self, package, way)
  local kind = source_kind(package.source)
  self.found:take(self.found:name(package.name), { line = self.found.file.lines[package], direct = way == "direct",
    version = not kind and self.found:field(package, "version", "string", true) or nil,
    elsewhere = kind and ELSEWHERE[kind], why_not = not way and found.NOT_REACHED or nil })
end

--- The names that uv gives in markers to what may not be installed together.
local function conflicts_of(self, document)
  local sets = {}
  local conflicts = self.found:tables(document, "conflicts")
  for i in ipairs(conflicts) do
    local list = {}
    for _, item in ipairs(self.found:tables(conflicts, i)) do
      local package = self.found:field(item, "package", "string", true)
      local what = item.extra and "extra" or item.group and "group" or "project"
      local name = item.extra or item.group
      list[#list + 1] = ("%s-%d-%s%s"):format(what, #package, package, name and "-" .. tostring(name) or "")
    end
    sets[#sets + 1] = list
  end
  return sets
end

function uv.read(into, document)
  if document.version == nil then into:fail_cut("'version' is missing") end
  into:check_major(document.version, 1, "version")
  local self = { found = into, members = {}, is_here = {},
    requires_python = into:field(document, "requires-python", "string") or "" }
  if document.conflicts then into:set_conflicts(conflicts_of(self, document)) end
  local packages = into:tables(document, document.package and "package" or "distribution")
  local manifest = into:field(document, "manifest", "table") or NONE
  self.by_name = into:index(packages)
  find_members(self, packages, manifest)
  local all_count = is_without_project(self, manifest) or into.every
  for _, package in ipairs(packages) do check_package(self, package) end
  local graph = {
    every = into.every,
    edges = function(package, extra) return edges(self, package, extra) end,
    choose = function(edge, take) choose(self, edge, take) end,
  }
  local reached = walk.from(into, graph, roots(self, packages, manifest))
  for _, package in ipairs(packages) do
    if not self.members[package] then emit(self, package, reached[package] or all_count and "reached") end
  end
end

return uv
