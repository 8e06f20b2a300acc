--- Upgrades: what is let through, what is refused by which rule, and what can be said beforehand as specifiers.
local t = require "harness"
local support = require "policy_support"
local version = require "pysec.version"

local function upgrade(fields)
  local own = { package = "django", from = "4.2.0", to = "4.2.1", kind = "security", change = "patch",
    fixes = { "CVE-1" }, direct = true, state = "planned" }
  for key, value in pairs(fields or {}) do own[key] = value end
  return own
end

local admits, narrowing = support.admits, support.narrowing

-- --- judge ---

t.test("lets through what no rule refuses", function()
  local list = { upgrade(), upgrade { package = "flask" } }
  local judged = support.load("severity { block = 'none' } ignore { package = '*' }"):judge(list)
  t.truthy(judged == list)
  t.equal(judged, { upgrade { allowed = true }, upgrade { package = "flask", allowed = true } })
  t.equal(support.load(""):judge {}, {})
end)

t.test("names the rule that refuses, its place and its reason", function()
  local set = support.load "\npin { package = 'django', version = '~=4.1.0', reason = 'LTS' }"
  t.equal(set:judge { upgrade(), upgrade { to = "4.1.9" } }, {
    upgrade { allowed = false, state = "refused", by = "acme.lua:2", rule = "pin",
      reason = "it is pinned to ~=4.1.0: LTS" },
    upgrade { to = "4.1.9", allowed = true } })
end)

t.test("each kind of rule refuses in its own words", function()
  for text, want in pairs {
    ["pin { package = 'django', version = '<4' }"] = "pin acme.lua:1 it is pinned to <4",
    ["deny { package = 'django', reason = 'no' }"] = "deny acme.lua:1 the package is denied: no",
    ["deny { package = 'd*', version = '>=4.2.1' }"] = "deny acme.lua:1 versions >=4.2.1 are denied",
    ["limit { change = 'none', reason = 'freeze' }"] = "limit acme.lua:1 no upgrade is allowed: freeze",
    ["allow { package = 'flask' }\nallow { package = 'requests' }"] = "allow acme.lua:1 it is not on the allow list",
    ["allow { package = 'django', version = '==4.2.0' }"] = "allow acme.lua:1 its version is not on the allow list",
    ["on('upgrade', function(u) return 'refuse', u.kind .. ' ' .. u.change .. ' ' .. u.fixes[1] end)"] =
      "on upgrade acme.lua:1 security patch CVE-1",
    ["on('upgrade', function(u) return 'refuse' end)"] = "on upgrade acme.lua:1 the hook gives no reason",
  } do
    local judged = support.load(text):judge { upgrade() }
    t.equal(("%s %s %s"):format(judged[1].rule, judged[1].by, judged[1].reason), want, text)
  end
end)

t.test("every rule has to let it through", function()
  t.equal(admits(support.load "pin { package = 'a', version = '>=1' } pin { package = 'a', version = '<2' }", "a",
    "1", "2"),
    "acme.lua:1 it is pinned to <2")
  t.equal(admits(support.load "limit { change = 'major', package = 'a' } limit { change = 'patch' }", "a", "1.0",
    "1.1"),
    "acme.lua:1 at most a patch upgrade is allowed", "a limit for one package loosens none for all")
  local set = support.load "on('upgrade', function() end) on('upgrade', function() return 'refuse', 'x' end)"
  t.equal(admits(set, "a", "1", "2"), "acme.lua:1 x")
end)

t.test("names are compared as PEP 503 does", function()
  local set = support.load "pin { package = 'zope.interface', version = '<6' }"
  for _, name in ipairs { "zope.interface", "Zope_Interface", "zope-interface" } do
    t.equal(admits(set, name, "5", "6"), "acme.lua:1 it is pinned to <6", name)
    t.equal(narrowing(set, name, "5"), "<6", name)
    local judged = set:judge { upgrade { package = name, to = "6" } }
    t.equal({ judged[1].package, judged[1].allowed }, { name, false })
  end
  set = support.load "on('upgrade', function(u) if u.package == 'zope-interface' then return 'refuse', 'x' end end)"
  t.equal(admits(set, "Zope.Interface", "1", "2"), "acme.lua:1 x")
end)

t.test("a version that is none passes no rule that looks at versions", function()
  for _, text in ipairs { "pin { package = 'a', version = '>=0' }", "deny { package = 'a', version = '<0.1' }",
    "limit { change = 'major' }", "allow { package = 'a', version = '>=0' }" } do
    t.truthy(admits(support.load(text), "a", "1", "weird") ~= true, text)
  end
  t.truthy(admits(support.load "limit { change = 'major' }", "a", "weird", "1") ~= true)
  t.equal(admits(support.load "allow { package = 'a' }", "a", "1", "weird"), true)
end)

