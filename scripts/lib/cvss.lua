--- CVSS scores as reports of other tools give them: a number, or a text that holds one.
local pysec_cvss = require "pysec.cvss"

local cvss = {}

--- The score that a text or number gives (7.5 or "7.5"), or nil when it is none from 0 to 10.
function cvss.score(value)
  local score = tonumber(value)
  if score and score >= 0 and score <= 10 then return score end
  return nil
end

--- The word for a score from 0 to 10.
cvss.rating = pysec_cvss.rating

--- The severity that a database's own word means ("MODERATE": "medium"); "unknown" for all else, whatever its type.
function cvss.severity(word)
  return type(word) == "string" and pysec_cvss.severity(word) or "unknown"
end

return cvss
