--- What became of a package's upgrades, and what holds it back: the part of a story (lib/story.lua) that says so.
local change = require "lib.story_change"

local story_upgrades = {}

local STATES = {
  applied = "was applied", planned = "is planned, and not applied", rolled_back = "was rolled back",
  failed = "was left out, because it broke something",
}

--- "; free on 2026-11-27" for what waits, unless the line says so already.
local function waiting(item, line)
  if not item.free_on or line:find(item.free_on, 1, true) then return "" end
  return "; free on " .. item.free_on
end

local function upgrade_line(upgrade)
  local step = upgrade.from and ("from %s to %s"):format(upgrade.from, upgrade.to) or ("%s (new)"):format(upgrade.to)
  local line = ("%s %s"):format(step, STATES[upgrade.state] or upgrade.state)
  if upgrade.state == "refused" then
    line = ("%s was refused by %s"):format(step, change.place(upgrade))
  end
  if upgrade.reason and upgrade.reason ~= "" then line = ("%s: %s"):format(line, upgrade.reason) end
  if upgrade.state == "applied" and #upgrade.fixes > 0 then
    line = ("%s; it fixed %s"):format(line, table.concat(upgrade.fixes, ", "))
  end
  return line .. waiting(upgrade, line)
end

local function held_line(item)
  local by = item.by and (" (%s, %s)"):format(item.rule, item.by) or ""
  local line = ("%s stays below %s: %s%s"):format(item.version, item.latest ~= "" and item.latest
    or "what was wanted", item.reason ~= "" and item.reason or "no reason is recorded", by)
  return line .. waiting(item, line)
end

--- A line for each upgrade.
function story_upgrades.lines(upgrades)
  local lines = {}
  for i, upgrade in ipairs(upgrades) do lines[i] = upgrade_line(upgrade) end
  return lines
end

--- A line for each thing that holds a package back.
function story_upgrades.held_lines(held_back)
  local lines = {}
  for i, item in ipairs(held_back) do lines[i] = held_line(item) end
  return lines
end

return story_upgrades
