--- Importing 2,000 advisories, and a query of the service.
local advisories = require "pysec.advisories"
local clock = require "pysec.clock"
local fs = require "pysec.fs"
local json = require "pysec.json"
local measure = require "bench.measure"

local folder = assert(fs.tempdir())
assert(fs.mkdirs(folder .. "/records"))

--- Made-up records of about the size of real ones (1.5 KB), five a package.
for i = 1, 2000 do
  local versions = json.array()
  for v = 1, 40 do versions[v] = ("%d.%d"):format(v // 10, v % 10) end
  assert(json.write(("%s/records/PYSEC-2024-%d.json"):format(folder, i), {
    schema_version = "1.6.0", id = "PYSEC-2024-" .. i, modified = "2024-01-01T00:00:00Z",
    aliases = { "CVE-2024-" .. i }, summary = "A made-up flaw", details = ("Details of the flaw. "):rep(30),
    affected = { { package = { ecosystem = "PyPI", name = "package-" .. i // 5 }, versions = versions,
      ranges = { { type = "ECOSYSTEM", events = { { introduced = "0" }, { fixed = "4.0" } } } } } },
  }))
end

local seconds = measure.seconds(3, function()
  assert(fs.remove(folder .. "/a.db"))
  local db = assert(advisories.open(folder .. "/a.db", { write = true }))
  assert(db:import(folder .. "/records"))
  db:close()
end)
measure.report("import of 2,000 advisories", ("%.2f s"):format(seconds), "1 s")

-- Queries over one connection, as pip-audit sends them: the client is Python, its own share is measured on
-- a request that the service answers without looking anything up.
local client = [[
import http.client, json, statistics, sys, time
from urllib.parse import urlsplit
url = urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(url.hostname, url.port)
def ask(name):
    body = json.dumps({"package": {"name": name, "ecosystem": "PyPI"}, "version": "1.0"})
    started = time.perf_counter()
    connection.request("POST", url.path + "/v1/query", body)
    connection.getresponse().read()
    return time.perf_counter() - started
names = ["package-%d" % (i % 400) for i in range(2000)]
print(statistics.median(ask(name) for name in names))
print(statistics.median(ask("unknown") for name in names))
]]
local service <close> = assert(advisories.serve(folder .. "/a.db", { token = assert(advisories.token()) }))
local result = measure.run({ "python3", "-I", "-c", client, service:url() }, { 0 })
local known, unknown = result.stdout:match("(%S+)\n(%S+)")
measure.report("service query, five advisories found (client included)", ("%.2f ms"):format(known * 1000), "1 ms")
measure.report("  compared with a package that nothing is known of", ("%.2f ms"):format(unknown * 1000))

local started = clock.monotonic()
local db = assert(advisories.open(folder .. "/a.db"))
for i = 1, 10000 do assert(db:query("package-" .. i % 400, "1.0")) end
measure.report("query without the service", ("%.1f us"):format((clock.monotonic() - started) / 10000 * 1e6))
fs.remove(folder)
