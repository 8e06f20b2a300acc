--- Real environments of old packages are upgraded, by the real pip and the package index: never worse than before, and
-- the report tells what is there. tests/bench/upgrades.lua runs the mode all over each of them, too.
--
-- The environments are built once, in build/real-environments. PYSEC_TEST_ONLY="flask, all" runs that one alone.
local cache = require "real.cache"
local checks = require "real.checks"
local env = require "pysec.env"
local t = require "harness"
local upgrade = require "real.upgrade"

-- What the mode all is tried on here.
local ALL = { "flask", "projects", "strangers" }

local function label(name, mode) return ("%s, %s"):format(name, mode) end

local runs, only = {}, env.get("PYSEC_TEST_ONLY") or ""

local function add(name, modes)
  local wanted = {}
  for _, mode in ipairs(modes) do
    if label(name, mode):find(only, 1, true) then wanted[#wanted + 1] = mode end
  end
  if #wanted > 0 then runs[#runs + 1] = { name = name, modes = wanted } end
end

if not cache.is_possible() then
  t.test("the environments need Python 3.11: left out", function() end)
  return t.finish()
end

for _, name in ipairs(cache.names()) do add(name, { "none", "conservative" }) end
for _, name in ipairs(ALL) do add(name, { "all" }) end
local database = upgrade.database(t.tempdir() .. "/advisories.db")
upgrade.each(runs, database, function(name, mode, see)
  t.test(label(name, mode), function() checks.all(see()) end)
end)

return t.finish()
