--- poetry.lock: markers at the packages (2.1), or at the dependencies alone (before).
local t = require "harness"
local support = require "lock_support"

local function package(name, version, rest)
  return ('[[package]]\nname = "%s"\nversion = "%s"\n%s\n'):format(name, version, rest or "")
end

local function lock(lock_version, ...)
  return table.concat { ... } .. ('[metadata]\nlock-version = "%s"\n'):format(lock_version)
end

local function pins(text, pyproject, python_version)
  local read, message = support.read("poetry.lock", text, pyproject and { ["pyproject.toml"] = pyproject },
    python_version)
  t.truthy(read, message)
  return support.pins(read)
end

t.test("says where packages come from that are not from the index", function()
  t.equal(support.skipped(support.fixture "poetry-2.1/poetry.lock"), { "124 gitdep: from git: not on the package index",
    "285 local-lib: from a local path: not on the package index" })
  local read = support.read("poetry.lock", lock("2.1",
    package("a", "1", '[package.source]\ntype = "url"\nurl = "https://a.example/a.whl"'),
    package("b", "1", '[package.source]\ntype = "file"\nurl = "b.whl"'),
    package("c", "1", '[package.source]\ntype = "legacy"\nurl = "https://a.example/simple"\nreference = "x"')))
  t.equal({ support.skipped(read), support.pins(read) }, { { "1 a: from a URL: not on the package index",
    "7 b: from a local path: not on the package index" }, { "c==1" } })
end)

t.test("marks what the pyproject.toml beside it names", function()
  local direct = {}
  for _, item in ipairs(support.fixture("poetry-2.1/poetry.lock").packages) do
    if item.direct then direct[#direct + 1] = item.name end
  end
  t.equal(direct, { "cachetools", "click", "httpx", "markdown", "pytest" })
end)

t.test("takes a package for any of its groups, and a group without a marker always", function()
  local nt = '"sys_platform == \\"win32\\""'
  local both = 'groups = ["main", "dev"]\n'
  t.equal(pins(lock("2.1",
    package("one", "1", both .. "markers = " .. nt),
    package("two", "1", both .. "markers = {main = " .. nt .. ", dev = " .. nt .. "}"),
    package("three", "1", both .. "markers = {main = " .. nt .. "}"),
    package("four", "1", both .. "markers = {main = " .. nt .. ', dev = "os_name == \\"posix\\""}'),
    package("five", "1", 'groups = ["main"]\nmarkers = "extra == \\"x\\""'))), { "five==1", "four==1", "three==1" })
end)

t.test("believes the markers since format 2.1, whatever the pyproject.toml beside it names", function()
  t.equal(pins(lock("2.1", package("a", "1", 'groups = ["main"]')),
    '[tool.poetry.dependencies]\nb = "*"\n'), { "a==1" })
end)

local OLD = lock("2.0",
  package("a", "1", '[package.dependencies]\nb = {version = "*", markers = "sys_platform == \\"win32\\""}\n'
    .. 'c = {version = ">=1", optional = true, markers = "extra == \\"x\\""}\n[package.extras]\nx = ["C (>=1)"]\n'),
  package("b", "1"), package("c", "1"), package("d", "1", "optional = true"))

t.test("follows dependencies where packages have no markers, from what pyproject.toml names", function()
  t.equal(pins(OLD, '[tool.poetry.dependencies]\na = "*"\n'), { "a==1" })
  t.equal(pins(OLD, '[tool.poetry.dependencies]\na = { version = "*", extras = ["X"] }\n'), { "a==1", "c==1" })
  t.equal(pins(OLD, '[tool.poetry.dependencies]\na = "*"\nb = "*"\nd = { version = "*", optional = true }\n'),
    { "a==1", "b==1", "d==1" })
  t.equal(pins(OLD, '[tool.poetry.dependencies]\na = { version = "*", python = "<3" }\n'
    .. '[tool.poetry.group.x.dependencies]\nd = "*"\n'), { "d==1" })
end)

t.test("counts all packages where no pyproject.toml says what is needed", function()
  local all = { "a==1", "b==1", "c==1", "d==1" }
  t.equal(pins(OLD), all)
  t.equal(pins(OLD, "no toml"), all)
  t.equal(pins(OLD, '[project]\ndependencies = ["no requirement !"]\n'), all)
end)

t.test("chooses those of several versions that a dependency admits", function()
  local text = lock("2.0", package("a", "1.0"), package("a", "2.0"))
  t.equal(pins(text, '[tool.poetry.dependencies]\na = [{ version = "<2", python = "<3.10" }, '
    .. '{ version = "^2", python = ">=3.10" }]\n'), { "a==2.0" })
  t.equal(pins(text, '[tool.poetry.dependencies]\na = [{ version = "<2", python = "<3.10" }, '
    .. '{ version = "^2", python = ">=3.10" }]\n', "3.9.1"), { "a==1.0" })
  t.equal(pins(text, '[tool.poetry.dependencies]\na = "^3"\n'), { "a==1.0", "a==2.0" }, "none is admitted")
end)

t.test("reads markers of format 1.0", function()
  t.equal(pins(package("a", "1", 'category = "main"\nmarker = "os_name == \\"nt\\""') .. package("b", "1")
    .. '[metadata]\ncontent-hash = "0"\n'), { "b==1" })
end)

t.test("overlooks no dependency that is called like what is left unread", function()
  for _, value in ipairs { '"*"', '{version = "*"}', "[\n    {version = \"*\"},\n]" } do
    t.equal(pins(lock("2.0", package("a", "1", "[package.dependencies]\nfiles = " .. value), package("files", "1")),
      '[tool.poetry.dependencies]\na = "*"\n'), { "a==1", "files==1" }, value)
  end
end)

t.test("takes all where the pyproject.toml beside it names none", function()
  t.equal(pins(lock("2.0", package("a", "1")), "[tool.black]\nline-length = 120\n"), { "a==1" })
end)

return t.finish()
