--- The text of pysec eval's result: whole, in pieces, and nothing of it before the last report.
local t = require "harness"
local json = require "pysec.json"
local new = require "reports.decisions_json"
local ui = require "pysec.ui"

--- Runs a body and returns what it wrote, piece by piece.
local function written(body)
  local pieces, write = {}, ui.write
  ui.write = function(text) pieces[#pieces + 1] = text end
  local ok, problem = pcall(body, pieces)
  ui.write = write
  assert(ok, problem)
  return pieces
end

local RESULT = { notices = json.array(), exit = 1, gone = {} }

local function decision(id, reason, trace)
  return { finding = { id = id }, verdict = "fail", by = "p.lua:1", rule = "severity", reason = reason, trace = trace }
end

t.test("takes no words of one decision for another's, also where they share their trace", function()
  local trace = json.array()
  local list = { decision("A", "one", trace), decision("B", "two", trace), decision("C", "one", trace) }
  list[4] = decision("D", "one", trace)
  list[4].verdict, list[4].by, list[4].rule = "warn", "q.lua:2", "on finding"
  local pieces = written(function()
    local writer = new {}
    writer:add { decisions = list, last = true }
    writer:finish(RESULT)
  end)
  t.equal(json.decode(table.concat(pieces)).decisions, list)
end)

t.test("writes many decisions in pieces", function()
  local list, trace = {}, json.array()
  for i = 1, 2600 do list[i] = decision("X-" .. i, "why", i % 2 == 0 and trace or json.array()) end
  local pieces = written(function()
    local writer = new {}
    writer:add { decisions = list, last = true }
    writer:finish(RESULT)
  end)
  t.equal(json.decode(table.concat(pieces)).decisions, list)
  for _, piece in ipairs(pieces) do t.truthy(#piece < 100000, #piece) end
end)

t.test("writes nothing before the last report was decided", function()
  local pieces = written(function(pieces)
    local writer = new { several = true, changes = true }
    writer:add { name = "a", decisions = { decision("A", "one", {}) }, changes = {} }
    local change = { finding = { id = "B" }, old = json.null, new = json.null }
    writer:add { name = "b", decisions = {}, changes = { change } }
    t.equal(pieces, {})
    writer:add { name = "c", decisions = {}, changes = {}, last = true }
    writer:finish(RESULT)
  end)
  local result = json.decode(table.concat(pieces))
  t.equal({ #result.decisions, result.decisions[1].report, result.changes[1].report, result.exit }, { 1, "a", "b", 1 })
end)

return t.finish()
