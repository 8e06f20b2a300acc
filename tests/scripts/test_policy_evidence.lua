--- What policies expect of the evidence: what may be skipped, what has to have run, how old a database may be.
local t = require "harness"
local json = require "pysec.json"
local support = require "policy_support"

local function item(fields)
  local own = { scanner = "osv", status = "complete", version = "1", skipped = json.array() }
  for key, value in pairs(fields or {}) do own[key] = value end
  return own
end

--- One whose packages were skipped.
local function skipping(names, fields)
  local skipped = json.array()
  for i, name in ipairs(names) do skipped[i] = { name = name, reason = "not on the index" } end
  local own = item { status = "incomplete", reason = "skipped " .. #names, only_skips = true, skipped = skipped }
  for key, value in pairs(fields or {}) do own[key] = value end
  return own
end

local function names_of(list)
  local names = {}
  for i, skip in ipairs(list) do names[i] = skip.name end
  return table.concat(names, " ")
end

--- The reasons that policies add, without their places.
local function reasons(text, items)
  local list = {}
  for _, one in ipairs(support.load(text):evidence(items)) do
    if one.scanner == "policy" then
      t.equal({ one.status, one.skipped }, { "incomplete", {} })
      list[#list + 1] = one.reason
    end
  end
  return list
end

t.test("without a rule the evidence stays as it is", function()
  local items = { item(), skipping { "acme-x" } }
  local judged = support.load(""):evidence(items)
  t.equal(judged, items)
  t.truthy(judged ~= items)
  t.equal(json.encode(support.load(""):evidence {}), "[]")
end)

t.test("skips that are all expected make no evidence incomplete", function()
  local set = support.load "evidence { expected_skips = { 'acme-*', 'internal' } }"
  local given = skipping { "acme-x", "Internal", "ACME_y" }
  local judged = set:evidence({ given })[1]
  t.equal({ judged.status, judged.reason, names_of(judged.skipped), names_of(judged.expected) },
    { "complete", nil, "", "acme-x Internal ACME_y" })
  t.equal(json.encode(judged.skipped), "[]")
  t.equal(given, skipping { "acme-x", "Internal", "ACME_y" }, "what was given stays as it was")
end)

t.test("one skip that is not expected keeps it incomplete", function()
  local judged = support.load("evidence { expected_skips = 'acme-*' }"):evidence({ skipping { "acme-x", "other" } })[1]
  t.equal({ judged.status, judged.reason, names_of(judged.skipped), names_of(judged.expected) },
    { "incomplete", "skipped 2", "other", "acme-x" })
end)

t.test("what is incomplete for another reason stays so", function()
  local set = support.load "evidence { expected_skips = '*' }"
  local died = skipping({ "acme-x" }, { only_skips = false, reason = "it died" })
  t.equal({ set:evidence({ died })[1].status, set:evidence({ died })[1].reason }, { "incomplete", "it died" })
  t.equal(set:evidence({ item { status = "incomplete", only_skips = true } })[1].status, "incomplete")
  t.equal(set:evidence({ item { status = "incomplete" } })[1].status, "incomplete")
end)

t.test("a skip without a name is never expected", function()
  local given = skipping({}, { skipped = json.array { { reason = "?" }, { name = 7 } } })
  t.equal(support.load("evidence { expected_skips = '*' }"):evidence({ given })[1].status, "incomplete")
end)

t.test("several rules expect together", function()
  local set = support.load "evidence { expected_skips = 'a' }\nevidence { expected_skips = re '^b' }"
  t.equal(set:evidence({ skipping { "a", "bx" } })[1].status, "complete")
end)

t.test("says which scanner did not run", function()
  local text = "\nevidence { scanners = { 'pip-audit', 'osv' } }"
  t.equal(reasons(text, { item(), item { scanner = "pip-audit" } }), {})
  t.equal(reasons(text, { item() }), { "acme.lua:2: the policy wants pip-audit, which did not run" })
  t.equal(reasons(text, {}), { "acme.lua:2: the policy wants pip-audit, which did not run",
    "acme.lua:2: the policy wants osv, which did not run" })
  t.equal(#reasons("evidence { scanners = 'osv' } evidence { scanners = 'bandit' }", {}), 2)
end)

t.test("a scanner that ran and failed is incomplete by itself", function()
  local judged = support.load("evidence { scanners = 'osv' }"):evidence { item { status = "incomplete",
    reason = "it died" } }
  t.equal({ #judged, judged[1].status }, { 1, "incomplete" })
end)

t.test("says that a database is too old, or of no known age", function()
  local function old(age) return reasons("evidence { max_database_age = 7 }",
    { item { database = { age_days = age } } }) end
  t.equal(old(0), {})
  t.equal(old(7), {})
  t.equal(old(8), { "acme.lua:1: the database that osv used is 8 days old, and the policy allows 7" })
  t.equal(old(7.5), { "acme.lua:1: the database that osv used is 7.5 days old, and the policy allows 7" })
  t.equal(old(nil), { "acme.lua:1: the age of the database that osv used is not known" })
  t.equal(#old(0 / 0), 1, "what is no number is not young")
  t.equal(#old(1 / 0), 1)
  t.equal(reasons("evidence { max_database_age = 7 }", { item() }), {}, "no database, no age")
  t.equal(reasons("evidence { max_database_age = 0 }", { item { database = { age_days = 0 } } }), {})
end)

t.test("every rule looks at every database", function()
  local items = { item { database = { age_days = 5 } }, item { scanner = "safety", database = { age_days = 9 } } }
  t.equal(#reasons("evidence { max_database_age = 7 }", items), 1)
  t.equal(#reasons("evidence { max_database_age = 7 } evidence { max_database_age = 3 }", items), 3)
end)

t.test("an audit hook may find the evidence incomplete", function()
  local set = support.load [[

on("audit", function(a)
  for _, e in ipairs(a.evidence) do
    if e.status ~= "complete" then return "incomplete", e.scanner .. " is not whole" end
  end
end)
]]
  local items = { item { status = "incomplete" } }
  t.equal(#assert(set:decide({}, { evidence = items })), 0)
  local judged = set:evidence(items)
  t.equal(judged[2], { scanner = "policy", status = "incomplete", reason = "acme.lua:2: osv is not whole",
    skipped = {} })
  assert(set:decide({}, { evidence = { item() } }))
  t.equal(#set:evidence { item() }, 1, "what an earlier decision found counts no more")
  assert(set:decide {})
end)

t.test("an audit hook cannot change the evidence", function()
  local set = support.load "on('audit', function(a) a.evidence[1].status = 'complete' a.evidence[1].skipped = {} end)"
  local items = { item { status = "incomplete" } }
  assert(set:decide({}, { evidence = items }))
  t.equal(set:evidence(items), { item { status = "incomplete" } })
end)

t.test("a regex that reaches its limits expects nothing, and says so", function()
  local set = support.load "\nevidence { expected_skips = re '^(a|aa)+$' }"
  local judged = set:evidence { skipping { ("a"):rep(60) .. "b" } }
  t.equal({ #judged, judged[1].status, judged[2].status }, { 2, "incomplete", "incomplete" })
  t.match(judged[2].reason, "^acme%.lua:2: regex: match limit exceeded")
end)

return t.finish()
