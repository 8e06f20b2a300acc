--- The advisory engine beside the scanners that do the same work: pins against a database, JSON written, start to exit.
---
--- The advisories are those of PYSEC_BENCH_EXPORT or ../shared/osv/PyPI-all.zip beside the project, else some that are
--- made of this project's own. All programs get the same ones: osv-scanner as the zip, pip-audit, pysentry-rs and uv
--- audit from the engine's own service on the loopback, which none of them can do without.
local advisories = require "pysec.advisories"
local clock = require "pysec.clock"
local env = require "pysec.env"
local fs = require "pysec.fs"
local json = require "pysec.json"
local measure = require "bench.measure"
local names = require "lib.names"
local others = require "bench.osv.others"

local root, program = env.get "PYSEC_TEST_ROOT", env.get "PYSEC_TEST_PROGRAM"
local folder = assert(fs.tempdir())
local database = folder .. "/advisories.db"

local function data(...)
  measure.run({ "python3", "-I", root .. "/tests/bench/osv/data.py", ... }, { 0 })
end

--- The zip that all work on.
local function find_export()
  for _, path in ipairs { env.get "PYSEC_BENCH_EXPORT" or "", root .. "/../shared/osv/PyPI-all.zip" } do
    if path ~= "" and fs.stat(path) then return path end
  end
  print "  made-up advisories: PYSEC_BENCH_EXPORT does not name OSV's export for PyPI"
  data("advisories", root .. "/tests/fixtures/advisories", "2000", folder .. "/export.zip")
  return folder .. "/export.zip"
end

local function audit(path)
  return { program, "audit", path, "--database", database, "--format", "json" }
end

local function figures(result) return ("%.1f ms, %.1f MB"):format(result.seconds * 1000, result.megabytes) end

--- Runs one command a few times; the fewest seconds, the megabytes then. `before` is called before each.
local function best_of(times, spec, before)
  local best
  for _ = 1, times do
    if before then before() end
    local result = measure.contest(1, folder, { { "out", spec } }, { 0, 1 }).out
    if not best or result.seconds < best.seconds then best = result end
  end
  return best
end

-- --- 1,000 pins, side by side ---

--- Our findings by package: lists of sets of their ids and aliases. And how many there are.
local function our_findings(path)
  local found, decisions = {}, assert(json.read(path)).decisions
  for _, decision in ipairs(decisions) do
    local finding = decision.finding
    local ids = { [finding.id] = true }
    for _, alias in ipairs(finding.aliases) do ids[alias] = true end
    found[finding.package] = found[finding.package] or {}
    table.insert(found[finding.package], ids)
  end
  return found, #decisions
end

--- How many of our findings another program has not, and how many of its are not ours.
local function differences(ours, theirs)
  local more, seen = 0, {}
  for _, finding in ipairs(theirs) do
    local is_ours = false
    for _, ids in ipairs(ours[names.normalize(finding[1])] or {}) do
      if ids[finding[2]] then is_ours, seen[ids] = true, true end
    end
    if not is_ours then more = more + 1 end
  end
  local less = 0
  for _, list in pairs(ours) do
    for _, ids in ipairs(list) do less = less + (seen[ids] and 0 or 1) end
  end
  return less, more
end

local function report_other(other, result, ours, best)
  local theirs = others.findings(other, folder .. "/" .. other.name)
  local less, more = differences(ours, theirs)
  measure.report("  " .. other.name, ("%s, %d findings, ratio %.1f%s"):format(figures(result), #theirs,
    result.seconds / best.seconds, other.asks and ", and the service" or ""))
  if less > 0 then print(("    lacks %d of our findings: %s"):format(less, other.why)) end
  assert(more == 0, ("%s has %d findings that we have not"):format(other.name, more))
end

local function side_by_side(export)
  data("pins", export, "1000", folder)
  local service <close> = assert(advisories.serve(database, { token = assert(advisories.token()) }))
  local contestants, present = { { "ours", audit "requirements.txt" } }, {}
  for _, other in ipairs(others.all(folder, export, service:url(), env.get "PYSEC_TOOLS")) do
    if other.path then
      present[#present + 1], contestants[#contestants + 1] = other, { other.name, other.spec }
    else
      print(("  %s is left out: it is not there. To get it:\n    %s"):format(other.name, other.missing))
    end
  end
  local best = measure.contest(5, folder, contestants, { 0, 1 })
  local ours, count = our_findings(folder .. "/ours")
  measure.report("1,000 pinned packages, JSON written", ("%s, %d findings"):format(figures(best.ours), count),
    "15 ms, 20 MB")
  local fastest
  for _, other in ipairs(present) do
    report_other(other, best[other.name], ours, best.ours)
    if not fastest or best[other.name].seconds < best[fastest].seconds then fastest = other.name end
  end
  assert(fs.write(folder .. "/one.txt", "quiet-package==1.0\n"))
  measure.report("  one package that nothing is known of", figures(best_of(10, audit "one.txt")))
  if fastest then
    measure.report("  times faster than the fastest of them, " .. fastest,
      ("%.1f"):format(best[fastest].seconds / best.ours.seconds), "20")
  end
end

-- --- a fleet ---

local function fleet(export)
  data("fleet", export, "100", folder .. "/part")
  data("fleet", export, "1000", folder .. "/whole")
  local part = best_of(5, audit "part")
  local whole = best_of(5, audit "whole")
  local _, count = our_findings(folder .. "/out")
  measure.report("100,000 packages in 1,000 files", ("%.2f s, %.0f MB, %d findings"):format(whole.seconds,
    whole.megabytes, count), "1 s")
  measure.report("  10,000 packages in 100 files", figures(part))
  measure.report("  times the time for ten times the work", ("%.1f"):format(whole.seconds / part.seconds), "10")
end

-- --- an import ---

local function import(export)
  local zip, made = folder .. "/many.zip", folder .. "/many.db"
  data("advisories", export, "20000", zip)
  local spec = { program, "advisories", "import", "--database", made, zip }
  local result = best_of(3, spec, function() fs.remove(made) end)
  measure.report("import of 20,000 advisories", ("%.2f s, %.0f MB"):format(result.seconds, result.megabytes), "3 s")
  local packed, stored = fs.stat(zip).size, fs.stat(made).size
  measure.report("  size of the database, and of the zip", ("%.1f MB, %.1f MB"):format(stored / 1e6, packed / 1e6))
  measure.report("  ratio", ("%.2f"):format(stored / packed), "1.5")
  local started = clock.monotonic()
  assert(advisories.open(made)):close()
  measure.report("  opening it, with its check", ("%.1f ms"):format((clock.monotonic() - started) * 1000))
end

local export = find_export()
do
  local db <close> = assert(advisories.open(database, { write = true }))
  assert(db:import(export))
end
side_by_side(export)
fleet(export)
import(export)
fs.remove(folder)