t.test("a limit is for upgrades: a new package has nothing to be compared with", function()
  local set = support.load "limit { change = 'none' } deny { package = 'bad' } pin { package = 'p', version = '<2' }"
  t.equal(admits(set, "a", nil, "1"), true)
  t.equal(admits(set, "bad", nil, "1"), "acme.lua:1 the package is denied")
  t.equal(admits(set, "p", nil, "2"), "acme.lua:1 it is pinned to <2")
  t.equal(admits(support.load "allow { package = 'a' }", "b", nil, "1"), "acme.lua:1 it is not on the allow list")
  t.equal(set:judge({ { package = "a", to = "1" } })[1].allowed, true)
end)

t.test("a limit of none keeps the version that is there", function()
  local set = support.load "limit { change = 'none' }"
  t.equal(admits(set, "a", "1.0", "1.0"), true)
  t.equal(admits(set, "a", "1.0", "1.0.0"), true)
  t.equal(admits(set, "a", "1.0", "1.0.post1"), "acme.lua:1 no upgrade is allowed")
end)

-- Package's version, a version that a minor limit lets through, and one that it does not.
t.test("limits know epochs, post releases, local, long and calendar versions", function()
  local set = support.load "limit { change = 'minor' }"
  for _, case in ipairs { { "1.2.3", "1.9.0", "2.0.0" }, { "1!1.0", "1!1.5", "2!1.0" }, { "1.0", "1.0.post1", "1!1.0" },
    { "1.0+acme", "1.1", "2.0" }, { "1.2.3.4", "1.2.3.5", "2.0.0.0" }, { "2024.1", "2024.12", "2025.1" },
    { "0.1", "0.9", "1.0" }, { "1", "1.1", "2" }, { "1.0rc1", "1.0", "2.0rc1" }, { "v1.0", "1.1", "v2" } } do
    t.equal(admits(set, "a", case[1], case[2]), true, case[1] .. " to " .. case[2])
    t.equal(admits(set, "a", case[1], case[3]), "acme.lua:1 at most a minor upgrade is allowed",
      case[1] .. " to " .. case[3])
    local specifier = narrowing(set, "a", case[1])
    t.equal(version.matches(case[2], specifier, { prereleases = true }), true, specifier .. " has " .. case[2])
    t.equal(version.matches(case[3], specifier, { prereleases = true }), false, specifier .. " has " .. case[3])
  end
end)

-- --- the hook ---

t.test("a hook sees an upgrade, and changes nothing by it", function()
  local set = support.load [[
on("upgrade", function(u) u.to = "1" u.fixes[1] = nil end)
on("upgrade", function(u) if version.is_prerelease(u.to) then return "refuse", "pre-release" end end)
]]
  local list = { upgrade(), upgrade { to = "5.0rc1" } }
  set:judge(list)
  t.equal({ list[1].to, list[1].fixes, list[1].allowed }, { "4.2.1", { "CVE-1" }, true })
  t.equal({ list[2].allowed, list[2].reason }, { false, "pre-release" })
end)

t.test("a hook is asked about a candidate in the words of an upgrade", function()
  local set = support.load [[
on("upgrade", function(u)
  local s = ""
  for _, key in ipairs { "package", "from", "to", "kind", "change", "direct", "state" } do
    s = s .. tostring(u[key]) .. " "
  end
  return "refuse", s .. #u.fixes
end)
]]
  t.equal(admits(set, "a", "1.0", "2.0"), "acme.lua:1 a 1.0 2.0 update major false planned 0")
  t.equal(admits(set, "a", nil, "2.0"), "acme.lua:1 a nil 2.0 update other false planned 0")
end)

t.test("a hook that fails, or answers something else, is an error and lets nothing through", function()
  for text, want in pairs {
    ["on('upgrade', function(u) return u.x.y end)"] = "^acme%.lua:1: attempt to index",
    ["on('upgrade', function() return 'ignore' end)"] =
      "^acme%.lua:1: the hook for 'upgrade' has to return refuse or nothing",
    ["on('upgrade', function() return true end)"] = "has to return refuse or nothing, not true$",
    ["on('upgrade', function() return 'refused' end)"] = "not \"refused\" %(did you mean 'refuse'%?%)$",
    ["on('upgrade', function() while true do end end)"] = "^acme%.lua:1: the policy went over its budget",
    ["deny { package = re '^(a|aa)+$' }"] = "^acme%.lua:1: regex: match limit exceeded",
  } do
    local name = ("a"):rep(60) .. "b"
    local set = support.load(text, { budget = { instructions = 1e6 } })
    local judged, message = set:judge { upgrade { package = name } }
    t.equal(judged, nil, text)
    t.match(message, want)
    set = support.load(text, { budget = { instructions = 1e6 } })
    local ok, problem = pcall(set.admits, set, name, "1", "2")
    t.equal(ok, false)
    t.match(problem.policy, want)
  end
end)

