---@meta pysec.json

--- JSON by RFC 8259 (https://www.rfc-editor.org/rfc/rfc8259), read strictly: what a scanner prints decides
--- whether a build fails, so what could be read in two ways is not read at all.
--
-- Beyond the grammar, these are errors: a key that is there twice (section 4 calls the outcome unpredictable),
-- invalid UTF-8 and surrogates without their other half (8.1, 8.2), integers that do not fit 64 bits, numbers
-- beyond a double, more than 64 levels (9), a byte order mark, and anything behind the value.
--
-- Objects are tables with strings as keys; an array is a list that remembers to be one, also when it is empty.
-- An integer stays an integer ("-0" is 0), a number with a point or an exponent is a float. null is json.null,
-- which is true in a condition: compare with it.
---@class pysec.json
---@field null lightuserdata  stands for null, since a table cannot hold nil
local json = {}

---@class pysec.json.decode_options
---@field lines? boolean  true: tell where objects and arrays begin

--- Reads one value from a text. `false` is a value as well: compare with nil, do not assert.
---@param text string
---@param options? pysec.json.decode_options
---@return any value  nil when the text is no JSON
---@return string|table<table, integer>|nil message  such as "line 3, column 8: expected a value"; columns count bytes,
---  from 1. With `lines`, where there is a value: the line of each object and array, from 1, by the table itself
---@return "EJSON"? code
function json.decode(text, options) end

---@class pysec.json.encode_options
---@field pretty? boolean  true: two spaces a level, and a line feed at the end

--- Reads a long list a part at a time, so that memory holds no more than the part.
---@param text string  one JSON array
---@param most integer  elements at a time, from 1 to 1000000
---@return fun(): any[]?, string?, string? next  the next elements; nil after the last; nil, a message and "EJSON" at
---  a mistake, which may come after parts that were right
function json.batches(text, most) end

--- Writes a value as JSON. Keys come in the order of their bytes, so equal values give equal texts. A table is an
--- array when json.array or json.decode made it one, or when it has an item 1; an empty table is `{}` otherwise.
--- Floats get as many digits as bring the same float back, and always a point or an exponent. Bytes that are no
--- UTF-8 become U+FFFD. Metatables are not looked at.
---
--- Raises for what JSON cannot hold: functions and the like, NaN and infinity, lists with holes, keys that are no
--- strings, more than 64 levels and with that a table that holds itself.
---@param value any  not nil
---@param options? pysec.json.encode_options
---@return string text
function json.encode(value, options) end

--- Joins JSON that is there as text with values that are not yet: the strings of the list stand as they are, all else
--- is encoded. For writing much of what is alike: `json.join { '{"by":"a.lua:3","finding":', finding, "}" }`.
---@param parts any[]  no holes
---@return string text
function json.join(parts) end

--- Reads a file that holds one value.
---@param path string
---@return any value  nil when it cannot be read
---@return string? message  with path, line and column: "report.json:3:8: expected a value"
---@return string? code  "EJSON", or that of the file: "ENOENT", "EISDIR", "EFBIG" (more than 1 GiB), ...
function json.read(path) end

--- Writes a value to a file as fs.write does: whole or not at all, never through a link. Always pretty. What cannot
--- be encoded raises before the file is touched.
---@param path string
---@param value any  not nil
---@return true? ok
---@return string? message
---@return string? code  as of fs.write
function json.write(path, value) end

--- Makes a table an array, so that it is written as `[]` when it is empty. Replaces the table's metatable.
---@param list? table  nil: a new one
---@return table list  the same table
function json.array(list) end

--- Whether json.array or json.decode made this an array. A plain list is none: `json.is_array { 1 }` is false.
---@param value any
---@return boolean is_array
function json.is_array(value) end

return json
