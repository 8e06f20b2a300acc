--- Cooldowns that another one makes needless, or whose fields have no effect.
local Cooldowns = require "lib.policy.cooldowns"
local overlap = require "lib.policy.overlap"

local cooldowns = {}

-- "none" has no entry: it stands for upgrades that fix nothing `security` speaks of.
local SEVERITIES = { "critical", "high", "medium", "low", "unknown", "none" }

--- Whether a rule ever lets an upgrade wait.
local function has_wait(rule)
  for _, severity in ipairs(SEVERITIES) do
    if Cooldowns.wait_for(rule, severity) > 0 then return true end
  end
  return false
end

--- Whether one rule refuses all that another refuses.
function cooldowns.includes(one, other)
  if not overlap.covers(one.package, other.package, "name") then return false end
  for _, severity in ipairs(SEVERITIES) do
    if Cooldowns.wait_for(one, severity) < Cooldowns.wait_for(other, severity) then return false end
  end
  return (one.yanked ~= "take" or other.yanked == "take")
    and (one.unknown ~= "take" or other.unknown == "take" or not has_wait(other))
end

--- Warns of what a cooldown can never do.
function cooldowns.check(rule, _, warn)
  local waits = has_wait(rule)
  if not waits and rule.yanked == "take" then
    warn("this cooldown lets every release through")
    return
  end
  if rule.unknown and not waits then warn("`unknown` has no effect: no release has to wait") end
  for _, severity in ipairs(SEVERITIES) do
    local own = rule.security and rule.security[severity]
    if own and rule.days and own > rule.days then
      warn(("`security.%s` has no effect: no upgrade waits longer than `days`, %d"):format(severity, rule.days))
    end
  end
end

return cooldowns
