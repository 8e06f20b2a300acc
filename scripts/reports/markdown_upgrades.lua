--- The part of the Markdown report about what changed, what did not, why, and how long all took. Reasons are whole.
local groups = require "reports.upgrade_groups"
local markdown = require "lib.markdown"
local words = require "lib.words"

local function add_section(lines, title, items, columns)
  if #items == 0 then return end
  lines[#lines + 1] = ("## %s\n"):format(title)
  lines[#lines + 1] = markdown.table(groups.table(items, columns)) .. "\n"
end

local function field(name)
  return function(item) return item[name] end
end

local function add_changes(lines, record)
  add_section(lines, "Changes", record.changes, {
    { "Package", field "package" },
    { "Before", function(item) return item.before or "(new)" end },
    { "After", function(item) return item.after or "(gone)" end },
  })
end

local function add_upgrades(lines, record)
  local listed, left_out = {}, {}
  for _, item in ipairs(record.upgrades) do table.insert(item.state == "failed" and left_out or listed, item) end
  add_section(lines, "Upgrades", listed, { { "In", groups.target(record) },
    { "Package", field "package" }, { "From", groups.from }, { "To", field "to" }, { "Kind", field "kind" },
    { "Change", field "change" }, { "Fixes", function(item) return table.concat(item.fixes, ", ") end },
    { "State", field "state" }, { "Free on", groups.field(listed, "free_on") }, { "Why", words.why },
  })
  add_section(lines, "Left out", left_out, { { "In", groups.target(record) },
    { "Package", field "package" }, { "From", groups.from }, { "To", field "to" }, { "What broke", words.why },
  })
end

local function add_held_back(lines, record)
  add_section(lines, "Held back", record.held_back, { { "In", groups.target(record) },
    { "Package", field "package" }, { "Version", field "version" }, { "Newest", field "latest" },
    { "Free on", groups.field(record.held_back, "free_on") }, { "By", words.why },
  })
end

local function add_times(lines, record)
  local rows, all = {}, 0
  for i, item in ipairs(record.times) do
    rows[i] = { item.phase, ("%.2f"):format(item.seconds) }
    all = all + item.seconds
  end
  if #rows == 0 then return end
  if #rows > 1 then rows[#rows + 1] = { "in all", ("%.2f"):format(all) } end
  lines[#lines + 1] = "## Times\n"
  lines[#lines + 1] = markdown.table({ "Phase", "Seconds" }, rows) .. "\n"
  local trials = groups.trials(record)
  if trials then lines[#lines + 1] = ("- upgrades were applied in %s\n"):format(trials) end
end

return { add_changes = add_changes, add_upgrades = add_upgrades, add_held_back = add_held_back, add_times = add_times }
