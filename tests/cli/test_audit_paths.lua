--- pysec audit: files, lock files, environments and trees, by the local database alone.
local fs = require "pysec.fs"
local json = require "pysec.json"
local tool = require "pysec.tool"
local t = require "harness"
local support = require "support"

local project = support.project()
local ENV = { PYSEC_DATABASE = project .. "/advisories.db", PYSEC_TOOLS = "/nonexistent/tools" }

local function audit(code, arguments, folder)
  local list = { "audit" }
  table.move(arguments, 1, #arguments, 2, list)
  return support.expect(code, list, { cwd = folder or project, env = ENV })
end

local function record_of(code, arguments, folder)
  table.insert(arguments, 1, "--format=json")
  return json.decode(audit(code, arguments, folder).stdout)
end

--- "package id path:line" of each decision.
local function places(record)
  local list = {}
  for i, decision in ipairs(record.decisions) do
    local finding = decision.finding
    list[i] = ("%s %s %s:%s"):format(finding.package, finding.id, finding.path, finding.line)
  end
  return list
end

local UV_LOCK = [=[
version = 1
requires-python = ">=3.8"

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "jinja2" }, { name = "mine" }]

[[package]]
name = "jinja2"
version = "2.10"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "mine"
version = "1.0"
source = { git = "https://example.com/mine?rev=v1#0123456789012345678901234567890123456789" }
]=]

