--- security-summary-TS.json: the whole record; enough for everything that reads reports later.
local json = require "pysec.json"

return {
  name = "json",
  file = function(timestamp) return ("security-summary-%s.json"):format(timestamp) end,
  render = function(record) return json.encode(record, { pretty = true }) end,
}
