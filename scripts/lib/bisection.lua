--- The largest part of a list that passes a test, by halving.
--
-- Pure: the test does the work. What is kept grows: with all candidates at once, else with the first half of them
-- and then with the second on top of what was kept of the first. A list is never tested twice. One culprit among n
-- items costs at most about 2 log2 n trials, k of them about 2 k (1 + log2(n / k)), and all n of them 2 n - 1.
-- What is kept is the last list that passed, as it stands; no item that was left out could be added to it when it was
-- tried. For a test that each part of a passing list passes as well, none can be added in the end either. Where an
-- item may pass only once another is there, `again` tries those that were left out once more.
local bisection = {}

local Search = {}
Search.__index = Search

local function key_of(indexes)
  return table.concat(indexes, ",")
end

--- The indexes that are kept and these candidates, in order.
function Search:joined(candidates)
  local indexes = table.move(candidates, 1, #candidates, 1, {})
  for index in pairs(self.kept) do indexes[#indexes + 1] = index end
  table.sort(indexes)
  return indexes
end

function Search:items_of(indexes)
  local list = {}
  for i, index in ipairs(indexes) do list[i] = self.items[index] end
  return list
end

--- Whether the kept items pass together with the candidates: true, or false and why not; nil past the bound.
function Search:passes(candidates)
  local indexes = self:joined(candidates)
  local key = key_of(indexes)
  if self.known[key] == nil then
    if self.most and self.trials >= self.most then return nil end
    self.trials = self.trials + 1
    local list = self:items_of(indexes)
    if self.on_trial then self.on_trial(self.trials, list) end
    local passed, reason = self.test(list)
    self.known[key] = passed and true or reason or "no reason was given"
  end
  if self.known[key] == true then return true end
  return false, self.known[key]
end

--- Takes candidates as undecided; one that failed before keeps its reason.
function Search:leave_untried(candidates)
  for _, index in ipairs(candidates) do
    self.left_out[index] = self.left_out[index] or { item = self.items[index], untried = true }
  end
end

--- Adds as many of the candidates as go with what is kept.
function Search:grow(candidates)
  if #candidates == 0 then return end
  local passed, reason = self:passes(candidates)
  if passed then
    for _, index in ipairs(candidates) do self.kept[index], self.left_out[index] = true, nil end
  elseif passed == nil then
    self:leave_untried(candidates)
  elseif #candidates == 1 then
    self.left_out[candidates[1]] = { item = self.items[candidates[1]], reason = reason }
  else
    local middle = #candidates // 2
    self:grow(table.move(candidates, 1, middle, 1, {}))
    self:grow(table.move(candidates, middle + 1, #candidates, 1, {}))
  end
end

--- The indexes that are not kept, in order.
function Search:candidates()
  local list = {}
  for index = 1, #self.items do
    if not self.kept[index] then list[#list + 1] = index end
  end
  return list
end

--- What was not kept, in order.
function Search:refused()
  local list = {}
  for _, index in ipairs(self:candidates()) do
    local entry = self.left_out[index]
    if entry.untried then entry.reason = ("not tried: %d trials were made"):format(self.trials) end
    list[#list + 1] = entry
  end
  return list
end

--- Takes the base as known to pass, and the whole as known to fail where it has been tried.
local function start(items, test, options)
  local search = setmetatable({ items = items, test = test, most = options.most, on_trial = options.on_trial,
    trials = 0, kept = {}, left_out = {}, known = {} }, Search)
  local index_of = {}
  for index, item in ipairs(items) do index_of[item] = index end
  for _, item in ipairs(options.base or {}) do search.kept[index_of[item]] = true end
  if options.failed then search.known[key_of(search:joined(search:candidates()))] = options.failed end
  search.known[key_of(search:joined {})] = true
  return search
end

--- Finds the largest part of `items`, which are distinct, that passes `test(list)`: true, or false and a reason.
-- The empty list counts as passing. Options:
--   most      a bound of the trials; what is undecided then is left out as untried
--   failed    the reason when all items are known to fail together: without it that is tried first
--   base      items of the list that are known to pass together; they are kept
--   again     true: goes over what was left out until nothing more can be added
--   on_trial  called with the number of the trial and its list before each
-- Returns the items that are kept, { { item, reason, untried = true or nil } } for those that are not, both in the
-- order of `items`, and how many trials were made.
function bisection.largest(items, test, options)
  options = options or {}
  local search = start(items, test, options)
  local before
  repeat
    before = #search:candidates()
    search:grow(search:candidates())
  until not options.again or #search:candidates() == before
  return search:items_of(search:joined {}), search:refused(), search.trials
end

return bisection
