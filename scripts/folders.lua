--- Where pysec keeps its own things, when nobody says otherwise: below $XDG_DATA_HOME/pysec.
local env = require "pysec.env"
local fs = require "pysec.fs"
local paths = require "lib.paths"

local folders = {}

local function data()
  local home = env.get("XDG_DATA_HOME")
  if not home or home:sub(1, 1) ~= "/" then home = (env.get("HOME") or "/root") .. "/.local/share" end
  return home .. "/pysec"
end

--- The environments of the tools, an absolute path: as given, PYSEC_TOOLS, or tools.
function folders.tools(given)
  local folder = given or env.get("PYSEC_TOOLS") or data() .. "/tools"
  return folder:sub(1, 1) == "/" and folder or paths.clean(fs.cwd() .. "/" .. folder)
end

--- The local advisory database: as given, PYSEC_DATABASE, or advisories.db.
function folders.database(given)
  return given or env.get("PYSEC_DATABASE") or data() .. "/advisories.db"
end

return folders
