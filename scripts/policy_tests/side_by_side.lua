--- Runs files of tests side by side, each in a process of its own: what breaks one does not reach the others.
--
-- A process starts in the folder of its file, and talks JSON: what to run on its standard input, the report on its
-- output.
local fs = require "pysec.fs"
local json = require "pysec.json"
local paths = require "lib.paths"
local runner = require "policy_tests.runner"
local tool = require "pysec.tool"
local ui = require "pysec.ui"

local side_by_side = {}

--- The word that makes `pysec test` such a process.
side_by_side.WORD = "--one-file"

local LARGEST_REPORT = 256 * 1024 * 1024

--- The process itself: `pysec test --one-file`.
function side_by_side.main()
  local request = json.decode(assert(fs.read("/dev/stdin")))
  if type(request) ~= "table" or type(request.name) ~= "string" then
    error({ usage = side_by_side.WORD .. " is for pysec test itself" }, 0)
  end
  ui.write(json.encode(runner.run(request.path, request.name, request.only)))
  return 0
end

local function broken(name, message)
  return { tests = {}, left_out = 0, mistakes = { ui.escape(("%s: %s"):format(name, message)) }, coverage = {} }
end

--- The report of a process that ended.
local function read_report(name, result)
  if result.error then return broken(name, result.error) end
  if result.code ~= 0 then
    local ending = result.signal and ("signal %d"):format(result.signal) or ("exit %d"):format(result.code)
    return broken(name, ("the run ended with %s: %s"):format(ending, result.stderr:match("([^\n]+)\n?$") or ""))
  end
  local report = json.decode(result.stdout)
  return report or broken(name, "the run gave no whole report")
end

--- Runs files. Options: jobs, only, scripts (a folder). Returns their reports in order, each with its `name`; all texts
-- in them are escaped.
function side_by_side.run(files, options)
  local specs = {}
  for i, name in ipairs(files) do
    local spec = { "/proc/self/exe", cwd = paths.folder(name), max_output = LARGEST_REPORT,
      stdin = json.encode { path = paths.name(name), name = name, only = options.only } }
    if options.scripts then table.move({ "--scripts", assert(fs.realpath(options.scripts)) }, 1, 2, 2, spec) end
    table.move({ "test", side_by_side.WORD }, 1, 2, #spec + 1, spec)
    specs[i] = spec
  end
  local reports = {}
  for i, result in ipairs(tool.all(specs, { jobs = options.jobs })) do
    reports[i] = read_report(files[i], result)
    reports[i].name = ui.escape(files[i])
  end
  return reports
end

return side_by_side
