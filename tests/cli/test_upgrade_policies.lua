--- Policies judge upgrades before anything is installed: in every mode, on files and environments, with the real
-- tools on real packages.
local fs = require "pysec.fs"
local t = require "harness"
local support = require "support"

--- Runs the main job on requirements.txt under a policy; the code that is expected comes first. Returns the summary
-- and what was printed.
local function run(code, project, policy, arguments)
  t.files(project, { ["acme.lua"] = policy })
  local words = table.move(arguments, 1, #arguments, 3, { "--policy", "acme.lua" })
  local result = support.expect(code, support.offline(words), { cwd = project })
  return support.summary(project), result
end

local function project_with(text)
  local project = support.project()
  t.files(project, { ["requirements.txt"] = text })
  return project
end

local function pins(project)
  return fs.read(project .. "/requirements.txt")
end

--- The only upgrade of a package in this state.
local function the_upgrade(record, package, state)
  local found
  for _, item in ipairs(record.upgrades) do
    if item.package == package and item.state == state then
      t.equal(found, nil, "twice: " .. package)
      found = item
    end
  end
  t.truthy(found, ("no %s upgrade of %s in %s"):format(state, package, t.show(record.upgrades)))
  return found
end

local function states(record)
  local map = {}
  for _, item in ipairs(record.upgrades) do
    map[item.package] = (map[item.package] and map[item.package] .. ", " or "") .. item.state
  end
  return map
end

local function held(record, package)
  for _, item in ipairs(record.held_back) do
    if item.package == package then return item end
  end
  error("not held back: " .. package)
end

local function is_found(record, package)
  for _, finding in ipairs(record.findings) do
    if finding.package == package and finding.kind == "vulnerability" then return true end
  end
  return false
end

local CONSERVATIVE = { "--req", "requirements.txt" }
local ALL = { "--req", "requirements.txt", "--upgrade", "all" }

local NO_MAJORS = [[
on("upgrade", function(u)
  if u.change == "major" then return "refuse", "no major upgrades" end
end)
]]

t.test("a pin that forbids the fix: the lower fixes are taken, the rest stays found, the rule is named", function()
  local project = project_with "urllib3==1.23\n"
  local record, result = run(1, project, [[
name "acme"
pin { package = "urllib3", version = "<1.26", reason = "the old API" }
]], CONSERVATIVE)
  t.equal(pins(project), "urllib3==1.25.9\n")
  local refused = the_upgrade(record, "urllib3", "refused")
  t.equal({ refused.from, refused.to, refused.kind, refused.change, refused.direct, refused.allowed, refused.by,
    refused.rule, refused.target }, { "1.23", "1.26.17", "security", "minor", true, false, "acme.lua:2", "pin",
    "requirements.txt" })
  t.equal(refused.fixes, { "PYSEC-2023-192" })
  t.match(refused.reason, "the old API")
  t.equal(the_upgrade(record, "urllib3", "applied").to, "1.25.9")
  t.equal(is_found(record, "urllib3"), true)
  t.match(result.stdout, "Refused\n.*urllib3%s+1%.23%s+1%.26%.17%s+pin acme%.lua:2: .*the old API")
  local text = fs.read(support.reports(project .. "/reports/security")["security-summary.md"])
  t.match(text, "| urllib3 | 1%.23 | 1%.26%.17 | .- | refused | pin acme%.lua:2: .*the old API |\n")
  t.match(text, "Applied %(conservative mode%): 1 package; the policies refuse 1\n")
end)

t.test("where no version is admitted nothing moves, and the run says so as often as it is asked", function()
  local project = project_with "idna==2.7\n"
  local policy = 'pin { package = "idna", version = "==2.7", reason = "frozen" }\n'
  for _ = 1, 2 do
    local record = run(1, project, policy, CONSERVATIVE)
    t.equal(pins(project), "idna==2.7\n")
    t.equal({ states(record).idna, record.results.upgrade.status, is_found(record, "idna") },
      { "refused", "nothing", true })
    t.equal(#record.upgrades, 1)
  end
end)

t.test("a pin on what a fix needs refuses that fix, and says which package would have to move", function()
  local project = support.project()
  local record = run(1, project, 'pin { package = "jinja2", version = "~=2.10", reason = "templates" }\n',
    CONSERVATIVE)
  t.match(pins(project), "\nflask==1%.0\njinja2==2%.11%.3  # templates\nwerkzeug==2%.2%.3\n")
  local refused = the_upgrade(record, "flask", "refused")
  t.equal({ refused.to, refused.by }, { "2.2.5", "acme.lua:1" })
  t.match(refused.reason, "needs jinja2 3%..*templates")
end)

t.test("a pin that the present version breaks moves nothing by itself, and binds what moves", function()
  local project = project_with "idna==2.7\ncertifi==2023.7.22\n"
  local record = run(1, project, [[
pin { package = "idna", version = ">=3.8", reason = "new tables" }
pin { package = "certifi", version = ">=2024", reason = "new roots" }
]], CONSERVATIVE)
  t.equal(pins(project), "idna==3.8\ncertifi==2023.7.22\n")
  t.equal(states(record), { idna = "applied" })
end)

t.test("limit holds every package within its major version", function()
  local project = support.project()
  local record = run(1, project, 'limit { change = "minor" }\n', CONSERVATIVE)
  t.match(pins(project), "\nflask==0%.12%.%d\njinja2==2%.11%.3  # templates\nwerkzeug==0%.14%.1\n")
  local refused = the_upgrade(record, "werkzeug", "refused")
  t.equal({ refused.to, refused.by, refused.rule, refused.change }, { "2.2.3", "acme.lua:1", "limit", "major" })
  t.equal({ is_found(record, "werkzeug"), is_found(record, "jinja2") }, { true, false })
end)

t.test("a denied version is passed by for the next one", function()
  local project = project_with "idna==2.7\n"
  local record = run(0, project, 'deny { package = "idna", version = "==3.7", reason = "broken" }\n', CONSERVATIVE)
  t.equal(pins(project), "idna==3.8\n")
  t.equal(states(record), { idna = "applied" })
end)

t.test("a hook that refuses major upgrades leaves the steps below", function()
  local project = support.project()
  local record = run(1, project, NO_MAJORS, CONSERVATIVE)
  t.match(pins(project), "\nflask==0%.12%.%d\njinja2==2%.11%.3  # templates\nwerkzeug==0%.14%.1\n")
  for _, package in ipairs { "flask", "werkzeug" } do
    local refused = the_upgrade(record, package, "refused")
    t.match(refused.by, "^acme%.lua:%d$")
    t.equal({ refused.change, refused.reason }, { "major", "no major upgrades" })
  end
end)

t.test("a package that would come in new is judged as well, and what needs it stays below", function()
  local project = project_with "requests==2.19.1\nidna==2.7\nurllib3==1.23\nchardet==3.0.4\n"
  local record = run(1, project, [[
on("upgrade", function(u)
  if not u.from and u.package == "charset-normalizer" then return "refuse", "nothing new" end
end)
]], CONSERVATIVE)
  t.match(pins(project), "^requests==2%.2[0-5]%.%d\n")
  local refused = the_upgrade(record, "requests", "refused")
  t.equal(refused.to, "2.31.0")
  t.match(refused.reason, "needs charset%-normalizer .*nothing new")
  t.equal(states(record)["charset-normalizer"], nil)
end)

t.test("an ignored finding moves nothing, also where its package moves along with another", function()
  local project = project_with "flask==0.12\njinja2==2.9.6\n"
  local record = run(0, project, [[
ignore { id = { "PYSEC-2019-217", "PYSEC-2021-66" }, package = "jinja2", reason = "templates are ours" }
ignore { id = "CVE-2023-30861", reason = "no sessions" }
]], CONSERVATIVE)
  t.equal(pins(project), "flask==1.0\njinja2==2.10\n")
  t.equal(is_found(record, "jinja2"), true)
end)

t.test("--dry-run shows what is refused and changes nothing", function()
  local project = project_with "urllib3==1.23\nidna==2.7\n"
  local record, result = run(1, project, 'pin { package = "idna", version = "<3", reason = "old" }\n',
    { "--req", "requirements.txt", "--dry-run" })
  t.equal(pins(project), "urllib3==1.23\nidna==2.7\n")
  t.equal({ states(record), record.results.upgrade.status }, { { urllib3 = "planned", idna = "refused" }, "planned" })
  t.match(result.stdout, "Refused\n.*idna%s+2%.7%s+3%.7%s+pin acme%.lua:1: .*old")
end)

t.test("all takes the highest that is admitted, and names the rule that holds a package back", function()
  local project = project_with "urllib3==1.23\nidna==2.7\ncertifi==2023.7.22\n"
  local record = run(1, project, [[
pin { package = "urllib3", version = "~=1.25.0", reason = "the old API" }
pin { package = "idna", version = "==2.7", reason = "frozen" }
]], ALL)
  t.match(pins(project), "^urllib3==1%.25%.11\nidna==2%.7\ncertifi==20[2-9][4-9]")
  local item = held(record, "urllib3")
  t.equal({ item.version, item.by, item.rule }, { "1.25.11", "acme.lua:1", "pin" })
  t.match(item.latest, "^[2-9]%.")
  t.match(item.reason, "the old API")
  -- Its newest version would clear what is still found.
  t.equal(the_upgrade(record, "urllib3", "refused").fixes, { "PYSEC-2023-192" })
  local refused = the_upgrade(record, "idna", "refused")
  t.equal({ refused.from, refused.by, refused.fixes }, { "2.7", "acme.lua:2", { "PYSEC-2024-60" } })
  t.equal(states(record).certifi, "applied")
end)

t.test("all under a hook goes as high as the hook lets it", function()
  local project = project_with "flask==0.12\njinja2==2.10\nwerkzeug==0.14.1\n"
  local record = run(1, project, NO_MAJORS, ALL)
  t.equal(pins(project), "flask==0.12.5\njinja2==2.11.3\nwerkzeug==0.16.1\n")
  t.equal({ held(record, "jinja2").reason, held(record, "flask").version }, { "no major upgrades", "0.12.5" })
end)

t.test("all names the rule also where it binds another package", function()
  local project = project_with "flask==1.1.2\njinja2==2.11.3\nmarkupsafe==1.1.1\n"
  local record = run(1, project, 'pin { package = "jinja2", version = "<3", reason = "templates" }\n', ALL)
  t.match(pins(project), "^flask==1%.1%.%d\njinja2==2%.11%.3\n")
  local item = held(record, "flask")
  t.equal({ item.by, item.rule }, { "acme.lua:1", "pin" })
  t.match(item.reason, "needs jinja2 3%..*templates")
end)

t.test("a mode of the user's own is judged like any other", function()
  local project = project_with "urllib3==1.23\nidna==2.7\n"
  t.files(project, { ["both.lua"] = [[
return {
  candidates = function(context)
    local list = {}
    for _, package in ipairs(context.packages) do
      list[#list + 1] = { package = package.name, at_least = package.name == "idna" and "2.8" or "2.0" }
    end
    return list
  end,
}
]] })
  local record = run(1, project, 'limit { change = "minor" }\n',
    { "--req", "requirements.txt", "--upgrade", "both.lua" })
  t.equal(pins(project), "urllib3==1.23\nidna==2.8\n")
  local refused = the_upgrade(record, "urllib3", "refused")
  t.equal({ refused.to, refused.by }, { "2.0", "acme.lua:1" })
end)

t.test("requirements.in: a pin reaches transitive packages, and leaves no trace in the file", function()
  local project = support.project()
  assert(fs.remove(project .. "/requirements.txt"))
  local policy = 'pin { package = "idna", version = "<3.9", reason = "old tables" }\n'
  local record = run(0, project, policy, { "--req", "requirements.in" })
  local text = pins(project)
  t.contains(text, "\nidna==3.8\n    # via requests\n")
  t.lacks(text, "-c ")
  t.lacks(text, "constraint")
  t.match(held(record, "idna").by, "^acme%.lua:1$")
  run(0, project, policy, { "--req", "requirements.in" })
  t.equal(pins(project), text)
end)

local COMPILED = "flask==2.2.5\nwerkzeug==2.2.3\njinja2==3.0.0\nitsdangerous==2.1.0\nclick==8.1.0\nmarkupsafe==2.1.1\n"
  .. "requests==2.31.0\nidna==2.7\nurllib3==1.26.16\ncertifi==2023.7.22\ncharset-normalizer==3.0.0\n"

t.test("requirements.in that was compiled: a fix that a pin forbids stays found, the others are taken", function()
  local project = project_with(COMPILED)
  local record = run(1, project, 'pin { package = "idna", version = "<3", reason = "old tables" }\n',
    { "--req", "requirements.in" })
  local text = pins(project)
  for _, pin in ipairs { "idna==2.7", "urllib3==1.26.17", "click==8.1.0" } do t.contains(text, "\n" .. pin .. "\n") end
  t.lacks(text, "-c ")
  t.equal(states(record), { idna = "refused", urllib3 = "applied" })
  t.equal(is_found(record, "idna"), true)
end)

t.test("requirements.in with all: pins and hooks reach pip-compile for every package", function()
  local project = project_with(COMPILED)
  local record = run(0, project, [[
pin { package = "idna", version = "<3.9", reason = "old tables" }
on("upgrade", function(u)
  if u.package == "markupsafe" and u.change == "major" then return "refuse", "no major upgrades" end
end)
]], { "--req", "requirements.in", "--upgrade", "all" })
  local text = pins(project)
  t.match(text, "\nidna==3%.8\n.*\nmarkupsafe==2%.1%.5\n")
  t.match(text, "\nclick==8%.[2-9]")
  t.equal({ held(record, "idna").by, held(record, "markupsafe").reason }, { "acme.lua:1", "no major upgrades" })
end)

t.test("requirements.in that no admitted set satisfies is not written, and the rule is named", function()
  local project = support.project()
  assert(fs.remove(project .. "/requirements.txt"))
  local record = run(1, project, 'pin { package = "requests", version = "<2", reason = "never" }\n',
    { "--req", "requirements.in" })
  t.equal(pins(project), nil)
  t.match(record.results.upgrade.reason, "requests<2 %(acme%.lua:1: .*never")
end)

t.test("an environment: what is refused is not installed, the rest is", function()
  local project = support.project()
  support.environment(project .. "/.venv", { "idna==2.7", "urllib3==1.23" })
  local record = run(1, project, 'pin { package = "idna", version = "<3", reason = "old tables" }\n', {})
  t.equal(support.installed(project .. "/.venv"), { idna = "2.7", urllib3 = "1.26.17" })
  t.equal(states(record), { idna = "refused", urllib3 = "applied" })
  t.equal(the_upgrade(record, "idna", "refused").target, ".venv")
  record = run(1, project, NO_MAJORS, { "--upgrade", "all" })
  t.equal(support.installed(project .. "/.venv"), { idna = "2.10", urllib3 = "1.26.20" })
  t.equal(states(record), { idna = "applied, refused", urllib3 = "applied" })
end)

t.test("a hook that does not end is an error of its policy, and nothing is changed", function()
  local project = project_with "idna==2.7\n"
  t.files(project, { ["acme.lua"] = 'on("upgrade", function() while true do end end)\n' })
  local result = support.expect(2, support.offline { "--req", "requirements.txt", "--policy", "acme.lua" },
    { cwd = project })
  t.match(result.stderr, "acme%.lua:1")
  t.equal(pins(project), "idna==2.7\n")
end)

t.test("what a file does not name is judged as an installation would bring it in", function()
  local project = project_with "requests==2.19.1\nsix==1.11.0\n"
  local record = run(1, project, 'limit { change = "minor", reason = "no big steps" }\n', CONSERVATIVE)
  t.equal(pins(project), "requests==2.19.1\nsix==1.11.0\n")
  local refused = the_upgrade(record, "requests", "refused")
  t.equal({ refused.by, refused.rule, refused.allowed }, { "acme.lua:1", "limit", false })
  t.match(refused.reason, "^an installation of the file would bring in %l+%d? %d[%d.]*: .*no big steps$")
  t.equal(is_found(record, "requests"), true)
  for _, item in ipairs(record.upgrades) do t.equal(item.state, "refused", item.package) end
end)

t.test("an upgrade that brings in nothing that is refused stays beside one that does", function()
  local project = project_with "requests==2.19.1\njinja2==2.10\nmarkupsafe==1.1.1\n"
  local record = run(1, project, 'deny { package = "urllib3", version = ">=2", reason = "not yet" }\n', CONSERVATIVE)
  t.equal(pins(project), "requests==2.19.1\njinja2==2.11.3\nmarkupsafe==1.1.1\n")
  t.match(the_upgrade(record, "requests", "refused").reason, "bring in urllib3 2%.[%d.]+: .*not yet")
  t.equal(the_upgrade(record, "jinja2", "applied").to, "2.11.3")
end)

return t.finish()
