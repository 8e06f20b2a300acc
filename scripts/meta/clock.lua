---@meta pysec.clock

--- One clock for everything. SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/), a whole
--- number of seconds up to the year 9999, stops it, so that a run can be repeated; what is no such number is ignored.
--- Dates are in UTC, so that reports of several machines sort.
---@class pysec.clock
local clock = {}

--- The time.
---@return integer seconds  since 1970
function clock.now() end

--- The date.
---@return string date  such as "2026-01-31"
function clock.today() end

--- Date and time, for the names of files.
---@return string timestamp  such as "20260131-235959"
function clock.timestamp() end

--- Seconds since some moment in the past, for durations: never jumps, goes on under SOURCE_DATE_EPOCH, and stands still
--- while the machine sleeps (CLOCK_MONOTONIC, clock_gettime(2)).
---@return number seconds  with a fraction
function clock.monotonic() end

return clock
