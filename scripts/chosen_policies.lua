--- The policies of a command line: those that were given, and the project's own beside them.
local budget = require "lib.budget"
local fs = require "pysec.fs"
local policies = require "pysec.policy"

local PROJECT = "pysec.lua"

--- Loads what the values of a command choose. Returns the set, and the paths that were used; raises { usage }.
return function(values)
  local given = values.policy or {}
  local project = not values.no_project_policy and fs.stat(PROJECT) and PROJECT or nil
  local set, message = policies.load(given, { project = project, budget = budget.read(values) })
  if not set then error({ usage = message }, 0) end
  local used = table.move(given, 1, #given, 1, {})
  if project then used[#used + 1] = project end
  return set, used
end
