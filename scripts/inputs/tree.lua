--- Finds requirements files and environments below a folder.
local fs = require "pysec.fs"
local paths = require "lib.paths"

local tree = {}

local LEFT_OUT = { [".git"] = true, [".hg"] = true, [".svn"] = true, node_modules = true, __pycache__ = true,
  [".tox"] = true, [".nox"] = true, [".mypy_cache"] = true, [".pytest_cache"] = true }

local function is_requirements(name)
  return name:match("%.txt$") and (name:match("requirements") or name:match("constraints"))
    or name:match("^requirements.*%.in$") ~= nil
end

--- Returns { files = paths, environments = paths }, or nil and a message.
function tree.find(folder)
  local found = { files = {}, environments = {} }
  local stat, missing = fs.stat(folder)
  if not stat then return nil, missing end
  if stat.kind == "file" then return { files = { folder }, environments = {} } end
  if fs.stat(folder .. "/pyvenv.cfg") then return { files = {}, environments = { folder } } end
  local ok, message = fs.walk(folder, function(path, kind)
    local name = paths.name(path)
    if kind == "folder" then
      if LEFT_OUT[name] then return false end
      if fs.stat(path .. "/pyvenv.cfg") then
        found.environments[#found.environments + 1] = path
        return false
      end
    elseif kind == "file" and is_requirements(name) then
      found.files[#found.files + 1] = path
    end
  end)
  if not ok then return nil, message end
  return found
end

return tree
