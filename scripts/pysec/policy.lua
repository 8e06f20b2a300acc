--- pysec.policy: loads policies from files; the engine is lib/policy.lua.
local fs = require "pysec.fs"
local host = require "pysec.host"
local engine = require "lib.policy"

local policy = {}

local function source(path)
  local text, message = fs.read(path, 1024 * 1024)
  if not text then return nil, message end
  return { text = text, name = path }
end

--- Loads policies. An empty list loads the shipped policies/default.lua.
-- Returns a set with decide, judge and coverage, or nil and a message that names file and line.
function policy.load(list)
  local sources = {}
  for i, path in ipairs(list) do
    local item, message = source(path)
    if not item then return nil, message end
    sources[i] = item
  end
  if #sources == 0 then
    local text = host.builtin("policies/default.lua")
    sources[1] = { text = text, name = "policies/default.lua" }
  end
  return engine.compile(sources)
end

return policy
