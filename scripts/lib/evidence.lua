--- Evidence: what a scanner looked at, and what it left out.
local json = require "pysec.json"
local words = require "lib.words"

local evidence = {}

--- The evidence of a report that names what was skipped ({ name, reason }); `thing` is what one of them is.
function evidence.of(scanner, skipped, thing)
  local item = { scanner = scanner, status = "complete", skipped = json.array(skipped) }
  local first = skipped[1]
  if first then
    item.status = "incomplete"
    item.reason = ("%s skipped %s, the first: %s: %s"):format(scanner, words.count(#skipped, thing), first.name,
      first.reason)
  end
  return item
end

--- Evidence that is missing as a whole.
function evidence.missing(scanner, reason)
  return { scanner = scanner, status = "incomplete", reason = reason, skipped = json.array() }
end

return evidence
