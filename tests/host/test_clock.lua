--- pysec.clock: one clock for everything, which SOURCE_DATE_EPOCH stops.
local t = require "harness"
local clock = require "pysec.clock"
local tool = require "pysec.tool"

--- What a script prints with SOURCE_DATE_EPOCH set to `epoch`, in a time zone far from UTC.
local function run_at(epoch, text)
  local script = t.files(t.tempdir(), { ["a.lua"] = 'local clock = require "pysec.clock"\n' .. text }) .. "/a.lua"
  local result = assert(tool.run { t.program, "run", script, env = { SOURCE_DATE_EPOCH = epoch, TZ = "Asia/Tokyo" } })
  assert(result.code == 0, result.stderr)
  return result.stdout
end

local ALL = "print(clock.now(), clock.today(), clock.timestamp())"

t.test("SOURCE_DATE_EPOCH is the time, in UTC whatever the time zone", function()
  for epoch, text in pairs {
    ["0"] = "0\t1970-01-01\t19700101-000000\n", ["1709210096"] = "1709210096\t2024-02-29\t20240229-123456\n",
    ["951782400"] = "951782400\t2000-02-29\t20000229-000000\n",
    ["2147483648"] = "2147483648\t2038-01-19\t20380119-031408\n",
    ["1735689599"] = "1735689599\t2024-12-31\t20241231-235959\n",
    ["253402300799"] = "253402300799\t9999-12-31\t99991231-235959\n",
  } do
    t.equal(run_at(epoch, ALL), text)
  end
end)

t.test("what is no time is ignored", function()
  for _, epoch in ipairs {
    "", "soon", "-1", "1e9", "12x", "0x10", " 5", "+5", "1.5", "253402300800", "9223372036854775807",
    "99999999999999999999",
  } do
    local now = tonumber((run_at(epoch, "print(clock.now())")))
    t.truthy(math.abs(now - os.time()) < 60, ("%q gave %d"):format(epoch, now))
  end
end)

t.test("without it the time is the system's", function()
  local script = t.files(t.tempdir(), { ["a.lua"] = 'local clock = require "pysec.clock" ' .. ALL }) .. "/a.lua"
  local out = assert(tool.run { t.program, "run", script, env = { TZ = "Asia/Tokyo" } }).stdout
  local now, today, stamp = out:match "^(%d+)\t([%d-]+)\t([%d-]+)\n$"
  t.truthy(math.abs(tonumber(now) - os.time()) < 60, out)
  t.equal(today, os.date("!%Y-%m-%d", tonumber(now)))
  t.equal(stamp, os.date("!%Y%m%d-%H%M%S", tonumber(now)))
end)

t.test("now is a whole number, today and timestamp are strings of fixed form", function()
  t.equal(math.type(clock.now()), "integer")
  t.match(clock.today(), "^%d%d%d%d%-%d%d%-%d%d$")
  t.match(clock.timestamp(), "^%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d$")
end)

t.test("monotonic goes on while the clock stands still, and never back", function()
  t.equal(run_at("0", [[
    local start, now = clock.monotonic(), clock.now()
    require "pysec.tool".sleep(0.05)
    print(clock.monotonic() - start >= 0.04, clock.now() == now)]]), "true\ttrue\n")
  local last = clock.monotonic()
  for _ = 1, 10000 do
    local now = clock.monotonic()
    t.truthy(now >= last)
    last = now
  end
  t.equal(math.type(last), "float")
end)

return t.finish()
