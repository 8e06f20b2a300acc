--- What a user's own check, or the user, does to an upgrade that is at work: with real environments.
local fs = require "pysec.fs"
local support = require "support"
local t = require "harness"

local original = t.tempdir() .. "/env"
support.environment(original, { "idna==2.7" })

local function project()
  local folder = support.project()
  assert(fs.copy(original, folder .. "/.venv"))
  t.files(folder, { ["requirements.txt"] = "idna==2.7\n" })
  return folder
end

--- An upgrade that ends as it began. Returns what it printed on stderr.
local function rolled_back(folder, verify)
  local before = support.fingerprint(folder .. "/.venv")
  local result = support.expect(4, support.offline { "--scanners", "osv", "--req", "requirements.txt", "--verify",
    verify }, { cwd = folder })
  t.truthy(support.fingerprint(folder .. "/.venv") == before, "the environment is not as before")
  return result.stderr
end

local function check_left(folder, most)
  local left = {}
  for _, name in ipairs(fs.list(folder)) do
    if name:find("pysec-", 1, true) then left[#left + 1] = name end
  end
  t.equal(left, most)
end

t.test("a check that clears the journals away: all is as before", function()
  local folder = project()
  t.match(rolled_back(folder, "rm -f *.pysec-journal .*.pysec-journal"),
    "rolled back: .*%.venv%.pysec%-journal: it was removed while the upgrade was at work")
  t.equal(fs.read(folder .. "/requirements.txt"), "idna==2.7\n")
  check_left(folder, {})
end)

t.test("a file that was changed while the upgrade was at work stays, and that is said", function()
  local folder = project()
  t.match(rolled_back(folder, "echo '# mine' >> requirements.txt; exit 1"),
    "requirements%.txt: it was changed since and stays; .* is in requirements%.txt%.pysec%-saved")
  t.equal(fs.read(folder .. "/requirements.txt"), "idna==3.7\n# mine\n")
  t.equal(fs.read(folder .. "/requirements.txt.pysec-saved"), "idna==2.7\n")
  check_left(folder, { "requirements.txt.pysec-saved" })
end)

t.test("from within an environment it is not upgraded: what is put back takes its place", function()
  local folder = project()
  local result = support.expect(4, { "--advisories", "local", "--database", "../../advisories.db", "--scanners", "osv",
    "--venv", "..", "--verify", "false" }, { cwd = folder .. "/.venv/bin" })
  t.match(result.stderr, "%.venv: the current folder lies in it, and it may have to be replaced; start from elsewhere")
  t.equal(support.installed(folder .. "/.venv").idna, "2.7")
end)

return t.finish()
