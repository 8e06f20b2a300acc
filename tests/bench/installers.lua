--- An upgrade of one environment from plan to commit, with uv and with pip as the installer: the whole of `pysec`, with
-- the tools, their caches and the database there. What both spend alike (the audits, the plan) is part of it.
local advisories = require "pysec.advisories"
local env = require "pysec.env"
local fs = require "pysec.fs"
local measure = require "bench.measure"
local toolbox = require "toolbox"

local TIMES = 5
local OLD = { "flask==0.12", "jinja2==2.10", "werkzeug==0.14.1", "requests==2.19.1", "urllib3==1.23" }

local program, root = env.get("PYSEC_TEST_PROGRAM"), env.get("PYSEC_TEST_ROOT")
local folder = assert(fs.tempdir())
local db = assert(advisories.open(folder .. "/advisories.db", { write = true }))
assert(db:import(root .. "/examples/vulnerable-app/advisories"))
db:close()

local box = toolbox.open()

--- Runs one of the tools; `words` follow its name.
local function run(name, kind, words)
  local spec = box:command(name)
  table.move(words, 1, #words, #spec + 1, spec)
  spec.env = toolbox.environment(kind)
  measure.run(spec, { 0 })
end

run("uv", "uv", { "venv", "--quiet", "--python", box:python(), folder .. "/original" })
run("pip", "pip", table.move(OLD, 1, #OLD, 5, { "--python", folder .. "/original/bin/python", "install", "--quiet" }))

local function prepare()
  assert(fs.remove(folder .. "/.venv"))
  assert(fs.copy(folder .. "/original", folder .. "/.venv"))
end

--- The seconds that an upgrade by an installer takes, and what the progress says that its phases took.
local function upgrade(installer)
  prepare()
  local result = measure.run({ program, "--scanners", "osv", "--advisories", "local", "--database", "advisories.db",
    "--installer", installer, cwd = folder }, { 0, 1 })
  local phases = {}
  for line in result.stderr:gmatch "✓ ([^\n]+)" do
    local label, seconds = line:match "^%l+ing [^:(]*%f[ :(]", line:match "%(([%d.]+) s%)$"
    if label and seconds then phases[#phases + 1] = { label, tonumber(seconds) } end
  end
  return result.seconds, phases
end

-- In turns, and of each the fewest seconds: so a busy moment of the machine does not hit one alone.
local best, phases = { pip = math.huge, uv = math.huge }, {}
for round = 0, TIMES do
  for _, installer in ipairs { "pip", "uv" } do
    local seconds, list = upgrade(installer)
    if round > 0 and seconds < best[installer] then best[installer], phases[installer] = seconds, list end
  end
end

for _, installer in ipairs { "pip", "uv" } do
  for _, phase in ipairs(phases[installer]) do
    measure.report(("%s: %s"):format(installer, phase[1]), ("%.1f s"):format(phase[2]))
  end
end
measure.report("pysec --installer pip", ("%.2f s"):format(best.pip))
measure.report("pysec --installer uv", ("%.2f s"):format(best.uv))
measure.report("  times as fast with uv", ("%.1f"):format(best.pip / best.uv), "3")
fs.remove(folder)
