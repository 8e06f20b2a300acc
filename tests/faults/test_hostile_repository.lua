--- A repository that wants the audit to run its code, to miss its flaws, to write elsewhere, or to print
-- what it likes.
local fs = require "pysec.fs"
local json = require "pysec.json"
local t = require "harness"
local support = require "support"
local tool = require "pysec.tool"

local function run(project, arguments, code, options)
  options = options or {}
  options.cwd = project
  return support.expect(code, support.offline(arguments), options)
end

local function link(from, to)
  assert(tool.run { "/bin/ln", "-sfn", from, to })
end

t.test("modules in the repository do not take the place of the tools'", function()
  local project, marker = support.project(), t.tempdir() .. "/ran"
  local evil = ("open(%q, 'w').write('x')\n"):format(marker)
  for _, name in ipairs { "pip", "bandit", "safety", "pip_audit", "json", "sitecustomize", "usercustomize", "rich" } do
    t.files(project, { [name .. ".py"] = evil, [name .. "/__init__.py"] = evil, [name .. "/__main__.py"] = evil })
  end
  t.files(project, { ["src/keep.py"] = "" })
  run(project, { "--req", "requirements.txt", "--bandit" }, 0, { env = { PYTHONPATH = project } })
  t.equal(fs.stat(marker), nil)
end)

t.test("Lua files in the repository do not take the place of the scripts", function()
  local project = support.project()
  for _, name in ipairs { "update", "audit", "lib/names", "pysec/fs" } do
    t.files(project, { [name .. ".lua"] = "error 'the repository ran'\n" })
  end
  run(project, { "--req", "requirements.txt", "--scanners", "safety", "--upgrade", "none" }, 1,
    { env = { LUA_PATH = "./?.lua", LUA_PATH_5_4 = "./?.lua", LUA_INIT = "error 'LUA_INIT ran'" } })
end)

t.test("programs in the repository are not found through PATH", function()
  local project, marker = support.project(), t.tempdir() .. "/ran"
  local evil = ("#!/bin/sh\necho x > %s\n"):format(marker)
  for _, name in ipairs { "python3", "uv", "pip", "sh" } do
    assert(fs.write(project .. "/" .. name, evil, { mode = tonumber("755", 8) }))
  end
  run(project, { "--upgrade", "none", "--scanners", "pip-audit" }, 0,
    { env = { PATH = ".:" .. project .. ":/usr/bin:/bin" } })
  t.equal(fs.stat(marker), nil)
end)

t.test("a .pth of the audited environment does not run during an audit", function()
  local project, marker = support.project(), t.tempdir() .. "/ran"
  support.environment(project .. "/.venv", { "idna==2.7" })
  local site = project .. "/.venv/lib"
  site = ("%s/%s/site-packages"):format(site, fs.list(site)[1])
  assert(fs.write(site .. "/evil.pth", ("import os; open(%q, 'w').write('x')\n"):format(marker)))
  run(project, { "--upgrade", "none" }, 1)
  t.equal(fs.stat(marker), nil)
end)

t.test("a pip.conf inside the environment names no index", function()
  local project = support.project()
  support.environment(project .. "/.venv", { "idna==2.7" })
  assert(fs.write(project .. "/.venv/pip.conf", "[global]\nindex-url = http://127.0.0.1:9/simple\nno-index = true\n"))
  run(project, {}, 0)
  t.equal(support.installed(project .. "/.venv").idna, "3.7")
end)

t.test("the repository's own settings for the scanners are not used", function()
  local project = support.project()
  t.files(project, {
    [".safety-policy.yml"] = "security:\n  ignore-vulnerabilities:\n    36388:\n      reason: x\n",
    ["pyproject.toml"] = "[tool.bandit]\nskips = ['B301']\n[tool.uv]\nindex-url = 'http://127.0.0.1:9/'\n"
      .. "[tool.pip-tools]\nindex-url = 'http://127.0.0.1:9/'\n",
    ["uv.toml"] = "index-url = 'http://127.0.0.1:9/'\n", ["setup.cfg"] = "[bandit]\nskips: B301\n",
  })
  run(project, { "--req", "requirements.txt", "--bandit", "--upgrade", "none" }, 1)
  local record = support.summary(project)
  t.equal(record.results.safety.count, 6)
  t.equal(record.results.bandit.count, 9)
end)

