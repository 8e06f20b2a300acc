--- pysec advisories show, query, info and verify: what the database knows, in words.
local fs = require "pysec.fs"
local json = require "pysec.json"
local t = require "harness"
local support = require "support"

local VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"

--- A record with all that a database may say; `fields` replace or add to it.
local function record(id, fields)
  local made = {
    id = id, modified = "2024-02-01T00:00:00Z", published = "2024-01-01T00:00:00Z",
    summary = "One is \27[31mbad.", aliases = json.array { "CVE-2024-1" },
    details = ("long "):rep(30) .. "\n\n```\ncode\n```\n",
    severity = json.array { { type = "CVSS_V3", score = VECTOR } },
    affected = json.array {
      { package = { ecosystem = "PyPI", name = "One" }, ranges = json.array {
        { type = "GIT", events = json.array { { introduced = "0" }, { fixed = "abcdef" } } },
        { type = "ECOSYSTEM", events = json.array { { introduced = "2.0" }, { fixed = "2.3" }, { introduced = "0" },
          { fixed = "1.10" } } } } },
      { package = { ecosystem = "npm", name = "one" }, versions = json.array { "9" } },
    },
    references = json.array { { type = "WEB", url = "https://example.org/1" } },
    credits = json.array { { name = "Ann" } },
  }
  for name, value in pairs(fields or {}) do made[name] = value end
  return made
end

--- A folder with a database of these records; returns a function that runs an action on it.
local function database(records)
  local folder = t.tempdir()
  assert(fs.mkdirs(folder .. "/records"))
  for i, value in ipairs(records) do assert(fs.write(("%s/records/%d.json"):format(folder, i), json.encode(value))) end
  local function run(code, ...)
    return support.expect(code, { "advisories", ... },
      { cwd = folder, env = { PYSEC_DATABASE = folder .. "/a.db" } })
  end
  run(0, "import", "records")
  return run, folder
end

