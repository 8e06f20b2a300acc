--- Upgrades of environments, with the real pip on real packages.
local fs = require "pysec.fs"
local t = require "harness"
local support = require "support"
local tool = require "pysec.tool"

local OLD = { "flask==0.12", "jinja2==2.10", "werkzeug==0.14.1", "requests==2.19.1", "urllib3==1.23" }

-- Made once and copied: an environment's own paths do not matter to what is tested here.
local original = t.tempdir() .. "/env"
support.environment(original, OLD)

local function project()
  local folder = support.project()
  assert(fs.copy(original, folder .. "/.venv"))
  return folder
end

local function run(folder, arguments, code, options)
  options = options or {}
  options.cwd = folder
  return support.expect(code, support.offline(arguments), options)
end

t.test("the default: .venv is audited, what has findings is upgraded as one set, pip check is clean", function()
  local folder = project()
  run(folder, {}, 0)
  t.equal(support.pip_check(folder .. "/.venv"), "")
  local installed = support.installed(folder .. "/.venv")
  t.equal({ installed.flask, installed.jinja2, installed.werkzeug, installed.requests, installed.urllib3,
    installed.idna }, { "2.2.5", "3.0.0", "2.2.3", "2.31.0", "1.26.17", "3.7" })
  local record = support.summary(folder)
  t.equal(#record.fixed, 13)
  t.equal(#record.findings, 0)
  t.equal(fs.stat(folder .. "/.venv.pysec-snapshot", { follow = false }), nil)
  run(folder, {}, 0)
  t.equal(support.summary(folder).results.upgrade.status, "nothing")
end)

t.test("--venv names another environment, --freeze writes what is in it afterwards", function()
  local folder = support.project()
  assert(fs.copy(original, folder .. "/other-env"))
  run(folder, { "--venv", "other-env", "--freeze" }, 0)
  local text = fs.read(support.reports(folder .. "/reports/security")["requirements-freeze.txt"])
  t.contains(text, "flask==2.2.5\n")
  t.equal(support.summary(folder).venv_path, "other-env")
end)

t.test("none and --dry-run leave the environment alone", function()
  local folder = project()
  local before = support.fingerprint(folder .. "/.venv")
  run(folder, { "--upgrade", "none" }, 1)
  run(folder, { "--dry-run" }, 1)
  t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment changed")
end)

t.test("all takes every package to the newest version that resolves", function()
  local folder = project()
  run(folder, { "--upgrade", "all" }, 0)
  t.equal(support.pip_check(folder .. "/.venv"), "")
  t.match(support.installed(folder .. "/.venv").flask, "^[3-9]")
end)

t.test("a file and the environment are upgraded together", function()
  local folder = project()
  run(folder, { "--req", "requirements.txt" }, 0)
  t.contains(fs.read(folder .. "/requirements.txt"), "flask==2.2.5\n")
  t.equal(support.installed(folder .. "/.venv").flask, "2.2.5")
end)

t.test("requirements.in: the environment is synced to what was compiled", function()
  local folder = project()
  t.files(folder, { ["app.in"] = "requests\n",
    ["app.txt"] = "requests==2.19.1\nidna==2.7\nurllib3==1.23\nchardet==3.0.4\ncertifi==2023.7.22\n" })
  run(folder, { "--req", "app.in" }, 0)
  local installed = support.installed(folder .. "/.venv")
  t.equal({ installed.requests, installed.urllib3, installed.flask }, { "2.31.0", "1.26.17", nil })
end)

t.test("pip-sync does the same through the pip of the environment", function()
  local folder = support.project()
  support.environment(folder .. "/.venv", { "pip==24.0", "idna==2.7", "flask==0.12" })
  t.files(folder, { ["app.in"] = "idna\n", ["app.txt"] = "idna==2.7\n" })
  run(folder, { "--req", "app.in" }, 0)
  t.equal(support.installed(folder .. "/.venv"), { idna = "3.7", pip = "24.0" })
end)

t.test("a check that fails puts every file back as it was", function()
  local folder = project()
  local before = support.fingerprint(folder .. "/.venv")
  local result = run(folder, { "--verify", "exit 7" }, 4)
  t.match(result.stderr, "rolled back: %-%-verify %(exit 7%) ended with exit code 7")
  t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment changed")
  local record = support.summary(folder)
  t.equal({ record.exit, record.results.upgrade.status, record.upgrades[1].state },
    { 4, "rolled_back", "rolled_back" })
end)

t.test("--verify runs with the environment's own programs", function()
  local folder = project()
  run(folder, { "--verify", "python -c 'import flask, sys; sys.exit(flask.__version__ != \"2.2.5\")'" }, 0)
end)

t.test("an installation that fails puts everything back and names pip's reason", function()
  local folder = project()
  local before = support.fingerprint(folder .. "/.venv")
  -- The resolver may reach the index, the installer may not: PIP_CERT is read by pip alone.
  local result = run(folder, {}, 4, { env = { PIP_CERT = "/nonexistent.pem", PIP_NO_INDEX = "1",
    UV_DEFAULT_INDEX = "https://pypi.org/simple" } })
  t.match(result.stderr, "rolled back: pip install ended with exit code 1")
  t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment changed")
end)

t.test("an environment behind a link is saved and put back where it is", function()
  local folder = project()
  assert(fs.rename(folder .. "/.venv", folder .. "/real"))
  assert(tool.run { "/bin/ln", "-s", "real", folder .. "/.venv" })
  local before = support.fingerprint(folder .. "/real")
  run(folder, { "--verify", "exit 1" }, 4)
  t.truthy(support.fingerprint(folder .. "/real") == before, "the environment is not as before")
  run(folder, {}, 0)
  t.equal(fs.stat(folder .. "/.venv", { follow = false }).kind, "link")
  t.equal(support.installed(folder .. "/real").flask, "2.2.5")
end)

t.test("a local project keeps its place, and what it needs limits the upgrade", function()
  local folder = project()
  t.files(folder, { ["mine/pyproject.toml"] = '[project]\nname = "mine"\nversion = "1.0"\n'
    .. 'dependencies = ["urllib3<1.26"]\n', ["mine/mine.py"] = "" })
  local uv = { support.tools .. "/main/bin/uv", "pip", "install", "--quiet", "--no-config", "--python",
    folder .. "/.venv/bin/python", "--no-deps", folder .. "/mine", env = require("toolbox").environment("uv") }
  local made = assert(tool.run(uv))
  t.equal(made.code, 0, made.stderr)
  run(folder, {}, 1)
  local installed = support.installed(folder .. "/.venv")
  t.equal({ installed.urllib3, installed.mine }, { "1.25.9", "1.0" })
  t.equal(support.pip_check(folder .. "/.venv"), "")
end)

t.test("a package that the index does not know does not stop the upgrade of the others", function()
  local folder = project()
  local site = folder .. "/.venv/lib/"
  site = site .. fs.list(site)[1] .. "/site-packages/acme_private_thing-1.0.dist-info"
  t.files(site, { METADATA = "Metadata-Version: 2.1\nName: acme-private-thing\nVersion: 1.0\n"
    .. "Requires-Dist: urllib3<1.26\n", ["RECORD"] = "" })
  run(folder, { "--scanners", "safety" }, 0)
  t.equal(support.installed(folder .. "/.venv").urllib3, "1.25.9")
  t.equal(support.pip_check(folder .. "/.venv"), "")
end)

t.test("what was installed from a URL is audited, but never replaced by what the index has under its name", function()
  local folder = project()
  local site = folder .. "/.venv/lib/"
  site = site .. fs.list(site)[1] .. "/site-packages/"
  t.files(site, { ["urllib3-1.23.dist-info/direct_url.json"] = '{"url": "https://example.invalid/urllib3.whl", '
    .. '"archive_info": {}}' })
  run(folder, {}, 1)
  local installed = support.installed(folder .. "/.venv")
  t.equal({ installed.urllib3, installed.jinja2 }, { "1.23", "3.0.0" })
  local held = support.summary(folder).held_back[1]
  t.equal(held.package, "urllib3")
  t.match(held.reason, "installed from a URL")
end)

t.test("metadata that cannot be read makes the evidence incomplete", function()
  local folder = support.project()
  support.environment(folder .. "/.venv", { "six" })
  local site = folder .. "/.venv/lib/"
  site = site .. fs.list(site)[1] .. "/site-packages/"
  t.files(site, { ["broken-1.0.dist-info/METADATA"] = "Name: broken\n" })
  run(folder, {}, 3)
  t.match(support.summary(folder).evidence[4].reason, "broken%-1%.0.* lacks a name or a version")
end)

t.test("without an environment a file is audited alone, or else the python3 on PATH, never upgraded", function()
  local folder = support.project()
  run(folder, { "--req", "requirements.txt", "--upgrade", "none" }, 1)
  t.equal(#support.summary(folder).inputs, 1)
  local system = original .. "/bin:/usr/bin:/bin"
  local result = run(folder, { "--scanners", "pip-audit" }, 1, { env = { PATH = system } })
  t.match(result.stderr, "%.venv is not there, so the packages of .*/bin/python3? are audited; they are never upgraded")
  t.equal(support.summary(folder).upgrades, require("pysec.json").array {})
  t.equal(support.installed(original).flask, "0.12")
end)

t.test("all leaves the packages of the Python that an environment was made with alone, but for findings", function()
  local folder, home = support.project(), t.tempdir()
  support.environment(folder .. "/.venv", { "six==1.10" })
  local config = fs.read(folder .. "/.venv/pyvenv.cfg")
  assert(fs.write(folder .. "/.venv/pyvenv.cfg", (config:gsub("include%-system%-site%-packages = false",
    "include-system-site-packages = true"))))
  -- What the user has installed for himself is among what such an environment sees.
  local minor = fs.list(folder .. "/.venv/lib")[1]
  t.files(("%s/.local/lib/%s/site-packages/idna-2.7.dist-info"):format(home, minor),
    { METADATA = "Metadata-Version: 2.1\nName: idna\nVersion: 2.7\n", RECORD = "" })
  t.files(("%s/.local/lib/%s/site-packages/toml-0.10.0.dist-info"):format(home, minor),
    { METADATA = "Metadata-Version: 2.1\nName: toml\nVersion: 0.10.0\n", RECORD = "" })
  local result = support.pysec(support.offline { "--upgrade", "all", "--scanners", "osv", "--dry-run" },
    { cwd = folder, env = { HOME = home } })
  t.truthy(result.code == 0 or result.code == 1, result.stderr)
  local record, names = support.summary(folder), {}
  for _, item in ipairs(record.upgrades) do names[#names + 1] = item.package end
  t.equal(names, { "idna", "six" })
  t.truthy(#record.packages > 1, "the packages outside were not seen")
end)

return t.finish()
