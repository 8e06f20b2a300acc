--- pip-audit's report. findings.json and all-skipped.json are its own: of a run against an OSV service, and of one
-- against an index that serves no vulnerability data.
local t = require "harness"
local fs = require "pysec.fs"
local json = require "pysec.json"
local scanner = require "scanners.pip_audit"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

local FIXTURES = t.root .. "/tests/fixtures/pip-audit/"
local FINDINGS = assert(fs.read(FIXTURES .. "findings.json"))
local SKIPPED = assert(fs.read(FIXTURES .. "all-skipped.json"))

local GIVEN = { "jinja2==2.10", "requests==2.19.1", "idna==2.7", "py==1.11.0" }

--- A job over pins; those of the fixture where none are given.
local function job_for(pins, fields)
  local job = { packages = {}, by_key = {}, notes = {}, scratch = "/tmp", set_files = { "/tmp/set.txt" }, timeout = 60,
    advisories = "auto", options = {},
    database = { path = "/data/gone.db", is_there = function() return false end }, tools = toolbox.open "/opt/tools",
    note = function(self, text) table.insert(self.notes, text) end }
  for i, pin in ipairs(pins or GIVEN) do
    local name, version = pin:match "^(.-)==(.*)$"
    job.packages[i] = { name = name, version = version, direct = i == 1, path = "requirements.txt", line = i }
    job.by_key[pin] = job.packages[i]
  end
  for name, value in pairs(fields or {}) do job[name] = value end
  return job
end

local function read(result, job)
  result.seconds, result.stdout, result.stderr = 1, result.stdout or "", result.stderr or ""
  return scanner.read({ result }, job or job_for())
end

