--- What `pysec audit --format json` writes: what `pysec eval` writes, and beside the decisions what was audited. So
-- pysec eval and pysec explain read it.
local encoder = require "reports.decisions_encoder"
local json = require "pysec.json"

--- The text of a record of verbs/audit.lua.
return function(record)
  local parts = { '{"decisions":[' }
  encoder()(record.decisions, "}", function(text) parts[#parts + 1] = text end)
  local rest = {}
  for name, value in pairs(record) do
    if name ~= "decisions" then rest[name] = value end
  end
  parts[#parts + 1] = "]," .. json.encode(rest):sub(2) .. "\n"
  return table.concat(parts)
end
