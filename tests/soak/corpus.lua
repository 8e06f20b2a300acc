--- What the fuzz targets begin with: texts of policies, patterns, reports, TOML and YAML that lie in this repository
-- anyway.
--
-- Usage: pysec run tests/soak/corpus.lua ROOT FOLDER: fills FOLDER/host, FOLDER/policy, FOLDER/pattern,
-- FOLDER/report, FOLDER/toml and FOLDER/yaml.
local fs = require "pysec.fs"
local json = require "pysec.json"

local root, folder = table.unpack(arg)

local counts = {}

local function add(target, text)
  counts[target] = (counts[target] or 0) + 1
  assert(fs.mkdirs(("%s/%s"):format(folder, target)))
  assert(fs.write(("%s/%s/seed-%04d"):format(folder, target, counts[target]), text))
end

--- Calls `body` with the text of each file below a folder whose name ends so.
local function each(where, ending, body)
  assert(fs.walk(root .. "/" .. where, function(path, kind)
    if kind == "file" and path:sub(#path + 1 - #ending) == ending then body(assert(fs.read(path))) end
  end))
end

--- Texts that stand in the tests as [[ ]] or on one line in quotes, and look like a policy.
local function add_quoted(text)
  for policy in text:gmatch "%[%[(.-)%]%]" do add("policy", policy) end
  for quote, policy in text:gmatch "([\"'])([^\n]-[%({][^\n]-)%1" do
    add("policy", (policy:gsub("\\n", "\n"):gsub("\\" .. quote, quote)))
  end
end

each("tests/soak/seeds", "", function(text) add("host", text) end)

for _, where in ipairs { "policies", "examples/organisation" } do
  each(where, ".lua", function(text) add("policy", text) end)
end
each("docs", ".md", function(text)
  for policy in text:gmatch "```lua\n(.-)```" do add("policy", policy) end
end)
each("tests/scripts", ".lua", function(text)
  if text:find("policy_support", 1, true) then add_quoted(text) end
end)
each("tests/sandbox", ".lua", add_quoted)

-- A pattern, a replacement and a subject; those of the tests of the matcher and those that scripts use.
for _, where in ipairs { "tests/sandbox", "scripts" } do
  each(where, ".lua", function(text)
    for pattern in text:gmatch "\"([^\"\n]*%%[^\"\n]*)\"" do
      if #pattern < 40 then add("pattern", pattern .. "\0<%1>\0jinja2==2.10 # [a](b) 'c'\n") end
    end
  end)
end

for _, ending in ipairs { ".json", ".sarif" } do
  each("tests/fixtures", ending, function(text) add("report", text) end)
end
each("examples/organisation/reports", ".json", function(text)
  add("report", text)
  add("report", json.encode(json.decode(text).findings))
end)
add("report", '[{"package":"django","from":"4.2.1","to":"5.0"},'
  .. '{"package":"new","from":null,"to":"1.0","change":"major"}]')
add("report", '{"decisions":[{"finding":{"id":"X"},"verdict":"fail","by":"a:1","rule":"severity","reason":"r",'
  .. '"trace":[]}],"notices":[],"exit":1}')

-- Documents in the tests; the first byte says when memory runs out.
local function add_documents(text)
  for document in text:gmatch "%[=%[\n(.-)%]=%]" do add("toml", "\0" .. document) end
  for quote, document in text:gmatch "{ ([\"'])([^\n]-)%1, " do
    local plain = document:gsub("\\n", "\n"):gsub("\\" .. quote, quote)
    add("toml", "\0" .. (plain:find "[=%[]" and plain or "x = " .. plain))
  end
end
each("tests/host", "test_toml.lua", add_documents)
each("tests/host", "test_toml_refused.lua", add_documents)

each("tests/host", "test_advisories_yaml.lua", function(text)
  local record = text:match "local RECORD = %[%[\n(.-)%]%]"
  add("yaml", "\0" .. record)
  for line in record:gmatch "[^\n]+" do add("yaml", "\0" .. line .. "\n") end
  for document in text:gmatch '{ "([^\n]-)", "a%.yaml' do add("yaml", "\0" .. document:gsub("\\n", "\n")) end
end)

for target, count in pairs(counts) do print(("%s: %d seeds"):format(target, count)) end
