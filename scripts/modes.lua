--- The upgrade modes: shipped ones by name, a user's own by path.
local host = require "pysec.host"
local names = require "lib.names"

local modes = {}

local SHIPPED = { "conservative", "all", "none" }

--- Loads a mode by name, or a user's own from a path. Raises { usage }.
function modes.load(name)
  if names.nearest(name, SHIPPED) == name then return require("modes." .. name) end
  if not name:match("%.lua$") then
    error({ usage = ("--upgrade %s: expected conservative, all, none or the path of a Lua mode%s"):format(name,
      names.hint(name, SHIPPED)) }, 0)
  end
  local chunk, message = host.load(name)
  if not chunk then error({ usage = ("--upgrade %s"):format(message) }, 0) end
  local mode = chunk()
  if type(mode) ~= "table" or type(mode.candidates) ~= "function" then
    error({ usage = ("--upgrade %s: the mode has to return a table with a function 'candidates'"):format(name) }, 0)
  end
  mode.name = mode.name or name
  return mode
end

return modes
