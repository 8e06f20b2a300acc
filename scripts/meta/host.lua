---@meta pysec.host

--- The host itself: its version, the files that are built into it, and the loader of scripts.
--
-- `require` finds the modules pysec.*, then the built-in scripts ("lib.names" is scripts/lib/names.lua; `--scripts DIR`
-- takes their place), then files beside the script that was started. Never the current folder, LUA_PATH or C libraries.
---@class pysec.host
local host = {}

--- The version.
---@return string version  such as "0.1.0"
function host.version() end

--- The text of a built-in file. `--scripts` does not change it.
---@param name string  such as "policies/default.lua"
---@return string? text
---@return string? message
---@return "ENOENT"? code
function host.builtin(name) end

--- The names of built-in files, in order.
---@param prefix? string  such as "scripts/audits/"; all files without it
---@return string[] names
function host.builtins(prefix) end

---@class pysec.host.platform
---@field system string   such as "Linux"
---@field machine string  such as "x86_64" or "aarch64"
---@field release string
---@field version string

--- What uname says of this machine.
---@return pysec.host.platform? platform
---@return string? message
---@return string? code
function host.platform() end

--- Compiles a file of the user's own, which may require what lies beside it: from now on, `require` looks there in
--- place of the folder of the script that was started. Bytecode is refused.
---@param path string
---@return function? chunk
---@return string? message  with file and line; no code follows
function host.load(path) end

return host
