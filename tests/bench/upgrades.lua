--- Upgrades of the real environments of tests/real, side by side with `pip-audit --fix` on the same ones, against the
-- same advisories.
--
-- pip-audit fixes the environment whose Python runs it. Installed there it would bring newer versions of what it needs
-- itself, so it runs by that Python from the folder of the tools: all that changes is its doing. "broken" are lines of
-- `pip check` that were not there before; "half" is an exit with an error after something was changed.
local advisories = require "pysec.advisories"
local cache = require "real.cache"
local checks = require "real.checks"
local look = require "real.look"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"
local toolbox = require "toolbox"
local upgrade = require "real.upgrade"

local RUN = [[
import sys
sys.path.insert(0, sys.argv.pop(1))
from pip_audit._cli import audit
audit()]]

local database = upgrade.database(t.tempdir() .. "/advisories.db")
local service <close> = assert(advisories.serve(database, {}))

--- pip-audit needs the environment's own pip.
local function install_pip(folder)
  local result = assert(tool.run { support.tools .. "/main/bin/uv", "pip", "install", "--quiet", "--no-config",
    "--python", folder .. "/env/bin/python", "pip==" .. toolbox.open(support.tools):version "pip",
    env = toolbox.environment "uv" })
  assert(result.code == 0, result.stderr)
end

local function program(folder, mode, file)
  if mode ~= "pip-audit" then return upgrade.program(folder, mode, file) end
  install_pip(folder)
  return { folder .. "/env/bin/python", "-P", "-c", RUN, require("real.more").site(support.tools .. "/main"), "--fix",
    "--local", "-s", "osv", "--osv-url", service:url() .. "/v1/query", "--progress-spinner", "off", cwd = folder,
    env = toolbox.environment "pip", timeout = 600 }
end

local function count(set)
  local n = 0
  for _ in pairs(set) do n = n + 1 end
  return n
end

local function minus(a, b)
  local left = {}
  for key in pairs(a) do left[key] = not b[key] or nil end
  return left
end

--- The end of a run in figures. Only the packages that were there before count.
local function figures_of(run)
  local packages = {}
  for name in pairs(run.before.packages) do packages[name] = run.after.packages[name] end
  local before, after = look.flaws(database, run.before.packages), look.flaws(database, packages)
  local is_half = run.mode == "pip-audit" and run.said:find("failed to upgrade", 1, true)
    and next(checks.changed(run)) ~= nil
  return { packages = count(run.before.packages), findings = count(before), fixed = count(minus(before, after)),
    left = count(after), broken = count(minus(run.after.complaints, run.before.complaints)), half = is_half and 1 or 0,
    seconds = run.seconds }
end

local MODES = { "conservative", "all", "pip-audit" }
local TITLES = { conservative = "pysec, conservative", all = "pysec, all", ["pip-audit"] = "pip-audit --fix" }
local COLUMNS = { "fixed", "left", "broken", "half", "seconds" }

local totals = {}

local function add(mode, figures)
  totals[mode] = totals[mode] or { packages = 0, findings = 0, fixed = 0, left = 0, broken = 0, half = 0, seconds = 0 }
  for key, value in pairs(figures) do totals[mode][key] = totals[mode][key] + value end
end

local function line(name, mode, figures)
  local parts = { ("%-14s %4d %4d  %-20s"):format(name, figures.packages, figures.findings, TITLES[mode]) }
  for _, column in ipairs(COLUMNS) do
    parts[#parts + 1] = ("%7s"):format(column == "seconds" and ("%.1f"):format(figures.seconds) or figures[column])
  end
  print(table.concat(parts, " "))
end

print(("%-14s %4s %4s  %-20s %7s %7s %7s %7s %7s"):format("environment", "pkgs", "find", "", table.unpack(COLUMNS)))
local runs = {}
for _, name in ipairs(cache.names()) do
  for _, mode in ipairs(MODES) do runs[#runs + 1] = { name = name, modes = { mode } } end
end
upgrade.each(runs, database, function(name, mode, see)
  local figures = figures_of(see())
  add(mode, figures)
  line(name, mode, figures)
end, { jobs = 1, program = program })
for _, mode in ipairs(MODES) do line("total", mode, totals[mode]) end
