--- Finds the files of tests.
local fs = require "pysec.fs"
local paths = require "lib.paths"

local discover = {}

local function is_test(path)
  return path:match("_test%.lua$") ~= nil
end

--- Folders that hold other people's files.
local function is_left_out(path)
  local name = paths.name(path)
  return name:sub(1, 1) == "." or name == "node_modules"
end

local function search(folder, add)
  local count = 0
  local ok, message = fs.walk(folder, function(path, kind)
    if kind == "folder" then return path == folder or not is_left_out(path) end
    if kind == "file" and is_test(path) and not is_left_out(path) then
      count = count + 1
      add(path)
    end
  end)
  if not ok then return nil, message end
  if count == 0 then return nil, ("%s: no test (*_test.lua) is in this folder"):format(folder) end
  return true
end

--- The *_test.lua files that paths stand for, each once, in the order of the paths; nil and a message when one stands
-- for none.
function discover.files(given)
  local files, seen = {}, {}
  local function add(path)
    local clean = paths.clean(path)
    if not seen[clean] then files[#files + 1] = clean end
    seen[clean] = true
  end
  for _, path in ipairs(given) do
    local stat, message = fs.stat(path)
    if not stat then return nil, message end
    if stat.kind == "folder" then
      local ok, problem = search(path, add)
      if not ok then return nil, problem end
    elseif is_test(path) then
      add(path)
    else
      return nil, ("%s: a file of tests ends in _test.lua"):format(path)
    end
  end
  return files
end

return discover
