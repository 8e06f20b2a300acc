--- INT and TERM at any moment: children stop, nothing stays changed, the exit says which signal it was.
local clock = require "pysec.clock"
local fs = require "pysec.fs"
local t = require "harness"
local support = require "support"
local tool = require "pysec.tool"
local fake_tools = dofile(t.root .. "/tests/faults/fake_tools.lua")

--- Starts the program and sends it a signal after `delay` seconds.
local function interrupt(signal, delay, arguments, options)
  local words = { "/bin/bash", "-c", ('"$0" "$@" & pid=$!; sleep %s; kill -%s $pid 2>/dev/null; wait $pid')
    :format(delay, signal), t.program }
  table.move(arguments, 1, #arguments, #words + 1, words)
  words.cwd, words.timeout = options.cwd, 120
  return assert(tool.run(words))
end

local EXITS = { INT = 130, TERM = 143 }

t.test("a scanner that runs is stopped, and so are its children", function()
  local project = support.project()
  for signal, code in pairs(EXITS) do
    local marker = "5151." .. code
    local box = fake_tools.make("pip_audit", ("sleep %s & sleep %s"):format(marker, marker))
    local started = clock.monotonic()
    local result = interrupt(signal, 1, support.offline { "--req", "requirements.txt", "--upgrade", "none",
      "--tools", box }, { cwd = project })
    t.equal(result.code, code, result.stderr)
    t.truthy(clock.monotonic() - started < 20, "it was waited for")
    t.equal(tool.run { "/usr/bin/pgrep", "-f", "sleep " .. marker }.code, 1, "a child is still running")
  end
end)

t.test("a scanner that ignores TERM is killed after five seconds", function()
  local project, marker = support.project(), "5252.5252"
  local box = fake_tools.make("pip_audit", ("trap '' TERM INT; sleep %s; sleep %s"):format(marker, marker))
  local result = interrupt("INT", 1, support.offline { "--req", "requirements.txt", "--upgrade", "none",
    "--tools", box }, { cwd = project })
  t.equal(result.code, 130, result.stderr)
  t.equal(tool.run { "/usr/bin/pgrep", "-f", "sleep " .. marker }.code, 1, "a child is still running")
end)

t.test("no report is left behind by a run that was interrupted", function()
  local project = support.project()
  interrupt("TERM", 0.3, support.offline { "--req", "requirements.txt", "--upgrade", "none" }, { cwd = project })
  t.equal(fs.list(project .. "/reports/security") or {}, {})
end)

t.test("an upgrade that is interrupted at any moment leaves the environment as it was, or upgraded", function()
  local original = t.tempdir() .. "/env"
  support.environment(original, { "jinja2==2.10", "idna==2.7", "urllib3==1.23" })
  local project = support.project()
  local seen = {}
  for i = 1, 12 do
    assert(fs.remove(project .. "/.venv"))
    assert(fs.copy(original, project .. "/.venv"))
    local before = support.fingerprint(project .. "/.venv")
    local result = interrupt(i % 2 == 0 and "INT" or "TERM", i * 0.25, support.offline { "--scanners", "pip-audit" },
      { cwd = project })
    local code = result.code
    seen[code] = true
    t.truthy(code == 0 or code == 130 or code == 143, result.stderr)
    if code == 0 then
      t.equal(support.installed(project .. "/.venv").jinja2, "2.11.3")
    else
      t.truthy(support.fingerprint(project .. "/.venv") == before, ("changed at %.2f s"):format(i * 0.25))
    end
    t.equal(support.pip_check(project .. "/.venv"), "")
    t.equal(fs.stat(project .. "/.venv.pysec-snapshot", { follow = false }), nil)
  end
  t.truthy(seen[130] or seen[143], "no run was interrupted")
end)

return t.finish()
