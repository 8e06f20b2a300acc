--- safety: which one runs with what, what its exit codes mean, and a run of the real 2.3.5 with a database of ours.
local t = require "harness"
local fs = require "pysec.fs"
local json = require "pysec.json"
local scanner = require "scanners.safety"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

local REPORT = assert(fs.read(t.root .. "/tests/fixtures/safety/check-2.3.5.json"))

local function job_for(fields)
  local scratch = t.tempdir()
  local job = { packages = {}, by_key = {}, scratch = scratch, set_folder = scratch .. "/set",
    set_files = { scratch .. "/set/requirements.txt" }, timeout = 60, tools = toolbox.open(), notes = {},
    note = function(self, text) table.insert(self.notes, text) end }
  local lines = {}
  for i, pin in ipairs { "flask==0.12", "idna==2.7", "jinja2==2.10" } do
    local name, version = pin:match "^(.-)==(.*)$"
    job.packages[i] = { name = name, version = version, direct = i == 3, path = "requirements.txt", line = i }
    job.by_key[pin], lines[i] = job.packages[i], pin .. "\n"
  end
  t.files(scratch, { ["set/requirements.txt"] = table.concat(lines) })
  for name, value in pairs(fields or {}) do job[name] = value end
  return job
end

--- A database in the layout of safety 2.x.
local function database(meta)
  local entry = { advisory = "Sandbox escape.\nMore.", cve = "CVE-2019-10906", id = "pyup.io-37071",
    specs = { "<2.10.1" }, v = "<2.10.1" }
  return t.files(t.tempdir(), {
    ["insecure.json"] = json.encode { ["$meta"] = meta, jinja2 = json.array { "<2.10.1" } },
    ["insecure_full.json"] = json.encode { ["$meta"] = meta, jinja2 = json.array { entry } },
  })
end

local function read(result, job)
  result.stdout, result.stderr, result.seconds = result.stdout or "", result.stderr or "", 1
  return scanner.read({ result }, job or job_for())
end

