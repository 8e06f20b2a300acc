--- Times of whole commands: medians, so that a hiccup of the machine does not count.
local clock = require "pysec.clock"
local tool = require "pysec.tool"

local measure = {}

function measure.median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

--- The median seconds of `body`, run `times` times after one run that warms the caches.
function measure.seconds(times, body)
  body()
  local list = {}
  for i = 1, times do
    local started = clock.monotonic()
    body()
    list[i] = clock.monotonic() - started
  end
  return measure.median(list)
end

--- Runs a spec of pysec.tool and insists on one of the exit codes.
function measure.run(spec, codes)
  local result = assert(tool.run(spec))
  for _, code in ipairs(codes) do
    if result.code == code then return result end
  end
  error(("%s ended with %s\n%s%s"):format(spec[1], result.code, result.stdout, result.stderr))
end

--- Prints one line: what, its figure, and the bound that it has to keep.
function measure.report(what, figure, bound)
  print(("%-64s %s%s"):format(what, figure, bound and "   (bound: " .. bound .. ")" or ""))
end

return measure
