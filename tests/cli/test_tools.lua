--- pysec tools: the real installation, checked by hash, into an environment of its own.
local fs = require "pysec.fs"
local t = require "harness"
local support = require "support"

local folder = t.tempdir() .. "/tools"

t.test("list names what is missing and how to get it", function()
  local result = support.expect(3, { "tools", "list", "--tools", folder })
  t.match(result.stdout, "pip%-audit%s+missing")
  t.match(result.stdout, "run: pysec tools install")
end)

t.test("a package index that cannot be reached is named, and what was begun is not taken for installed", function()
  local result = support.expect(3, { "tools", "install", "--tools", folder }, { env = { PIP_NO_INDEX = "1",
    PIP_FIND_LINKS = "/nonexistent" } })
  t.match(result.stderr, "error: pip install uv failed: .*uv")
  support.expect(3, { "tools", "list", "--tools", folder })
end)

t.test("the main job installs what is missing, with a line of progress", function()
  local project = support.project()
  local result = support.expect(1, support.offline { "--req", "requirements.txt", "--upgrade", "none", "--tools",
    folder }, { cwd = project })
  t.match(result.stderr, "installing the tools %(main%) into .*: installed")
  t.match(support.expect(0, { "tools", "list", "--tools", folder }).stdout, "safety%-2%s+2%.3%.5")
end)

t.test("a second installation has nothing to do", function()
  local before = fs.stat(folder .. "/main/pysec-installed.txt").mtime
  support.expect(0, { "tools", "install", "--tools", folder }, { env = { PIP_NO_INDEX = "1" } })
  t.equal(fs.stat(folder .. "/main/pysec-installed.txt").mtime, before)
end)

t.test("an installation of another list counts as stale", function()
  assert(fs.append(folder .. "/safety/pysec-installed.txt", "# older\n"))
  local result = support.expect(1, support.offline { "--req", "requirements.txt", "--upgrade", "none", "--no-install",
    "--scanners", "pip-audit", "--tools", folder }, { cwd = support.project() })
  t.match(result.stderr, "missing or stale and %-%-no%-install forbids to install them; run: pysec tools install")
end)

return t.finish()
