--- Cooldowns: how long a release waits, what a withdrawn or an undated one gets, and who has the say.
local t = require "harness"
local check = require "lib.policy.check"
local support = require "policy_support"

--- The upgrade of django, judged on 2026-06-01 by a policy of this text.
local function judged(set, fields)
  if type(set) == "string" then set = support.load(set) end
  local upgrade = { package = "django", from = "4.2.0", to = "4.2.1", kind = "update", change = "patch", fixes = {},
    direct = true, state = "planned", released = "2026-05-30" }
  for key, value in pairs(fields or {}) do
    if value == "nil" then value = nil end
    upgrade[key] = value
  end
  return assert(set:judge { upgrade })[1]
end

--- The day on which it is free: "now" for one that is let through, "never" for one that waits for no day.
local function free(set, fields)
  local upgrade = judged(set, fields)
  t.equal(upgrade.free_on ~= nil and upgrade.allowed, false)
  return upgrade.allowed and "now" or upgrade.free_on or "never"
end

local function fixing(...)
  local fixes = {}
  for i = 1, select("#", ...) do fixes[i] = "CVE-" .. i end
  return { fixes = fixes, severities = { ... } }
end

t.test("a release waits whole days from that of its first file", function()
  for released, day in pairs { ["2026-05-24"] = "now", ["2026-05-25"] = "now", ["2026-05-26"] = "2026-06-02",
    ["2026-06-01"] = "2026-06-08", ["2026-06-03"] = "2026-06-10", ["2020-02-29"] = "now" } do
    t.equal(free("cooldown { days = 7 }", { released = released }), day, released)
  end
  t.equal(free("cooldown { days = 0 }", { released = "2026-06-01" }), "now")
  t.equal(free("cooldown { days = 1 }", { released = "2026-05-31" }), "now")
  t.equal(free("cooldown { days = 1000000000000 }", { released = "2020-01-01" }), "never")
  t.equal(free("cooldown { days = 40 }", { released = "2026-05-30" }), "2026-07-09")
end)

t.test("the refusal says when, how long and until when, with the rule's reason", function()
  local upgrade = judged("\ncooldown { days = 7, reason = 'let others find it' }")
  t.equal({ upgrade.allowed, upgrade.state, upgrade.by, upgrade.rule, upgrade.free_on, upgrade.reason },
    { false, "refused", "acme.lua:2", "cooldown", "2026-06-06",
      "released on 2026-05-30, waits 7 days: free on 2026-06-06: let others find it" })
  t.match(judged("cooldown { days = 1 }", { released = "2026-06-01" }).reason, "waits 1 day: free on 2026%-06%-02$")
  t.equal(judged("cooldown { days = 7 }", { released = "2020-01-01" }).free_on, nil)
end)

local BOTH = "cooldown { days = 7, security = { critical = 0, high = 1, medium = 3 } }"

t.test("a fix waits by the severity of what it fixes, and goes with the first that may go", function()
  local function day(...) return free(BOTH, fixing(...)) end
  t.equal(day "critical", "now")
  t.equal(day "high", "now")
  t.equal(day "medium", "2026-06-02")
  t.equal(day "low", "2026-06-06")
  t.equal(day "none", "2026-06-06")
  t.equal(day "unknown", "2026-06-06")
  t.equal(day("low", "critical"), "now")
  t.equal(day("medium", "low"), "2026-06-02")
  t.equal(free(BOTH), "2026-06-06", "what fixes nothing")
end)

t.test("what is fixed without a severity is unknown", function()
  local text = "cooldown { days = 7, security = { critical = 0, unknown = 2 } }"
  t.equal(free(text, { fixes = { "CVE-1" } }), "now")
  t.equal(free(text, { fixes = { "CVE-1" }, severities = {} }), "now")
  t.equal(free(text, { fixes = { "CVE-1" }, released = "2026-06-01" }), "2026-06-03")
  t.equal(free(BOTH, { fixes = { "CVE-1" } }), "2026-06-06")
  t.equal(free(BOTH, { fixes = {}, severities = { "critical" } }), "2026-06-06", "severities of nothing")
end)