t.test("show tells all that a record says, with its vector in words", function()
  local run = database { record "PYSEC-2024-1" }
  local shown = run(0, "show", "PYSEC-2024-1").stdout
  for _, line in ipairs {
    "PYSEC%-2024%-1  One is .*bad%.\n", "\n  severity:  high 7%.5, by " .. VECTOR:gsub("%p", "%%%0") .. "\n",
    "\n             Attack Vector: Network\n", "\n             Confidentiality: High\n",
    "\n  aliases:   CVE%-2024%-1\n", "\n  affected:  one: before 1%.10; from 2%.0 before 2%.3\n",
    "\n  fixed in:  1%.10, 2%.3\n", "\n  published: 2024%-01%-01T00:00:00Z\n",
    "\n  modified:  2024%-02%-01T00:00:00Z\n", "\n  credits:   Ann\n", "\n  links:     https://example%.org/1\n",
    "\n  details:   long [long ]+long\n             long [long ]+\n\n             ```\n             code\n",
  } do t.match(shown, line) end
  t.equal(shown:find("\27", 1, true), nil, "control characters are escaped")
  t.equal(shown:find("withdrawn", 1, true), nil)
  for line in shown:gmatch "[^\n]+" do t.truthy(#line <= 96, line) end
end)

t.test("an alias names all its records, in any case", function()
  local run = database { record "PYSEC-2024-1", record("GHSA-aaaa-bbbb-cccc", { severity = json.null }) }
  for _, alias in ipairs { "CVE-2024-1", "cve-2024-1" } do
    local shown = run(0, "show", alias).stdout
    t.match(shown, "^GHSA%-aaaa%-bbbb%-cccc .*\n\nPYSEC%-2024%-1 ")
    t.match(shown, "high 7%.5.*high 7%.5", "the alias gives its rating")
  end
  t.match(run(0, "show", "ghsa-AAAA-bbbb-cccc").stdout, "^GHSA%-aaaa")
  local records = json.decode(run(0, "show", "CVE-2024-1", "--json").stdout)
  t.equal({ records[1].id, records[2].id }, { "GHSA-aaaa-bbbb-cccc", "PYSEC-2024-1" })
  t.equal(json.decode(run(0, "show", "PYSEC-2024-1", "--json").stdout).credits[1].name, "Ann")
end)

t.test("a withdrawn record is shown as one, and what is not known exits 2", function()
  local run = database { record("PYSEC-2024-1", { withdrawn = "2024-03-01T00:00:00Z" }) }
  local shown = run(0, "show", "CVE-2024-1").stdout
  t.match(shown, "\n  withdrawn: 2024%-03%-01T00:00:00Z\n")
  t.match(shown, "severity:  unknown: withdrawn records are not rated\n")
  t.match(run(2, "show", "CVE-2024-2").stderr, 'no advisory has this id or alias: "CVE%-2024%-2"')
  for _, id in ipairs { "nope", "cve-2024-xyz" } do
    t.contains(run(2, "show", id).stderr, ('no advisory has this id or alias: "%s"'):format(id))
  end
end)

t.test("a link that is there twice is shown once", function()
  local function link(kind, url) return { type = kind, url = url } end
  local run = database { record("A-1", { references = json.array { link("WEB", "https://example.org/2"),
    link("WEB", "https://example.org/1"), link("FIX", "https://example.org/2"), { type = "WEB", url = json.null } } }) }
  t.contains(run(0, "show", "A-1").stdout,
    "\n  links:     https://example.org/2\n             https://example.org/1\n  details:")
end)

t.test("ranges and lists are told apart", function()
  local function affected(entry)
    entry.package = { ecosystem = "PyPI", name = "one" }
    local run = database { record("A-1", { affected = json.array { entry } }) }
    return run(0, "show", "A-1").stdout:match "affected:  ([^\n]+)"
  end
  local function range(...) return { ranges = json.array { { type = "ECOSYSTEM", events = json.array { ... } } } } end
  t.equal(affected(range { introduced = "0" }), "one: all versions, no fix is known")
  t.equal(affected(range { introduced = "1.2" }), "one: from 1.2 on, no fix is known")
  t.equal(affected(range({ introduced = "1" }, { last_affected = "2" })), "one: from 1 up to and with 2")
  t.equal(affected(range({ introduced = "1" }, { limit = "3" })), "one: from 1 on, no fix is known, below 3 only")
  t.equal(affected { versions = json.array { "1", "2" } }, "one: 1, 2")
  local many = {}
  for i = 1, 14 do many[i] = tostring(i) end
  t.equal(affected { versions = json.array(many) }, "one: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, and 2 more")
end)

t.test("query has the severity, and info says how many are how bad and whence they came", function()
  local run = database { record "PYSEC-2024-1", record("PYSEC-2024-2", { aliases = json.null, severity = json.null }) }
  local table_of = run(1, "query", "one", "1.9").stdout
  t.match(table_of, "ID%s+SEVERITY%s+ALIASES%s+FIXED IN%s+SUMMARY")
  t.match(table_of, "PYSEC%-2024%-1%s+high 7%.5%s+CVE%-2024%-1%s+1%.10, 2%.3")
  t.match(table_of, "PYSEC%-2024%-2%s+unknown")
  local info = run(0, "info").stdout
  t.match(info, "severity%s+1 high, 1 unknown")
  t.match(info, "malware%s+0")
  t.match(info, "from%s+files: 2 advisories, imported %d+%-")
end)

t.test("import and info warn of a database whose newest advisory is older than a week, as runs do", function()
  local folder = t.files(t.tempdir(), { ["a.json"] = json.encode(record "PYSEC-2024-1") })
  local function said(seconds, ...)
    return support.expect(0, { "advisories", "--quiet", "--database", folder .. "/a.db", ... },
      { env = { SOURCE_DATE_EPOCH = tostring(seconds) } }).stderr
  end
  local start = os.time { year = 2024, month = 2, day = 1, hour = 12 }
  for _, arguments in ipairs { { "import", folder .. "/a.json" }, { "info" }, { "info", "--json" } } do
    local function run(days) return said(start + days * 86400, table.unpack(arguments)) end
    t.equal(run(6), "")
    t.match(run(9), "^warning: [^\n]*a%.db: the newest advisory is %d days old; get what was found since with: pysec "
      .. "advisories update\n$")
  end
end)

t.test("verify tells a whole database from a damaged one", function()
  local run, folder = database { record "PYSEC-2024-1" }
  t.match(run(0, "verify").stdout, "whole, with 1 advisory")
  local bytes = fs.read(folder .. "/a.db")
  local at = assert(bytes:find("CVE-2024-1", 1, true))
  assert(fs.write(folder .. "/a.db", bytes:sub(1, at - 1) .. "X" .. bytes:sub(at + 1)))
  t.match(run(3, "verify").stderr, "damaged %(a checksum does not match%); remove it, then make it anew with: pysec")
end)

return t.finish()
