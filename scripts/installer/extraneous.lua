--- What an environment holds beyond a compiled file, as pip-sync sees it: pip, setuptools and the like stay, and so
-- does what they need.
local names = require "lib.names"
local pep508 = require "lib.pep508"
local requirements = require "lib.requirements"
local version = require "pysec.version"

local extraneous = {}

-- pip-tools 7.6, piptools/sync.py.
local KEPT = { "pip", "pip-tools", "pip-review", "pkg-resources", "python", "wsgiref", "argparse" }
local KEPT_BEFORE_3_12 = { "setuptools", "distribute", "wheel" }

--- Whether a package is in the environment itself, not in a folder that it shares with others.
function extraneous.is_inside(environment, package)
  return package.path:sub(1, #environment.path + 1) == environment.path .. "/"
end

--- The folders for packages that are the environment's own.
function extraneous.own_folders(environment)
  local list = {}
  for _, folder in ipairs(environment.folders) do
    if extraneous.is_inside(environment, { path = folder }) then list[#list + 1] = folder end
  end
  return list
end

--- Adds to a set the package `name`, when it is installed, and all that it needs.
local function add_tree(environment, variables, set, name)
  local package = environment.by_name[name]
  if not package or set[name] then return end
  set[name] = true
  for _, text in ipairs(package.requires) do
    local needed = pep508.parse(text)
    local present = needed and environment.by_name[needed.name]
    if present and pep508.marker_holds(needed.marker, variables)
      and (needed.specifier == "" or version.matches(present.version, needed.specifier)) then
      add_tree(environment, variables, set, needed.name)
    end
  end
end

--- The names of what a compiled file asks for, as a set.
local function wanted(text, variables)
  local set = {}
  for _, line in ipairs(requirements.parse(text, "compiled.txt").lines) do
    local name = line.name or line.raw:match "#egg=([%w%.%-_]+)"
    if name and pep508.marker_holds(line.marker, variables) then set[names.normalize(name)] = true end
  end
  return set
end

--- The packages that have to go, sorted.
function extraneous.names(environment, text)
  local variables = pep508.environment(environment.python_version)
  local kept, list = wanted(text, variables), {}
  local tools = table.move(KEPT, 1, #KEPT, 1, {})
  if version.compare(environment.python_version, "3.12") == -1 then
    table.move(KEPT_BEFORE_3_12, 1, #KEPT_BEFORE_3_12, #tools + 1, tools)
  end
  local tree = {}
  for _, name in ipairs(tools) do add_tree(environment, variables, tree, name) end
  for _, package in ipairs(environment.packages) do
    local stays = kept[package.name] or tree[package.name] or not extraneous.is_inside(environment, package)
    if not stays then list[#list + 1] = package.name end
  end
  return list
end

return extraneous
