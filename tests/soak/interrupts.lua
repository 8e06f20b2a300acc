--- An upgrade of an environment is interrupted at 100 moments, 50 ms apart, by INT and TERM in turn: each time
-- the environment is as it was before, or upgraded, and nothing is left beside it.
local fs = require "pysec.fs"
local t = require "harness"
local support = require "support"
local tool = require "pysec.tool"

local original = t.tempdir() .. "/env"
support.environment(original, { "jinja2==2.10", "idna==2.7", "urllib3==1.23", "requests==2.19.1", "flask==0.12" })
local project = support.project()

local outcomes = {}

local function interrupt(signal, delay)
  local words = { "/bin/bash", "-c", ('"$0" "$@" & pid=$!; sleep %s; kill -%s $pid 2>/dev/null; wait $pid')
    :format(delay, signal), t.program }
  local arguments = support.offline { "--scanners", "pip-audit" }
  table.move(arguments, 1, #arguments, #words + 1, words)
  words.cwd, words.timeout = project, 120
  return assert(tool.run(words))
end

for i = 1, 100 do
  t.test(("interrupted after %d ms"):format(i * 50), function()
    assert(fs.remove(project .. "/.venv"))
    assert(fs.copy(original, project .. "/.venv"))
    local before = support.fingerprint(project .. "/.venv")
    local result = interrupt(i % 2 == 0 and "INT" or "TERM", i * 0.05)
    outcomes[result.code] = (outcomes[result.code] or 0) + 1
    if result.code == 0 then
      t.equal(support.installed(project .. "/.venv").jinja2, "3.0.0")
    else
      t.truthy(result.code == 130 or result.code == 143, result.stderr)
      t.truthy(support.fingerprint(project .. "/.venv") == before, "the environment changed")
    end
    t.equal(support.pip_check(project .. "/.venv"), "")
    for _, name in ipairs(fs.list(project)) do t.lacks(name, "pysec-snapshot") end
  end)
end
print(("ended by INT %d, by TERM %d, finished %d"):format(outcomes[130] or 0, outcomes[143] or 0, outcomes[0] or 0))

return t.finish()
