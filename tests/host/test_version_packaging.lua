--- pysec.version against the Python library `packaging`, on versions and specifiers drawn at random.
-- The draw is the same in every run. Related versions are drawn in a row (same release, other suffixes):
-- independent ones would hardly ever meet the rules about a bound's own pre- and post-releases.
local oracle = require "oracle"
local t = require "harness"
local version = require "pysec.version"

local CASES = 5000

-- --- the draw ---

local state = 20240440

--- A whole number from 1 to `limit`, by Knuth's 64-bit generator; its low bits are weak and dropped.
local function below(limit)
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % limit + 1
end

local function chance(percent) return below(100) <= percent end

local function pick(list) return list[below(#list)] end

local function any_case(word)
  return (word:gsub("%a", function(letter) return chance(10) and letter:upper() or letter end))
end

local function number()
  local kind = below(10)
  if kind <= 6 then return tostring(below(4) - 1) end
  if kind == 7 then return ("0"):rep(below(3)) .. below(3) end
  if kind == 8 then return "1844674407370955161" .. below(9) end
  return tostring(below(300))
end

local function release()
  local segments = {}
  for i = 1, pick { 1, 1, 2, 2, 3, 3, 4, 5 } do segments[i] = number() end
  return table.concat(segments, ".")
end

local SEPARATORS = { "", "", ".", "-", "_" }

local function suffix(words)
  return pick(SEPARATORS) .. any_case(pick(words)) .. pick(SEPARATORS) .. (chance(85) and number() or "")
end

local function local_version()
  local parts = {}
  for i = 1, below(3) do parts[i] = pick { number(), number(), "abc", "ubuntu", "1a", "Z", "00a" } end
  return "+" .. table.concat(parts, pick { ".", "-", "_" })
end

local function suffixes()
  local parts = {}
  if chance(35) then parts[#parts + 1] = suffix { "a", "alpha", "b", "beta", "c", "rc", "pre", "preview" } end
  if chance(25) then parts[#parts + 1] = chance(30) and "-" .. number() or suffix { "post", "rev", "r" } end
  if chance(25) then parts[#parts + 1] = suffix { "dev" } end
  if chance(25) then parts[#parts + 1] = local_version() end
  return table.concat(parts)
end

local base = "1.0"

local function draw_version()
  if chance(30) then base = (chance(12) and number() .. "!" or "") .. release() end
  local zeros = chance(20) and (".0"):rep(below(2)) or ""
  return (chance(10) and any_case "v" or "") .. base .. zeros .. suffixes()
end

--- A version and one that differs from it in little, often in its local part alone.
local function draw_pair()
  local first = draw_version()
  if chance(30) then return first:gsub("%+.*", "") .. local_version(), first:gsub("%+.*", "") .. local_version() end
  return first, draw_version()
end

local function padded(text)
  local spaces = { "", "", "", "", "", "", "", " ", "\t", " \n" }
  return pick(spaces) .. text .. pick(spaces)
end

local function draw_clause()
  local operator = pick { "==", "!=", "~=", "<=", ">=", "<", ">", "===" }
  local text = draw_version()
  if (operator == "==" or operator == "!=") and chance(35) then
    text = base .. ".*"
  elseif not operator:find "^[=!]" and chance(90) then
    text = text:gsub("%+.*", "")
  end
  return padded(operator .. padded(text))
end

local function draw_specifier()
  local clauses = {}
  for i = 1, pick { 0, 1, 1, 1, 1, 2, 2, 3 } do clauses[i] = draw_clause() end
  return table.concat(clauses, ",")
end

local JUNK = "0123456789.-_+!vabcrpostdevline*=<>~!, ;)\t\n\0AZ"

local function spoiled(text)
  for _ = 1, below(3) do
    local at, other = below(#text + 1), below(#JUNK)
    local junk = chance(70) and JUNK:sub(other, other) or ""
    text = text:sub(1, at - 1) .. junk .. text:sub(chance(50) and at or at + 1)
  end
  return text
end

local function sometimes_spoiled(text, percent) return chance(percent) and spoiled(text) or text end

local questions = { versions = {}, pairs = {}, matches = {} }
for i = 1, CASES do
  questions.versions[i] = sometimes_spoiled(padded(draw_version()), 40)
  local first, second = draw_pair()
  questions.pairs[i] = { first, sometimes_spoiled(second, 5) }
  questions.matches[i] = { padded(draw_version()), sometimes_spoiled(draw_specifier(), 20) }
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
