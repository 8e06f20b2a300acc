--- What the [tool.poetry] table of a pyproject.toml depends on
-- (https://python-poetry.org/docs/pyproject/, https://python-poetry.org/docs/dependency-specification/).
local constraint = require "inputs.locks.constraint"
local names = require "lib.names"

local poetry_declared = {}

local function elsewhere(value)
  if value.git ~= nil then return "git" end
  if value.path ~= nil or value.file ~= nil then return "path" end
  return value.url ~= nil and "url" or nil
end

--- "win32", "!=win32" or "win32 || linux", as Poetry compares sys.platform.
local function is_for_platform(into, written)
  for alternative in (written:gsub("||?", "\n") .. "\n"):gmatch("([^\n]*)\n") do
    local operator, name = alternative:match("^%s*([!=]*)%s*(%w*)%s*$")
    if not name then return true end
    if into:holds(("sys_platform %s '%s'"):format(operator == "!=" and "!=" or "==", name)) then return true end
  end
  return false
end

--- What a dependency says of Python and the platform and does not hold here; nil where all holds, and its marker is
-- not looked at.
local function why_not_here(into, value)
  local python, platform = into:field(value, "python", "string"), into:field(value, "platform", "string")
  if python and constraint.admits(python, into.python_version) == false then return "python: " .. python end
  return platform and not is_for_platform(into, platform) and "platform: " .. platform or nil
end

local function normal_names(into, value, key)
  local list = {}
  for i, name in ipairs(into:field(value, key, "table") or {}) do list[i] = names.normalize(tostring(name)) end
  return list
end

--- The ways in which a dependency may be met: a text, a table, or a list of these. Returns a list of
-- { version, markers, extras, optional, elsewhere = "git"|"path"|"url"|nil, line, why_not = text|nil }, the last for
-- what this Python or platform does not take.
function poetry_declared.items(into, value, owner)
  if type(value) == "string" then return { { version = value, extras = {} } } end
  if type(value) ~= "table" then into:fail(owner, "a dependency has to be a version or a table") end
  local list = {}
  for _, entry in ipairs(value[1] ~= nil and value or { value }) do
    if type(entry) == "string" then
      list[#list + 1] = { version = entry, extras = {} }
    elseif type(entry) ~= "table" then
      into:fail(value, "a dependency has to be a version or a table")
    else
      list[#list + 1] = { version = into:field(entry, "version", "string"), line = into.file.lines[entry],
        markers = into:field(entry, "markers", "string"), extras = normal_names(into, entry, "extras"),
        optional = entry.optional == true, elsewhere = elsewhere(entry),
        why_not = why_not_here(into, entry) }
    end
  end
  return list
end

--- Calls take(written name, item, the table) for each dependency of a table, but for Python itself; those that do not
-- hold here say why_not.
function poetry_declared.each(into, dependencies, take)
  for written, value in pairs(dependencies) do
    if type(written) ~= "string" then into:fail(dependencies, "dependencies have to be a table") end
    if written:lower() ~= "python" then
      for _, item in ipairs(poetry_declared.items(into, value, dependencies)) do
        if not item.why_not and not into:holds(item.markers) then item.why_not = "marker: " .. item.markers end
        take(written, item, dependencies)
      end
    end
  end
end

--- The tables of dependencies besides the main one: those of the groups, and "dev-dependencies" of Poetry before 1.2.
function poetry_declared.group_tables(into, tool)
  local list = {}
  local old = into:field(tool, "dev-dependencies", "table")
  if old then list[1] = old end
  local groups = into:field(tool, "group", "table") or {}
  for name in pairs(groups) do
    list[#list + 1] = into:field(into:field(groups, name, "table"), "dependencies", "table")
  end
  return list
end

return poetry_declared
