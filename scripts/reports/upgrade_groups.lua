--- Upgrades as the tables of a report show them: by what became of them.
local words = require "lib.words"

local groups = {}

--- Sorts upgrades into { made (applied, planned or rolled back), refused (by policies), left_out (what they broke is
-- their reason) }.
function groups.of(upgrades)
  local made = { made = {}, refused = {}, left_out = {} }
  for _, item in ipairs(upgrades) do
    local name = item.state == "refused" and "refused" or item.state == "failed" and "left_out" or "made"
    table.insert(made[name], item)
  end
  return made
end

--- Titles and rows of a table. `columns` is a list of { title, function(item) -> cell }; a column whose function is
-- missing has no place in it.
function groups.table(items, columns)
  local shown, titles, rows = {}, {}, {}
  for _, column in ipairs(columns) do
    if column[2] then
      shown[#shown + 1] = column[2]
      titles[#titles + 1] = column[1]
    end
  end
  for i, item in ipairs(items) do
    rows[i] = {}
    for j, cell in ipairs(shown) do rows[i][j] = cell(item) or "" end
  end
  return titles, rows
end

--- Where an item is, as a column's function; nil where all that a record tells of is in one file or environment.
function groups.target(record)
  local placed = {}
  for _, list in ipairs { record.upgrades, record.held_back } do
    for _, item in ipairs(list) do
      if item.target then placed[#placed + 1] = item end
    end
  end
  return words.has_targets(placed) and function(item) return item.target end or nil
end

--- The field of an item as a column's function; nil where no item has it.
function groups.field(items, name)
  for _, item in ipairs(items) do
    if item[name] then
      return function(one) return one[name] end
    end
  end
end

--- From which version an upgrade starts.
function groups.from(item)
  return item.from or "(new)"
end

--- "5 trials of at most 20"; nil where none were made.
function groups.trials(record)
  local trials = record.results.upgrade.trials
  if not trials or trials.made == 0 then return nil end
  return ("%s of at most %d"):format(words.count(trials.made, "trial"), trials.most)
end

return groups
