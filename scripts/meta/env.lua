---@meta pysec.env

--- The environment of this process, to be read. It cannot be changed; give a tool its own by `env`.
---@class pysec.env
local env = {}

--- A variable.
---@param name string
---@return string? value  nil when there is none; one that is set to nothing is ""
function env.get(name) end

--- All variables, in a new table. May hold PYSEC_RUN, by which pysec finds the children of its tools.
---@return table<string, string> variables
function env.list() end

return env
