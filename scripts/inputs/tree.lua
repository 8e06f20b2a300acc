--- Finds requirements files, lock files and environments below a folder.
local fs = require "pysec.fs"
local lists = require "lib.lists"
local locks = require "inputs.locks"
local paths = require "lib.paths"

local tree = {}

local LEFT_OUT = { [".git"] = true, [".hg"] = true, [".svn"] = true, node_modules = true, __pycache__ = true,
  [".tox"] = true, [".nox"] = true, [".mypy_cache"] = true, [".pytest_cache"] = true }

-- What making an environment puts into its folder; a project may lie in the same one.
local OF_ENVIRONMENT = { bin = true, etc = true, include = true, lib = true, lib64 = true, share = true, Lib = true,
  Scripts = true }

--- By the name of the file, in any case, or by that of its folder: requirements/base.txt. The snapshots that --freeze
-- makes say what was there once.
local function is_requirements(path)
  local name = paths.name(path):lower()
  local ending = name:match("%.(%w+)$")
  if ending ~= "txt" and ending ~= "in" or name:match("^requirements%-freeze%-%d") then return false end
  return name:match("requirements") or ending == "txt" and name:match("constraints")
    or paths.name(paths.folder(path)):lower() == "requirements"
end

local function is_input(path)
  return locks.kind_of(path) or is_requirements(path)
end

--- What the .in files beside them were compiled to says more than they do.
local function without_compiled(files)
  local is_there, kept = lists.set(files), {}
  for _, path in ipairs(files) do
    if not (path:match("%.in$") and is_there[path:gsub("%.in$", ".txt")]) then kept[#kept + 1] = path end
  end
  return kept
end

local function is_project(path) return locks.kind_of(path) == "pyproject" end

--- The folders of all projects that lock files install. Files are searched only where it matters: where a
-- pyproject.toml has no lock file beside it.
local function installed_folders(found)
  local folders, is_needed = {}, false
  for _, path in ipairs(found) do
    if not is_project(path) then folders[paths.clean(paths.folder(path))] = true end
  end
  for _, path in ipairs(found) do
    is_needed = is_needed or is_project(path) and not folders[paths.clean(paths.folder(path))]
  end
  for _, path in ipairs(is_needed and found or {}) do
    if not is_project(path) then
      for _, folder in ipairs(locks.folders_of(path)) do folders[folder] = true end
    end
  end
  return folders
end

--- Leaves out each pyproject.toml that a lock file speaks for: of its own folder, and of the folders that it
-- installs.
local function without_locked(found)
  local folders, kept = installed_folders(found), {}
  for _, path in ipairs(found) do
    if not (is_project(path) and folders[paths.clean(paths.folder(path))]) then kept[#kept + 1] = path end
  end
  return kept
end

local function one_file(path)
  if locks.kind_of(path) then return { files = {}, locks = { path }, environments = {}, problems = {} } end
  return { files = { path }, locks = {}, environments = {}, problems = {} }
end

local Search = {}
Search.__index = Search

function Search:folder(path)
  if LEFT_OUT[paths.name(path)] then return false end
  if self.is_environment[paths.folder(path)] and OF_ENVIRONMENT[paths.name(path)] then return false end
  if fs.stat(path .. "/pyvenv.cfg") then
    self.is_environment[path] = true
    table.insert(self.found.environments, path)
  end
end

function Search:visit(path, kind)
  if kind == "folder" then return self:folder(path) end
  if kind == "file" then
    if is_input(path) then table.insert(locks.kind_of(path) and self.found.locks or self.found.files, path) end
  elseif is_input(path) or kind == "link" and fs.stat(path .. "/pyvenv.cfg") then
    table.insert(self.strange, { path = path, kind = kind })
  end
end

--- Says what has the name of an input and is not read: a link may lead anywhere. One to what was found is no loss.
function Search:problems()
  local is_found, list = {}, {}
  for _, paths_found in pairs(#self.strange > 0 and self.found or {}) do
    for _, path in ipairs(paths_found) do is_found[fs.realpath(path) or path] = true end
  end
  for _, item in ipairs(self.strange) do
    if item.kind ~= "link" then
      list[#list + 1] = paths.clean(item.path) .. ": not a file"
    elseif not is_found[fs.realpath(item.path) or item.path] then
      list[#list + 1] = paths.clean(item.path) .. ": a symbolic link is not followed; name what it points to"
    end
  end
  return list
end

--- Returns { files = paths, locks = paths, environments = paths, problems = messages }, or nil and a message.
function tree.find(folder)
  local stat, missing = fs.stat(folder)
  if not stat then return nil, missing end
  if stat.kind == "file" then return one_file(folder) end
  local found = { files = {}, locks = {}, environments = {} }
  local search = setmetatable({ found = found, is_environment = {}, strange = {} }, Search)
  if fs.stat(folder .. "/pyvenv.cfg") then
    search.is_environment[folder] = true
    found.environments[1] = folder
  end
  local ok, message = fs.walk(folder, function(path, kind) return search:visit(path, kind) end)
  if not ok then return nil, message end
  found.problems = search:problems()
  found.files, found.locks = without_compiled(found.files), without_locked(found.locks)
  return found
end

return tree
