--- The engine against the real pip-audit, and both against osv_oracle.py, which evaluates records as OSV's schema says
--- and shares nothing with either. pip-audit matches nothing itself, it takes what its service answers: so it is run
--- twice, on the engine's service and on the oracle's.
---
--- The data: this project's own small set; records drawn at random; and all of PyPA's advisories where an export of
--- OSV's is there: PYSEC_TEST_EXPORT names it, or it lies in ../shared/osv beside the project.
local Draw = require "host.draw"
local advisories = require "pysec.advisories"
local draw_records = require "host.draw_records"
local env = require "pysec.env"
local fs = require "pysec.fs"
local json = require "pysec.json"
local oracle = require "oracle"
local pip_audit = require "host.pip_audit"
local support = require "support"
local t = require "harness"
local version = require "pysec.version"

local ORACLE = "tests/host/osv_oracle.py"
local EXPORT = env.get "PYSEC_TEST_EXPORT" or t.root .. "/../shared/osv/PyPI-all.zip"

--- Every difference that is none of the engine's mistakes, with its reason. A rebuilt version (1.0+cpu) has the flaws
--- of the one that it was built from, also where that one is listed, or the last that is affected: the schema's
--- evaluation, word for word, puts 1.0+cpu above 1.0 and finds nothing.
local REBUILT = "the engine takes a rebuilt version for the one that it was built from"
local EXPLAINED = {
  ["py==1.11.0+local.1 PYSEC-2022-42969"] = REBUILT,
  ["gevent==23.9.0+local.1 PYSEC-2023-177"] = REBUILT,
}

--- Packages that pip-audit ends with a traceback on, and why.
local FATAL = {
  steam = "PYSEC-2019-125 says that 2019-09-12 fixes it, which is no version by PEP 440",
}

-- --- the draw ---

