--- The rules of the language: what each field takes, and each kind of mistake with its place and the way out.
local t = require "harness"
local fs = require "pysec.fs"
local policy = require "pysec.policy"
local rules = require "lib.policy.rules"
local support = require "policy_support"

--- The one mistake of a text, on its second line.
local function mistake(text)
  local set, message, mistakes = support.try("name 'acme'\n" .. text .. "\nname 'end'")
  t.equal(set, nil, text)
  t.equal(#mistakes, 1, message)
  t.equal(mistakes[1].path .. ":" .. mistakes[1].line .. ": " .. mistakes[1].message, message)
  return message
end

-- --- what is right ---

local NAMES = { "'requests'", "'Django-*'", "re '^acme-'", "{ 'a', 'b*', re 'c' }", "'zope.interface'", "'*'" }
local SPECIFIERS = { "'>=2,<3'", "'~=4.2.0'", "'==1.*'", "'!=1.5'", "'<2'", "'===1.0'", "' >= 2 , < 3 '", "'>=1!2'" }
local SEVERITIES = { "'none'", "'low'", "'medium'", "'high'", "'critical'" }
local TEXTS = { "'ours'", "'ä'", "[[two\nlines]]", "('x'):rep(10000)" }
local DATES = { "'2026-06-01'", "'2020-02-29'", "'2999-12-31'" }
local DAYS = { "0", "1", "3650" }
local KINDS = { "'vulnerability'", "'code'", "'policy'" }

-- Values that are right for each field of each rule, and the other fields that it needs.
local RIGHT = {
  ignore = { id = { "'CVE-2019-10906'", "'CVE-2019-*'", "re '^CVE'", "{ 'A', re 'B' }" }, package = NAMES,
    version = SPECIFIERS, kind = KINDS, path = { "'src/*'", "'./a.py'", "re 'x'", "{ 'a', 'b' }" }, reason = TEXTS,
    expires = DATES, owner = TEXTS, ticket = TEXTS, with = "id = 'CVE-1'" },
  severity = { kind = KINDS, block = SEVERITIES, fail = SEVERITIES, warn = SEVERITIES,
    unknown = { "'warn'", "'fail'", "'block'" }, with = "fail = 'high'" },
  pin = { package = NAMES, version = SPECIFIERS, reason = TEXTS, with = "package = 'a', version = '>=1'" },
  deny = { package = NAMES, version = SPECIFIERS, reason = TEXTS, with = "package = 'a'" },
  allow = { package = NAMES, version = SPECIFIERS, reason = TEXTS, with = "package = 'a'" },
  limit = { change = { "'none'", "'patch'", "'minor'", "'major'" }, package = NAMES, reason = TEXTS,
    with = "change = 'minor'" },
  cooldown = { days = DAYS, security = { "{ critical = 0 }", "{ high = 1, medium = 3, low = 7, unknown = 0 }" },
    yanked = { "'refuse'", "'take'" }, unknown = { "'refuse'", "'take'" }, package = NAMES, reason = TEXTS,
    with = "days = 7" },
  ignores = { require = { "'reason'", "{ 'reason', 'expires', 'owner', 'ticket' }" }, max_days = DAYS,
    max_severity = SEVERITIES, with = "max_days = 90" },
  evidence = { scanners = { "'osv'", "{ 'pip-audit', 'safety', 'bandit', 'osv' }" }, max_database_age = DAYS,
    expected_skips = NAMES, with = "max_database_age = 7" },
  delegate = { ignore = { "true", "{ max_severity = 'medium' }", "{ kind = 'code' }", "{ package = 'acme-*' }",
    "{ max_severity = 'low', kind = 'code', package = { 'a', re 'b' } }" }, allow = { "true" }, evidence = { "true" },
    with = "allow = true" },
}

for _, rule in ipairs(rules.names) do
  if rules.fields(rule) then
    t.test(rule .. " takes its fields", function()
      local tried = {}
      for field, values in pairs(RIGHT[rule]) do
        if field ~= "with" then
          tried[#tried + 1] = field
          for _, value in ipairs(values) do
            support.load(("%s { %s, %s = %s }"):format(rule, RIGHT[rule].with, field, value))
          end
        end
      end
      table.sort(tried)
      t.equal(tried, rules.fields(rule))
    end)
  end
end

t.test("there are these rules and no more", function()
  t.equal(rules.names, { "allow", "cooldown", "delegate", "deny", "evidence", "ignore", "ignores", "include", "limit",
    "name", "on", "pin", "severity" })
end)

t.test("on takes the four events, name and include a text", function()
  for _, event in ipairs { "finding", "upgrade", "package", "audit" } do
    support.load(("on('%s', function() end)"):format(event))
  end
  t.equal(support.load("name 'one'\nname 'two'\ninclude 'default'").titles, { "one", "two", "default" })
end)

-- --- what is wrong ---

local NAME = [[expected a package's name, a pattern such as "django-*", re "...", or a list of these, not ]]
local ID = [[expected an id or alias such as "CVE-2019-10906", re "...", or a list of these, not ]]
local PATH = [[expected a path such as "src/legacy/*", re "...", or a list of these, not ]]
local SPECIFIER = [[expected a PEP 440 specifier such as ">=2,<3", not ]]
local DATE = [[expected a day such as "2027-01-31", not ]]
local DAY = [[expected a whole number of days from 0, not ]]
local SEVERITY = [[expected none, low, medium, high, critical, not ]]
local KIND = [[expected vulnerability, code, policy, not ]]

local WRONG = {
  -- names of fields and of rules
  { "severity { fial = 'high' }", "severity has no field 'fial' (did you mean 'fail'?)" },
  { "ignore { id = 'x', expire = '2026-07-01' }", "ignore has no field 'expire' (did you mean 'expires'?)" },
  { "ignore { cve = 'x', id = 'y' }", "ignore has no field 'cve'" },
  { "severity { fail = 'low', FAIL = 'low' }", "severity has no field 'FAIL' (did you mean 'fail'?)" },
  { "ignore { id = 'x', [true] = 1 }", "ignore: the name of a field is a text, not true" },
  { "ignore { id = 'x', [{}] = 1 }", "ignore: the name of a field is a text, not a table" },
  { "ignore { id = 'x', ['a\\nb'] = 1 }", "ignore has no field 'a\\nb'" },
  { "ignore { 'CVE-1', package = 'x' }", 'ignore: "CVE-1" stands without a name; write field = value' },
  { "severity { fail = 'low', [1.5] = 'x' }", 'severity: "x" stands without a name; write field = value' },
  { "severty { fail = 'high' }", "nothing is called 'severty' (did you mean 'severity'?)" },
  { "denny { package = 'x' }", "nothing is called 'denny' (did you mean 'deny'?)" },
  { "Ignore { id = 'x' }", "nothing is called 'Ignore' (did you mean 'ignore'?)" },
  { "cooldown { day = 7 }", "cooldown has no field 'day' (did you mean 'days'?)" },
  { "cooldown { package = 'a' }", "cooldown needs at least one of days, security, yanked" },
  { "cooldown { days = 1.5 }", "cooldown.days: expected a whole number of days from 0, not 1.5" },
  { "cooldown { days = -1 }", "cooldown.days: expected a whole number of days from 0, not -1" },
  { "cooldown { days = '7' }", 'cooldown.days: expected a whole number of days from 0, not "7"' },
  { "cooldown { security = true }",
    "cooldown.security: expected a table such as { critical = 0, high = 1 }, not true" },
  { "cooldown { security = {} }",
    "cooldown.security needs at least one of critical, high, medium, low, unknown" },
  { "cooldown { security = { hihg = 1 } }", "cooldown.security has no field 'hihg' (did you mean 'high'?)" },
  { "cooldown { security = { none = 1, low = 1 } }", "cooldown.security has no field 'none'" },
  { "cooldown { security = { high = 'no' } }",
    'cooldown.security.high: expected a whole number of days from 0, not "no"' },
  { "cooldown { yanked = 'refused' }",
    "cooldown.yanked: expected refuse, take, not \"refused\" (did you mean 'refuse'?)" },
  { "cooldown { days = 7, unknown = true }", "cooldown.unknown: expected refuse, take, not true" },
  { "cooldown(7)", "cooldown takes a table: cooldown { days = ... }" },
  -- no table
  { "ignore 'CVE-1'", "ignore takes a table: ignore { id = ... }" },
  { "ignore()", "ignore takes a table: ignore { id = ... }" },
  { "ignore(nil)", "ignore takes a table: ignore { id = ... }" },
  { "ignore(ignore)", "ignore takes a table: ignore { id = ... }" },
  { "pin(7)", "pin takes a table: pin { package = ... }" },
  { "limit 'minor'", "limit takes a table: limit { change = ... }" },
  { "ignore({ id = 'x' }, { id = 'y' })", "ignore takes one table" },
  { "ignore({ id = 'x' }, nil, 1)", "ignore takes one table" },
  { "name { 'x' }", 'name takes one text: name "..."' },
  { "name ''", 'name takes one text: name "..."' },
  { "name ' '", 'name takes one text: name "..."' },
  { "name '\\xFF'", 'name takes one text: name "..."' },
  { "name('a', 'b')", 'name takes one text: name "..."' },
  { "include('default', 'strict')", 'include takes one text: include "..."' },
  { "include { 'default' }", 'include takes one text: include "..."' },
  -- fields that are missing
  { "ignore {}", "ignore needs at least one of id, package, path" },
  { "ignore { reason = 'x' }", "ignore needs at least one of id, package, path" },
  { "ignore { kind = 'code', version = '<2' }", "ignore needs at least one of id, package, path" },
  { "severity { kind = 'code' }", "severity needs at least one of block, fail, warn, unknown" },
  { "pin { package = 'x' }", "pin needs version: pin { version = ... }" },
  { "pin { version = '<2' }", "pin needs package: pin { package = ... }" },
  { "deny { version = '<2' }", "deny needs package: deny { package = ... }" },
  { "allow { version = '<2' }", "allow needs package: allow { package = ... }" },
  { "limit { package = 'x' }", "limit needs change: limit { change = ... }" },
  { "ignores {}", "ignores needs at least one of require, max_days, max_severity" },
  { "evidence {}", "evidence needs at least one of scanners, max_database_age, expected_skips" },
  { "delegate {}", "delegate needs at least one of ignore, allow, evidence" },
  -- words
  { "severity { fail = 'hihg' }", "severity.fail: " .. SEVERITY .. '"hihg" (did you mean \'high\'?)' },
  { "severity { fail = 'unknown' }", "severity.fail: " .. SEVERITY .. '"unknown"' },
  { "severity { fail = 7 }", "severity.fail: " .. SEVERITY .. "7" },
  { "severity { fail = 'HIGH' }", "severity.fail: " .. SEVERITY .. '"HIGH" (did you mean \'high\'?)' },
  { "severity { fail = { 'high' } }", "severity.fail: " .. SEVERITY .. "a table" },
  { "severity { block = false }", "severity.block: " .. SEVERITY .. "false" },
  { "severity { unknown = 'high' }", 'severity.unknown: expected warn, fail, block, not "high"' },
  { "severity { unknown = 'ignore' }", 'severity.unknown: expected warn, fail, block, not "ignore"' },
  { "severity { kind = 'codes', fail = 'low' }", "severity.kind: " .. KIND .. '"codes" (did you mean \'code\'?)' },
  { "limit { change = 'Minor' }",
    'limit.change: expected none, patch, minor, major, not "Minor" (did you mean \'minor\'?)' },
  { "limit { change = 'other' }", 'limit.change: expected none, patch, minor, major, not "other"' },
  { "ignores { max_severity = 'unknown' }", "ignores.max_severity: " .. SEVERITY .. '"unknown"' },
  -- texts
  { "ignore { id = 'x', reason = '' }", 'ignore.reason: expected a text, not ""' },
  { "ignore { id = 'x', reason = '\\t\\n' }", 'ignore.reason: expected a text, not "\\9\\n"' },
  { "ignore { id = 'x', reason = 7 }", "ignore.reason: expected a text, not 7" },
  { "ignore { id = 'x', owner = true }", "ignore.owner: expected a text, not true" },
  { "ignore { id = 'x', ticket = { 'A-1' } }", "ignore.ticket: expected a text, not a table" },
  { "ignore { id = 'x', reason = 'a\\xFF' }",
    'ignore.reason: expected a text in UTF-8 of at most 10000 bytes, not "a\\xFF"' },
  { "ignore { id = 'x', reason = ('x'):rep(10001) }", "ignore.reason: expected a text in UTF-8 of at most 10000 bytes, "
    .. 'not "' .. ("x"):rep(80) .. '..."' },
  -- dates
  { "ignore { id = 'x', expires = '2026-6-1' }", "ignore.expires: " .. DATE .. '"2026-6-1"' },
  { "ignore { id = 'x', expires = '2026-02-29' }", "ignore.expires: " .. DATE .. '"2026-02-29"' },
  { "ignore { id = 'x', expires = 20260601 }", "ignore.expires: " .. DATE .. "20260601" },
  { "ignore { id = 'x', expires = 'never' }", "ignore.expires: " .. DATE .. '"never"' },
  { "ignore { id = 'x', expires = '' }", "ignore.expires: " .. DATE .. '""' },
  -- days
  { "ignores { max_days = -1 }", "ignores.max_days: " .. DAY .. "-1" },
  { "ignores { max_days = 1.5 }", "ignores.max_days: " .. DAY .. "1.5" },
  { "ignores { max_days = '90' }", "ignores.max_days: " .. DAY .. '"90"' },
  { "ignores { max_days = 1/0 }", "ignores.max_days: " .. DAY .. "inf" },
  { "evidence { max_database_age = 0/0 }", "evidence.max_database_age: " .. DAY .. tostring(0 / 0) },
  -- specifiers
  { "pin { package = 'a', version = '1.2' }", "pin.version: " .. SPECIFIER .. '"1.2" (did you mean \'==1.2\'?)' },
  { "pin { package = 'a', version = '=1.2' }", "pin.version: " .. SPECIFIER .. '"=1.2" (did you mean \'==1.2\'?)' },
  { "pin { package = 'a', version = '>=1.*' }", "pin.version: " .. SPECIFIER .. '">=1.*"' },
  { "pin { package = 'a', version = '~=1' }", "pin.version: " .. SPECIFIER .. '"~=1"' },
  { "pin { package = 'a', version = '^1.2' }", "pin.version: " .. SPECIFIER .. '"^1.2"' },
  { "deny { package = 'a', version = '' }", "deny.version: " .. SPECIFIER .. '""' },
  { "deny { package = 'a', version = ' ' }", "deny.version: " .. SPECIFIER .. '" "' },
  { "pin { package = 'a', version = ' , ' }", "pin.version: " .. SPECIFIER .. '" , "' },
  { "ignore { id = 'a', version = 2 }", "ignore.version: " .. SPECIFIER .. "2" },
  { "allow { package = 'a', version = { '>=2' } }", "allow.version: " .. SPECIFIER .. "a table" },
  -- matchers
  { "deny { package = 7 }", "deny.package: " .. NAME .. "7" },
  { "deny { package = '' }", "deny.package: " .. NAME .. '""' },
  { "deny { package = 'a b' }", "deny.package: " .. NAME .. '"a b"' },
  { "deny { package = 'requests[socks]' }", "deny.package: " .. NAME .. '"requests[socks]"' },
  { "deny { package = {} }", "deny.package: " .. NAME .. "a table (it is empty)" },
  { "local old deny { package = { old, 'pycrypto' } }",
    "deny.package: " .. NAME .. "a table (an item is nil, or has a name)" },
  { "deny { package = { 'a', old = 'b' } }", "deny.package: " .. NAME .. "a table (an item is nil, or has a name)" },
  { "deny { package = { 'a', 7 } }", "deny.package: " .. NAME .. "7" },
  { "deny { package = { { 'a' } } }", "deny.package: " .. NAME .. "a table" },
  { "deny { package = json.null }", "deny.package: " .. NAME .. "null" },
  { "deny { package = function() end }", "deny.package: " .. NAME .. "a function" },
  { "ignore { id = 'CVE 1' }", "ignore.id: " .. ID .. '"CVE 1"' },
  { "ignore { id = true }", "ignore.id: " .. ID .. "true" },
  { "ignore { path = '' }", "ignore.path: " .. PATH .. '""' },
  { "limit { change = 'minor', package = false }", "limit.package: " .. NAME .. "false" },
  -- lists of words
  { "ignores { require = {} }", "ignores.require: expected a list of reason, expires, owner, ticket, not a table "
    .. "(it is empty)" },
  { "ignores { require = { 'reason', 'expiry' } }",
  "ignores.require: expected a list of reason, expires, owner, ticket, "
    .. 'not "expiry" (did you mean \'expires\'?)' },
  { "ignores { require = { reason = true } }", "ignores.require: expected a list of reason, expires, owner, ticket, "
    .. "not a table (an item is nil, or has a name)" },
  { "local x ignores { require = { 'reason', x, 'owner' } }", "ignores.require: expected a list of reason, expires, "
    .. "owner, ticket, not a table (an item is nil, or has a name)" },
  { "ignores { require = true }", "ignores.require: expected a list of reason, expires, owner, ticket, not true" },
  { "evidence { scanners = { 'pip_audit' } }", "evidence.scanners: expected a list of pip-audit, safety, bandit, osv, "
    .. 'not "pip_audit" (did you mean \'pip-audit\'?)' },
  { "evidence { scanners = 'trivy' }",
    'evidence.scanners: expected a list of pip-audit, safety, bandit, osv, not "trivy"' },
  -- delegation
  { "delegate { ignore = false }", "delegate.ignore: expected true or a table such as { max_severity = \"medium\" }, "
    .. "not false" },
  { "delegate { ignore = 'medium' }",
    'delegate.ignore: expected true or a table such as { max_severity = "medium" }, not "medium"' },
  { "delegate { ignore = {} }", "delegate.ignore needs at least one of max_severity, package, kind" },
  { "local x delegate { ignore = { max_severity = x } }",
    "delegate.ignore needs at least one of max_severity, package, kind" },
  { "delegate { ignore = { max_severty = 'low' } }",
    "delegate.ignore has no field 'max_severty' (did you mean 'max_severity'?)" },
  { "delegate { ignore = { max_severity = 'mid' } }", "delegate.ignore.max_severity: " .. SEVERITY .. '"mid"' },
  { "delegate { ignore = { package = {} } }", "delegate.ignore.package: " .. NAME .. "a table (it is empty)" },
  { "delegate { ignore = { 'low', kind = 'code' } }",
    'delegate.ignore: "low" stands without a name; write field = value' },
  { "delegate { allow = false }", "delegate.allow: expected true, or leave it out, not false" },
  { "delegate { evidence = 'yes' }", 'delegate.evidence: expected true, or leave it out, not "yes"' },
  -- hooks
  { "on('findings', function() end)",
    'on: expected finding, upgrade, package, audit, not "findings" (did you mean \'finding\'?)' },
  { "on(function() end)", "on: expected finding, upgrade, package, audit, not a function" },
  { "on 'finding'", 'on: expected a function, not nil: on("finding", function(f) ... end)' },
  { "on('audit', 'warn')", 'on: expected a function, not "warn": on("audit", function(a) ... end)' },
  { "on('audit', function() end, function() end)", "on takes an event and one function" },
  -- regexes
  { "deny { package = re '(' }", 're "(": missing closing parenthesis at byte 2 of the pattern' },
  { "deny { package = re(7) }", 're takes a pattern: re "^acme-"' },
  { "deny { package = re('a', 'g') }", "re: flags are i, m, s, x and b" },
  { "deny { package = re '(*NO_START_OPT)a' }", 're "(*NO_START_OPT)a": ' },
  -- what is not there
  { "os.execute 'x'", "there is no 'os': policies see no clock, files or programs; clock.today() gives the day" },
  { "print 'x'", "there is no 'print': policies print nothing; give a reason" },
  { "require 'pysec.fs'", "there is no 'require': policies load nothing but by include" },
  { "threshold = 'high'", "'threshold' cannot be set: say local" },
  { "function helper() end", "'helper' cannot be set: say local" },
  { "ignore = nil", "'ignore' cannot be set: say local" },
  { "string.rep = nil", "'string' is shared and cannot be changed" },
  -- errors of the policy's own
  { "local x = nil + 1", "attempt to perform arithmetic on a nil value" },
  { "error 'boom'", "boom" },
  { "error 'two\\nlines'", "two lines" },
  { "local t = {} t[1] = t ignore(t)", "tables nested deeper than 64 levels" },
}

for _, case in ipairs(WRONG) do
  t.test("says what is wrong: " .. case[1], function()
    local message = mistake(case[1])
    local want = "acme.lua:2: " .. case[2]
    t.equal(case[2]:sub(-2) == ": " and message:sub(1, #want) or message, want)
  end)
end

t.test("says where the text is not Lua", function()
  local set, message = support.try "name 'acme'\n\nseverity {"
  t.equal(set, nil)
  t.match(message, "^acme%.lua:3: .*expected")
end)

t.test("takes no bytecode", function()
  local set, message = support.try(string.dump(function() end))
  t.equal(set, nil)
  t.match(message, "^acme%.lua:1: .*binary")
end)

-- --- all at once ---

t.test("reports all mistakes of a text at once, in the order of their lines", function()
  local _, message, mistakes = support.try [[
severity { fial = 'high', warn = 'mid' }
local helper = undefined_thing
deny { package = {} }
denny { package = 'x' }
pin { package = 'a b' }
on('findings', helper)
ignore { id = re '(' , expires = 'x' }
]]
  local lines = {}
  for i, one in ipairs(mistakes) do lines[i] = one.line end
  t.equal(lines, { 1, 1, 2, 3, 4, 5, 5, 6, 7, 7 })
  t.equal(select(2, message:gsub("\n", "\n")), 9)
  for i, line in ipairs(lines) do
    t.match(message, ("acme%%.lua:%d: %s"):format(line, mistakes[i].message:sub(1, 6):gsub("%p", "%%%0")))
  end
end)

t.test("goes on after a mistake, up to where the text cannot go on", function()
  local _, message = support.try "deny { package = 7 }\nlocal x = nil .. 'a'\ndeny { package = 8 }"
  t.contains(message, "acme.lua:1: deny.package")
  t.contains(message, "acme.lua:2: attempt to concatenate")
  t.lacks(message, "acme.lua:3")
end)

t.test("reports the mistakes of several texts at once", function()
  local set, message = support.try { { "one.lua", "deny { package = 1 }" }, { "two.lua", "severity {}" },
    { "three.lua", "name 'right'" }, { "four.lua", "+" } }
  t.equal(set, nil)
  t.match(message, "^four%.lua:1: .*\none%.lua:1: deny%.package: .*\ntwo%.lua:1: severity needs at least one of")
end)

t.test("reports a mistake that a loop makes often once", function()
  local _, message, mistakes = support.try "for i = 1, 100 do\n  deny { package = false }\nend"
  t.equal(#mistakes, 1)
  t.match(message, "^acme%.lua:2: deny%.package: [^\n]*$")
end)

t.test("a mistake that the text swallows stays a mistake", function()
  for _, text in ipairs { "pcall(deny, { package = {} })", "pcall(deny)", "pcall(function() denny {} end)",
    "pcall(re, '(')", "pcall(on, 'findings', error)" } do
    local set, message = support.try(text)
    t.equal(set, nil, text)
    t.match(message, "^acme%.lua:1: ")
  end
end)

t.test("reports a thousand mistakes, and then that there are more", function()
  local _, message, mistakes = support.try "for i = 1, 2000 do deny { ['x' .. i] = 1, package = 'a' } end"
  t.equal(#mistakes, 1001)
  t.contains(message, "acme.lua:1: there are more mistakes, which are not shown")
end)

-- --- places ---

--- What coverage says of the rules of a text: "by rule".
local function places(text, name)
  local list = {}
  for i, rule in ipairs(support.load({ { name or "acme.lua", text } }):coverage().rules) do
    list[i] = rule.by .. " " .. rule.rule
  end
  return list
end

t.test("a rule stands where it is called", function()
  t.equal(places "\n\ndeny { package = 'a' }", { "acme.lua:3 deny" })
  t.equal(places "deny {\n  package = 'a',\n  reason = 'b',\n}", { "acme.lua:1 deny" })
  t.equal(places "on('finding',\n  function()\n  end)\n", { "acme.lua:1 on finding" })
  t.equal(places "local function strict()\n  severity { fail = 'low' }\nend\nstrict()\nstrict()",
    { "acme.lua:2 severity", "acme.lua:2 severity" })
  t.equal(places "for _, name in ipairs { 'a', 'b' } do\n  deny { package = name }\nend",
    { "acme.lua:2 deny", "acme.lua:2 deny" })
  t.equal(places "local function last(name)\n  return deny { package = name }\nend\nlast 'a'", { "acme.lua:2 deny" })
  t.equal(places "\npcall(deny, { package = 'a' })", { "acme.lua:2 deny" })
  t.equal(places "local forbid = deny\nforbid { package = 'a' }", { "acme.lua:2 deny" })
  t.equal(places "deny { package = 'a' } deny { package = 'b' }", { "acme.lua:1 deny", "acme.lua:1 deny" })
end)

t.test("a file is named by its whole name, however long", function()
  local name = ("/a/long/folder"):rep(9) .. "/acme.lua"
  t.equal(places("\ndeny { package = 'a' }", name), { name .. ":2 deny" })
  for text, want in pairs { ["severity {"] = ":1: ", ["local x = nil + 1"] = ":1: attempt", ["\nfoo()"] = ":2: nothing",
    ["\n\ndeny {}"] = ":3: deny needs package" } do
    local set, message = support.try { { name, text } }
    t.equal(set, nil)
    t.equal(message:sub(1, #name + #want), name .. want)
  end
end)

t.test("an error that says no place gets the one where it was raised", function()
  local long = ("/a/long/folder"):rep(9) .. "/acme.lua"
  for text, want in pairs {
    ["\nerror('boom', 0)"] = ":2: boom",
    ["\nlocal function deeper() error {} end\npcall(deeper)\ndeeper()"] = ":2: the policy raised a table",
    ["\nerror(select(2, pcall(error)))"] = ":2: the policy raised a nil",
    ["\nstring.gsub('x', '.', string.rep)"] = ":2: bad argument #2",
    ["\nerror('other.lua:7: boom', 0)"] = ":2: other.lua:7: boom",
    ["return error('boom', 0)"] = ":1: boom",
    ["\27Lua\n"] = ":1: attempt to load a binary chunk",
    -- The host's own words end what runs; a policy does not say them.
    ["\nerror('interrupted', 0)"] = ":2: interrupted",
    ["return error('interrupted', 0)"] = ":1: interrupted",
    ["\nerror('not enough memory', 0)"] = ":1: the policy went over its budget of memory",
  } do
    for _, name in ipairs { "acme.lua", long } do
      local set, message = support.try { { name, text } }
      t.equal(set, nil)
      t.equal(message:sub(1, #name + #want), name .. want)
    end
  end
end)

t.test("two texts of one name are two", function()
  local set = support.load { { "acme.lua", "deny { package = 'a' }" }, { "acme.lua", "deny { package = 'b' }" } }
  t.equal(support.of_packages(set, { { "a", "1" }, { "b", "1" } }),
    { "deny:a fail acme.lua:1", "deny:b fail acme.lua#2:1" })
end)

t.test("rules are made while a policy loads, not in a hook", function()
  for _, text in ipairs { "on('finding', function() deny { package = 'a' } end)",
    "on('finding', function() on('finding', error) end)", "on('finding', deny)" } do
    local decisions, message = support.load(text):decide { support.finding() }
    t.equal(decisions, nil, text)
    t.equal(message, "acme.lua:1: rules are made while a policy loads, not in a hook")
  end
  local set = support.load "on('finding', function(f) pcall(ignore, { id = f.id }) end)"
  t.equal(support.verdict(set), "fail")
  t.equal(#set:coverage().rules, 1)
end)

-- --- an ignore without what is required ---

t.test("an ignore without what a rule requires of it is a mistake, wherever the rule stands", function()
  local _, message = support.try [[
ignore { id = 'CVE-1' }
ignore { id = 'CVE-2', reason = 'ours' }
ignore { id = 'CVE-3', reason = 'ours', expires = '2026-07-01', owner = 'web' }
ignores { require = { 'reason', 'expires' } }
ignores { require = 'owner' }
]]
  t.equal(message, [[
acme.lua:1: this ignore needs expires: acme.lua:4 demands it
acme.lua:1: this ignore needs owner: acme.lua:5 demands it
acme.lua:1: this ignore needs reason: acme.lua:4 demands it
acme.lua:2: this ignore needs expires: acme.lua:4 demands it
acme.lua:2: this ignore needs owner: acme.lua:5 demands it]])
end)

-- --- how much ---

t.test("takes long lists", function()
  local set = support.load [[
local names = {}
for i = 1, 50000 do names[i] = "bad-" .. i end
deny { package = names }
for i = 1, 20000 do ignore { id = "CVE-" .. i, reason = "x" } end
]]
  t.equal(support.of_packages(set, { { "bad-49999", "1" }, { "good", "1" } }), { "deny:bad-49999 fail acme.lua:3" })
  t.equal(support.verdict(set, { id = "CVE-20000" }), "ignore")
end)

t.test("what rules hold is bounded, as it lies outside the sandbox's memory", function()
  for _, text in ipairs { "for i = 1, 1e9 do ignore { id = 'x' .. i } end",
    "local text = ('x'):rep(9000) for i = 1, 1e9 do ignore { id = 'x', reason = text } end",
    "local s, t = ('x'):rep(900), {} for i = 1, 1e4 do t[i] = s end for i = 1, 1e9 do deny { package = t } end",
    "for i = 1, 1e9 do name(('x'):rep(9000)) end", "while true do pcall(ignore, { id = ('x'):rep(999) }) end" } do
    local before = collectgarbage("count")
    local set, message = support.try(text)
    t.equal(set, nil)
    t.contains(message, "acme.lua:1: the rules take more than 64 MiB")
    collectgarbage()
    t.truthy(collectgarbage("count") - before < 50 * 1024, text)
  end
end)

t.test("one text many times in one list is not copied beyond measure", function()
  local set, message = support.try "local s, t = ('x'):rep(500000), {} for i = 1, 1e5 do t[i] = s end ignore { id = t }"
  t.equal(set, nil)
  t.equal(message, "acme.lua:1: the policy hands over more than its budget of memory")
end)

t.test("a word of any length finds its hint at once", function()
  local _, message = support.try
    "local long = ('x'):rep(500000) ignore { [long] = 1, id = 'x' } severity { fail = long }"
  t.equal(message, ("acme.lua:1: ignore has no field '%s...'\nacme.lua:1: severity.fail: %s\"%s...\""):format(
    ("x"):rep(80), SEVERITY, ("x"):rep(80)))
end)

-- --- files ---

t.test("loads files in their order, and names all that cannot be read or is wrong", function()
  local folder = t.files(t.tempdir(), { ["a.lua"] = "severity { warn = 'none' }", ["b.lua"] = "severity { fail = 'x' }",
    ["c.lua"] = "deny { package = 7 }" })
  t.equal(policy.load({ folder .. "/a.lua" }):coverage().rules[1].by, folder .. "/a.lua:1")
  local set, message, mistakes = policy.load { folder .. "/b.lua", folder .. "/missing.lua", folder .. "/a.lua",
    folder .. "/c.lua", "acme" }
  t.equal(set, nil)
  t.equal(#mistakes, 4)
  t.contains(message, folder .. "/b.lua:1: severity.fail: expected none")
  t.contains(message, folder .. "/c.lua:1: deny.package: ")
  t.contains(message, folder .. "/missing.lua: No such file or directory")
  t.contains(message, "acme: no shipped policy is called 'acme'; there are ")
end)

t.test("refuses a file that is too large", function()
  local folder = t.tempdir()
  assert(fs.write(folder .. "/big.lua", "--" .. ("x"):rep(1024 * 1024)))
  local set, message = policy.load { folder .. "/big.lua" }
  t.equal(set, nil)
  t.equal(message, folder .. "/big.lua: File too large")
end)

t.test("refuses a day that is none: an ignore must not live on by it", function()
  for _, today in ipairs { "", "2026-6-1", "tomorrow", 7, "2026-02-30" } do
    t.raises(function() policy.load({}, { today = today }) end, "today: expected a day such as")
  end
end)

return t.finish()
