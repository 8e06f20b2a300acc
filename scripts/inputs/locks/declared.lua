--- What a pyproject.toml depends on: [project], [dependency-groups] (PEP 735), [build-system] and the tables of
-- Poetry, PDM and uv (https://packaging.python.org/en/latest/specifications/pyproject-toml/).
--
-- An item is { name, extra = names, version = specifier, pin = version|nil, elsewhere =
-- "git"|"path"|"url"|"workspace"|nil, line, is_build, is_main, why_not = text|nil }. "why_not" says why it does not
-- hold for the Python at hand; "is_main" is what every tool that locks the project locks. All extras and groups count.
local constraint = require "inputs.locks.constraint"
local found = require "inputs.locks.found"
local fs = require "pysec.fs"
local lists = require "lib.lists"
local paths = require "lib.paths"
local pep508 = require "lib.pep508"
local places = require "inputs.locks.places"
local poetry_declared = require "inputs.locks.poetry_declared"
local toml = require "pysec.toml"

local declared = {}

local WAY_OUT = "write a requirement such as 'name==1.2'"

--- Where a uv source (a table, or a list of them with markers) takes a package from. Where every environment counts,
-- one with a marker leaves those in which the package comes from the index.
local function uv_elsewhere(into, source)
  if type(source) ~= "table" then return nil end
  for _, entry in ipairs(source[1] ~= nil and source or { source }) do
    if type(entry) == "table" and into:holds(entry.marker, entry) and not (into.every and entry.marker) then
      for _, kind in ipairs { "git", "path", "url", "workspace" } do
        if entry[kind] then return kind end
      end
    end
  end
end

local function url_elsewhere(url)
  if not url then return nil end
  return url:match("^git%+") and "git" or url:match("^file:") and "path" or "url"
end

local function add(self, item)
  if item.name == self.name then return end
  item.elsewhere = item.elsewhere or self.elsewhere[item.name]
  self.items[#self.items + 1] = item
end

--- Reads a list of requirements by PEP 508; tables in it include another group, which counts by itself.
local function add_list(self, list, kind)
  local into = self.into
  local lines = self.places:of_texts(into.file.lines[list], list)
  for i, text in ipairs(list) do
    if type(text) == "string" then
      local editable = text:match("^%s*%-e%s+(.*)$")
      local parsed, problem = pep508.parse(text)
      if editable then
        add(self, { name = into:name(editable:match("[#&]egg=([%w._-]+)") or paths.name(editable)), extra = {},
          version = "", elsewhere = "path", line = lines[i] })
      elseif not parsed then
        into:fail(lines[i], ("'%s': %s"):format(text, problem), WAY_OUT)
      else
        local why = not into:holds(parsed.marker) and "marker: " .. parsed.marker
          or self.is_left_out[parsed.name] and "[tool.poetry.dependencies] has no entry for it that holds here"
        add(self, { name = parsed.name, extra = parsed.extras, version = parsed.specifier,
          pin = pep508.pin(parsed.specifier), elsewhere = url_elsewhere(parsed.url), line = lines[i],
          is_build = kind == "build", is_main = kind == "main", why_not = why or nil })
      end
    elseif type(text) ~= "table" then
      into:fail(list, "a requirement has to be text", WAY_OUT)
    end
  end
end

local function add_lists(self, owner, key)
  local by_name = self.into:field(owner, key, "table") or {}
  for name in pairs(by_name) do add_list(self, self.into:field(by_name, name, "table")) end
end

local function add_poetry(self, dependencies, kind)
  poetry_declared.each(self.into, dependencies, function(written, item, owner)
    add(self, { name = self.into:name(written), extra = item.extras, version = item.version or "",
      pin = item.version and constraint.pin(item.version), elsewhere = item.elsewhere,
      line = item.line or self.places:of_key(self.into.file.lines[owner], written), is_main = kind == "main",
      why_not = item.why_not })
  end)
end

--- Where [project] says the dependencies, Poetry's main table says more of them and adds none.
local function refine_by_poetry(self, dependencies)
  for written in pairs(dependencies) do
    if type(written) == "string" then self.is_left_out[self.into:name(written)] = true end
  end
  poetry_declared.each(self.into, dependencies, function(written, item)
    if item.why_not then return end
    local name = self.into:name(written)
    self.is_left_out[name] = nil
    self.elsewhere[name] = self.elsewhere[name] or item.elsewhere
  end)
end

local function read_project(self, project, poetry)
  local into = self.into
  local own = into:field(project, "dependencies", "table")
  local main = into:field(poetry, "dependencies", "table")
  local dynamic = type(project.dynamic) == "table" and project.dynamic or {}
  local is_dynamic = lists.has(dynamic, "dependencies")
  if lists.has(dynamic, "optional-dependencies") then self.dynamic = into.file.lines[project] end
  if main and (own or project["optional-dependencies"]) then refine_by_poetry(self, main) end
  if own then add_list(self, own, "main") end
  add_lists(self, project, "optional-dependencies")
  self.is_left_out = {}
  if main and not own and (is_dynamic or not project["optional-dependencies"]) then
    add_poetry(self, main, "main")
  elseif is_dynamic then
    self.dynamic = into.file.lines[project]
  end
end

--- Reads a decoded pyproject.toml. Returns { name = the project's own|nil, items, dynamic = line|nil, is_project }:
-- "dynamic" where its build says what it depends on, "is_project" where [project] names it. The items of one array are
-- in its order.
function declared.read(into, document)
  local project = into:field(document, "project", "table") or {}
  local tool = into:field(document, "tool", "table") or {}
  local poetry, uv = into:field(tool, "poetry", "table") or {}, into:field(tool, "uv", "table") or {}
  local name = into:field(project, "name", "string") or into:field(poetry, "name", "string")
  local self = { into = into, name = name and into:name(name), items = {}, elsewhere = {}, is_left_out = {},
    places = places.new(into.file.text) }
  for written, source in pairs(into:field(uv, "sources", "table") or {}) do
    self.elsewhere[into:name(tostring(written))] = uv_elsewhere(into, source)
  end
  read_project(self, project, poetry)
  add_lists(self, document, "dependency-groups")
  for _, dependencies in ipairs(poetry_declared.group_tables(into, poetry)) do add_poetry(self, dependencies) end
  add_lists(self, into:field(tool, "pdm", "table") or {}, "dev-dependencies")
  local dev = into:field(uv, "dev-dependencies", "table")
  if dev then add_list(self, dev) end
  local build = into:field(document, "build-system", "table")
  -- Without a [project] a setup.py or setup.cfg says all.
  if build and document.project == nil and next(poetry) == nil then self.dynamic = into.file.lines[build] end
  local requires = build and into:field(build, "requires", "table")
  if requires then add_list(self, requires, "build") end
  return { name = self.name, items = self.items, dynamic = self.dynamic, is_project = project.name ~= nil,
    requires_python = into:field(project, "requires-python", "string") }
end

local function read_beside(into)
  local path = paths.join(paths.folder(into.file.path), "pyproject.toml")
  local text = fs.read(path)
  local document, lines = toml.decode(text or "")
  if not text or not document then return nil end
  local beside = found.new({ path = path, text = text, lines = lines, way_out = "" }, into.python_version, into.every)
  local ok, result = pcall(declared.read, beside, document)
  if ok then return result end
  if type(result) ~= "table" then error(result, 0) end
end

--- What declared.read gives of the pyproject.toml beside a lock file; nil where it cannot be read.
function declared.project_beside(into)
  if into.beside == nil then into.beside = read_beside(into) or false end
  return into.beside or nil
end

--- Its items that hold here, but for what is needed to build; nil where it cannot be read.
function declared.beside(into)
  local project = declared.project_beside(into)
  if not project then return nil end
  local list = {}
  for _, item in ipairs(project.items) do
    if not item.is_build and not item.why_not then list[#list + 1] = item end
  end
  return list
end

--- The names of these items, or of all where every environment counts, as a set; empty where they cannot be read.
function declared.names_beside(into)
  local names, project = {}, declared.project_beside(into)
  for _, item in ipairs(project and project.items or {}) do
    if not item.is_build and (into.every or not item.why_not) then names[item.name] = true end
  end
  return names
end

return declared
