--- Which versions an advisory holds for, on records drawn at random and truly imported: against osv_oracle.py, which
--- evaluates them as https://ossf.github.io/osv-schema/#evaluation says.
local advisories = require "pysec.advisories"
local draw_records = require "host.draw_records"
local json = require "pysec.json"
local oracle = require "oracle"
local t = require "harness"
local version = require "pysec.version"

local PACKAGES, RECORDS = 1500, 2

local function normal_versions(list)
  local normal = json.array()
  for i, text in ipairs(list) do normal[i] = version.normalize(text) end
  return normal
end

local function import(folder)
  local db = assert(advisories.open(t.tempdir() .. "/a.db", { write = true }))
  assert(db:import(folder))
  return db
end

--- How often the answers are of each kind.
local function tally(answers)
  local seen = { invalid = 0, none = 0, one = 0, all = 0, ["with fixes"] = 0, ["rebuilt alone"] = 0 }
  local function count(kind, is_so) seen[kind] = seen[kind] + (is_so and 1 or 0) end
  for _, answer in ipairs(answers) do
    count("invalid", not answer)
    count("none", answer and #answer.ids == 0)
    count("one", answer and #answer.ids == 1)
    count("all", answer and #answer.ids == RECORDS)
    for _, fixes in ipairs(answer and answer.fixes or {}) do count("with fixes", #fixes > 0) end
    count("rebuilt alone", answer and #answer.ids > #answer.strict)
  end
  return seen
end

t.test("ids and fix versions are those of the schema's own evaluation", function()
  local folder, questions = t.tempdir(), {}
  local cases = draw_records.cases(20260501, { packages = PACKAGES, records = RECORDS })
  draw_records.write(folder .. "/records", draw_records.all(cases))
  for i, case in ipairs(cases) do
    for _, text in ipairs(case.versions) do questions[#questions + 1] = { case.name, text } end
    if i % 5 == 0 then questions[#questions + 1] = { case.name, case.versions[#case.versions] .. ".x" } end
  end
  local answers = oracle.ask("tests/host/osv_oracle.py", questions, "answer", folder .. "/records").answers

  for kind, count in pairs(tally(answers)) do t.truthy(count >= 100, ("%s: %d times"):format(kind, count)) end
  for _, answer in ipairs(answers) do
    if answer then answer.strict = nil end
  end
  local db <close> = import(folder .. "/records")
  oracle.compare(questions, answers, function(question)
    local hits, _, code = db:query(question[1], question[2])
    if not hits then return code ~= "EINVAL" and code end
    local ids, fixes = json.array(), json.array()
    for i, hit in ipairs(hits) do ids[i], fixes[i] = hit.id, normal_versions(hit.fix_versions) end
    return { ids = ids, fixes = fixes }
  end)
end)

return t.finish()
