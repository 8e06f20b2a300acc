--- Who has the say: given policies over the project's own, what is delegated, and what may be included from where.
local t = require "harness"
local policy = require "pysec.policy"
local support = require "policy_support"

local STRICT = "severity { fail = 'none', unknown = 'fail' }\n"

--- The verdict on the usual finding under a given and a project's policy, and the notices of what is void.
local function verdict(given, project, fields)
  local set = support.with_project(given, project)
  return support.verdict(set, fields), set
end

-- --- a project on its own ---

t.test("with no given policy the project decides freely", function()
  for text, want in pairs { ["ignore { package = '*', reason = 'x' }"] = "ignore",
    ["severity { warn = 'none' }"] = "warn",
    ["on('finding', function() return 'ignore' end)"] = "ignore", [""] = "fail" } do
    local set = support.with_project(nil, text)
    t.equal(support.verdict(set), want, text)
    t.equal(#set:notices(), 0, text)
  end
  local set = support.with_project(nil, "evidence { expected_skips = 'acme-*' } allow { package = 'a' }")
  t.equal(set:evidence({ { scanner = "osv", status = "incomplete", only_skips = true,
    skipped = { { name = "acme-x" } } } })
    [1].status, "complete")
end)

t.test("the shipped policy applies where nothing is given or found", function()
  t.equal(support.verdict(assert(policy.load {}), { kind = "code" }), "warn")
  t.equal(support.verdict(support.with_project(nil, ""), { kind = "code" }), "fail")
  t.equal(support.verdict(support.load "", { kind = "code" }), "fail")
end)

-- --- a project beside a given policy ---

t.test("a project may tighten", function()
  for project, want in pairs {
    ["severity { block = 'high' }"] = "block", ["severity { fail = 'high' }"] = "fail",
    ["on('finding', function() return 'fail', 'x' end)"] = "fail",
    ["on('finding', function() return 'block' end)"] = "block",
    [""] = "warn", ["severity { warn = 'none' }"] = "warn",
  } do
    local set, path = support.with_project("severity { warn = 'none' }", project)
    local decision = support.decide(set)
    t.equal(decision.verdict, want, project)
    if want ~= "warn" then t.equal(decision.by, path .. ":1") end
    t.equal(#set:notices(), 0, project)
  end
end)

t.test("a project's rules on packages and upgrades add to the given ones", function()
  local set, path = support.with_project("deny { package = 'a' } pin { package = 'b', version = '>=1' }", [[
deny { package = "c" }
pin { package = "b", version = "<2" }
limit { change = "minor" }
on("package", function(p) if p.name == "d" then return "fail", "x" end end)
on("upgrade", function(u) if u.package == "e" then return "refuse", "x" end end)
]])
  t.equal(support.of_packages(set, { { "a", "1" }, { "b", "2" }, { "b", "0" }, { "c", "1" }, { "d", "1" } }),
    { "deny:a fail acme.lua:1", "pin:b fail acme.lua:1", "pin:b fail " .. path .. ":2", "deny:c fail " .. path .. ":1",
      "package:d fail " .. path .. ":4" })
  t.equal(support.admits(set, "b", "1.0", "1.5"), true)
  t.equal(support.admits(set, "b", "1.0", "2.0"), path .. ":2 it is pinned to <2")
  t.equal(support.admits(set, "x", "1.0", "2.0"), path .. ":3 at most a minor upgrade is allowed")
  t.equal(support.admits(set, "e", "1.0", "1.1"), path .. ":5 x")
  t.equal(support.narrowing(set, "b", "1.0"), ">=1 <2 ==1.*")
end)

t.test("a finding that only the project's own rules make has the verdict that they give", function()
  local set, path = support.with_project(STRICT, [[
on("package", function(p) return "warn", "look at it" end)
on("audit", function(a) return "warn", "look at all" end)
]])
  local decisions = assert(set:decide({}, { packages = { { name = "a", version = "1" } } }))
  t.equal({ decisions[1].verdict, decisions[1].by, decisions[2].verdict, decisions[2].by },
    { "warn", path .. ":1", "warn", path .. ":2" })
  t.equal(#set:notices(), 0)
end)

t.test("where the project fails what no given rule speaks of, its rule is named", function()
  local set, path = support.with_project("severity { kind = 'code', warn = 'none' }", "severity { fail = 'low' }")
  local decision = support.decide(set)
  t.equal({ decision.verdict, decision.by, decision.rule }, { "fail", path .. ":1", "severity" })
end)

--- Each way of a project to let the finding pass, beside a policy that fails it.
local LOOSENING = {
  "ignore { id = 'CVE-2019-10906', reason = 'x', expires = '2026-06-30', owner = 'me' }",
  "ignore { package = '*' }", "ignore { package = re '.' }", "on('finding', function() return 'ignore', 'x' end)",
  "on('package', function() return 'ignore', 'x' end)", "severity { warn = 'none', unknown = 'warn' }",
  "on('finding', function() return 'warn', 'x' end)", "delegate { ignore = true } ignore { package = '*' }",
  "include 'default' ignore { package = '*' }", "ignores { max_severity = 'critical' } ignore { package = '*' }",
  "on('finding', function(f) f.severity = 'none' return nil end)", "severity { warn = 'critical' }",
}

t.test("a project may not loosen", function()
  for _, project in ipairs(LOOSENING) do
    for _, given in ipairs { STRICT, "", "severity { fail = 'high' }",
      "on('finding', function() return 'fail' end)" } do
      t.equal(verdict(given, project), "fail", given .. project)
    end
    t.equal(verdict("severity { block = 'high' }", project), "block", project)
  end
end)

t.test("a project may not ignore what a given policy only warns of", function()
  t.equal(verdict("severity { warn = 'none' }", "ignore { package = '*' }"), "warn")
  t.equal(verdict("severity { warn = 'none' }", "on('finding', function() return 'ignore' end)"), "warn")
end)

t.test("what is void in a project's policy is said, in the decision and in the notices", function()
  local set, path = support.with_project(STRICT, "\nignore { id = 'CVE-2019-10906', reason = 'ours' }")
  local decision = support.decide(set)
  t.equal(decision.trace[2], { rule = "ignore", by = path .. ":2", verdict = "ignore", void = true,
    reason = "void, a project's policy may not ignore what a given one lets fail (ours)" })
  t.equal(support.notices(set, "void"), { path .. ":2 the ignore of CVE-2019-10906 is void: a project's policy may not "
    .. "ignore what a given one lets fail" })
end)

t.test("a project's hook that ignores in vain is said", function()
  for _, event in ipairs { "finding", "package" } do
    local set, path = support.with_project(STRICT, ("on('%s', function() return 'ignore', 'x' end)"):format(event))
    support.decide(set)
    t.equal(support.notices(set, "void"),
      { path .. ":1 what the hook ignores is void: a project's policy may not ignore "
      .. "what a given one lets fail" })
  end
end)

t.test("a project's warning that cannot count is said", function()
  local set, path = support.with_project("", "severity { warn = 'none' }")
  support.decide(set)
  t.equal(support.notices(set, "loosens"),
    { path .. ":1 has no effect: a project's policy may not let pass what no given rule accepts" })
end)

t.test("a project delegates nothing, and that is said", function()
  local set, path = support.with_project(STRICT, "delegate { ignore = true, allow = true, evidence = true }\n"
    .. "ignore { package = '*' } allow { package = '*' } evidence { expected_skips = '*' }")
  t.equal(support.verdict(set), "fail")
  t.contains(table.concat(support.notices(set, "loosens"), "\n"),
    path .. ":1 has no effect: only a given policy delegates")
end)

t.test("limits of given policies bind a project's ignores, a project's limits bind its own alone", function()
  local delegating = "delegate { ignore = true }\n"
  t.equal(verdict(delegating .. "ignores { max_severity = 'low' }", "ignore { package = '*' }"), "fail")
  t.equal(verdict(delegating .. "ignores { max_days = 10 }", "ignore { package = '*', expires = '2026-06-30' }"),
    "fail")
  t.equal(verdict(delegating .. "ignores { max_days = 10 }", "ignore { package = '*', expires = '2026-06-10' }"),
    "ignore")
  t.equal(verdict(delegating, "ignores { max_severity = 'low' } ignore { package = '*' }"), "fail")
  t.equal(verdict(delegating .. "ignore { package = 'jinja2' }", "ignores { max_severity = 'low' }"), "ignore")
end)

t.test("what a given policy requires of ignores, a project's have to have", function()
  local folder = t.files(t.tempdir(), { ["pysec.lua"] = "\nignore { package = 'a' }",
    ["other.lua"] = "ignores { require = 'owner' }" })
  local set, message = support.try("ignores { require = 'reason' }", { project = folder .. "/pysec.lua" })
  t.equal({ set, message },
    { nil, folder .. "/pysec.lua:2: this ignore needs reason: acme.lua:1 demands it" })
  t.truthy(support.try("ignore { package = 'a' }", { project = folder .. "/other.lua" }))
end)

-- --- delegation ---

t.test("a project ignores what is delegated", function()
  local project = "ignore { package = '*', reason = 'x' }"
  for given, want in pairs {
    ["delegate { ignore = true }"] = "ignore", ["delegate { ignore = { max_severity = 'high' } }"] = "ignore",
    ["delegate { ignore = { max_severity = 'medium' } }"] = "fail",
    ["delegate { ignore = { package = 'jinja*' } }"] = "ignore",
    ["delegate { ignore = { package = 'flask' } }"] = "fail",
    ["delegate { ignore = { kind = 'vulnerability' } }"] = "ignore",
    ["delegate { ignore = { kind = 'code' } }"] = "fail",
    ["delegate { ignore = { kind = 'vulnerability', max_severity = 'low' } }"] = "fail",
    ["delegate { ignore = { package = 'jinja2', max_severity = 'critical' } }"] = "ignore",
    ["delegate { allow = true, evidence = true }"] = "fail",
    ["delegate { ignore = { kind = 'code' } } delegate { ignore = { max_severity = 'high' } }"] = "ignore",
  } do
    t.equal(verdict(STRICT .. given, project), want, given)
    t.equal(verdict(STRICT .. given, "on('finding', function() return 'ignore', 'x' end)"), want, given)
    t.equal(verdict(given .. " severity { block = 'none' }", project), "block", given)
  end
end)

t.test("an unknown severity is beyond what is delegated, but for critical", function()
  local project = "ignore { package = '*' }"
  for _, severity in ipairs { "unknown", "HIGH", false } do
    t.equal(verdict("delegate { ignore = { max_severity = 'high' } }", project, { severity = severity }), "fail")
    t.equal(verdict("delegate { ignore = { max_severity = 'critical' } }", project, { severity = severity }), "ignore")
  end
end)

t.test("what is beyond the delegation is said", function()
  local set, path = support.with_project("\ndelegate { ignore = { max_severity = 'low' } }",
    "ignore { package = 'jinja2' }")
  support.decide(set)
  t.equal(support.notices(set, "void"),
    { path .. ":1 the ignore of jinja2 is void: a project's policy may not ignore this: "
    .. "it is beyond what acme.lua:2 delegates" })
end)

t.test("a finding without a package is in no delegation of packages", function()
  t.equal(verdict("delegate { ignore = { package = '*' } }", "ignore { id = '*' }", { package = false }), "fail")
end)

t.test("a denial is ignored by a project only where it is delegated", function()
  local function decide(given)
    local set = support.with_project("deny { package = 'a' } " .. given, "ignore { id = 'deny:*' }")
    return assert(set:decide({}, { packages = { { name = "a", version = "1" } } }))[1].verdict
  end
  t.equal(decide "", "fail")
  t.equal(decide "delegate { ignore = { max_severity = 'high' } }", "fail")
  t.equal(decide "delegate { ignore = { kind = 'vulnerability' } }", "fail")
  t.equal(decide "delegate { ignore = { kind = 'policy' } }", "ignore")
end)

t.test("a project's allow list narrows the given one, and adds to it where that is delegated", function()
  local packages = { { "a", "1" }, { "b", "1" }, { "c", "1" } }
  local set, path = support.with_project("allow { package = { 'a', 'b' } }", "allow { package = { 'b', 'c' } }")
  t.equal(support.of_packages(set, packages),
    { "allow:a fail " .. path .. ":1", "allow:c fail acme.lua:1" })
  t.equal(support.notices(set, "loosens"),
    { path .. ":1 has no effect: only a given policy adds to a given allow list" })
  set = support.with_project("allow { package = { 'a', 'b' } } delegate { allow = true }",
    "allow { package = { 'b', 'c' } }")
  t.equal(support.of_packages(set, packages), {})
  t.equal(support.of_packages(set, { { "d", "1" } }), { "allow:d fail acme.lua:1" })
  t.equal(#set:notices(), 0)
  set, path = support.with_project("delegate { allow = true }", "allow { package = 'a' }")
  t.equal(support.of_packages(set, { { "d", "1" } }), { "allow:d fail " .. path .. ":1" })
end)

t.test("a project's allow list lets no upgrade through that the given one does not", function()
  local set = support.with_project("allow { package = 'a', version = '<2' }", "allow { package = 'a' }")
  t.equal(support.admits(set, "a", "1", "1.5"), true)
  t.equal(support.admits(set, "a", "1", "2"), "acme.lua:1 its version is not on the allow list")
  t.equal(support.narrowing(set, "a", "1"), "<2")
  set = support.with_project("allow { package = 'a', version = '<2' } delegate { allow = true }",
    "allow { package = 'a', version = '>=3' }")
  t.equal({ support.admits(set, "a", "1", "1.5"), support.admits(set, "a", "1", "3") }, { true, true })
  t.equal(support.narrowing(set, "a", "1"), "", "no specifier has both")
end)

t.test("a project says what scanners may skip only where that is delegated", function()
  local items = { { scanner = "osv", status = "incomplete", only_skips = true, skipped = { { name = "Acme_X" } } } }
  local project = "evidence { expected_skips = 'acme-*', max_database_age = 9 }"
  local set, path = support.with_project("evidence { max_database_age = 1 }", project)
  t.equal(set:evidence(items)[1].status, "incomplete")
  t.equal(support.notices(set, "loosens"),
    { path .. ":1 has no effect: only a given policy says which packages scanners may skip" })
  set = support.with_project("delegate { evidence = true }", project)
  t.equal(set:evidence(items)[1].status, "complete")
  set = support.with_project("delegate { ignore = true, allow = true }", project)
  t.equal(set:evidence(items)[1].status, "incomplete")
end)

t.test("a project asks for more evidence, never for less", function()
  local items = { { scanner = "osv", status = "complete", skipped = {}, database = { age_days = 5 } } }
  local function reasons(given, project)
    local list = {}
    for _, item in ipairs(support.with_project(given, project):evidence(items)) do
      if item.scanner == "policy" then list[#list + 1] = item.reason:match "^.-:%d+: (.*)$" end
    end
    return list
  end
  local old = "the database that osv used is 5 days old, and the policy allows %d"
  t.equal(reasons("evidence { max_database_age = 3 }", "evidence { max_database_age = 30 }"), { old:format(3) })
  t.equal(reasons("evidence { max_database_age = 30 }", "evidence { max_database_age = 4 }"), { old:format(4) })
  t.equal(reasons("", "evidence { scanners = 'bandit' }"), { "the policy wants bandit, which did not run" })
end)

-- --- names, files and folders ---

t.test("a rule of a project is not taken for a given one with the same file and line", function()
  -- The project's folder holds a file that is called as the shipped policy is.
  local folder = t.files(t.tempdir(), { ["policies/default.lua"] = "\n\n\nignore { package = '*' }\n",
    ["pysec.lua"] = "include 'policies/default.lua'" })
  local result = require "pysec.tool".run { t.program, "--scripts", t.root .. "/scripts", "run", t.root
    .. "/tests/fixtures/policies/same_name.lua", cwd = folder, timeout = 60 }
  t.equal({ result.stdout, result.stderr }, { "fail policies/default.lua:4\nwarn policies/default.lua:5\n", "" })
end)

t.test("a shipped name means the shipped policy whatever lies in the current folder", function()
  local folder = t.files(t.tempdir(), { ["default/soft.lua"] = "ignore { package = '*' }",
    ["acme/a.lua"] = "name 'mine'" })
  local result = require "pysec.tool".run { t.program, "--scripts", t.root .. "/scripts", "run", t.root
    .. "/tests/fixtures/policies/titles.lua", "default", "./default", "acme", cwd = folder, timeout = 60 }
  t.equal({ result.stdout, result.stderr }, { "default: default\n./default: \nacme: mine\n", "" })
end)

t.test("a folder stands for the policies directly in it, in the order of their names", function()
  local folder = t.files(t.tempdir(), { ["b.lua"] = "deny { package = 'a' }", ["a.lua"] = "\ndeny { package = 'a' }",
    ["a_test.lua"] = "error 'a test'", ["notes.txt"] = "error 'a text'", ["sub/c.lua"] = "error 'below'" })
  local set = assert(policy.load { folder })
  local list = {}
  for i, rule in ipairs(set:coverage().rules) do list[i] = rule.by end
  t.equal(list, { folder .. "/a.lua:2", folder .. "/b.lua:1" })
  local none, message = policy.load { folder .. "/sub/..", t.files(t.tempdir(), { ["x.txt"] = "" }) }
  t.equal(none, nil)
  t.match(message, ": no policy %(%*%.lua%) is in this folder$")
end)

t.test("a policy that is given twice, or given and the project's, is loaded once, as given", function()
  local folder = t.files(t.tempdir(), { ["pysec.lua"] = "ignore { package = 'jinja2' }", ["acme.lua"] = STRICT })
  local set = assert(policy.load({ folder .. "/acme.lua", folder .. "/./acme.lua", folder .. "/pysec.lua" },
    { project = folder .. "/pysec.lua" }))
  t.equal(#set:coverage().rules, 2)
  t.equal(support.verdict(set), "ignore")
end)

t.test("a project's file that is not there is a mistake", function()
  local set, message = policy.load({}, { project = "/nonexistent/pysec.lua" })
  t.equal({ set, message }, { nil, "/nonexistent/pysec.lua: No such file or directory" })
end)

t.test("the shipped names are there", function()
  local names = policy.shipped()
  t.contains(" " .. table.concat(names, " ") .. " ", " default ")
  for _, name in ipairs(names) do assert(policy.load { name }) end
  local set, message = policy.load { "defualt" }
  t.equal(set, nil)
  t.match(message, "^defualt: no shipped policy is called 'defualt' %(did you mean 'default'%?%); there are [%a, -]+$")
end)

-- --- include ---

--- Loads a file of a folder that holds these. Returns what load returns, and the folder.
local function load_folder(files, main)
  local folder = t.files(t.tempdir() .. "/tree", files)
  local set, message, mistakes = policy.load({ folder .. "/" .. (main or "main.lua") }, { today = support.today })
  return set, message and message:gsub(folder:gsub("%p", "%%%0") .. "/", ""), mistakes, folder
end

t.test("includes files beside and below, whose rules stand where the include stands", function()
  local set, message, _, folder = load_folder {
    ["main.lua"] = "deny { package = 'a' }\ninclude 'beside.lua'\ninclude 'below/one.lua'\ndeny { package = 'b' }",
    ["beside.lua"] = "deny { package = 'c' }", ["below/one.lua"] = "include 'deep/two.lua'\ndeny { package = 'd' }",
    ["below/deep/two.lua"] = "\ndeny { package = 'e' }" }
  t.equal(message, nil)
  local list = {}
  for i, rule in ipairs(set:coverage().rules) do list[i] = rule.by:sub(#folder + 2) end
  t.equal(list, { "main.lua:1", "beside.lua:1", "below/deep/two.lua:2", "below/one.lua:2", "main.lua:4" })
end)

t.test("includes shipped policies by name", function()
  local set = assert(load_folder { ["main.lua"] = "include 'default'" })
  t.equal(support.decide(set).by, "policies/default.lua:4")
  t.equal(support.decide(support.load "include 'default'").by, "policies/default.lua:4")
end)

t.test("refuses what is not beside or below", function()
  local away = "only files beside or below this one can be included"
  for _, case in ipairs {
    { "../outside.lua", away }, { "below/../../outside.lua", away }, { "..", away }, { ".", away },
    { "link.lua", away }, { "linked/outside.lua", away }, { "./link.lua", away },
    { "/etc/hostname", "expected a path relative to this file, or a shipped policy's name" },
    { "missing.lua", "missing.lua: No such file or directory" }, { "below", "no shipped policy is called 'below'" },
    { "defualt", "no shipped policy is called 'defualt' (did you mean 'default'?)" },
    { "below/", "Is a directory" }, { "main.lua/x", "Not a directory" },
  } do
    local folder = t.files(t.tempdir(), { ["outside.lua"] = "ignore { package = '*' }",
      ["tree/main.lua"] = ("\ninclude '%s'"):format(case[1]), ["tree/below/x.lua"] = "" })
    for link, target in pairs { ["link.lua"] = "../outside.lua", linked = ".." } do
      assert(require "pysec.tool".run { "ln", "-s", target, folder .. "/tree/" .. link }.code == 0)
    end
    local set, message = policy.load { folder .. "/tree/main.lua" }
    t.equal(set, nil, case[1])
    local want = ("%s/tree/main.lua:2: include %q: "):format(folder, case[1])
    t.equal(message:sub(1, #want), want)
    t.contains(message, case[2], case[1])
    t.lacks(message, "\n")
  end
end)

t.test("an included file includes beside and below itself, not beside who included it", function()
  local set, message = load_folder { ["main.lua"] = "include 'below/one.lua'",
    ["below/one.lua"] = "\n\ninclude '../beside.lua'", ["beside.lua"] = "" }
  t.equal(set, nil)
  t.equal(message, 'below/one.lua:3: include "../beside.lua": only files beside or below this one can be included')
end)

t.test("a link within the tree may be included", function()
  local folder = t.files(t.tempdir(), { ["main.lua"] = "include 'link.lua'",
    ["below/real.lua"] = "deny { package = 'a' }" })
  assert(require "pysec.tool".run { "ln", "-s", "below/real.lua", folder .. "/link.lua" }.code == 0)
  t.equal(support.of_packages(assert(policy.load { folder .. "/main.lua" }), { { "a", "1" } }),
    { ("deny:a fail %s/link.lua:1"):format(folder) })
end)

t.test("a file that is included twice, in a circle or by two, counts once", function()
  local set = assert(load_folder { ["main.lua"] = "include 'a.lua' include 'b.lua' include 'a.lua' include 'main.lua'",
    ["a.lua"] = "include 'c.lua' include 'main.lua'", ["b.lua"] = "include 'c.lua' include 'b.lua'",
    ["c.lua"] = "deny { package = 'a' }" })
  t.equal(#set:coverage().rules, 1)
end)

t.test("includes go sixteen files deep", function()
  local files = { ["main.lua"] = "include 'f2.lua'" }
  for i = 2, 17 do files[("f%d.lua"):format(i)] = ("include 'f%d.lua'"):format(i + 1) end
  files["f17.lua"] = "ignore { package = '*' }"
  local set, message = load_folder(files)
  t.equal({ set, message }, { nil, "f16.lua:1: include: more than 16 files, one in the other" })
  files["f16.lua"] = "deny { package = 'a' }"
  t.truthy(load_folder(files))
end)

t.test("mistakes of included files have their own places, together with all others", function()
  local set, message = load_folder { ["main.lua"] = "deny {}\ninclude 'a.lua'\ninclude 'b.lua'\npin {}",
    ["a.lua"] = "\nseverity { fial = 'high' }", ["b.lua"] = "deny { package = " }
  t.equal(set, nil)
  t.match(message, "^a%.lua:2: severity has no field 'fial' %(did you mean 'fail'%?%)\nb%.lua:1: .*\n"
    .. "main%.lua:1: deny needs package.*\nmain%.lua:4: pin needs package")
end)

t.test("a policy that is no file includes shipped policies alone", function()
  local set, message = support.try "include 'beside.lua'"
  t.equal({ set, message },
    { nil, 'acme.lua:1: include "beside.lua": a policy that is no file includes shipped policies alone' })
end)

t.test("what a project includes has a project's authority", function()
  local folder = t.files(t.tempdir(), { ["pysec.lua"] = "include 'soft.lua'",
    ["soft.lua"] = "ignore { package = '*' }" })
  local set = support.load(STRICT, { project = folder .. "/pysec.lua" })
  t.equal(support.verdict(set), "fail")
end)

return t.finish()
