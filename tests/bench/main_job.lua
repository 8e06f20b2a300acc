--- The main job on the example, compared with the same tools run one after the other as the guide has them,
-- and with the slowest of them as pysec runs it.
local advisories = require "pysec.advisories"
local env = require "pysec.env"
local fs = require "pysec.fs"
local measure = require "bench.measure"
local toolbox = require "toolbox"

local program, root = env.get("PYSEC_TEST_PROGRAM"), env.get("PYSEC_TEST_ROOT")
local folder = assert(fs.tempdir()) .. "/app"
assert(fs.copy(root .. "/examples/vulnerable-app", folder))
local db = assert(advisories.open(folder .. "/advisories.db", { write = true }))
assert(db:import(folder .. "/advisories"))
db:close()
local service <close> = assert(advisories.serve(folder .. "/advisories.db", {}))
local box = toolbox.open()

local function tool_spec(name, kind, words)
  local spec = box:command(name)
  table.move(words, 1, #words, #spec + 1, spec)
  spec.env, spec.cwd = toolbox.environment(kind), folder
  return spec
end

local function pysec(scanners)
  local spec = { program, "--req", "requirements.txt", "--upgrade", "none", "--advisories", "local", "--database",
    "advisories.db", "--safety-db", "safety-db", "--scanners", scanners, cwd = folder }
  return function() measure.run(spec, { 0, 1 }) end
end

local guide = {
  { "pip-audit -r", tool_spec("pip-audit", "pip", { "-r", "requirements.txt", "-f", "json", "-s", "osv", "--osv-url",
    service:url() .. "/v1/query", "--progress-spinner", "off" }) },
  { "safety check", tool_spec("safety-2", "safety", { "check", "--db", "safety-db", "-r", "requirements.txt",
    "--json" }) },
  { "bandit -r", tool_spec("bandit", "plain", { "-r", "src", "-f", "json", "-q" }) },
}

local total = 0
for _, step in ipairs(guide) do
  local seconds = measure.seconds(3, function() measure.run(step[2], { 0, 1, 64 }) end)
  measure.report("guide: " .. step[1], ("%.2f s"):format(seconds))
  total = total + seconds
end

local slowest = 0
for _, name in ipairs { "pip-audit", "safety", "bandit" } do
  local seconds = measure.seconds(5, pysec(name))
  measure.report("pysec with " .. name .. " alone", ("%.2f s"):format(seconds))
  slowest = math.max(slowest, seconds)
end

local all = measure.seconds(9, pysec("pip-audit,safety,bandit"))
measure.report("pysec with all three", ("%.2f s"):format(all))
measure.report("  ratio to the guide's tools one after the other", ("%.2f"):format(all / total), "0.33")
measure.report("  ratio to pysec with the slowest tool alone", ("%.2f"):format(all / slowest), "1.15")
fs.remove(folder)
