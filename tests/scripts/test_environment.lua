--- Environments read from their metadata alone; the trees are made up.
local t = require "harness"
local environment = require "inputs.environment"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local SITE = "lib/python3.11/site-packages/"

local function metadata(name, version, lines)
  return ("Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s\nName: not a header\n"):format(name, version, lines or "")
end

--- An environment with these files below site-packages; others by their whole name.
local function made(files, config)
  local list = { ["pyvenv.cfg"] = config or "home = /usr/bin\nversion = 3.11.4\n", [SITE .. "x.py"] = "" }
  for name, text in pairs(files) do
    list[name:match "^lib" and name or SITE .. name] = text
  end
  return t.files(t.tempdir(), list)
end

local function read(files, config)
  return assert(environment.read(made(files, config)))
end

--- "name version" of each package.
local function packages(found)
  local list = {}
  for i, package in ipairs(found.packages) do list[i] = package.name .. " " .. package.version end
  return list
end

local function direct(found)
  local list = {}
  for _, package in ipairs(found.packages) do
    if package.direct then list[#list + 1] = package.name end
  end
  return list
end

t.test("reads installed packages of every kind of metadata, by name", function()
  local found = read {
    ["Jinja2-2.10.dist-info/METADATA"] = metadata("Jinja2", "2.10"),
    ["zope.interface-5.0-py3.11.egg-info/PKG-INFO"] = metadata("zope.interface", "5.0"),
    ["PyYAML-5.3-py3.11.egg-info"] = metadata("PyYAML", "5.3"),
    ["ruamel_yaml-0.17.dist-info/METADATA"] = metadata("ruamel.yaml", "0.17"),
    ["jinja2/__init__.py"] = "", ["other.txt"] = "",
  }
  t.equal(packages(found), { "jinja2 2.10", "pyyaml 5.3", "ruamel-yaml 0.17", "zope-interface 5.0" })
  t.equal(found.problems, {})
  t.equal(found.by_name["zope-interface"].version, "5.0")
end)

t.test("reads headers alone, whatever the description and long headers say", function()
  local found = read { ["a-1.dist-info/METADATA"] = "Metadata-Version: 2.1\r\nNAME: a \r\nversion:1.0\t\r\n"
    .. "License: Some licence\r\n        Requires-Dist: evil\r\n        Name: evil\r\nRequires-Dist: b>=1\r\n"
    .. "requires-dist: c ; extra == 'x'\r\nX-Name: evil\r\n\r\nName: evil\r\nRequires-Dist: evil\r\n" }
  t.equal(packages(found), { "a 1.0" })
  t.equal(found.packages[1].requires, { "b>=1", "c ; extra == 'x'" })
end)

t.test("takes what was asked for as direct", function()
  local found = read {
    ["a-1.dist-info/METADATA"] = metadata("a", "1", "Requires-Dist: b\n"), ["a-1.dist-info/REQUESTED"] = "",
    ["b-1.dist-info/METADATA"] = metadata("b", "1"),
    ["c-1.dist-info/METADATA"] = metadata("c", "1"), ["c-1.dist-info/REQUESTED"] = "",
    ["d-1.dist-info/METADATA"] = metadata("d", "1"),
  }
  t.equal(direct(found), { "a", "c" })
end)

t.test("takes what nothing needs as direct where no installer left a mark", function()
  local found = read {
    ["a-1.dist-info/METADATA"] = metadata("a", "1", "Requires-Dist: B.b (>=1)\nRequires-Dist: c ; extra == 'all'\n"
      .. "Requires-Dist: d ; python_version < '3'\nRequires-Dist: a[all] ; extra == 'more'\nRequires-Dist: !\n"),
    ["b_b-1.dist-info/METADATA"] = metadata("b-b", "1"), ["c-1.dist-info/METADATA"] = metadata("c", "1"),
    ["d-1.dist-info/METADATA"] = metadata("d", "1"),
  }
  t.equal(direct(found), { "a", "c", "d" })
end)

t.test("does not take the mark of pip for a mark that somebody asked", function()
  local found = read {
    ["pip-23.2.1.dist-info/METADATA"] = metadata("pip", "23.2.1"), ["pip-23.2.1.dist-info/REQUESTED"] = "",
    ["a-1.dist-info/METADATA"] = metadata("a", "1", "Requires-Dist: b\n"),
    ["b-1.dist-info/METADATA"] = metadata("b", "1"),
  }
  t.equal(direct(found), { "a", "pip" })
end)

t.test("tells where a package came from", function()
  for origin, want in pairs {
    ['{"url": "file:///home/x/app", "dir_info": {"editable": true}}'] = "project",
    ['{"url": "file:///home/x/app", "dir_info": {}}'] = "project",
    ['{"url": "https://x.example/a.whl", "archive_info": {}}'] = "url",
    ['{"url": "https://x.example/a.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b"}}'] = "url",
    ['{"dir_info": null}'] = "url", ["broken"] = "index", ["7"] = "index", ["null"] = "index",
  } do
    local found = read { ["a-1.dist-info/METADATA"] = metadata("a", "1"), ["a-1.dist-info/direct_url.json"] = origin }
    t.equal(found.packages[1].origin or "index", want, origin)
  end
  t.equal(read({ ["a-1.dist-info/METADATA"] = metadata("a", "1") }).packages[1].origin, nil)
end)

t.test("names metadata that it cannot read and goes on", function()
  for name, text in pairs {
    ["a-1.dist-info/METADATA"] = "Name: a\n", ["a-2.dist-info/METADATA"] = "Version: 1\n",
    ["a-3.dist-info/METADATA"] = "", ["a-4.dist-info/METADATA"] = "Name:\nVersion: 1\n",
    ["a-6.dist-info/RECORD"] = "", ["a-7.egg-info"] = "Name: a\n",
    ["a-8.egg-info/requires.txt"] = "b\n", ["a-9.dist-info/METADATA/x"] = "a folder",
  } do
    local found = read { [name] = text, ["b-1.dist-info/METADATA"] = metadata("b", "1") }
    t.equal(packages(found), { "b 1" }, name)
    t.equal(#found.problems, 1, name)
    t.contains(found.problems[1], found.path .. "/" .. SITE .. name:match "^[^/]+")
  end
end)

t.test("says that a package is there twice", function()
  local found = read { ["Jinja2-2.10.dist-info/METADATA"] = metadata("Jinja2", "2.10"),
    ["jinja2-3.1.dist-info/METADATA"] = metadata("jinja2", "3.1") }
  t.equal(packages(found), { "jinja2 2.10" })
  t.equal(found.problems, { ("%s/%s: jinja2 is there twice, as 2.10 and as 3.1; install it anew"):format(found.path,
    SITE:sub(1, -2)) })
end)

t.test("finds the version of Python where it is written", function()
  for config, want in pairs {
    ["version = 3.11.4"] = "3.11.4", ["home = /x\r\nVersion=3.11.5 \r\n"] = "3.11.5",
    ["version_info = 3.12.0.final.0\n"] = "3.12.0", [""] = "3.11", ["home = /usr/bin\n"] = "3.11",
    ["version = --index-url=https://evil.example"] = "3.11", ["command = version = 3.9.9"] = "3.11",
  } do
    t.equal(read({}, config).python_version, want, config)
  end
end)

t.test("is not led astray by the folder that the environment is in", function()
  local folder = t.files(t.tempdir(), { ["python3.9/venv/" .. SITE .. "a-1.dist-info/METADATA"] = metadata("a", "1") })
  t.equal(environment.read(folder .. "/python3.9/venv").python_version, "3.11")
end)

t.test("reads lib64 unless it is lib again", function()
  local folder = made { ["lib64/python3.11/site-packages/a-1.dist-info/METADATA"] = metadata("a", "1") }
  t.equal(packages(environment.read(folder)), { "a 1" })
  folder = made { ["a-1.dist-info/METADATA"] = metadata("a", "1") }
  assert(tool.run { "/bin/ln", "-s", "lib", folder .. "/lib64" })
  local found = environment.read(folder)
  t.equal({ packages(found), found.problems }, { { "a 1" }, {} })
end)

t.test("runs nothing of the environment, nor the Python that it names", function()
  local program = "#!/bin/sh\ntouch \"$(dirname \"$0\")/ran\"\n"
  local elsewhere = t.files(t.tempdir(), { ["bin/python3"] = program, ["lib/python3.11/site-packages/x"] = "" })
  local folder = made({ ["a-1.dist-info/METADATA"] = metadata("a", "1"), ["evil.pth"] = "import os; os._exit(1)\n" },
    ("home = %s/bin\ninclude-system-site-packages = true\n"):format(elsewhere))
  t.files(folder, { ["bin/python"] = program, ["bin/python3"] = program })
  for _, name in ipairs { folder .. "/bin/python", folder .. "/bin/python3", elsewhere .. "/bin/python3" } do
    assert(tool.run { "/bin/chmod", "755", name })
  end
  t.equal(packages(environment.read(folder)), { "a 1" })
  t.equal({ fs.stat(folder .. "/bin/ran"), (fs.stat(elsewhere .. "/bin/ran")) }, {})
end)

t.test("reads the packages of the Python that the environment shares, its own first", function()
  local elsewhere = t.files(t.tempdir(), {
    ["usr/lib/python3.11/site-packages/shared-2.dist-info/METADATA"] = metadata("shared", "2"),
    ["usr/lib/python3/dist-packages/a-9.egg-info"] = metadata("a", "9"),
    ["usr/local/lib/python3.11/dist-packages/b-3.dist-info/METADATA"] = metadata("b", "3"),
    ["usr/lib/python3.10/site-packages/old-1.dist-info/METADATA"] = metadata("old", "1"), ["usr/bin/x"] = "",
  })
  local own = { ["a-1.dist-info/METADATA"] = metadata("a", "1") }
  local found = read(own, ("home = %s/usr/bin/\ninclude-system-site-packages = True\n"):format(elsewhere))
  t.equal(packages(found), { "a 1", "b 3", "shared 2" })
  t.equal(found.problems, {}, "the shared a is in the shade of its own")
  found = read(own, ("home = %s/usr/bin\ninclude-system-site-packages = false\n"):format(elsewhere))
  t.equal(packages(found), { "a 1" })
end)

t.test("says that shared packages are not there", function()
  local found = read({}, "home = /nonexistent/bin\ninclude-system-site-packages = true\n")
  t.equal(found.problems, { found.path .. "/pyvenv.cfg: the packages of the Python in /nonexistent/bin are not there" })
end)

t.test("says what is no environment", function()
  local folder = t.files(t.tempdir(), { ["a.txt"] = "", ["lib/x/site-packages/y"] = "" })
  for path, want in pairs { [folder] = "no Python environment", [folder .. "/a.txt"] = "not a folder",
    ["/nonexistent"] = "No such file" } do
    local found, message = environment.read(path)
    t.equal(found, nil, path)
    t.contains(message, want)
  end
end)

t.test("names the environment's Python by an absolute path", function()
  t.match(read({}).python, "^/.*/bin/python$")
end)

t.test("freezes what is installed, by name", function()
  local found = read { ["Zope-1.dist-info/METADATA"] = metadata("Zope", "1"),
    ["a_b-2.0+x.dist-info/METADATA"] = metadata("A_b", "2.0+x") }
  t.equal(environment.freeze(found), "a-b==2.0+x\nzope==1\n")
  t.equal(environment.freeze(read {}), "")
end)

t.test("reads a real environment, that of the tools", function()
  local found = assert(environment.read(require("toolbox").open().folder .. "/main"))
  t.truthy(found.by_name["pip-audit"] and found.by_name.bandit)
  t.match(found.python_version, "^%d+%.%d+%.%d+$")
  t.equal(found.problems, {})
end)

t.test("reads what old installers left, names in any case, and the folders of PyPy", function()
  local found = read { ["a-1-py3.11.egg/EGG-INFO/PKG-INFO"] = metadata("a", "1"),
    ["b-1.DIST-INFO/METADATA"] = metadata("b", "1"), ["c-1-py3.11.egg"] = "PK",
    ["lib/pypy3.10/site-packages/d-1.dist-info/METADATA"] = metadata("d", "1") }
  t.equal(packages(found), { "a 1", "b 1", "d 1" })
  t.equal(found.problems, { found.path .. "/" .. SITE
    .. "c-1-py3.11.egg: a zipped egg, which cannot be read; install it anew with pip" })
end)

t.test("says which folder of packages it cannot list", function()
  local path = t.files(t.tempdir(), { ["pyvenv.cfg"] = "version = 3.11.4\n", ["lib/python3.11/site-packages"] = "" })
  local found = assert(environment.read(path))
  t.equal(found.problems, { path .. "/lib/python3.11/site-packages: Not a directory" })
end)

return t.finish()
