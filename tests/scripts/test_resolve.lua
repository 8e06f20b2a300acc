--- What resolvers are asked, and what is read from their answers. The answers are those of uv 0.13 and pip 26.
local t = require "harness"
local files = require "inputs.files"
local fs = require "pysec.fs"
local json = require "pysec.json"
local resolve = require "inputs.resolve"

local function pins(list)
  local all = {}
  for i, package in ipairs(list) do all[i] = package.name .. "==" .. package.version end
  return all
end

local function target_for(text)
  local path = t.files(t.tempdir(), { ["requirements.txt"] = text, ["more.txt"] = "d==4\n",
    ["c.txt"] = "e<5 ; os_name == 'posix'\n" }) .. "/requirements.txt"
  return { path = path, set = files.load { path } }
end

-- --- reading ---

t.test("reads the pins that uv wrote", function()
  local list = resolve.parse_pins("babel==2.18.0 \\\n    --hash=sha256:0a \\\n    --hash=sha256:1b\n    # via jinja2\n"
    .. "Jinja2[i18n]==2.10\n# comment==1\n--index-url https://x.example\n"
    .. "markup_safe==3.0.4 ; python_version >= '3.8'\r\ntorch==1.13.0+cu117  # via x\n\n  zope.interface==1!5.0\n")
  t.equal(pins(list), { "babel==2.18.0", "jinja2==2.10", "markup-safe==3.0.4", "torch==1.13.0+cu117",
    "zope-interface==1!5.0" })
end)

t.test("takes nothing for a pin that is none", function()
  t.equal(resolve.parse_pins "a>=1\nb @ https://x.example/b.whl\n-e .\nc==1.*\n???\n\n", {})
  t.equal(resolve.parse_pins "", {})
end)

t.test("reads pip's installation report", function()
  local report = json.decode [[{"version": "1", "pip_version": "26.3", "install": [
    {"metadata": {"name": "Flask", "version": "0.12", "requires_dist": ["Jinja2 (>=2.4)"]}, "is_direct": false},
    {"metadata": {"name": "markup.safe", "version": "3.0.4"}, "requested": false}], "environment": {}}]]
  t.equal(pins(resolve.parse_report(report)), { "flask==0.12", "markup-safe==3.0.4" })
  t.equal(resolve.parse_report(json.decode '{"install": []}'), {})
end)

t.test("says what is no installation report", function()
  for _, text in ipairs { "{}", "[]", "null", "1", '{"install": {}}', '{"install": null}', '{"install": "x"}' } do
    t.equal({ resolve.parse_report(json.decode(text)) }, { nil, "no installation report" }, text)
  end
  for _, entry in ipairs { "1", "null", "{}", '{"metadata": []}', '{"metadata": {"name": "a"}}',
    '{"metadata": {"name": "a", "version": null}}' } do
    local list, message = resolve.parse_report(json.decode(('{"install": [%s]}'):format(entry)))
    t.equal({ list, message }, { nil, "an entry of the installation report lacks its name or version" }, entry)
  end
end)

