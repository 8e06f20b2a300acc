--- pysec.toml against Python's tomllib, on documents drawn at random: most of them valid, some spoiled, and with so
-- few keys that headers and dotted keys often meet what is there already. The draw is the same in every run.
--
-- Where the two differ by intention, nothing is drawn, or left out: tomllib refuses a byte order mark, the second 60
-- and the year 0, and reads integers of any size (toml_oracle.py).
local env = require "pysec.env"
local json = require "pysec.json"
local t = require "harness"
local toml = require "pysec.toml"
local tool = require "pysec.tool"

local CASES = 6000
local MOST_SHOWN = 10

math.randomseed(20210111, 1)

local function pick(list) return list[math.random(#list)] end

local function chance(percent) return math.random(100) <= percent end

local function repeated(least, most, draw, between)
  local parts = {}
  for i = 1, math.random(least, most) do parts[i] = draw() end
  return table.concat(parts, between)
end

local function space() return chance(80) and "" or pick { " ", "\t", "  " } end

local newline = "\n"

--- White space of any kind, as arrays have it.
local function blank()
  return chance(70) and space() or space() .. (chance(30) and "# é ]}\t" or "") .. newline .. space()
end

-- --- values ---

local function digits(least, most)
  return repeated(least, most, function() return chance(8) and "_" .. math.random(0, 9) or math.random(0, 9) end)
end

local function decimal()
  return pick { "", "", "", "+", "-" } .. (chance(20) and "0" or math.random(1, 9) .. digits(0, 6))
end

local INTEGERS = {
  decimal, decimal, function() return decimal() .. digits(10, 16) end,
  function() return pick { "", "-" } .. "922337203685477580" .. math.random(0, 9) end,
  function() return "0x" .. pick { "0", "7f", "DEAD_beef", "ffffffffffffffff", "7FFFFFFFFFFFFFFF", "_1" } end,
  function() return "0o" .. pick { "0", "755", "7_7", "8", "1777777777777777777777" } end,
  function() return "0b" .. pick { "0", "1_0", "11111111", "2" } end,
}

local function float()
  if chance(15) then return pick { "", "+", "-" } .. pick { "inf", "nan" } end
  local point = "." .. math.random(0, 9) .. digits(0, 4)
  local exponent = pick { "e", "E" } .. pick { "", "+", "-" } .. digits(1, 2)
  return decimal() .. pick { point, exponent, point .. exponent }
end

local function two(most) return ("%02d"):format(math.random(0, most)) end

local function time()
  return two(24) .. ":" .. two(59) .. ":" .. two(59) .. (chance(30) and "." .. math.random(0, 99999999) or "")
end

local function date()
  return pick { "1979", "2000", "1900", "2024" } .. "-" .. pick { "01", "02", "04", "12", "13" } .. "-"
    .. pick { "01", "28", "29", "30", "31", "00" }
end

local DATES = {
  date, time, function() return date() .. pick { "T", "t", " " } .. time() end,
  function()
    return date() .. pick { "T", " " } .. time() .. pick { "Z", "z", "+01:30", "-23:59", "-00:00", "+24:00" }
  end,
}

local PLAIN = { "a", "Z", " ", "#", "=", "[", "]", "é", "😀", "\t", "\u{7FF}", "\u{85}" }

local function plain() return pick(PLAIN) end

local function basic()
  if chance(75) then return chance(8) and "'" or plain() end
  return pick { "\\n", "\\t", '\\"', "\\\\", "\\b", "\\u00e9", "\\U0001F600", "\\uD800", "\\x41", "\\u12" }
end

local function literal() return chance(80) and plain() or pick { '"', "\\" } end

local function basic_line()
  if chance(60) then return basic() end
  return pick { newline, '"', '""', "\\" .. newline, "\\  " .. newline .. " " .. newline .. "\t" }
end

local function literal_line() return chance(60) and plain() or pick { newline, "'", "''", "\\" } end

local STRINGS = {
  function() return '"' .. repeated(0, 5, basic) .. '"' end,
  function() return "'" .. repeated(0, 5, literal) .. "'" end,
  function() return '"""' .. repeated(0, 6, basic_line) .. '"""' end,
  function() return "'''" .. repeated(0, 6, literal_line) .. "'''" end,
}

-- --- keys, pairs and documents ---

local function key_part()
  return chance(85) and pick { "a", "b", "c", "d" } or pick { '"a"', "'b'", '"\\u0063"', '""', "-_9", "1", '"é"', "é" }
end

local function key(most)
  return repeated(1, most, key_part, chance(90) and "." or " .\t")
end

local value

local function pair(depth) return key(2) .. space() .. "=" .. space() .. value(depth) end

local function array(depth)
  local comma = blank() .. "," .. blank()
  return "[" .. blank() .. repeated(0, 3, function() return value(depth - 1) end, comma) .. blank()
    .. (chance(15) and "," .. blank() or "") .. "]"
end

local function inline_table(depth)
  local comma = space() .. "," .. space()
  return "{" .. space() .. repeated(0, 3, function() return pair(depth - 1) end, comma) .. space() .. "}"
end

function value(depth)
  local kind = math.random(depth > 0 and 9 or 6)
  if kind == 1 then return pick(INTEGERS)() end
  if kind == 2 then return float() end
  if kind == 3 then return pick { "true", "false" } end
  if kind == 4 then return pick(DATES)() end
  if kind <= 6 then return pick(STRINGS)() end
  return kind == 7 and inline_table(depth) or kind == 8 and array(depth) or "[]"
end

--- Values are short where keys are what matters.
local function line(is_short)
  local kind = math.random(10)
  if kind <= 3 then return ("[%s]"):format(key(3)) end
  if kind == 4 then return ("[[%s]]"):format(key(3)) end
  if kind == 5 then return chance(50) and "# é\t" or "" end
  return is_short and key(3) .. " = " .. pick { "1", "{}", "[]", "{b = 1}", "{b.c = 1}", "[{}]" } or pair(3)
end

local JUNK = {
  '"', "'", "\\", "[", "]", "{", "}", "=", ".", ",", "#", "\n", "\r", "\0", "\x7F", "\x80", "\xC3", "0", "_", "-", "e",
  "T", ":", " ", "+", "a",
}

local function spoiled(text)
  for _ = 1, math.random(3) do
    local at = math.random(#text + 1)
    text = text:sub(1, at - 1) .. (chance(70) and pick(JUNK) or "") .. text:sub(chance(50) and at or at + 1)
  end
  return text
end

local function document()
  newline = chance(80) and "\n" or "\r\n"
  local is_short = chance(50)
  local text = repeated(0, is_short and 7 or 4, function() return space() .. line(is_short) .. space() end, newline)
  return chance(25) and spoiled(text) or text
end

local texts, questions = {}, {}
while #texts < CASES do
  local text = document()
  if not (text:find ":60" or text:find "0000%-") then
    texts[#texts + 1] = text
    questions[#texts] = text:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  end
end

-- --- the comparison: the words of toml_oracle.py ---

local function hex(text) return (text:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end

local function describe_text(text)
  local day, rest = text:match "^(%d%d%d%d%-%d%d%-%d%d)[Tt ]?(.*)$"
  local clock, fraction, zone = (rest or text):match "^(%d%d:%d%d:%d%d)%.?(%d*)(.*)$"
  if not day and not clock or (rest and rest ~= "" and not clock) then return "s" .. hex(text) end
  local parts = { "d", day }
  if clock then
    parts[#parts + 1] = clock
    parts[#parts + 1] = (fraction .. "000000"):sub(1, 6)
  end
  if zone and zone ~= "" then
    parts[#parts + 1] = (zone:upper() == "Z" or zone == "-00:00") and "+00:00" or zone
  end
  return table.concat(parts, " ")
end

local function describe(item)
  if math.type(item) == "integer" then return "i" .. item end
  if type(item) == "number" then return "f" .. (item == item and ("%.17g"):format(item) or "nan") end
  if type(item) == "string" then return describe_text(item) end
  if type(item) ~= "table" then return tostring(item) end
  local parts = {}
  for name, part in pairs(item) do
    parts[#parts + 1] = json.is_array(item) and describe(item[#parts + 1]) or hex(name) .. "=" .. describe(part)
  end
  if json.is_array(item) then return "[" .. table.concat(parts, ",") .. "]" end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

t.test("tomllib reads the same documents, and the same from them", function()
  local result = assert(tool.run { env.get "PYSEC_TEST_PYTHON", "-I", t.root .. "/tests/host/toml_oracle.py",
    stdin = json.encode(questions), timeout = 120 })
  t.equal(result.code, 0, result.stderr)
  local answers = json.decode(result.stdout)
  t.equal(#answers, CASES)
  local differences, accepted = {}, 0
  for i, text in ipairs(texts) do
    local read, message = toml.decode(text)
    local got = read and describe(read) or false
    if got ~= answers[i] and #differences < MOST_SHOWN then
      differences[#differences + 1] = ("%q: %s, tomllib %s"):format(text, got or message, answers[i])
    end
    accepted = accepted + (read and 1 or 0)
  end
  t.equal(differences, {})
  t.truthy(accepted > CASES / 5 and accepted < CASES * 4 / 5, "of both kinds: " .. accepted .. " are valid")
end)

t.test("what is read is read as well where keys are left out, less those keys", function()
  local function without(item)
    if type(item) ~= "table" then return item end
    local rest = {}
    for name, part in pairs(item) do
      if name ~= "b" then rest[name] = without(part) end
    end
    return json.is_array(item) and json.array(rest) or rest
  end
  for _, text in ipairs(texts) do
    local whole = toml.decode(text)
    local part = toml.decode(text, { skip = { "b" } })
    if whole then t.equal(describe(part), describe(without(whole)), text) end
  end
end)

return t.finish()