t.test("runs 2.3.5 with a local database, without a network, and completes one that lacks its address", function()
  for _, meta in ipairs { { timestamp = 1, base_domain = "https://pyup.io" }, { timestamp = 1 } } do
    local job = job_for { safety_db = database(meta) }
    local specs = assert(scanner.specs(job))
    t.equal({ #specs, specs[1].name }, { 1, "safety-2" })
    local found = assert(scanner.read(tool.all(specs), job))
    t.equal({ #found.findings, found.skipped, found.count }, { 1, {}, 1 })
    local finding = found.findings[1]
    t.equal({ finding.id, finding.aliases, finding.package, finding.version, finding.fix_versions, finding.direct,
      finding.path, finding.line }, { "CVE-2019-10906", { "pyup.io-37071" }, "jinja2", "2.10", { "2.10.1" }, true,
      "requirements.txt", 3 })
    t.truthy(json.decode(found.raw))
  end
end)

t.test("leaves a database that it completes as it is", function()
  local folder = database { timestamp = 1 }
  local before = fs.read(folder .. "/insecure.json")
  assert(scanner.specs(job_for { safety_db = folder }))
  t.equal(fs.read(folder .. "/insecure.json"), before)
end)

t.test("reads no policy file of the repository", function()
  local job = job_for { safety_db = database { timestamp = 1, base_domain = "https://pyup.io" } }
  local spec = scanner.specs(job)[1]
  t.equal({ spec.cwd, spec.env.HOME }, { job.scratch, job.scratch })
end)

t.test("takes safety 3 for a database of its schema, and for its public service", function()
  local folder = t.files(t.tempdir(), { ["insecure.json"] = '{"meta": {"schema_version": "2.0.0"}}' })
  for _, fields in ipairs { { safety_db = folder }, {} } do
    local job = job_for(fields)
    local spec = scanner.specs(job)[1]
    t.equal(spec[1], job.tools:python())
    t.contains(table.concat(spec, " "), "-m safety check")
    t.contains(table.concat(spec, " "), "--save-json " .. job.scratch .. "/safety.json")
  end
end)

t.test("says what is wrong with a database", function()
  for folder, want in pairs {
    [t.tempdir()] = "no safety database", ["/nonexistent"] = "^/nonexistent: no safety database",
    [t.files(t.tempdir(), { ["insecure.json"] = "[" })] = "insecure%.json:1:2",
    [t.files(t.tempdir(), { ["insecure.json"] = "7", ["insecure_full.json"] = "7" })] = "not a safety database",
    [t.files(t.tempdir(), { ["insecure.json"] = "{}" })] = "insecure_full%.json: No such file",
  } do
    local specs, message = scanner.specs(job_for { safety_db = folder })
    t.equal(specs, nil)
    t.match(message, want)
  end
end)

t.test("takes a whole report with exit 0 or 64", function()
  t.equal(#read({ code = 64, stdout = REPORT }).findings, 3)
  t.equal(#read({ code = 0, stdout = REPORT }).findings, 3)
end)

t.test("says what every other exit means", function()
  for want, result in pairs {
    ["^safety: the API key was refused %(exit code 65%)$"] = { code = 65, stdout = REPORT },
    ["^safety: its database could not be fetched %(exit code 67%)$"] = { code = 67, stdout = REPORT },
    ["^safety ended with exit code 1: boom$"] = { code = 1, stderr = "boom\n", stdout = REPORT },
    ["^safety was killed by signal 9$"] = { signal = 9, stdout = "" },
    ["^safety did not end within its time"] = { timed_out = true, code = 0, stdout = REPORT },
    ["^safety wrote more than can be kept"] = { truncated = true, code = 64, stdout = REPORT },
    ["pysec tools install$"] = { error = "safety: No such file" },
    ["could not reach its service; name a local database"] = { code = 1, stderr = "httpx.ConnectError: x\n" },
    ["^safety wrote no whole JSON: line 1, column 1"] = { code = 0 },
    ["^safety wrote JSON that is no report"] = { code = 0, stdout = '{"vulnerabilities": {}}' },
  } do
    local found, message = read(result)
    t.equal(found, nil, want)
    t.match(message, want)
  end
end)

t.test("takes every cut of a report for an error", function()
  local job, text = job_for(), REPORT:match "^(.-)%s*$"
  for size = 0, #text - 1 do t.equal(read({ code = 0, stdout = text:sub(1, size) }, job), nil, size) end
end)

t.test("reads the report that was saved, not the banners on stdout", function()
  local job = job_for()
  t.files(job.scratch, { ["safety.json"] = REPORT })
  t.equal(#read({ code = 64, stdout = "+=====+ SAFETY {not json}" }, job).findings, 3)
end)

t.test("does not take the report of an earlier run for this one's", function()
  local job = job_for()
  t.files(job.scratch, { ["safety.json"] = REPORT })
  assert(scanner.specs(job))
  t.equal(read({ code = 0, stdout = "" }, job), nil)
end)

t.test("counts the packages that safety did not look at as skipped", function()
  local clean = '{"scanned_packages": {"flask": {}, "Jinja2": {}}, "vulnerabilities": []}'
  t.equal(read({ code = 0, stdout = clean }).skipped, { { name = "idna", reason = "safety did not look at it" } })
  local nothing = '{"scan_results": {"projects": [{"files": [{"results": {"dependencies": []}}]}]}}'
  t.equal(#read({ code = 0, stdout = nothing }).skipped, 3)
end)

t.test("keeps the report as it came, but for secrets", function()
  local secret = REPORT:gsub("https://pyup.io", "https://user:hunter22@pyup.io")
  t.lacks(read({ code = 64, stdout = secret }).raw, "hunter22")
end)

return t.finish()
