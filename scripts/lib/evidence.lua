--- Evidence: what a scanner looked at, and what it left out.
local json = require "pysec.json"
local words = require "lib.words"

local evidence = {}

--- Sets status and reason of an item by what it skipped ({ name, reason }); `thing` is what one of them is. Where
-- nothing else is missing it has `only_skips`: a policy may expect some of them.
function evidence.settle(item, thing)
  local first = item.skipped[1]
  if first then
    item.status, item.only_skips = "incomplete", true
    item.reason = ("%s skipped %s, the first: %s: %s"):format(item.scanner, words.count(#item.skipped, thing),
      first.name, tostring(first.reason))
  end
  return item
end

--- The evidence of a report that names what was skipped.
function evidence.of(scanner, skipped, thing)
  return evidence.settle({ scanner = scanner, status = "complete", skipped = json.array(skipped) }, thing)
end

--- Where something stands: "PATH:LINE", or the path alone.
function evidence.place(item)
  return item.line and ("%s:%d"):format(item.path, item.line) or item.path
end

--- What is said of an entry of an input ({ name, reason, path, line }) that no scanner could be told of.
function evidence.skip_text(item)
  return ("%s: '%s' was not audited: %s"):format(evidence.place(item), item.name, item.reason)
end

--- Evidence that is missing as a whole.
function evidence.missing(scanner, reason)
  return { scanner = scanner, status = "incomplete", reason = reason, skipped = json.array() }
end

return evidence
