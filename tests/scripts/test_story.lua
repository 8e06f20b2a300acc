--- The story of a decision: what it says of each verdict, and what it says would change it.
local t = require "harness"
local json = require "pysec.json"
local stored_record = require "lib.stored_record"
local story = require "lib.story"
local story_support = require "story_support"

local finding, record, tell = story_support.finding, story_support.record, story_support.tell

local FAIL = 'severity { fail = "low", unknown = "fail" }\n'

t.test("what it is, by whom it was found, and what fixes it", function()
  local parts = tell(record(FAIL, { finding { score = 8.6, url = "https://x.example" } }), "PYSEC-1")
  t.equal(parts.title, "CVE-2020-1 (PYSEC-1, GHSA-x) in jinja2 2.10")
  t.equal(parts.What, "a vulnerability of severity high (score 8.6), in a direct requirement\nSandbox escape\n"
    .. "https://x.example")
  t.equal(parts["Found by"], "pip-audit, safety")
  t.equal(parts["Fixed in"], "2.9.9, 2.10.1, 3.0")
end)

t.test("it is found by id, alias, package and place, in any case", function()
  local all = record(FAIL .. 'deny { package = "py-crypto" }', { finding(),
    finding { id = "PYSEC-2", aliases = json.array(), package = "py-crypto" },
    finding { id = "B602", aliases = json.array(), kind = "code", package = false, path = "src/a.py", line = 3 } })
  for wanted, count in pairs { ["pysec-1"] = 1, ["cve-2020-1"] = 1, ["ghsa-X"] = 1, ["Jinja2"] = 1, ["Py_Crypto"] = 2,
    ["deny:Py.Crypto"] = 1, ["DENY:py-crypto"] = 1, b602 = 1, ["src/a.py"] = 1, ["src/a.py:3"] = 1, ["src/a.py:4"] = 0,
    ["PYSEC"] = 0, ["deny:jinja2"] = 0 } do
    local _, found = story.find(all, wanted)
    t.equal(found, count, wanted)
  end
end)

t.test("the strictest counts where nothing is ignored", function()
  local parts = tell(record('severity { warn = "low" }\nseverity { fail = "high" }', { finding() }), "jinja2")
  t.equal(parts.Verdict, "fail, by acme.lua:2 (severity): vulnerability of severity high")
  t.equal(parts.Rules, "  acme.lua:1 (severity) says warn: vulnerability of severity high\n"
    .. "* acme.lua:2 (severity) says fail: vulnerability of severity high")
  t.equal(parts.Why, "nothing blocks it and no ignore matches, so that the strictest of fail and warn counts")
  t.equal(parts["To change"], "upgrade jinja2 to 2.10.1 or later\naccept it in a policy: "
    .. 'ignore { id = "CVE-2020-1", package = "jinja2", reason = "..." }, with what the policies demand of ignores')
  parts = tell(record('severity { warn = "low" }', { finding() }), "jinja2")
  t.equal(parts.Why, "nothing blocks it and no ignore matches, so that the one rule that speaks counts")
end)

t.test("a block stands, and no ignore helps", function()
  local parts = tell(record('severity { block = "high" }\nignore { id = "PYSEC-1", reason = "ours" }', { finding() }),
    "jinja2")
  t.equal(parts.Verdict, "block, by acme.lua:1 (severity): vulnerability of severity high")
  t.contains(parts.Rules, "* acme.lua:1 (severity)")
  t.equal(parts.Why, "a block stands, whatever else is said: no ignore counts against it")
  t.match(parts["To change"], "\nno ignore helps, .* only changing acme%.lua:1 %(severity%) does$")
  t.lacks(parts["To change"], "accept it")
end)

t.test("an ignore counts until its last day, and something else after it", function()
  local parts = tell(record(FAIL .. 'ignore { id = "PYSEC-1", reason = "ours", expires = "2027-01-31" }',
    { finding() }), "jinja2")
  t.equal(parts.Verdict, "ignore, by acme.lua:2 (ignore): ours")
  t.equal(parts.Why, "nothing blocks it, and an ignore comes before fail and warn")
  t.contains(parts.Rules, "* acme.lua:2 (ignore) says ignore: ours")
  t.contains(parts["To change"], "\nwait: the ignore of acme.lua:2 counts through 2027-01-31; after it, the verdict is "
    .. "fail, by acme.lua:1 (severity)")
end)

