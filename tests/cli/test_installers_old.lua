--- Environments that are not as pip makes them today: what "setup.py install" left, what shares packages with others,
-- what has no pip, and what is broken.
local fs = require "pysec.fs"
local installer = require "installer"
local installers = require "installer_support"
local support = require "support"
local t = require "harness"

local TO = { { package = "six", from = "1.10.0", to = "1.16.0" } }

local with_setuptools = t.tempdir() .. "/env"
installers.environment(with_setuptools, { "setuptools==69.5.1" })

--- A folder whose .venv is a copy of an environment.
local function copy_of(environment)
  local folder = t.tempdir()
  assert(fs.copy(environment, folder .. "/.venv"))
  return folder
end

--- The entries of site-packages that are of six, or of the module that stands for it.
local function left(folder)
  local list = {}
  for _, entry in ipairs(fs.list(installers.site(folder))) do
    if entry:match "^six" or entry:match "^old_thing" then list[#list + 1] = entry end
  end
  return list
end

local REPLACED = { "six-1.16.0.dist-info", "six.py" }

local OLD_WAYS = { egg = {}, ["egg-info"] = { "--single-version-externally-managed", "--record", "files.txt" } }

t.test("an egg, and what setuptools installed in the open, are replaced whole by either installer", function()
  for ending, words in pairs(OLD_WAYS) do
    local folder = copy_of(with_setuptools)
    installers.setup_py(folder .. "/.venv", words)
    t.match(table.concat(left(folder), " ") .. " ", "%." .. ending:gsub("%-", "%%-") .. " ")
    for _, name in ipairs { "auto", "pip" } do
      local project = copy_of(folder .. "/.venv")
      t.equal({ installer.install(installers.job(name), installers.read(project), TO) }, { true })
      t.equal(left(project), REPLACED, name)
    end
  end
end)

t.test("what distutils installed is refused by both, and nothing is changed", function()
  local folder = t.tempdir()
  installers.environment(folder .. "/.venv", {})
  -- Its mark is that the metadata is a file; newer Pythons have no distutils to write one.
  t.files(installers.site(folder), { ["six-1.10.0.egg-info"] = "Metadata-Version: 1.0\nName: six\nVersion: 1.10.0\n",
    ["six.py"] = "" })
  local before = support.fingerprint(installers.site(folder))
  for _, name in ipairs { "auto", "pip", "uv" } do
    local ok, message = installer.install(installers.job(name), installers.read(folder), TO)
    t.equal(ok, nil)
    t.match(message, "install ended with exit code %d: [^\n]*distutils[ -]installed")
    t.truthy(support.fingerprint(installers.site(folder)) == before, name)
  end
end)

t.test("a package without a list of its files is refused, rather than left there beside the new one", function()
  local folder = t.tempdir()
  installers.environment(folder .. "/.venv", { "six==1.10.0" })
  fs.remove(installers.site(folder) .. "/six-1.10.0.dist-info/RECORD")
  for name, reason in pairs { auto = "^pip install ended .*RECORD", uv = "no RECORD .*; take %-%-installer pip$" } do
    local ok, message = installer.install(installers.job(name), installers.read(folder), TO)
    t.equal(ok, nil)
    t.match(message, reason)
    t.equal(left(folder), { "six-1.10.0.dist-info", "six.py" })
  end
end)

t.test("a package of the shared folder is put in front of it, not replaced there", function()
  local outer = t.tempdir()
  installers.environment(outer .. "/.venv", { "six==1.10.0" })
  for _, name in ipairs { "pip", "uv" } do
    local folder = t.tempdir()
    installers.environment(folder .. "/.venv", {}, { "--system-site-packages" })
    -- The environment that stands for the system, as a path file of the environment makes it known.
    assert(fs.write(installers.site(folder) .. "/outer.pth", installers.site(outer) .. "\n"))
    local read = installers.read(folder)
    read.by_name.six = installers.read(outer).by_name.six
    t.equal({ installer.install(installers.job(name), read, TO) }, { true })
    t.equal(left(folder), REPLACED, name)
    t.equal(left(outer), { "six-1.10.0.dist-info", "six.py" }, name)
  end
end)

t.test("both checks complain of the same packages", function()
  local folder = t.tempdir()
  installers.environment(folder .. "/.venv", { "--no-deps", "flask==2.2.5", "jinja2==2.10", "idna==2.7" })
  local wheel = installers.site(folder) .. "/idna-2.7.dist-info/WHEEL"
  assert(fs.write(wheel, (fs.read(wheel):gsub("Tag: [^\n]*", "Tag: cp27-cp27m-win32"))))
  local said = {}
  for _, name in ipairs { "pip", "uv" } do
    local lines = {}
    for line in pairs(assert(installer.complaints(installers.job(name), installers.read(folder)))) do
      lines[#lines + 1] = line:lower()
    end
    said[name] = table.concat(lines, "\n")
    t.equal(#lines, 6, said[name])
  end
  for _, needed in ipairs { "click", "itsdangerous", "werkzeug", "jinja2", "markupsafe", "idna", "platform" } do
    t.contains(said.pip, needed)
    t.contains(said.uv, needed)
  end
end)

t.test("a sound environment has no complaints, and what an egg-info needs is seen with uv, too", function()
  local folder = copy_of(with_setuptools)
  t.equal(installer.complaints(installers.job "uv", installers.read(folder)), {})
  local egg_info = installers.site(folder) .. "/old_thing-1.0.egg-info/"
  t.files(egg_info, { ["PKG-INFO"] = "Metadata-Version: 1.0\nName: old-thing\nVersion: 1.0\n",
    ["requires.txt"] = "absent>=2\n" })
  t.match(next(installer.complaints(installers.job "uv", installers.read(folder))), "absent")
end)

local synced = t.tempdir() .. "/env"
installers.environment(synced, { "pip==24.0", "wheel", "build", "idna==2.7", "requests==2.19.1" })

t.test("synced by pip-sync or by uv, the same is left: what the file names, pip, and the like", function()
  local result = {}
  for _, name in ipairs { "pip", "uv" } do
    local folder = copy_of(synced)
    local path = folder .. "/app.txt"
    assert(fs.write(path, "idna==3.7\n    # via -r app.in\nsix==1.16.0 ; python_version >= '3'\n"
      .. "urllib3==1.23 ; python_version < '3'\n"))
    t.equal({ installer.sync(installers.job(name), installers.read(folder), path) }, { true })
    result[name] = support.installed(folder .. "/.venv")
    t.equal(installers.marked(folder), { "idna", "pip", "wheel" }, name)
  end
  t.equal(result.uv, result.pip)
  t.equal({ result.uv.idna, result.uv.six, result.uv.urllib3, result.uv.pip, result.uv.requests },
    { "3.7", "1.16.0", nil, "24.0" })
end)

t.test("an environment without a pip is synced with --installer pip as well, by uv", function()
  local folder = t.tempdir()
  installers.environment(folder .. "/.venv", { "idna==2.7", "six==1.10.0" })
  assert(fs.write(folder .. "/app.txt", "idna==3.7\n"))
  t.equal({ installer.sync(installers.job "pip", installers.read(folder), folder .. "/app.txt") }, { true })
  t.equal(support.installed(folder .. "/.venv"), { idna = "3.7" })
end)

return t.finish()
