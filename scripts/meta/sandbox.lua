---@meta pysec.sandbox

--- Lua code that is not trusted, in a Lua state of its own with budgets that it cannot swallow. Policies run in one.
--
-- The code finds string, table, math, utf8, json, version and a few functions of Lua, without any that reads files,
-- time or the environment, loads code, or takes longer than its budget allows. Values cross between the two states by
-- copy: tables, texts, numbers, booleans, json.null, regexes; metatables are lost. A function becomes one that calls
-- back: what is inside is called from outside within the budget, and the other way round.
--
-- A sandbox whose budget is spent is broken: all that runs in it, or is called in it later, raises the same message.
---@class pysec.sandbox
local sandbox = {}

---@class pysec.sandbox.options
---@field instructions? number  of Lua; 100 million by default
---@field memory? number  bytes; 64 MiB by default. One text takes at most 512 KiB, one table 4 MiB
---@field seconds? number  10 by default
---@field globals? table<string, any>  what the code finds besides, by name. Tables among them cannot be changed inside
---@field unknown? fun(name: string)  hears of a name that nothing has; the code gets a value that can be indexed and
---  called, and goes on
---@field lines? boolean  true: note which lines run

--- Makes a sandbox.
---@param options? pysec.sandbox.options
---@return pysec.sandbox.box box
function sandbox.new(options) end

--- A sandbox. Its budgets count all that runs in it until they are filled again.
---@class pysec.sandbox.box
local box = {}

--- Runs a text, which gets an environment of its own and cannot set globals. Bytecode is refused. Raises what the text
--- raised, with its place: "acme.lua:3: ...".
---@param name string  for messages
---@param text string
---@return true ok
function box:run(name, text) end

--- Fills the budgets again.
function box:refill() end

--- Where the code inside stands now, for functions that it calls.
---@return string? path  the name that run was given; nil when nothing runs
---@return integer? line
function box:where() end

--- The lines that ran so far, where `lines` says to note them.
---@return table<string, table<integer, true>> lines  by name
function box:lines() end

--- The lines of a function from inside that can run.
---@param body function
---@return string path
---@return table<integer, true> lines
function box:lines_of(body) end

--- Whether a budget is spent.
---@return boolean broken
function box:is_broken() end

--- Ends it and frees its memory. Its functions raise from then on. Idempotent; garbage collection does it, too.
function box:close() end

return sandbox
