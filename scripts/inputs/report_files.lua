--- Finds the files of stored reports, and reads them.
local fs = require "pysec.fs"
local paths = require "lib.paths"

local report_files = {}

report_files.STANDARD_INPUT = "standard input"

local MOST_INPUT = 1 << 30

--- True when somebody may have piped or redirected something to us: not a terminal, not /dev/null.
function report_files.has_standard_input()
  local stat = fs.stat("/dev/stdin")
  if not stat then return false end
  local path = fs.realpath("/dev/stdin") -- a pipe has none
  return stat.kind == "file" or not (path and path:match("^/dev/"))
end

--- The reports below a folder: summaries, where there are any, since a run's other files hold the same again.
local function find_below(folder)
  local summaries, all = {}, {}
  local ok, message = fs.walk(folder, function(path, kind)
    if kind ~= "file" or path:sub(-5) ~= ".json" then return end
    all[#all + 1] = path
    if paths.name(path):find("^security%-summary%-") then summaries[#summaries + 1] = path end
  end)
  if not ok then return nil, message end
  if #all == 0 then return nil, ("%s: no report (*.json) is in this folder"):format(folder) end
  return #summaries > 0 and summaries or all
end

--- What files, folders and "-" stand for. Returns the names of reports, or nil and a message.
function report_files.find(list)
  local found = {}
  for _, path in ipairs(list) do
    local stat, message = fs.stat(path)
    if path == "-" then
      found[#found + 1] = report_files.STANDARD_INPUT
    elseif not stat then
      return nil, message
    elseif stat.kind == "folder" then
      local below, problem = find_below(paths.clean(path))
      if not below then return nil, problem end
      table.move(below, 1, #below, #found + 1, found)
    else
      found[#found + 1] = path
    end
  end
  return found
end

--- Reads standard input to its end. It may be a socket, which cannot be opened by a name.
local function read_standard_input()
  local parts, bytes = {}, 0
  repeat
    local part, message = io.read(1 << 20)
    if message then return nil, ("%s: %s"):format(report_files.STANDARD_INPUT, message) end
    parts[#parts + 1] = part
    bytes = bytes + #(part or "")
    if bytes > MOST_INPUT then return nil, report_files.STANDARD_INPUT .. ": more than 1 GiB" end
  until not part
  return table.concat(parts)
end

--- The text of a report that was found, or nil and a message.
function report_files.read(name)
  if name == report_files.STANDARD_INPUT then return read_standard_input() end
  return fs.read(name)
end

return report_files
