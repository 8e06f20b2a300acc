--- The largest part of a list that passes a test, by halving.
local bisection = require "lib.bisection"
local t = require "harness"

--- A test that fails a list which holds all items of any of these groups. Its lists are kept in `tried`.
local function fails_with(groups)
  local tried = {}
  return function(list)
    local held = {}
    tried[#tried + 1] = list
    for _, item in ipairs(list) do held[item] = true end
    for _, group in ipairs(groups) do
      local whole = true
      for _, item in ipairs(group) do whole = whole and held[item] end
      if whole then return false, table.concat(group, " with ") end
    end
    return true
  end, tried
end

local function numbers(count)
  local list = {}
  for i = 1, count do list[i] = i end
  return list
end

local function log2(number)
  return math.ceil(math.log(number, 2))
end

t.test("a list that passes is kept whole in one trial; an empty one is not tried", function()
  local test, tried = fails_with {}
  local kept, left_out, trials = bisection.largest({ "a", "b", "c" }, test)
  t.equal({ kept, left_out, trials, #tried }, { { "a", "b", "c" }, {}, 1, 1 })
  t.equal({ bisection.largest({}, test) }, { {}, {}, 0 })
  t.equal(#tried, 1)
end)

t.test("one culprit is left out with its reason, in about 2 log2 n trials", function()
  for _, count in ipairs { 1, 2, 3, 17, 64, 1000 } do
    for _, culprit in ipairs { 1, count // 2 + 1, count } do
      local test = fails_with { { culprit } }
      local kept, left_out, trials = bisection.largest(numbers(count), test)
      t.equal(#kept, count - 1)
      t.equal(left_out, { { item = culprit, reason = tostring(culprit) } })
      t.truthy(trials <= 2 * log2(count) + 1, ("%d of %d: %d trials"):format(culprit, count, trials))
    end
  end
end)

t.test("of two that do not go together the later one is left out, with the reason of the trial with it", function()
  for _, pair in ipairs { { 1, 2 }, { 1, 8 }, { 3, 5 }, { 7, 8 } } do
    local test, tried = fails_with { pair }
    local kept, left_out = bisection.largest(numbers(8), test)
    t.equal(#kept, 7)
    t.equal(left_out, { { item = pair[2], reason = ("%d with %d"):format(pair[1], pair[2]) } })
    t.equal(#tried[1], 8)
  end
end)

t.test("a reason is that of the item's own trial", function()
  local test = function(list)
    for _, item in ipairs(list) do
      if item == "bad" or item == "worse" then return nil, #list .. ": " .. item end
    end
    return true
  end
  local kept, left_out = bisection.largest({ "a", "bad", "b", "worse" }, test)
  t.equal(kept, { "a", "b" })
  t.equal(left_out, { { item = "bad", reason = "2: bad" }, { item = "worse", reason = "3: worse" } })
end)

t.test("a whole that is known to fail is not tried, and what is known to pass is kept", function()
  local test, tried = fails_with { { "c" } }
  local kept, left_out, trials = bisection.largest({ "a", "b", "c" }, test, { failed = "known", base = { "b", "a" } })
  t.equal({ kept, trials, #tried }, { { "a", "b" }, 0, 0 })
  t.equal(left_out, { { item = "c", reason = "known" } })
  kept, left_out, trials = bisection.largest({ "a" }, test, { base = { "a" } })
  t.equal({ kept, left_out, trials }, { { "a" }, {}, 0 })
end)

t.test("past the bound the undecided ones are left out as untried", function()
  local test = fails_with { { 1 }, { 6 } }
  local kept, left_out, trials = bisection.largest(numbers(8), test, { most = 5 })
  t.equal({ kept, trials }, { { 2 }, 5 })
  t.equal(left_out[1], { item = 1, reason = "1" })
  for i = 2, 7 do
    t.equal(left_out[i], { item = i + 1, reason = "not tried: 5 trials were made", untried = true })
  end
  kept, left_out = bisection.largest({ "a" }, test, { most = 0 })
  t.equal({ kept, left_out[1].reason, left_out[1].untried }, { {}, "not tried: 0 trials were made", true })
end)

t.test("the bound does not hide what is known by then", function()
  local test = fails_with { { 1, 2 } }
  local kept, left_out = bisection.largest(numbers(2), test, { most = 2 })
  t.equal(kept, { 1 })
  t.equal(left_out, { { item = 2, reason = "1 with 2" } })
end)

t.test("each trial is told of before it is made", function()
  local told = {}
  bisection.largest({ "a", "b" }, fails_with { { "b" } }, { on_trial = function(number, list)
    told[#told + 1] = number .. ":" .. table.concat(list)
  end })
  t.equal(told, { "1:ab", "2:a" })
end)

t.test("what passes only with another one is found when it is gone over again", function()
  local function test(list)
    local held = {}
    for _, item in ipairs(list) do held[item] = true end
    if held.app and not held.core then return false, "app needs core" end
    return not held.bad, "bad"
  end
  local kept, left_out = bisection.largest({ "app", "bad", "core", "more" }, test)
  t.equal(kept, { "core", "more" })
  t.equal(left_out[1], { item = "app", reason = "app needs core" })
  kept, left_out = bisection.largest({ "app", "bad", "core", "more" }, test, { again = true })
  t.equal(kept, { "app", "core", "more" })
  t.equal(left_out, { { item = "bad", reason = "bad" } })
  kept, left_out = bisection.largest({ "app", "bad", "core" }, test, { again = true, most = 5 })
  t.equal(kept, { "core" })
  t.equal({ left_out[1].reason, left_out[1].untried }, { "app needs core" })
end)

t.test("items may be tables", function()
  local a, b = { name = "a" }, { name = "b" }
  local kept, left_out = bisection.largest({ a, b }, function(list) return list[1] == b, "not b" end)
  t.equal({ rawequal(kept[1], b), #kept, rawequal(left_out[1].item, a) }, { true, 1, true })
end)

--- Runs one search and checks what holds for every test. Returns what was kept, by item, what was left out and the
-- number of trials.
local function check(count, test, options, label)
  local last, seen, number = {}, {}, 0
  options.on_trial = function(i) number = i end
  local kept, left_out, trials = bisection.largest(numbers(count), function(list)
    local key = table.concat(list, ",")
    t.truthy(not seen[key], label .. "a list was tried twice: " .. key)
    seen[key] = true
    for i = 2, #list do t.truthy(list[i - 1] < list[i], label .. "out of order") end
    local passed, reason = test(list)
    if passed then last = list end
    return passed, reason
  end, options)
  t.equal(kept, last, label .. "kept is the last list that passed")
  t.equal(trials, number, label .. "trials")
  t.truthy(trials <= math.min(2 * count * (options.again and count or 1), options.most or math.huge), label .. "cost")
  local held = {}
  for _, item in ipairs(kept) do held[item] = true end
  for i, entry in ipairs(left_out) do
    t.truthy(not held[entry.item], label .. "kept and left out")
    t.truthy(entry.reason, label .. "no reason")
    t.truthy(i == 1 or left_out[i - 1].item < entry.item, label .. "left out of order")
    t.truthy(not entry.untried or trials == options.most, label .. "untried below the bound")
  end
  t.equal(#kept + #left_out, count, label .. "all items")
  return held, left_out, trials
end

--- Random groups that do not go together: a test that every part of a passing list passes.
local function random_groups(count)
  local groups = {}
  for i = 1, math.random(0, 4) do
    groups[i] = {}
    for j = 1, math.random(1, 3) do groups[i][j] = math.random(1, count) end
  end
  return groups
end

t.test("monotone tests: nothing that was left out could be added", function()
  math.randomseed(6)
  for run = 1, 400 do
    local count = math.random(1, 24)
    local test = fails_with(random_groups(count))
    local options = { most = run % 3 == 0 and math.random(0, 12) or nil }
    local held, left_out = check(count, test, options, ("run %d: "):format(run))
    for _, entry in ipairs(left_out) do
      local list = {}
      for i = 1, count do
        if held[i] or i == entry.item then list[#list + 1] = i end
      end
      if not entry.untried then t.truthy(not test(list), ("run %d: %d goes as well"):format(run, entry.item)) end
    end
  end
end)

t.test("tests without any order: what is kept has passed all the same", function()
  math.randomseed(7)
  for run = 1, 400 do
    local count, verdicts = math.random(1, 16), {}
    local function test(list)
      local key = table.concat(list, ",")
      if verdicts[key] == nil then verdicts[key] = math.random() < 0.4 end
      return verdicts[key], "chance"
    end
    check(count, test, { most = run % 2 == 0 and math.random(0, 20) or nil, again = run % 3 == 0 },
      ("run %d: "):format(run))
  end
end)

return t.finish()
