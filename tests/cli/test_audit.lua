--- The main job without upgrades, with the real tools on real packages.
local fs = require "pysec.fs"
local json = require "pysec.json"
local t = require "harness"
local support = require "support"

local project = support.project()

local function audit(arguments, code, options)
  options = options or {}
  options.cwd = options.cwd or project
  local list = support.offline { "--upgrade", "none" }
  table.move(arguments, 1, #arguments, #list + 1, list)
  return support.expect(code, list, options)
end

local function ids_of(list)
  local ids = {}
  for i, item in ipairs(list) do ids[i] = item.package .. " " .. item.id end
  table.sort(ids)
  return ids
end

t.test("--req with a .txt audits what the file resolves to, transitive packages too", function()
  audit({ "--req", "requirements.txt" }, 1)
  local record = support.summary(project)
  t.equal(ids_of(record.findings), {
    "flask CVE-2018-1000656", "flask PYSEC-2019-179", "flask PYSEC-2023-62", "idna PYSEC-2024-60",
    "jinja2 PYSEC-2019-217", "jinja2 PYSEC-2021-66", "requests PYSEC-2018-28", "requests PYSEC-2023-74",
    "urllib3 CVE-2019-11324", "urllib3 CVE-2020-26137", "urllib3 PYSEC-2019-132", "urllib3 PYSEC-2023-192",
    "werkzeug PYSEC-2023-58",
  })
  t.equal(record.exit, 1)
  t.equal(record.upgrade_mode, "none")
  t.equal(record.results.upgrade.status, "none")
end)

t.test("findings of several scanners are one finding that names them all", function()
  for _, finding in ipairs(support.summary(project).findings) do
    if finding.id == "PYSEC-2021-66" then
      t.equal(finding.sources, json.array { "pip-audit", "osv", "safety" })
      t.equal({ finding.severity, finding.score }, { "medium", 5.3 })
      t.equal(finding.direct, true)
      t.equal(finding.path, "requirements.txt")
      t.equal(finding.line, 5)
      t.equal(finding.fix_versions, json.array { "2.11.3" })
    elseif finding.package == "idna" then
      t.equal(finding.direct, false)
    end
  end
end)

t.test("the summary has the guide's keys with true contents", function()
  local record = support.summary(project)
  t.match(record.timestamp, "^%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d")
  t.match(record.python_version, "^3%.%d+")
  t.equal(record.venv_path, ".venv")
  t.equal(#record.results.pip_audit.vulnerabilities, 10)
  local first = record.results.pip_audit.vulnerabilities[1]
  t.equal({ first.name, first.version, first.id, first.fix_versions },
    { "flask", "0.12", "PYSEC-2019-179", json.array { "1.0" } })
  t.truthy(first.description ~= "")
  t.equal(record.results.safety.count, 6)
  t.equal(record.results.bandit, nil)
  for _, item in ipairs(record.evidence) do t.equal(item.status, "complete", item.scanner) end
end)

t.test("every tool's own JSON is kept, with the summary's timestamp", function()
  local files = support.reports(project .. "/reports/security")
  local stamp = files["security-summary.json"]:match("%d[%d-]+")
  for _, name in ipairs { "pip-audit.json", "safety.json", "security-summary.md" } do
    t.contains(files[name], stamp)
  end
  t.truthy(json.read(files["pip-audit.json"]).dependencies)
  t.truthy(json.read(files["safety.json"]).vulnerabilities)
end)

t.test("the Markdown has the guide's headings and lines", function()
  local text = fs.read(support.reports(project .. "/reports/security")["security-summary.md"])
  for _, line in ipairs { "# Python Security Audit Report\n", "**Date:** 2", "**Python:** Python 3",
    "**Venv:** .venv\n",
    "**Upgrade Mode:** none\n", "## Summary\n", "- **pip-audit:** ⚠️ 10 vulnerabilities\n",
    "- **safety:** ⚠️ 6 vulnerabilities\n", "- **Upgrades:** None (audit only)\n", "## Recommendations\n",
    "1. Update flask, idna, jinja2" } do
    t.contains(text, line)
  end
end)

t.test("--bandit scans src and only warns", function()
  local folder = t.tempdir()
  audit({ "--bandit", "--scanners", "bandit", "--req", "requirements.txt", "--reports", folder }, 0)
  local record = json.read(support.reports(folder)["security-summary.json"])
  t.equal(#record.findings, 9)
  t.equal(record.findings[1].path, "src/app.py")
  t.equal(record.decisions[1].verdict, "warn")
  t.equal(record.results.bandit.count, 9)
  t.truthy(support.reports(folder)["bandit.json"])
  t.contains(fs.read(support.reports(folder)["security-summary.md"]), "- **bandit:** 9 issues found")
end)

t.test("--src names another folder; one without Python files is said to have none", function()
  t.files(project, { ["other/a.py"] = "import pickle\n", ["none/readme.txt"] = "" })
  local folder = t.tempdir()
  audit({ "--scanners", "bandit", "--req", "requirements.txt", "--src", "other", "--reports", folder }, 0)
  t.equal(json.read(support.reports(folder)["security-summary.json"]).findings[1].path, "other/a.py")
  local result = audit({ "--scanners", "bandit", "--req", "requirements.txt", "--src", "none", "--reports",
    t.tempdir() }, 0)
  t.match(result.stderr, "no Python files in none")
end)

t.test("a file that bandit cannot parse makes the evidence incomplete", function()
  t.files(project, { ["broken/a.py"] = "def (:\n" })
  local folder = t.tempdir()
  audit({ "--scanners", "bandit", "--req", "requirements.txt", "--src", "broken", "--reports", folder }, 3)
  local record = json.read(support.reports(folder)["security-summary.json"])
  t.equal(record.evidence[1].status, "incomplete")
  t.match(record.evidence[1].reason, "bandit skipped 1 .*broken/a%.py")
end)

t.test("a .bandit of the repository switches nothing off, # nosec is counted", function()
  t.files(project, { ["hostile/.bandit"] = "[bandit]\nskips: B403,B301\n", ["hostile/a.py"] = "import pickle\n",
    ["hostile/b.py"] = "import pickle  # nosec\n", [".bandit"] = "[bandit]\nskips: B403\n" })
  local result = audit({ "--scanners", "bandit", "--req", "requirements.txt", "--src", "hostile", "--reports",
    t.tempdir() }, 0)
  t.match(result.stdout, "hostile/a%.py:1%s+B403")
  t.match(result.stderr, "1 lines that are marked '# nosec'")
end)

t.test("--reports takes any folder, and a second run in the same second gets a suffix", function()
  local folder = t.tempdir() .. "/deep/er"
  for _ = 1, 2 do
    audit({ "--scanners", "pip-audit", "--req", "requirements.txt", "--reports", folder }, 1,
      { env = { SOURCE_DATE_EPOCH = "1767225600" } })
  end
  local names = fs.list(folder)
  t.equal(names, { "pip-audit-20260101-000000-2.json", "pip-audit-20260101-000000.json",
    "security-summary-20260101-000000-2.json", "security-summary-20260101-000000-2.md",
    "security-summary-20260101-000000.json", "security-summary-20260101-000000.md" })
end)

t.test("--freeze writes the set, one pin a line", function()
  local folder = t.tempdir()
  audit({ "--scanners", "pip-audit", "--req", "requirements.txt", "--freeze", "--reports", folder }, 1)
  local text = fs.read(support.reports(folder)["requirements-freeze.txt"])
  t.contains(text, "flask==0.12\n")
  t.contains(text, "idna==2.7\n")
  local freeze = json.read(support.reports(folder)["security-summary.json"]).results.freeze
  t.contains(freeze.path, "requirements-freeze-")
  t.equal(freeze.packages, select(2, text:gsub("\n", "")))
end)

t.test("--format leaves Markdown out, --quiet prints the result alone, -v says what it does", function()
  local folder = t.tempdir()
  local quiet = audit({ "--scanners", "pip-audit", "--req", "requirements.txt", "--format", "json", "--quiet",
    "--reports", folder }, 1)
  t.equal(support.reports(folder)["security-summary.md"], nil)
  t.match(quiet.stdout, "^✗ 10 findings fail; report: [^\n]+\n$")
  t.match(quiet.stderr, "^warning: advisories.db: the newest advisory is %d+ days old[^\n]+\n$")
  local verbose = audit({ "--scanners", "pip-audit", "--req", "requirements.txt", "-v", "--reports", folder }, 1)
  t.match(verbose.stderr, "wrote ")
end)

t.test("--exit-zero exits 0, the report says 0 and the findings stay", function()
  local folder = t.tempdir()
  audit({ "--req", "requirements.txt", "--exit-zero", "--reports", folder }, 0)
  t.equal(#json.read(support.reports(folder)["security-summary.json"]).findings, 13)
end)

t.test("plain lines in a pipe: no escape sequence, no cursor movement", function()
  local result = audit({ "--req", "requirements.txt", "--reports", t.tempdir() }, 1, { env = { NO_COLOR = false } })
  t.lacks(result.stdout .. result.stderr, "\27")
end)

t.test("several files are audited together, two versions of one package side by side", function()
  t.files(project, { ["old.txt"] = "idna==2.7\n", ["older.txt"] = "idna==2.6\n" })
  local folder = t.tempdir()
  audit({ "--scanners", "pip-audit,safety", "--req", "old.txt", "--req", "older.txt", "--reports", folder }, 1)
  local record = json.read(support.reports(folder)["security-summary.json"])
  t.equal({ record.findings[1].version, record.findings[2].version, record.findings[3] }, { "2.6", "2.7" })
end)

t.test("a policy decides: --policy, pysec.lua of the folder, --no-project-policy", function()
  t.files(project, { ["lax.lua"] = "severity { warn = 'none', unknown = 'warn' }\n" })
  local arguments = { "--scanners", "pip-audit", "--req", "requirements.txt", "--reports", t.tempdir() }
  audit({ "--policy", "lax.lua", table.unpack(arguments) }, 0)
  assert(fs.copy(project .. "/lax.lua", project .. "/pysec.lua"))
  audit(arguments, 0)
  audit({ "--no-project-policy", table.unpack(arguments) }, 1)
  assert(fs.remove(project .. "/pysec.lua"))
end)

t.test("a decision names its rule with file and line", function()
  local decision = support.summary(project).decisions[1]
  t.equal({ decision.verdict, decision.by, decision.rule }, { "fail", "policies/default.lua:4", "severity" })
end)

t.test("what a file says beside its requirements is reported, not followed", function()
  t.files(project, { ["mixed.txt"] = "--index-url https://evil.invalid/\n-e .\nidna==2.7\n" })
  local result = audit({ "--scanners", "pip-audit", "--req", "mixed.txt", "--reports", t.tempdir() }, 1)
  t.match(result.stderr, "mixed%.txt:1: '%-%-index%-url https://evil%.invalid/' is not followed")
  t.match(result.stderr, "mixed%.txt:2: '%-e %.' was not audited")
end)

t.test("a compiled or hashed file is taken as it is, without asking the index", function()
  t.files(project, { ["compiled.txt"] = "# autogenerated by pip-compile\nidna==2.7\n" })
  local folder = t.tempdir()
  audit({ "--scanners", "pip-audit", "--req", "compiled.txt", "--reports", folder }, 1,
    { env = { PIP_INDEX_URL = "http://127.0.0.1:9/" } })
  t.equal(json.read(support.reports(folder)["security-summary.json"]).inputs[1].packages, 1)
end)

return t.finish()
