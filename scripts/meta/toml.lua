---@meta pysec.toml

--- TOML by version 1.0.0 (https://toml.io/en/v1.0.0), read strictly, with the line of each table. For lock files and
--- pyproject.toml.
--
-- Tables have strings as keys; an array is one of pysec.json's (json.is_array, also when it is empty). An integer stays
-- an integer and has to fit 64 bits; a float is one of IEEE 754, inf and nan among them. A date, a time, or both
-- become the text that stands there, when there is such a day and hour.
--
-- Errors are, besides all that the specification forbids: more than 64 levels of tables and arrays, the document being
-- the first, and more than 64 MiB. A byte order mark at the beginning is passed over. In strings of several lines, the
-- line end CR LF gives a line feed.
---@class pysec.toml
local toml = {}

---@class pysec.toml.options
---@field skip? string[]  keys to leave out, wherever they stand, with all below headers that have one: of their values
---  the syntax alone is checked, and nothing is built. Saves most of the time where a lock file lists many files:
---  `{ skip = { "wheels", "sdist", "files" } }`

--- Reads a document from a text.
---@param text string
---@param options? pysec.toml.options
---@return table? value  nil when the text is no TOML
---@return table<table, integer>|string lines  where each table and array begins, by the table itself: the line, from
---  1, of its header, of its opening bracket, or of the first key or header that implies it; else a message, such as
---  "12:5: expected a value", with the line and the column in bytes, from 1
---@return "ETOML"|"EFBIG"|nil code
function toml.decode(text, options) end

--- Reads a file.
---@param path string
---@param options? pysec.toml.options
---@return table? value  nil when it cannot be read
---@return table<table, integer>|string lines  as of decode; the message begins with the path: "uv.lock:12:5: ..."
---@return string? code  "ETOML", or that of the file: "ENOENT", "EISDIR", "EFBIG" (more than 64 MiB), ...
function toml.read(path, options) end

return toml
