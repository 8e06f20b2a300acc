--- pyproject.toml: everything that a project says it depends on, by whichever table.
local t = require "harness"
local support = require "lock_support"

local function read(text, python_version)
  local result, message = support.read("pyproject.toml", text, nil, python_version)
  t.truthy(result, message)
  return result
end

--- Packages and what is skipped, each with its line.
local function all(text, python_version)
  local result = read(text, python_version)
  return { support.lines(result), support.skipped(result) }
end

t.test("audits what is pinned, and names what is not", function()
  t.equal(all [=[
[project]
name = "app"
dependencies = [
  "jinja2==2.10", "Flask_Login >=0.4, <1",
  'click',
  # "old==1.0",
  "wild==1.*",
  "exact===1.0+x",
]
]=], { { "4 jinja2==2.10 *", "8 exact==1.0+x *" }, { "4 flask-login: not pinned: >=0.4, <1",
    "5 click: not pinned: any version", "7 wild: not pinned: ==1.*" } })
end)

t.test("counts all extras and groups, and the project itself not", function()
  t.equal(all [=[
[project]
name = "My.App"
[project.optional-dependencies]
a = ["a==1"]
all = ["my_app[a,b]", "b==2"]
]=], { { "4 a==1 *", "5 b==2 *" }, {} })
  t.equal(all [=[
[dependency-groups]
test = [
  "a==1", {include-group = "lint"},
]
lint = ["b==2"]
]=], { { "3 a==1 *", "5 b==2 *" }, {} })
end)

t.test("honours markers", function()
  t.equal(all('[project]\ndependencies = ["a==1 ; python_version < \'3.11\'",\n'
    .. '"b==2; sys_platform == \'win32\'", "c==3"]'),
    { { "3 c==3 *" }, {} })
  t.equal(all('[project]\ndependencies = ["a==1 ; python_version < \'3.11\'"]', "3.10.1"), { { "2 a==1 *" }, {} })
end)

t.test("says where a package comes from when it is not from the index", function()
  t.equal(all [=[
[project]
dependencies = [
  "a @ git+https://a.example/a",
  "b @ https://a.example/b.whl",
  "c @ file:///c",
  "d==1", "e==1", "f==1", "g==1", "h==1",
]
[tool.uv.sources]
d = { git = "https://a.example/d" }
E = [{ path = "../e", marker = "sys_platform == 'linux'" }, { index = "x", marker = "sys_platform != 'linux'" }]
f = [{ url = "https://a.example/f", marker = "sys_platform == 'win32'" }]
g = { workspace = true }
h = { index = "x" }
]=], { { "6 f==1 *", "6 g==1 *", "6 h==1 *" }, { "3 a: from git: not on the package index",
    "4 b: from a URL: not on the package index",
    "5 c: from a local path: not on the package index", "6 d: from git: not on the package index",
    "6 e: from a local path: not on the package index" } })
end)

t.test("reads the groups of PDM and uv", function()
  t.equal(all [=[
[tool.pdm.dev-dependencies]
test = ["a==1", "-e file:///${PROJECT_ROOT}/lib#egg=lib", "-e ./other"]
[tool.uv]
dev-dependencies = ["b==2"]
]=], { { "2 a==1 *", "4 b==2 *" }, { "2 lib: from a local path: not on the package index",
    "2 other: from a local path: not on the package index" } })
end)

t.test("audits what is needed to build where it is pinned, and does not miss it elsewhere", function()
  t.equal(all '[build-system]\nrequires = ["setuptools==65.5.0", "wheel", "cython>=3"]\n[project]\nname = "x"\n',
    { { "2 setuptools==65.5.0" }, {} })
end)

t.test("lists a package that is needed to build and to run once, as one that was asked for", function()
  t.equal(all '[build-system]\nrequires = ["a==1"]\n[project]\ndependencies = ["A==1"]\n', { { "2 a==1 *" }, {} })
end)

t.test("finds the line of each requirement, also of one that is a part of another", function()
  t.equal(all [=[
[project]
dependencies = [
  "x-a==1", # not "x-a==1.5"
  "a==1",
  "a==1; os_name == 'nt'",
  "a==1.5",
]
]=], { { "3 x-a==1 *", "4 a==1 *", "6 a==1.5 *" }, {} })
end)

