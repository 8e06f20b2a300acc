--- Pipfile.lock.
local t = require "harness"
local support = require "lock_support"

t.test("reads all categories, with the line of each package", function()
  local read = support.fixture "pipenv/Pipfile.lock"
  t.equal(support.lines(read)[1], "17 anyio==4.16.0")
  t.equal(support.skipped(read), { "49 gitdep: from git: not on the package index",
    "88 local-lib: from a local path: not on the package index",
    "123 toolz: from a URL: not on the package index" })
  local direct = {}
  for _, item in ipairs(read.packages) do if item.direct then direct[#direct + 1] = item.name end end
  t.equal(direct, { "click", "httpx", "pytest", "markdown" })
end)

t.test("names what has no pin, and lists a package of two categories once", function()
  local read = support.read("Pipfile.lock", [=[{
"_meta": {"pipfile-spec": 6},
"develop": {
  "A": {"version": "==1.0"},
  "nt": {"version": "==1.0", "markers": "sys_platform == 'win32'"}
},
"default": {
  "b": {"version": "*"},
  "a": {"version": "==1.0"},
  "c": {"file": "./c.whl"},
  "d": {},
  "self": {"path": ".", "editable": true}
}}]=], { Pipfile = '[packages]\na = "*"\n' })
  t.equal(support.lines(read), { "4 a==1.0 *" })
  t.equal(support.skipped(read), { "8 b: not pinned: *", "10 c: from a local path: not on the package index",
    "11 d: not pinned: *" })
end)

return t.finish()
