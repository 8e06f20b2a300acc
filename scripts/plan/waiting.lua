--- What a plan tells of releases that have to wait because of a cooldown, and the day on which they are free.
local lists = require "lib.lists"
local version = require "pysec.version"

local waiting = {}

local function by_package(list)
  local map = {}
  for _, item in ipairs(list or {}) do map[item.package] = item end
  return map
end

--- Where the plan leaves a package; nil for one that does not come in.
local function goes_to(made, name)
  local item = by_package(made.upgrades)[name]
  return item and item.to or made.narrow.present[name]
end

--- Adds to made.held_back what waits, unless it is told as a refused upgrade or as held back already, and to what is
-- held back already the day on which it is free. Called once a plan is settled; `made` is what plan.make returns.
function waiting.tell(made)
  local refused, held_back = by_package(made.refused), by_package(made.held_back)
  for _, item in ipairs(made.held_back) do
    if item.rule == "cooldown" then item.free_on = made.narrow:free_on(item.package, item.latest) end
  end
  for _, name in ipairs(lists.keys(made.narrow.waiting)) do
    local item, at = made.narrow.waiting[name], goes_to(made, name)
    if at and version.compare(at, item.to) == -1 and not refused[name] and not held_back[name] then
      table.insert(made.held_back, { package = name, version = at, latest = item.to, reason = item.reason, by = item.by,
        rule = item.rule, free_on = item.free_on, target = made.target.path })
    end
  end
end

return waiting