t.test("reads Poetry's dependencies, in all their forms", function()
  t.equal(all [=[
[tool.poetry]
name = "app"
[tool.poetry.dependencies]
python = "^3.9"
a = "1.0"
b = "^2.0"
"c" = { version = "==3.0", extras = ["x"] }
d = [
  { version = "4.0", python = "<3.11" },
  { version = "4.1", python = ">=3.11" },
]
e = { version = "5.0", markers = "sys_platform == 'win32'" }
f = { version = "6.0", platform = "linux" }
g = { version = "7.0", platform = "win32" }
h = { git = "https://a.example/h" }
i = { path = "../i" }
j = { url = "https://a.example/j.whl" }
k = "*"
[tool.poetry.dev-dependencies]
l = "=8.0"
[tool.poetry.group.docs.dependencies]
m = "9.0"
]=], { { "5 a==1.0 *", "7 c==3.0 *", "10 d==4.1 *", "13 f==6.0 *", "20 l==8.0 *", "22 m==9.0 *" },
    { "6 b: not pinned: ^2.0", "15 h: from git: not on the package index",
      "16 i: from a local path: not on the package index", "17 j: from a URL: not on the package index",
      "18 k: not pinned: *" } })
end)

t.test("understands a Python that has no tag", function()
  t.equal(all('[tool.poetry.dependencies]\na = { version = "1", python = "<3.11" }\nb = { version = "2", '
    .. 'python = ">=3.11" }\n', "3.11.2+"), { { "3 b==2 *" }, {} })
end)

t.test("lets Poetry's main table say more of what [project] names, and nothing new", function()
  t.equal(all [=[
[project]
dependencies = ["a==1", "b==2", "c==3"]
[tool.poetry.dependencies]
a = { git = "https://a.example/a" }
b = { python = "<3.11" }
d = "4.0"
[dependency-groups]
test = ["b==2.1"]
]=], { { "2 c==3 *", "8 b==2.1 *" }, { "2 a: from git: not on the package index" } })
  t.equal(all('[project]\ndynamic = ["dependencies"]\n[tool.poetry.dependencies]\nd = "4.0"\n'),
    { { "4 d==4.0 *" }, {} })
end)

t.test("says where the build says the dependencies", function()
  t.equal(all '[project]\nname = "App"\ndynamic = ["version", "dependencies"]\n',
    { {}, { "1 app: its dependencies are dynamic: the build says them, not the file" } })
  t.equal(all '[project]\ndynamic = ["optional-dependencies"]\ndependencies = ["a==1"]\n',
    { { "3 a==1 *" }, { "1 pyproject.toml: its dependencies are dynamic: the build says them, not the file" } })
  t.equal(all '[build-system]\nrequires = ["setuptools"]\n[tool.black]\nx = 1\n',
    { {}, { "1 pyproject.toml: its dependencies are dynamic: the build says them, not the file" } })
  t.equal(all '[project]\ndynamic = ["version"]\n', { {}, {} })
end)

t.test("finds nothing in a file that only configures tools", function()
  t.equal(all "[tool.ruff]\nline-length = 100\n", { {}, {} })
end)

t.test("gives a requirement that is written with escapes the line of its array", function()
  t.equal(all '[project]\ndependencies = [\n  "\\u0061==1",\n  "b==2",\n]\n', { { "2 a==1 *", "4 b==2 *" }, {} })
end)

t.test("refuses a requirement that cannot be read, by its line", function()
  support.refuses("pyproject.toml", '[project]\ndependencies = [\n  "a==1",\n  "b !",\n]\n',
    "pyproject.toml:4: 'b !': not a version specifier: \"!\"; write a requirement such as 'name==1.2'")
  support.refuses("pyproject.toml", '[project]\ndependencies = [\n  1,\n]\n',
    "pyproject.toml:2: a requirement has to be text; write a requirement such as 'name==1.2'")
  support.refuses("pyproject.toml", "[project]\ndependencies = 'a'\n",
    "pyproject.toml:1: 'dependencies' has a value of the wrong type; mend the file")
  support.refuses("pyproject.toml", "[tool.poetry.dependencies]\na = 1\n",
    "pyproject.toml:1: a dependency has to be a version or a table; mend the file")
end)

return t.finish()
