--- A bare list of findings, or a single one.
local finding_shape = require "lib.finding_shape"
local json = require "pysec.json"

return function(value)
  local list = json.is_array(value) and value or { value }
  local problem = finding_shape.problem_of_list(list)
  if problem then return nil, problem end
  return { format = "findings", findings = list, evidence = {} }
end
