--- Cooldowns in real upgrades: the days are those of the package index, old enough to be known, and today is set.
local fs = require "pysec.fs"
local index_server = require "index_server"
local t = require "harness"
local support = require "support"

--- Midnight of days, as SOURCE_DATE_EPOCH wants it. idna 3.7 came out on 2024-04-11, jinja2 2.11.3 on 2021-01-31,
-- 2.10.1 on 2019-04-06, urllib3 1.25.9 on 2020-04-16, 1.26.17 on 2023-10-02.
local TODAY = { ["2024-04-13"] = "1712966400", ["2024-04-18"] = "1713398400" }

local function run(code, project, day, policy, arguments, variables)
  t.files(project, { ["acme.lua"] = policy })
  fs.remove(project .. "/reports") -- two reports of one second would not tell which is the newer
  local words = table.move(arguments, 1, #arguments, 3, { "--policy", "acme.lua" })
  local vars = { SOURCE_DATE_EPOCH = TODAY[day] }
  for name, value in pairs(variables or {}) do vars[name] = value end
  local result = support.expect(code, support.offline(words), { cwd = project, env = vars })
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

--- The only upgrade of a package.
local function the_upgrade(record, package)
  local found
  for _, item in ipairs(record.upgrades) do
    if item.package == package then
      t.equal(found, nil, "twice: " .. package)
      found = item
    end
  end
  t.truthy(found, ("no upgrade of %s in %s"):format(package, t.show(record.upgrades)))
  return found
end

local WEEK = "cooldown { days = 7 }\n"
local FILE = { "--req", "requirements.txt" }

t.test("a fix that is too young is refused until its day, and the others are applied", function()
  local project = project_with "idna==2.7\nurllib3==1.23\n"
  local record, result = run(1, project, "2024-04-13", WEEK, FILE)
  t.equal(pins(project), "idna==2.7\nurllib3==1.26.17\n")
  local item = the_upgrade(record, "idna")
  t.equal({ item.to, item.state, item.rule, item.by, item.released, item.free_on }, { "3.7", "refused", "cooldown",
    "acme.lua:1", "2024-04-11", "2024-04-18" })
  t.equal(item.reason, "released on 2024-04-11, waits 7 days: free on 2024-04-18")
  t.equal(the_upgrade(record, "urllib3").released, "2023-10-02")
  t.contains(result.stdout, "cooldown acme.lua:1: released on 2024-04-11, waits 7 days: free on 2024-04-18")
  record = run(0, project, "2024-04-18", WEEK, FILE)
  t.equal({ pins(project), the_upgrade(record, "idna").state }, { "idna==3.7\nurllib3==1.26.17\n", "applied" })
end)

t.test("a severe fix goes at once, in a file and what it brings in", function()
  local project = project_with "idna==2.7\n"
  local record = run(0, project, "2024-04-13", "cooldown { days = 7, security = { high = 1 } }\n", FILE)
  t.equal(pins(project), "idna==3.7\n")
  t.equal(the_upgrade(record, "idna").severities, { "high" })
end)

t.test("all goes to the newest that is old enough", function()
  local project = project_with "idna==2.10\ncertifi==2023.7.22\n"
  local record = run(1, project, "2024-04-13", WEEK, { "--req", "requirements.txt", "--upgrade", "all" })
  t.equal(pins(project), "idna==3.6\ncertifi==2024.2.2\n")
  local waits
  for _, item in ipairs(record.held_back) do
    if item.package == "certifi" then waits = item end
  end
  t.equal({ waits.version, waits.rule, waits.by }, { "2024.2.2", "cooldown", "acme.lua:1" })
  t.match(waits.reason, "^released on 20%d%d%-%d%d%-%d%d, waits 7 days: free on 20%d%d%-%d%d%-%d%d$")
end)

t.test("an environment: what is too young is not installed", function()
  local project = support.project()
  support.environment(project .. "/.venv", { "idna==2.7", "urllib3==1.23" })
  local record = run(1, project, "2024-04-13", WEEK, {})
  t.equal(support.installed(project .. "/.venv"), { idna = "2.7", urllib3 = "1.26.17" })
  t.equal({ the_upgrade(record, "idna").free_on, the_upgrade(record, "idna").target }, { "2024-04-18", ".venv" })
end)

local COMPILED = "certifi==2023.7.22\ncharset-normalizer==3.0.0\nidna==2.7\nrequests==2.31.0\nurllib3==1.26.16\n"

t.test("requirements.in: what is too young does not get into the compiled file", function()
  local project = project_with(COMPILED)
  t.files(project, { ["requirements.in"] = "requests\n" })
  run(1, project, "2024-04-13", WEEK, { "--req", "requirements.in" })
  for _, pin in ipairs { "idna==2.7", "urllib3==1.26.17", "certifi==2023.7.22" } do
    t.match(pins(project), "%f[%w]" .. pin:gsub("%p", "%%%0") .. "\n")
  end
  run(0, project, "2024-04-13", "cooldown { days = 7, security = { high = 1 } }\n", { "--req", "requirements.in" })
  t.contains(pins(project), "idna==3.7\n")
end)

t.test("a file is judged as an installation would bring it in", function()
  local project = project_with "requests==2.19.1\n"
  local record = run(1, project, "2024-04-13", "cooldown { package = 'urllib3', days = 7 }\n", FILE)
  t.equal(pins(project), "requests==2.19.1\n")
  local item = the_upgrade(record, "requests")
  t.equal({ item.state, item.rule }, { "refused", "cooldown" })
  t.match(item.reason, "^an installation of the file would bring in urllib3 2%..*free on")
end)

t.test("an index that tells no days lets nothing through, unless it is to be taken", function()
  local index <close> = index_server.start()
  local html = '<a href="https://files.pythonhosted.org/packages/%s">%s</a>'
  local file = "e5/3e/741d8c82801c347547f8a2a06aa57dbb1992be9e948df2ea0eda2c8b79e8/idna-3.7-py3-none-any.whl"
  index:page("idna", { type = "text/html", body = html:format(file, file:match "[^/]*$") })
  local vars = { PIP_INDEX_URL = index.url, UV_DEFAULT_INDEX = index.url, NO_PROXY = "127.0.0.1",
    no_proxy = "127.0.0.1" }
  local project = project_with("idna==2.7 --hash=sha256:" .. ("0"):rep(64) .. "\n")
  local record = run(1, project, "2024-04-18", WEEK, { "--req", "requirements.txt", "--dry-run" }, vars)
  local item = the_upgrade(record, "idna")
  t.equal({ item.state, item.released, item.free_on }, { "refused", nil, nil })
  t.contains(item.reason, 'cooldown { unknown = "take" } lets such releases through')
  record = run(1, project, "2024-04-18", "cooldown { days = 7, unknown = 'take' }\n",
    { "--req", "requirements.txt", "--dry-run" }, vars)
  t.equal(the_upgrade(record, "idna").state, "planned", the_upgrade(record, "idna").reason)
end)

return t.finish()
