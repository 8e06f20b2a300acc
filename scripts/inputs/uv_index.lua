--- Tells uv for how long what an index says of a package is good.
--
-- The same pages and files are read for each question of a run. PyPI says for how long they are good; mirrors often say
-- nothing, and then uv loads each of them anew for each question. A settings file may say it in their place, and has
-- to name the indexes itself: what the environment says of them goes before it. It may hold passwords, so it is no
-- file: uv reads it from its input.
local uv_metadata = require "inputs.uv_metadata"

local uv_index = {}

local PYPI = "https://pypi.org/simple"

-- As PyPI says itself; its files never change.
local PAGES, FILES = "max-age=600", "max-age=365000000, immutable"

local quote = uv_metadata.quote

--- One index; its address may have a name before it, "name=https://...".
local function entry(address, is_default)
  local name, url = address:match("^([%w._-]+)=(.+)$")
  url = url or address
  local lines = { "[[index]]", "url = " .. quote(url) }
  if name then lines[#lines + 1] = "name = " .. quote(name) end
  if is_default then lines[#lines + 1] = "default = true" end
  local is_pypi = url:gsub("/$", "") == PYPI
  lines[#lines + 1] = ('cache-control = { api = "%s", files = "%s" }'):format(PAGES, is_pypi and FILES or PAGES)
  return table.concat(lines, "\n") .. "\n"
end

--- The settings that stand for the variables UV_INDEX and UV_DEFAULT_INDEX.
function uv_index.settings(indexes, default)
  local entries = {}
  for address in (indexes or ""):gmatch("%S+") do entries[#entries + 1] = entry(address) end
  entries[#entries + 1] = entry(default and default:match("%S+") or PYPI, true)
  return table.concat(entries)
end

--- Adds the settings to the command of a spec, in the place of what its env says of indexes; with the metadata of
-- installed packages, where they are given.
function uv_index.apply(spec, packages)
  spec.stdin = uv_index.settings(spec.env.UV_INDEX, spec.env.UV_DEFAULT_INDEX)
    .. uv_metadata.settings(packages or {})
  spec.env.UV_INDEX, spec.env.UV_DEFAULT_INDEX, spec.env.UV_NO_CONFIG = nil, nil, nil
  table.insert(spec, "--config-file")
  table.insert(spec, "/dev/stdin")
end

return uv_index
