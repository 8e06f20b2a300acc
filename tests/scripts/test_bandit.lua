--- bandit: which files it is given, how they are split, and that the joined report is that of a single run.
local t = require "harness"
local bandit_report = require "lib.bandit_report"
local json = require "pysec.json"
local scanner = require "scanners.bandit"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

local function paths_of(list, below)
  local all = {}
  for i, file in ipairs(list) do all[i] = file.path:gsub("^" .. below:gsub("%p", "%%%0") .. "/", "") end
  return all
end

-- --- files ---

t.test("gathers Python files in order and leaves environments, caches and what others wrote out", function()
  local folder = t.files(t.tempdir(), {
    ["b.py"] = "1", ["a/z.py"] = "1", ["a/b/c.py"] = "1", ["a/notes.txt"] = "1", ["a.py"] = "1", ["x.pyw"] = "1",
    [".venv/lib/x.py"] = "1", ["env/pyvenv.cfg"] = "", ["env/lib/python3.11/site-packages/x.py"] = "1",
    ["node_modules/x.py"] = "1", ["a/__pycache__/x.py"] = "1", [".git/hooks/x.py"] = "1", [".tox/x.py"] = "1",
    ["y.egg/x.py"] = "1", ["lib/site-packages/x.py"] = "1", [".eggs/x.py"] = "1", ["CVS/x.py"] = "1",
    [".github/scripts/x.py"] = "1", ["venv/x.py"] = "1", ["CVSparser/x.py"] = "1",
  })
  local list = assert(scanner.files(folder .. "/"))
  t.equal(paths_of(list, folder), { ".github/scripts/x.py", "CVSparser/x.py", "a.py", "a/b/c.py", "a/z.py", "b.py",
    "venv/x.py" })
  t.equal(list[1].size, 1)
end)

t.test("takes a single file as it is, and a folder's path in its plain form", function()
  local folder = t.files(t.tempdir(), { ["a/x.py"] = "12" })
  t.equal(scanner.files(folder .. "/a/x.py"), { { path = folder .. "/a/x.py", size = 2 } })
  t.equal(scanner.files(folder .. "//a/./"), { { path = folder .. "/a/x.py", size = 2 } })
end)

t.test("follows no link to a folder", function()
  local folder, elsewhere = t.files(t.tempdir(), { ["a.py"] = "" }), t.files(t.tempdir(), { ["b.py"] = "" })
  assert(tool.run { "/bin/ln", "-s", elsewhere, folder .. "/link" })
  t.equal(paths_of(scanner.files(folder), folder), { "a.py" })
end)

t.test("says that there is no such folder", function()
  local list, message = scanner.files "/nonexistent/src"
  t.equal(list, nil)
  t.match(message, "^/nonexistent/src: No such file")
end)

-- --- splitting ---

local function made(count, size, length)
  local list = {}
  for i = 1, count do
    list[i] = { path = ("%05d"):format(i) .. ("x"):rep((length or 10) - 5),
      size = type(size) == "table" and size[i] or size }
  end
  return list
end

