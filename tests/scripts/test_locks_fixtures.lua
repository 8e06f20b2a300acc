--- Every lock file of the fixtures, read for several Pythons: what the tool that wrote it installs from it is what is
-- audited.
local t = require "harness"
local fs = require "pysec.fs"
local json = require "pysec.json"
local support = require "lock_support"

local ROOT = t.root .. "/tests/fixtures/locks"

local LOCKS = { "uv.lock", "pylock.toml", "pylock.app.toml", "poetry.lock", "pdm.lock", "Pipfile.lock" }

local function lock_of(folder)
  for _, name in ipairs(LOCKS) do
    if fs.stat(("%s/%s/%s"):format(ROOT, folder, name)) then return folder .. "/" .. name end
  end
end

local folders = {}
for _, entry in ipairs(assert(fs.list(ROOT))) do
  local name = type(entry) == "table" and entry.name or entry
  if fs.stat(("%s/%s/installed.json"):format(ROOT, name)) then folders[#folders + 1] = name end
end
table.sort(folders)

t.test("finds the fixtures", function()
  t.truthy(#folders >= 14, tostring(#folders))
end)

for _, folder in ipairs(folders) do
  local installed = assert(json.read(("%s/%s/installed.json"):format(ROOT, folder)))
  for python_version, want in pairs(installed) do
    t.test(("%s on Python %s"):format(folder, python_version), function()
      t.equal(support.pins(support.fixture(lock_of(folder), python_version)), want)
    end)
  end
end

return t.finish()
