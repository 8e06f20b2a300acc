---@meta pysec.ui

--- What people see. Text from tools and advisories is made harmless on its way out: controls (C0, C1, DEL),
--- bidirectional marks (https://www.unicode.org/reports/tr9/), separators of lines and bytes that are no UTF-8 become
--- \xNN or \u{NNNN}, and so does the first character of what a CI system would take for a command ("::" at the start of
--- a line, "##[", "##vso[").
--
-- Colours and live lines are for terminals alone, each stream by itself; NO_COLOR (https://no-color.org/) and TERM=dumb
-- switch colours off. Warnings, errors, details and live lines go to standard error, all else to standard output.
---@class pysec.ui
local ui = {}

---@alias pysec.ui.style "plain"|"bold"|"dim"|"red"|"yellow"|"green"|"cyan"

---@class pysec.ui.settings
---@field color? boolean    false: no colours; true changes nothing
---@field quiet? boolean    true: only fail, warn, error, table and write print
---@field verbose? boolean  true: detail prints as well

--- Changes the settings that are given and keeps the others.
---@param settings pysec.ui.settings
function ui.configure(settings) end

--- Prints a line. Line feeds in the text stay; all else is escaped, as for every message below.
---@param text string
function ui.info(text) end

--- Prints a line with a check mark.
---@param text string
function ui.ok(text) end

--- Prints a line with a cross; also when quiet.
---@param text string
function ui.fail(text) end

--- Prints an empty line and a title.
---@param text string
function ui.section(text) end

--- Prints a warning to standard error; also when quiet.
---@param text string
function ui.warn(text) end

--- Prints an error to standard error; also when quiet. Does not raise it.
---@param text string
function ui.error(text) end

--- Prints an indented line to standard error, only when verbose.
---@param text string
function ui.detail(text) end

--- Writes to standard output as it is, for other programs: nothing is escaped, no line feed is added; also when quiet.
---@param text string
function ui.write(text) end

--- The text as a message would print it, line feeds escaped as well.
---@param text string
---@return string escaped
function ui.escape(text) end

--- Prints a table; also when quiet. On a terminal the widest columns are cut to its width, to 8 columns at the least;
--- elsewhere nothing is cut.
---@param titles any[]  1 to 16
---@param rows any[][]  a cell is a value (nil: empty), or { value, style }
function ui.table(titles, rows) end

--- Starts live lines on standard error: one for each thing that runs, with its seconds, redrawn in place on a terminal.
--- In a pipe only finish prints. `local progress <close> = ui.progress()` takes them away at the end. One at a time.
---@return pysec.ui.progress progress
function ui.progress() end

--- Live lines.
---@class pysec.ui.progress
local progress = {}

--- Adds a line. Of a label 79 bytes are kept, of lines 16.
---@param label string
function progress:start(label) end

--- Redraws; call it several times a second, such as from on_tick of tool.all.
function progress:tick() end

--- Sets what stands behind the label of a line, such as "43 %", and redraws. 79 bytes of it are kept.
---@param label string  as it was started
---@param text string
function progress:update(label, text) end

--- Takes the line away and prints one that stays, unless quiet: with a check mark when `ok` is true, else with "!".
---@param label string  as it was started
---@param ok? boolean
---@param text? string  what came of it
function progress:finish(label, ok, text) end

--- Takes all lines away; a second time is no mistake.
function progress:close() end

return ui
