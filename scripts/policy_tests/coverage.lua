--- Which rules and lines of hooks the tests reached, added up over sets of policies and over test files.
--
-- Shipped policies do not count: who includes one need not test it anew. What counts is a file, under its real path.
local paths = require "lib.paths"
local ui = require "pysec.ui"

local Coverage = {}
Coverage.__index = Coverage

function Coverage.new()
  return setmetatable({ entries = {} }, Coverage)
end

local function enter(self, entry)
  local key = ("%s:%d:%s"):format(entry.source, entry.line, entry.rule or "")
  local known = self.entries[key]
  if not known then
    self.entries[key] = entry
    table.insert(self.entries, entry)
  else
    known.hit = known.hit or entry.hit
  end
end

--- Adds what a set of policies reached. `folder` is where its paths start.
function Coverage:add(reached, folder)
  local function place(path) return ui.escape(paths.clean(paths.join(folder, path))) end
  for _, rule in ipairs(reached.rules) do
    local path, line = rule.by:match("^(.*):(%d+)$")
    if rule.source:sub(1, 1) == "/" then
      enter(self, { source = rule.source, path = place(path), line = math.tointeger(tonumber(line)), rule = rule.rule,
        hit = rule.hits > 0 })
    end
  end
  for _, line in ipairs(reached.lines) do
    if line.source:sub(1, 1) == "/" then
      enter(self, { source = line.source, path = place(line.path), line = line.line, hit = line.hit })
    end
  end
end

--- Adds the entries of another coverage.
function Coverage:merge(entries)
  for _, entry in ipairs(entries) do enter(self, entry) end
end

local function percent(hit, total)
  return total == 0 and 100 or hit * 100 // total
end

--- What there is to say: { rules = { hit, total, percent }, lines = the same, all = the same, unreached = entries in
-- the order of their places }.
function Coverage:summary()
  local summary = { rules = { hit = 0, total = 0 }, lines = { hit = 0, total = 0 }, all = { hit = 0, total = 0 },
    unreached = {} }
  for _, entry in ipairs(self.entries) do
    for _, part in ipairs { entry.rule and "rules" or "lines", "all" } do
      summary[part].total = summary[part].total + 1
      summary[part].hit = summary[part].hit + (entry.hit and 1 or 0)
    end
    if not entry.hit then table.insert(summary.unreached, entry) end
  end
  for _, part in ipairs { "rules", "lines", "all" } do
    summary[part].percent = percent(summary[part].hit, summary[part].total)
  end
  table.sort(summary.unreached, function(a, b)
    if a.path ~= b.path then return a.path < b.path end
    if a.line ~= b.line then return a.line < b.line end
    return (a.rule or "~") < (b.rule or "~")
  end)
  return summary
end

return Coverage
