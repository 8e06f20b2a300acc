--- Plans of lock files with the real uv, on real packages.
local audit = require "audit"
local chosen_policies = require "chosen_policies"
local fs = require "pysec.fs"
local Job = require "job"
local locking = require "plan.locking"
local modes = require "modes"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

local PROJECT = [[
[project]
name = "app"
version = "1"
requires-python = ">=3.9"
dependencies = ["flask", "jinja2", "requests>=2.19"]
]]

local OLD = { "flask==0.12", "jinja2==2.10", "werkzeug==0.16.1", "requests==2.25.1", "urllib3==1.25.9", "idna==2.7",
  "click==7.0", "itsdangerous==1.1.0", "markupsafe==2.0.1", "certifi==2024.7.4", "chardet==3.0.4" }

--- Writes a lock file with old pins, as uv does.
local function lock(folder, pins)
  local env = toolbox.environment("uv")
  env.UV_FIND_LINKS, env.PIP_FIND_LINKS, env.UV_NO_CONFIG = nil, nil, nil -- as a user would call it
  local spec = { support.tools .. "/main/bin/uv", "lock", "--quiet", "--python", support.tools .. "/main/bin/python",
    env = env, cwd = folder, timeout = 300 }
  for _, pin in ipairs(pins) do table.move({ "--upgrade-package", pin }, 1, 2, #spec + 1, spec) end
  local result = assert(tool.run(spec))
  t.equal(result.code, 0, result.stderr)
end

local made_once

--- A project with a lock file of old pins; made once and copied.
local function project_with(files)
  if not made_once then
    made_once = support.project()
    t.files(made_once, { ["pyproject.toml"] = PROJECT })
    lock(made_once, OLD)
  end
  local folder = t.tempdir() .. "/app"
  assert(fs.copy(made_once, folder))
  return t.files(folder, files or {})
end

--- Plans the lock file of a project.
local function plan(project, options)
  options = options or {}
  local job <close> = Job.new { req = { project .. "/" .. (options.file or "uv.lock") }, tools = support.tools,
    database = project .. "/advisories.db", advisories = "local", venv = project .. "/none" }
  job:choose_advisories()
  job:find_targets()
  job:settle_python()
  job:read_locks()
  local scanners = { osv = true }
  local first = audit.run(job, job.targets, scanners)
  local set = chosen_policies { policy = options.policy and { options.policy }, no_project_policy = true }
  local before = support.fingerprint(project)
  local made = locking.plan(job, job.targets[1], modes.load(options.mode or "conservative"), first.findings, scanners,
    set, options.without)
  t.equal(support.fingerprint(project), before, "the project changed")
  return made, first
end

local function pins(list)
  local texts = {}
  for i, item in ipairs(list) do texts[i] = ("%s %s %s"):format(item.package, item.from or "new", item.to) end
  table.sort(texts)
  return texts
end

t.test("the lowest versions that fix and go together; what must move along moves; the rest stays", function()
  local project = project_with()
  local made = plan(project)
  t.equal(made.problem, nil)
  for _, pin in ipairs { "flask 0.12 2.2.5", "idna 2.7 3.7", "requests 2.25.1 2.31.0", "urllib3 1.25.9 1.26.17",
    "jinja2 2.10 3.0.0" } do
    t.contains(table.concat(pins(made.upgrades), "\n"), pin)
  end
  t.equal({ made.versions.certifi, made.versions.click ~= "7.0" }, { "2024.7.4", true })
  t.equal({ #made.refused, #made.held_back }, { 0, 0 })
  t.truthy(made.text:find('name = "flask"\nversion = "2.2.5"', 1, true))
  -- The lock that is planned is one that uv takes.
  t.files(project, { ["uv.lock"] = made.text })
  t.equal(plan(project).upgrades, {})
end)

t.test("only what moves differs in the text, and Windows line endings stay", function()
  local project = project_with()
  local before = fs.read(project .. "/uv.lock")
  t.files(project, { ["uv.lock"] = (before:gsub("\n", "\r\n")),
    ["only_idna.lua"] = 'return { candidates = function() return { { package = "idna", at_least = "2.8" } } end }\n' })
  local made = plan(project, { mode = project .. "/only_idna.lua" })
  t.equal(pins(made.upgrades), { "idna 2.7 2.8" })
  local text = made.text:gsub("\r\n", "\n")
  t.equal(select(2, made.text:gsub("\r\n", "")), select(2, text:gsub("\n", "")))
  local function without_idna(lock_text)
    return (lock_text:gsub('%[%[package%]%]\nname = "idna".-\n%]\n', ""))
  end
  t.equal(without_idna(text), without_idna(before))
end)

t.test("policies judge: what they refuse is planned again without it", function()
  local project = project_with { ["acme.lua"] = [[
pin { package = "flask", version = "<1", reason = "the old API" }
on("upgrade", function(u) if u.package == "urllib3" and u.to == "1.26.17" then return "refuse", "no" end end)
]] }
  local made = plan(project, { policy = project .. "/acme.lua" })
  t.equal(made.problem, nil)
  t.equal({ made.versions.flask, made.versions.idna, made.versions.urllib3 }, { "0.12", "3.7", "1.26.18" })
  t.equal(made.versions.jinja2, "2.11.3")
  local refused = made.refused[1]
  t.equal({ refused.package, refused.state, refused.rule, #made.refused }, { "flask", "refused", "pin", 1 })
end)

t.test("what has to stay stays", function()
  local made = plan(project_with(), { without = { flask = true, requests = true } })
  t.equal({ made.versions.flask, made.versions.requests, made.versions.jinja2 }, { "0.12", "2.25.1", "2.11.3" })
end)

t.test("a range of the project that leaves the fix out holds it back", function()
  local project = project_with { ["pyproject.toml"] = PROJECT:gsub('"jinja2"', '"jinja2<2.11", "werkzeug<1"') }
  lock(project, {})
  local made = plan(project)
  local held = {}
  for _, item in ipairs(made.held_back) do held[item.package] = item end
  t.equal({ made.versions.jinja2, held.jinja2.latest }, { "2.10.1", "2.11.3" })
  t.match(held.jinja2.reason, "jinja2<2%.11")
  t.match(held.flask.reason, "werkzeug")
end)

t.test("all takes everything to the newest", function()
  local made = plan(project_with(), { mode = "all" })
  t.equal(made.problem, nil)
  t.match(made.versions.flask, "^3%.")
  t.equal(made.upgrades[1].allowed, true)
end)

t.test("a workspace with a member and a library beside it is locked as a whole", function()
  local project = project_with { ["pyproject.toml"] = PROJECT:gsub('"flask"', '"member", "lib"')
    .. '[tool.uv.workspace]\nmembers = ["packages/*"]\n[tool.uv.sources]\nmember = { workspace = true }\n'
    .. 'lib = { path = "../lib", editable = true }\n',
    ["packages/member/pyproject.toml"] = '[project]\nname = "member"\nversion = "1"\ndependencies = ["idna<4"]\n',
    ["../lib/pyproject.toml"] = '[project]\nname = "lib"\nversion = "1"\ndependencies = ["urllib3<2"]\n' }
  lock(project, OLD)
  local made = plan(project)
  t.equal(made.problem, nil)
  t.equal({ made.versions.idna, made.versions.urllib3 }, { "3.7", "1.26.17" })
  t.truthy(made.text:find('editable = "../lib"', 1, true))
end)

t.test("the options that a lock was made with go on to hold", function()
  local project = project_with { ["pyproject.toml"] = PROJECT .. '[tool.uv]\nexclude-newer = "2024-01-01T00:00:00Z"\n' }
  fs.remove(project .. "/uv.lock")
  lock(project, { "idna==2.7", "urllib3==1.25.9", "requests==2.25.1", "flask==2.2.5", "jinja2==3.1.2" })
  local made = plan(project)
  t.equal(made.problem, nil)
  t.truthy(made.text:find('exclude-newer = "2024-01-01T00:00:00Z"', 1, true), "the option is gone")
  t.equal(made.held_back[1] and made.held_back[1].package, "idna")
end)

t.test("what a stranger's project would have uv build or fetch has no plan, and the line is named", function()
  local built = project_with { ["pyproject.toml"] = PROJECT:gsub('version = "1"', 'dynamic = ["version"]') }
  t.contains(plan(built).problem, "pyproject.toml:1: the project's version is dynamic")
  for text, want in pairs {
    ['[[tool.uv.index]]\nurl = "https://evil.example/simple"\n'] = "names a package index (index), which is not",
    ["[tool.uv]\nindex-url = 'https://evil.example/simple'\n"] = "names a package index (index-url)",
  } do
    t.contains(plan(project_with { ["pyproject.toml"] = PROJECT .. text }).problem, want)
  end
  local project = project_with()
  local text = fs.read(project .. "/uv.lock")
  for source, want in pairs {
    ['git = "https://evil.example/x?rev=1#0"'] = "idna comes from a git repository, which is not fetched",
    ['url = "https://evil.example/x.whl"'] = "idna comes from an address, which is not fetched",
    ['registry = "https://evil.example/simple"'] = "idna comes from the index https://evil.example/simple",
  } do
    local changed, count = text:gsub('(name = "idna"\nversion = "2.7"\nsource = {) [^}]+', function(head)
      return head .. " " .. source .. " "
    end)
    t.equal(count, 1)
    t.files(project, { ["uv.lock"] = changed })
    t.contains(plan(project, { mode = "all" }).problem, want)
  end
end)

t.test("a lock that does not fit its project is not planned on", function()
  local project = project_with { ["pyproject.toml"] = PROJECT:gsub('"jinja2"', '"jinja2", "six"') }
  t.match(plan(project).problem, "uv%.lock: uv would write it anew before any upgrade .*; run: uv lock")
end)

--- A project with a pylock.toml that uv compiled.
local function compiled(files, input, more)
  local project = t.files(project_with(), files)
  local env = toolbox.environment("uv")
  env.UV_FIND_LINKS, env.PIP_FIND_LINKS = nil, nil
  local spec = { support.tools .. "/main/bin/uv", "pip", "compile", "--quiet", input, "-o", "pylock.toml", "--python",
    support.tools .. "/main/bin/python", env = env, cwd = project, timeout = 300 }
  env.UV_CUSTOM_COMPILE_COMMAND = ("uv pip compile %s -o pylock.toml%s"):format(input, more or "")
  for _, pin in ipairs(OLD) do table.move({ "--upgrade-package", pin }, 1, 2, #spec + 1, spec) end
  local result = assert(tool.run(spec))
  t.equal(result.code, 0, result.stderr)
  return project
end

t.test("a pylock.toml is written anew by the command in its head", function()
  for input, files in pairs { ["pyproject.toml"] = {}, ["app.in"] = { ["app.in"] = "flask\n-c c.txt\nrequests>=2.19\n",
    ["c.txt"] = "jinja2>=2\n" } } do
    local project = compiled(files, input)
    local made = plan(project, { file = "pylock.toml" })
    t.equal(made.problem, nil)
    t.equal({ made.versions.flask, made.versions.idna, made.versions.jinja2, made.versions.certifi },
      { "2.2.5", "3.7", "3.0.0", "2024.7.4" })
    t.equal(made.text:match("^.-\n.-\n"), fs.read(project .. "/pylock.toml"):match("^.-\n.-\n"))
  end
end)

t.test("a command with other words, and inputs that name an index, are not followed", function()
  local project = compiled({}, "pyproject.toml")
  local path = project .. "/pylock.toml"
  local target = { is_lock = true, kind = "pylock", path = path }
  t.equal(locking.handles(target), true)
  local text = fs.read(path)
  for _, word in ipairs { " --index-url https://evil.example", " --no-build-isolation", " ../x.in", " -f /tmp",
    " --python-version $(x)", " second.in" } do
    t.files(project, { ["pylock.toml"] = text:gsub("(%-o pylock%.toml)", "%1" .. word:gsub("%%", "%%%%"), 1) })
    t.equal(locking.handles(target), false, word)
  end
  project = compiled({ ["app.in"] = "flask\n" }, "app.in")
  t.files(project, { ["app.in"] = "flask\n--index-url https://evil.example/simple\n" })
  t.match(plan(project, { file = "pylock.toml" }).problem, "app%.in:2: .* is not followed")
end)

return t.finish()
