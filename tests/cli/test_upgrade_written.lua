--- What the lines of requirements files do to a plan: ranges and constraints that hold it back, fixes that need a line.
local fs = require "pysec.fs"
local t = require "harness"
local support = require "support"
local tool = require "pysec.tool"

local function upgrade(project, code, options)
  options = options or {}
  options.cwd = project
  return support.expect(code, support.offline { "--req", "requirements.txt" }, options)
end

--- What the run holds back, by package.
local function held_back(project)
  local held = {}
  for _, item in ipairs(support.summary(project).held_back) do held[item.package] = item end
  return held
end

t.test("a range that leaves the fix out holds it back, and its file and line are named", function()
  for text, line in pairs {
    ["jinja2>=2.10,<2.11"] = "jinja2>=2.10,<2.11", ["jinja2~=2.10.0  # why"] = "jinja2~=2.10.0",
    ["jinja2==2.10.*"] = "jinja2==2.10.*", ["jinja2!=2.11.3,<3"] = "jinja2!=2.11.3,<3",
  } do
    local project = support.project()
    t.files(project, { ["requirements.txt"] = "idna==2.7\n-r base.txt\n", ["base.txt"] = "# b\n" .. text .. "\n" })
    upgrade(project, 1)
    t.equal(fs.read(project .. "/requirements.txt"), "idna==3.7\n-r base.txt\n")
    t.equal(fs.read(project .. "/base.txt"), "# b\n" .. text .. "\n")
    local reason = held_back(project).jinja2.reason
    t.equal(reason:sub(1, #line + 36), ("base.txt:2: '%s' leaves out 2.11.3: Becau"):format(line):sub(1, #line + 36))
    t.equal(#support.summary(project).fixed, 1)
  end
end)

t.test("a constraint that another upgrade would need to move is named, too", function()
  local project = support.project()
  t.files(project, { ["requirements.txt"] = "flask==0.12\nidna==2.7\n-c c.txt\n", ["c.txt"] = "\nwerkzeug<2\n" })
  upgrade(project, 1)
  t.match(held_back(project).flask.reason, "%(c%.txt:2: 'werkzeug<2'%)$")
end)

--- A project on an index of our own: an old p keeps z below its fix, the newest x does as well.
local function tangled()
  local project = support.project()
  local house = project .. "/wheels"
  assert(fs.mkdirs(house))
  local made = assert(tool.run { "/usr/bin/python3", t.root .. "/tests/wheelhouse.py", house,
    "pysec-try-p==1 pysec-try-z<2, pysec-try-x<3", "pysec-try-p==2", "pysec-try-x==2 pysec-try-z>=1",
    "pysec-try-x==3 pysec-try-z<2", "pysec-try-z==1", "pysec-try-z==2" })
  t.equal(made.code, 0, made.stderr)
  for _, name in ipairs { "p", "z" } do
    t.files(project, { ["advisories/TRY-" .. name .. ".json"] = ([[{"id": "PYSEC-2024-9%s", "modified":
      "2024-01-01T00:00:00Z", "summary": "x", "affected": [{"package": {"ecosystem": "PyPI", "name": "pysec-try-%s"},
      "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]}]}]]):format(
      name == "p" and 1 or 2, name) })
  end
  local advisories = require "pysec.advisories"
  local db = assert(advisories.open(project .. "/advisories.db", { write = true }))
  assert(db:import(project .. "/advisories"))
  db:close()
  return project, { PIP_FIND_LINKS = house }
end

t.test("a transitive fix that an installation would not bring by itself gets a line", function()
  local project, env = tangled()
  t.files(project, { ["requirements.txt"] = "pysec-try-x\npysec-try-p==1\n" })
  upgrade(project, 0, { env = env })
  t.equal(fs.read(project .. "/requirements.txt"),
    "pysec-try-x\npysec-try-p==2\npysec-try-z==2  # fixes PYSEC-2024-92\n")
  upgrade(project, 0, { env = env })
end)

t.test("where a range of the file names it, it is held back instead", function()
  local project, env = tangled()
  t.files(project, { ["requirements.txt"] = "pysec-try-x\npysec-try-p==1\npysec-try-z>=1\n" })
  upgrade(project, 1, { env = env })
  t.match(held_back(project)["pysec-try-z"].reason, "an installation of the file takes pysec%-try%-z 1; pin a fixed")
end)

t.test("one that comes by itself gets none", function()
  local project, env = tangled()
  t.files(project, { ["requirements.txt"] = "pysec-try-x==2\npysec-try-p==1\n" })
  upgrade(project, 0, { env = env })
  t.equal(fs.read(project .. "/requirements.txt"), "pysec-try-x==2\npysec-try-p==2\n")
end)

return t.finish()
