--- The OSV service while its database changes under it.
local t = require "harness"
local advisories = require "pysec.advisories"
local fs = require "pysec.fs"
local json = require "pysec.json"
local served = require "served"
local tool = require "pysec.tool"

local function found(service)
  local status, body = served.post(service:url() .. "/v1/query", served.package("requests", "2.19.1"))
  return status == 200 and served.ids(body) or status
end

local ONE, ALL = "PYSEC-2018-28", "PYSEC-2018-28 PYSEC-2023-74"

local function kinds(service)
  local list = {}
  for i, line in ipairs(service:lines()) do list[i] = line.kind end
  return table.concat(list, " ")
end

local function run(...)
  local result = assert(tool.run { ... })
  t.equal(result.code, 0, result.stderr)
end

local function point(link, path) run("ln", "-sfn", path, link) end

--- Writes over a file in place, as cp does.
local function overwrite(path, bytes)
  local source = t.tempdir() .. "/new"
  assert(fs.write(source, bytes))
  run("cp", source, path)
end

t.test("an import that ends meanwhile is seen by the next request", function()
  local path = served.database(served.fixtures .. "/PYSEC-2018-28.json")
  local service <close> = assert(advisories.serve(path))
  t.equal(found(service), ONE)
  local db <close> = assert(advisories.open(path, { write = true }))
  assert(db:import(served.fixtures))
  t.equal(found(service), ALL)
  t.equal(service:lines(), {})
end)

t.test("a file that is moved over the old one is seen by the next request, also behind a link", function()
  local path = served.database(served.fixtures .. "/PYSEC-2018-28.json")
  local link = t.tempdir() .. "/link.db"
  point(link, path)
  local service <close> = assert(advisories.serve(path))
  local linked <close> = assert(advisories.serve(link))
  t.equal(found(service), ONE)
  t.equal(found(linked), ONE)
  assert(fs.rename(served.database(), path))
  t.equal(found(service), ALL)
  t.equal(found(linked), ALL)
  point(link, served.database(served.fixtures .. "/PYSEC-2018-28.json"))
  t.equal(found(linked), ONE)
end)

t.test("the service leaves nothing beside the database, and an import leaves it in one file", function()
  local path = served.database(served.fixtures .. "/PYSEC-2018-28.json")
  local service <close> = assert(advisories.serve(path))
  t.equal(found(service), ONE)
  local db = assert(advisories.open(path, { write = true }))
  assert(db:import(served.fixtures))
  db:close()
  t.equal(found(service), ALL)
  t.equal(fs.list(path:match "^(.*)/"), { "a.db" })
end)

t.test("a broken, foreign or missing file answers 503 and is told once, until it is mended", function()
  local good = assert(fs.read(served.database()))
  local path = served.database(served.fixtures .. "/PYSEC-2018-28.json")
  local service <close> = assert(advisories.serve(path))
  local function mend()
    overwrite(path, good)
    t.equal(found(service), ALL, "mended")
    t.equal(kinds(service), "note")
  end
  for label, bytes in pairs { cut = good:sub(1, #good // 2), foreign = "no database", empty = "" } do
    overwrite(path, bytes)
    for _ = 1, 3 do t.equal(found(service), 503, label) end
    t.equal(kinds(service), "warning", label)
    mend()
  end
  assert(fs.remove(path))
  t.equal(found(service), 503)
  local status, body, headers = served.curl(service:url() .. "/v1/vulns/PYSEC-2018-28")
  t.equal(status, 503)
  t.equal(json.decode(body).code, 14)
  t.match(headers:lower(), "retry%-after: %d+\r\n")
  local line = service:lines()[1]
  t.match(line.text, "a%.db: no advisory database here.*pysec advisories update, or import FILE$")
  mend()
end)

t.test("no answer is of two states, none is refused and none is old while the file changes", function()
  local folder = t.tempdir()
  assert(fs.mkdirs(folder .. "/records"))
  local path = served.database()
  local service <close> = assert(advisories.serve(path))
  t.equal(served.attack("change", service:url(), t.program, path, folder .. "/records"), "asked []\n")
end)

return t.finish()
