--- The marks of who was asked for. An installer marks all that its list names, and what came in for another package
-- would be taken for something that somebody wants.
local extraneous = require "installer.extraneous"
local fs = require "pysec.fs"
local names = require "lib.names"

local marks = {}

--- Takes a distribution's mark away, from its list of files, too.
local function unmark(folder, entry)
  local mark, record = ("%s/%s/REQUESTED"):format(folder, entry), ("%s/%s/RECORD"):format(folder, entry)
  if not fs.stat(mark, { follow = false }) then return true end
  local text, message = fs.read(record)
  if not text then return nil, message end
  local lines, start = {}, entry .. "/REQUESTED,"
  for line in text:gmatch "[^\n]*\n?" do
    if line:sub(1, #start) ~= start then lines[#lines + 1] = line end
  end
  local ok
  ok, message = fs.write(record, table.concat(lines), { beneath = folder })
  if not ok then return nil, message end
  return fs.remove(mark)
end

--- Leaves marks to what had one in `environment`, which was read before the installation. Returns true, or nil and why
-- it could not.
function marks.restore(environment)
  for _, given in ipairs(extraneous.own_folders(environment)) do
    local folder = fs.realpath(given)
    for _, entry in ipairs(folder and fs.list(folder) or {}) do
      local name = entry:match "^(.-)%-[^%-]+%.dist%-info$"
      local before = name and environment.by_name[names.normalize(name)]
      if name and not (before and before.requested) then
        local ok, message = unmark(folder, entry)
        if not ok then return nil, message end
      end
    end
  end
  return true
end

return marks
