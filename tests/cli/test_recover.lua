--- pysec recover, and what other runs make of an upgrade that was cut off: with real environments.
local fs = require "pysec.fs"
local json = require "pysec.json"
local support = require "support"
local t = require "harness"

local original = t.tempdir() .. "/env"
support.environment(original, { "jinja2==2.10", "markupsafe==1.1.1" })

--- A project whose environment and requirements file were being upgraded when the power went.
local function cut_off_project()
  local folder = support.project()
  assert(fs.copy(original, folder .. "/.venv"))
  t.files(folder, { ["requirements.txt"] = "jinja2==2.10\n" })
  local before = support.fingerprint(folder .. "/.venv")
  assert(fs.copy(folder .. "/.venv", folder .. "/.venv.pysec-snapshot"))
  assert(fs.copy(folder .. "/requirements.txt", folder .. "/requirements.txt.pysec-before"))
  local stat = assert(fs.stat(folder .. "/.venv.pysec-snapshot"))
  local lines = {
    json.encode { step = "begin", format = 1, environment = ".venv", files = { { path = "requirements.txt" } },
      claims = { "requirements.txt" }, started = "20261124-020000" },
    json.encode { step = "saved", inode = stat.inode },
    json.encode { step = "write", path = "requirements.txt", text = "jinja2==2.11.3\n" },
  }
  t.files(folder, { [".venv.pysec-journal"] = table.concat(lines, "\n") .. "\n",
    ["requirements.txt.pysec-journal"] = '{"step":"claim","journal":".venv.pysec-journal"}\n',
    ["requirements.txt"] = "jinja2==2.11.3\n", [".venv/half-written"] = "x" })
  return folder, before
end

local function check(folder, before)
  t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment is not as before")
  t.equal(fs.read(folder .. "/requirements.txt"), "jinja2==2.10\n")
  for _, name in ipairs(fs.list(folder)) do t.truthy(not name:find("pysec-", 1, true), name .. " is left") end
end

t.test("recover takes back what it finds in the folder, and says so", function()
  local folder, before = cut_off_project()
  t.match(support.expect(1, { "recover", "--list" }, { cwd = folder }).stdout, "%.venv: cut off")
  local result = support.expect(0, { "recover" }, { cwd = folder })
  t.match(result.stdout, "%.venv: an upgrade had been cut off; everything is as it was before it")
  check(folder, before)
  t.match(support.expect(0, { "recover" }, { cwd = folder }).stdout, "nothing was cut off")
end)

t.test("recover takes a file or an environment as well", function()
  for _, name in ipairs { "requirements.txt", ".venv", "./.venv/" } do
    local folder, before = cut_off_project()
    support.expect(0, { "recover", name }, { cwd = folder })
    check(folder, before)
  end
end)

t.test("what is not there is a mistake", function()
  t.match(support.expect(2, { "recover", "nowhere" }, { cwd = t.tempdir() }).stderr, "nowhere: No such file")
end)

t.test("the next upgrade takes it back by itself, also one of another file of the set", function()
  for _, arguments in ipairs { { "--verify", "exit 1" }, { "--req", "other.txt", "--venv", "other-env" } } do
    local folder, before = cut_off_project()
    t.files(folder, { ["other.txt"] = "-r requirements.txt\n" })
    if arguments[1] == "--req" then assert(fs.copy(original, folder .. "/other-env")) end
    arguments[#arguments + 1] = "--scanners"
    arguments[#arguments + 1] = "osv"
    local result = support.pysec(support.offline(arguments), { cwd = folder })
    t.match(result.stderr, "an upgrade had been cut off; everything is as it was before it")
    t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment is not as before")
  end
end)

t.test("a run that is to change nothing says that it was cut off, and how to go on", function()
  for _, arguments in ipairs { { "--upgrade", "none" }, { "--dry-run" } } do
    local folder = cut_off_project()
    arguments[#arguments + 1] = "--scanners"
    arguments[#arguments + 1] = "osv"
    local result = support.pysec(support.offline(arguments), { cwd = folder })
    t.match(result.stderr, "%.venv: an upgrade was cut off, .*; run: pysec recover %.venv")
    t.truthy(fs.stat(folder .. "/.venv.pysec-snapshot"), "it was changed")
    t.match(table.concat(support.summary(folder).notes, "\n"), "an upgrade was cut off")
  end
end)

t.test("what was changed since is kept, and named", function()
  local folder = cut_off_project()
  t.files(folder, { ["requirements.txt"] = "jinja2==3.0\n" })
  local result = support.expect(0, { "recover" }, { cwd = folder })
  t.match(result.stderr,
    "requirements%.txt: it was changed since and stays; what it was .*requirements%.txt%.pysec%-saved")
  t.equal(fs.read(folder .. "/requirements.txt"), "jinja2==3.0\n")
end)

t.test("while an upgrade is at work nobody else begins, or takes it back", function()
  local folder = support.project()
  assert(fs.copy(original, folder .. "/.venv"))
  local lock <close> = assert(fs.lock(folder .. "/.venv.pysec-journal"))
  t.truthy(lock)
  t.match(support.expect(4, support.offline { "--scanners", "osv" }, { cwd = folder }).stderr,
    "%.venv: another upgrade is at work on it; wait until that has ended")
  t.match(support.expect(4, { "recover" }, { cwd = folder }).stderr, "another upgrade is at work")
  t.match(support.pysec(support.offline { "--scanners", "osv", "--dry-run" }, { cwd = folder }).stderr,
    "an upgrade is at work on it; what is read now may be neither")
end)

return t.finish()
