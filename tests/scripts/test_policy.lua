--- Policies: what the shipped one decides, what severity rules say, and mistakes with file, line and a hint.
local t = require "harness"
local engine = require "lib.policy"
local fs = require "pysec.fs"
local policy = require "pysec.policy"

local function compile(text, name)
  local set, message = engine.compile { { text = text, name = name or "acme.lua" } }
  return assert(set, message)
end

local function finding(severity, kind)
  return { id = "CVE-1", kind = kind or "vulnerability", package = "a", version = "1", severity = severity }
end

local SEVERITIES = { "unknown", "none", "low", "medium", "high", "critical" }

--- The verdicts on a finding of each severity, from unknown to critical.
local function verdicts(set, kind)
  local list = {}
  for i, severity in ipairs(SEVERITIES) do list[i] = set:decide({ finding(severity, kind) })[1].verdict end
  return table.concat(list, " ")
end

t.test("fails every vulnerability and warns about code where nobody says otherwise", function()
  local set = assert(policy.load {})
  t.equal(verdicts(set), "fail fail fail fail fail fail")
  t.equal(verdicts(set, "code"), "warn warn warn warn warn warn")
  t.equal(verdicts(set, "policy"), "fail fail fail fail fail fail")
end)

t.test("names the rule of the shipped policy that decided", function()
  local decisions = assert(policy.load {}):decide { finding "high", finding("low", "code") }
  t.equal(decisions[1].finding, finding "high")
  t.match(decisions[1].by, "^policies/default%.lua:%d+$")
  t.truthy(decisions[1].by ~= decisions[2].by)
  t.equal({ decisions[1].rule, decisions[1].reason }, { "severity", "vulnerability of severity high" })
  t.equal(decisions[2].reason, "code finding of severity low")
  t.equal(decisions[1].trace, { { rule = "severity", by = decisions[1].by, verdict = "fail",
    reason = "vulnerability of severity high" } })
end)

t.test("fails what no rule speaks of", function()
  local decision = compile("severity { kind = 'code', warn = 'low' }"):decide({ finding "high" })[1]
  t.equal({ decision.verdict, decision.by, decision.rule, decision.trace }, { "fail", "pysec", "otherwise", {} })
end)

t.test("gives the verdict of the severity that is reached", function()
  t.equal(verdicts(compile "severity { block = 'critical', fail = 'high', warn = 'low', unknown = 'warn' }"),
    "warn fail warn warn fail block")
  t.equal(verdicts(compile "severity { warn = 'none', unknown = 'block' }"), "block warn warn warn warn warn")
end)

