--- Reads uv.lock (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile), format 1 of any revision.
--
-- The file is a graph: what is installed is what the edges of the workspace's members lead to, under the markers that
-- hold. All extras and groups of the members count. Where a package is there in several versions, an edge names
-- version and source, or the packages' own `resolution-markers` tell. uv leaves out of a marker what
-- `requires-python` says already.
local found = require "inputs.locks.found"
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

--- What an edge means among several packages of a name. Returns whether one fits at all.
local function choose_among(self, edge, candidates, take)
  local fitting = {}
  for _, package in ipairs(candidates) do
    if fits(edge, package) then fitting[#fitting + 1] = package end
  end
  for _, package in ipairs(fitting) do
    if #fitting == 1 or is_for_here(self, package) then take(package) end
  end
  return #fitting > 0
end

local function choose(self, edge, take)
  local name = self.found:field(edge, "name", "string", true)
  local candidates = self.by_name[self.found:name(name)]
  if candidates and not candidates[2] then
    take(candidates[1])
  elseif not candidates or not choose_among(self, edge, candidates, take) then
    self.found:fail(edge, ("a dependency on '%s', which is not in the file"):format(name))
  end
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
    if type(name) == "string" then is_named[name] = true end
  end
  for _, package in ipairs(packages) do
    local source = self.found:field(package, "source", "table") or NONE
    local kind = source_kind(source)
    if kind and (is_named[package.name] or source[kind] == ".") then self.members[package] = true end
  end
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
    list[#list + 1] = { name = edge.name, marker = edge.marker, extra = edge.extras }
  end
  return list
end

local function emit(self, package, way)
  local line = self.found.file.lines[package]
  local kind = source_kind(package.source)
  local name = self.found:name(package.name)
  if kind then
    self.found:skip(name, ELSEWHERE[kind], line)
  else
    self.found:add(name, self.found:field(package, "version", "string", true), line, way == "direct")
  end
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
  if document.version == nil then into:fail(1, "'version' is missing") end
  into:check_major(document.version, 1, "version")
  local self = { found = into, members = {}, is_here = {} }
  if document.conflicts then into:set_conflicts(conflicts_of(self, document)) end
  local packages = into:tables(document, document.package and "package" or "distribution")
  local manifest = into:field(document, "manifest", "table") or NONE
  self.by_name = into:index(packages)
  find_members(self, packages, manifest)
  local graph = {
    edges = function(package, extra) return edges(self, package, extra) end,
    choose = function(edge, take) choose(self, edge, take) end,
  }
  local list = roots(self, packages, manifest)
  -- Where the file does not say whose it is, all of it counts.
  local is_owned = next(self.members) ~= nil or manifest.requirements ~= nil or manifest["dependency-groups"] ~= nil
  local reached = walk.from(into, graph, is_owned and list or packages)
  for _, package in ipairs(packages) do
    if reached[package] and not self.members[package] then emit(self, package, reached[package]) end
  end
end

return uv
