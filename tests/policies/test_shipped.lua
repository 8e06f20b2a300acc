--- The shipped policies: each loads by its name, alone and beside the others, has tests that reach all of it, and
-- examples in its comments that are right.
local t = require "harness"
local fs = require "pysec.fs"
local policy = require "pysec.policy"
local support = require "support"
local templates = require "policies.templates"

local folder = t.root .. "/policies"

local function load_text(text)
  return policy.load({}, { sources = { { name = "acme.lua", text = text } }, today = "2026-11-24" })
end

t.test("the shipped policies are the files of the folder", function()
  local files = {}
  for _, name in ipairs(assert(fs.list(folder))) do
    local stem = name:match("^(.*)%.lua$")
    if stem and not stem:match("_test$") then files[#files + 1] = stem end
  end
  table.sort(files)
  t.equal(policy.shipped(), files)
  for _, name in ipairs { "allow-list", "compliance", "cooldown", "default", "deny-list", "ignore-list", "patch-only",
    "relaxed", "strict", "version-pins" } do
    t.contains(" " .. table.concat(files, " ") .. " ", " " .. name .. " ")
  end
end)

for _, name in ipairs(policy.shipped()) do
  t.test(name .. " loads by its name, is included by it, and has a test", function()
    local set = assert(policy.load { name })
    t.equal(set.titles, { name })
    local including = assert(load_text(("include %q"):format(name)))
    t.equal({ including.titles, #including.rules }, { { name }, #set.rules })
    t.truthy(fs.stat(("%s/%s_test.lua"):format(folder, name)), name .. " has no test")
  end)

  t.test("the examples in the comments of " .. name .. " are right", function()
    assert(load_text(templates.filled_in(name)))
  end)
end

t.test("the lists to copy have examples", function()
  for name, rule in pairs { ["allow-list"] = "allow", ["ignore-list"] = "ignore", ["version-pins"] = "pin" } do
    local before, after = assert(policy.load { name }), assert(load_text(templates.filled_in(name)))
    t.truthy(#after.rules >= #before.rules + 3, name)
    t.equal(after.rules[#before.rules + 1].rule == rule or after.rules[1].rule == rule, true, name)
  end
end)

t.test("all of them go together, in any order", function()
  local names, reversed = policy.shipped(), {}
  for i, name in ipairs(names) do reversed[#names + 1 - i] = name end
  local finding = { id = "CVE-1", kind = "vulnerability", package = "jinja2", version = "1", severity = "critical",
    fix_versions = { "2" } }
  for _, list in ipairs { names, reversed } do
    local decisions = assert(assert(policy.load(list)):decide { finding })
    t.equal({ decisions[1].verdict, decisions[2].finding.id }, { "block", "allow:jinja2" })
  end
end)

t.test("compliance takes no ignore that nobody signs, ignore-list none without an end", function()
  local fields = { owner = 'owner = "web"', reason = 'reason = "x"', expires = 'expires = "2026-12-01"' }
  for policy_name, demanded in pairs { compliance = { "owner", "reason", "expires" },
    ["ignore-list"] = { "reason", "expires" } } do
    for _, left_out in ipairs(demanded) do
      local given = {}
      for field, text in pairs(fields) do given[#given + 1] = field ~= left_out and text or nil end
      local set, message = load_text(('include "%s"\nignore { id = "CVE-1", %s }'):format(policy_name,
        table.concat(given, ", ")))
      t.equal(set, nil, left_out)
      t.match(message, ("^acme%%.lua:2: this ignore needs %s: policies/%s%%.lua:%%d+ demands it$"):format(left_out,
        (policy_name:gsub("%-", "%%-"))))
    end
  end
end)

t.test("their tests pass and reach every rule and every line of a hook", function()
  support.expect(0, { "test", "policies", "--coverage-min", "100" }, { cwd = t.root })
end)

return t.finish()
