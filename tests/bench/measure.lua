--- Times of whole commands: medians, so that a hiccup of the machine does not count.
local clock = require "pysec.clock"
local fs = require "pysec.fs"
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

--- Runs some specs, a list of { name, spec }, in turns: so a busy moment of the machine does not hit one alone. Each
--- runs in `folder`, prints into the file NAME there and ends with one of the codes. Returns of each, by its name, the
--- fewest seconds that it took and the megabytes that it held then: { seconds =, megabytes = }.
function measure.contest(times, folder, contestants, codes)
  local best = {}
  for _ = 1, times do
    for _, contestant in ipairs(contestants) do
      local name, spec = table.unpack(contestant)
      -- A small parent counts, see startup.lua: so `time` has to be the one.
      local command = { "sh", "-c", 'exec "$@" > "$0"', name, "/usr/bin/time", "-q", "-o", "peak", "-f", "%M",
        cwd = folder, env = spec.env }
      table.move(spec, 1, #spec, #command + 1, command)
      local seconds = measure.run(command, codes).seconds
      if not best[name] or seconds < best[name].seconds then
        best[name] = { seconds = seconds, megabytes = tonumber(assert(fs.read(folder .. "/peak"))) / 1024 }
      end
    end
  end
  return best
end

--- Prints one line: what, its figure, and the bound that it has to keep.
function measure.report(what, figure, bound)
  print(("%-64s %s%s"):format(what, figure, bound and "   (bound: " .. bound .. ")" or ""))
end

return measure
