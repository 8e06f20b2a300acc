--- The README is tried: every command, the scripts, the policy and the C program in it.
local examples = require "docs.examples"
local fs = require "pysec.fs"
local t = require "harness"
local support = require "support"
local tool = require "pysec.tool"

local readme = assert(fs.read(t.root .. "/README.md"))
local files = examples.files(readme)

--- The commands that run pysec: those of the shell blocks, without their comments, and those of CI files.
local function commands()
  local list = {}
  for _, block in ipairs(examples.blocks(readme, "bash")) do
    for line in block:gmatch("[^\n]+") do
      if line:match("^pysec") then list[#list + 1] = line:gsub("%s+#.*$", "") end
    end
  end
  for _, block in ipairs(examples.blocks(readme, "yaml")) do
    for line in block:gmatch("run: (pysec [^\n]+)") do list[#list + 1] = line end
  end
  return list
end

local original = t.tempdir() .. "/env"
support.environment(original, { "jinja2==2.10", "idna==2.7", "pytest" })

--- A project that has all that the commands name: an organisation's policies, and reports of an earlier run.
local function project()
  local folder, organisation = support.project(), t.root .. "/examples/organisation"
  assert(fs.copy(organisation, folder .. "/policies"))
  assert(fs.mkdirs(folder .. "/reports"))
  assert(fs.copy(organisation .. "/reports/shop", folder .. "/reports/security"))
  assert(fs.copy(original, folder .. "/.venv"))
  assert(fs.copy(original, folder .. "/.venv-py312"))
  t.files(folder, { ["uv.lock"] = 'version = 1\nrequires-python = ">=3.8"\n' })
  t.files(folder, { ["test_app.py"] = "def test_nothing():\n    pass\n" })
  assert(fs.append(folder .. "/requirements.in", "pytest\n"))
  assert(tool.run { "zip", "-q", "-j", "-r", folder .. "/all.zip", folder .. "/advisories" })
  return folder
end

-- 3 is what a run without safety's service gives; a command that is wrong exits with 2.
local FINE = { [0] = true, [1] = true, [3] = true }

t.test("every command of the README works", function()
  local list = commands()
  t.truthy(#list >= 28, "commands were found: " .. #list)
  for _, line in ipairs(list) do
    local folder = project()
    if line:match("^pysec %l") then t.files(folder, { ["pysec.lua"] = files["pysec.lua"] }) end
    local session = examples.session(folder, { PYSEC_DATABASE = folder .. "/advisories.db" })
    -- The README writes a plan in the line before.
    if line:match("^pysec apply") then session:run("pysec --dry-run --plan plan.json") end
    local printed = session:run(line)
    t.truthy(FINE[session.status], ("%s: exit %s\n%s"):format(line, session.status, table.concat(printed, "\n")))
  end
end)

t.test("the script of the README lists what the database knows of an environment", function()
  local folder = project()
  t.files(folder, { ["known.lua"] = files["known.lua"] })
  local result = support.expect(1, { "run", "known.lua", "advisories.db" }, { cwd = folder })
  t.contains(result.stdout, "jinja2\t2.10\tPYSEC-2019-217\t2.10.1\n")
end)

t.test("the policy of the README decides as it says", function()
  local folder = t.files(t.tempdir(), { ["pysec.lua"] = files["pysec.lua"] })
  local session = examples.session(folder, { SOURCE_DATE_EPOCH = "1796083200" })
  local console = examples.blocks(readme, "console")
  session:try(console[#console])
  t.equal(session.status, 1)
end)

t.test("the upgrade mode of the README moves direct packages alone", function()
  local folder = project()
  t.files(folder, { ["direct_only.lua"] = files["direct_only.lua"], ["requirements.txt"] = "requests==2.19.1\n" })
  assert(fs.remove(folder .. "/.venv"))
  support.expect(1, support.offline { "--req", "requirements.txt", "--upgrade", "direct_only.lua", "--dry-run" },
    { cwd = folder })
  local record = support.summary(folder)
  t.equal(record.upgrade_mode, "direct only")
  for _, item in ipairs(record.upgrades) do
    t.truthy(item.kind == "update" or item.direct, item.package .. " was asked for")
  end
  t.contains(fs.read(folder .. "/requirements.txt"), "requests==2.19.1")
end)

t.test("the C program of the README runs a script", function()
  local program = t.program:match("^(.*)/") .. "/tests/readme_embed"
  local folder = t.files(t.tempdir(), { ["hello.lua"] = 'print("hello " .. arg[1])\nreturn 5\n' })
  local result = assert(tool.run { program, folder .. "/hello.lua", "world" })
  t.equal({ result.code, result.stdout }, { 5, "hello world\n" })
  t.match(assert(tool.run { program, folder .. "/gone.lua" }).stderr, "gone%.lua")
end)

t.test("links in the README lead somewhere", function()
  for target in readme:gmatch("%]%(([^)#:]+)%)") do t.truthy(fs.stat(t.root .. "/" .. target), target) end
end)

return t.finish()
