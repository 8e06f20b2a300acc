--- What uv is told of installed packages.
local fs = require "pysec.fs"
local index = require "package_index"
local resolve = require "inputs.resolve"
local t = require "harness"
local toml = require "pysec.toml"
local tool = require "pysec.tool"
local uv_metadata = require "inputs.uv_metadata"

local function read(...)
  return toml.decode(uv_metadata.settings { ... })["dependency-metadata"]
end

t.test("name, version and what it needs, as PEP 508 writes it", function()
  t.equal(read { name = "a", version = "1.0", requires = {} },
    { { name = "a", version = "1.0", ["requires-dist"] = {} } })
  t.equal(read({ name = "app", version = "1.0.0RC1", requires = { "Core_x [S1,s2] (>=1,<2)", 'b;python_version<"3"',
    "c==1.* ; extra == 'test'" } }), { { name = "app", version = "1.0.0rc1", ["requires-dist"] = {
    "core-x[s1,s2]>=1,<2", 'b ; python_version<"3"', "c==1.* ; extra == 'test'" } } })
  t.equal(uv_metadata.settings {}, "")
end)

t.test("what uv could not read leaves its package out, and nothing else", function()
  local good = { name = "good", version = "1", requires = { "core" } }
  for _, bad in ipairs {
    { name = "bad", version = "2013x", requires = {} }, { name = "bad", version = "1", requires = { "pytz (>dev)" } },
    { name = "bad", version = "1", requires = { "core", "tinycss2 (>=1.1.0<1.2)" } },
    { name = "bad", version = "1", requires = { "click (>=7.*)" } },
    { name = "bad", version = "1", requires = { "x @ https://x.example/x.whl" } },
    { name = "bad", version = "1", requires = { "core ; python_version ~ 3" } },
    { name = "bad name", version = "1", requires = {} }, { name = "bad", version = "1", requires = {}, origin = "url" },
  } do
    local list = read(bad, good)
    t.equal({ #list, list[1].name }, { 1, "good" })
  end
end)

t.test("whatever a line holds stays within it", function()
  local marker = [=[python_version > '\" ]\n[[index]]']=]
  local list = read({ name = "a", version = "1", requires = { "b ; " .. marker } })
  t.equal({ #list, list[1]["requires-dist"] }, { 1, { "b ; " .. marker } })
end)

t.test("the real uv reads it, and builds no version that is installed", function()
  local packages = { ["old 1.0"] = { sdist = true, broken = true }, ["core 1.0"] = {}, ["core 2.0"] = {} }
  index.with(packages, function(job)
    local needs = { "core (<2) ; python_version > '3'" }
    job.environment = { packages = { { name = "old", version = "1.0", requires = needs } } }
    local folder = resolve.folder(job, "old\n")
    local result = tool.run(resolve.uv_spec(job, folder, {}))
    t.equal(result.code, 0, result.stderr)
    t.equal(fs.read(folder .. "/out.txt"), "core==1.0\nold==1.0\n")
    job.environment = nil
    result = tool.run(resolve.uv_spec(job, resolve.folder(job, "old\n"), {}))
    t.match(result.stderr, "Failed to [%a ]*build `old==1%.0`")
  end)
end)

return t.finish()