t.test("takes the strictest of several rules, and traces them all", function()
  local set = compile "severity { warn = 'low' }\nseverity { fail = 'high' }\nseverity { warn = 'high' }\n"
  t.equal(verdicts(set), "fail fail warn warn fail fail")
  local decision = set:decide({ finding "high" })[1]
  t.equal({ decision.by, #decision.trace }, { "acme.lua:2", 3 })
end)

t.test("joins several policies and remembers whose rule it was", function()
  local set = assert(engine.compile { { text = "name 'one'\nseverity { warn = 'none' }", name = "one.lua" },
    { text = "\n\nseverity { block = 'critical' }", name = "two.lua" } })
  t.equal(set.names, { "one" })
  t.equal(set:coverage(), { "one.lua:2", "two.lua:3" })
  t.equal(set:decide({ finding "critical" })[1].by, "two.lua:3")
end)

t.test("decides every finding, in their order", function()
  local list = { finding "low", finding("high", "code"), finding "unknown" }
  local decisions = compile("severity { warn = 'none' }"):decide(list)
  for i, decision in ipairs(decisions) do t.equal(decision.finding, list[i]) end
  t.equal(#decisions, 3)
  t.equal(compile(""):decide {}, {})
end)

t.test("allows every upgrade: no rule refuses one so far", function()
  local upgrades = { { package = "a", to = "2" }, { package = "b", to = "3" } }
  t.equal(compile(""):judge(upgrades), { { package = "a", to = "2", allowed = true },
    { package = "b", to = "3", allowed = true } })
end)

t.test("lets a policy use locals, loops and comments", function()
  local set = compile "local words = { 'low', 'high' } -- both\nfor i = 1, #words do severity { warn = words[i] } end"
  t.equal(set:coverage(), { "acme.lua:2", "acme.lua:2" })
end)

local MISTAKES = {
  ["severity { fial = 'high' }"] = "acme.lua:2: severity has no field 'fial' (did you mean 'fail'?)",
  ["severity { fail = 'hihg' }"] =
    "acme.lua:2: severity.fail: expected none, low, medium, high, critical, not hihg (did you mean 'high'?)",
  ["severity { fail = 'unknown' }"] =
    "acme.lua:2: severity.fail: expected none, low, medium, high, critical, not unknown",
  ["severity { unknown = 'high' }"] = "acme.lua:2: severity.unknown: expected warn, fail, block, not high",
  ["severity { kind = 'codes' }"] =
    "acme.lua:2: severity.kind: expected vulnerability, code, policy, not codes (did you mean 'code'?)",
  ["severity { fail = 7 }"] = "acme.lua:2: severity.fail: expected none, low, medium, high, critical, not 7",
  ["severity { 'high' }"] = "acme.lua:2: severity has no field '1'",
  ["severity 'high'"] = 'acme.lua:2: severity takes a table: severity { fail = "high" }',
  ["name { 'x' }"] = "acme.lua:2: name takes a text",
  ["severty { fail = 'high' }"] = "acme.lua:2: no rule is called 'severty' (did you mean 'severity'?)",
  ["print 'x'"] = "acme.lua:2: no rule is called 'print'",
  ["os.execute 'x'"] = "acme.lua:2: no rule is called 'os'",
  ["threshold = 'high'"] = "acme.lua:2: 'threshold' cannot be set; use local",
  ["local x = nil + 1"] = "acme.lua:2: attempt to perform arithmetic on a nil value",
}

for text, want in pairs(MISTAKES) do
  t.test("says where and what is wrong: " .. text, function()
    local set, message = engine.compile { { text = "name 'acme'\n" .. text .. "\nname 'end'", name = "acme.lua" } }
    t.equal({ set, message }, { nil, want })
  end)
end

t.test("says where the text is not Lua", function()
  local set, message = engine.compile { { text = "name 'acme'\n\nseverity {", name = "acme.lua" } }
  t.equal(set, nil)
  t.match(message, "^acme%.lua:3: .*expected")
end)

t.test("names a file by its whole name, however long", function()
  local name = ("/a/long/folder"):rep(9) .. "/acme.lua"
  for text, want in pairs { ["severity {"] = ":1: ", ["local x = nil + 1"] = ":1: attempt",
    ["\nfoo()"] = ":2: no rule" } do
    local set, message = engine.compile { { text = text, name = name } }
    t.equal(set, nil)
    t.equal(message:sub(1, #name + #want), name .. want)
  end
end)

t.test("names the line of a rule also from within a loop or a function of the policy", function()
  local set = compile "local function strict()\n  severity { fail = 'low' }\nend\nstrict()\n"
  t.equal(set:coverage(), { "acme.lua:2" })
end)

t.test("takes no bytecode", function()
  local set = engine.compile { { text = string.dump(function() end), name = "acme.lua" } }
  t.equal(set, nil)
end)

t.test("keeps a policy from the globals of the host", function()
  for _, text in ipairs { "require 'pysec.fs'", "_G.x = 1", "setmetatable({}, {})", "rawset(_ENV, 'x', 1)",
    "load 'x'" } do
    t.equal(engine.compile { { text = text, name = "acme.lua" } }, nil, text)
  end
end)

t.test("loads files, in their order, and names what cannot be read", function()
  local folder = t.files(t.tempdir(), { ["a.lua"] = "severity { warn = 'none' }", ["b.lua"] = "severity { fail = 'x' }",
    ["pysec.lua"] = "name 'mine'" })
  t.equal(policy.load({ folder .. "/a.lua", folder .. "/pysec.lua" }):coverage(), { folder .. "/a.lua:1" })
  local set, message = policy.load { folder .. "/a.lua", folder .. "/b.lua" }
  t.equal(set, nil)
  t.contains(message, folder .. "/b.lua:1: severity.fail: expected none")
  set, message = policy.load { folder .. "/missing.lua" }
  t.equal(set, nil)
  t.match(message, "missing%.lua: No such file")
  assert(fs.write(folder .. "/big.lua", "--" .. ("x"):rep(1024 * 1024)))
  t.equal(policy.load { folder .. "/big.lua" }, nil)
end)

return t.finish()