t.test("turns vulnerabilities into findings that know their line", function()
  local found = assert(read { code = 1, stdout = FINDINGS })
  t.equal({ #found.findings, #found.skipped, found.audited, #found.vulnerabilities }, { 4, 0, 4, 4 })
  t.equal(found.findings[1], {
    id = "PYSEC-2019-217", aliases = { "CVE-2019-10906", "GHSA-462w-v97r-4m45" }, kind = "vulnerability",
    package = "jinja2", version = "2.10", fix_versions = { "2.10.1" }, direct = true, severity = "unknown",
    summary = "Sandbox escape through str.format_map in Jinja2", sources = { "pip-audit" },
    url = "https://osv.dev/vulnerability/PYSEC-2019-217", path = "requirements.txt", line = 1,
  })
  t.equal(found.findings[2].direct, false)
  t.equal(found.findings[4].fix_versions, {}, "a flaw without a fix")
end)

t.test("lists them in the guide's shape as well", function()
  local found = assert(read { code = 1, stdout = FINDINGS })
  t.equal(found.vulnerabilities[2].name, "requests")
  local text = json.encode(found.vulnerabilities[4])
  for _, key in ipairs { "name", "version", "id", "description", "fix_versions", "aliases" } do
    t.contains(text, '"' .. key .. '":')
  end
  t.contains(text, '"fix_versions":[]')
end)

t.test("keeps the report as it came, but for secrets", function()
  t.equal(read({ code = 1, stdout = FINDINGS }).raw, FINDINGS)
  local secret = FINDINGS:gsub("Sandbox escape", "https://user:hunter22@x.example/ escape")
  t.lacks(read({ code = 1, stdout = secret }).raw, "hunter22")
end)

t.test("reads a clean report", function()
  local job = job_for { "idna==2.7" }
  local found = assert(read({ code = 0, stdout = '{"dependencies": [{"name": "idna", "version": "2.7", "vulns": []}], '
    .. '"fixes": []}' }, job))
  t.equal({ found.findings, found.skipped, found.audited }, { {}, {}, 1 })
end)

t.test("never takes a report that skipped everything for a clean one", function()
  local job = job_for { "flask==0.12", "idna==2.7", "jinja2==2.10", "urllib3==1.23" }
  local found = assert(read({ code = 0, stdout = SKIPPED }, job))
  t.equal({ #found.findings, found.audited, #found.skipped }, { 0, 0, 4 })
  t.equal(found.skipped[3], { name = "jinja2",
    reason = "Dependency not found on PyPI and could not be audited: jinja2 (2.10)" })
end)

for _, fixture in ipairs { "findings.json", "all-skipped.json" } do
  t.test("takes every cut of a report for an error, never for a clean one: " .. fixture, function()
    local text = assert(fs.read(FIXTURES .. fixture)):match "^(.-)%s*$"
    for size = 0, #text - 1 do
      for code = 0, 1 do
        local found, message = read({ code = code, stdout = text:sub(1, size) }, job_for {})
        t.equal(found, nil, size)
        t.match(message, size == 0 and "^pip%-audit could not run"
          or "^pip%-audit wrote no whole JSON: line 1, column %d+", size)
      end
    end
  end)
end

t.test("takes what follows the JSON for an error", function()
  local found, message = read { code = 0, stdout = FINDINGS .. "trailing" }
  t.equal(found, nil)
  t.match(message, "^pip%-audit wrote no whole JSON: line 2, column 1")
end)

t.test("says that the service was not reached where nothing was written", function()
  for _, stdout in ipairs { "", "\n" } do
    local found, message, unreachable = read { code = 1, stdout = stdout,
      stderr = "Traceback (most recent call last):\n  File x\nConnectionError: HTTPSConnectionPool(host='pypi.org')\n" }
    t.equal(found, nil)
    t.equal(message, "pip-audit could not run: ConnectionError: HTTPSConnectionPool(host='pypi.org')")
    t.equal(unreachable, true)
  end
end)

t.test("says what became of the program where it did not end well", function()
  for want, result in pairs {
    ["^pip%-audit ended with exit code 2: no such option$"] = { code = 2, stderr = "no such option\n" },
    ["^pip%-audit was killed by signal 9"] = { signal = 9, stdout = FINDINGS },
    ["^pip%-audit did not end within its time"] = { timed_out = true, code = 1, stdout = FINDINGS },
    ["^pip%-audit wrote more than can be kept"] = { truncated = true, code = 1, stdout = FINDINGS },
  } do
    local found, message, unreachable = read(result)
    t.equal({ found, unreachable }, {})
    t.match(message, want)
  end
end)

t.test("says how pip-audit can be had where it is missing", function()
  local job = job_for()
  local found, message = scanner.read(tool.all { { "/nonexistent/python" } }, job)
  t.equal(found, nil)
  t.equal(message, "/nonexistent/python: No such file or directory; run: pysec tools install")
end)

t.test("wants word of every package that it was given", function()
  local found, message = read({ code = 1, stdout = FINDINGS },
    job_for { "jinja2==2.10", "requests==2.19.1", "idna==2.7", "py==1.11.0", "flask==0.12" })
  t.equal({ found, message }, { nil, "pip-audit spoke of 4 packages, it was given 5" })
  found, message = read({ code = 1, stdout = FINDINGS }, job_for { "jinja2==2.10", "flask==0.12" })
  t.equal({ found, message }, { nil, "pip-audit did not speak of flask, which it was given" })
end)

t.test("never takes JSON of another shape for a clean report", function()
  for _, text in ipairs {
    "{}", "[]", "null", "false", "0", '""', '{"dependencies": null}', '{"dependencies": {}}',
    '{"dependencies": "none"}',
    '{"dependencies": [1]}', '{"dependencies": [null]}', '{"dependencies": [[]]}', '{"dependencies": [{}]}',
    '{"dependencies": [{"name": "idna"}]}', '{"dependencies": [{"name": "idna", "version": "2.7"}]}',
    '{"dependencies": [{"name": "idna", "version": "2.7", "vulns": null}]}',
    '{"dependencies": [{"name": "idna", "version": "2.7", "vulns": {}}]}',
    '{"dependencies": [{"name": "idna", "version": 2.7, "vulns": []}]}',
    '{"dependencies": [{"name": "idna", "version": "2.7", "vulns": [1]}]}',
    '{"dependencies": [{"name": "idna", "version": "2.7", "vulns": [{}]}]}',
    '{"dependencies": [{"name": "idna", "version": "2.7", "vulns": [{"id": null}]}]}',
    '{"dependencies": [{"name": null, "skip_reason": "x"}]}',
    '{"dependencies": [{"name": "idna", "skip_reason": null}]}',
    '{"vulnerabilities": []}', '{"dependencies": []}',
  } do
    local found, message = read({ code = 0, stdout = text }, job_for { "idna==2.7" })
    t.equal(found, nil, text)
    t.match(message, "^pip%-audit ", text)
  end
end)

t.test("takes missing details of a vulnerability for empty ones", function()
  local found = assert(read({ code = 1, stdout = [[{"dependencies": [{"name": "idna", "version": "2.7", "vulns": [
    {"id": "X-1", "fix_versions": null, "aliases": [1, "X-2"], "description": null}]}]}]] }, job_for { "idna==2.7" }))
  local finding = found.findings[1]
  t.equal({ finding.fix_versions, finding.aliases, finding.summary }, { {}, { "X-2" }, "" })
end)

-- --- the command line ---

t.test("gives pip-audit the pinned set and lets it resolve nothing", function()
  local spec = scanner.specs(job_for())[1]
  local line = table.concat(spec, " ")
  t.match(line, "^/opt/tools/main/bin/python %-I %-m pip_audit %-r /tmp/set%.txt ")
  for _, word in ipairs { "--no-deps", "--disable-pip", "--format json" } do t.contains(line, word) end
  t.lacks(line, "osv")
  t.equal({ spec.cwd, spec.timeout }, { "/tmp", 60 })
end)

t.test("runs once for each file of the set and joins what they say", function()
  local job = job_for(nil, { set_files = { "/tmp/set.txt", "/tmp/set-2.txt" } })
  local specs = scanner.specs(job)
  t.equal(#specs, 2)
  t.contains(table.concat(specs[2], " "), "-r /tmp/set-2.txt")
  local first, second = FINDINGS:match '^(.*%]}), ({"name": "idna".*)$'
  local results = { { code = 1, stdout = first .. '], "fixes": []}', stderr = "", seconds = 1 },
    { code = 1, stdout = '{"dependencies": [' .. second, stderr = "", seconds = 1 } }
  local found = assert(scanner.read(results, job))
  t.equal({ #found.findings, found.audited }, { 4, 4 })
  t.equal(json.decode(found.raw), json.decode(FINDINGS))
  results[2].stdout = ""
  t.equal(scanner.read(results, job), nil, "one that failed spoils it")
end)

t.test("points it to the advisories that were chosen", function()
  local line = table.concat(scanner.specs(job_for(nil, { advisory_url = "osv" }))[1], " ")
  t.contains(line, "--vulnerability-service osv")
  t.lacks(line, "--osv-url")
  line = table.concat(scanner.specs(job_for(nil, { advisory_url = "http://127.0.0.1:1/x/v1/query" }))[1], " ")
  t.contains(line, "--vulnerability-service osv --osv-url http://127.0.0.1:1/x/v1/query")
end)

-- --- the local database in place of the index ---

local THERE = { is_there = function() return true end }
local ALL_SKIPPED = { audited = 0, skipped = { {} }, findings = {} }

t.test("runs again with the local database where the index knows nothing or is not there", function()
  for reason, case in pairs {
    ["the package index serves no vulnerability data"] = { ALL_SKIPPED, nil },
    ["the package index could not be reached"] = { nil, true },
  } do
    local job = job_for(nil, { database = THERE, serve_database = function(self)
      self.advisory_url = "http://127.0.0.1:1/v1/query"
      return true
    end })
    local specs = scanner.again(case[1], case[2], job)
    t.contains(table.concat(specs[1], " "), "--osv-url http://127.0.0.1:1/v1/query")
    t.equal(job.notes, { reason .. "; pip-audit used the local database instead" })
  end
end)

t.test("says what is missing where there is no local database, or none that can be used", function()
  local job = job_for()
  t.equal(scanner.again(ALL_SKIPPED, nil, job), nil)
  t.match(job.notes[1], "no local database at /data/gone.db; make one with: pysec advisories update$")
  job = job_for(nil, { options = { database = "/data/gone.db" } })
  t.equal(scanner.again(nil, true, job), nil)
  t.match(job.notes[1], "no local database at /data/gone.db; make one with: pysec advisories update "
    .. "%-%-database /data/gone.db$")
  job = job_for(nil, { database = THERE, serve_database = function() return nil, "it is damaged" end })
  t.equal(scanner.again(nil, true, job), nil)
  t.match(job.notes[1], "could not be reached, and the local database cannot be used: it is damaged$")
end)

t.test("does not run again where there is no need, or another choice was made", function()
  local some = { audited = 1, skipped = { {} }, findings = {} }
  for _, case in ipairs {
    { some, nil, job_for() }, { { audited = 0, skipped = {}, findings = {} }, nil, job_for() }, { nil, nil, job_for() },
    { ALL_SKIPPED, nil, job_for(nil, { advisories = "pypi" }) }, { nil, true, job_for(nil, { advisory_url = "osv" }) },
  } do
    t.equal(scanner.again(case[1], case[2], case[3]), nil)
    t.equal(case[3].notes, {})
  end
end)

return t.finish()
