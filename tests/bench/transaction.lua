--- What it costs that an upgrade can be taken back: copying and restoring a large environment, and the share of an
-- upgrade that goes into its transaction.
--
-- PYSEC_BENCH_FOLDER is where the environments are made ($TMPDIR without it); on a file system with reflinks the bound
-- of copying and restoring is another.
local advisories = require "pysec.advisories"
local clock = require "pysec.clock"
local env = require "pysec.env"
local fs = require "pysec.fs"
local json = require "pysec.json"
local measure = require "bench.measure"
local toolbox = require "toolbox"
local Transaction = require "transaction"

local program, root = env.get "PYSEC_TEST_PROGRAM", env.get "PYSEC_TEST_ROOT"
local folder = assert(fs.tempdir(env.get "PYSEC_BENCH_FOLDER"))
local box = toolbox.open()

-- Some 300 MB, and of it what the advisories of the example know a fix of.
local LARGE = { "numpy==1.26.4", "pandas==2.2.2", "scipy==1.13.1", "matplotlib==3.9.0", "scikit-learn==1.5.0" }
local OLD = { "flask==0.12", "jinja2==2.10", "werkzeug==0.14.1", "requests==2.19.1", "urllib3==1.23" }

local function uv(...)
  local spec = table.pack(box:command("uv")[1], ...)
  spec.n, spec.env = nil, toolbox.environment "uv"
  measure.run(spec, { 0 })
end

local function make(name, requirements)
  local path = folder .. "/" .. name .. "/.venv"
  assert(fs.mkdirs(folder .. "/" .. name))
  uv("venv", "--quiet", "--python", box:python(), path)
  local words = { "pip", "install", "--quiet", "--no-config", "--link-mode", "copy", "--python", path .. "/bin/python" }
  uv(table.unpack(table.move(requirements, 1, #requirements, #words + 1, words)))
  return folder .. "/" .. name
end

-- --- the environments ---

local function seconds(body)
  local started = clock.monotonic()
  body()
  return clock.monotonic() - started
end

local all = table.move(OLD, 1, #OLD, #LARGE + 1, table.move(LARGE, 1, #LARGE, 1, {}))
local large = make("large", all)
local path = large .. "/.venv"
local size = assert(fs.measure(path))
local has_reflinks = assert(fs.space(large)).reflinks
local bound = has_reflinks and "0.2 s" or "2 s"
measure.report("environment", ("%d MB, %d files"):format(size.bytes // 2 ^ 20, size.entries))

-- --- the share of an upgrade ---

local TRANSACTION = { snapshot = true, commit = true, restore = true }

--- Upgrades a copy of a project with all scanners; the share of its time that went into the transaction.
local function share(project)
  local list = {}
  for i = 1, 3 do
    local copy = ("%s/%s-%d"):format(folder, project:match "[^/]+$", i)
    assert(fs.copy(project, copy))
    assert(fs.copy(root .. "/examples/vulnerable-app/safety-db", copy .. "/safety-db"))
    local db = assert(advisories.open(copy .. "/advisories.db", { write = true }))
    assert(db:import(root .. "/examples/vulnerable-app/advisories"))
    db:close()
    -- What was just copied would otherwise be brought to the disk by the upgrade.
    assert(fs.sync(copy))
    measure.run({ program, "--advisories", "local", "--database", "advisories.db", "--safety-db", "safety-db",
      "--reports", "reports", cwd = copy }, { 0, 1 })
    local own, rest = 0, 0
    for _, name in ipairs(fs.list(copy .. "/reports")) do
      local is_summary = name:match "^security%-summary.*%.json$"
      for _, item in ipairs(is_summary and assert(json.read(copy .. "/reports/" .. name)).times or {}) do
        if TRANSACTION[item.phase] then own = own + item.seconds else rest = rest + item.seconds end
      end
    end
    list[i] = own / rest
  end
  return measure.median(list)
end

local function report_share(project, text)
  measure.report("overhead of the transaction, " .. text, ("%.1f %%"):format(100 * share(project)), "15 %")
end

report_share(make("small", OLD), "12 packages")
report_share(large, ("%d MB"):format(size.bytes // 2 ^ 20))
-- ext4 takes several times as long for a copy soon after a tree of that size was removed, so this comes last.
local saved, restored = {}, {}
for i = 1, 5 do
  local transaction
  saved[i] = seconds(function()
    transaction = Transaction.begin({ environment = { path = path }, changes = {} }, function() end)
  end)
  restored[i] = seconds(function() transaction:restore() end)
end
measure.report("snapshot" .. (has_reflinks and " (reflinks)" or ""), ("%.2f s"):format(measure.median(saved)), bound)
measure.report("restore", ("%.2f s"):format(measure.median(restored)), bound)
fs.remove(folder)
