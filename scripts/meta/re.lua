---@meta pysec.re

--- Regular expressions by PCRE2 (https://www.pcre.org/current/doc/html/pcre2pattern.html). Unlike Lua's own patterns
--- they have alternatives, and a limit that ends every match.
--
-- Text is UTF-8, and \w, \d, \b and the like go by Unicode; the flag "b" goes by bytes. Positions are bytes, from 1.
-- A group that took no part in a match is false, so that `...` keeps its length.
--
-- Limits (https://www.pcre.org/current/doc/html/pcre2api.html, "match context"): patterns of 64 KiB, subjects of
-- 64 MiB, 1 000 000 steps of backtracking, 100 000 levels of it and 20 000 KiB for them. A match that reaches one
-- raises "regex: match limit exceeded (-47)" or the like, soon. What they do not bound is scanning: a pattern may
-- still take time that grows with the square of the subject, `a(?=[^b]*[xy])` for one, so do not match patterns of
-- strangers on long texts. A pattern does not start with "(*": that would lift the limits.
--
-- A subject that is no UTF-8 raises too, unless the flag is "b".
---@class pysec.re
local re = {}

--- Compiles a pattern, once for many subjects.
---@param pattern string
---@param flags? string  any of i (case), m (^ and $ at each line), s (. takes line feeds), x (white space and
---  comments), b (bytes instead of UTF-8)
---@return pysec.re.regex? regex
---@return string? message  says at which byte of the pattern
---@return "EINVAL"? code
function re.compile(pattern, flags) end

--- A pattern that matches this text and nothing else, under any flags but "i".
---@param text string
---@return string pattern
function re.escape(text) end

--- A compiled pattern. Its methods raise at a limit, and for a subject that is no UTF-8.
---@class pysec.re.regex
local regex = {}

--- Finds the first match. An empty one ends before it starts: `re.compile("$"):find "abc"` is 4, 3.
---@param subject string
---@param start? integer  first byte, as of string.find; the subject still begins at its beginning, for ^ and \b. Raises
---  inside of a character
---@return integer? first  nil: there is none
---@return integer? last
---@return string|false ...  the groups
function regex:find(subject, start) end

--- The groups of the first match, or the whole match when the pattern has no group.
---@param subject string
---@param start? integer  as of find
---@return string|false|nil ...  nil: there is none
function regex:match(subject, start) end

--- Whether there is a match.
---@param subject string
---@return boolean found
function regex:test(subject) end

--- An iterator over all matches: `for name, value in regex:gmatch(text) do`. It gives what match gives; so a first
--- group that took no part is false and does not end the loop.
---@param subject string
---@return fun(): string|false|nil, ... next
function regex:gmatch(subject) end

--- Replaces matches.
---@param subject string
---@param replacement string|fun(...: string|false): string|number|false|nil  a text in which $1 to $9 are the groups,
---  $0 is the match and $$ is "$" (any other character behind "$" raises, once there is a match), or a function that
---  gets what match gives; its nil or false keeps the match
---@param most? integer  how many
---@return string text
---@return integer count  how many were replaced
function regex:gsub(subject, replacement, most) end

--- What lies between the matches; groups are not put in. An empty pattern splits into characters.
---@param subject string
---@return string[] parts  at least one
function regex:split(subject) end

return re
