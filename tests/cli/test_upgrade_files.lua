--- Upgrades of requirements files, with the real resolver on real packages.
local fs = require "pysec.fs"
local json = require "pysec.json"
local t = require "harness"
local support = require "support"

local function upgrade(project, arguments, code, options)
  options = options or {}
  options.cwd = project
  return support.expect(code, support.offline(arguments), options)
end

--- Installs a requirements file into a fresh environment; returns what `pip check` says then.
local function install(path)
  local environment = t.tempdir() .. "/env"
  support.environment(environment, { "-r", path })
  return support.pip_check(environment)
end

t.test("conservative changes the pins that have findings, and nothing else of the file", function()
  local project = support.project()
  upgrade(project, { "--req", "requirements.txt" }, 0)
  t.equal(fs.read(project .. "/requirements.txt"), [[
# What the app runs on. Old on purpose: each pin has advisories.

# web
flask==2.2.5
jinja2==3.0.0  # templates
werkzeug==2.2.3

# http
requests==2.31.0 ; python_version >= "3.6"
urllib3==1.26.17
]])
  local record = support.summary(project)
  t.equal(record.results.upgrade.status, "applied")
  t.equal(#record.fixed, 13)
  t.equal(#record.findings, 0)
  t.equal(record.exit, 0)
end)

t.test("the upgraded file installs as one set, and a second run finds nothing to do", function()
  local project = support.project()
  upgrade(project, { "--req", "requirements.txt" }, 0)
  t.equal(install(project .. "/requirements.txt"), "")
  local before = fs.read(project .. "/requirements.txt")
  upgrade(project, { "--req", "requirements.txt" }, 0)
  t.equal(fs.read(project .. "/requirements.txt"), before)
  t.equal(support.summary(project).results.upgrade.status, "nothing")
end)

t.test("jinja2 goes further than its own fix where flask's fix needs that", function()
  local project = support.project()
  upgrade(project, { "--req", "requirements.txt", "--dry-run" }, 1)
  local by_name = {}
  for _, item in ipairs(support.summary(project).upgrades) do by_name[item.package] = item end
  local jinja2 = by_name.jinja2
  t.equal({ jinja2.from, jinja2.to, jinja2.kind, jinja2.change, jinja2.direct, jinja2.state, jinja2.allowed },
    { "2.10", "3.0.0", "security", "major", true, "planned", true })
  t.equal(by_name.idna.direct, false)
  t.equal(by_name["charset-normalizer"].kind, "update")
end)

t.test("--dry-run prints the plan and changes nothing", function()
  local project = support.project()
  local before = fs.read(project .. "/requirements.txt")
  local result = upgrade(project, { "--req", "requirements.txt", "--dry-run" }, 1)
  t.match(result.stdout, "flask%s+0%.12%s+2%.2%.5%s+planned%s+fixes ")
  t.equal(fs.read(project .. "/requirements.txt"), before)
  t.equal(support.summary(project).results.upgrade.status, "planned")
end)

t.test("-r lines, line endings, spacing and extras are kept; the pin changes where it is written", function()
  local project = support.project()
  t.files(project, {
    ["base.txt"] = "# shared\nurllib3 == 1.23   # keep this comment\n",
    ["requirements.txt"] = "-r base.txt\r\nrequests[socks]==2.19.1\r\n\r\nidna  # follows requests\r\n",
  })
  upgrade(project, { "--req", "requirements.txt" }, 0)
  t.equal(fs.read(project .. "/base.txt"), "# shared\nurllib3 == 1.26.17   # keep this comment\n")
  t.equal(fs.read(project .. "/requirements.txt"),
    "-r base.txt\r\nrequests[socks]==2.31.0\r\n\r\nidna  # follows requests\r\n")
end)

t.test("a pin in a file outside of the folder is not touched, and the run says where", function()
  local project = support.project()
  t.files(project, { ["shared.txt"] = "urllib3==1.23\n", ["app/requirements.txt"] = "-r ../shared.txt\n" })
  upgrade(project, { "--req", "app/requirements.txt" }, 4)
  t.equal(fs.read(project .. "/shared.txt"), "urllib3==1.23\n")
  t.match(support.summary(project).results.upgrade.reason, "shared%.txt:1 pins urllib3")
end)

t.test("a file with hashes gets all hashes of the new versions and still installs with them", function()
  local project = support.project()
  local old = "idna==2.7 \\\n    --hash=sha256:156a6814fb5ac1fc6850fb002e0852d56c0c8d2531923a51032d1b70760e186e \\\n"
    .. "    --hash=sha256:684a38a6f903c1d71d6d5fac066b58d7768af4de2b832e426ec79c30daa94a16\n"
  t.files(project, { ["requirements.txt"] = old })
  upgrade(project, { "--req", "requirements.txt" }, 0)
  local text = fs.read(project .. "/requirements.txt")
  t.match(text, "^idna==3%.7 \\\n    %-%-hash=sha256:%x+ \\\n    %-%-hash=sha256:%x+\n$")
  t.lacks(text, "156a6814")
  t.equal(install(project .. "/requirements.txt"), "")
end)

--- The hashes of all files of a release, as the package index gives them.
local function index_hashes(name, release)
  local http = require "pysec.http"
  local page = assert(http.get { url = ("https://pypi.org/simple/%s/"):format(name) }).body
  local hashes = {}
  for file, hash in page:gmatch('href="[^"#]-([^/"#]+)#sha256=(%x+)"') do
    if file:match("^" .. name .. "%-" .. release:gsub("%.", "%%.") .. "[.-]") then hashes[#hashes + 1] = hash end
  end
  table.sort(hashes)
  return hashes
end

t.test("hashes in every style are replaced by those of all files of the release, and no other byte changes", function()
  local project = support.project()
  local function hash(digit) return "--hash=sha256:" .. digit:rep(64) end
  local text = "\xEF\xBB\xBF# coding is UTF-8\r\nidna==2.7 " .. hash "1" .. " " .. hash "2" .. "  # one line\r\n"
    .. "urllib3 == 1.23 ; python_version > '3' \\\r\n\t" .. hash "3" .. " \\\r\n\t# behind\r\n"
    .. "certifi==2024.7.4 \\\n    " .. hash "4"
  t.files(project, { ["requirements.txt"] = text })
  upgrade(project, { "--req", "requirements.txt" }, 0)
  local function all(name, release, separator)
    local list = {}
    for i, item in ipairs(index_hashes(name, release)) do list[i] = "--hash=sha256:" .. item end
    t.truthy(#list >= 2, "a wheel and an sdist")
    return table.concat(list, separator)
  end
  t.equal(fs.read(project .. "/requirements.txt"), "\xEF\xBB\xBF# coding is UTF-8\r\nidna==3.7 "
    .. all("idna", "3.7", " ") .. "  # one line\r\nurllib3 == 1.26.17 ; python_version > '3' \\\r\n\t"
    .. all("urllib3", "1.26.17", " \\\r\n\t") .. " \\\r\n\t# behind\r\ncertifi==2024.7.4 \\\n    " .. hash "4")
end)

t.test("a constraint that forbids the fix is named, what goes without it is applied", function()
  local project = support.project()
  t.files(project, { ["c.txt"] = "urllib3<1.26\n",
    ["requirements.txt"] = "-c c.txt\nurllib3==1.23\njinja2==2.10\n" })
  upgrade(project, { "--req", "requirements.txt" }, 1)
  t.equal(fs.read(project .. "/requirements.txt"), "-c c.txt\nurllib3==1.25.9\njinja2==2.11.3\n")
  local held = support.summary(project).held_back[1]
  t.equal(held.package, "urllib3")
  t.match(held.reason, "urllib3<1%.26")
end)

t.test("all takes everything to the newest set and names who is held back, and by whom", function()
  local project = support.project()
  t.files(project, { ["requirements.txt"] = "flask==1.0\nwerkzeug<3\nidna==2.7\n" })
  upgrade(project, { "--req", "requirements.txt", "--upgrade", "all" }, 0)
  local text = fs.read(project .. "/requirements.txt")
  t.match(text, "^flask==[23]%.%d+%.%d+\nwerkzeug<3\nidna==3%.%d+\n$")
  local held = {}
  for _, item in ipairs(support.summary(project).held_back) do held[item.package] = item end
  t.match(held.werkzeug.reason, "werkzeug<3")
  t.equal(install(project .. "/requirements.txt"), "")
end)

t.test("a pin without a finding stays, also when it has no wheel and a later version has one", function()
  local project = support.project()
  t.files(project, { ["requirements.txt"] = "django-allauth==0.50.0\nrequests==2.25.1\ndjango==4.2.16\n" })
  upgrade(project, { "--req", "requirements.txt" }, 0)
  t.equal(fs.read(project .. "/requirements.txt"), "django-allauth==0.50.0\nrequests==2.31.0\ndjango==4.2.16\n")
end)

t.test("none changes nothing", function()
  local project = support.project()
  local before = fs.read(project .. "/requirements.txt")
  upgrade(project, { "--req", "requirements.txt", "--upgrade", "none" }, 1)
  t.equal(fs.read(project .. "/requirements.txt"), before)
end)

t.test("a mode of the user's own chooses what moves", function()
  local project = support.project()
  t.files(project, { ["only_urllib3.lua"] = [[
return {
  candidates = function(context)
    for _, package in ipairs(context.packages) do
      if package.name == "urllib3" then return { { package = "urllib3", at_least = "1.24.3" } } end
    end
    return {}
  end,
}
]], ["requirements.txt"] = "urllib3==1.23\njinja2==2.10\n" })
  upgrade(project, { "--req", "requirements.txt", "--upgrade", "only_urllib3.lua" }, 1)
  t.equal(fs.read(project .. "/requirements.txt"), "urllib3==1.24.3\njinja2==2.10\n")
  t.equal(support.summary(project).upgrade_mode, "only_urllib3.lua")
end)

t.test("a mode that is none is refused before anything runs", function()
  local project = support.project()
  t.files(project, { ["wrong.lua"] = "return 1\n", ["broken.lua"] = "return {\n" })
  t.match(upgrade(project, { "--req", "requirements.txt", "--upgrade", "wrong.lua" }, 2).stderr, "'candidates'")
  t.match(upgrade(project, { "--req", "requirements.txt", "--upgrade", "broken.lua" }, 2).stderr, "broken%.lua:")
end)

t.test("--verify that fails puts the file back and exits 4", function()
  local project = support.project()
  local before = fs.read(project .. "/requirements.txt")
  local result = upgrade(project, { "--req", "requirements.txt", "--verify", "grep -q flask==0.12 requirements.txt",
    "--all-or-nothing" }, 4)
  t.match(result.stderr, "rolled back: %-%-verify %(grep .*%) ended with exit code 1: it printed nothing")
  t.equal(fs.read(project .. "/requirements.txt"), before)
  t.equal(support.summary(project).upgrades[1].state, "rolled_back")
  upgrade(project, { "--req", "requirements.txt", "--verify", "grep -q flask==2.2.5 requirements.txt" }, 0)
end)

t.test("a link is the user's own way to the file: its target is written, the link stays", function()
  local project = support.project()
  t.files(project, { ["real/base.txt"] = "idna==2.7\n" })
  local tool = require "pysec.tool"
  assert(tool.run { "/bin/ln", "-sf", "real/base.txt", project .. "/link.txt" })
  upgrade(project, { "--req", "link.txt" }, 0)
  t.equal(fs.stat(project .. "/link.txt", { follow = false }).kind, "link")
  t.equal(fs.read(project .. "/real/base.txt"), "idna==3.7\n")
end)

t.test("requirements.in is compiled: what has findings moves, the other pins stay", function()
  local project = support.project()
  t.files(project, { ["requirements.txt"] = "flask==2.2.5\nwerkzeug==2.2.3\njinja2==3.0.0\nitsdangerous==2.1.0\n"
    .. "click==8.1.0\nmarkupsafe==2.1.1\nrequests==2.31.0\nidna==2.7\nurllib3==1.26.17\ncertifi==2023.7.22\n"
    .. "charset-normalizer==3.0.0\n" })
  upgrade(project, { "--req", "requirements.in" }, 0)
  local text = fs.read(project .. "/requirements.txt")
  t.match(text, "autogenerated by pip%-compile")
  t.contains(text, "pysec --req requirements.in")
  for _, pin in ipairs { "idna==3.7", "itsdangerous==2.1.0", "click==8.1.0", "flask==2.2.5" } do
    t.contains(text, "\n" .. pin .. "\n")
  end
  t.lacks(text, "--find-links")
end)

t.test("requirements.in with all compiles everything anew", function()
  local project = support.project()
  t.files(project, { ["requirements.txt"] = "flask==2.2.5\nwerkzeug==2.2.3\n" })
  upgrade(project, { "--req", "requirements.in", "--upgrade", "all" }, 0)
  t.match(fs.read(project .. "/requirements.txt"), "\nflask==[3-9]")
end)

t.test("a .in that nothing satisfies is said to be so, and nothing is written", function()
  local project = support.project()
  t.files(project, { ["app.in"] = "flask==2.2.5\nwerkzeug<2\n" })
  local result = upgrade(project, { "--req", "app.in" }, 3)
  t.match(result.stderr, "cannot be resolved")
  t.equal(fs.stat(project .. "/app.txt"), nil)
  t.equal(json.array {}, support.summary(project).upgrades)
end)

t.test("pins in a constraints file of ours move, those of somebody else hold", function()
  local project = support.project()
  t.files(project, { ["app/r.txt"] = "requests\n-c constraints.txt\n",
    ["app/constraints.txt"] = "# ours\r\nrequests==2.19.1\r\nurllib3==1.23  # old\r\nidna==2.7\r\n" })
  upgrade(project, { "--req", "app/r.txt", "--scanners", "osv" }, 0)
  t.equal(fs.read(project .. "/app/constraints.txt"),
    "# ours\r\nrequests==2.31.0\r\nurllib3==1.26.17  # old\r\nidna==3.7\r\n")
  t.equal(fs.read(project .. "/app/r.txt"), "requests\n-c constraints.txt\n")
  t.files(project, { ["theirs/constraints.txt"] = "idna==2.7\n",
    ["mine/r.txt"] = "idna\n-c ../theirs/constraints.txt\n" })
  local result = upgrade(project, { "--req", "mine/r.txt", "--scanners", "osv" }, 1)
  t.match(result.stderr, "theirs/constraints%.txt:1: 'idna==2%.7'")
  t.equal(fs.read(project .. "/theirs/constraints.txt"), "idna==2.7\n")
end)

t.test("a pin in a .in is its owner's wish: it is named, and holds up nothing else", function()
  local project = support.project()
  t.files(project, { ["app.in"] = "jinja2==2.10\nrequests\n", ["app.txt"] = "certifi==2023.7.22\nchardet==3.0.4\n"
    .. "idna==2.7\njinja2==2.10\nmarkupsafe==2.0.1\nrequests==2.19.1\nurllib3==1.23\n" })
  upgrade(project, { "--req", "app.in", "--scanners", "osv" }, 1)
  local text = fs.read(project .. "/app.txt")
  t.contains(text, "requests==2.31.0\n")
  t.contains(text, "jinja2==2.10\n")
  t.match(support.summary(project).held_back[1].reason, "^app%.in:1: 'jinja2==2%.10' leaves out 2%.11%.3: ")
end)

t.test("a .in is compiled for the Python of the environment", function()
  local project = support.project()
  t.files(project, { ["app.in"] = "idna\ntyping-extensions ; python_version < '3.9'\n",
    ["app.txt"] = "idna==2.7\ntyping-extensions==4.1.1\n", [".venv/pyvenv.cfg"] = "version = 3.8.10\n",
    [".venv/lib/python3.8/site-packages/a.py"] = "" })
  upgrade(project, { "--req", "app.in", "--scanners", "osv", "--dry-run", "--plan", "plan.json" }, 1)
  local made = assert(json.read(project .. "/plan.json"))
  t.match(made.files[1].text, "idna==3%.7\n.*typing%-extensions==4%.1%.1")
  t.match(made.files[1].text, "autogenerated by uv")
end)

return t.finish()
