--- db:audit and db:rate: many packages at once, flaws instead of records, and how bad they are.
local t = require "harness"
local advisories = require "pysec.advisories"
local fs = require "pysec.fs"
local json = require "pysec.json"

local ALL = { { introduced = "0" } }
local HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
local CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"

--- A record about one package; `fields` replace or add to what it holds.
local function record(id, package, events, fields)
  local made = {
    id = id, modified = "2024-01-01T00:00:00Z",
    affected = json.array { {
      package = { ecosystem = "PyPI", name = package },
      ranges = json.array { { type = "ECOSYSTEM", events = json.array(events) } },
    } },
  }
  for name, value in pairs(fields or {}) do made[name] = value end
  if made.aliases then made.aliases = json.array(made.aliases) end
  return made
end

local function vectors(...)
  local list = {}
  for i, vector in ipairs { ... } do list[i] = { type = "CVSS_V3", score = vector } end
  return json.array(list)
end

local function database(records)
  local folder = t.tempdir()
  for i, value in ipairs(records) do assert(fs.write(("%s/%03d.json"):format(folder, i), json.encode(value))) end
  local path = t.tempdir() .. "/a.db"
  local db = assert(advisories.open(path, { write = true }))
  assert(db:import(folder))
  return db, path
end

--- The packages of "one 1, two 2.0".
local function packages(text)
  local list = {}
  for name, version in text:gmatch "([^%s,]+) ([^%s,]+)" do list[#list + 1] = { name = name, version = version } end
  return list
end

--- What an audit finds, as "1:A-1 2:A-2".
local function found(db, text)
  local list = {}
  for i, flaw in ipairs(assert(db:audit(packages(text)))) do list[i] = flaw.package .. ":" .. flaw.id end
  return table.concat(list, " ")
end

t.test("flaws come in the order of the packages, then of their ids", function()
  local db = database {
    record("A-2", "one", ALL), record("A-1", "one", { { introduced = "0" }, { fixed = "2" } }),
    record("B-1", "Two", { { introduced = "3" } }),
  }
  t.equal(found(db, "two 3, one 1, none 1, one 2, TWO 2, one 1"), "1:B-1 2:A-1 2:A-2 4:A-2 6:A-1 6:A-2")
  t.equal(json.encode(db:audit {}), "[]")
end)

t.test("a flaw says all that a finding needs", function()
  local db = database { record("PYSEC-1", "one", { { introduced = "0" }, { fixed = "1.5" }, { introduced = "1.9" },
    { fixed = "2.0" } }, { aliases = { "GHSA-1", "CVE-1" }, summary = "Bad.", severity = vectors(HIGH) }) }
  local flaws, invalid = db:audit { { name = "One", version = "1.0", line = 7 } }
  t.equal(flaws[1], { package = 1, id = "PYSEC-1", aliases = { "CVE-1", "GHSA-1" }, summary = "Bad.",
    fix_versions = { "1.5", "2.0" }, severity = "high", score = 7.5, vector = HIGH, modified = "2024-01-01T00:00:00Z",
    ids = { "PYSEC-1" } })
  t.equal(invalid, nil)
  t.match(json.encode(flaws), '"ids":%["PYSEC%-1"%]')
end)

t.test("a second package with the flaw has a table of its own", function()
  local db = database { record("A-1", "one", ALL) }
  local flaws = db:audit(packages "one 1, one 1")
  flaws[1].note = "mine"
  t.equal(flaws[2].note, nil)
  t.equal(flaws[2].package, 2)
end)

t.test("records that share an id or an alias are one flaw, named after PyPA's", function()
  local db = database {
    record("GHSA-1", "one", { { introduced = "0" }, { fixed = "1.2" } },
      { aliases = { "CVE-1" }, summary = "From GitHub.", modified = "2024-03-01T00:00:00Z" }),
    record("PYSEC-1", "one", { { introduced = "0" }, { fixed = "1.3" } }, { aliases = { "CVE-1" } }),
    record("OTHER-1", "one", ALL, { aliases = { "GHSA-1", "X-1" } }),
    record("MAL-1", "one", ALL, { aliases = { "X-2" } }),
    record("GHSA-2", "one", ALL, { aliases = { "X-2" } }),
  }
  local flaws = db:audit(packages "one 1")
  t.equal(#flaws, 2)
  t.equal({ flaws[1].id, flaws[1].aliases }, { "MAL-1", { "GHSA-2", "X-2" } })
  t.equal({ flaws[2].id, flaws[2].aliases }, { "PYSEC-1", { "CVE-1", "GHSA-1", "OTHER-1", "X-1" } })
  t.equal(flaws[2].ids, { "PYSEC-1", "GHSA-1", "OTHER-1" })
  t.equal(flaws[2].fix_versions, { "1.2", "1.3" })
  t.equal({ flaws[2].summary, flaws[2].modified }, { "From GitHub.", "2024-03-01T00:00:00Z" })
end)

t.test("what holds for another version or package joins no flaws", function()
  local db = database {
    record("A-1", "one", ALL, { aliases = { "X-1" } }),
    record("A-2", "one", ALL, { aliases = { "X-2" } }),
    record("B-1", "two", ALL, { aliases = { "X-1", "X-2" } }),
    record("C-1", "one", { { introduced = "5" } }, { aliases = { "X-1", "X-2" } }),
  }
  t.equal(found(db, "one 1"), "1:A-1 1:A-2")
  t.equal(found(db, "one 5"), "1:A-1")
end)

t.test("what is no version or no name is told from what has no flaws", function()
  local db = database { record("A-1", "one", ALL) }
  local flaws, invalid = db:audit { { name = "one", version = "latest" }, { name = "one", version = "1" },
    { name = "", version = "1" }, { name = "one", version = "latest" }, { name = "one==1", version = "1" } }
  t.equal(#flaws, 1)
  t.equal(invalid, {
    { package = 1, reason = "version 'latest' is not valid by PEP 440" },
    { package = 3, reason = "the name is not valid by PEP 508, or too long" },
    { package = 4, reason = "version 'latest' is not valid by PEP 440" },
    { package = 5, reason = "the name is not valid by PEP 508, or too long" },
  })
  t.raises(function() db:audit { { name = "one", version = "1" }, { name = "one" } } end,
    "packages%[2%]%.version: string expected, got nil")
  t.raises(function() db:audit { "one" } end, "packages%[1%]: table expected")
  t.raises(function() db:audit() end, "table expected")
  t.equal(found(db, "one 1"), "1:A-1", "and it goes on")
end)

-- Severity

--- The severity and score of a record with these fields.
local function rated(fields)
  local db = database { record("A-1", "one", ALL, fields) }
  local flaw = db:audit(packages "one 1")[1]
  local hit = db:query("one", "1")[1]
  t.equal({ hit.severity, hit.score, hit.vector }, { flaw.severity, flaw.score, flaw.vector })
  return flaw.severity .. " " .. tostring(flaw.score)
end

local function entry(fields)
  local made = record("A-1", "one", ALL).affected[1]
  for name, value in pairs(fields) do made[name] = value end
  return made
end

t.test("the highest vector counts, of the record and of its entries about PyPI", function()
  t.equal(rated { severity = vectors(HIGH, CRITICAL, HIGH) }, "critical 9.8")
  t.equal(rated { severity = vectors(HIGH), affected = json.array { entry { severity = vectors(CRITICAL) } } },
    "critical 9.8")
  local npm = entry { severity = vectors(CRITICAL), package = { ecosystem = "npm", name = "one" } }
  t.equal(rated { severity = vectors(HIGH), affected = json.array { entry {}, npm } }, "high 7.5")
  t.equal(rated { severity = json.array { { type = "CVSS_V2", score = "AV:N/AC:L/Au:N/C:P/I:P/A:P" } } }, "high 7.5")
end)

t.test("without a vector that can be read the database's own word counts, and unknown stays unknown", function()
  t.equal(rated { severity = vectors "CVSS:9.9/X:Y", database_specific = { severity = "MODERATE" } }, "medium nil")
  t.equal(rated { severity = vectors(HIGH), database_specific = { severity = "CRITICAL" } }, "high 7.5")
  t.equal(rated { affected = json.array { entry { ecosystem_specific = { severity = "Low" } } } }, "low nil")
  t.equal(rated { affected = json.array { entry { database_specific = { severity = "High" } } } }, "high nil")
  t.equal(rated {}, "unknown nil")
  t.equal(rated { severity = "bad", database_specific = json.array {} }, "unknown nil")
  t.equal(rated { severity = json.array { json.null, { score = 9 } } }, "unknown nil")
end)

t.test("what newer schemas add does not disturb, whatever it holds", function()
  local db = database { record("A-1", "one", ALL, {
    schema_version = "1.7.4", upstream = json.array { "CVE-9" }, related = json.array { 1, json.null },
    credits = json.array { { name = "Ann", type = "FINDER" } }, references = "none",
    future = { deep = json.array { 1 } },
    affected = json.array {
      entry { severity = "none", ecosystem_specific = json.null, database_specific = json.array {}, future = 1 },
    },
  }) }
  t.equal(found(db, "one 1"), "1:A-1")
  t.equal(db:rate { "CVE-9" }, nil, "upstream is no alias")
end)

t.test("malware is critical", function()
  local db = database { record("MAL-2024-1", "one", ALL, { severity = vectors(HIGH) }) }
  local flaw = db:audit(packages "one 1")[1]
  t.equal({ flaw.severity, flaw.score }, { "critical", nil })
end)

t.test("a flaw is as bad as the worst of its aliases says, in force and directly or not", function()
  local db = database {
    record("PYSEC-1", "one", { { introduced = "0" }, { fixed = "2" } }, { aliases = { "CVE-1" } }),
    record("A-1", "other", ALL, { aliases = { "CVE-1", "CVE-2" } }),
    record("GHSA-1", "one", { { introduced = "9" } }, { aliases = { "CVE-2" }, severity = vectors(HIGH) }),
    record("GHSA-2", "one", ALL, { aliases = { "CVE-2" }, severity = vectors(CRITICAL),
      withdrawn = "2024-01-01T00:00:00Z" }),
    record("Z-1", "last", ALL, { aliases = { "CVE-1" } }),
  }
  local flaw, last = table.unpack(db:audit(packages "one 1, last 1"))
  t.equal({ flaw.id, flaw.severity, flaw.score, flaw.vector }, { "PYSEC-1", "high", 7.5, HIGH })
  t.equal({ last.id, last.severity, last.score, last.vector }, { "Z-1", "high", 7.5, HIGH })
  t.equal(db:query("one", "1")[1].severity, "high")
end)

t.test("a rating goes up and down with what is imported later", function()
  local db = database { record("A-1", "one", ALL, { aliases = { "CVE-1" } }) }
  local function import(made)
    local path = t.tempdir() .. "/r.json"
    assert(fs.write(path, json.encode(made)))
    assert(db:import(path))
    return db:audit(packages "one 1")[1].severity
  end
  t.equal(import(record("B-1", "two", ALL, { aliases = { "CVE-1" }, severity = vectors(HIGH) })), "high")
  t.equal(import(record("B-1", "two", ALL, { modified = "2024-02-01T00:00:00Z", severity = vectors(HIGH) })),
    "unknown")
end)

t.test("rate answers for ids and aliases, and says what it knows of them", function()
  local db = database {
    record("PYSEC-1", "one", ALL, { aliases = { "CVE-1" } }),
    record("GHSA-1", "one", ALL, { aliases = { "CVE-1" }, severity = vectors(HIGH) }),
    record("GHSA-2", "two", ALL, { aliases = { "CVE-2" }, severity = vectors(CRITICAL) }),
    record("GHSA-3", "two", ALL, { aliases = { "CVE-3" }, withdrawn = "2024-01-01T00:00:00Z" }),
  }
  local both = { severity = "high", score = 7.5, vector = HIGH, ids = { "GHSA-1", "PYSEC-1" } }
  t.equal(db:rate { "CVE-1" }, both)
  t.equal(db:rate { "CVE-1", "GHSA-1", "CVE-9" }, both)
  t.equal(db:rate { "PYSEC-1" }, { severity = "high", score = 7.5, vector = HIGH, ids = { "PYSEC-1" } })
  t.equal(db:rate { "CVE-1", "GHSA-2" }.severity, "critical")
  t.equal({ db:rate { "CVE-9" } }, {})
  t.equal({ db:rate { "CVE-3" } }, {}, "withdrawn")
  t.equal({ db:rate {} }, {})
  t.equal({ db:rate { "GHSA-2\0" } }, {}, "a zero byte")
  t.raises(function() db:rate { 1 } end, "ids%[1%]: string expected")
end)

t.test("what cannot be read fails, and is never an empty answer", function()
  local db, path = database { record("A-1", "one", ALL) }
  db:close()
  t.raises(function() db:audit {} end, "closed")
  t.raises(function() db:rate {} end, "closed")
  local fresh = assert(advisories.open(path .. ".new", { write = true }))
  local none, message, code = fresh:audit(packages "one 1")
  t.equal({ none, code }, { nil, "ENODATA" }, message)
  t.equal(select(3, fresh:rate { "A-1" }), "ENODATA")
end)

t.test("a chain of many records is one flaw for each part of it that holds", function()
  local records = {}
  for i = 1, 300 do
    local events = i == 200 and { { introduced = "2" } } or ALL
    records[i] = record(("X-%03d"):format(301 - i), "one", events,
      { aliases = { ("C-%d"):format(i), ("C-%d"):format(i + 1) } })
  end
  records[301] = record("PYSEC-1-1", "one", ALL, { aliases = { "C-250" } })
  local db = database(records)
  t.equal(found(db, "one 1, one 2"), "1:PYSEC-1-1 1:X-102 2:PYSEC-1-1")
  local flaws = assert(db:audit(packages "one 1"))
  t.equal({ #flaws[1].ids, #flaws[2].ids, flaws[1].ids[1], flaws[1].ids[2] }, { 101, 199, "PYSEC-1-1", "X-001" })
end)

return t.finish()
