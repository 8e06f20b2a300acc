--- Finds requirements files, lock files and environments below a folder.
local fs = require "pysec.fs"
local locks = require "inputs.locks"
local paths = require "lib.paths"

local tree = {}

local LEFT_OUT = { [".git"] = true, [".hg"] = true, [".svn"] = true, node_modules = true, __pycache__ = true,
  [".tox"] = true, [".nox"] = true, [".mypy_cache"] = true, [".pytest_cache"] = true }

local function is_requirements(name)
  return name:match("%.txt$") and (name:match("requirements") or name:match("constraints"))
    or name:match("^requirements.*%.in$") ~= nil
end

local function set_of(list)
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

--- What the .in files beside them were compiled to says more than they do.
local function without_compiled(files)
  local is_there, kept = set_of(files), {}
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
  if locks.kind_of(path) then return { files = {}, locks = { path }, environments = {} } end
  return { files = { path }, locks = {}, environments = {} }
end

--- Returns { files = paths, locks = paths, environments = paths }, or nil and a message.
function tree.find(folder)
  local found = { files = {}, locks = {}, environments = {} }
  local stat, missing = fs.stat(folder)
  if not stat then return nil, missing end
  if stat.kind == "file" then return one_file(folder) end
  if fs.stat(folder .. "/pyvenv.cfg") then return { files = {}, locks = {}, environments = { folder } } end
  local ok, message = fs.walk(folder, function(path, kind)
    local name = paths.name(path)
    if kind == "folder" then
      if LEFT_OUT[name] then return false end
      if fs.stat(path .. "/pyvenv.cfg") then
        found.environments[#found.environments + 1] = path
        return false
      end
    elseif kind == "file" and locks.kind_of(name) then
      found.locks[#found.locks + 1] = path
    elseif kind == "file" and is_requirements(name) then
      found.files[#found.files + 1] = path
    end
  end)
  if not ok then return nil, message end
  found.files, found.locks = without_compiled(found.files), without_locked(found.locks)
  return found
end

return tree
