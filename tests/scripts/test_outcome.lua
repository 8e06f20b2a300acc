--- What became of a tool's run, in words; the results are those of programs that ran.
local t = require "harness"
local outcome = require "lib.outcome"
local tool = require "pysec.tool"

local function run(spec) return tool.all({ spec })[1] end

t.test("has nothing to say of the accepted exit codes", function()
  t.equal(outcome.problem("demo", run { "/bin/true" }, { 0 }), nil)
  t.equal(outcome.problem("demo", run { "/bin/sh", "-c", "exit 64" }, { 0, 64 }), nil)
end)

t.test("names the tool and its exit code", function()
  t.equal(outcome.problem("demo", run { "/bin/false" }, { 0 }), "demo ended with exit code 1")
  t.equal(outcome.problem("demo", run { "/bin/sh", "-c", "exit 2" }, { 0, 1 }), "demo ended with exit code 2")
  t.equal(outcome.problem("demo", run { "/bin/true" }, {}), "demo ended with exit code 0")
end)

t.test("says how a missing tool can be had", function()
  t.equal(outcome.problem("demo", run { "/nonexistent/demo" }, { 0 }),
    "/nonexistent/demo: No such file or directory; run: pysec tools install")
end)

t.test("names the signal that killed it", function()
  t.equal(outcome.problem("demo", run { "/bin/sh", "-c", "kill -9 $$" }, { 0 }), "demo was killed by signal 9")
end)

t.test("says that the time was up, also where the tool then ended by itself", function()
  local result = run { "/bin/sleep", "60", timeout = 0.2 }
  t.match(outcome.problem("demo", result, { 0 }),
    "^demo did not end within its time %(%d s%); give it more with %-%-timeout$")
  t.match(outcome.problem("demo", { timed_out = true, code = 0, seconds = 600.4 }, { 0 }), "%(600 s%)")
end)

t.test("takes no report that was cut off", function()
  local result = run { "/bin/echo", ("x"):rep(1000), max_output = 100 }
  t.equal(outcome.problem("demo", result, { 0 }), "demo wrote more than can be kept; its report was cut off")
end)

return t.finish()
