--- The version of Python that markers are read and requirements are resolved for.
local fs = require "pysec.fs"

local python = {}

-- What is assumed where no environment says.
local USUAL = "3.11"

--- The settings of a virtual environment, by name in lower case; empty for what is none.
function python.config(folder)
  local config = {}
  for key, value in (fs.read(folder .. "/pyvenv.cfg") or ""):gmatch("([%w%-_]+)[ \t]*=[ \t]*([^\r\n]*)") do
    config[key:lower()] = value:match("^(.-)%s*$")
  end
  return config
end

--- The version of an environment's Python, such as "3.11.7", or nil.
function python.version_of(config)
  return (config.version or config.version_info or ""):match("^%d+%.%d+%.%d+")
end

--- That of the first of these folders that is an environment.
function python.version_for(...)
  for _, folder in ipairs { ... } do
    local version = python.version_of(python.config(folder))
    if version then return version end
  end
  return USUAL
end

return python
