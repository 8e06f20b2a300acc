--- Runs one test file: pysec run tests/run.lua FILE. So `require "harness"` finds what lies beside this file.
local path = ...
local chunk = assert(loadfile(path, "t"))
return chunk()
