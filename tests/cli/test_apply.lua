--- Plans as files: written by a dry run, applied by `pysec apply`, with real environments and packages.
local fs = require "pysec.fs"
local json = require "pysec.json"
local support = require "support"
local t = require "harness"

local original = t.tempdir() .. "/env"
support.environment(original, { "flask==0.12", "jinja2==2.10", "werkzeug==0.14.1", "idna==2.7" })

local function project(more)
  local folder = support.project()
  assert(fs.copy(original, folder .. "/.venv"))
  t.files(folder, more or {})
  return folder
end

local function plan(folder, arguments)
  local words = { "--scanners", "osv", "--dry-run", "--plan", "plan.json" }
  table.move(arguments or {}, 1, #(arguments or {}), #words + 1, words)
  support.expect(1, support.offline(words), { cwd = folder })
  -- Two reports of one second would be hard to tell apart.
  assert(fs.remove(folder .. "/reports"))
  return assert(json.read(folder .. "/plan.json"))
end

local function apply(folder, code, ...)
  return support.expect(code, { "apply", "plan.json", "--database", "advisories.db", ... }, { cwd = folder })
end

t.test("a plan says what, from, to, why, which rules, with which hashes", function()
  local folder = project { ["pysec.lua"] = 'pin { package = "jinja2", version = "<3.1", reason = "templates" }\n' }
  local before = support.fingerprint(folder .. "/.venv")
  local made = plan(folder)
  t.truthy(support.fingerprint(folder .. "/.venv") == before, "a plan changed the environment")
  local by_name = {}
  for _, item in ipairs(made.upgrades) do by_name[item.package] = item end
  local jinja2 = by_name.jinja2
  t.equal({ jinja2.from, jinja2.to, jinja2.kind, jinja2.target, jinja2.state }, { "2.10", "3.0.0", "security", ".venv",
    "planned" })
  t.equal(jinja2.rules, { { rule = "pin", by = "pysec.lua:1", specifier = "<3.1",
    reason = "it is pinned to <3.1: templates" } })
  t.truthy(#jinja2.hashes >= 2, "there are no hashes of a wheel and a source")
  t.match(jinja2.hashes[1], "^sha256:%x+$")
  t.truthy(#jinja2.fixes > 0)
  t.equal(#made.environment.packages, 7)
end)

t.test("apply does exactly that, and reports it", function()
  local folder = project()
  local made = plan(folder)
  apply(folder, 0)
  local installed = support.installed(folder .. "/.venv")
  for _, item in ipairs(made.upgrades) do t.equal(installed[item.package], item.to, item.package) end
  t.equal(support.pip_check(folder .. "/.venv"), "")
  local record = support.summary(folder)
  t.equal({ record.results.upgrade.status, record.upgrade_mode, #record.findings }, { "applied", "conservative", 0 })
  t.truthy(#record.fixed > 5)
end)

t.test("a file is written as it was planned, byte by byte", function()
  local folder = project { ["requirements.txt"] = "# ours\r\nflask==0.12  # web\r\njinja2==2.10\r\n" }
  local made = plan(folder, { "--req", "requirements.txt" })
  apply(folder, 0)
  t.equal(fs.read(folder .. "/requirements.txt"), made.files[1].text)
  t.contains(made.files[1].text, "# ours\r\nflask==2.2.5  # web\r\n")
  t.equal(support.installed(folder .. "/.venv").flask, "2.2.5")
end)

t.test("a compiled file is applied without compiling it again, and the environment synced to it", function()
  local folder = project { ["app.in"] = "flask\n",
    ["app.txt"] = "flask==0.12\njinja2==2.10\nwerkzeug==0.14.1\nitsdangerous==1.1.0\nclick==8.1.7\n"
      .. "markupsafe==2.0.1\n" }
  local made = plan(folder, { "--req", "app.in" })
  t.equal(made.environment.sync, "app.txt")
  apply(folder, 0)
  t.equal(fs.read(folder .. "/app.txt"), made.files[1].text)
  t.equal(support.installed(folder .. "/.venv").idna, nil)
end)

t.test("it is refused when the environment or a file has changed since", function()
  local folder = project { ["requirements.txt"] = "flask==0.12\njinja2==2.10\n" }
  plan(folder, { "--req", "requirements.txt" })
  t.match(support.expect(0, { "apply", "plan.json", "--check" }, { cwd = folder }).stdout, "the plan can be applied")
  t.files(folder, { ["requirements.txt"] = "flask==0.12\njinja2==2.10.1\n" })
  t.match(apply(folder, 4).stderr,
    "plan%.json: the plan no longer fits: requirements%.txt has changed since it was planned; plan anew")
  t.files(folder, { ["requirements.txt"] = "flask==0.12\njinja2==2.10\n" })
  assert(fs.remove(folder .. "/.venv"))
  support.environment(folder .. "/.venv", { "idna==2.8" })
  t.match(apply(folder, 4, "--check").stderr,
    "%.venv has changed since it was planned %(click was [%d.]+ and is gone%)")
end)

t.test("the policies of now judge it", function()
  local folder = project()
  plan(folder)
  t.files(folder, { ["pysec.lua"] = 'on("upgrade", function(u) if u.package == "flask" then return "refuse", '
    .. '"not flask" end end)\n' })
  local before = support.fingerprint(folder .. "/.venv")
  t.match(apply(folder, 4).stderr, "the policies refuse flask 2%.2%.5: on upgrade pysec%.lua:1: not flask; nothing was")
  t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment changed")
end)

t.test("a plan that was changed by hand is refused: the policies judge its upgrades alone", function()
  local folder = project { ["requirements.txt"] = "flask==0.12\njinja2==2.10\n", ["other.txt"] = "idna==2.7\n" }
  local made = plan(folder, { "--req", "requirements.txt" })
  local before = support.fingerprint(folder .. "/.venv")
  local function refused(change, pattern)
    local copy = json.decode(json.encode(made))
    change(copy)
    assert(json.write(folder .. "/plan.json", copy))
    for _, option in ipairs { "--check", "--exit-zero" } do
      t.match(apply(folder, 4, option).stderr, "plan%.json: the plan was changed: " .. pattern
        .. "; plan anew; nothing was changed")
    end
    t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment changed")
    t.equal(fs.read(folder .. "/requirements.txt"), "flask==0.12\njinja2==2.10\n")
  end
  refused(function(p) p.files[1].text = p.files[1].text .. "pycrypto==2.6.1\n" end,
    "requirements%.txt would require pycrypto==2%.6%.1, which is none of the upgrades")
  refused(function(p) p.files[1].text = p.files[1].text .. "pycrypto\n" end,
    "requirements%.txt would require pycrypto,.*")
  refused(function(p) p.upgrades = json.array() end, "requirements%.txt would require %S+, which is none of the .*")
  refused(function(p) p.files[2] = { path = "other.txt", before = "idna==2.7\n", text = "# mine\n" } end,
    "other%.txt is no file of what it was made for")
  refused(function(p) p.files[2] = { path = "../x.toml", text = "" } end,
    "%.%./x%.toml is no file of what it was made for")
  refused(function(p)
    for _, item in ipairs(p.upgrades) do
      if item.package == "jinja2" and item.target == ".venv" then item.from, item.change = "2.10.3", "major" end
    end
  end, "jinja2 goes from 2%.10%.3 to 3%.0%.0, and was 2%.10")
end)

t.test("a plan that was made with bandit is applied without it", function()
  local folder = project { ["requirements.txt"] = "flask==0.12\njinja2==2.10\n" }
  plan(folder, { "--req", "requirements.txt", "--bandit" })
  apply(folder, 0)
  t.equal(support.installed(folder .. "/.venv").flask, "2.2.5")
end)

t.test("a plan of files alone is applied where there is no environment", function()
  local folder = project { ["requirements.txt"] = "flask==0.12\njinja2==2.10\n" }
  assert(fs.remove(folder .. "/.venv"))
  plan(folder, { "--req", "requirements.txt" })
  apply(folder, 0)
  t.contains(fs.read(folder .. "/requirements.txt"), "flask==2.2.5\n")
  local record = support.summary(folder)
  t.contains(record.results.upgrade.before, "flask==0.12\n")
  local changed = {}
  for _, item in ipairs(record.upgrades) do changed[item.package] = item.state end
  t.equal({ changed.flask, changed.jinja2 }, { "applied", "applied" })
  t.match(apply(folder, 2, "--installer", "conda").stderr, "%-%-installer conda: expected auto, pip, uv")
end)

t.test("a file that JSON cannot hold is in no plan", function()
  local folder = project { ["requirements.txt"] = "# caf\xE9\nflask==0.12\njinja2==2.10\n" }
  t.match(support.expect(4, support.offline { "--scanners", "osv", "--dry-run", "--plan", "plan.json", "--req",
    "requirements.txt" }, { cwd = folder }).stderr,
    "the plan cannot be written: requirements%.txt holds what is no UTF%-8; write it in UTF%-8 first")
  t.equal(fs.stat(folder .. "/plan.json"), nil)
end)

t.test("a release whose files are not those that were planned is not installed", function()
  local folder = project()
  local made = plan(folder)
  for _, item in ipairs(made.upgrades) do
    if item.package == "flask" then item.hashes = json.array { "sha256:" .. ("0"):rep(64) } end
  end
  assert(json.write(folder .. "/plan.json", made))
  local before = support.fingerprint(folder .. "/.venv")
  t.match(apply(folder, 4).stderr, "Expected sha256 0000")
  t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment changed")
end)

t.test("a check that fails takes everything back, and looks for no part", function()
  local folder = project { ["requirements.txt"] = "flask==0.12\njinja2==2.10\n" }
  plan(folder, { "--req", "requirements.txt" })
  local before = support.fingerprint(folder .. "/.venv")
  t.match(apply(folder, 4, "--verify", "echo no; exit 3").stderr,
    "%-%-verify %(echo no; exit 3%) ended with exit code 3: no")
  t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment changed")
  t.equal(fs.read(folder .. "/requirements.txt"), "flask==0.12\njinja2==2.10\n")
end)

t.test("what is no plan is refused with its place", function()
  local folder = project()
  local made = plan(folder)
  local function refused(change, pattern)
    local copy = json.decode(json.encode(made))
    change(copy)
    assert(json.write(folder .. "/plan.json", copy))
    t.match(apply(folder, 2).stderr, pattern)
  end
  refused(function(p) p.format = "other" end, "plan%.json: not a plan: its format has to be 'pysec plan 1'")
  refused(function(p) p.upgrades[1].to = "--index-url=x" end, "upgrades%[1%]%.to: expected a version, not '%-%-index")
  refused(function(p) p.upgrades[1].package = "a b" end, "upgrades%[1%]%.package: expected a normalised name")
  refused(function(p) p.files[1] = { path = "/home/me/.bashrc", text = "" } end,
    "files%[1%]%.path: expected a requirements")
  refused(function(p) p.findings = {} p.findings.x = 1 end, "findings: expected a list")
  refused(function(p) p.findings[1].severity = "bad" end, "findings%[1%]%.severity: expected none, low, ")
  refused(function(p) p.upgrades[1].fixes = { json.array() } end, "upgrades%[1%]%.fixes: expected a list of texts")
  refused(function(p) p.upgrades[1].change = "patch" end, "upgrades%[1%]%.change: expected that from its from to its")
  refused(function(p) p.upgrades[1].state = "applied" end, "upgrades%[1%]%.state: expected 'planned', not 'applied'")
  refused(function(p) p.evidence[1].status = "fine" end, "evidence 1 %(osv%): its status is none of complete")
  refused(function(p) p.scanners = json.array() end, "scanners: expected 'osv' among them, whose evidence is complete")
  refused(function(p) p.scanners[2] = "bandit" end, "scanners: there is no scanner of vulnerabilities named 'bandit'")
  t.files(folder, { ["plan.json"] = '{"format": "pysec plan 1",\n' })
  t.match(apply(folder, 2).stderr, "plan%.json:.*line 2")
  t.match(support.expect(2, { "--plan", "x.json" }, { cwd = folder }).stderr, "%-%-plan: .* give %-%-dry%-run as well")
end)

t.test("a cooldown goes by what the index says, not by what a plan says", function()
  local folder = project()
  local made = plan(folder)
  for _, item in ipairs(made.upgrades) do item.released = "2001-01-01" end
  assert(json.write(folder .. "/plan.json", made))
  t.files(folder, { ["pysec.lua"] = "cooldown { days = 36500 }\n" })
  t.match(apply(folder, 4).stderr, "the policies refuse .*cooldown pysec%.lua:1: released on 20%d%d%-")
end)

return t.finish()
