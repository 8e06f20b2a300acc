--- Rules that can never speak: each warning, and what stands too near to it to be warned of.
local t = require "harness"
local check = require "lib.policy.check"
local matchers = require "lib.policy.matchers"
local overlap = require "lib.policy.overlap"
local policy = require "pysec.policy"
local version = require "pysec.version"

local TODAY = "2026-06-01"

--- The warnings of a policy, and of a project's beside it, each "line: message"; those of the project "project:line".
local function warnings(text, project)
  local options = { sources = { { name = "acme.lua", text = text } }, today = TODAY }
  local folder = t.tempdir()
  if project then
    t.files(folder, { ["pysec.lua"] = project })
    options.project = folder .. "/pysec.lua"
  end
  local lines = {}
  for i, warning in ipairs(check.warnings(assert(policy.load({}, options)).rules)) do
    t.equal(warning.by, ("%s:%d"):format(warning.path, warning.line))
    lines[i] = ("%s%d: %s"):format(warning.path == "acme.lua" and "" or "project:", warning.line, warning.message)
  end
  return lines
end

--- Expects exactly one warning, which contains `part`.
local function warns(part, text, project)
  local lines = warnings(text, project)
  t.equal(#lines, 1, text .. " " .. t.show(lines))
  t.contains(lines[1], part)
end

local function silent(text, project)
  t.equal(warnings(text, project), {}, text)
end

-- --- ignores ---

t.test("an ignore that expired, and not on its last day", function()
  warns("1: this ignore never counts: it expired on 2026-05-31", [[ignore { id = "A", expires = "2026-05-31" }]])
  silent [[ignore { id = "A", expires = "2026-06-01" }]]
end)

t.test("an ignore that is longer than a limit allows", function()
  warns("2: this ignore never counts: it expires on 2026-09-01, and acme.lua:1 allows 90 days",
    'ignores { max_days = 90 }\nignore { id = "A", expires = "2026-09-01" }')
  warns("it never expires", 'ignores { max_days = 90 }\nignore { id = "A" }')
  silent 'ignores { max_days = 90 }\nignore { id = "A", expires = "2026-08-01" }'
end)

t.test("an ignore that comes after one that matches as much for as long", function()
  warns('2: this ignore rule says the same as acme.lua:1', 'ignore { id = "CVE-1" }\nignore { id = "cve-1" }')
  local wide = 'ignore { package = { "a-*", "b" }, version = "<3", expires = "2026-09-01" }\n'
  for _, narrow in ipairs {
    'ignore { package = "a-b", version = "<2", expires = "2026-09-01" }',
    'ignore { id = "X", package = "A_b", version = "==1.*", expires = "2026-08-01" }',
    'ignore { package = { "a-b-*", "b" }, version = ">1,<2.5", expires = "2026-07-01", kind = "vulnerability" }',
  } do
    warns("2: this ignore rule says nothing that acme.lua:1 does not say already", wide .. narrow)
  end
  for _, other in ipairs {
    'ignore { package = "a-b", version = "<2" }',
    'ignore { package = "a-b", version = "<2", expires = "2026-09-02" }',
    'ignore { package = "a-b", version = "<=3", expires = "2026-08-01" }',
    'ignore { package = "a-b", expires = "2026-08-01" }',
    'ignore { package = { "a-b", "c" }, version = "<2", expires = "2026-08-01" }',
    'ignore { package = re "^a-", version = "<2", expires = "2026-08-01" }',
    'ignore { package = "a*", version = "<2", expires = "2026-08-01" }',
    'ignore { id = "X", version = "<2", expires = "2026-08-01" }',
  } do
    silent(wide .. other)
  end
end)

t.test("an ignore is not shadowed by one that is void, of another kind, or that comes later", function()
  warns("1: this ignore never counts", 'ignore { id = "A", expires = "2026-01-01" }\nignore { id = "A" }')
  warns("2: this ignore never counts: it never expires",
    'ignores { max_days = 90 }\nignore { id = "A" }\nignore { id = "A", expires = "2026-07-01" }')
  silent 'ignore { path = "a/*", kind = "code" }\nignore { path = "a/b" }'
  silent 'ignore { id = "A", package = "b" }\nignore { id = "A" }'
  silent 'ignore { id = { "A", "B" }, package = "b" }\nignore { id = { "A", "C" }, package = "b" }'
end)

t.test("an ignore of findings that there are none of", function()
  warns("no finding is like that", 'ignore { kind = "code", package = "a" }')
  warns("no finding is like that", 'ignore { kind = "policy", path = "a" }')
  warns("no finding is like that", 'ignore { kind = "vulnerability", id = "deny:a" }\ndeny { package = "a" }')
  warns('no version is in ">2,<1"', 'ignore { package = "a", version = ">2,<1" }')
  warns("there is no finding deny:a: no deny names that package", 'ignore { id = "deny:a" }\ndeny { package = "b" }')
  warns("there is no finding pin:a", 'ignore { id = "pin:a" }')
  warns("there is no allow list", 'ignore { id = "allow:a" }')
  warns("no hook for packages", 'ignore { id = "package:a" }')
  silent 'ignore { id = "deny:a" }\ndeny { package = "a*" }'
  silent 'ignore { id = { "deny:a", "deny:b" } }\ndeny { package = "b" }'
  silent 'ignore { id = "package:a" }\non("package", function() end)'
end)

t.test("an ignore over which a block stands", function()
  warns("2: this ignore never counts: the block of acme.lua:1 stands over it",
    'severity { block = "none", unknown = "block" }\nignore { id = "CVE-1" }')
  silent 'severity { block = "none" }\nignore { id = "CVE-1" }' -- what is unknown is left to it
  silent 'severity { block = "none", unknown = "block" }\nignore { id = "B101" }' -- code is
  warns("stands over it",
    'severity { kind = "code", block = "none", unknown = "block" }\nignore { id = "B101", path = "a", kind = "code" }')
end)

t.test("an ignore that a block and a limit leave nothing to", function()
  warns("2: this ignore never counts: acme.lua:1 lets ignores go up to high; findings of policies have the severity "
    .. "unknown", 'ignores { max_severity = "high" }\nignore { id = "deny:a" }\ndeny { package = "a" }')
  silent 'ignores { max_severity = "critical" }\nignore { id = "deny:a" }\ndeny { package = "a" }'
  warns("3: this ignore never counts: the block of acme.lua:2 stands over it; acme.lua:1 lets ignores go up to medium",
    'ignores { max_severity = "medium" }\nseverity { block = "none", unknown = "block" }\n'
    .. 'ignore { package = "a", kind = "vulnerability" }')
  silent('ignores { max_severity = "medium" }\nseverity { block = "medium", unknown = "block" }\n'
    .. 'ignore { package = "a", kind = "vulnerability" }')
end)

t.test("an ignore of a project that nobody delegates", function()
  local given = 'severity { fail = "none" }\n'
  warns("project:1: this ignore never counts: a project's policy ignores only what a given one delegates", given,
    'ignore { id = "A" }')
  warns("it is beyond what acme.lua:2 delegates", given .. 'delegate { ignore = { package = "b-*" } }',
    'ignore { package = "a" }')
  warns("it is beyond what acme.lua:2 delegates", given .. 'delegate { ignore = { kind = "code" } }',
    'ignore { package = "a" }')
  silent(given .. 'delegate { ignore = { package = "b-*" } }', 'ignore { package = { "a", "b-c" } }')
  silent(given .. 'delegate { ignore = { package = "b-*" } }', 'ignore { id = "A" }')
  silent(given .. 'delegate { ignore = { max_severity = "low" } }', 'ignore { id = "A" }')
end)

-- --- severity ---

t.test("a severity rule of which others say all, more strictly or before it", function()
  warns("2: this severity rule never decides: acme.lua:1 is as strict on all that it speaks of",
    'severity { fail = "high", warn = "low", unknown = "fail" }\nseverity { warn = "medium", unknown = "warn" }')
  warns("1: this severity rule never decides: acme.lua:2", 'severity { warn = "high" }\nseverity { fail = "high" }')
  warns("3: this severity rule never decides: acme.lua:1 and acme.lua:2 are as strict",
    'severity { warn = "none", kind = "vulnerability" }\nseverity { fail = "high" }\n'
    .. 'severity { fail = "critical", warn = "low" }')
  warns("2: this severity rule never decides", 'severity { fail = "low" }\nseverity { fail = "low" }')
  silent 'severity { fail = "high" }\nseverity { warn = "high", unknown = "warn" }'
  silent 'severity { fail = "high" }\nseverity { warn = "medium" }'
  silent 'severity { fail = "high" }\nseverity { warn = "high", kind = "code" }'
end)

t.test("a threshold behind a stricter one of the same rule", function()
  warns("the threshold `warn` is never reached: `fail` is no higher", 'severity { fail = "low", warn = "high" }')
  silent 'severity { block = "critical", fail = "high", warn = "low" }'
end)

t.test("a severity rule for findings of policies, which fail and have no severity", function()
  warns("say `unknown`", 'severity { kind = "policy", fail = "low" }')
  warns("an ignore accepts it", 'severity { kind = "policy", unknown = "warn" }')
  silent 'severity { kind = "policy", unknown = "block" }'
  silent 'severity { kind = "policy", unknown = "warn" }\non("audit", function() end)'
end)

t.test("a project's warning, which tightens nothing", function()
  warns("project:1: this severity rule never decides: a project's policy may only tighten",
    'severity { warn = "none" }', 'severity { kind = "code", warn = "low" }')
  warns("project:1: this severity rule never decides: acme.lua:1", 'severity { fail = "low" }',
    'severity { fail = "high" }')
  silent('severity { warn = "none" }', 'severity { fail = "high" }')
end)

-- --- packages ---

t.test("pins that share a package and no version", function()
  warns('2: no version of a is in both "<4" and "~=4.2.0", to which acme.lua:1 pins it',
    'pin { package = { "A", "b" }, version = "~=4.2.0" }\npin { package = { "a", "c" }, version = "<4" }')
  warns("no version of a-b", 'pin { package = "a-*", version = "==1.*" }\npin { package = "a-b", version = "==2.*" }')
  warns("no version of a-b", 'pin { package = "a-b", version = "==1.*" }\npin { package = "a-*", version = "==2.*" }')
  warns('1: no version is in ">2,<1"',
    'pin { package = "a", version = ">2,<1" }\npin { package = "a", version = "<5" }')
  warns("no version of a-b-*",
    'pin { package = "a-*", version = "==1.*" }\npin { package = "a-b-*", version = "==2.*" }')
  silent 'pin { package = "a", version = "~=4.2" }\npin { package = "a", version = "<4.3" }'
  silent 'pin { package = "a", version = "==1.*" }\npin { package = "b", version = "==2.*" }'
  silent 'pin { package = re "^a", version = "==1.*" }\npin { package = "b*", version = "==2.*" }'
end)

t.test("pins, allows and limits of what is denied", function()
  warns("2: the pin of a means nothing: acme.lua:1 denies the package",
    'deny { package = "a*" }\npin { package = "a", version = "<2" }')
  warns("1: the limit of a means nothing: acme.lua:2",
    'limit { change = "minor", package = "a" }\ndeny { package = "a" }')
  warns("2: the allow of a means nothing", 'deny { package = "a" }\nallow { package = { "a", "b" } }')
  warns('3: the pin of a leaves no version: all in "==1.*" are denied by acme.lua:1, acme.lua:2',
    'deny { package = "a", version = "<1.5" }\ndeny { package = "a", version = ">=1.5.dev0" }\n'
    .. 'pin { package = "a", version = "==1.*" }')
  -- Neither "<1.5" nor ">=1.5" holds 1.5rc1.
  silent('deny { package = "a", version = "<1.5" }\ndeny { package = "a", version = ">=1.5" }\n'
    .. 'pin { package = "a", version = "==1.*" }')
  silent 'deny { package = "a", version = "<1.5" }\npin { package = "a", version = "==1.*" }'
end)

t.test("a specifier that no version is in", function()
  warns('no version is in "==2.*,<2.0.dev0"', 'pin { package = "a", version = "==2.*,<2.0.dev0" }')
  warns('no version is in ">1.0,<1.0.post3"', 'deny { package = "a", version = ">1.0,<1.0.post3" }')
end)

t.test("denials that add nothing", function()
  warns("2: the denial of a adds nothing: it is not on the allow list (acme.lua:1)",
    'allow { package = "b" }\ndeny { package = "a" }')
  silent 'allow { package = { "b", "a*" } }\ndeny { package = "ab", version = "<2" }'
  silent 'allow { package = "b" }\ndeny { package = "a*" }'
  warns("1: this deny rule says nothing that acme.lua:2 does not say already",
    'deny { package = "a", version = "<2" }\ndeny { package = "a" }')
  warns("2: this deny rule says the same as acme.lua:1", 'deny { package = "a" }\ndeny { package = "A", reason = "x" }')
end)

t.test("a project's allows beyond the given list", function()
  warns("project:1: c stays off the allow list", 'allow { package = { "a", "b" } }', 'allow { package = { "a", "c" } }')
  silent('allow { package = { "a", "b" } }', 'allow { package = "a" }') -- narrows it
  silent('allow { package = "a" }\ndelegate { allow = true }', 'allow { package = "c" }')
  silent('severity { fail = "none" }', 'allow { package = "c" }')
end)

t.test("limits, of upgrades and of ignores, that are weaker than others", function()
  warns("2: this limit rule says nothing", 'limit { change = "minor" }\nlimit { change = "minor", package = "a" }')
  warns("1: this limit rule says nothing", 'limit { change = "minor" }\nlimit { change = "patch" }')
  warns("lets every upgrade through", 'limit { change = "major" }')
  silent 'limit { change = "minor" }\nlimit { change = "patch", package = "a" }'
  warns("2: this ignores rule says nothing that acme.lua:1",
    'ignores { max_days = 90, require = { "owner", "reason" } }\n'
    .. 'ignores { max_days = 100, require = { "reason" } }')
  warns("project:1: this ignores rule says nothing",
    'ignores { max_severity = "low" }', 'ignores { max_severity = "high" }')
  silent 'ignores { max_days = 90 }\nignores { max_days = 100, max_severity = "high" }'
  warns("1: this pin rule says nothing",
    'pin { package = "a", version = "<2" }\npin { package = "a", version = "==1.*" }')
end)

-- --- evidence and delegation ---

t.test("scanners that are asked for twice", function()
  warns("1: it names osv twice", 'evidence { scanners = { "osv", "safety", "osv" } }')
  warns("2: acme.lua:1 asks for osv already",
    'evidence { scanners = { "osv", "bandit" } }\nevidence { scanners = { "osv", "safety" } }')
  warns("1: this evidence rule says nothing that acme.lua:2 does not say already",
    'evidence { scanners = { "osv" } }\nevidence { scanners = { "osv", "safety" } }')
  warns("1: this evidence rule says nothing that acme.lua:2 does not say already",
    'evidence { max_database_age = 7 }\nevidence { scanners = { "osv", "safety" }, max_database_age = 3 }')
  warns("2: this evidence rule says the same", 'evidence { scanners = "osv" }\nevidence { scanners = { "osv" } }')
  silent 'evidence { scanners = "osv" }\nevidence { scanners = "safety", max_database_age = 3 }'
end)

t.test("what a project's policy may not", function()
  local given = 'evidence { scanners = { "osv" } }\n'
  warns("project:1: expected_skips has no effect", given, 'evidence { expected_skips = "a" }')
  silent(given .. "delegate { evidence = true }", 'evidence { expected_skips = "a" }')
  warns("project:1: delegate has no effect here", given, "delegate { allow = true }")
end)

t.test("rules are counted by name", function()
  local set = assert(policy.load({}, { today = TODAY, sources = { { name = "a.lua",
    text = 'deny { package = "a" }\non("audit", function() end)\ndeny { package = "b" }' } } }))
  t.equal(check.counts(set.rules), { { name = "deny", count = 2 }, { name = "on audit", count = 1 } })
end)

t.test("many rules are checked in a moment", function()
  local lines = {}
  for i = 1, 4000 do lines[i] = ('ignore { id = "CVE-%d", package = "p%d" }'):format(i, i) end
  for i = 1, 500 do
    lines[#lines + 1] = ('pin { package = "p%d", version = "~=1.%d" }'):format(i, i)
    lines[#lines + 1] = ('deny { package = "p%d", version = "<1.%d" }'):format(i, i)
  end
  local before = os.clock()
  silent(table.concat(lines, "\n"))
  t.truthy(os.clock() - before < 30, "it took " .. os.clock() - before)
end)

-- --- what overlaps ---

t.test("a pattern covers what it matches all of", function()
  local function covers(wide, narrow)
    return overlap.covers(assert(matchers.compile("name", wide)), assert(matchers.compile("name", narrow)), "name")
  end
  t.equal({ covers("a-*", "a-b-*"), covers("*", "a-*"),
    covers("a*c", "a*b*c"), covers({ "a*", "b*" }, { "b-*", "a" }) },
    { true, true, true, true })
  t.equal({ covers("a-b-*", "a-*"), covers("a-*", "*"), covers("a*c", "a*"), covers("a", "a*") },
    { false, false, false, false })
end)

t.test("what goes on beyond a prefix is not within it", function()
  t.truthy(not overlap.within(">=1.4.2", { "~=1.4.2" }))
  t.truthy(not overlap.within(">=1.4", { "==1.*" }))
  t.truthy(overlap.within("~=1.4.2", { "==1.*" }))
  t.truthy(overlap.within("==1.*", { "<1.5", "==1.5.*", ">=1.6.dev0" }))
  t.truthy(not overlap.within(nil, { ">=0" }))
end)

t.test("the one version that specifiers share is found, however near it is to what they name", function()
  for _, list in ipairs {
    { "<0.1" }, { ">5" }, { ">1!1,<2!0" }, { ">1.0,<1.0.1" }, { ">1", "<1.0.0.0.1" }, { ">1.0,<1.1", "!=1.0.1" },
    { "!=1.*", ">1", "<2.0.post1", "!=2.0.post0" }, { ">=1.5.dev0,<=1.5" },
    { ">=1.0a1,<1.0a2", "!=1.0a1" }, { ">1.0.dev3,<1.0.dev5" }, { ">=1.0,<=1.0.post1", "!=1.0,!=1.0.post1" },
    { ">=1.0,<=1.0.post0", "!=1.0,!=1.0.post0" }, { ">1.0a1.post1,<1.0a1.post3" }, { ">1.0a1.post1,<1.0a1.post2" },
    { ">=1.0.post1.dev2,!=1.0.post1.dev2,<1.0.post2,!=1.0.post2.dev1" }, { "==1.0+x" }, { "===1.0" },
    { "== 1.0 , <2, " },
    { ">=1.0a1,<=1.0a1.post1", "!=1.0a1,!=1.0a1.post1" },
    { "<1.0a1", ">=1.0.dev0" }, { "==v1.0" }, { ">1.0a1,<1.0a2" }, { ">=1.0a1,<1.0a2.dev0,!=1.0a1" },
    { ">=1.0,!=1.0,<1.0.post5" }, { ">99999999999999999999" },
  } do
    t.truthy(overlap.common(list), t.show(list))
  end
  for _, list in ipairs {
    { "<1.0,>=1.0.dev0" }, { ">1.0,<1.0.post3" }, { ">1.0.post1,<1.0.post2" }, { "==1.0,!=1.0.0" }, { "<0.dev0" },
    { "~=1.4.2", ">=1.5.dev0" }, { "==1.*", "==1!1.*" },
  } do
    t.truthy(not overlap.common(list), t.show(list))
  end
end)

--- A number that is the same in each run.
local function generator(seed)
  return function(most)
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed // 65536 % most + 1
  end
end

local RELEASES = { "0", "1", "1.0", "1.0.0", "1.1", "1.0.1", "1.9", "1.10", "2", "2.0", "1!1", "1.1.1" }
local SUFFIXES = { "", "", "", "", "a1", "a2", "rc1", ".dev1", ".dev2", ".post1", ".post2", "a1.dev1", "rc1.post1" }
local OPERATORS = { "<", "<=", ">", ">=", "==", "!=", "~=", "==*", "!=*" }

local function random_specifier(random)
  local clauses = {}
  for i = 1, random(2) do
    local operator, release = OPERATORS[random(#OPERATORS)], RELEASES[random(#RELEASES)]
    if operator == "~=" and not release:find(".", 1, true) then release = release .. ".0" end
    local wild = operator:sub(-1) == "*"
    clauses[i] = wild and operator:sub(1, 2) .. release .. ".*" or operator .. release .. SUFFIXES[random(#SUFFIXES)]
  end
  return table.concat(clauses, ",")
end

--- Versions of all shapes around those that specifiers name.
local function grid()
  local versions, seen = {}, {}
  for _, release in ipairs(RELEASES) do
    for _, more in ipairs { "", ".0", ".1", ".0.0.3", ".7" } do
      for _, suffix in ipairs { "", "a0", "a1", "a1.dev0", "a1.dev1", "a1.dev2", "a1.post0",
        "a2", "a2.dev0", "a3", "b1",
        "rc1", "rc1.dev0", "rc1.post0", "rc1.post1", "rc1.post2", "rc2", ".dev0", ".dev1", ".dev2", ".dev3", ".post0",
        ".post1", ".post2", ".post1.dev0", ".post2.dev3", ".post3", "+l", ".post1+l", "a1+l", ".dev1+l" } do
        local normal = assert(version.normalize(release .. more .. suffix))
        if not seen[normal] then versions[#versions + 1] = release .. more .. suffix end
        seen[normal] = true
      end
    end
  end
  return versions
end

t.test("specifiers that share a version of a fine grid are never told apart", function()
  local random, versions, apart, within = generator(7), grid(), 0, 0
  local function holds(text, specifier) return version.matches(text, specifier, { prereleases = true }) == true end
  for _ = 1, 400 do
    local a, b = random_specifier(random), random_specifier(random)
    local shared, outside
    for _, text in ipairs(versions) do
      if holds(text, a) then
        shared = shared or holds(text, b) and text
        outside = outside or not holds(text, b) and text
      end
    end
    if not overlap.common { a, b } then
      apart = apart + 1
      t.truthy(not shared, ("%s | %s share %s"):format(a, b, shared))
    end
    if overlap.within(a, { b }) then
      within = within + 1
      t.truthy(not outside, ("%s within %s, but %s"):format(a, b, outside))
    end
  end
  t.truthy(apart > 40 and within > 40, ("%d apart, %d within: too few to tell"):format(apart, within))
end)

return t.finish()