t.test("a file of pins is audited without tools, each finding with its file and line", function()
  local folder = t.files(t.tempdir(), { ["requirements.txt"] = "# pins\njinja2==2.10\nurllib3==1.23\nfoo==1.0\n" })
  local record = record_of(1, { "requirements.txt" }, folder)
  t.equal(places(record), { "jinja2 PYSEC-2019-217 requirements.txt:2", "jinja2 PYSEC-2021-66 requirements.txt:2",
    "urllib3 PYSEC-2019-132 requirements.txt:3", "urllib3 PYSEC-2023-192 requirements.txt:3" })
  t.equal(record.exit, 1)
  t.equal(#record.packages, 3)
  t.equal(record.inputs, json.array { { kind = "file", path = "requirements.txt", packages = 3 } })
  local finding = record.decisions[2].finding
  t.equal({ finding.severity, finding.score, finding.vector, finding.sources },
    { "medium", 5.3, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L", json.array { "osv" } })
  local database = record.evidence[1].database
  t.equal(database.count, 10)
  t.truthy(database.age_days > 7)
  t.match(record.notes[1], "days old.*pysec advisories update")
end)

t.test("what is not pinned is named with its place, and leaves the evidence incomplete", function()
  local folder = t.files(t.tempdir(), { ["requirements.txt"] = "requests\njinja2==3.1.6\nurllib3>=2\n" })
  local result = audit(3, { "requirements.txt" }, folder)
  t.match(result.stderr, "requirements.txt:1: 'requests' was not audited: not pinned: any version %(and 1 more%)")
  local record = record_of(3, { "requirements.txt" }, folder)
  t.equal(record.evidence[2].skipped, json.array {
    { name = "requests", reason = "not pinned: any version", path = "requirements.txt", line = 1 },
    { name = "urllib3", reason = "not pinned: >=2", path = "requirements.txt", line = 3 },
  })
end)

t.test("a tree is audited whole: files, lock files and environments, each package once with all its places", function()
  local folder = t.files(t.tempdir(), { ["a/requirements.txt"] = "jinja2==2.10\n", ["b/uv.lock"] = UV_LOCK,
    ["b/pyproject.toml"] = '[project]\nname = "app"\nversion = "0.1.0"\ndependencies = ["jinja2", "mine"]\n',
    ["c/.venv/pyvenv.cfg"] = "version = 3.11.2\n",
    ["c/.venv/lib/python3.11/site-packages/jinja2-2.10.dist-info/METADATA"] = "Name: Jinja2\nVersion: 2.10\n\n",
    ["node_modules/requirements.txt"] = "urllib3==1.23\n" })
  local record = record_of(1, {}, folder)
  t.equal(places(record), { "jinja2 PYSEC-2019-217 a/requirements.txt:1", "jinja2 PYSEC-2021-66 a/requirements.txt:1" })
  t.equal(record.decisions[1].finding.locations, json.array { { path = "a/requirements.txt", line = 1 },
    { path = "b/uv.lock", line = 10 }, { path = "c/.venv" } })
  local kinds = {}
  for i, input in ipairs(record.inputs) do kinds[i] = input.kind .. " " .. input.path end
  t.equal(kinds, { "file a/requirements.txt", "uv b/uv.lock", "environment c/.venv" })
  t.equal(record.evidence[2].skipped[1].name, "mine")
  t.match(audit(1, {}, folder).stdout, "jinja2%s+2.10%s+CVE%-2019%-10906%s+.*a/requirements.txt:1 %(%+2%)")
end)

t.test("a broken file is missing evidence and what is right in it counts; a path that is not there is wrong", function()
  local folder = t.files(t.tempdir(), { ["a/poetry.lock"] = "[[package]\n", ["requirements.txt"] = "jinja2==3.1.6\n" })
  t.match(audit(3, {}, folder).stderr, "a/poetry.lock:1")
  t.match(audit(3, { "a/poetry.lock", "requirements.txt" }, folder).stderr, "a/poetry.lock:1")
  t.files(folder, { ["bad.txt"] = "idna==2.7\nfoo bar\n-r gone.txt\njinja2==2.10\n" })
  local record = record_of(1, { "bad.txt" }, folder)
  t.equal(places(record), { "idna PYSEC-2024-60 bad.txt:1", "jinja2 PYSEC-2019-217 bad.txt:4",
    "jinja2 PYSEC-2021-66 bad.txt:4" })
  t.match(record.evidence[2].reason, "^bad.txt:2: 'foo bar': .*; write a requirement")
  t.match(record.evidence[3].reason, "^bad.txt:3: gone.txt: no such file")
  t.match(audit(2, { "gone.txt" }, folder).stderr, "gone.txt")
  t.match(audit(2, {}, t.tempdir()).stderr, "nothing to audit")
end)

t.test("policies decide, and their findings have their place, too", function()
  local folder = t.files(t.tempdir(), { ["requirements.txt"] = "jinja2==2.10\nfoo==1.0\n", ["pysec.lua"] = [[
ignore { id = "PYSEC-2019-217", reason = "templates are ours" }
severity { fail = "high", warn = "low" }
deny { package = "foo", reason = "abandoned" }
]] })
  local record = record_of(1, { "requirements.txt" }, folder)
  local verdicts = {}
  for i, decision in ipairs(record.decisions) do
    verdicts[i] = ("%s %s %s"):format(decision.finding.id, decision.verdict, decision.finding.line)
  end
  t.equal(verdicts, { "PYSEC-2019-217 ignore 1", "PYSEC-2021-66 warn 1", "deny:foo fail 2" })
end)

t.test("without a sound database nothing looks clean, and the message says the way out", function()
  local folder = t.files(t.tempdir(), { ["requirements.txt"] = "jinja2==3.1.6\n", ["bad.db"] = "no database" })
  local result = audit(3, { "--database", "bad.db" }, folder)
  t.match(result.stderr, "bad.db: not an advisory database")
  t.match(audit(3, { "--database", "gone.db" }, folder).stderr, "gone.db.*pysec advisories")
end)

t.test("markers are read for the Python that is named", function()
  local folder = t.files(t.tempdir(), { ["requirements.txt"] = 'jinja2==2.10 ; python_version < "3.9"\n' })
  t.equal(#record_of(1, { "--python", "3.8", "requirements.txt" }, folder).decisions, 2)
  local record = record_of(3, { "--python", "3.12", "requirements.txt" }, folder)
  t.equal(#record.decisions, 0)
  t.equal(record.evidence[2].reason, "no package is in what was audited")
  t.equal(record.left_out, json.array { { name = "jinja2", version = "2.10", path = "requirements.txt", line = 1,
    why = 'marker: python_version < "3.9"' } })
  t.match(record.notes[2], "requirements.txt:1: 'jinja2' is not for this environment .*%-%-all%-platforms")
  t.equal(#record_of(1, { "--python", "3.12", "--all-platforms", "requirements.txt" }, folder).decisions, 2)
  t.match(audit(2, { "--python", "three" }, folder).stderr, "%-%-python three: not a version")
end)

t.test("the JSON goes to a file, and eval and explain read it", function()
  local folder = t.files(t.tempdir(), { ["requirements.txt"] = "jinja2==2.10\nfoo\n",
    ["strict.lua"] = 'deny { package = "jinja2", reason = "no" }\n' })
  t.equal(audit(1, { "--format", "json", "--output", "out.json" }, folder).stdout, "")
  local evaluated = support.expect(1, { "eval", "--policy", "strict.lua", "out.json" }, { cwd = folder, env = ENV })
  t.contains(evaluated.stdout .. evaluated.stderr, "deny:jinja2")
  t.contains(evaluated.stdout .. evaluated.stderr, "'foo' was not audited")
  local told = support.expect(0, { "explain", "CVE-2019-10906", "--report", "out.json" }, { cwd = folder, env = ENV })
  t.contains(told.stdout, "jinja2")
  t.match(audit(2, { "--output", "x.json" }, folder).stderr, "needs %-%-format json")
  t.equal(fs.stat(folder .. "/x.json"), nil)
end)

t.test("a link that is not followed leaves the evidence incomplete", function()
  local folder = t.files(t.tempdir(), { ["requirements.txt"] = "foo==1.0\n", ["elsewhere"] = "jinja2==2.10\n" })
  tool.run { "ln", "-s", "elsewhere", folder .. "/requirements-dev.txt" }
  local record = record_of(3, { "." }, folder)
  t.equal(record.evidence[2].reason,
    "requirements-dev.txt: a symbolic link is not followed; name what it points to")
  t.equal(record_of(1, { "requirements-dev.txt" }, folder).exit, 1)
end)

t.test("a requirement without a pin gets that of its constraints, where that is written", function()
  local folder = t.files(t.tempdir(), { ["r.txt"] = "-c c.txt\njinja2\nfoo\n", ["c.txt"] = "# all\njinja2==2.10\n" })
  local record = record_of(1, { "r.txt" }, folder)
  t.equal(places(record)[1], "jinja2 PYSEC-2019-217 c.txt:2")
  t.match(record.evidence[2].reason, "r.txt:3: 'foo' was not audited: not pinned")
end)

t.test("what a file of pins needs besides is not seen, and that is said; a compiled file names all", function()
  local folder = t.files(t.tempdir(), { ["r.txt"] = "foo==1.0\n", ["s.txt"] = "bar==1.0\nbaz>=1\n" })
  local partial = "only the packages that stand there were looked up"
  t.match(record_of(0, { "r.txt" }, folder).notes[2], "^r.txt: " .. partial)
  t.match(table.concat(record_of(3, { "r.txt", "s.txt" }, folder).notes, "\n"), "r.txt %(and 1 more%): " .. partial)
  t.files(folder, { ["r.txt"] = "# autogenerated by pip-compile\nfoo==1.0\n" })
  t.lacks(table.concat(record_of(0, { "r.txt" }, folder).notes, "\n"), partial)
end)

t.test("what was installed from a folder is looked up, too: it may be a fork", function()
  local site = ".venv/lib/python3.11/site-packages/jinja2-2.10.dist-info/"
  local folder = t.files(t.tempdir(), { [".venv/pyvenv.cfg"] = "version = 3.11.2\n",
    [site .. "METADATA"] = "Name: jinja2\nVersion: 2.10\n\n",
    [site .. "direct_url.json"] = '{"url": "file:///src/jinja2", "dir_info": {"editable": true}}' })
  t.equal(#record_of(1, { ".venv" }, folder).decisions, 2)
  local main = support.expect(1, { "--upgrade", "none", "--scanners", "osv" }, { cwd = folder, env = ENV })
  t.match(main.stdout, "jinja2%s+2.10%s+CVE%-2019%-10906")
end)

t.test("one version in two spellings is one package; a snapshot of --freeze is no input", function()
  local folder = t.files(t.tempdir(), { ["a-requirements.txt"] = "jinja2==2.10\n",
    ["b-requirements.txt"] = "Jinja2==2.010\n",
    ["reports/security/requirements-freeze-20261124-152516.txt"] = "urllib3==1.23\n" })
  local record = record_of(1, {}, folder)
  t.equal({ #record.packages, #record.decisions, #record.inputs }, { 1, 2, 2 })
  t.equal(record.decisions[1].finding.locations, json.array { { path = "a-requirements.txt", line = 1 },
    { path = "b-requirements.txt", line = 1 } })
end)

t.test("-v names all that was read and all that was not", function()
  local folder = t.files(t.tempdir(), { ["r.txt"] = "jinja2==2.10\nfoo\nbar>=1\n" })
  local told = audit(1, { "-v", "r.txt" }, folder).stderr
  t.match(told, "r.txt: 1 package %(file%)")
  t.match(told, "r.txt:3: 'bar' was not audited: not pinned: >=1")
end)

return t.finish()
