--- pdm.lock: markers at the packages, or at the dependencies alone.
local t = require "harness"
local support = require "lock_support"

local function lock(strategy, packages)
  return ('[metadata]\nstrategy = [%s]\nlock_version = "4.5.0"\n%s'):format(strategy, packages)
end

local PACKAGES = [=[
[[package]]
name = "a"
version = "1"
dependencies = ["b; sys_platform == \"win32\"", "C[x]>=1"]
[[package]]
name = "b"
version = "1"
[[package]]
name = "c"
version = "1"
[[package]]
name = "c"
version = "1"
extras = ["x"]
dependencies = ["c==1", "d"]
[[package]]
name = "c"
version = "1"
extras = ["y"]
dependencies = ["c==1", "b"]
[[package]]
name = "d"
version = "1"
marker = "python_version < \"3\""
[[package]]
name = "e"
version = "1"
path = "./lib"
]=]

local function pins(text, pyproject)
  local read, message = support.read("pdm.lock", text, pyproject and { ["pyproject.toml"] = pyproject })
  t.truthy(read, message)
  return support.pins(read), support.skipped(read)
end

t.test("says where packages come from that are not from the index", function()
  local read = support.fixture "pdm/pdm.lock"
  t.equal(support.skipped(read), { "81 gitdep: from git: not on the package index",
    "227 local-lib: from a local path: not on the package index",
    "314 toolz: from a URL: not on the package index" })
  local direct = {}
  for _, item in ipairs(read.packages) do if item.direct then direct[#direct + 1] = item.name end end
  t.equal(direct, { "click", "httpx", "pytest" })
end)

t.test("believes the markers of packages where they inherit them", function()
  t.equal(pins(lock('"inherit_metadata"', PACKAGES), '[project]\ndependencies = ["b"]\n'), { "a==1", "b==1", "c==1" })
end)

t.test("follows dependencies elsewhere, with the entries of the extras that are asked for", function()
  t.equal(pins(lock("", PACKAGES), '[project]\ndependencies = ["a"]\n'), { "a==1", "c==1" })
  t.equal(pins(lock("", PACKAGES), '[project]\ndependencies = ["c[y]"]\n'), { "b==1", "c==1" })
  t.equal(pins(lock("", PACKAGES), '[dependency-groups]\ng = ["b"]\n'), { "b==1" })
end)

t.test("finds a project that is named by its folder alone", function()
  local _, skipped = pins(lock("", PACKAGES), '[tool.pdm.dev-dependencies]\ng = ["-e file:///${PROJECT_ROOT}/lib"]\n')
  t.equal(skipped, { "28 e: from a local path: not on the package index" })
end)

t.test("counts all packages where no pyproject.toml says what is needed", function()
  t.equal(pins(lock("", PACKAGES)), { "a==1", "b==1", "c==1" })
end)

t.test("refuses a dependency that cannot be read", function()
  local text = lock("", '[[package]]\nname = "a"\nversion = "1"\ndependencies = ["b !"]\n')
  local _, message = support.read("pdm.lock", text, { ["pyproject.toml"] = '[project]\ndependencies = ["a"]\n' })
  t.equal(message, "pdm.lock:4: 'b !': not a version specifier: \"!\"; write the file anew with 'pdm lock'")
end)

t.test("takes all where the pyproject.toml beside it names none", function()
  t.equal(pins(lock("", '[[package]]\nname = "a"\nversion = "1"\n'), "[tool.black]\nline-length = 120\n"), { "a==1" })
end)

return t.finish()
