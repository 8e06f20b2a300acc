--- What policies may use, as a command line gives it: "seconds=60,memory=256,instructions=1000000000".
local names = require "lib.names"

local budget = {}

--- The option of every command that loads policies.
budget.option = { "policy-budget", "LIST",
  help = "what policies may use: seconds=10,memory=64,instructions=100000000 (memory in MiB)" }

local UNITS = { instructions = 1, memory = 1024 * 1024, seconds = 1 }
local NAMES = { "instructions", "memory", "seconds" }

local function refuse(text, why)
  error({ usage = ("--policy-budget %s: %s"):format(text, why) }, 0)
end

--- The budget of a command's values, for pysec.policy.load; nil for the defaults. Raises { usage }.
function budget.read(values)
  local text = values.policy_budget
  if not text then return nil end
  local own = {}
  for part in (text .. ","):gmatch("([^,]*),") do
    local name, number = part:match("^%s*(%a+)%s*=%s*(%d+%.?%d*)%s*$")
    local value = tonumber(number)
    if not name or value == 0 then refuse(text, "expected NAME=NUMBER, such as seconds=60") end
    if not UNITS[name] then
      refuse(text, ("nothing is called '%s'%s; there are %s"):format(name, names.hint(name, NAMES),
        table.concat(NAMES, ", ")))
    end
    if value > 1e12 then refuse(text, "the number is too large") end
    own[name] = value * UNITS[name]
  end
  return own
end

return budget
