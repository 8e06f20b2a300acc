--- Lists as policies write them.
local lists = {}

--- What is wrong with a value that has to be a list of something, in the words of a message's end; nil for nothing. A
-- `nil` among the items, as an unset local leaves it, would end the list there, and a field would be lost.
function lists.problem(value)
  if type(value) ~= "table" then return "" end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  if count == 0 then return " (it is empty)" end
  for i = 1, count do
    if value[i] == nil then return " (an item is nil, or has a name)" end
  end
  return nil
end

return lists
