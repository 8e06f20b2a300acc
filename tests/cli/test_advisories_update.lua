--- pysec advisories update, from a real server on this machine that publishes as OSV does.
local advisories = require "pysec.advisories"
local env = require "pysec.env"
local fs = require "pysec.fs"
local json = require "pysec.json"
local t = require "harness"
local support = require "support"
local tool = require "pysec.tool"

local server <close> = require "https_server".start()
local ZIP, LIST = "/PyPI/all.zip", "/PyPI/modified_id.csv"
local URL = server.https .. ZIP

--- A day in March 2024 as records write it.
local function at(day, second)
  return ("2024-03-%02dT00:00:%02dZ"):format(day, second or 0)
end

local function record(number, modified)
  local id = ("PYSEC-2024-%d"):format(number)
  return { id = id, modified = modified, details = "flaw " .. id, affected = json.array { {
    package = { name = "package-" .. number, ecosystem = "PyPI" },
    ranges = json.array { { type = "ECOSYSTEM", events = json.array { { introduced = "0" }, { fixed = "2.0" } } } },
  } } }
end

--- `count` records of March the first.
local function records(count)
  local list = {}
  for i = 1, count do list[i] = record(i, at(1, i % 60)) end
  return list
end

--- What OSV lists: newest first.
local function list_of(list)
  local sorted, lines = table.move(list, 1, #list, 1, {}), {}
  table.sort(sorted, function(a, b) return a.modified > b.modified end)
  for i, item in ipairs(sorted) do lines[i] = ("%s,%s\n"):format(item.modified, item.id) end
  return table.concat(lines)
end

--- Publishes records: the export, the list, and each record.
local function publish(list)
  local folder = server.folder .. "/www/PyPI"
  assert(fs.remove(folder))
  server:file(LIST, list_of(list))
  for _, item in ipairs(list) do
    -- fs.write would wait for the disk.
    local file <close> = assert(io.open(("%s/%s.json"):format(folder, item.id), "w"))
    assert(file:write(json.encode(item)))
  end
  local zipped = assert(tool.run { "zip", "-q", "-0", "-j", "-r", folder .. "/all.zip", folder, "-i", "*.json" })
  t.equal(zipped.code, 0, zipped.stderr)
  server:log()
end

local function without(list, last)
  return table.move(list, 1, #list - last, 1, {})
end

--- The paths that were asked for since the last look.
local function asked()
  local paths = {}
  for i, line in ipairs(server:log()) do paths[i] = line:match "^https %d+ (%S+)" end
  return paths
end

--- A folder with the path of a database in it.
local function place()
  local folder = t.tempdir() .. "/data"
  assert(fs.mkdirs(folder))
  return { folder = folder, path = folder .. "/a.db" }
end

--- Without what the machine that this runs on says of proxies.
local NO_PROXY = { https_proxy = false, HTTPS_PROXY = false, all_proxy = false, ALL_PROXY = false }

local function update(code, where, ...)
  return support.expect(code, { "advisories", "update", "--url", URL, "--ca-file", server.ca, "--database", where.path,
    ... }, { env = NO_PROXY })
end

--- An update that succeeds says so.
local function updates(where, pattern, ...)
  local result = update(0, where, ...)
  t.match(result.stdout, pattern, result.stderr)
  t.equal(fs.list(where.folder), { "a.db" })
  support.expect(1, { "advisories", "query", "package-1", "1.0", "--database", where.path })
  return result
end

--- What a database says of itself; nil: there is none.
local function facts(where)
  local db = advisories.open(where.path)
  if not db then return nil end
  local _ <close> = db
  assert(db:verify())
  return db:info()
end

--- One that fails says why in one line, and changes nothing.
local function refuses(where, pattern, ...)
  local before = facts(where)
  local result = update(3, where, ...)
  local problem = {}
  for line in result.stderr:gmatch "[^\n]+" do
    if line:find "^error: " then problem[#problem + 1] = line end
  end
  t.equal(#problem, 1, result.stderr)
  t.match(problem[1], pattern)
  t.equal(facts(where), before)
  t.equal(fs.list(where.folder), before and { "a.db" } or {})
end

--- A database that is up to date with `count` records.
local function filled(count)
  publish(records(count))
  local where = place()
  updates(where, ("%d added, 0 updated, 0 removed; %d advisories"):format(count, count))
  asked()
  return where
end

t.test("the first time all is fetched, then what is new is asked for", function()
  publish(records(10))
  local where = place()
  local result = updates(where, "10 added, 0 updated, 0 removed; 10 advisories in .*, the newest of 2024%-03%-01, ")
  t.match(result.stderr, "advisories: %d+%.%d MB")
  t.equal(asked(), { ZIP })
  local before = facts(where)
  updates(where, "nothing is new; 10 advisories")
  t.equal(asked(), { LIST })
  t.equal(facts(where), before)
end)

t.test("few changes are fetched alone", function()
  local where = filled(10)
  local list = records(11)
  list[3].modified, list[4].modified, list[11].modified = at(3), at(2), at(2, 1)
  list[4].withdrawn = at(2)
  publish(list)
  local result = update(0, where)
  t.match(result.stdout, "1 added, 2 updated, 0 removed; 11 advisories in .*, the newest of 2024%-03%-03")
  local paths = asked()
  t.equal({ #paths, paths[1] }, { 4, LIST })
  support.expect(0, { "advisories", "query", "package-4", "1.0", "--database", where.path })
  support.expect(1, { "advisories", "query", "package-11", "1.0", "--database", where.path })
  updates(where, "nothing is new; 11 advisories")
end)

t.test("without a list the server says whether the export is new", function()
  local where = filled(10)
  for _, status in ipairs { 403, 404 } do
    server:rule(LIST, { status = status })
    local said = updates(where, "nothing is new; 10 advisories").stderr
    t.match(said, "^✓ advisories: not changed")
    t.truthy(not said:find("list", 1, true), said)
    t.equal(asked(), { LIST, ZIP })
    t.match(updates(where, "nothing is new; 10 advisories", "--verbose").stderr,
      ("all is fetched: https://localhost:%%d+/PyPI/modified_id%%.csv: the server answers %d\n"):format(status))
    asked()
  end
  server:rule(LIST, { status = 500 })
  t.match(updates(where, "nothing is new; 10 advisories").stderr, "! list of changes: failed")
  asked()
  server:rule(ZIP, { plain = true })
  t.match(updates(where, "nothing is new; 10 advisories").stderr, "advisories: 0.0 MB")
  server:rule(ZIP)
  server:rule(LIST)
end)

t.test("an export that nobody keeps up to date is warned of", function()
  publish(records(1))
  local where = place()
  local function said(day)
    local env_of_day = { SOURCE_DATE_EPOCH = tostring(os.time { year = 2024, month = 3, day = day, hour = 12 }) }
    for name, value in pairs(NO_PROXY) do env_of_day[name] = value end
    return support.expect(0, { "advisories", "update", "--url", URL, "--ca-file", server.ca, "--database", where.path,
      "--quiet" }, { env = env_of_day }).stderr
  end
  t.equal(said(8), "")
  t.match(said(10), "^warning: [^\n]*a%.db: the newest advisory is 9 days old; whoever keeps the export .*\n$")
end)

t.test("records that the export no longer has go", function()
  local where = filled(10)
  publish(without(records(10), 2))
  updates(where, "0 added, 0 updated, 2 removed; 8 advisories")
  t.equal(asked(), { LIST, ZIP })
  support.expect(0, { "advisories", "query", "package-10", "1.0", "--database", where.path })
end)

t.test("many changes are fetched as one", function()
  local where = filled(10)
  local list = records(211)
  for i = 11, 211 do list[i].modified = at(2) end
  publish(list)
  updates(where, "201 added, 0 updated, 0 removed; 211 advisories")
  t.equal(asked(), { LIST, ZIP })
end)

--- Spoils what tells of one change, and sees that all is fetched for it. Returns the paths that were asked for.
local function fetches_all(name, spoil)
  local where = filled(10)
  local list = records(10)
  list[3].modified = at(3)
  publish(list)
  spoil(list)
  server:log()
  t.match(update(0, where).stdout, "0 added, 1 updated, 0 removed", name)
  return asked()
end

t.test("where the list is odd, all is fetched", function()
  local function put(lines) server:file(LIST, lines) end
  for name, spoil in pairs {
    ["a text"] = function() put "<html>sorry</html>" end,
    ["not the newest first"] = function(list) put((list_of(list):gsub("^([^\n]+\n)(.*)$", "%2%1"))) end,
    ["an id that leads elsewhere"] = function(list) put(at(9) .. ",../x\n" .. list_of(list)) end,
    ["an id in place of another"] = function(list) put((list_of(list):gsub("PYSEC%-2024%-1\n", "PYSEC-2024-3\n"))) end,
    ["no day"] = function(list) put((list_of(list):gsub("^[^,]+", "2024-99-01T00:00:00Z"))) end,
    ["no time"] = function(list) put((list_of(list):gsub("^[^,]+", "2024-03-03"))) end,
    ["cut off"] = function(list) put(list_of(list):sub(1, 80)) end,
  } do
    t.equal(fetches_all(name, spoil), { LIST, ZIP }, name)
  end
end)

t.test("where a record is not what the list says, all is fetched", function()
  local path = "/PyPI/PYSEC-2024-3.json"
  for name, body in pairs { old = json.encode(record(3, at(1))), other = json.encode(record(4, at(3))), none = "[]",
    text = "<html>sorry</html>" } do
    t.equal(fetches_all(name, function() server:file(path, body) end), { LIST, path, ZIP }, name)
  end
  server:rule(path, { status = 404 })
  t.equal(fetches_all("missing", function() end), { LIST, path, ZIP })
  server:rule(path)
end)

t.test("an export that has lost half of its records is refused, unless that is wanted", function()
  local where = filled(10)
  publish(without(records(10), 6))
  refuses(where, "less than half of the 10 records .*%-%-force")
  updates(where, "0 added, 0 updated, 6 removed; 4 advisories", "--force")
  where = filled(10)
  publish(without(records(10), 5))
  updates(where, "5 removed; 5 advisories")
end)

t.test("what is no export is refused", function()
  local where = filled(10)
  server:rule(LIST, { status = 404 })
  for body, why in pairs { ["<html>sorry</html>"] = "no zip", [""] = "no zip", ["PK\3\4 and no more"] = "damaged" } do
    server:file(ZIP, body)
    refuses(where, "error: https://localhost:%d+/PyPI/all%.zip: .*" .. why)
  end
  publish(records(10))
  local zip = fs.read(server.folder .. "/www" .. ZIP)
  server:file(ZIP, zip:sub(1, #zip // 2))
  refuses(where, "damaged zip")
  server:file(ZIP, (zip:gsub("flaw", "FLAW")))
  refuses(where, "all%.zip")
  server:rule(LIST)
end)

t.test("a download that is cut off, or refused, changes nothing and names the way out", function()
  local where = filled(10)
  publish(records(300))
  local function with(rule, pattern)
    server:rule(ZIP, rule)
    refuses(where, pattern)
    refuses(place(), pattern)
    server:rule(ZIP)
  end
  with({ claim = 1000 }, "1000 bytes remaining.*try again")
  with({ reset = true }, "reset by peer.*try again")
  with({ status = 404 }, "answers 404; check the address %(%-%-url%)")
  with({ status = 503 }, "answers 503; try again later")
  with({ redirect = server.http .. ZIP }, "not https; check the address")
  with({ redirect = ZIP }, "more than 5 redirects; check the address")
end)

t.test("a server that is not who it should be is refused", function()
  local where = filled(10)
  refuses(where, "certificate.*%-%-ca%-file", "--ca-file", server.stranger)
  refuses(place(), "certificate.*%-%-ca%-file", "--url", server.elsewhere .. ZIP)
  refuses(place(), "only https is allowed.*%-%-url", "--url", "http://example.com/all.zip")
  refuses(place(), "no such host.*%-%-proxy", "--url", "https://nowhere.invalid/all.zip")
end)

t.test("it goes through a proxy", function()
  publish(records(10))
  local where = place()
  updates(where, "10 added", "--proxy", server.proxy)
  t.match(server:log()[1], "^proxy localhost:")
  server:rule("proxy", { status = 403 })
  refuses(where, "403; check the proxy", "--proxy", server.proxy)
  server:rule("proxy")
  refuses(where, "check the network, the address and the proxy", "--proxy", "http://127.0.0.1:1")
end)

local DIRECT = env.list()
for name in pairs(NO_PROXY) do DIRECT[name] = nil end

--- Runs a shell line in which "$@" is an update of `where`.
local function in_shell(line, where)
  return assert(tool.run { "/bin/bash", "-c", line, server.folder, t.program, "advisories", "update", "--url", URL,
    "--ca-file", server.ca, "--database", where.path, cwd = where.folder, timeout = 120, env = DIRECT })
end

t.test("an interrupt in the middle leaves the database as it was, and no file", function()
  local where = filled(10)
  local before = facts(where)
  publish(records(300))
  server:rule(ZIP, { stall = true })
  local result = in_shell([["$@" & pid=$!
until grep -qs half "$0/log"; do sleep 0.05; done
kill -INT $pid; wait $pid; echo $?]], where)
  server:rule(ZIP)
  t.equal(result.stdout, "130\n", result.stderr)
  t.equal(facts(where), before)
  t.equal(fs.list(where.folder), { "a.db" })
end)

t.test("two at once both end well", function()
  publish(records(300))
  local where = place()
  local result = in_shell([["$@" & one=$!; "$@" & two=$!; wait $one; a=$?; wait $two; echo $a $?]], where)
  t.match(result.stdout, "0 0\n$", result.stderr)
  updates(where, "nothing is new; 300 advisories")
end)

t.test("a disk that is full is named, and nothing is left on it", function()
  local where = filled(10)
  local before = facts(where)
  publish(records(300))
  local result = in_shell([[ulimit -f 8; "$@"; echo $?]], where)
  t.equal(result.stdout, "3\n", result.stderr)
  t.match(result.stderr, "\nerror: [^\n]*File too large\n$")
  t.equal(facts(where), before)
  t.equal(fs.list(where.folder), { "a.db" })
end)

t.test("a terminal sees how far it is", function()
  publish(records(300))
  local where = place()
  local result = assert(tool.run { "script", "--quiet", "--return", "--log-out", "/dev/null", "--command",
    ("TERM=xterm '%s' advisories update --url '%s' --ca-file '%s' --database '%s'"):format(t.program, URL, server.ca,
      where.path), timeout = 120, env = DIRECT })
  t.equal(result.code, 0, result.stdout)
  t.match(result.stdout, "advisories  ██████████ 100 %%, 0%.%d of 0%.%d MB")
end)

return t.finish()
