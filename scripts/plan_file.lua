--- Plans as files: what an upgrade would do, written by `--dry-run --plan FILE`, read by people and by `pysec apply`.
-- docs/reports.md describes the file.
local audit = require "audit"
local clock = require "pysec.clock"
local fs = require "pysec.fs"
local Hashes = require "edits.hashes"
local host = require "pysec.host"
local json = require "pysec.json"
local lists = require "lib.lists"
local plans = require "upgrade.plans"
local shape = require "lib.plan_shape"
local ui = require "pysec.ui"
local work = require "upgrade.work"

local plan_file = {}

local function fail(message)
  error({ failed = message }, 0)
end

--- The rules that bounded an upgrade, and let it through.
local function rules_on(set, upgrade)
  local list = json.array()
  for i, item in ipairs(set:narrowing(upgrade.package, upgrade.from)) do
    list[i] = { rule = item.rule, by = item.by, specifier = item.specifier, reason = item.reason }
  end
  return list
end

local function key(upgrade)
  return ("%s==%s"):format(upgrade.package, upgrade.to)
end

--- The hashes of what is planned, by "name==version". Two targets may go to different versions of a package, which no
-- single question allows.
local function find_hashes(job, plans_made)
  local known = {}
  for _, made in ipairs(plans_made) do
    local done, message = Hashes.new(job, known):fetch(made.upgrades or {})
    if not done then fail(("the plan cannot be written, because the index tells no hashes: %s"):format(message)) end
  end
  return known
end

local function describe(set, upgrade, known)
  local item = {}
  for name, value in pairs(upgrade) do item[name] = value end
  item.fixes = json.array(item.fixes)
  item.rules = rules_on(set, upgrade)
  item.hashes = known[key(upgrade)] and json.array(known[key(upgrade)]) or nil
  return item
end

local function inputs_of(job)
  local list = json.array()
  for i, target in ipairs(job.targets) do list[i] = { kind = target.kind, path = target.path } end
  return list
end

local function environment_of(gathered)
  if not gathered.environment then return nil end
  local packages = json.array()
  for i, package in ipairs(gathered.environment.packages) do
    packages[i] = { name = package.name, version = package.version }
  end
  return { path = gathered.environment.path, packages = packages, sync = gathered.sync_path }
end

--- JSON holds UTF-8 alone: another text would be changed, and the plan would fit nothing.
local function check_texts(changes)
  for _, change in ipairs(changes) do
    for _, text in ipairs { change.path, change.text, change.before } do
      if not utf8.len(text) then
        fail(("the plan cannot be written: %s holds what is no UTF-8; write it in UTF-8 first"):format(change.path))
      end
    end
  end
end

local function is_of_code(name)
  return audit.scanners[name] ~= nil and audit.scanners[name].kind ~= "vulnerability"
end

--- The findings and the evidence that upgrades have to do with: no plan changes code.
local function vulnerabilities(first)
  local findings, evidence = json.array(), json.array()
  for _, finding in ipairs(first.all) do
    if finding.kind == "vulnerability" then findings[#findings + 1] = finding end
  end
  for _, item in ipairs(first.evidence) do
    if not is_of_code(item.scanner) then evidence[#evidence + 1] = item end
  end
  return findings, evidence
end

--- Writes what was planned. `want` and `result` are upgrade.run's. Raises { failed }.
function plan_file.write(path, job, want, result)
  local gathered, message = work.gather(job, result.plans or {})
  if not gathered then fail(message) end
  check_texts(gathered.changes)
  local findings, evidence = vulnerabilities(want.first)
  local known = find_hashes(job, result.plans or {})
  local upgrades, refused = json.array(), json.array()
  for i, item in ipairs(result.planned or {}) do upgrades[i] = describe(want.set, item, known) end
  for i, item in ipairs(result.refused or {}) do refused[i] = describe(want.set, item, {}) end
  local files = json.array()
  for i, change in ipairs(gathered.changes) do
    files[i] = { path = change.path, before = change.before, text = change.text }
  end
  local ok, unwritten = fs.write(path, json.encode({
    format = shape.FORMAT, pysec = host.version(), created = clock.timestamp(), mode = want.mode.name,
    python_version = job.python_version, inputs = inputs_of(job), environment = environment_of(gathered),
    files = files, upgrades = upgrades, refused = refused, held_back = json.array(result.held_back),
    findings = findings, evidence = evidence,
    scanners = json.array(lists.keys(plans.scanners(want.first))),
  }, { pretty = true }) .. "\n")
  if not ok then fail("the plan cannot be written: " .. unwritten) end
  ui.info("the plan is in " .. path .. (result.status == "planned" and "; apply it by: pysec apply " .. path or ""))
end

local function scanner_problem(made)
  for _, name in ipairs(made.scanners) do
    local scanner = audit.scanners[name]
    if not scanner or scanner.kind ~= "vulnerability" then
      return ("scanners: there is no scanner of vulnerabilities named '%s'"):format(name)
    end
  end
end

--- Reads a plan. Raises { usage } for what is none.
function plan_file.read(path)
  local text, message = fs.read(path)
  if not text then error({ usage = message }, 0) end
  local made, problem = json.decode(text)
  if made == nil then error({ usage = ("%s: %s"):format(path, problem) }, 0) end
  problem = shape.problem(made) or scanner_problem(made)
  if problem then
    error({ usage = ("%s: %s; make it anew by: pysec --dry-run --plan %s"):format(path, problem, path) }, 0)
  end
  return made
end

return plan_file