t.test("a report folder that is a link out of the repository is refused", function()
  local project, outside = support.project(), t.tempdir()
  link(outside, project .. "/reports")
  local result = run(project, { "--req", "requirements.txt", "--upgrade", "none" }, 2)
  t.match(result.stderr, "reports.*is a symbolic link")
  t.equal(fs.list(outside), {})
end)

t.test("a link in the place of a report is replaced, not followed", function()
  local project, outside = support.project(), t.tempdir()
  assert(fs.write(outside .. "/bashrc", "precious\n"))
  assert(fs.mkdirs(project .. "/reports/security"))
  local name = "security-summary-20260101-000000.md"
  -- The name is taken, so the run takes the next one; a dangling link counts as taken as well.
  link(outside .. "/bashrc", project .. "/reports/security/" .. name)
  run(project, { "--req", "requirements.txt", "--upgrade", "none" }, 1, { env = { SOURCE_DATE_EPOCH = "1767225600" } })
  t.equal(fs.read(outside .. "/bashrc"), "precious\n")
end)

t.test("requirements that are options or commands reach no tool", function()
  local cases = {
    "--index-url=http://127.0.0.1:9/", "git+file:///x@--upload-pack=touch#egg=x",
    "-e git+https://127.0.0.1:9/x#egg=x", "x @ file:///etc/passwd", "./local.whl",
  }
  for _, line in ipairs(cases) do
    local project, marker = support.project(), t.tempdir() .. "/ran"
    t.files(project, { ["requirements.txt"] = "jinja2==2.10\n" .. line:gsub("touch", "touch " .. marker) .. "\n" })
    local result = support.pysec(support.offline { "--req", "requirements.txt", "--upgrade", "none", "--scanners",
      "pip-audit" }, { cwd = project })
    t.truthy(result.code == 1 or result.code == 2, line .. ": " .. result.stderr)
    t.match(result.stderr, "requirements%.txt:2", line)
    t.equal(fs.stat(marker), nil)
  end
end)

local HOSTILE = "\27]0;owned\7 \226\128\174gnp.exe ::add-mask::x ##[error]y </td><script>alert(1)</script> "
  .. "![](http://evil.invalid/x) @team | `code` "

t.test("an advisory prints no escape sequence, no bidirectional mark and no workflow command", function()
  local project = support.project()
  local record = json.read(project .. "/advisories/PYSEC-2024-60.json")
  record.summary, record.details = HOSTILE, HOSTILE
  assert(json.write(project .. "/advisories/PYSEC-2024-60.json", record))
  assert(fs.remove(project .. "/advisories.db"))
  support.expect(0, { "advisories", "import", "advisories", "--database", "advisories.db" }, { cwd = project })
  t.files(project, { ["requirements.txt"] = "idna==2.7\n" })
  local result = run(project, { "--req", "requirements.txt", "--upgrade", "none", "-v" }, 1)
  local query = support.expect(1, { "advisories", "query", "idna", "2.7", "--database", "advisories.db" },
    { cwd = project })
  for _, text in ipairs { result.stdout, result.stderr, query.stdout } do
    t.lacks(text, "\27")
    t.lacks(text, "\226\128\174")
    t.lacks(text, "##[")
    t.truthy(not text:find("\n%s*::"), text)
  end
  local markdown = fs.read(support.reports(project .. "/reports/security")["security-summary.md"])
  -- What a forge would make a link or a mention of stands in code, where it makes nothing of it.
  local loose = markdown:gsub("\\`", ""):gsub("`[^`\n]*`", "")
  for _, part in ipairs { "<script", "![](", "@team", "\27" } do t.lacks(loose, part) end
end)

t.test("an API key reaches safety alone: it is in no report, no output and no command line", function()
  local canary = "canary-0c5c8e6a1f"
  local project = support.project()
  local fake_tools = dofile(t.root .. "/tests/faults/fake_tools.lua")
  -- A pip-audit that shows all that it can see.
  local box = fake_tools.make("pip_audit",
    "env; env >&2; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >&2; exit 1")
  local result = run(project, { "--req", "requirements.txt", "--upgrade", "none", "-v", "--tools", box }, 1,
    { env = { SAFETY_API_KEY = canary, PIP_INDEX_URL = "https://user:" .. canary .. "@pypi.org/simple" } })
  t.lacks(result.stdout, canary)
  t.lacks(result.stderr, canary)
  assert(fs.walk(project, function(path, kind)
    if kind == "file" then t.lacks(fs.read(path), canary, path) end
  end))
end)

return t.finish()