t.test("an ignore without an end is taken away; what else there is, decides", function()
  local ignore = 'ignore { id = "PYSEC-1", reason = "ours" }\n'
  local function change(text) return tell(record(text, { finding() }), "jinja2")["To change"] end
  t.contains(change('severity { warn = "low" }\n' .. ignore),
    "take acme.lua:2 (ignore) away; without it, the verdict is warn, by acme.lua:1 (severity)")
  t.contains(change(ignore), "take acme.lua:1 (ignore) away; without it, it fails, since no other rule speaks of it")
  t.contains(change(ignore .. ignore), "without it, acme.lua:2 (ignore) ignores it as well")
  t.contains(change(ignore .. 'ignore { package = "jinja2", expires = "2020-01-01" }'), "without it, it fails")
end)

t.test("the day is in the notices of reports whose traces lack it", function()
  local all = record(FAIL .. 'ignore { id = "PYSEC-1", expires = "2026-06-05" }', { finding() })
  for _, spoken in ipairs(all.decisions[1].trace) do spoken.expires = nil end
  t.contains(tell(all, "jinja2")["To change"], "counts through 2026-06-05")
  all.notices[1].kind = "void"
  t.contains(tell(all, "jinja2")["To change"], "take acme.lua:2 (ignore) away")
end)

t.test("a void ignore is told with why, and what it takes to make it count", function()
  local parts = tell(record(FAIL .. 'ignores { max_severity = "low" }\nignore { id = "PYSEC-1", reason = "ours" }',
    { finding() }), "jinja2")
  t.contains(parts.Rules,
    "  acme.lua:3 (ignore) says ignore, which is void: the severity is high, and acme.lua:2 allows low (ours)")
  t.match(parts.Why, "every ignore that matches is void, so that the one rule that speaks counts")
  t.contains(parts["To change"], "\nmake acme.lua:3 (ignore) count: it is void, the severity is high")
  t.lacks(parts["To change"], "accept it")
end)

t.test("of two ignores at one place, a void one and one that counts, the latter decides", function()
  local parts = tell(record('for _, day in ipairs { "2020-01-01", "2027-01-01" } do '
    .. 'ignore { id = "PYSEC-1", expires = day } end', { finding() }), "jinja2")
  t.match(parts.Rules, "^  acme%.lua:1 %(ignore%) says ignore, which is void[^\n]*\n%* acme%.lua:1")
end)

t.test("an alias that is the id again is told once", function()
  local all = record(FAIL, { finding { aliases = json.array { "CVE-2020-1", "PYSEC-1", "CVE-2020-1" } } })
  t.equal(tell(all, "jinja2").title, "CVE-2020-1 (PYSEC-1) in jinja2 2.10")
end)

t.test("where no rule speaks, it fails", function()
  local parts = tell(record('severity { kind = "code", fail = "low" }', { finding() }), "jinja2")
  t.equal(parts.Verdict, "fail, by pysec itself: no rule speaks of it, and what nobody accepted fails")
  t.equal(parts.Rules, "  no rule")
  t.equal(parts.Why, "no rule decides it (no ignore matches), and what nobody accepted fails")
end)

t.test("a project's policy that may not let it pass", function()
  local parts = tell(record('severity { kind = "code", fail = "low" }', { finding() }, nil,
    'severity { warn = "low" }'), "jinja2")
  t.match(parts.Verdict, "^fail, by pysec itself")
  t.match(parts.Rules, "^  [^*]*pysec%.lua:1 %(severity%) says warn")
  t.match(parts.Why, "only a project's own policy speaks of it, which may not let it pass beside a given one$")
end)

t.test("without a fix there is nothing to upgrade to", function()
  local parts = tell(record(FAIL, { finding { fix_versions = json.array() } }), "jinja2")
  t.equal(parts["Fixed in"], "none known")
  t.match(parts["To change"], "^no fixed version is known: replace jinja2, or wait for one\n")
end)

t.test("findings of policies name the rule to change, and what else helps", function()
  local function change(text, id)
    local all = record(FAIL .. text, { finding() })
    return tell(all, id)["To change"]
  end
  t.match(change('deny { package = "jinja2" }', "deny:jinja2"),
    "^remove jinja2, or install a version that is not denied\nchange acme%.lua:2 %(deny%)\naccept it in a policy: "
    .. 'ignore { id = "deny:jinja2", reason')
  t.lacks(change('deny { package = "jinja2" }\nignore { id = "deny:jinja2", expires = "2020-01-01" }', "deny:jinja2"),
    "change acme.lua:3")
  t.match(change('pin { package = "jinja2", version = "<2" }', "pin:jinja2"),
    "^install a version of jinja2 that the pin lets in\nchange acme%.lua:2 %(pin%)\n")
  t.match(change('allow { package = "flask" }', "allow:jinja2"), "^remove jinja2, or add it to the allow list\n")
  t.match(change('on("package", function() return "fail", "no" end)', "package:jinja2"),
    "^change acme%.lua:2 %(on package%)\n")
  local all = record(FAIL .. 'on("audit", function() return "fail", "large" end)', {})
  t.equal(tell(all, "audit:acme.lua:2").title, "audit:acme.lua:2 in the audit as a whole")
end)