local function edges(data)
  local packages, names = oracle.ask(ORACLE, json.null, "draw", data).answers, {}
  for name in pairs(packages) do names[#names + 1] = name end
  table.sort(names)
  return packages, names
end

--- A name as somebody may have written it.
local function respelled(draw, name)
  if not draw:chance(30) then return name end
  return (draw:any_case(name):gsub("%-", function() return draw:pick { "_", ".", "--" } end))
end

--- Draws `count` pins that are wanted, { name, version, as written }: mostly versions that lie on or beside an event,
--- or are listed.
local function draw_pins(draw, data, count, is_wanted)
  local packages, names = edges(data)
  local pins, taken = {}, {}
  while #pins < count do
    local name = draw:pick(names)
    local text = draw:chance(90) and draw:pick(packages[name]) or version.normalize(draw:version())
    if is_wanted(name, text) and not taken[name .. "==" .. text] then
      taken[name .. "==" .. text] = true
      pins[#pins + 1] = { name, text, respelled(draw, name) }
    end
  end
  return pins
end

-- --- comparing ---

local Differences = {}
Differences.__index = Differences

function Differences:add(pin, id, what)
  local key = ("%s==%s %s"):format(pin[1], pin[2], id)
  if not EXPLAINED[key] then self[#self + 1] = key .. ": " .. what end
end

local function set(list)
  local members = {}
  for _, word in ipairs(list) do members[word] = true end
  return members
end

--- Adds what is in one list and not in the other.
function Differences:lists(pin, ours, theirs, who)
  local mine, other = set(ours), set(theirs)
  for id in pairs(mine) do
    if not other[id] then self:add(pin, id, "the engine alone, not " .. who) end
  end
  for id in pairs(other) do
    if not mine[id] then self:add(pin, id, who .. " alone, not the engine") end
  end
end

--- The engine against the oracle: ids and fix versions, by query and by audit.
local function compare_with_oracle(db, data, pins, differences)
  local questions, packages = json.array(), {}
  for i, pin in ipairs(pins) do
    questions[i], packages[i] = { pin[1], pin[2] }, { name = pin[3], version = pin[2] }
  end
  local answers = oracle.ask(ORACLE, questions, "answer", data).answers
  local audited, flaws = {}, assert(db:audit(packages))
  for _, flaw in ipairs(flaws) do
    local ids = audited[flaw.package] or {}
    audited[flaw.package] = table.move(flaw.ids, 1, #flaw.ids, #ids + 1, ids)
  end
  local hits_in_all = 0
  for i, pin in ipairs(pins) do
    local ids = {}
    for j, hit in ipairs(assert(db:query(pin[3], pin[2]))) do
      ids[j] = hit.id
      local fixes = {}
      for k, fix in ipairs(hit.fix_versions) do fixes[k] = version.normalize(fix) end
      t.equal(table.concat(fixes, " "), table.concat(answers[i].fixes[j] or {}, " "),
        ("%s==%s %s: fix versions"):format(pin[1], pin[2], hit.id))
    end
    t.equal(ids, { table.unpack(answers[i].ids) }, pin[1] .. "==" .. pin[2])
    table.sort(audited[i] or {})
    t.equal(audited[i] or {}, ids, pin[1] .. "==" .. pin[2] .. ": audit")
    differences:lists(pin, ids, answers[i].strict, "the schema's evaluation")
    hits_in_all = hits_in_all + #ids
  end
  return flaws, hits_in_all
end

local function names_of(finding)
  local names = set(finding.aliases)
  names[finding.id] = true
  return names
end

--- Whether the one set holds every word of the other.
local function holds_all(names, others)
  for name in pairs(others) do
    if not names[name] then return false end
  end
  return true
end

local function has_version(list, wanted)
  for _, text in ipairs(list) do
    if version.compare(text, wanted) == 0 then return true end
  end
  return false
end

--- One package's flaws against pip-audit's vulns. pip-audit joins by alias as the engine does, but never two PYSEC
--- records, not through a third, and it drops the ids of what it joins: so each vuln is a part of one flaw, and each
--- flaw has one. That a flaw has the right records is for the oracle to say.
local function compare_findings(pin, flaws, vulns, differences)
  local found = {}
  for _, vuln in ipairs(vulns) do
    local home
    for _, flaw in ipairs(flaws) do
      if holds_all(names_of(flaw), names_of(vuln)) then home = flaw end
    end
    if not home then differences:add(pin, vuln.id, "pip-audit alone, not the engine") end
    found[home or vuln] = true
    for _, fix in ipairs(vuln.fix_versions) do
      if version.compare(fix, pin[2]) > 0 and not has_version(home and home.fix_versions or {}, fix) then
        differences:add(pin, vuln.id, "fix version " .. fix .. " of pip-audit alone")
      end
    end
  end
  for _, flaw in ipairs(flaws) do
    if not found[flaw] then differences:add(pin, flaw.id, "the engine alone, not pip-audit") end
  end
end

local function ids_of(vulns)
  local ids = {}
  for i, vuln in ipairs(vulns) do ids[i] = vuln.id end
  return ids
end

--- Runs everything on a zip or folder of records: what `count` pins drawn from it have.
local function three_way(data, seed, count, is_wanted)
  local folder = t.tempdir()
  local db <close> = assert(advisories.open(folder .. "/a.db", { write = true }))
  assert(db:import(data))
  local pins = draw_pins(Draw.new(seed), data, count, is_wanted)
  local files = pip_audit.write(folder, pins)
  local service <close> = assert(advisories.serve(folder .. "/a.db"))
  local on_engine = pip_audit.run(files, service:url() .. "/v1/query")
  local on_oracle = pip_audit.run(files, "{url}", oracle.command(ORACLE, "serve", data))

  local differences = setmetatable({}, Differences)
  local flaws, hits = compare_with_oracle(db, data, pins, differences)
  local by_package = {}
  for _, flaw in ipairs(flaws) do
    by_package[flaw.package] = by_package[flaw.package] or {}
    table.insert(by_package[flaw.package], flaw)
  end
  for i, pin in ipairs(pins) do
    local key = pin[1] .. "==" .. pin[2]
    t.truthy(on_engine[key], "pip-audit does not speak of " .. key)
    compare_findings(pin, by_package[i] or {}, on_engine[key], differences)
    differences:lists(pin, ids_of(on_engine[key]), ids_of(on_oracle[key]), "pip-audit on the schema's evaluation")
    if t.show(ids_of(on_engine[key])) == t.show(ids_of(on_oracle[key])) then
      t.equal(on_engine[key], on_oracle[key], key)
    end
  end
  table.sort(differences)
  t.equal({ table.unpack(differences) }, {})
  t.truthy(hits >= count // 2, hits .. " findings in " .. count .. " pins")
end

local function any() return true end

t.test("the project's own advisories", function()
  local data = t.tempdir()
  for _, folder in ipairs { t.root .. "/tests/fixtures/advisories", support.example .. "/advisories" } do
    for _, name in ipairs(fs.list(folder)) do
      assert(fs.write(data .. "/" .. name, assert(fs.read(folder .. "/" .. name))))
    end
  end
  three_way(data, 20260601, 50, any)
end)

--- Gives records ids of several databases, and aliases by which some are the same flaw.
local function alias(cases)
  local draw = Draw.new(20260602)
  for i, case in ipairs(cases) do
    for j, record in ipairs(case.records) do
      record.id = draw:pick { "PYSEC-2024-%d%d", "GHSA-%d-%d", "GHSA-%d-%d", "CVE-2024-%d%d", "OSV-%d-%d" }:format(i, j)
      for _ = 1, draw:below(3) - 1 do
        table.insert(record.aliases, ("CVE-2023-%d%d"):format(i, draw:below(4)))
      end
      if j > 1 and draw:chance(30) then table.insert(record.aliases, case.records[j - 1].id) end
    end
  end
  return cases
end

t.test("records drawn at random, of several databases, with aliases", function()
  local data = t.tempdir() .. "/records"
  local cases = draw_records.cases(20260603, { packages = 250, records = 3, plain = true })
  draw_records.write(data, draw_records.all(alias(cases)))
  -- Rebuilt versions are for test_advisories_schema.lua: there are too many to explain each.
  three_way(data, 20260604, 500, function(_, text) return not text:find("+", 1, true) end)
end)

if fs.stat(EXPORT) then
  t.test("all of PyPA's advisories: 500 pins", function()
    three_way(EXPORT, 20260605, 500, function(name) return not FATAL[name] end)
  end)

  t.test("all of PyPA's advisories: thousands of pins, by the oracle alone", function()
    local folder, differences = t.tempdir(), setmetatable({}, Differences)
    local db <close> = assert(advisories.open(folder .. "/a.db", { write = true }))
    assert(db:import(EXPORT))
    local packages, names = edges(EXPORT)
    local pins = {}
    for _, name in ipairs(names) do
      for i, text in ipairs(packages[name]) do
        if i % 8 == 0 or text:find("+", 1, true) then pins[#pins + 1] = { name, text, name } end
      end
    end
    compare_with_oracle(db, EXPORT, pins, differences)
    t.equal({ table.unpack(differences) }, {})
    t.truthy(#pins > 5000, #pins .. " pins")
  end)
end

return t.finish()
