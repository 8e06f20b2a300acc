--- What `cooldown` says of upgrades: releases that are too young, or that the index has withdrawn, have to wait.
--
-- An upgrade has to get past every rule that matches its package. Of those that refuse it the one is named that lets it
-- through last, so that the day that is told is true.
local dates = require "lib.dates"
local matchers = require "lib.policy.matchers"

local Cooldowns = {}
Cooldowns.__index = Cooldowns

--- The cooldown rules of a set. `today` is a day as text.
function Cooldowns.new(rules, today)
  return setmetatable({ rules = rules, today = dates.parse(today) }, Cooldowns)
end

function Cooldowns:is_empty()
  return #self.rules == 0
end

-- --- how long to wait ---

--- The days that a fix of this severity waits by a rule: never more than other upgrades.
local function wait_for(rule, severity)
  local own = rule.security and rule.security[severity]
  if own and rule.days then return math.min(own, rule.days) end
  return own or rule.days or 0
end

--- The days that an upgrade waits by a rule. One that fixes several findings goes with the first that may go.
local function wait_of(rule, upgrade)
  if #(upgrade.fixes or {}) == 0 then return rule.days or 0 end
  local severities, least = upgrade.severities, nil
  if type(severities) ~= "table" or #severities == 0 then severities = { "unknown" } end
  for _, severity in ipairs(severities) do
    local wait = wait_for(rule, severity)
    least = least and math.min(least, wait) or wait
  end
  return least
end

Cooldowns.wait_for = wait_for

-- --- refusals ---

local EPOCH = dates.parse "1970-01-01"
local LAST = dates.parse "9999-12-31"

--- The text of a day's number; nil beyond the calendar.
local function day_text(number)
  return number <= LAST and os.date("!%Y-%m-%d", (number - EPOCH) * 86400) or nil
end

local function count(days)
  return days == 1 and "1 day" or ("%d days"):format(days)
end

local function refusal(rule, text, free_at)
  return { by = rule.by, rule = "cooldown", reason = rule.reason and ("%s: %s"):format(text, rule.reason) or text,
    free_on = free_at and day_text(free_at) }, free_at or math.huge
end

local UNKNOWN = "the index does not tell when it was released, and it would wait %s; "
  .. "cooldown { unknown = \"take\" } lets such releases through"

--- Why a rule refuses an upgrade, and the number of the day on which it no longer does; nil when it does not.
local function refusal_by(rule, upgrade, today)
  if upgrade.yanked == true and rule.yanked ~= "take" then
    return refusal(rule, "the index has withdrawn this release")
  end
  local wait = wait_of(rule, upgrade)
  if wait == 0 then return nil end
  local released = type(upgrade.released) == "string" and dates.parse(upgrade.released)
  if not released then
    if rule.unknown == "take" then return nil end
    return refusal(rule, UNKNOWN:format(count(wait)))
  end
  if today - released >= wait then return nil end
  local free = day_text(released + wait)
  return refusal(rule, ("released on %s, waits %s: %s"):format(upgrade.released, count(wait),
    free and "free on " .. free or "never free"), released + wait)
end

--- Why an upgrade is refused: { by, rule, reason, free_on }, or nil. Its package's name is normalised.
function Cooldowns:refusal(upgrade)
  local last, last_day
  for _, rule in ipairs(self.rules) do
    if not rule.package or matchers.matches(rule.package, upgrade.package) then
      rule.hits = rule.hits + 1
      local refused, day = refusal_by(rule, upgrade, self.today)
      if refused and (not last or day > last_day) then last, last_day = refused, day end
    end
  end
  return last
end

return Cooldowns