t.test("code is changed where it stands", function()
  local parts = tell(record('severity { kind = "code", warn = "none" }', { finding { id = "B602",
    aliases = json.array(), kind = "code", package = false, path = "src/a.py", line = 3,
    confidence = "high" } }), "B602")
  t.equal(parts.title, "B602 in src/a.py:3")
  t.match(parts.What, "^a finding in code of severity high, confidence high")
  t.match(parts["To change"], '^change the code at src/a%.py:3\naccept it in a policy: '
    .. 'ignore { id = "B602", path = "src/a%.py", reason')
  t.equal(parts["Fixed in"], nil)
end)

t.test("what was fixed, and packages that have upgrades alone", function()
  local all = record(FAIL, {}, { fixed = json.array { finding() }, upgrades = json.array {
    { package = "jinja2", from = "2.10", to = "3.0", state = "applied",
      fixes = json.array { "PYSEC-1" } },
    { package = "flask", from = "1.0", to = "2.0", state = "refused", by = "acme.lua:4",
      rule = "limit", reason = "no" },
    { package = "idna", to = "3.0", state = "applied" } } })
  local parts = tell(all, "CVE-2020-1")
  t.equal(parts.Upgrade, "from 2.10 to 3.0 was applied; it fixed PYSEC-1")
  t.equal(tell(all, "PYSEC-1"), parts)
  t.equal(parts.Verdict, "none: it was there at the start of the run, and is fixed")
  parts = tell(all, "Flask")
  t.equal({ parts.title, parts.Upgrade, parts["To change"] }, { "flask",
    "from 1.0 to 2.0 was refused by acme.lua:4 (limit): no", "change acme.lua:4 (limit), which refuses flask 2.0" })
  t.equal(tell(all, "idna").Upgrade, "3.0 (new) was applied")
end)

t.test("what somebody may have meant", function()
  local all = record(FAIL, { finding(), finding { id = "PYSEC-2", aliases = json.array { "CVE-2020-12" } } })
  t.equal(story.nearest(all, "cve-2020-13"), { "CVE-2020-1", "CVE-2020-12" })
  t.equal(story.nearest(all, "jinja3"), { "jinja2" })
  t.equal(story.nearest(all, "zzzzzzzzzzzzzzzzzzzz"), {})
end)

t.test("a report that is odd or lacks things is read as far as it goes", function()
  local odd = '{"decisions": [{"finding": {"id": "A", "package": "b", "severity": "low", "fix_versions": ["x", "2"]},'
    .. '"verdict": "fail", "by": null, "reason": 7, "trace": [7, null, {"verdict": "what"}, {"by": [], '
    .. '"void": true}]}],'
    .. '"upgrades": [{"package": "b", "fixes": [1, {}]}, "no"], "held_back": {"a": 1}, "notices": null}'
  local all = assert(stored_record.read(json.decode(odd)))
  local parts = tell(all, "b")
  t.equal(parts.Verdict, "fail, by a rule that is not recorded: 7")
  for text, problem in pairs {
    ["[]"] = "holds no decisions", ['{"a": 1}'] = "holds no decisions", ["7"] = "holds no decisions",
    ['{"decisions": {}}'] = "expected a list", ['{"decisions": [{"verdict": "fail"}]}'] = "has no finding with an id",
    ['{"decisions": [{"finding": {"id": "A", "package": "b"}, "verdict": "maybe"}]}'] = "its verdict is none of",
    ['{"decisions": [{"finding": {"id": "A"}, "verdict": "fail"}]}'] = "decision 1 %(A%): it has neither",
    ['{"decisions": [], "fixed": [{"id": "A"}]}'] = "fixed finding 1 %(A%): it has neither",
  } do
    local read, message = stored_record.read(json.decode(text))
    t.equal(read, nil, text)
    t.match(message, problem, text)
  end
end)

return t.finish()
