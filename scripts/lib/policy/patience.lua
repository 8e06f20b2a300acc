--- The time that the patterns of rules may take. They run in the host, where no sandbox counts it: each match is
-- bounded, but there may be many patterns, and many texts.
local clock = require "pysec.clock"

local patience = {}

local left = math.huge

--- Gives them their time, for what is about to be judged.
function patience.allow(seconds)
  left = seconds
end

--- Calls a function and takes the time that it needs. Returns whether there was enough, and what pcall returns.
function patience.spend(body, ...)
  local start = clock.monotonic()
  local ok, result = pcall(body, ...)
  left = left - (clock.monotonic() - start)
  return left >= 0, ok, result
end

return patience
