--- The decisions of pysec eval as JSON: {"decisions": [...], "notices": [...], "exit": N}.
--
-- Nothing is written before the last finding was decided: a report that cannot be read leaves no half of a result, and
-- neither does an interrupt. So the text is kept, which takes half of what the decisions would.
local json = require "pysec.json"
local tool = require "pysec.tool"
local ui = require "pysec.ui"

local Writer = {}
Writer.__index = Writer

local PIECE = 500

local MOST_KEPT = 100

--- Returns a function that gives the text of a decision up to its finding. It is kept by the trace: findings that the
-- same rules speak of share theirs, so that mostly a report has a handful of such texts.
local function new_heads()
  local kept, count = {}, 0
  return function(decision)
    local head = kept[decision.trace]
    if head and head.verdict == decision.verdict and head.by == decision.by and head.rule == decision.rule
      and head.reason == decision.reason then
      return head.text
    end
    head = { by = decision.by, reason = decision.reason, rule = decision.rule, trace = decision.trace,
      verdict = decision.verdict }
    head.text = json.encode(head):sub(1, -2) .. ',"finding":'
    if count >= MOST_KEPT then kept, count = {}, 0 end
    kept[decision.trace], count = head, count + 1
    return head.text
  end
end

--- Returns a function that gives the text of decisions to `write` in pieces; `ending` is what follows a finding.
local function new_encoder()
  local head_of = new_heads()
  return function(decisions, ending, write)
    local parts, count = {}, 0
    for i = 1, #decisions do
      local decision = decisions[i]
      parts[count + 1], parts[count + 2] = head_of(decision), decision.finding
      parts[count + 3] = i < #decisions and ending .. "," or ending
      count = count + 3
      if i % PIECE == 0 or i == #decisions then
        write(json.join(parts))
        parts, count = {}, 0
      end
    end
  end
end

--- Options: `several` (decisions name their report), `changes` (there is a list of changes).
local function new(options)
  return setmetatable({ options = options, pending = {}, changes = json.array(), encode = new_encoder() }, Writer)
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
