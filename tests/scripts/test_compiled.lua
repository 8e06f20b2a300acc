--- What pip-compile's answers are taken for. They are those of pip-tools 7 with pip 26.
local compiled = require "compiled"
local t = require "harness"

--- A run in which pip-compile fails with this on its standard error.
local function job_with(stderr)
  return { scratch = t.tempdir(), timeout = 10,
    tools = { command = function() return { "pip-compile" } end, redact = function(text) return text end },
    run = function() return { code = 1, stdout = "", stderr = stderr } end }
end

local function compile(job)
  return compiled.compile(job, { path = "app.in", output = "app.txt" }, {}, {})
end

local RETRY = "WARNING: Retrying (Retry(total=%d, connect=None, read=None, redirect=None, status=None)) after "
  .. "connection broken by 'NewConnectionError(...)': /simple/jinja2/\n"
local NONE = "ERROR: Could not find a version that satisfies the requirement jinja2==2.10 (from versions: none)\n"

t.test("an index that pip cannot reach ends the plan, and is no conflict", function()
  local job = job_with(RETRY:format(1) .. RETRY:format(0) .. NONE)
  local ok, problem = pcall(compile, job)
  t.equal({ ok, problem.incomplete, job.offline }, { false, "the package index could not be reached", true })
end)

t.test("a connection that came back, or a version that there is not, is told as pip tells it", function()
  for _, said in ipairs { NONE, RETRY:format(4) .. NONE } do
    local job = job_with(said)
    local text, problem = compile(job)
    t.equal({ text, job.offline }, {})
    t.match(problem, "Could not find a version that satisfies the requirement jinja2==2%.10")
  end
end)

return t.finish()