t.test("makes one line of a conflict", function()
  for said, want in pairs {
    ["error: No solution found when resolving dependencies\n  cause: Because only jinja2<=3.1.6 is available and you "
      .. "require jinja2>=99, we can conclude that your requirements are unsatisfiable.\n"] = "Because only "
      .. "jinja2<=3.1.6 is available and you require jinja2>=99, we can conclude that your requirements are "
      .. "unsatisfiable.",
    ["error: No solution found\n  cause: Because flask==2.2.5 depends on jinja2>=3.0, you require jinja2>=3.0.\n"
      .. "         And because you require jinja2<3, it is unsatisfiable.\n"] = "Because flask==2.2.5 depends on "
      .. "jinja2>=3.0, you require jinja2>=3.0. And because you require jinja2<3, it is unsatisfiable.",
    ["Because a was not found, it is unsatisfiable.\n\nhint: a is hidden. See --prerelease.\n"] =
      "Because a was not found, it is unsatisfiable. hint: a is hidden. See --prerelease.",
    ["Because a was not found, it is unsatisfiable\n\nhint: try again\n"] =
      "Because a was not found, it is unsatisfiable",
    ["\27[31merror\27[0m: Failed to fetch: `https://x.example/`\n"] = "Failed to fetch: `https://x.example/`",
    ["ERROR: No matching distribution found for a==1\n"] = "No matching distribution found for a==1",
    ["  something else\nentirely  "] = "something else entirely", [""] = "",
  } do
    t.equal(resolve.conflict(said), want, said)
  end
  t.truthy(#resolve.conflict("error: " .. ("x"):rep(5000)) <= 600)
end)

-- --- asking ---

t.test("writes requirements from their parts alone", function()
  local target = target_for "Jinja2[i18n,Test_x] == 2.10 ; os_name == 'posix' --hash=sha256:x # why\nflask\n"
  local lines = {}
  for i, entry in ipairs(target.set.requirements) do lines[i] = resolve.write_requirement(entry.line) end
  t.equal(lines, { "jinja2[i18n,test-x]== 2.10 ; os_name == 'posix'", "flask" })
  t.equal(resolve.write_requirement(target.set.requirements[1].line, ">=2.10"),
    "jinja2[i18n,test-x]>=2.10 ; os_name == 'posix'")
end)

t.test("takes the file's own pins whose markers hold, what no scanner can read too", function()
  local target = target_for("a==1\nb>=2\nA==3\nc==1 ; os_name == 'nt'\nc==2 ; os_name == 'posix'\nd===2013k\n"
    .. "e==1 ; python_version < '3.9'\n")
  t.equal(pins(resolve.own_pins(target, "3.11.4")), { "a==1", "c==2", "d==2013k" })
  t.equal(pins(resolve.own_pins(target, "3.8.0")), { "a==1", "c==2", "d==2013k", "e==1" })
end)

--- A job whose uv is there, or not.
local function job_for(missing)
  return { python_version = "3.11.4", timeout = 60, scratch = t.tempdir(), tools = {
    command = function(_, name) return { "/opt/tools/" .. name } end,
    python = function() return "/opt/tools/python" end,
    problem = function() return missing and "uv is not installed" or nil end,
    redact = function(text) return (text:gsub("hunter22", "***")) end,
  } }
end

--- Runs the tasks with made-up results, in turn; a result may be a function that gets the task's spec.
local function run(tasks, results)
  while tasks and tasks[1] do
    local task, result = tasks[1], {}
    if task.spec then
      result = table.remove(results, 1)
      if type(result) == "function" then result = result(task.spec) end
    end
    tasks = task.done(result)
  end
  t.equal(#results, 0, "results that nobody asked for")
end

local COMPLETE = "# autogenerated by pip-compile\na==1\nb==2\n"

t.test("takes a complete file as it is and asks nobody", function()
  local target, done = target_for(COMPLETE), 0
  run(resolve.tasks(job_for(), target, function() done = done + 1 end), {})
  t.equal({ pins(target.packages), target.problem, done }, { { "a==1", "b==2" }, nil, 1 })
  t.equal(target.packages[1], { name = "a", version = "1", direct = true, path = target.path, line = 2 })
end)

t.test("asks uv with names, versions and markers alone, and tells direct packages from the rest", function()
  local target, asked = target_for "a==1 # x\n-r more.txt\n-c c.txt\n--index-url https://evil.example\n", nil
  run(resolve.tasks(job_for(), target, function() end), { function(spec)
    asked = spec
    t.equal(fs.read(spec.cwd .. "/in.txt"), "a==1\nd==4\n")
    t.equal(fs.read(spec.cwd .. "/constraints.txt"), "e<5 ; os_name == 'posix'\n")
    assert(fs.write(spec.cwd .. "/out.txt", "a==1\nd==4\nx==9\n"))
    return { code = 0, stdout = "", stderr = "" }
  end })
  local line = table.concat(asked, " ")
  for _, words in ipairs { "/opt/tools/uv pip compile in.txt", "--config-file /dev/stdin", "--python-version 3.11.4",
    "-c constraints.txt" } do t.contains(line, words) end
  t.lacks(line, "evil")
  t.equal(target.packages, {
    { name = "a", version = "1", direct = true, path = target.path, line = 1 },
    { name = "d", version = "4", direct = true, path = target.path:gsub("[^/]*$", "more.txt"), line = 1 },
    { name = "x", version = "9", direct = false },
  })
end)

t.test("asks pip where uv fails", function()
  local target = target_for "a==1\n"
  local no = { code = 1, stdout = "", stderr = "error: no" }
  run(resolve.tasks(job_for(), target, function() end), { no, function(spec)
    t.contains(table.concat(spec, " "), "/opt/tools/pip install --dry-run --ignore-installed")
    assert(fs.write(spec.cwd .. "/report.json", '{"install": [{"metadata": {"name": "A", "version": "1"}}]}'))
    return { code = 0, stdout = "", stderr = "" }
  end })
  t.equal({ pins(target.packages), target.problem }, { { "a==1" } })
end)

t.test("says what was not seen where both fail, without secrets", function()
  local no = { code = 1, stdout = "", stderr = "error: Failed to fetch https://u:hunter22@x.example" }
  for _, second in ipairs { no, { error = "pip: No such file" }, { timed_out = true, code = 1, seconds = 60 },
    { code = 0, stdout = "", stderr = "" } } do
    local target = target_for "a==1\nb>=2\n"
    run(resolve.tasks(job_for(), target, function() end), { no, second })
    t.equal(pins(target.packages), { "a==1" })
    t.equal(target.problem, target.path .. ": cannot be resolved, transitive packages were not seen: Failed to fetch "
      .. "https://u:***@x.example")
  end
end)

t.test("asks uv's cache where the index cannot be reached, and says so", function()
  local unreachable = { code = 2, stdout = "", stderr = "error: error sending request for url (https://x.example)" }
  local function job_that_notes()
    local job = job_for()
    job.notes = {}
    function job:note(text) self.notes[#self.notes + 1] = text end
    return job
  end
  local job, target = job_that_notes(), target_for "a==1\n"
  run(resolve.tasks(job, target, function() end), { unreachable, function(spec)
    t.contains(table.concat(spec, " "), "--offline")
    assert(fs.write(spec.cwd .. "/out.txt", "a==1\nx==9\n"))
    return { code = 0, stdout = "", stderr = "" }
  end })
  t.equal({ pins(target.packages), job.notes, job.offline }, { { "a==1", "x==9" },
    { target.path .. ": the package index could not be reached; resolved with what uv's cache knows" }, true })
  job, target = job_that_notes(), target_for "a==1\n"
  run(resolve.tasks(job, target, function() end), { unreachable, unreachable })
  t.equal(target.problem, target.path .. ": the package index could not be reached, so transitive packages were not "
    .. "seen")
end)

t.test("says so where uv is missing, and audits the file's own pins", function()
  local target = target_for "a==1\nb>=2\n"
  run(resolve.tasks(job_for(true), target, function() end), {})
  t.equal({ pins(target.packages), target.problem },
    { { "a==1" }, target.path .. ": transitive packages were not seen: uv is not installed" })
end)

t.test("writes uv's options", function()
  local job = job_for()
  local folder = resolve.folder(job, "a\n", "", "a==1\n")
  t.equal({ fs.read(folder .. "/in.txt"), fs.read(folder .. "/out.txt"), (fs.stat(folder .. "/constraints.txt")) },
    { "a\n", "a==1\n" })
  local spec = resolve.uv_spec(job, folder, { resolution = "lowest", upgrade = true, hashes = true, no_deps = true,
    only_binary = { "a", "b" }, python = "/venv/bin/python" })
  local line = table.concat(spec, " ")
  for _, words in ipairs { "--resolution lowest", "--upgrade", "--generate-hashes", "--no-deps",
    "--python /venv/bin/python", "--only-binary a --only-binary b" } do t.contains(line, words) end
  t.lacks(line, "-c constraints")
  line = table.concat(resolve.uv_spec(job, folder, {}), " ")
  for _, word in ipairs { "--resolution", "--upgrade", "--generate-hashes", "--no-deps", "--only-binary" } do
    t.lacks(line, word)
  end
  t.contains(line, "--python /opt/tools/python")
end)

t.test("tells uv the metadata of what is installed, until uv cannot read it", function()
  local job = job_for()
  job.environment = { packages = { { name = "a", version = "1", requires = { "b (>=2)" } } } }
  local folder = resolve.folder(job, "a\n")
  t.contains(resolve.uv_spec(job, folder, {}).stdin, 'requires-dist = ["b>=2"]')
  t.equal(resolve.is_metadata_refused(job, { code = 1, stderr = "error: No solution found" }), false)
  t.equal(resolve.is_metadata_refused(job, { code = 0, stderr = "TOML parse error" }), false)
  t.truthy(resolve.is_metadata_refused(job, { code = 2, stderr = "cause: TOML parse error at line 4" }))
  t.equal(resolve.is_metadata_refused(job, { code = 2, stderr = "cause: TOML parse error at line 4" }), false)
  t.lacks(resolve.uv_spec(job, folder, {}).stdin, "metadata")
end)

return t.finish()
