--- What `pysec audit --format json` writes: what `pysec eval` writes, and beside the decisions what was audited. So
-- pysec eval and pysec explain read it.
local encoder = require "reports.decisions_encoder"
local json = require "pysec.json"

--- Writes a record of verbs/audit.lua by calls of `write`, a piece of text each.
return function(record, write)
  write '{"decisions":['
  encoder()(record.decisions, "}", write)
  local rest = {}
  for name, value in pairs(record) do
    if name ~= "decisions" then rest[name] = value end
  end
  write("]," .. json.encode(rest):sub(2) .. "\n")
end