local function flat(parts)
  local all = {}
  for _, part in ipairs(parts) do table.move(part, 1, #part, #all + 1, all) end
  return all
end

t.test("splits so that every file is in one part, neighbours together", function()
  for _, count in ipairs { 0, 1, 7, 8, 9, 100, 1000 } do
    for jobs = 1, 9 do
      local list, want = made(count, 5000), {}
      for i, file in ipairs(list) do want[i] = file.path end
      local parts = scanner.split(list, jobs)
      t.equal(flat(parts), want)
      t.truthy(#parts <= jobs, ("%d files for %d jobs: %d parts"):format(count, jobs, #parts))
      for _, part in ipairs(parts) do t.truthy(#part > 0) end
    end
  end
end)

t.test("makes parts of about the same work", function()
  local sizes = {}
  for i = 1, 400 do sizes[i] = i * i end
  local list, total = made(400, sizes), 0
  for _, file in ipairs(list) do total = total + file.size + 2000 end
  for _, part in ipairs(scanner.split(list, 4)) do
    local work = 0
    for _, path in ipairs(part) do work = work + sizes[tonumber(path:sub(1, 5))] + 2000 end
    t.truthy(work < total / 4 * 1.1 and work > total / 4 * 0.9, work)
  end
end)

t.test("starts no second process for a handful of files", function()
  t.equal(#scanner.split(made(7, 5000), 8), 1)
  t.equal(#scanner.split(made(16, 5000), 8), 3)
end)

t.test("keeps every part short enough for a command line, whatever the sizes", function()
  local sizes = {}
  for i = 1, 20000 do sizes[i] = i <= 10 and 100000000 or 10 end
  for _, size in ipairs { 10, sizes } do
    local parts = scanner.split(made(20000, size, 200), 2)
    t.equal(#flat(parts), 20000)
    for _, part in ipairs(parts) do t.truthy(#table.concat(part, " ") < 1100000, #table.concat(part, " ")) end
  end
end)

-- --- the real tool ---

local SNIPPETS = { "import pickle\n", "import subprocess\nsubprocess.call('ls', shell=True)\n", "assert True\n",
  "password = 'hunter2'\n", "x = 1\n", "def broken(:\n", "eval('1')  # nosec\n", "exec('1')  # nosec B102\n", "",
  "import hashlib\nhashlib.md5(b'')\nimport random\nrandom.random()\nassert 1\n" }

--- A folder of files with all kinds of findings, more than one in many.
local function sources(count)
  local list = {}
  for i = 1, count do
    local text = SNIPPETS[i % #SNIPPETS + 1]
    if i % 3 == 0 and not text:find "broken" then text = text .. SNIPPETS[(i // 3) % 4 + 1] end
    list[("pkg%d/sub/mod%02d.py"):format(i % 4, i)] = text
  end
  return t.files(t.tempdir(), list)
end

local function job_for(source, jobs)
  return { source = source, jobs = jobs, timeout = 120, tools = toolbox.open(), notes = {},
    note = function(self, text) table.insert(self.notes, text) end }
end

--- Runs bandit in as many processes as `jobs`; returns what the scanner makes of it, and the job.
local function scan(source, jobs)
  local job = job_for(source, jobs)
  local specs = assert(scanner.specs(job))
  local found, message = scanner.read(tool.all(specs, { jobs = 2 }), job)
  return assert(found, message), job, #specs
end

t.test("the joined report is the report of a single run: order, metrics, errors", function()
  local folder = sources(60)
  local one, _, single = scan(folder, 1)
  t.equal(single, 1)
  for _, jobs in ipairs { 2, 5 } do
    local many, _, processes = scan(folder, jobs)
    t.equal(processes, jobs)
    one.report.generated_at, many.report.generated_at = nil, nil
    t.equal(json.encode(many.report), json.encode(one.report))
    t.equal(many.findings, one.findings)
    t.equal(many.skipped, one.skipped)
  end
  t.truthy(#one.report.results > 60, #one.report.results)
  t.equal(#one.report.errors, 6)
end)

t.test("turns results into findings, and files that cannot be parsed into skipped ones", function()
  local folder = t.files(t.tempdir(), { ["a.py"] = "\nimport subprocess\nsubprocess.call('ls', shell=True)\n",
    ["b.py"] = "def broken(:\n" })
  local found = scan(folder, 2)
  t.equal(#found.findings, 3)
  local first = found.findings[1]
  t.equal({ first.id, first.kind, first.path, first.line, first.test, first.severity, first.confidence, first.sources },
    { "B404", "code", folder .. "/a.py", 2, "blacklist", "low", "high", { "bandit" } })
  t.match(first.url, "^https://bandit%.readthedocs%.io/")
  t.equal(found.skipped, { { name = folder .. "/b.py", reason = "syntax error while parsing AST from file" } })
end)

t.test("scans what lies below names that bandit itself would leave out without a word", function()
  local folder = t.files(t.tempdir() .. "/my.git", { [".github/scripts/a.py"] = "assert 1\n", ["b.py"] = "assert 1\n",
    ["CVSparser/c.py"] = "assert 1\n", ["d.egg.py"] = "assert 1\n" })
  local found = scan(folder, 1)
  t.equal(#found.findings, 4)
end)

t.test("reads no settings of the repository, and counts both kinds of nosec", function()
  local folder = t.files(t.tempdir(), {
    ["a.py"] = "assert 1  # nosec\nassert 2  # nosec B101\nassert 3\n", [".bandit"] = "[bandit]\nskips: B101\n",
    ["pyproject.toml"] = "[tool.bandit]\nskips = ['B101']\n", ["bandit.yaml"] = "skips: [B101]\n",
  })
  local found, job = scan(folder, 1)
  t.equal(#found.findings, 1)
  t.equal(job.notes, { "bandit left out 1 lines that are marked '# nosec'",
    "bandit left out 1 checks that a '# nosec' names" })
end)

t.test("takes a file whose name looks like an option for a file", function()
  local folder = t.files(t.tempdir(), { ["--version.py"] = "assert 1\n" })
  t.equal(#scan(folder, 1).findings, 1)
end)

t.test("has nothing to run where there is no Python file, and says so", function()
  local job = job_for(t.files(t.tempdir(), { ["a.txt"] = "" }), 2)
  t.equal(scanner.specs(job), {})
  t.equal(job.notes, { ("bandit found no Python files in %s"):format(job.source) })
  local found = assert(scanner.read({}, job))
  t.equal({ found.findings, found.skipped, #found.report.results }, { {}, {}, 0 })
end)

-- --- what is no report ---

local function read(result)
  local job = job_for(".", 1)
  result.stdout, result.stderr = result.stdout or "", result.stderr or ""
  return scanner.read({ result }, job)
end

local GOOD = [[{"errors": [], "results": [], "metrics": {"_totals": {"loc": 1}}}]]

t.test("takes a whole report with exit 0 or 1 and no other", function()
  t.truthy(read { code = 0, stdout = GOOD })
  t.truthy(read { code = 1, stdout = GOOD })
  for _, result in ipairs { { code = 2, stdout = GOOD, stderr = "usage" }, { signal = 9, stdout = GOOD },
    { code = 0, truncated = true, stdout = GOOD }, { timed_out = true, seconds = 5, stdout = GOOD },
    { error = "bandit: No such file" }, { code = 0, stdout = GOOD:sub(1, -2) }, { code = 0 } } do
    local found, message = read(result)
    t.equal(found, nil)
    t.match(message, "bandit")
  end
end)

t.test("never takes JSON of another shape for a clean report", function()
  for _, text in ipairs {
    "{}", "[]", "null", "false", "1", '{"results": []}', '{"errors": [], "results": [], "metrics": {}}',
    '{"errors": [], "results": {}, "metrics": {"_totals": {}}}',
    '{"errors": {}, "results": [], "metrics": {"_totals": {}}}',
    '{"errors": [], "results": null, "metrics": {"_totals": {}}}',
    '{"errors": [], "results": [1], "metrics": {"_totals": {}}}',
    '{"errors": [], "results": [{"filename": "a", "line_number": 1}], "metrics": {"_totals": {}}}',
    '{"errors": [], "results": [{"test_id": "B1", "line_number": 1}], "metrics": {"_totals": {}}}',
    '{"errors": [], "results": [{"test_id": "B1", "filename": "a"}], "metrics": {"_totals": {}}}',
    '{"errors": [null], "results": [], "metrics": {"_totals": {}}}',
    '{"errors": [], "results": [], "metrics": {"_totals": {"nosec": null}}}',
  } do
    local found, message = read { code = 0, stdout = text }
    t.equal(found, nil, text)
    t.equal(message, "bandit wrote JSON that is no report", text)
  end
end)

t.test("takes a severity that it does not know for unknown, and no text for none", function()
  local found = assert(read { code = 1, stdout = [[{"errors": [], "metrics": {"_totals": {}}, "results": [
    {"test_id": "B1", "filename": "a.py", "line_number": 3, "issue_severity": "UNDEFINED", "issue_text": null}]}]] })
  t.equal({ found.findings[1].severity, found.findings[1].summary }, { "unknown", "" })
end)

t.test("keeps the order of findings in a file and sorts files by their bytes", function()
  local function report(...)
    local results = json.array()
    for i, name in ipairs { ... } do results[i] = { filename = name, test_id = "B" .. i, line_number = 1 } end
    return { errors = json.array(), results = results, metrics = { _totals = { loc = 1 }, [(...)] = { loc = 1 } } }
  end
  local joined = bandit_report.join { report("b", "b", "a"), report("a", "Z", "é") }
  local order = {}
  for i, result in ipairs(joined.results) do order[i] = result.filename .. result.test_id end
  t.equal(order, { "ZB2", "aB3", "aB1", "bB1", "bB2", "éB3" })
  t.equal(joined.metrics, { _totals = { loc = 2 }, a = { loc = 1 }, b = { loc = 1 } })
end)

return t.finish()
