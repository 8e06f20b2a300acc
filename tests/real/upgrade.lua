--- Runs the program over copies of the real environments, and gathers what is to be seen afterwards.
local advisories = require "pysec.advisories"
local cache = require "real.cache"
local env = require "pysec.env"
local fs = require "pysec.fs"
local json = require "pysec.json"
local look = require "real.look"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"

local upgrade = {}

--- Makes a database of the advisories of the packages in the environments.
function upgrade.database(path)
  local db = assert(advisories.open(path, { write = true }))
  assert(db:import(t.root .. "/tests/fixtures/advisories-real/pypa.zip"))
  db:close()
  return path
end

local function reports(mode) return "reports-" .. mode end

--- The summary, which is there unless the program died.
local function record_of(folder)
  for _, name in ipairs(fs.list(folder) or {}) do
    if name:match "^security%-summary.*%.json$" then return assert(json.read(folder .. "/" .. name)) end
  end
end

--- The command that upgrades the environment in `folder`.
function upgrade.program(folder, mode, database)
  local spec = { t.program, "--venv", "env", "--upgrade", mode, "--reports", reports(mode), "--scanners", "osv",
    "--database", database, "--no-project-policy", "--verbose", cwd = folder, timeout = 500, env = env.list() }
  spec.env.PYSEC_TOOLS = support.tools
  return spec
end

--- What was there before, of the cached environment.
local function before(entry, database)
  local packages = look.packages(entry.path)
  return { packages = packages, findings = look.findings(database, packages),
    complaints = look.complaints(assert(fs.read(entry.complaints))) }
end

local function after(entry, folder, known)
  local path = folder .. "/env"
  local differences = look.differences(entry.path, path)
  local seen = { differences = differences, beside = fs.list(folder) }
  if #differences == 0 then
    seen.packages, seen.findings, seen.complaints = known.packages, known.findings, known.complaints
    return seen
  end
  seen.packages, seen.complaints = look.packages(path), look.check(path)
  return seen
end

--- One run: { name, mode, code, said, seconds, record, path, original, before, after, most_left }.
local function observe(entry, mode, folder, database, result)
  local known = before(entry, database)
  local seen = after(entry, folder, known)
  seen.findings = seen.findings or look.findings(database, seen.packages)
  return { name = entry.name, mode = mode, code = result.code or -1, seconds = result.seconds,
    path = folder .. "/env", original = entry.path, record = record_of(folder .. "/" .. reports(mode)),
    said = (result.stdout or "") .. (result.stderr or result.error or ""), before = known, after = seen,
    -- What the machine's own Python has is not known.
    most_left = not entry.item.system and (entry.item.left or 0) or nil }
end

--- Runs { { name, modes }, ... }, each on a copy of its own, on which its modes run in turn: only none, which changes
--- nothing, can come before another. As each ends, calls `judge(name, mode, see)`, with a function that looks at what
--- became of it and returns the run. `options`: jobs (2), program(folder, mode, database), which returns the spec.
function upgrade.each(runs, database, judge, options)
  options = options or {}
  local base, started, under_way = t.tempdir(), 0, {}
  for _, run in ipairs(runs) do cache.get(run.name) end
  local function start(run, folder, turn)
    under_way[#under_way + 1] = { run = run, folder = folder, turn = turn }
    return (options.program or upgrade.program)(folder, run.modes[turn], database)
  end
  local function next_spec()
    if started == #runs then return nil end
    started = started + 1
    local run = runs[started]
    local folder = ("%s/%d"):format(base, started)
    assert(fs.mkdirs(folder))
    cache.copy(run.name, folder .. "/env")
    return start(run, folder, 1)
  end
  local first = {}
  for i = 1, options.jobs or 2 do first[i] = next_spec() end
  tool.all(first, { on_done = function(result, index)
    local run, folder, turn = under_way[index].run, under_way[index].folder, under_way[index].turn
    judge(run.name, run.modes[turn], function()
      return observe(cache.get(run.name), run.modes[turn], folder, database, result)
    end)
    if run.modes[turn + 1] then return { start(run, folder, turn + 1) } end
    assert(fs.remove(folder))
    return { next_spec() }
  end })
end

return upgrade
