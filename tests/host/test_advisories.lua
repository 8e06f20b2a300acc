--- pysec.advisories: importing, asking, and refusing what is damaged or no database.
local t = require "harness"
local advisories = require "pysec.advisories"
local fs = require "pysec.fs"
local json = require "pysec.json"
local tool = require "pysec.tool"

local FIXTURES = t.root .. "/tests/fixtures/advisories"

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
  return made
end

local function write(folder, name, value)
  local path = folder .. "/" .. name
  assert(fs.write(path, type(value) == "string" and value or json.encode(value)))
  return path
end

--- A fresh database with these records; returns it, its counts and its path.
local function database(records)
  local folder = t.tempdir()
  for i, value in ipairs(records) do write(folder, i .. ".json", value) end
  local path = t.tempdir() .. "/a.db"
  local db = assert(advisories.open(path, { write = true }))
  return db, assert(db:import(folder)), path
end

local function ids(db, ...)
  local list = {}
  for i, hit in ipairs(assert(db:query(...))) do list[i] = hit.id end
  return table.concat(list, " ")
end

local function fixtures()
  local path = t.tempdir() .. "/a.db"
  local db = assert(advisories.open(path, { write = true }))
  return db, assert(db:import(FIXTURES)), path
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read "a"
  file:close()
  return bytes
end

