--- pysec.cvss against the Python library `cvss`: all base metrics of 2.0 and 3.x, and vectors drawn at random.
-- The draw is the same in every run.
local cvss = require "pysec.cvss"
local json = require "pysec.json"
local oracle = require "oracle"
local t = require "harness"

local CASES = 6000

-- --- the draw ---

--- Each metric with its values; a group begins with how many of its metrics have to be there.
local METRICS = {
  [""] = { 6, "AV:L,A,N AC:H,M,L Au:M,S,N C:N,P,C I:N,P,C A:N,P,C E:U,POC,F,H,ND RL:OF,TF,W,U,ND RC:UC,UR,C,ND "
    .. "CDP:N,L,LM,MH,H,ND TD:N,L,M,H,ND CR:L,M,H,ND IR:L,M,H,ND AR:L,M,H,ND" },
  ["CVSS:3.0/"] = { 8, "AV:N,A,L,P AC:L,H PR:N,L,H UI:N,R S:U,C C:H,L,N I:H,L,N A:H,L,N E:X,H,F,P,U RL:X,U,W,T,O "
    .. "RC:X,C,R,U CR:X,H,M,L IR:X,H,M,L AR:X,H,M,L MAV:X,N,A,L,P MAC:X,L,H MPR:X,N,L,H MUI:X,N,R MS:X,U,C "
    .. "MC:X,N,L,H MI:X,N,L,H MA:X,N,L,H" },
  ["CVSS:4.0/"] = { 11, "AV:N,A,L,P AC:L,H AT:N,P PR:N,L,H UI:N,P,A VC:H,L,N VI:H,L,N VA:H,L,N SC:H,L,N SI:H,L,N "
    .. "SA:H,L,N E:X,A,P,U CR:X,H,M,L IR:X,H,M,L AR:X,H,M,L MAV:X,N,A,L,P MAC:X,L,H MAT:X,N,P MPR:X,N,L,H "
    .. "MUI:X,N,P,A MVC:X,H,L,N MVI:X,H,L,N MVA:X,H,L,N MSC:X,H,L,N MSI:X,S,H,L,N MSA:X,S,H,L,N S:X,N,P AU:X,N,Y "
    .. "R:X,A,U,I V:X,D,C RE:X,L,M,H U:X,Clear,Green,Amber,Red" },
}
METRICS["CVSS:3.1/"] = METRICS["CVSS:3.0/"]

local PREFIXES = { "", "CVSS:3.0/", "CVSS:3.1/", "CVSS:4.0/" }

local languages = {}
for prefix, given in pairs(METRICS) do
  local language = { mandatory = given[1], metrics = {}, place = {} }
  for code, values in given[2]:gmatch "(%a+):(%S+)" do
    local metric = { code = code, values = {} }
    for value in values:gmatch "%a+" do table.insert(metric.values, value) end
    table.insert(language.metrics, metric)
    language.place[code] = #language.metrics
  end
  languages[prefix] = language
end

local state = 20231101

--- A whole number from 1 to `limit`, by Knuth's 64-bit generator; its low bits are weak and dropped.
local function below(limit)
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % limit + 1
end

local function chance(percent) return below(100) <= percent end

