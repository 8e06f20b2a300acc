--- Records of several sources in one database, and what the database says of them.
local t = require "harness"
local advisories = require "pysec.advisories"
local fs = require "pysec.fs"
local json = require "pysec.json"

--- A record about the package "one"; `fields` replace or add to what it holds.
local function record(id, fields)
  local made = {
    id = id, modified = "2024-01-01T00:00:00Z",
    affected = json.array { {
      package = { ecosystem = "PyPI", name = "one" },
      ranges = json.array { { type = "ECOSYSTEM", events = json.array { { introduced = "0" } } } },
    } },
  }
  for name, value in pairs(fields or {}) do made[name] = value end
  return made
end

local function folder(records)
  local made = t.tempdir()
  for i, value in ipairs(records) do assert(fs.write(("%s/%d.json"):format(made, i), json.encode(value))) end
  return made
end

local function open()
  local path = t.tempdir() .. "/a.db"
  return assert(advisories.open(path, { write = true })), path
end

local function ids(db)
  local list = {}
  for i, hit in ipairs(assert(db:query "one")) do list[i] = hit.id end
  return table.concat(list, " ")
end

t.test("fewer records than are wanted change nothing", function()
  local db <close> = open()
  assert(db:import(folder { record "A-1", record "A-2" }))
  local few = folder { record "A-3" }
  local counts, message, code = db:import(few, { replace = true, least = 2 })
  t.equal({ counts, code }, { nil, "EFEW" })
  t.equal(message, few .. ": holds 1 of the 2 records about PyPI that are wanted")
  t.equal(db:info().count, 2)
  t.equal(assert(db:import(few, { replace = true, least = 1 })).removed, 2)
  for _, least in ipairs { -1, 1.5, "many", true } do
    t.raises(function() db:import(few, { least = least }) end, "least: 0 to")
  end
end)

t.test("replace drops what the source does not bring any more, and of no other source", function()
  local db = open()
  assert(db:import(folder { record "A-1", record "A-2" }, { source = "https://a" }))
  assert(db:import(folder { record "B-1" }))
  local counts = db:import(folder { record "A-2", record "A-3" }, { source = "https://a", replace = true })
  t.equal({ counts.added, counts.unchanged, counts.removed }, { 1, 1, 1 })
  t.equal(ids(db), "A-2 A-3 B-1")
  t.equal(select(3, db:get "A-1"), "ENOENT")
  t.equal(db:info().count, 3)
  t.equal(db:verify(), true)
  t.equal(db:import(folder { record "A-4" }, { source = "https://a" }).removed, 0, "without replace nothing goes")
  t.equal(ids(db), "A-2 A-3 A-4 B-1")
end)

t.test("an import that fails drops nothing", function()
  local db = open()
  assert(db:import(folder { record "A-1", record "A-2" }, { source = "https://a" }))
  t.equal(db:import(folder { record "A-2", record("A-3", { modified = "now" }) },
    { source = "https://a", replace = true }), nil)
  t.equal(ids(db), "A-1 A-2")
  t.equal(db:verify(), true)
end)

t.test("of two sources with one id the newer stays, and belongs to whom it came from", function()
  local db = open()
  local old, new = record "A-1", record("A-1", { modified = "2024-02-01T00:00:00Z" })
  assert(db:import(folder { new, record "B-1" }, { source = "https://b" }))
  t.equal(db:import(folder { old }, { source = "https://a" }).unchanged, 1)
  t.equal(json.decode(assert(db:get "A-1")).modified, new.modified)
  assert(db:import(folder { record "A-2" }, { source = "https://a", replace = true }))
  t.equal(ids(db), "A-1 A-2 B-1")
  assert(db:import(folder { new }, { source = "https://a" }))
  assert(db:import(folder { record "B-1" }, { source = "https://b", replace = true }))
  t.equal(ids(db), "A-1 A-2 B-1", "the same text, brought last by the other")
end)

t.test("what was dropped can come back", function()
  local db = open()
  assert(db:import(folder { record "A-1", record "A-2" }))
  assert(db:import(folder { record "A-2" }, { replace = true }))
  t.equal(db:import(folder { record "A-1" }).added, 1)
  t.equal(ids(db), "A-1 A-2")
  t.equal(db:verify(), true)
end)

t.test("info names the sources, with what their servers said of the last import", function()
  local db, path = open()
  t.equal(json.encode(db:info().sources), "[]")
  assert(db:import(folder { record "A-1", record "A-2" },
    { source = "https://a", etag = '"1"', last_modified = "Mon" }))
  assert(db:import(folder { record "B-1" }))
  local reader = assert(advisories.open(path))
  local sources = reader:info().sources
  t.equal({ sources[1].source, sources[1].count, sources[1].etag, sources[1].last_modified },
    { "https://a", 2, '"1"', "Mon" })
  t.equal({ sources[2].source, sources[2].count, sources[2].etag }, { "files", 1, nil })
  t.match(sources[1].imported_at, "^%d+%-%d%d%-%d%dT")
  assert(db:import(folder { record "A-1" }, { source = "https://a" }))
  t.equal(reader:info().sources[1].etag, nil, "it was not given again")
  t.raises(function() db:import("x", { source = 1 }) end, "source: a string")
  t.raises(function() db:import("x", { etag = ("x"):rep(5000) }) end, "etag: a string of at most 4096 bytes")
end)

t.test("info counts severities and malware of records in force", function()
  local db = open()
  local high = json.array { { type = "CVSS_V3", score = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N" } }
  assert(db:import(folder {
    record("A-1", { severity = high, aliases = json.array { "CVE-1" } }),
    record("A-2", { aliases = json.array { "CVE-1" } }), record "A-3", record "MAL-1",
    record("MAL-2", { withdrawn = "2024-01-01T00:00:00Z" }),
  }))
  local info = db:info()
  t.equal(info.severities, { unknown = 1, none = 0, low = 0, medium = 0, high = 2, critical = 1 })
  t.equal({ info.malware, info.withdrawn, info.count }, { 1, 1, 5 })
end)

t.test("a database that grows and shrinks answers as one that was made at once", function()
  local db = open()
  local many = {}
  for i = 1, 400 do
    many[i] = record(("A-%03d"):format(i), { aliases = json.array { "CVE-" .. i }, summary = ("word "):rep(20) })
    many[i].affected[1].package.name = i % 3 == 0 and "one" or "p" .. i
  end
  local function said(asked)
    local packages = {}
    for i = 1, 400 do packages[i] = { name = "p" .. i, version = "1" } end
    packages[401] = { name = "one", version = "1" }
    t.equal(asked:verify(), true)
    return json.encode { asked:audit(packages), asked:rate { "CVE-7", "CVE-300" } }
  end
  assert(db:import(folder { many[1] }, { replace = true }))
  local one = said(db)
  assert(db:import(folder(many), { replace = true }))
  local fresh = open()
  assert(fresh:import(folder(many)))
  t.equal(said(db), said(fresh))
  assert(db:import(folder { many[1] }, { replace = true }))
  t.equal(said(db), one)
end)

return t.finish()
