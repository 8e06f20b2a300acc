--- Decisions as JSON text, in pieces: 100,000 of them take as long to encode as to make, and most differ in their
-- finding alone.
local json = require "pysec.json"

local PIECE = 100

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
return function()
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
