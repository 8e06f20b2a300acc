--- An import that is killed at any moment leaves the database as it was before, or as it is after.
local t = require "harness"
local advisories = require "pysec.advisories"
local fs = require "pysec.fs"
local json = require "pysec.json"
local tool = require "pysec.tool"

local RECORDS = 400

local function write(folder, modified)
  assert(fs.mkdirs(folder))
  for i = 1, RECORDS do
    local record = { id = "A-" .. i, modified = modified, details = ("word "):rep(i), affected = json.array { {
      package = { ecosystem = "PyPI", name = "p" .. i },
      ranges = json.array { { type = "ECOSYSTEM", events = json.array { { introduced = "0" } } } },
    } } }
    local file = assert(io.open(("%s/%d.json"):format(folder, i), "wb"))
    file:write(json.encode(record))
    file:close()
  end
end

--- Starts an import and kills it after so many seconds, which may be later than its end.
local function import_and_kill(folder, source, seconds)
  local script = [["$0" advisories import "$1" --database a.db & sleep "$2"; kill -9 $!; wait]]
  assert(tool.run { "/bin/bash", "-c", script, t.program,
    source, seconds, cwd = folder, timeout = 60 })
end

local function newest(path)
  local db = assert(advisories.open(path))
  local _ <close> = db
  t.equal(db:verify(), true)
  local info = db:info()
  t.equal(info.count, RECORDS)
  local packages = {}
  for i = 1, RECORDS do packages[i] = { name = "p" .. i, version = "1" } end
  local flaws = assert(db:audit(packages))
  t.equal(#flaws, RECORDS)
  for _, flaw in ipairs(flaws) do t.equal(flaw.modified, info.newest, "old and new are not mixed") end
  return info.newest
end

t.test("kill -9 at any moment of an import", function()
  local folder = t.tempdir()
  local path = folder .. "/a.db"
  local last = "2024-01-01T00:00:00Z"
  write(folder .. "/first", last)
  local db = assert(advisories.open(path, { write = true }))
  assert(db:import(folder .. "/first"))
  db:close()
  for i = 1, 12 do
    local next_time = ("2024-02-%02dT00:00:00Z"):format(i)
    write(folder .. "/next", next_time)
    import_and_kill(folder, "next", ("%.3f"):format(0.01 * i))
    local now = newest(path)
    t.truthy(now == last or now == next_time, now)
    last = now
  end
  db = assert(advisories.open(path, { write = true }))
  assert(db:import(folder .. "/next"))
  db:close()
  t.equal(newest(path), "2024-02-12T00:00:00Z", "and the next one goes through")
end)

t.test("kill -9 of the first import leaves nothing that looks like an answer", function()
  local folder = t.tempdir()
  write(folder .. "/first", "2024-01-01T00:00:00Z")
  for i = 1, 8 do
    for _, name in ipairs(fs.list(folder)) do
      if name:find("a.db", 1, true) == 1 then assert(fs.remove(folder .. "/" .. name)) end
    end
    import_and_kill(folder, "first", ("%.3f"):format(0.01 * i))
    local db, message, code = advisories.open(folder .. "/a.db")
    if db then
      db:close()
      t.equal(newest(folder .. "/a.db"), "2024-01-01T00:00:00Z")
    else
      t.truthy(code == "ENODATA" or code == "ENOENT" or code == "EFORMAT", message)
    end
  end
end)

--- Leaves a database in the middle of a transaction, with the journal that undoes it.
local CUT_OFF = [[
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size = 1")
db.execute("BEGIN IMMEDIATE")
db.execute("UPDATE leaves SET content = zeroblob(10000)")
os._exit(0)]]

t.test("who reads first after an import was cut off finds the state before it", function()
  local folder = t.tempdir()
  local path = folder .. "/a.db"
  write(folder .. "/first", "2024-01-01T00:00:00Z")
  local db = assert(advisories.open(path, { write = true }))
  assert(db:import(folder .. "/first"))
  db:close()
  t.equal(assert(tool.run { "python3", "-I", "-c", CUT_OFF, path, timeout = 60 }).code, 0)
  t.truthy(assert(fs.stat(path .. "-journal")).size > 0, "a journal waits")
  t.equal(newest(path), "2024-01-01T00:00:00Z")
  t.equal(fs.stat(path .. "-journal"), nil)
end)

return t.finish()
