--- How long the phases of a run took. A phase that comes several times counts once, with all its time.
local clock = require "pysec.clock"
local json = require "pysec.json"

local Stopwatch = {}
Stopwatch.__index = Stopwatch

function Stopwatch.new()
  return setmetatable({ order = {}, seconds = {} }, Stopwatch)
end

--- Adds time to a phase.
function Stopwatch:add(phase, seconds)
  if not self.seconds[phase] then
    self.seconds[phase] = 0
    table.insert(self.order, phase)
  end
  self.seconds[phase] = self.seconds[phase] + seconds
end

--- Calls `body` and adds its time to a phase, also when it raises. Returns its results.
function Stopwatch:time(phase, body, ...)
  local started = clock.monotonic()
  local results = table.pack(pcall(body, ...))
  self:add(phase, clock.monotonic() - started)
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

--- { { phase, seconds } } in the order in which they began; seconds to the millisecond.
function Stopwatch:list()
  local list = json.array()
  for i, phase in ipairs(self.order) do
    list[i] = { phase = phase, seconds = math.floor(self.seconds[phase] * 1000 + 0.5) / 1000 }
  end
  return list
end

return Stopwatch
