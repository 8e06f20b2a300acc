--- pysec --version: time from start to exit, and memory.
local env = require "pysec.env"
local measure = require "bench.measure"

local program = env.get("PYSEC_TEST_PROGRAM")

local seconds = measure.seconds(50, function() measure.run({ program, "--version" }, { 0 }) end)
local python = measure.seconds(10, function() measure.run({ "python3", "-I", "-c", "pass" }, { 0 }) end)
measure.report("pysec --version", ("%.1f ms"):format(seconds * 1000), "5 ms")
measure.report("  compared with python3 -c pass", ("%.1f ms, ratio %.2f"):format(python * 1000, seconds / python))

-- A small parent counts: until it executes the program, a child has its parent's memory.
local result = measure.run({ "/usr/bin/time", "-f", "%M", program, "--version" }, { 0 })
measure.report("pysec --version, memory", ("%.1f MB"):format(tonumber(result.stderr) / 1024), "10 MB")
