--- pysec.version against the Python library `packaging`, on versions and specifiers drawn at random.
local Draw = require "host.draw"
local oracle = require "oracle"
local t = require "harness"
local version = require "pysec.version"

local CASES, LISTS, LIST_LENGTH = 20000, 200, 40

-- --- the draw ---

local draw = Draw.new(20240440)

--- A version and one that differs from it in little, often in its local part alone.
local function draw_pair()
  local first = draw:version()
  local public = first:gsub("%+.*", "")
  if draw:chance(30) then return public .. draw:local_version(), public .. draw:local_version() end
  return first, draw:version()
end

local function draw_clause()
  local operator = draw:pick { "==", "!=", "~=", "<=", ">=", "<", ">", "===" }
  local text = draw:version()
  if (operator == "==" or operator == "!=") and draw:chance(35) then
    text = draw.base .. ".*"
  elseif not operator:find "^[=!]" and draw:chance(90) then
    text = text:gsub("%+.*", "")
  end
  return draw:padded(operator .. draw:padded(text))
end

local function draw_specifier()
  local clauses = {}
  for i = 1, draw:pick { 0, 1, 1, 1, 1, 2, 2, 3 } do clauses[i] = draw_clause() end
  return table.concat(clauses, ",")
end

local questions = { versions = {}, pairs = {}, matches = {}, lists = {} }
for i = 1, CASES do
  questions.versions[i] = draw:sometimes_spoiled(draw:padded(draw:version()), 40)
  local first, second = draw_pair()
  questions.pairs[i] = { first, draw:sometimes_spoiled(second, 5) }
  questions.matches[i] = { draw:padded(draw:version()), draw:sometimes_spoiled(draw_specifier(), 20) }
end
for i = 1, LISTS do
  questions.lists[i] = {}
  for j = 1, LIST_LENGTH do questions.lists[i][j] = draw:version() end
end

-- --- the comparison ---

local answers

t.test("asks the library packaging, 26 or newer", function()
  answers = oracle.ask("tests/host/version_oracle.py", questions)
end)

t.test("reads the same versions and writes them alike", function()
  oracle.compare(questions.versions, answers.versions, function(text)
    local normal = version.normalize(text)
    return normal ~= nil and { normal = normal, prerelease = version.is_prerelease(text) }
  end)
end)

t.test("orders pairs alike, both ways round", function()
  oracle.compare(questions.pairs, answers.orders, function(pair)
    local order, back = version.compare(pair[1], pair[2]), version.compare(pair[2], pair[1])
    return order ~= nil and order == -back and order
  end)
end)

t.test("has the order of whole lists, so that of any two of their versions", function()
  t.equal(#answers.sorted, LISTS)
  for _, sorted in ipairs(answers.sorted) do
    for i = 1, LIST_LENGTH - 1 do
      for j = i + 1, LIST_LENGTH do
        if version.compare(sorted[i], sorted[j]) > 0 then t.equal(sorted[i], "not above " .. sorted[j]) end
      end
    end
  end
end)

t.test("matches specifiers alike, with and without pre-releases", function()
  oracle.compare(questions.matches, answers.matches, function(pair)
    local all = version.matches(pair[1], pair[2])
    return all ~= nil and { all = all, finals = version.matches(pair[1], pair[2], { prereleases = false }) }
  end)
end)

t.test("drew cases of every kind", function()
  local seen = {}
  local function count(kind, answer)
    local key = kind .. " " .. tostring(answer)
    seen[key] = (seen[key] or 0) + 1
  end
  for _, answer in ipairs(answers.versions) do count("version: pre-release", answer and answer.prerelease) end
  for _, answer in ipairs(answers.versions) do count("version: valid", answer ~= false) end
  for _, answer in ipairs(answers.orders) do count("order", answer) end
  for _, answer in ipairs(answers.matches) do
    count("match: valid", answer ~= false)
    if answer then count("match", answer.all) end
    if answer then count("match: only as a pre-release", answer.all ~= answer.finals) end
  end
  for _, kind in ipairs {
    "version: pre-release true", "version: pre-release false", "version: valid true", "version: valid false",
    "order -1", "order 0", "order 1", "match: valid true", "match: valid false", "match true", "match false",
    "match: only as a pre-release true",
  } do
    t.truthy((seen[kind] or 0) >= 100, ("%s: %d times"):format(kind, seen[kind] or 0))
  end
end)

return t.finish()