-- --- narrowing ---

t.test("says pins, limits, denials and allowed versions as specifiers", function()
  local set = support.load [[
pin { package = "django", version = "~=4.2.0", reason = "LTS" }
limit { change = "minor", package = "dj*" }
deny { package = "django", version = "<4.2.3", reason = "old" }
allow { package = "django", version = "<5" }
limit { change = "none", package = "flask" }
]]
  t.equal(set:narrowing("django", "4.2.1"), {
    { specifier = "~=4.2.0", by = "acme.lua:1", rule = "pin", reason = "it is pinned to ~=4.2.0: LTS" },
    { specifier = ">=4.2.3", by = "acme.lua:3", rule = "deny", reason = "versions <4.2.3 are denied: old" },
    { specifier = "==4.*", by = "acme.lua:2", rule = "limit", reason = "at most a minor upgrade is allowed" },
    { specifier = "<5", by = "acme.lua:4", rule = "allow", reason = "the allow list has versions <5" } })
  t.equal(set:narrowing("flask", "1.0"),
    { { specifier = "==1.0", by = "acme.lua:5", rule = "limit", reason = "no upgrade is allowed" } })
  t.equal(set:narrowing("requests", "2"), {})
  t.equal(narrowing(set, "django", nil), "~=4.2.0 >=4.2.3 <5", "a new package has no limit")
end)

t.test("says nothing where specifiers cannot", function()
  for _, text in ipairs { "deny { package = 'a' }", "deny { package = 'a', version = '>=2,<3' }",
    "deny { package = 'a', version = '~=2.0' }", "deny { package = 'a', version = '===2.0' }",
    "limit { change = 'major' }", "on('upgrade', function() return 'refuse' end)", "allow { package = 'a' }",
    "allow { package = 'a', version = '<2' } allow { package = 'a', version = '>=3' }",
    "allow { package = 'a', version = '<2' } allow { package = 'a*' }" } do
    t.equal(narrowing(support.load(text), "a", "1"), "", text)
  end
  t.equal(narrowing(support.load "limit { change = 'minor' }", "a", "weird"), "")
end)

t.test("says no specifier that admits nothing of what the rules do", function()
  local set = support.load [[
pin { package = "a", version = "!=1.5" } deny { package = "a", version = "==1.6" }
deny { package = "a", version = ">=1.9" }
deny { package = "a", version = "<1.2" } limit { change = "minor" } deny { package = "a", version = "==1.7.*" }
]]
  for _, to in ipairs { "1.1", "1.2", "1.3", "1.5", "1.6", "1.7", "1.7.1", "1.8", "1.9", "1.10", "2.0" } do
    local inside = true
    for _, narrow in ipairs(set:narrowing("a", "1.0")) do
      t.truthy(version.matches("1", narrow.specifier) ~= nil, narrow.specifier)
      inside = inside and version.matches(to, narrow.specifier, { prereleases = true })
    end
    t.equal(admits(set, "a", "1.0", to) == true, inside, to)
  end
end)

t.test("a candidate is judged without any record of it", function()
  local set = support.load "pin { package = 'a', version = '<2' }"
  local ok, refused = set:admits("a", "1", "2")
  t.equal({ ok, refused }, { false, { by = "acme.lua:1", rule = "pin", reason = "it is pinned to <2" } })
  t.equal({ set:admits("a", "1", "1.5") }, { true })
end)

t.test("a hook may be asked about many candidates: each question has its own budget", function()
  local set = support.load("on('upgrade', function() for i = 1, 3e5 do end end)", { budget = { instructions = 1e6 } })
  for i = 1, 10 do t.equal(admits(set, "a", "1", "1." .. i), true) end
end)

t.test("a package hook that does not let a package pass refuses the upgrade that brings it in", function()
  local set = support.load([[
on("package", function(p)
  if p.version == "4.2.1" then return "block", "broken" end
  if p.version == "4.2.2" then return "warn", "new" end
end)]])
  t.equal(set:judges_upgrades(), true)
  t.equal(set:judge { upgrade(), upgrade { to = "4.2.2" } }, {
    upgrade { allowed = false, state = "refused", by = "acme.lua:1", rule = "on package", reason = "broken" },
    upgrade { to = "4.2.2", allowed = true } })
  t.equal(support.load("severity { fail = 'low' }"):judges_upgrades(), false)
end)

return t.finish()
