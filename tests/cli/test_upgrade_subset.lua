--- The largest part of an upgrade that stands: what breaks is left out and named, the rest is applied.
local fs = require "pysec.fs"
local support = require "support"
local t = require "harness"

local original = t.tempdir() .. "/env"
support.environment(original, { "flask==0.12", "jinja2==2.10", "werkzeug==0.14.1", "requests==2.19.1", "urllib3==1.23",
  "idna==2.7" })

local function project()
  local folder = support.project()
  assert(fs.copy(original, folder .. "/.venv"))
  return folder
end

local function run(folder, code, ...)
  return support.expect(code, support.offline { "--scanners", "osv", ... }, { cwd = folder })
end

local function left_out(folder)
  local list = {}
  for _, item in ipairs(support.summary(folder).upgrades) do
    if item.state == "failed" then list[item.package] = item.reason end
  end
  return list
end

-- Fails once requests is newer than 2.20.
local OLD_REQUESTS = "python -c 'import requests, sys; v = requests.__version__; print(\"requests\", v); "
  .. "sys.exit(v > \"2.20\")'"

t.test("what fails the user's check is left out, the rest is applied", function()
  local folder = project()
  local result = run(folder, 1, "--verify", OLD_REQUESTS)
  local installed = support.installed(folder .. "/.venv")
  t.equal({ installed.requests, installed.flask, installed.jinja2, installed.werkzeug },
    { "2.19.1", "2.2.5", "3.0.0", "2.2.3" })
  t.equal(support.pip_check(folder .. "/.venv"), "")
  t.match(left_out(folder).requests, "^%-%-verify .* ended with exit code 1: requests 2%.31%.0$")
  t.match(result.stderr, "trial %d of at most 20: %d of %d upgrades")
  local record = support.summary(folder)
  t.equal(record.results.upgrade.status, "applied")
  t.truthy(record.results.upgrade.trials.made > 2)
  for _, name in ipairs(fs.list(folder)) do t.truthy(not name:find("pysec-", 1, true), name .. " is left") end
end)

t.test("--all-or-nothing looks for no part", function()
  local folder = project()
  local before = support.fingerprint(folder .. "/.venv")
  run(folder, 4, "--verify", OLD_REQUESTS, "--all-or-nothing")
  t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment changed")
  t.equal(support.summary(folder).results.upgrade.trials.made, 1)
end)

t.test("the trials are bounded; what was not tried is said to be so", function()
  local folder = project()
  run(folder, 1, "--verify", OLD_REQUESTS, "--trials", "3")
  local untried = 0
  for _, reason in pairs(left_out(folder)) do
    if reason == "not tried: --trials allows no more than 3" then untried = untried + 1 end
  end
  t.truthy(untried > 0, "everything was tried")
  t.equal(support.pip_check(folder .. "/.venv"), "")
end)

t.test("where nothing stands everything is as before, and each upgrade says why", function()
  local folder = project()
  local before = support.fingerprint(folder .. "/.venv")
  local result = run(folder, 4, "--verify", "echo broken; exit 9")
  t.match(result.stderr, "rolled back: %-%-verify %(echo broken; exit 9%) ended with exit code 9: broken")
  t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment changed")
  local reasons = {}
  for _, item in ipairs(support.summary(folder).upgrades) do
    t.equal(item.state, "rolled_back")
    reasons[item.package] = item.reason
  end
  t.match(reasons.jinja2, "exit code 9")
  -- Alone it does not even resolve.
  t.match(reasons.idna, "requests==2.19.1 depends on idna")
end)

t.test("a file and the environment stay together", function()
  local folder = project()
  t.files(folder, { ["requirements.txt"] = "flask==0.12\njinja2==2.10\nrequests==2.19.1\n" })
  run(folder, 1, "--req", "requirements.txt", "--verify", OLD_REQUESTS)
  local text = fs.read(folder .. "/requirements.txt")
  t.contains(text, "requests==2.19.1\n")
  t.contains(text, "flask==2.2.5\n")
  t.equal(support.installed(folder .. "/.venv").requests, "2.19.1")
end)

t.test("--verify has a deadline of its own", function()
  local folder = project()
  local result = run(folder, 4, "--verify", "sleep 60", "--verify-timeout", "1", "--all-or-nothing")
  t.match(result.stderr, "%-%-verify %(sleep 60%) did not end within 1 s; give it more with %-%-verify%-timeout")
end)

return t.finish()