-- Plain, since thousands of damaged copies need no fsync.
local function spill(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

-- Importing

t.test("a folder is imported with the folders below it, and only its *.json", function()
  local folder = t.tempdir()
  assert(fs.mkdirs(folder .. "/deep/er"))
  write(folder, "a.json", record("A-1", "one", { { introduced = "0" } }))
  write(folder .. "/deep/er", "b.json", record("A-2", "two", { { introduced = "0" } }))
  write(folder, "README.md", "no record")
  local db = assert(advisories.open(t.tempdir() .. "/a.db", { write = true }))
  t.equal(db:import(folder),
    { read = 2, added = 2, updated = 0, unchanged = 0, skipped = 0, withdrawn = 0, removed = 0 })
  t.equal(ids(db, "two", "1"), "A-2")
end)

t.test("a zip gives what the folder gives", function()
  local zip = t.tempdir() .. "/all.zip"
  local made = tool.run { "python3", "-m", "zipfile", "-c", zip, FIXTURES }
  t.equal(made.code, 0, made.stderr)
  local from_folder, counts = fixtures()
  local db = assert(advisories.open(t.tempdir() .. "/a.db", { write = true }))
  t.equal(db:import(zip), counts)
  t.equal(db:query("jinja2", "2.10"), from_folder:query("jinja2", "2.10"))
end)

t.test("one file is imported as one record", function()
  local db = assert(advisories.open(t.tempdir() .. "/a.db", { write = true }))
  t.equal(db:import(FIXTURES .. "/PYSEC-2018-28.json").added, 1)
  t.equal(ids(db, "requests", "2.19.1"), "PYSEC-2018-28")
end)

t.test("importing again changes nothing, newer records replace older ones, never the reverse", function()
  local old = record("A-1", "one", { { introduced = "0" }, { fixed = "1" } })
  local new = record("A-1", "two", { { introduced = "0" } }, { modified = "2024-01-01T00:00:00.5Z" })
  local db = database { old }
  local folder = t.tempdir()
  write(folder, "a.json", old)
  t.equal(db:import(folder).unchanged, 1, "the same")
  write(folder, "a.json", new)
  t.equal(db:import(folder).updated, 1, "newer by half a second")
  t.equal(ids(db, "one", "0.5"), "", "what the older one said is gone")
  write(folder, "a.json", old)
  t.equal(db:import(folder).unchanged, 1, "older")
  t.equal(ids(db, "two", "1"), "A-1")
end)

t.test("records of other ecosystems are skipped, and a source with nothing else is refused", function()
  local npm = record("N-1", "left-pad", { { introduced = "0" } })
  npm.affected[1].package.ecosystem = "npm"
  local db, counts = database { npm, record("A-1", "one", { { introduced = "0" } }) }
  t.equal(counts, { read = 2, added = 1, updated = 0, unchanged = 0, skipped = 1, withdrawn = 0, removed = 0 })
  t.equal(ids(db, "left-pad", "1"), "")
  local _, message, code = db:import(write(t.tempdir(), "n.json", npm))
  t.equal(code, "ENODATA")
  t.match(message, "none of its 1 records is about a package of PyPI")
  local empty = t.tempdir()
  _, message, code = db:import(empty)
  t.equal(code, "ENODATA")
  t.equal(message, empty .. ": holds no OSV records (*.json, *.yaml)")
end)

t.test("withdrawn records are kept, counted and never matched; a withdrawal takes effect", function()
  local db, counts = fixtures()
  t.equal(counts.withdrawn, 1)
  t.equal(ids(db, "flask-caching", "1.10.1"), "")
  t.equal(ids(db, "flask-caching"), "")
  t.match(db:get "PYSEC-2021-13", '"withdrawn"')
  local now = record("A-1", "one", { { introduced = "0" } })
  db = database { now }
  t.equal(ids(db, "one", "1"), "A-1")
  now.withdrawn, now.modified = "2024-02-01T00:00:00Z", "2024-02-01T00:00:00Z"
  assert(db:import(write(t.tempdir(), "a.json", now)))
  t.equal(ids(db, "one", "1"), "")
end)

local ALL = { { introduced = "0" } }

--- What the file holds, the code, and a pattern for the place.
local MALFORMED = {
  ["broken JSON"] = { '{"id": "A-1",\n  "modified": }', "EJSON", ":2:15: " },
  ["an empty file"] = { "", "EJSON", ":1:1: " },
  ["no object"] = { "[]", "EINVAL", "id: missing" },
  ["no id"] = { record(nil, "one", ALL), "EINVAL", "id: missing" },
  ["an id with a quote"] = { record('A"1', "one", ALL), "EINVAL", "id: missing, or no id" },
  ["no modified"] = { '{"id":"A-1"}', "EINVAL", "modified: missing" },
  ["a time with an offset"] = {
    record("A-1", "one", ALL, { modified = "2024-01-01T00:00:00+02:00" }), "EINVAL", "modified: expected a time",
  },
  ["affected of the wrong type"] = {
    record("A-1", "one", {}, { affected = "all" }), "EINVAL", "affected: expected an array",
  },
  ["a package without a name"] = {
    record("A-1", nil, ALL), "EINVAL", "affected%[0%]%.package%.name: missing",
  },
  ["a range without events"] = {
    record("A-1", "one", {}), "EINVAL", "affected%[0%]%.ranges%[0%]%.events: no introduced",
  },
  ["a range that never begins"] = {
    record("A-1", "one", { { fixed = "1" } }), "EINVAL", "affected%[0%]%.ranges%[0%]%.events: no introduced",
  },
  ["an event of an unknown kind"] = {
    record("A-1", "one", { { introduced = "0" }, { mended = "1" } }), "EINVAL",
    "affected%[0%]%.ranges%[0%]%.events%[1%]: no introduced, fixed, last_affected or limit",
  },
  ["a version that is a number"] = {
    record("A-1", "one", { { introduced = 0 } }), "EINVAL",
    "affected%[0%]%.ranges%[0%]%.events%[0%]%.introduced: expected a string",
  },
  ["a version over two lines"] = {
    record("A-1", "one", { { introduced = "0\nf0" } }), "EINVAL", "introduced: holds a control character",
  },
  ["aliases of the wrong type"] = {
    record("A-1", "one", ALL, { aliases = json.array { 1 } }), "EINVAL", "aliases: holds something that is no id",
  },
}

for name, case in pairs(MALFORMED) do
  t.test("an import with " .. name .. " fails as a whole and names the place", function()
    local db = database { record("B-1", "one", { { introduced = "0" } }) }
    local before = db:info()
    local folder = t.tempdir()
    write(folder, "0.json", record("B-2", "one", { { introduced = "0" } }))
    local bad = write(folder, "bad.json", case[1])
    local counts, message, code = db:import(folder)
    t.equal(counts, nil)
    t.equal(code, case[2], message)
    t.equal(message:sub(1, #bad), bad, message)
    t.match(message, case[3])
    t.equal(ids(db, "one", "1"), "B-1", "nothing was stored")
    t.equal(db:info().imported_at, before.imported_at)
  end)
end

t.test("a malformed member of a zip is named after the archive", function()
  local folder = t.tempdir()
  write(folder, "bad.json", '{"id":1}')
  local zip = t.tempdir() .. "/all.zip"
  tool.run { "python3", "-m", "zipfile", "-c", zip, folder .. "/bad.json" }
  local db = assert(advisories.open(t.tempdir() .. "/a.db", { write = true }))
  local _, message = db:import(zip)
  t.equal(message, zip .. ": bad.json: id: expected a string")
end)

t.test("a zip that is cut or flipped is refused, or gives what the whole one gives", function()
  local folder = t.tempdir()
  local zip, bad = folder .. "/all.zip", folder .. "/bad.zip"
  local first, second = FIXTURES .. "/PYSEC-2018-28.json", FIXTURES .. "/PYSEC-2023-74.json"
  tool.run { "python3", "-m", "zipfile", "-c", zip, first, second }
  local bytes = read(zip)
  for at = 1, #bytes - 1, 37 do
    local db = assert(advisories.open(t.tempdir() .. "/a.db", { write = true }))
    spill(bad, bytes:sub(1, at))
    local counts, message = db:import(bad)
    t.equal(counts, nil, "cut at " .. at)
    t.equal(message:sub(1, #bad), bad)
    spill(bad, bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ 0x10) .. bytes:sub(at + 1))
    counts = db:import(bad)
    if counts and counts.read == 2 then
      t.equal(#assert(db:query("requests", "2.19.1")), 2, "flipped at " .. at)
    end
    db:close()
  end
end)

t.test("members above 16 MiB are refused, packed or not", function()
  local folder = t.tempdir()
  spill(folder .. "/big.json", (" "):rep(16 * 1024 * 1024 + 1))
  local db = assert(advisories.open(t.tempdir() .. "/a.db", { write = true }))
  local _, message, code = db:import(folder)
  t.equal(code, "E2BIG", message)
  local packed = tool.run { "python3", "-c", "import sys, zipfile\n" ..
    "zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED).write(sys.argv[2], 'big.json')",
    folder .. "/big.zip", folder .. "/big.json" }
  t.equal(packed.code, 0, packed.stderr)
  _, message, code = db:import(folder .. "/big.zip")
  t.equal(code, "E2BIG", message)
end)

t.test("a FIFO, a folder that holds itself and a missing path are errors", function()
  local db = assert(advisories.open(t.tempdir() .. "/a.db", { write = true }))
  local folder = t.tempdir()
  tool.run { "mkfifo", folder .. "/x.json" }
  t.equal(select(3, db:import(folder)), "EINVAL")
  folder = t.tempdir()
  tool.run { "ln", "-s", folder, folder .. "/again" }
  t.equal(select(3, db:import(folder)), "ELOOP")
  t.equal(select(3, db:import(folder .. "/none")), "ENOENT")
end)

-- Asking

t.test("a hit carries what a report needs", function()
  local hit = assert(fixtures():query("Jinja2", "2.10"))[1]
  t.equal(hit.id, "PYSEC-2019-217")
  t.equal(hit.aliases, { "CVE-2019-10906", "GHSA-462w-v97r-4m45" })
  t.equal(hit.summary, "Sandbox escape through str.format_map in Jinja2")
  t.equal(hit.modified, "2021-07-05T00:01:22Z")
  t.equal(hit.fix_versions, { "2.10.1" })
  local imported = json.decode(read(FIXTURES .. "/PYSEC-2019-217.json"))
  imported.affected[1].package.name = "jinja2"
  t.equal(json.decode(hit.record), imported)
end)

t.test("a record keeps its text, unless a name in it is not normalised", function()
  t.equal(assert(fixtures():get("PYSEC-2023-74")), read(FIXTURES .. "/PYSEC-2023-74.json"))
  t.contains(assert(fixtures():get("PYSEC-2019-217")), '"name":"jinja2"')
end)

t.test("without a summary the first paragraph of the details stands in", function()
  local function summary(details, given)
    local db = database { record("A-1", "one", ALL, { details = details, summary = given }) }
    local text = db:audit({ { name = "one", version = "1" } })[1].summary
    t.equal(db:query("one")[1].summary, text)
    return text
  end
  t.match(assert(fixtures():query("requests", "2.19.1"))[1].summary, "on the same host%. Anyone on the way")
  t.equal(summary("More.", "Short."), "Short.")
  t.equal(summary("### Impact\n\nOne\n  two\t three.\n\nFour."), "One two three.")
  t.equal(summary("# All\n## headings"), "# All ## headings")
  t.equal(summary("a\0b\27[1m c", ""), "a b [1m c")
  t.equal(summary(nil), "")
  t.equal(summary(("word "):rep(100)), ("word "):rep(46) .. "word…")
  t.equal(#summary(("ä"):rep(200)), 239)
  t.equal(summary(("x"):rep(240)), ("x"):rep(240))
end)

t.test("lists are JSON arrays, also when empty", function()
  local db = fixtures()
  t.equal(json.encode(db:query("nothing", "1")), "[]")
  t.equal(json.encode(db:query("py", "1.11.0")[1].fix_versions), "[]")
end)

t.test("names are normalised on both sides", function()
  local db = database { record("A-1", "Zope.Interface__X", { { introduced = "0" } }) }
  for _, name in ipairs { "zope-interface-x", "ZOPE_interface.x", "zope.-_interface-X" } do
    t.equal(ids(db, name, "1"), "A-1", name)
  end
  t.equal(ids(db, "zopeinterface-x", "1"), "")
end)

t.test("an id is found, an alias too when no record has that id, one in force first", function()
  local db = database {
    record("A-1", "one", ALL, { aliases = json.array { "CVE-1", "A-2" }, withdrawn = "2024-01-01T00:00:00Z" }),
    record("A-2", "one", ALL),
    record("A-3", "one", ALL, { aliases = json.array { "CVE-1" } }),
  }
  t.match(db:get "A-2", '"id":"A%-2"')
  t.match(db:get "CVE-1", '"id":"A%-3"')
  local none, message, code = db:get "CVE-2"
  t.equal({ none, code }, { nil, "ENOENT" })
  t.match(message, "CVE%-2")
end)

t.test("a record about what is no name is kept, and found by its id", function()
  local db, counts = database { record("A-1", "no name", { { introduced = "0" } }),
    record("A-2", "one", { { introduced = "0" } }) }
  t.equal({ counts.read, counts.added, counts.skipped }, { 2, 2, 0 })
  t.match(db:get "A-1", '"no name"')
  t.equal(ids(db, "one", "1"), "A-2")
  t.truthy(db:verify())
end)

t.test("a version that is none is an error, not an empty answer; a wrong type raises", function()
  local db = fixtures()
  local none, message, code = db:query("jinja2", "latest")
  t.equal({ none, code }, { nil, "EINVAL" })
  t.match(message, '"latest"')
  for _, name in ipairs { "", "jinja2==2.10", "a b", "-a", "a-", "_", "a.", "\u{e9}", "a/b", "a\n" } do
    t.equal(select(3, db:query(name, "1")), "EINVAL", name)
  end
  for _, name in ipairs { "a", "0", "A_.-b", "a9" } do t.equal(#assert(db:query(name, "1")), 0, name) end
  t.raises(function() db:query("jinja2", 2.1) end, "string expected")
  t.raises(function() db:query() end, "string expected")
end)

t.test("info counts, and tells the age by the newest record", function()
  local db, counts, path = fixtures()
  local info = db:info()
  t.equal(info.path, path)
  t.equal(info.count, counts.read)
  t.equal(info.withdrawn, 1)
  t.equal(info.packages, 6)
  t.equal(info.newest, "2023-11-08T18:38:34.170214Z")
  t.match(info.imported_at, "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$")
  t.truthy(math.type(info.age_days) == "integer" and info.age_days > 300, "age_days")
  t.equal(info.bytes, #read(path))
end)

-- Opening

t.test("a missing, foreign, newer or empty database is refused with the way out", function()
  local folder = t.tempdir()
  local function refused(path, want, pattern)
    local db, message, code = advisories.open(path)
    t.equal(db, nil)
    t.equal(code, want, message)
    t.equal(message:sub(1, #path), path)
    t.match(message, pattern)
  end
  local hint = "pysec advisories update, or import FILE$"
  refused(folder .. "/none.db", "ENOENT", hint)
  refused(folder, "EFORMAT", hint)
  spill(folder .. "/text.db", ("no database\n"):rep(1000))
  refused(folder .. "/text.db", "EFORMAT", hint)
  local make = "import sqlite3, sys\nsqlite3.connect(sys.argv[1]).execute('create table x (y)')"
  tool.run { "python3", "-c", make, folder .. "/foreign.db" }
  refused(folder .. "/foreign.db", "EFORMAT", hint)
  local _, _, path = fixtures()
  local bytes = read(path)
  spill(folder .. "/newer.db", bytes:sub(1, 63) .. "\9" .. bytes:sub(65))
  refused(folder .. "/newer.db", "EVERSION", "newer pysec")
  spill(folder .. "/older.db", bytes:sub(1, 63) .. "\1" .. bytes:sub(65))
  refused(folder .. "/older.db", "EVERSION", "older pysec.*pysec advisories update, or import FILE$")
  assert(advisories.open(folder .. "/fresh.db", { write = true })):close()
  refused(folder .. "/fresh.db", "ENODATA", hint)
  local _, _, code = advisories.open(folder .. "/foreign.db", { write = true })
  t.equal(code, "EFORMAT", "nor is a foreign one written to")
end)

t.test("a database whose table is a view is refused: what it computes may never end", function()
  local _, _, path = fixtures()
  local make = "import sqlite3, sys\nsqlite3.connect(sys.argv[1]).executescript('alter table leaves rename to x; "
    .. "create view leaves as select * from x')"
  t.equal(tool.run({ "python3", "-c", make, path }).code, 0)
  for _, writable in ipairs { false, true } do
    local db, message, code = advisories.open(path, { write = writable })
    t.equal({ db, code }, { nil, "ECORRUPT" })
    t.contains(message, "view")
  end
end)

--- All that a database says of these packages and ids, as text.
local function everything(path)
  local db, message, code = advisories.open(path)
  if not db then return nil, message, code end
  local _ <close> = db
  local said = {}
  local function ask(method, ...)
    local answer
    answer, message, code = db[method](db, ...)
    if answer == nil and code ~= "ENOENT" then return false end
    said[#said + 1] = answer or code
    return true
  end
  local good = ask("audit", { { name = "urllib3", version = "1.23" }, { name = "jinja2", version = "2.10" },
    { name = "py", version = "1.11.0" }, { name = "nothing", version = "1" } })
    and ask("rate", { "CVE-2019-10906" }) and ask("query", "requests", "2.19.1") and ask("get", "CVE-2023-32681")
    and ask("get", "CVE-0") and ask("info")
  if not good then return nil, message, code end
  said[#said].path = nil
  return json.encode(said)
end

t.test("a flipped byte or a cut is found out, or changes no answer", function()
  local _, _, path = fixtures()
  local bytes, bad = read(path), t.tempdir() .. "/bad.db"
  local want = assert(everything(path))
  local found = 0
  local function try(damaged, label)
    spill(bad, damaged)
    local got, message, code = everything(bad)
    if got then
      got = got:gsub('"bytes":%d+', '"bytes":' .. #bytes)
      return t.equal(got, want, label)
    end
    found = found + 1
    t.truthy(code == "ECORRUPT" or code == "EFORMAT" or code == "EVERSION", label .. ": " .. message)
    t.equal(message:sub(1, #bad), bad)
  end
  for at = 1, #bytes, 3 do
    try(bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ (1 << at % 8)) .. bytes:sub(at + 1), "byte " .. at)
  end
  for length = 0, #bytes - 1, 512 do try(bytes:sub(1, length), "cut to " .. length) end
  t.truthy(found > 1000, "damage was found: " .. found)
end)

t.test("verify finds any damage of what the database holds", function()
  local db, _, path = fixtures()
  t.equal(db:verify(), true)
  db:close()
  local bytes, bad = read(path), t.tempdir() .. "/bad.db"
  local function verify(damaged)
    spill(bad, damaged)
    local opened, message, code = advisories.open(bad)
    if not opened then return nil, message, code end
    local _ <close> = opened
    return opened:verify()
  end
  -- The records are squeezed, the leaves are not: a summary lies in a leaf.
  local leaf = assert(bytes:find("Sandbox escape through", 1, true))
  local good, message, code = verify(bytes:sub(1, leaf - 1) .. "X" .. bytes:sub(leaf + 1))
  t.equal({ good, code }, { nil, "ECORRUPT" })
  t.match(message, "a checksum does not match.*pysec advisories update, or import FILE")
  local passed = 0
  for at = 1, #bytes, 101 do
    if verify(bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ 0x40) .. bytes:sub(at + 1)) then
      passed = passed + 1
    end
  end
  t.truthy(passed < #bytes / 101 / 2, "most of the file is not padding: " .. passed)
  t.equal(select(3, assert(advisories.open(path .. ".new", { write = true })):verify()), "ENODATA")
end)

t.test("readers see an import whole or not at all, and go on while it runs", function()
  local db, _, path = database { record("A-1", "one", { { introduced = "0" } }) }
  local reader = assert(advisories.open(path))
  local folder = t.tempdir()
  write(folder, "a.json", record("A-2", "one", { { introduced = "0" } }))
  write(folder, "b.json", "{")
  t.equal(db:import(folder), nil)
  t.equal(ids(reader, "one", "1"), "A-1")
  assert(fs.remove(folder .. "/b.json"))
  assert(db:import(folder))
  t.equal(ids(reader, "one", "1"), "A-1 A-2")
end)

t.test("at rest the database is one file", function()
  local db, _, path = fixtures()
  db:close()
  assert(advisories.open(path)):close()
  local folder = path:match "^(.*)/"
  t.equal(fs.list(folder), { "a.db" })
end)

t.test("a name that SQLite would take for something else is a file like any other", function()
  local folder = t.tempdir()
  for _, name in ipairs { "file:x?mode=memory", ":memory:", "a%20b#c?d.db" } do
    local path = folder .. "/" .. name
    local db = assert(advisories.open(path, { write = true }))
    assert(db:import(FIXTURES))
    db:close()
    t.equal(ids(assert(advisories.open(path)), "jinja2", "2.10"), "PYSEC-2019-217", name)
  end
end)

t.test("closing twice is fine, using it then raises, and import needs write", function()
  local db, _, path = fixtures()
  db:close()
  db:close()
  t.raises(function() db:query("jinja2", "2.10") end, "closed")
  do
    local scoped <close> = assert(advisories.open(path))
    t.raises(function() scoped:import(FIXTURES) end, "write = true")
    db = scoped
  end
  t.raises(function() db:info() end, "closed")
end)

return t.finish()
