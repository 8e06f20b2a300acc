--- bandit over a large code base (Django's): pysec's parts side by side, compared with one bandit.
local env = require "pysec.env"
local fs = require "pysec.fs"
local json = require "pysec.json"
local measure = require "bench.measure"
local toolbox = require "toolbox"

local program = env.get("PYSEC_TEST_PROGRAM")
local folder = assert(fs.tempdir())
local box = toolbox.open()

local uv = box:command("uv")[1]
local install = { uv, "pip", "install", "--quiet", "--no-config", "--no-deps", "--target", folder .. "/code",
  "django==4.2.16", env = toolbox.environment("uv") }
measure.run(install, { 0 })
assert(fs.write(folder .. "/empty.txt", "# nothing\n"))

local single = box:command("bandit")
table.move({ "-r", "code/django", "-f", "json", "-q", "-o", "single.json" }, 1, 7, #single + 1, single)
single.env, single.cwd = toolbox.environment("plain"), folder

local one = measure.seconds(3, function() measure.run(single, { 1 }) end)
local split = measure.seconds(3, function()
  fs.remove(folder .. "/reports")
  measure.run({ program, "--scanners", "bandit", "--src", "code/django", "--venv", folder .. "/none", "--req",
    "empty.txt", "--reports", "reports", "--upgrade", "none", cwd = folder }, { 0 })
end)
local joined
for _, name in ipairs(fs.list(folder .. "/reports")) do
  if name:match("^bandit") then joined = assert(json.read(folder .. "/reports/" .. name)) end
end
local whole = assert(json.read(folder .. "/single.json"))
assert(#joined.results == #whole.results, "the joined report differs from the single one")
assert(joined.metrics._totals.loc == whole.metrics._totals.loc, "the joined metrics differ")
measure.report(("one bandit over %d lines, %d results"):format(whole.metrics._totals.loc, #whole.results),
  ("%.2f s"):format(one))
measure.report("pysec --scanners bandit", ("%.2f s"):format(split))
measure.report(("  times faster, on %d cores"):format(require("pysec.tool").cores()), ("%.2f"):format(one / split),
  "1.7 on 2 cores")
fs.remove(folder)
