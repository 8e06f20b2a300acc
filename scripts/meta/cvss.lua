---@meta pysec.cvss

--- Scores of vulnerabilities by CVSS 2.0, 3.0, 3.1 and 4.0, as FIRST specifies them (https://www.first.org/cvss/).
--- CVSS is owned by FIRST and used by permission.
--
-- A vector of 3.x or 4.0 begins with its version ("CVSS:3.1/AV:N/..."); without one it is 2.0. Metrics of 4.0 stand in
-- the order of the specification, those of the others in any. Text that is no vector (an unknown metric or value,
-- a metric twice, a mandatory one missing, more than 256 bytes) makes a function return nil, a message that says which,
-- and "EINVAL". What is not a string raises an error.
---@class pysec.cvss
local cvss = {}

---@class pysec.cvss.score
---@field version "2.0"|"3.0"|"3.1"|"4.0"
---@field score number  0.0 to 10.0, one decimal: the base score; in 4.0 that of all the vector's metrics
---@field severity "none"|"low"|"medium"|"high"|"critical"  the rating of `score`; of 2.0 low, medium or high, as the
---  National Vulnerability Database rates it
---@field base number  the score of the base metrics alone
---@field temporal? number  of 2.0 and 3.x, where a temporal metric is defined
---@field environmental? number  of 2.0 and 3.x, where an environmental metric is defined

--- Scores a vector.
---@param vector string
---@return pysec.cvss.score? score  nil when it is no vector
---@return string? message
---@return "EINVAL"? code
function cvss.score(vector) end

---@class pysec.cvss.metric
---@field metric string  "AV"
---@field name string  "Attack Vector"
---@field value string  "N"
---@field meaning string  "Network"

--- Says in the specification's words what a vector means: the metrics that it gives, in the specification's order.
---@param vector string
---@return pysec.cvss.metric[]? metrics  nil when it is no vector
---@return string? message
---@return "EINVAL"? code
function cvss.explain(vector) end

--- The word for a score of CVSS 3.x or 4.0, by the qualitative severity rating scale of the specification. Raises an
--- error for what is no number from 0 to 10.
---@param score number
---@return "none"|"low"|"medium"|"high"|"critical" rating
function cvss.rating(score) end

--- What a database's own word means: "NONE", "LOW", "MEDIUM", "MODERATE" (GitHub's word for medium), "HIGH" or
--- "CRITICAL", in any case. Any other word is "unknown".
---@param word string
---@return "unknown"|"none"|"low"|"medium"|"high"|"critical" severity
function cvss.severity(word) end

return cvss
