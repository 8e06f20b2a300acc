--- What a report tells of the rules themselves: ignores that expired, end soon, matched nothing or are void.
local t = require "harness"
local json = require "pysec.json"
local support = require "policy_support"

--- The notices after the usual finding was decided, as "kind by message".
local function notices(text, fields, options)
  local set = support.load(text, options)
  if fields ~= false then support.decide(set, fields) end
  local list = {}
  for i, notice in ipairs(set:notices()) do
    t.equal(notice.rule, notice.message:find "hook" and "on finding" or "ignore")
    list[i] = ("%s %s %s"):format(notice.kind, notice.by, notice.message)
  end
  return list
end

t.test("there is nothing to tell of an ignore that counts", function()
  t.equal(notices "ignore { id = 'CVE-2019-10906', reason = 'x' }", {})
  t.equal(notices "ignore { id = 'CVE-2019-10906', expires = '2027-01-01' }", {})
  t.equal(json.encode(support.load(""):notices()), "[]")
end)

t.test("tells of expired ignores, whether they match or not", function()
  for _, id in ipairs { "CVE-2019-10906", "CVE-1999-1" } do
    t.equal(notices(("\nignore { id = '%s', expires = '2026-05-31' }"):format(id)),
      { ("expired acme.lua:2 the ignore of %s expired on 2026-05-31"):format(id) })
  end
end)

t.test("tells of ignores that end within fourteen days, today among them", function()
  for expires, want in pairs { ["2026-06-01"] = "today", ["2026-06-02"] = "tomorrow", ["2026-06-03"] = "in 2 days",
    ["2026-06-15"] = "in 14 days" } do
    t.equal(notices(("ignore { id = 'CVE-2019-10906', expires = '%s' }"):format(expires)),
      { ("expiring acme.lua:1 the ignore of CVE-2019-10906 expires %s, on %s"):format(want, expires) })
  end
  t.equal(notices "ignore { id = 'CVE-2019-10906', expires = '2026-06-16' }", {})
end)

t.test("tells of ignores that matched nothing", function()
  t.equal(notices "ignore { id = 'X', package = { 'a*', re 'b' } }",
    { 'stale acme.lua:1 the ignore of X in a*, re "..." matched nothing: it can be removed' })
  t.equal(notices "ignore { path = 'src/*' }",
    { "stale acme.lua:1 the ignore of src/* matched nothing: it can be removed" })
  t.equal(notices "ignore { package = 'jinja2', version = '<2' }",
    { "stale acme.lua:1 the ignore of jinja2 matched nothing: it can be removed" })
end)

t.test("an ignore of what a block stands over did match", function()
  t.equal(notices "ignore { id = 'CVE-2019-10906' } severity { block = 'high' }", {})
end)

t.test("what matched in one of several decisions is not stale", function()
  local set = support.load "ignore { id = 'X' } ignore { id = 'CVE-2019-10906' }"
  support.decide(set)
  t.equal(#support.notices(set, "stale"), 1)
  support.decide(set, { id = "X", aliases = false })
  t.equal(#support.notices(set, "stale"), 0)
end)

t.test("before anything was decided nothing is stale", function()
  t.equal(notices("ignore { id = 'X' } ignore { id = 'Y', expires = '2020-01-01' }", false), {})
end)

t.test("tells of ignores beyond a limit, with the limit", function()
  t.equal(notices "ignore { id = 'CVE-2019-10906' } ignores { max_days = 9 }",
    { "void acme.lua:1 the ignore of CVE-2019-10906 is void: it never expires, and acme.lua:1 allows 9 days" })
  t.equal(notices "ignore { id = 'CVE-2019-10906', expires = '2026-08-01' }\nignores { max_days = 9 }",
    { "void acme.lua:1 the ignore of CVE-2019-10906 is void: it expires on 2026-08-01, and acme.lua:2 allows 9 days" })
  t.equal(notices "ignore { id = 'CVE-2019-10906' } ignores { max_severity = 'low' }",
    { "void acme.lua:1 the ignore of CVE-2019-10906 is void: the severity is high, and acme.lua:1 allows low" })
end)

t.test("an ignore that can never count is void, whether it matches or not", function()
  t.equal(notices "ignore { id = 'X' } ignores { max_days = 9 }",
    { "void acme.lua:1 the ignore of X is void: it never expires, and acme.lua:1 allows 9 days" })
end)

t.test("tells each reason once, however many findings it met", function()
  local set = support.load "ignore { package = 'jinja2' } ignores { max_severity = 'low' }"
  assert(set:decide { support.finding(), support.finding(), support.finding { severity = "critical" } })
  t.equal(support.notices(set, "void"), {
    "acme.lua:1 the ignore of jinja2 is void: the severity is critical, and acme.lua:1 allows low",
    "acme.lua:1 the ignore of jinja2 is void: the severity is high, and acme.lua:1 allows low" })
end)

t.test("tells of a hook whose ignores are void", function()
  t.equal(notices "on('finding', function() return 'ignore', 'x' end) ignores { require = 'expires' }",
    { "void acme.lua:1 what the hook ignores is void: it has no expires, which acme.lua:1 demands" })
end)

t.test("the notices are in the order of the rules, and the same each time", function()
  local text = [[
ignore { id = "C" }
ignore { id = "A", expires = "2020-01-01" }
ignore { id = "B", expires = "2026-06-02" }
]]
  local want = { "stale acme.lua:1 the ignore of C matched nothing: it can be removed",
    "expired acme.lua:2 the ignore of A expired on 2020-01-01",
    "stale acme.lua:3 the ignore of B matched nothing: it can be removed",
    "expiring acme.lua:3 the ignore of B expires tomorrow, on 2026-06-02" }
  t.equal(notices(text), want)
  t.equal(notices(text), want)
end)

return t.finish()