t.test("a fix never waits longer than other upgrades; without days only fixes wait", function()
  t.equal(free("cooldown { days = 1, security = { low = 30 } }", fixing "low"), "now")
  local text = "cooldown { security = { low = 30 } }"
  t.equal(free(text, fixing "low"), "2026-06-29")
  t.equal(free(text, fixing "high"), "now")
  t.equal(free(text, fixing("low", "high")), "now")
  t.equal(free(text), "now")
end)

t.test("what is withdrawn is refused, unless it is to be taken", function()
  local old = { released = "2020-01-01", yanked = true }
  for _, text in ipairs { "cooldown { days = 7 }", "cooldown { yanked = 'refuse' }",
    "cooldown { security = { high = 1 }, unknown = 'take' }" } do
    local upgrade = judged(text, old)
    t.equal({ upgrade.allowed, upgrade.free_on, upgrade.reason }, { false, nil,
      "the index has withdrawn this release" }, text)
  end
  t.equal(free("cooldown { days = 7, yanked = 'take' }", old), "now")
  t.equal(free("cooldown { days = 7, yanked = 'take' }", { yanked = true }), "2026-06-06")
  t.equal(free("cooldown { yanked = 'refuse' }"), "now")
  t.equal(free(BOTH, { yanked = true, fixes = { "CVE-1" }, severities = { "critical" } }), "never")
end)

t.test("a release of unknown day is refused where it would wait, and the way out is told", function()
  for _, day in ipairs { "nil", "yesterday", "2026-02-30", 7, false } do
    local upgrade = judged("cooldown { days = 7 }", { released = day })
    t.equal({ upgrade.allowed, upgrade.free_on }, { false, nil }, day)
    t.equal(upgrade.reason, 'the index does not tell when it was released, and it would wait 7 days; '
      .. 'cooldown { unknown = "take" } lets such releases through')
    t.equal(free("cooldown { days = 7, unknown = 'take' }", { released = day }), "now")
  end
  t.equal(free("cooldown { days = 7, unknown = 'take' }"), "2026-06-06", "a known day waits")
  t.equal(free("cooldown { yanked = 'refuse' }", { released = "nil" }), "now")
  local fix = fixing "critical"
  fix.released = "nil"
  t.equal(free(BOTH, fix), "now", "it would not wait")
end)

t.test("it is about the packages that it names, in any spelling, and about new ones as well", function()
  local text = "cooldown { days = 7, package = { 'django-*', 'Zope.Interface' } }"
  t.equal(free(text), "now")
  t.equal(free(text, { package = "django-rest" }), "2026-06-06")
  t.equal(free(text, { package = "Zope_interface" }), "2026-06-06")
  t.equal(free("cooldown { days = 7 }", { from = "nil" }), "2026-06-06")
  t.equal(free("cooldown { days = 7, package = re '^(?!acme-)' }", { package = "acme-core" }), "now")
end)

t.test("every cooldown has to admit, and the last day of all is told", function()
  local text = "cooldown { days = 3 }\ncooldown { days = 9, package = 'django' }\ncooldown { days = 5 }"
  local upgrade = judged(text)
  t.equal({ upgrade.by, upgrade.free_on }, { "acme.lua:2", "2026-06-08" })
  t.equal(judged(text, { yanked = true }).free_on, nil)
  t.equal(judged("cooldown { days = 3, unknown = 'take' }\ncooldown { days = 2 }", { released = "nil" }).by,
    "acme.lua:2")
end)

t.test("pins and denials are named before it, hooks after it", function()
  local text = "cooldown { days = 7 } %s "
    .. "on('upgrade', function(u) return 'refuse', u.released .. tostring(u.yanked) end)"
  t.equal(judged(text:format "pin { package = 'django', version = '<4' }").rule, "pin")
  t.equal(judged(text:format "").rule, "cooldown")
  t.equal(judged(text:format "", { released = "2026-01-01" }).reason, "2026-01-01nil")
end)

