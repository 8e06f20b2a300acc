--- pylock.toml (PEP 751).
local t = require "harness"
local support = require "lock_support"

t.test("says where packages come from that are not from the index", function()
  local read = support.fixture "pylock-pip/pylock.app.toml"
  t.equal(support.lines(read)[1], "4 anyio==4.16.0")
  t.equal(support.skipped(read), { "37 gitdep: from version control: not on the package index",
    "122 local-lib: from a local path: not on the package index",
    "150 toolz: from a URL: not on the package index" })
end)

t.test("marks what the pyproject.toml beside it names", function()
  local direct = {}
  for _, item in ipairs(support.fixture("pylock-uv/pylock.toml").packages) do
    if item.direct then direct[#direct + 1] = item.name end
  end
  t.equal(direct, { "click", "httpx", "pyflakes", "pytest", "rich", "wheel" })
end)

t.test("takes every extra and group, leaves the project itself out, and names what has no version", function()
  local read = support.read("pylock.toml", [=[
lock-version = "1.0"
extras = ["x"]
packages = [
  { name = "a", version = "1", marker = "'x' in extras" },
  { name = "b", version = "1", marker = "'y' in dependency_groups and sys_platform == 'linux'" },
  { name = "c", version = "1", marker = "'x' in extras and sys_platform == 'win32'" },
  { name = "self", directory = { path = ".", editable = true } },
  { name = "d" },
]
]=])
  t.equal({ support.lines(read), support.skipped(read) }, { { "4 a==1", "5 b==1" },
    { "8 d: not pinned: the file has no version of it" } })
end)

return t.finish()
