--- uv.lock: the walk from the workspace's members.
local t = require "harness"
local support = require "lock_support"

local PROJECT = [=[
version = 1
requires-python = ">=3.9"

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
]=]

local function package(name, version, rest)
  return ('\n[[package]]\nname = "%s"\nversion = "%s"\n%s'):format(name, version,
    rest or 'source = { registry = "https://pypi.org/simple" }\n')
end

local function pins(text) return support.pins(support.read("uv.lock", text)) end

t.test("names the line of each package, and those that the project asks for", function()
  local read = support.fixture "uv-app/uv.lock"
  local lines = support.lines(read)
  t.equal({ lines[1], lines[3] }, { "27 anyio==4.16.0", "68 click==8.5.1 *" })
  local direct = {}
  for _, item in ipairs(read.packages) do if item.direct then direct[#direct + 1] = item.name end end
  t.equal(direct, { "click", "httpx", "pyflakes", "pytest", "rich", "wheel" })
  t.equal(support.skipped(read), { "168 gitdep: from git: not on the package index",
    "324 local-lib: from a local path: not on the package index",
    "497 toolz: from a URL: not on the package index" })
end)

t.test("audits no member of a workspace, and what each of them asks for", function()
  local read = support.fixture "uv-workspace/uv.lock"
  t.equal(read.skipped, {})
  for _, item in ipairs(read.packages) do t.truthy(item.direct, item.name) end
end)

t.test("leaves out what no edge reaches", function()
  t.equal(pins(PROJECT .. 'dependencies = [{ name = "a" }]\n' .. package("a", "1") .. package("b", "2")), { "a==1" })
end)

t.test("follows extras to their end, each once", function()
  t.equal(pins(PROJECT .. 'dependencies = [{ name = "a", extra = ["x"] }]\n'
    .. package("a", "1", 'source = { registry = "r" }\n[package.optional-dependencies]\n'
      .. 'x = [{ name = "a", extra = ["y"] }]\ny = [{ name = "b" }, { name = "a", extra = ["x"] }]\n'
      .. 'z = [{ name = "c" }]\n')
    .. package("b", "2") .. package("c", "3")), { "a==1", "b==2" })
end)

t.test("chooses among versions by what an edge says of version and source, else by resolution-markers", function()
  local source = 'source = { registry = "r" }\n'
  local versions = package("a", "1", source .. 'resolution-markers = ["python_version < \'3.11\'"]\n')
    .. package("a", "2", source .. 'resolution-markers = ["python_version >= \'3.11\'"]\n')
    .. package("a", "2", 'source = { git = "https://a.example/a" }\n')
  t.equal(pins(PROJECT .. 'dependencies = [{ name = "a", version = "1" }]\n' .. versions), { "a==1" })
  t.equal(pins(PROJECT .. 'dependencies = [{ name = "a", source = { registry = "r" } }]\n' .. versions), { "a==2" })
  local read = support.read("uv.lock", PROJECT .. 'dependencies = [{ name = "a", version = "2", source = { git = '
    .. '"https://a.example/a" } }]\n' .. versions)
  t.equal({ read.packages, support.skipped(read) }, { {}, { "22 a: from git: not on the package index" } })
end)

t.test("never follows what only extras, groups or members that exclude each other would ask for", function()
  for names, items in pairs {
    ["extra == 'extra-3-app-x' and extra == 'extra-3-app-y'"] =
      '{ package = "app", extra = "x" }, { package = "app", extra = "y" }',
    ["extra == 'group-3-app-x' and extra == 'extra-3-app-y'"] =
      '{ package = "app", group = "x" }, { package = "app", extra = "y" }',
    ["extra == 'project-3-app' and extra == 'project-5-other'"] = '{ package = "app" }, { package = "other" }',
  } do
    local rest = ('dependencies = [{ name = "a", marker = "%s" }]\n'):format(names) .. package("a", "1")
    t.equal(pins(PROJECT:gsub("\n\n", "\nconflicts = [[" .. items .. "]]\n\n", 1) .. rest), {}, names)
    t.equal(pins(PROJECT .. rest), { "a==1" }, names)
  end
end)

t.test("reads the requirements of a script, and a root that is no project", function()
  t.equal(pins('version = 1\n[manifest]\nrequirements = [{ name = "a" }, '
    .. '{ name = "b", marker = "os_name == \'nt\'" }]\n'
    .. package("a", "1") .. package("b", "2")), { "a==1" })
  t.equal(pins('version = 1\n[manifest.dependency-groups]\ndev = [{ name = "a", extras = ["x"] }]\n'
    .. package("a", "1", 'source = { registry = "r" }\n[package.optional-dependencies]\nx = [{ name = "b" }]\n')
    .. package("b", "2")), { "a==1", "b==2" })
end)

t.test("overlooks no extra that is called like what is left unread", function()
  for _, name in ipairs { "wheels", "sdist", "metadata" } do
    t.equal(pins(PROJECT .. "\n[package.optional-dependencies]\n" .. name .. " = [\n    { name = \"a\" },\n]\n"
      .. package("a", "1")), { "a==1" }, name)
  end
end)

t.test("reads the old word for a package", function()
  local text = PROJECT .. 'dependencies = [{ name = "a" }]\n' .. package("a", "1")
  t.equal(pins((text:gsub("%[%[package", "[[distribution"))), { "a==1" })
end)

t.test("takes all where the file names no project", function()
  t.equal(pins("version = 1\n" .. package("a", "1") .. package("b", "1") .. package("b", "2")),
    { "a==1", "b==1", "b==2" })
end)

return t.finish()
