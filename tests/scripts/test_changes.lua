--- What a solved set changes, and the audits of one set after the other.
local audit = require "audit"
local changes = require "plan.changes"
local t = require "harness"

--- Lets `answer(package)` stand for the audit of a package: its findings. Returns what is asked, a line each time.
local function with_audit(answer, body)
  local kept, asked = audit.quietly, {}
  audit.quietly = function(_, packages)
    local found, words = {}, {}
    for i, package in ipairs(packages) do
      words[i] = package.name .. " " .. package.version
      for _, finding in ipairs(answer(package)) do found[#found + 1] = finding end
    end
    asked[#asked + 1] = table.concat(words, ", ")
    return found
  end
  local ok, problem = pcall(body)
  audit.quietly = kept
  if not ok then error(problem, 0) end
  return asked
end

local function flaw(package)
  return { { id = "X-" .. package.name, package = package.name, version = package.version } }
end

local function ids(found)
  local list = {}
  for i, finding in ipairs(found) do list[i] = finding.id .. " " .. finding.version end
  return list
end

local OSV = { osv = true }

t.test("a version is audited once, whatever set it is in", function()
  local job, present = {}, { a = "1", b = "1", c = "1" }
  local asked = with_audit(flaw, function()
    local function still(versions) return ids(changes.remaining_findings(job, OSV, present, versions)) end
    t.equal(still { a = "1", b = "1", c = "1" }, {})
    t.equal(still { a = "2", b = "1", c = "1" }, { "X-a 2" })
    t.equal(still { a = "2", b = "2", c = "1" }, { "X-a 2", "X-b 2" })
    t.equal(still { a = "3", b = "2", c = "1", d = "1" }, { "X-a 3", "X-b 2", "X-d 1" })
    t.equal(still { a = "2", b = "1", c = "1" }, { "X-a 2" })
  end)
  t.equal(asked, { "a 2", "b 2", "a 3, d 1" })
end)

t.test("what is clean is remembered as well, and what other scanners said is not", function()
  local job, present, versions = {}, { a = "1" }, { a = "2" }
  local asked = with_audit(function() return {} end, function()
    for _, scanners in ipairs { OSV, OSV, { osv = true, safety = true }, { safety = true, osv = true } } do
      t.equal(changes.remaining_findings(job, scanners, present, versions), {})
    end
  end)
  t.equal(asked, { "a 2", "a 2" })
end)

t.test("an audit that fails is no clean one", function()
  local job, count = {}, 0
  with_audit(function(package)
    count = count + 1
    if count == 1 then error({ incomplete = "no report" }, 0) end
    return flaw(package)
  end, function()
    local ok, problem = pcall(changes.remaining_findings, job, OSV, { a = "1" }, { a = "2" })
    t.equal({ ok, problem.incomplete }, { false, "no report" })
    t.equal(#changes.remaining_findings(job, OSV, { a = "1" }, { a = "2" }), 1)
  end)
end)

t.test("findings that change in one round do not change in the next", function()
  local job = {}
  with_audit(flaw, function()
    table.insert(changes.remaining_findings(job, OSV, { a = "1" }, { a = "2" }), "more")
    t.equal(#changes.remaining_findings(job, OSV, { a = "1" }, { a = "2" }), 1)
  end)
end)

return t.finish()
