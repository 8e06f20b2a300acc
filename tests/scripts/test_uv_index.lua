--- What uv is told of its indexes.
local t = require "harness"
local toml = require "pysec.toml"
local uv_index = require "inputs.uv_index"

local function read(...)
  return toml.decode(uv_index.settings(...)).index
end

local PYPI = { url = "https://pypi.org/simple", default = true,
  ["cache-control"] = { api = "max-age=600", files = "max-age=365000000, immutable" } }
local MIRRORED = { api = "max-age=600", files = "max-age=600" }

t.test("PyPI where nobody names another, with what it says itself", function()
  t.equal(read(nil, nil), { PYPI })
  t.equal(read("", ""), { PYPI })
  t.equal(read(nil, "https://pypi.org/simple/")[1]["cache-control"], PYPI["cache-control"])
end)

t.test("other indexes in their order, the default one last, names as they are given", function()
  t.equal(read("https://a.example/simple ours=https://b.example/x=1", "https://u:p@c.example/simple"), {
    { url = "https://a.example/simple", ["cache-control"] = MIRRORED },
    { url = "https://b.example/x=1", name = "ours", ["cache-control"] = MIRRORED },
    { url = "https://u:p@c.example/simple", default = true, ["cache-control"] = MIRRORED },
  })
end)

t.test("whatever an address holds stays within it", function()
  for _, address in ipairs { 'https://x.example/"\\', "https://x.example/\1\127é", 'https://x/"]\\u0041[[index]]' } do
    local list = read(nil, address)
    t.equal({ #list, list[1].url }, { 1, address })
  end
end)

t.test("the command reads the settings from its input, and its environment no longer names indexes", function()
  local spec = { "uv", env = { UV_INDEX = "https://a.example", UV_DEFAULT_INDEX = "https://b.example",
    UV_NO_CONFIG = "1", UV_CACHE_DIR = "/cache" } }
  uv_index.apply(spec)
  t.equal({ spec[1], spec[2], spec[3], #spec }, { "uv", "--config-file", "/dev/stdin", 3 })
  t.equal(spec.env, { UV_CACHE_DIR = "/cache" })
  t.equal(spec.stdin, uv_index.settings("https://a.example", "https://b.example"))
end)

return t.finish()