local function pick(list) return list[below(#list)] end

--- The parts of a vector: base metrics, and of the others as many as the draw allows.
local function draw_parts(prefix)
  local language, parts, optional = languages[prefix], {}, pick { 0, 10, 50, 100 }
  for i, metric in ipairs(language.metrics) do
    if i <= language.mandatory or chance(optional) then
      parts[#parts + 1] = metric.code .. ":" .. pick(metric.values)
    end
  end
  return parts
end

local function swap(parts)
  local a, b = below(#parts), below(#parts)
  parts[a], parts[b] = parts[b], parts[a]
end

local JUNK = "/:AVNLHX0.1C \n\0"

local function spoil_text(text)
  local at, other = below(#text + 1), below(#JUNK)
  local junk = chance(70) and JUNK:sub(other, other) or ""
  return text:sub(1, at - 1) .. junk .. text:sub(chance(50) and at or at + 1)
end

--- Ways to spoil a vector, some of which leave one.
local SPOILERS = {
  function(prefix, parts) table.remove(parts, below(#parts)) return prefix, parts end,
  function(prefix, parts) table.insert(parts, below(#parts), pick(parts)) return prefix, parts end,
  function(prefix, parts) swap(parts) return prefix, parts end,
  function(prefix, parts) table.insert(parts, "") return prefix, parts end,
  function(prefix, parts) table.insert(parts, below(#parts), pick(draw_parts(pick(PREFIXES)))) return prefix, parts end,
  function(_, parts) return pick { "CVSS:3.1/", "CVSS:4.0/", "CVSS:3.2/", "CVSS:3.1", "cvss:3.1/", "/", "" }, parts end,
  function(prefix, parts)
    local i = below(#parts)
    parts[i] = chance(50) and parts[i]:lower() or parts[i]:gsub(":.*", pick { "", ":", ":Q", ":X", ":ND", ":N:N" })
    return prefix, parts
  end,
  function(prefix, parts) return spoil_text(prefix .. table.concat(parts, "/")), {} end,
}

local function draw_spoiled()
  local prefix = pick(PREFIXES)
  local start, parts = pick(SPOILERS)(prefix, draw_parts(prefix))
  return start .. table.concat(parts, "/")
end

--- Calls `use` with every combination of the base metrics.
local function each_base(prefix, use)
  local language = languages[prefix]
  local function extend(text, i)
    local metric = language.metrics[i]
    for _, value in ipairs(metric.values) do
      local longer = text .. metric.code .. ":" .. value
      if i == language.mandatory then use(longer) else extend(longer .. "/", i + 1) end
    end
  end
  extend(prefix, 1)
end

local function is_in_order(vector)
  local last = 0
  for code in vector:sub(#"CVSS:4.0/" + 1):gmatch "(%a+):" do
    local place = languages["CVSS:4.0/"].place[code]
    if not place or place < last then return false end
    last = place
  end
  return true
end

local base, drawn, spoiled = {}, {}, {}
for _, prefix in ipairs { "", "CVSS:3.0/", "CVSS:3.1/" } do
  each_base(prefix, function(vector) base[#base + 1] = vector end)
end
for _ = 1, CASES do
  for _, prefix in ipairs(PREFIXES) do
    local parts = draw_parts(prefix)
    -- The library reads any order, and so does pysec.cvss but for 4.0.
    if prefix ~= "CVSS:4.0/" and chance(20) then swap(parts) end
    drawn[#drawn + 1] = prefix .. table.concat(parts, "/")
    spoiled[#spoiled + 1] = draw_spoiled()
  end
end

-- --- the comparison ---

local function ask(vector)
  local scores = cvss.score(vector)
  return scores and {
    score = scores.score, severity = scores.severity, base = scores.base,
    temporal = scores.temporal or json.null, environmental = scores.environmental or json.null,
  } or false
end

local answers = {}

t.test("asks the library cvss, 3 or newer", function()
  for name, vectors in pairs { base = base, drawn = drawn, spoiled = spoiled } do
    answers[name] = oracle.ask("tests/host/cvss_oracle.py", { vectors = vectors }).vectors
  end
  t.equal({ #base, #drawn, #spoiled }, { 729 + 2 * 2592, 4 * CASES, 4 * CASES })
end)

t.test("scores all base metrics of 2.0, 3.0 and 3.1 alike", function()
  oracle.compare(base, answers.base, ask)
end)

t.test("scores drawn vectors of all versions alike, optional metrics among them", function()
  oracle.compare(drawn, answers.drawn, ask)
  for i, answer in ipairs(answers.drawn) do t.truthy(answer, drawn[i]) end
end)

t.test("refuses the same texts; of 4.0 also what is not in order, as its specification does", function()
  local out_of_order = 0
  for i, vector in ipairs(spoiled) do
    if answers.spoiled[i] and vector:find "^CVSS:4" and not is_in_order(vector) then
      out_of_order = out_of_order + 1
      answers.spoiled[i] = false
      t.match(select(2, cvss.score(vector)), "its metrics are not in their order$")
    end
  end
  t.truthy(out_of_order >= 50, out_of_order)
  oracle.compare(spoiled, answers.spoiled, ask)
end)

t.test("reads 2.0 with a prefix, which the library does not", function()
  for i = 1, #drawn, #PREFIXES do t.equal(ask("CVSS:2.0/" .. drawn[i]), ask(drawn[i])) end
end)

t.test("drew cases of every kind", function()
  local seen = {}
  local function count(key) seen[key] = (seen[key] or 0) + 1 end
  for i, answer in ipairs(answers.drawn) do
    local version = drawn[i]:match "^CVSS:(...)" or "2.0"
    count(version .. " " .. answer.severity)
    if answer.temporal ~= json.null then count(version .. " temporal") end
    if answer.environmental ~= json.null then count(version .. " environmental") end
    if answer.environmental ~= json.null and answer.environmental ~= answer.base then count(version .. " changed") end
    if answer.score ~= answer.base then count(version .. " more than base") end
  end
  for _, answer in ipairs(answers.spoiled) do count(answer and "spoiled read" or "spoiled refused") end
  for _, kind in ipairs {
    "2.0 low", "2.0 medium", "2.0 high", "2.0 temporal", "2.0 environmental", "2.0 changed",
    "3.0 low", "3.0 medium", "3.0 high", "3.0 critical", "3.0 temporal", "3.0 environmental", "3.0 changed",
    "3.1 low", "3.1 medium", "3.1 high", "3.1 critical", "3.1 temporal", "3.1 environmental", "3.1 changed",
    "4.0 low", "4.0 medium", "4.0 high", "4.0 critical", "4.0 more than base", "spoiled read", "spoiled refused",
  } do
    t.truthy((seen[kind] or 0) >= 100, ("%s: %d times"):format(kind, seen[kind] or 0))
  end
end)

return t.finish()
