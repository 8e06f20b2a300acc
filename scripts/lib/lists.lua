--- Lists and sets of plain Lua.
local lists = {}

--- Adds the items of a list, which may be nil, to the end of another.
function lists.append(into, list)
  if list then table.move(list, 1, #list, #into + 1, into) end
end

--- The items of a list as keys of a table.
function lists.set(list)
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

--- Whether a list has an item.
function lists.has(list, wanted)
  for _, item in ipairs(list) do
    if item == wanted then return true end
  end
  return false
end

--- The items of a list, each once, in the order in which they come first.
function lists.unique(list)
  local seen, unique = {}, {}
  for _, item in ipairs(list) do
    if not seen[item] then
      seen[item] = true
      unique[#unique + 1] = item
    end
  end
  return unique
end

--- The keys of tables, which are texts, each once and in order.
function lists.keys(...)
  local keys = {}
  for _, map in ipairs { ... } do
    for key in pairs(map) do keys[#keys + 1] = key end
  end
  table.sort(keys)
  return lists.unique(keys)
end

return lists
