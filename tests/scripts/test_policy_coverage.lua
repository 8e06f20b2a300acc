--- Which rules and which lines of hooks were reached.
local t = require "harness"
local support = require "policy_support"

--- The rules of a set as "by rule hits".
local function rules_of(set)
  local list = {}
  for i, rule in ipairs(set:coverage().rules) do list[i] = ("%s %s %d"):format(rule.by, rule.rule, rule.hits) end
  return list
end

t.test("counts what each rule met", function()
  local set = support.load [[
name "acme"
severity { fail = "high" }
severity { kind = "code", warn = "low" }
ignore { id = "CVE-2019-10906" }
ignore { id = "X" }
deny { package = "jinja2" }
deny { package = "flask" }
pin { package = "jinja2", version = ">=2" }
allow { package = "jinja2" }
limit { change = "minor" }
evidence { max_database_age = 7 }
on("finding", function(f) end)
on("upgrade", function(u) end)
]]
  t.equal(rules_of(set), { "acme.lua:2 severity 0", "acme.lua:3 severity 0", "acme.lua:4 ignore 0",
    "acme.lua:5 ignore 0",
    "acme.lua:6 deny 0", "acme.lua:7 deny 0", "acme.lua:8 pin 0", "acme.lua:9 allow 0", "acme.lua:10 limit 0",
    "acme.lua:11 evidence 0", "acme.lua:12 on finding 0", "acme.lua:13 on upgrade 0" })
  assert(set:decide { support.finding() })
  set:admits("flask", "1.0", "2.0")
  set:admits("jinja2", "2.0", "2.1")
  set:evidence {}
  t.equal(rules_of(set), { "acme.lua:2 severity 1", "acme.lua:3 severity 0", "acme.lua:4 ignore 1",
    "acme.lua:5 ignore 0",
    "acme.lua:6 deny 2", "acme.lua:7 deny 1", "acme.lua:8 pin 2", "acme.lua:9 allow 1", "acme.lua:10 limit 0",
    "acme.lua:11 evidence 1", "acme.lua:12 on finding 2", "acme.lua:13 on upgrade 0" })
end)

-- The line of its `end` runs when the function is made, too.
t.test("a hook's lines are those that only it can run, and hit those that it did", function()
  local set = support.load([[
local function helper(f)
  return f.severity
end
on("finding", function(f)
  local severity = helper(f)
  if severity == "high" then
    return "warn", "high"
  elseif severity == "low" then
    return "warn", "low"
  end
  -- nothing
end)
on("upgrade", function(u)
  return "refuse"
end)
]], { coverage = true })
  local function lines()
    local reached, missed = {}, {}
    for _, line in ipairs(set:coverage().lines) do
      t.equal(line.path, "acme.lua")
      table.insert(line.hit and reached or missed, line.line)
    end
    return { table.concat(reached, " "), table.concat(missed, " ") }
  end
  t.equal(lines(), { "", "5 6 7 8 9 14" })
  support.decide(set)
  t.equal(lines(), { "5 6 7", "8 9 14" })
  support.decide(set, { severity = "low" })
  support.decide(set, { severity = "medium" })
  set:admits("a", "1", "2")
  t.equal(lines(), { "5 6 7 8 9 14", "" })
end)

t.test("a line of two hooks is told once", function()
  local set = support.load("local function hook()\n  return\nend on('finding', hook) on('finding', hook)",
    { coverage = true })
  local line = { path = "acme.lua", line = 2, hit = false, source = "acme.lua#1" }
  t.equal(set:coverage().lines, { line })
  support.decide(set)
  line.hit = true
  t.equal(set:coverage().lines, { line })
end)

t.test("a hook on one line counts as a rule alone", function()
  local set = support.load("on('finding', function() end)", { coverage = true })
  t.equal({ #set:coverage().rules, #set:coverage().lines }, { 1, 0 })
end)

t.test("an included policy has its own lines", function()
  local folder = t.files(t.tempdir(), { ["main.lua"] = "include 'below/x.lua'",
    ["below/x.lua"] = "on('finding', function()\n  return 'warn'\nend)" })
  local set = assert(require "pysec.policy".load({ folder .. "/main.lua" }, { coverage = true }))
  support.decide(set)
  local lines = set:coverage().lines
  t.equal({ lines[1].path, lines[1].line, lines[1].hit }, { folder .. "/below/x.lua", 2, true })
end)

t.test("two sets count for themselves", function()
  local one, two = support.load "deny { package = 'jinja2' }", support.load "deny { package = 'jinja2' }"
  support.decide(one)
  t.equal({ rules_of(one), rules_of(two) }, { { "acme.lua:1 deny 1" }, { "acme.lua:1 deny 0" } })
end)

return t.finish()
