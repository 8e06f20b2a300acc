--- CVSS 3.1: the words for its scores.
local cvss = {}

-- Table 14 of the specification: https://www.first.org/cvss/v3.1/specification-document
local RATINGS = { { 9.0, "critical" }, { 7.0, "high" }, { 4.0, "medium" } }

--- The score that a text or number gives (7.5 or "7.5"), or nil when it is none from 0 to 10.
function cvss.score(value)
  local score = tonumber(value)
  if score and score >= 0 and score <= 10 then return score end
  return nil
end

--- The word for a score from 0 to 10.
function cvss.rating(score)
  for _, rating in ipairs(RATINGS) do
    if score >= rating[1] then return rating[2] end
  end
  return score > 0 and "low" or "none"
end

return cvss
