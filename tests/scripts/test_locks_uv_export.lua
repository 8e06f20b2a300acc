--- What is read from uv.lock against what uv itself exports from it, for several Pythons. Needs no network.
local t = require "harness"
local pep508 = require "lib.pep508"
local lock_support = require "lock_support"
local support = require "support"
local tool = require "pysec.tool"

local UV = support.tools .. "/main/bin/uv"

local PYTHONS = { "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0", "3.14.0" }

local ALL = { "--all-extras", "--all-groups" }

--- Every choice of an extra and a group that uv-conflicts allows.
local CHOICES = {}
for _, extra in ipairs { "", "--extra=old", "--extra=new" } do
  for _, group in ipairs { "", "--group=old", "--group=new" } do
    local choice = { "--no-default-groups" }
    for _, word in ipairs { extra, group } do if word ~= "" then choice[#choice + 1] = word end end
    CHOICES[#CHOICES + 1] = choice
  end
end

local cache = t.tempdir()

local function export(folder, words)
  local command = { UV, "export", "--quiet", "--frozen", "--offline", "--no-hashes", "--no-annotate", "--no-header",
    "--all-packages", "--no-emit-workspace", cwd = ("%s/tests/fixtures/locks/%s"):format(t.root, folder), timeout = 120,
    env = { UV_CACHE_DIR = cache, UV_NO_CONFIG = "1" } }
  table.move(words, 1, #words, #command + 1, command)
  local result = tool.run(command)
  t.equal(result.code, 0, result.stderr)
  return result.stdout
end

--- The pins of an export that hold for a Python, added to a set. What is from elsewhere has no pin.
local function add_pins(text, python_version, pins)
  local environment = pep508.environment(python_version)
  for line in text:gmatch "[^\n]+" do
    local parsed = pep508.parse(line)
    local pin = parsed and not parsed.url and pep508.pin(parsed.specifier)
    if pin and pep508.marker_holds(parsed.marker, environment) then pins[parsed.name .. "==" .. pin] = true end
  end
end

for folder, choices in pairs { ["uv-app"] = { ALL }, ["uv-workspace"] = { ALL }, ["uv-no-project"] = { ALL },
  ["uv-conflicts"] = CHOICES } do
  t.test(folder, function()
    local exports = {}
    for i, choice in ipairs(choices) do exports[i] = export(folder, choice) end
    for _, python_version in ipairs(PYTHONS) do
      local pins, list = {}, {}
      for _, text in ipairs(exports) do add_pins(text, python_version, pins) end
      for pin in pairs(pins) do list[#list + 1] = pin end
      table.sort(list)
      t.truthy(#list > 0)
      t.equal(lock_support.pins(lock_support.fixture(folder .. "/uv.lock", python_version)), list, python_version)
    end
  end)
end

return t.finish()
