--- What a run reports of upgrades that broke something: with the real tools, on a real environment.
local fs = require "pysec.fs"
local t = require "harness"
local support = require "support"

-- Made once and copied: an environment's own paths do not matter to what is tested here.
local original = t.tempdir() .. "/env"
support.environment(original, { "idna==2.7", "urllib3==1.23", "certifi==2023.7.22" })

local function project()
  local folder = support.project()
  assert(fs.copy(original, folder .. "/.venv"))
  return folder
end

--- A check of the user's own: it fails, after much output, where a package is not at a version.
local function check_of(folder, package, version)
  local path = folder .. "/check.sh"
  assert(fs.write(path, ("#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9; do echo 'many words before the end of it'; done\n"
    .. "ls .venv/lib/python3*/site-packages/%s-%s.*info >/dev/null 2>&1 && exit 0\n"
    .. "echo '<b>the old API</b> of %s is gone'; exit 7\n"):format(package, version, package)))
  return "sh check.sh"
end

--- Runs the main job; the exit code that is expected comes first. Returns { summary, text (Markdown), printed }.
local function run(code, folder, arguments, env)
  local result = support.expect(code, support.offline(arguments), { cwd = folder, env = env })
  return { summary = support.summary(folder), printed = result.stdout .. result.stderr,
    text = fs.read(support.reports(folder .. "/reports/security")["security-summary.md"]) }
end

local function by_package(list)
  local map = {}
  for _, item in ipairs(list) do map[item.package] = item end
  return map
end

local function phases(summary)
  local seen = {}
  for _, item in ipairs(summary.times) do
    t.truthy(item.seconds >= 0 and item.seconds < 600, item.phase)
    seen[item.phase] = true
  end
  return seen
end

t.test("what broke the user's check is left out, told with the check's last words, and the rest is applied", function()
  local folder = project()
  local got = run(1, folder, { "--verify", check_of(folder, "urllib3", "1.23") })
  local upgrades, changes = by_package(got.summary.upgrades), by_package(got.summary.changes)
  t.equal({ upgrades.idna.state, upgrades.urllib3.state }, { "applied", "failed" })
  t.match(upgrades.urllib3.reason, "the old API</b> of urllib3 is gone")
  t.equal({ changes.idna, changes.urllib3, changes.certifi }, { { package = "idna", before = "2.7", after = "3.7" } })
  t.equal(got.summary.results.upgrade.trials.most, 20)
  t.truthy(got.summary.results.upgrade.trials.made > 1, got.summary.results.upgrade.trials.made)
  for _, phase in ipairs { "audit", "plan", "snapshot", "install", "pip check", "second audit", "verify", "restore",
    "commit" } do
    t.truthy(phases(got.summary)[phase], phase)
  end
  t.match(got.text, "\n## Changes\n\n[^\n]*\n[^\n]*\n| idna | 2%.7 | 3%.7 |\n\n## Upgrades\n")
  t.match(got.text, "\n## Left out\n\n[^\n]*\n[^\n]*\n| urllib3 | 1%.23 | 1%.26%.17 | [^\n]*"
    .. "&lt;b&gt;the old API&lt;/b&gt; of urllib3 is gone[^\n]* |\n")
  t.match(got.text, "Applied %(conservative mode%): 1 package; 1 left out\n")
  t.match(got.text, "%d%. The upgrades of urllib3 were left out because they broke something")
  t.match(got.text, "\n%- upgrades were applied in %d+ trials of at most 20\n")
  t.match(got.printed, "\nUpgrades\n[^\n]*\n *idna +2%.7 +3%.7 +applied +fixes [^\n]*\n\nLeft out\n[^\n]*\n"
    .. " *urllib3 +1%.23 +1%.26%.17 +[^\n]*the old API")
  t.lacks(got.printed, "\nRefused\n")
  t.match(got.printed, "\naudit %d+%.%d s, plan [^\n]* s in all; %d+ trials of at most 20\n")
  t.match(got.printed, "1 fixed, 1 upgrade left out; report: ")
  local told = support.expect(0, { "explain", "urllib3" }, { cwd = folder }).stdout
  t.match(told, "Upgrade: +from 1%.23 to 1%.26%.17 was left out, because it broke something: [^\n]*the old API")
  t.contains(told, "To change: upgrade urllib3 to 1.26.17: mend what that broke, and run pysec again\n")
end)

t.test("what was rolled back changed nothing, and is told so everywhere", function()
  local folder = project()
  local got = run(4, folder, { "--all-or-nothing", "--verify", check_of(folder, "urllib3", "1.23") })
  t.equal({ got.summary.results.upgrade.status, got.summary.results.upgrade.trials.made, #got.summary.changes },
    { "rolled_back", 1, 0 })
  for _, item in ipairs(got.summary.upgrades) do
    t.equal(item.state, "rolled_back")
    t.match(item.reason, "the old API")
  end
  t.lacks(got.text, "## Changes")
  t.match(got.text, "%- %*%*Upgrades:%*%* ❌ Rolled back %(conservative mode%): [^\n]*the old API")
  t.contains(got.text, "The upgrades of idna, urllib3 were rolled back, and all is as it was before")
  t.match(got.printed, "\nerror: the upgrade was rolled back: [^\n]*the old API")
  t.match(support.expect(0, { "explain", "idna" }, { cwd = folder }).stdout, "was rolled back: [^\n]*the old API")
end)

t.test("a fix that has to wait is told with the day on which it is free", function()
  local folder = project()
  t.files(folder, { ["acme.lua"] = "cooldown { days = 7 }\n", ["requirements.txt"] = "idna==2.7\n" })
  local got = run(1, folder, { "--req", "requirements.txt", "--policy", "acme.lua" },
    { SOURCE_DATE_EPOCH = "1712966400" }) -- 2024-04-13; idna 3.7 is of 2024-04-11
  local why = "cooldown acme%.lua:1: [^\n]*free on 2024%-04%-18"
  t.match(got.printed, "\nRefused\nIN +PACKAGE +FROM +TO +FREE ON +WHY\n")
  t.match(got.printed, "\nrequirements%.txt +idna +2%.7 +3%.7 +2024%-04%-18 +" .. why)
  t.match(got.text, "\n| requirements%.txt | idna | 2%.7 | 3%.7 | [^\n]* | refused | 2024%-04%-18 | " .. why)
  t.match(got.text, "%d%. Run pysec again when releases that have to wait become free: [^\n]*idna on 2024%-04%-18")
  local told = support.expect(0, { "explain", "CVE-2024-3651" }, { cwd = folder }).stdout
  t.match(told, "Upgrade: +from 2%.7 to 3%.7 was refused by acme%.lua:1 %(cooldown%): [^\n]*free on 2024%-04%-18\n")
  t.contains(told, "wait: idna 3.7 is let through from 2024-04-18 on\n")
end)

t.test("a run that has nothing to upgrade prints no section of upgrades", function()
  local folder = project()
  run(0, folder, {})
  assert(fs.remove(folder .. "/reports")) -- two reports of one second would not tell which is the newer
  local got = run(0, folder, {})
  for _, title in ipairs { "Fixed", "Findings", "Upgrades", "Refused", "Left out", "Held back" } do
    t.lacks(got.printed, "\n" .. title .. "\n")
  end
  t.match(got.printed, "\naudit %d+%.%d s[^\n]*\n[^\n]*no findings; report: ")
  t.equal({ #got.summary.changes, got.summary.results.upgrade.trials }, { 0 })
  t.lacks(got.text, "trials")
end)

return t.finish()
