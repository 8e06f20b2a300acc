--- Bare findings: what somebody wrote by hand or with a program of their own.
local t = require "harness"
local json = require "pysec.json"
local stored = require "stored"

local WHOLE = { id = "PYSEC-2019-217", aliases = { "CVE-2019-10906" }, kind = "vulnerability", package = "jinja2",
  version = "2.10", fix_versions = { "2.10.1" }, direct = true, severity = "high", score = 8.6,
  vector = "CVSS:3.1/AV:N", summary = "Sandbox escape", url = "https://osv.dev/", sources = { "osv" },
  path = "requirements.txt", line = 3 }

--- WHOLE with other fields; json.null where a value is "null".
local function finding(fields)
  local own = {}
  for name, value in pairs(WHOLE) do own[name] = value end
  for name, value in pairs(fields or {}) do
    if value == "null" then value = json.null end
    own[name] = value
  end
  return own
end

t.test("reads a list and a single finding, and keeps every field", function()
  t.equal(stored.read("findings", { WHOLE, WHOLE }).findings, { WHOLE, WHOLE })
  t.equal(stored.read("findings", WHOLE).findings, { WHOLE })
  local report = stored.read("findings", json.array())
  t.equal({ report.findings, report.evidence, report.packages, report.decisions }, { {}, {} })
end)

t.test("completes what is left out or null", function()
  local short = stored.read("findings", { id = "CVE-1", package = "Zope_Interface..x", version = "1" }).findings[1]
  t.equal(short, { id = "CVE-1", package = "zope-interface-x", version = "1", kind = "vulnerability",
    severity = "unknown",
    aliases = {}, fix_versions = {}, sources = {}, summary = "" })
  for _, name in ipairs { "aliases", "fix_versions", "sources" } do t.truthy(json.is_array(short[name]), name) end
  local nulls = { kind = "null" }
  for _, name in ipairs { "version", "summary", "url", "path", "vector", "aliases", "fix_versions", "sources", "line",
    "score", "direct", "test", "confidence" } do nulls[name] = "null" end
  nulls.kind = nil
  t.equal(stored.read("findings", finding(nulls)).findings[1], { id = WHOLE.id, kind = "vulnerability",
    package = "jinja2", severity = "high", aliases = {}, fix_versions = {}, sources = {}, summary = "" })
  t.equal(stored.read("findings", { id = "B101", path = "a.py", line = 1 }).findings[1].kind, "code")
end)

t.test("refuses what it would have to guess, and says where it is", function()
  local cases = {
    [{ id = 7 }] = "id: expected a text, not 7$",
    [{ severity = "hihg" }] = "severity: expected none, low, medium, high, critical or unknown, not 'hihg' "
      .. "%(did you mean 'high'%?%)$",
    [{ severity = "HIGH" }] = "severity: .*%(did you mean 'high'%?%)$",
    [{ severity = "null" }] = "severity: .*not null$",
    [{ severity = 7.5 }] = "severity: .*not 7%.5$",
    [{ kind = "vuln" }] = "kind: expected vulnerability, code or policy",
    [{ kind = "null" }] = "kind: ", [{ package = "null" }] = "it has no package$", [{ package = "" }] = "package: ",
    [{ package = 3 }] = "package: ", [{ version = 2.10 }] = "version: expected a text, not 2%.1$",
    [{ summary = json.array() }] = "summary: expected a text, not a list or an object$", [{ url = 1 }] = "url: ",
    [{ aliases = "CVE-1" }] = "aliases: expected a list of texts, not 'CVE%-1'$", [{ aliases = { 1 } }] = "aliases: ",
    [{ fix_versions = { a = "1" } }] = "fix_versions: ", [{ sources = { json.null } }] = "sources: .*not null$",
    [{ line = 1.5 }] = "line: expected a whole number, not 1%.5$", [{ line = "3" }] = "line: ",
    [{ score = "7" }] = "score: expected a number, not '7'$",
    [{ direct = 1 }] = "direct: expected true or false, not 1$",
    [{ direct = "yes" }] = "direct: ", [{ kind = "code", path = "null" }] = "it has no path$",
  }
  for fields, want in pairs(cases) do
    local id = fields.id == nil and " %(PYSEC%-2019%-217%)" or ""
    stored.refuses { { { WHOLE, finding(fields) }, ("finding 2%s: %s"):format(id, want) } }
  end
  stored.refuses {
    { { { package = "a" } }, "finding 1: it has no id$" }, { { { id = "" } }, "finding 1 %(%): id: " },
    { { { id = "x" } }, "finding 1 %(x%): it has neither a package nor a path$" },
    { "[1]", "finding 1: a finding: expected an object, not 1$" }, { "[null]", "finding 1: .*not null$" },
    { { id = "x", severity = "odd", package = "a" }, "finding 1 %(x%): severity: " },
  }
end)

t.test("takes every cut for an error with its place", function()
  stored.refuses_every_cut(json.encode({ WHOLE, finding { id = "x" } }, { pretty = true }))
end)

return t.finish()