t.test("a project may wait longer than a given policy, not shorter", function()
  local function day(given, project, fields) return free((support.with_project(given, project)), fields) end
  t.equal(day("cooldown { days = 3 }", "cooldown { days = 9 }"), "2026-06-08")
  t.equal(day("cooldown { days = 9 }", "cooldown { days = 0, yanked = 'take', unknown = 'take' }"), "2026-06-08")
  t.equal(day("cooldown { days = 9 }", "cooldown { days = 0, unknown = 'take' }", { released = "nil" }), "never")
  t.equal(day("cooldown { days = 9 }", "cooldown { days = 0, yanked = 'take' }", { yanked = true }), "never")
  t.equal(day("cooldown { days = 0 }", "cooldown { yanked = 'refuse' }", { yanked = true }), "never")
  t.equal(day(nil, "cooldown { days = 1 }"), "now")
end)

t.test("the set says whether days have to be known, and that it judges upgrades", function()
  local set = support.load "cooldown { days = 7 }"
  t.equal({ set:needs_releases(), set:judges_upgrades() }, { true, true })
  set = support.load "pin { package = 'a', version = '<2' } on('upgrade', function() end)"
  t.equal({ set:needs_releases(), set:judges_upgrades() }, { false, true })
  t.equal(support.load("severity { fail = 'low' }"):judges_upgrades(), false)
end)

t.test("a candidate is judged by what is known of its release", function()
  local set = support.load "cooldown { days = 7 }"
  t.equal(set:admits("a", "1", "2", { released = "2026-01-01" }), true)
  t.equal(select(2, set:admits("a", "1", "2", { released = "2026-05-31" })).free_on, "2026-06-07")
  t.equal(set:admits("a", "1", "2", { released = "2026-01-01", yanked = true }), false)
  t.equal(set:admits("a", "1", "2"), false)
end)

t.test("coverage counts the cooldowns that were asked about a package", function()
  local set = support.load "cooldown { days = 7 }\ncooldown { days = 7, package = 'flask' }"
  judged(set)
  local rules = set:coverage().rules
  t.equal({ rules[1].rule, rules[1].hits, rules[2].hits }, { "cooldown", 1, 0 })
end)

-- --- what `pysec check` warns of ---

local function warnings(text)
  local list = {}
  for i, warning in ipairs(check.warnings(support.load(text).rules)) do
    list[i] = ("%d: %s"):format(warning.line, warning.message)
  end
  return list
end

t.test("a cooldown that another leaves nothing to", function()
  local says = "2: this cooldown rule says nothing that acme.lua:1 does not say already"
  for _, pair in ipairs { { "days = 7", "days = 3" }, { "days = 7", "yanked = 'refuse'" },
    { "days = 7", "days = 7, security = { high = 1 }" }, { "days = 7", "days = 7, package = 'a'" },
    { "days = 7", "days = 7, unknown = 'take'" }, { "days = 7", "days = 7, yanked = 'take'" } } do
    t.equal(warnings(("cooldown { %s }\ncooldown { %s }"):format(pair[1], pair[2])), { says }, pair[2])
  end
  t.equal(warnings "cooldown { days = 7 }\ncooldown { days = 7, yanked = 'refuse' }",
    { "2: this cooldown rule says the same as acme.lua:1" })
  for _, pair in ipairs { { "days = 7, package = 'a'", "days = 3" }, { "days = 7, yanked = 'take'", "days = 3" },
    { "days = 7, unknown = 'take'", "days = 3" }, { "days = 7, security = { low = 0 }", "days = 3" },
    { "days = 2", "security = { low = 3 }" } } do
    t.equal(warnings(("cooldown { %s }\ncooldown { %s }"):format(pair[1], pair[2])), {}, pair[1])
  end
end)

t.test("a cooldown, or a field of it, that has no effect", function()
  t.equal(warnings "cooldown { days = 0, yanked = 'take' }", { "1: this cooldown lets every release through" })
  t.equal(warnings "cooldown { yanked = 'refuse', unknown = 'take' }",
    { "1: `unknown` has no effect: no release has to wait" })
  t.equal(warnings "cooldown { days = 3, security = { high = 1, low = 7 } }",
    { "1: `security.low` has no effect: no upgrade waits longer than `days`, 3" })
  t.equal(warnings "cooldown { security = { low = 7 } }", {})
  t.equal(warnings "cooldown { days = 7, security = { low = 7 }, unknown = 'take' }", {})
end)

return t.finish()
