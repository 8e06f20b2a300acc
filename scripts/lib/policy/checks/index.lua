--- The rules of a set by name, and by what they are about, so that a thousand ignores are not compared pair by pair.
local overlap = require "lib.policy.overlap"

local Index = {}
Index.__index = Index

--- The texts by which a rule can be found: its ids, else its packages, where it has these as they are.
local function keys_of(rule)
  local ids = overlap.exact(rule.id)
  if ids then return ids, "id" end
  local names = not rule.id and rule.rule ~= "delegate" and overlap.exact(rule.package)
  if names then return names, "package" end
  return nil
end

local function put(by_key, key, rule)
  by_key[key] = by_key[key] or {}
  table.insert(by_key[key], rule)
end

local function group_key(name, field, text)
  return ("%s\0%s\0%s"):format(name, field, text)
end

--- Makes one of the rules of a set.
function Index.new(all)
  local self = setmetatable({ all = all, lists = {}, place = {}, groups = {}, general = {} }, Index)
  for at, rule in ipairs(all) do
    self.place[rule] = at
    put(self.lists, rule.rule, rule)
    local keys, field = keys_of(rule)
    if not keys then put(self.general, rule.rule, rule) end
    for _, key in ipairs(keys or {}) do put(self.groups, group_key(rule.rule, field, key), rule) end
  end
  return self
end

--- All rules of a name, in order.
function Index:list(name)
  return self.lists[name] or {}
end

--- Whether a rule stands before another.
function Index:is_before(one, other)
  return self.place[one] < self.place[other]
end

local function has_patterns(matcher)
  return matcher ~= nil and #matcher.patterns > 0
end

--- Rules of a name that may cover this rule, or share a package with it, in order.
function Index:near(name, rule)
  if has_patterns(rule.id) or not rule.id and has_patterns(rule.package) then return self:list(name) end
  local found, seen = {}, {}
  local function add(list)
    for _, other in ipairs(list or {}) do
      if not seen[other] then found[#found + 1] = other end
      seen[other] = true
    end
  end
  add(self.general[name])
  for _, field in ipairs { "id", "package" } do
    local texts = rule.rule ~= "delegate" and rule[field] and rule[field].exact or {}
    for text in pairs(texts) do add(self.groups[group_key(name, field, text)]) end
  end
  table.sort(found, function(a, b) return self.place[a] < self.place[b] end)
  return found
end

--- Rules of a name that a rule has beside it: those of given policies, and of its own authority.
function Index:beside(name, rule)
  local found = {}
  for _, other in ipairs(self:near(name, rule)) do
    if other ~= rule and (other.authority == "given" or other.authority == rule.authority) then
      found[#found + 1] = other
    end
  end
  return found
end

return Index
