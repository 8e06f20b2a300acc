--- pysec.json on texts that nobody wrote down: random values, reports cut short, bytes changed; and what lua-cjson
-- says of the same texts.
local t = require "harness"
local dump = require "host.json_oracle"
local json = require "pysec.json"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

math.randomseed(20240229, 8259)

local CHARACTERS = {
  "a", "Z", "0", " ", '"', "\\", "/", "\n", "\t", "\0", "\31", "\127", "é", "€", "\u{2028}", "\u{FFFD}", "😀", "{", "]",
}

local function random_string()
  local parts = {}
  for i = 1, math.random(0, 12) do parts[i] = CHARACTERS[math.random(#CHARACTERS)] end
  return table.concat(parts)
end

local function random_integer()
  local bits = math.random(0, 63)
  return math.random(0) >> bits == 0 and 0 or (math.random(2) == 1 and 1 or -1) * (math.random(0) >> bits)
end

--- A float of any size: 64 random bits that are neither NaN nor infinite.
local function random_float()
  repeat
    local number = string.unpack("d", string.pack("i8", math.random(0)))
    if number == number and math.abs(number) ~= math.huge then return number end
  until false
end

local random_value

local function random_list(depth)
  local list = {}
  for i = 1, math.random(0, 5) do list[i] = random_value(depth - 1) end
  return json.array(list)
end

local function random_object(depth)
  local object = {}
  for _ = 1, math.random(0, 5) do object[random_string()] = random_value(depth - 1) end
  return object
end

local SCALARS = {
  random_string, random_integer, random_float, function() return math.random(2) == 1 end,
  function() return json.null end,
}

function random_value(depth)
  local kind = math.random(depth > 0 and 9 or #SCALARS)
  if kind <= #SCALARS then return SCALARS[kind]() end
  return kind % 2 == 0 and random_list(depth) or random_object(depth)
end

local function random_table()
  return math.random(2) == 1 and random_list(5) or random_object(5)
end

--- Deep equality that also tells -0.0 from 0.0, integers from floats and lists from objects.
local function same(a, b)
  if math.type(a) ~= math.type(b) then return false end
  if type(a) ~= "table" or type(b) ~= "table" then return a == b and (a ~= 0 or 1 / a == 1 / b) end
  if json.is_array(a) ~= json.is_array(b) then return false end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

t.test("random values come back as they were", function()
  for round = 1, 3000 do
    local value = random_table()
    local text = json.encode(value, { pretty = round % 2 == 0 })
    local back = json.decode(text)
    t.truthy(same(value, back), text)
    t.equal(json.encode(back, { pretty = round % 2 == 0 }), text)
  end
end)

--- A report like those that the scanners write.
local REPORT = json.encode({
  dependencies = {
    { name = "jinja2", version = "2.10", vulns = { { id = "PYSEC-2019-217", fix_versions = { "2.10.1" },
      aliases = { "CVE-2019-10906", "GHSA-462w-v97r-4m45" }, description = "In Pallets Jinja before 2.10.1,\n"
      .. 'str.format_map allows a "sandbox" escape \\o/ – é 😀' } } },
    { name = "flask", version = "0.12", vulns = json.array() },
    { name = "internal", skip_reason = "not on PyPI\u{2028}" },
  },
  fixes = json.array(), took = 1.25e-3, count = -3, whole = true, none = json.null, empty = {},
}, { pretty = true })

t.test("a report that is cut at any byte is never taken for a whole one", function()
  t.truthy(json.decode(REPORT))
  for size = 0, #REPORT - 2 do
    local value, message, code = json.decode(REPORT:sub(1, size))
    t.equal({ value, code }, { nil, "EJSON" }, "cut after byte " .. size)
    t.match(message, "^line %d+, column %d+: ", "cut after byte " .. size)
  end
  t.truthy(json.decode(REPORT:sub(1, -2)), "without the line feed at its end")
end)

t.test("a report without its first bytes, or with more behind it, is never taken for a whole one", function()
  for start = 2, #REPORT - 1 do
    local value = json.decode(REPORT:sub(start))
    t.truthy(value == nil or type(value) ~= "table" or not value.dependencies, "from byte " .. start)
  end
  for _, tail in ipairs { "{", "x", "\0", ",", "]", "null", REPORT } do
    t.equal(select(3, json.decode(REPORT .. tail)), "EJSON", tail)
  end
end)

--- Where each line and each column of a message has to lie.
t.test("an error lies within the text", function()
  local lines = select(2, REPORT:gsub("\n", "\n")) + 1
  for _ = 1, 3000 do
    local at = math.random(#REPORT)
    local text = REPORT:sub(1, at - 1) .. string.char(math.random(0, 255)) .. REPORT:sub(at + math.random(0, 2))
    local value, message = json.decode(text)
    if value == nil then
      local line, column = message:match "^line (%d+), column (%d+): "
      t.truthy(tonumber(line) <= lines + 1 and tonumber(column) <= #text + 1, message)
    else
      t.equal(json.decode(json.encode(value)), value)
    end
  end
end)

--- What cjson makes of each text: a list of lines.
local function ask_cjson(texts)
  local parts = {}
  for _, text in ipairs(texts) do parts[#parts + 1] = ("%d\n%s"):format(#text, text) end
  local result = assert(tool.run { "lua5.4", t.root .. "/tests/host/json_oracle.lua", stdin = table.concat(parts) })
  assert(result.code == 0, result.stderr)
  local lines = {}
  for line in result.stdout:gmatch "[^\n]*" do lines[#lines + 1] = line end
  return lines
end

local CJSON = "/usr/lib/x86_64-linux-gnu/lua/5.4/cjson.so"
if not (tool.which "lua5.4" and fs.stat(CJSON)) then
  print("skipped: the comparison with lua-cjson, which needs lua5.4 and lua-cjson")
  return t.finish()
end

t.test("lua-cjson reads the same from what is written here", function()
  local texts, values = {}, {}
  for i = 1, 1000 do
    values[i] = random_table()
    texts[i] = json.encode(values[i], { pretty = i % 2 == 0 })
  end
  for i, line in ipairs(ask_cjson(texts)) do
    if texts[i] then t.equal(line, dump(values[i]), texts[i]) end
  end
end)

--- A valid text with one to three bytes changed, added or taken away.
local function mutate(text)
  for _ = 1, math.random(3) do
    local at = math.random(#text + 1)
    local bytes = ({ "", string.char(math.random(0, 127)), '"', ",", "0", "\\u", "[", "}" })[math.random(8)]
    text = text:sub(1, at - 1) .. bytes .. text:sub(at + math.random(0, 1))
  end
  return text
end

t.test("lua-cjson reads whatever is read here, and the same from it", function()
  local texts, accepted = {}, 0
  for i = 1, 4000 do texts[i] = mutate(json.encode(random_table())) end
  for i, line in ipairs(ask_cjson(texts)) do
    local value = texts[i] and json.decode(texts[i])
    if value ~= nil then
      accepted = accepted + 1
      t.equal(line, dump(value), texts[i])
    end
  end
  t.truthy(accepted > 200, "enough of them are still JSON: " .. accepted)
end)

return t.finish()
