--- The decisions of pysec eval as JSON: {"decisions": [...], "notices": [...], "exit": N}.
--
-- Nothing is written before the last finding was decided: a report that cannot be read leaves no half of a result, and
-- neither does an interrupt. So the text is kept, which takes half of what the decisions would.
local encoder = require "reports.decisions_encoder"
local json = require "pysec.json"
local tool = require "pysec.tool"
local ui = require "pysec.ui"

local Writer = {}
Writer.__index = Writer

--- Options: `several` (decisions name their report), `changes` (there is a list of changes).
local function new(options)
  return setmetatable({ options = options, pending = {}, changes = json.array(), encode = encoder() }, Writer)
end

--- Adds what became of a report, or of a part of it: { name, decisions, changes }.
function Writer:add(entry)
  local report = self.options.several and (',"report":%s'):format(json.encode(entry.name)) or ""
  for _, change in ipairs(entry.changes or {}) do
    change.report = self.options.several and entry.name or nil
    table.insert(self.changes, change)
  end
  local function write(text) self.pending[#self.pending + 1] = text end
  if #entry.decisions > 0 then
    if #self.pending > 0 then write "," end
    self.encode(entry.decisions, report .. "}", write)
  end
end

local function write(self, result)
  ui.write '{"decisions":['
  for _, piece in ipairs(self.pending) do ui.write(piece) end
  ui.write "],"
  if self.options.changes then
    table.move(result.gone, 1, #result.gone, #self.changes + 1, self.changes)
    ui.write(('"changes":%s,'):format(json.encode(self.changes)))
  end
  ui.write(('"notices":%s,"exit":%d}\n'):format(json.encode(result.notices), result.exit))
end

--- Ends the text: { notices, exit, gone (changes that belong to no report) }. An interrupt waits until it is whole.
function Writer:finish(result)
  tool.shield(write, self, result)
end

return new
