--- What the policies leave of the versions that packages may go to: with policies and an index that are none.
local listing = require "plan.listing"
local Narrow = require "plan.narrow"
local refusals = require "plan.refusals"
local solver = require "solver"
local support = require "policy_support"
local t = require "harness"
local version = require "pysec.version"
local waiting = require "plan.waiting"

--- Policies: `rules` are what set:narrowing returns by name, `refuse(upgrade)` gives a reason or nil.
local function policies(rules, refuse)
  local set = { judged = {} }
  function set:narrowing(name, present)
    local list = rules[name] or {}
    return type(list) == "function" and list(present) or list
  end
  function set.needs_releases() return false end
  function set:judge(upgrades)
    for _, item in ipairs(upgrades) do
      table.insert(self.judged, item)
      local reason = refuse and refuse(item)
      item.allowed = not reason
      if reason then item.state, item.by, item.rule, item.reason = "refused", "acme.lua:7", "upgrade", reason end
    end
    return upgrades
  end
  return set
end

local function pin(specifier)
  return { { specifier = specifier, by = "acme.lua:3", rule = "pin", reason = "LTS" } }
end

--- A target that holds these packages, { name = version }.
local function target_with(present, origins)
  local target = { kind = "file", path = "requirements.txt", packages = {} }
  if origins then target.environment = { by_name = {} } end
  for name, at in pairs(present) do
    table.insert(target.packages, { name = name, version = at, direct = true })
    if origins then target.environment.by_name[name] = { origin = origins[name] } end
  end
  return target
end

local function narrowed(present, set, origins)
  return Narrow.new({}, target_with(present, origins), set, present, {})
end

--- Lets the index have these versions while `body` runs. Returns the lists of names that it was asked for.
local function with_index(versions, body)
  local kept, asked = listing.fetch, {}
  listing.fetch = function(_, list)
    local found = {}
    for _, name in ipairs(list) do
      asked[#asked + 1] = name
      found[name] = versions[name] or {}
    end
    return found
  end
  local ok, problem = pcall(body)
  listing.fetch = kept
  if not ok then error(problem, 0) end
  return asked
end

local function upgrade(name, from, to)
  return { package = name, from = from, to = to, state = "planned", fixes = {}, change = "other", kind = "update" }
end

local function refuse_majors(item)
  return item.from and version.change(item.from, item.to) == "major" and "major" or nil
end

t.test("rules that the present version keeps bind at once, others where the package moves anyway", function()
  local narrow = narrowed({ django = "4.2.1", flask = "0.12", idna = "2.7" },
    policies { django = pin "~=4.2.0", flask = pin ">=1", idna = {} })
  t.equal(narrow:lines {}, { "django~=4.2.0" })
  t.equal(narrow:lines { flask = "2.2.5" }, { "django~=4.2.0", "flask>=1" })
  t.equal(narrow:is_active(), true)
  t.equal(narrowed({ idna = "2.7" }, policies {}):is_active(), false)
end)

t.test("each rule is a line of its own, and the limits reach a problem as a function of its bounds", function()
  local set = policies { flask = { pin("~=2.2")[1], pin("!=2.2.4")[1], pin("===2.2.5")[1] } }
  local problem = narrowed({ flask = "2.2.5" }, set):apply {}
  t.equal(problem.limits {}, { "flask~=2.2", "flask!=2.2.4", "flask===2.2.5" })
end)

t.test("what came from a URL is not narrowed: nothing moves it", function()
  local narrow = narrowed({ app = "1.0", flask = "2.2" }, policies { app = pin "==1.*", flask = pin "==2.*" },
    { app = "url" })
  t.equal(narrow:lines {}, { "flask==2.*" })
end)

t.test("where nothing is present, every rule binds", function()
  local target = target_with { flask = "3.1" }
  local narrow = Narrow.new({}, target, policies { flask = pin "<3" }, {}, {})
  t.equal(narrow:lines {}, { "flask<3" })
end)

t.test("one refused version takes out all that would be refused, and keeps the highest that would not", function()
  local set = policies({}, refuse_majors)
  local narrow = narrowed({ flask = "0.12" }, set)
  local asked = with_index({ flask = { "2.0", "1.0", "0.12.5", "0.12.1", "0.12", "0.11" } }, function()
    t.equal(narrow:refuses { upgrade("flask", "0.12", "2.0") }, true)
  end)
  t.equal(asked, { "flask" })
  t.equal(narrow:lines {}, { "flask<=0.12.5" })
  t.equal(narrow:refuses { upgrade("flask", "0.12", "0.12.5") }, false)
  for _, item in ipairs(set.judged) do t.truthy(item.to ~= "0.11" and item.to ~= "0.12", item.to) end
end)

t.test("what would be refused below the highest admitted version is taken out by itself", function()
  local narrow = narrowed({ flask = "1.0" }, policies({}, function(item)
    return (item.to == "1.1" or item.to == "3.0") and "broken" or nil
  end))
  with_index({ flask = { "1.0", "1.1", "1.2", "3.0" } }, function()
    narrow:refuses { upgrade("flask", "1.0", "3.0") }
  end)
  t.equal(narrow:lines {}, { "flask<=1.2,!=1.1" })
end)

t.test("where nothing else is admitted the present version stays; its local part is no part of a bound", function()
  local narrow = narrowed({ flask = "1.0+ours" }, policies({}, function() return "frozen" end))
  with_index({ flask = { "1.0", "1.1" } }, function()
    narrow:refuses { upgrade("flask", "1.0+ours", "1.1") }
  end)
  t.equal(narrow:lines {}, { "flask<=1.0" })
end)

t.test("a package that comes in new gets its rules first; refused still, it is judged version by version", function()
  local narrow = narrowed({ flask = "1.0" }, policies({ click = pin "<8" }, function(item)
    return item.package == "click" and version.matches(item.to, ">=7.1") and "too new" or nil
  end))
  local asked = with_index({ click = { "6.0", "7.0", "7.1" } }, function()
    t.equal(narrow:refuses { upgrade("click", nil, "8.1") }, true)
    t.equal(narrow:lines {}, { "click<8" })
    t.equal(narrow:refuses { upgrade("click", nil, "7.1") }, true)
  end)
  t.equal(asked, { "click" })
  t.equal(narrow:lines {}, { "click<8", "click<=7.0" })
end)

t.test("a new package of which no version is admitted does not come in", function()
  local narrow = narrowed({}, policies({}, function() return "abandoned" end))
  with_index({ pycrypto = { "2.6", "2.6.1" } }, function() narrow:refuses { upgrade("pycrypto", nil, "2.6.1") } end)
  t.equal(narrow:lines {}, { "pycrypto<0" })
end)

t.test("an index that tells nothing costs a set for each version, until the package stays as it is", function()
  local narrow = narrowed({ flask = "1.0" }, policies({}, function() return "no" end))
  with_index({}, function()
    for i = 1, 6 do t.equal(narrow:refuses { upgrade("flask", "1.0", "2." .. i) }, true) end
    t.equal(narrow:lines {}, { "flask!=2.1,!=2.2,!=2.3,!=2.4,!=2.5,!=2.6" })
    t.equal(narrow:refuses { upgrade("flask", "1.0", "2.7"), upgrade("click", nil, "8.0") }, true)
  end)
  t.equal(narrow:lines {}, { "click<0", "flask<=1.0" })
end)

t.test("sets that are refused for ever come to an end that names the rule", function()
  local narrow = narrowed({ flask = "1.0" }, policies({}, function() return "no" end))
  local ok, problem = pcall(function()
    with_index({}, function()
      for _ = 1, 50 do narrow:refuses { upgrade("flask", "1.0", "2.0") } end
    end)
  end)
  t.equal(ok, false)
  t.match(problem.incomplete, "flask 2%.0 by acme%.lua:7: no")
end)

t.test("policies that cannot judge end the run with their message", function()
  local set = policies {}
  function set.judge() return nil, "acme.lua:4: the policy used up its instructions" end
  t.raises(function() narrowed({}, set):judge {} end, "^acme%.lua:4: the policy used up")
end)

t.test("hooks see what an alternative would fix", function()
  local finding = { package = "flask", version = "1.0", id = "PYSEC-1", kind = "vulnerability",
    fix_versions = { "0.9", "1.2" } }
  local set = policies({}, function(item) return #item.fixes == 0 and "fixes nothing" or nil end)
  local narrow = Narrow.new({}, target_with { flask = "1.0" }, set, { flask = "1.0" }, { finding })
  with_index({ flask = { "1.1", "1.2", "1.3" } }, function() narrow:refuses { upgrade("flask", "1.0", "1.3") } end)
  t.equal(narrow:lines {}, { "flask<=1.3,!=1.1" })
end)

t.test("a resolver's conflict is told with the rules of what it names, what was taken out, or else all", function()
  local target = { kind = "file", path = "requirements.txt",
    packages = { { name = "zope-interface", version = "1.0" }, { name = "zope", version = "1.0" } } }
  local narrow = Narrow.new({}, target, policies({ ["zope-interface"] = pin "<2", zope = pin "<3" },
    function() return "no" end), { zope = "1.0", ["zope-interface"] = "1.0" }, {})
  t.equal(narrow:explain "zope-interface>=2 is needed",
    "zope-interface>=2 is needed; the policies say: zope-interface<2 (acme.lua:3: LTS)")
  t.equal(narrow:explain "conflict",
    "conflict; the policies say: zope-interface<2 (acme.lua:3: LTS), zope<3 (acme.lua:3: LTS)")
  with_index({}, function() narrow:refuses { upgrade("click", nil, "8.0") } end)
  t.equal(narrow:explain "conflict", "conflict; the policies say: click is refused (acme.lua:7: no)")
  t.equal(narrowed({ flask = "1.0" }, policies {}):explain "conflict", "conflict")
end)

t.test("pip's list of versions is read; what is none is empty", function()
  t.equal(listing.parse '{"name": "flask", "versions": ["1.1", "1.0"], "latest": "1.1"}', { "1.1", "1.0" })
  for _, text in ipairs { "", "ERROR", "[]", '{"versions": 1}', '{"versions": [1, {}]}', "null" } do
    t.equal(listing.parse(text), {}, text)
  end
end)

t.test("what is to be left out stays as it is, also where nothing else speaks of it", function()
  local target = target_with { jinja2 = "2.10", torch = "1.0+cu118", idna = "2.7" }
  local present = { jinja2 = "2.10", torch = "1.0+cu118", idna = "2.7" }
  local narrow = Narrow.new({}, target, policies {}, present, {}, { jinja2 = true, torch = true, absent = true })
  t.equal(narrow:lines {}, { "jinja2<=2.10", "torch<=1.0" })
end)

-- --- cooldowns: real policies, on 2026-06-01 ---

--- A narrow under a policy of this text; `days` is what the index told: { name = { [version] = day, or { released,
-- yanked } } }. `present` and `own` as of Narrow.new.
local function cooled(text, present, days, own)
  local job = { releases = {} }
  for name, versions in pairs(days) do
    job.releases[name] = {}
    for of, day in pairs(versions) do
      job.releases[name][of] = type(day) == "table" and day or { released = day or nil }
    end
  end
  return Narrow.new(job, target_with(present), support.load(text), present, own or {})
end

local DAYS = { flask = { ["1.0"] = "2018-04-26", ["1.1"] = "2026-05-01",
  ["1.2"] = { released = "2026-05-02", yanked = true }, ["1.3"] = "2026-05-03", ["2.0rc1"] = "2026-05-04",
  ["2.0"] = "2026-05-30", ["1.2.1"] = "2026-05-31" } }

t.test("all versions that are too young or withdrawn are taken out at once, by what the index told already", function()
  local narrow = cooled("cooldown { days = 7 }", { flask = "1.0" }, DAYS)
  local asked = with_index({}, function() t.equal(narrow:refuses { upgrade("flask", "1.0", "2.0") }, true) end)
  t.equal({ asked, narrow:lines {} }, { {}, { "flask<=1.3,!=1.2,!=1.2.1" } })
  t.equal(narrow:refuses { upgrade("flask", "1.0", "1.3") }, false)
end)

t.test("an index that lists no version is asked by pip, as without a cooldown", function()
  local narrow = cooled("cooldown { days = 7 }", { flask = "1.0" }, { flask = {} })
  local asked = with_index({ flask = { "1.0", "1.1" } }, function()
    narrow:refuses { upgrade("flask", "1.0", "1.1") }
  end)
  t.equal({ asked, narrow:lines {} }, { { "flask" }, { "flask<=1.0" } })
end)

t.test("a pre-release that waits is taken out as well, though lists leave it out", function()
  local narrow = cooled("cooldown { days = 7 }", { flask = "1.3" },
    { flask = { ["2.0rc1"] = "2026-05-30", ["2.0"] = "2026-05-01" } })
  narrow:refuses { upgrade("flask", "1.3", "2.0rc1") }
  t.equal(narrow:lines {}, { "flask<=2.0,!=2.0rc1" })
end)

t.test("upgrades say what a cooldown asks for: day, withdrawal, severities of what they fix", function()
  local own = { { package = "flask", id = "A", severity = "high" },
    { package = "idna", id = "B", severity = "critical" } }
  local narrow = cooled("cooldown { days = 7, security = { critical = 0, high = 1, unknown = 2 } }",
    { flask = "1.0", idna = "2" }, { flask = DAYS.flask, idna = {} }, own)
  local list = { upgrade("flask", "1.0", "2.0"), upgrade("flask", "1.0", "1.2"), upgrade("idna", "2", "3") }
  list[1].fixes, list[3].fixes = { "A", "B" }, { "B" }
  t.equal(#narrow:judge(list), 1)
  t.equal({ list[1].released, list[1].severities, list[1].allowed }, { "2026-05-30", { "high", "unknown" }, true })
  t.equal({ list[2].yanked, list[2].severities, list[2].allowed }, { true, nil, false })
  t.equal({ list[3].released, list[3].severities, list[3].allowed }, { nil, { "critical" }, true })
end)

t.test("without a cooldown no index is asked", function()
  local narrow = Narrow.new({}, target_with { flask = "1.0" }, support.load "limit { change = 'major' }",
    { flask = "1.0" }, {})
  local item = upgrade("flask", "1.0", "2.0")
  t.equal({ #narrow:judge { item }, item.released }, { 0, nil })
end)

t.test("a step that is judged again fixes what it fixed in the plan, and no other step does", function()
  local own = { { package = "flask", id = "A", severity = "critical" } }
  local narrow = cooled("cooldown { days = 7, security = { critical = 0 } }", { flask = "1.0" }, DAYS, own)
  local planned = upgrade("flask", "1.0", "2.0")
  planned.fixes = { "A" }
  t.equal(narrow:refuses { planned }, false)
  local again, other = upgrade("flask", "1.0", "2.0"), upgrade("flask", "1.0", "1.2.1")
  t.equal(#narrow:judge { again, other }, 1)
  t.equal({ again.fixes, again.kind, other.allowed, other.fixes }, { { "A" }, "security", false, {} })
end)

-- --- what waits is told ---

local function made_of(narrow, fields)
  local made = { target = narrow.target, narrow = narrow, upgrades = {}, refused = {}, held_back = {} }
  for key, value in pairs(fields) do made[key] = value end
  waiting.tell(made)
  return made
end

local function waiting_flask()
  local narrow = cooled("cooldown { days = 7 }", { flask = "1.0" }, DAYS)
  narrow:refuses { upgrade("flask", "1.0", "1.2.1") }
  narrow:refuses { upgrade("flask", "1.0", "2.0") }
  return narrow
end

t.test("what a cooldown took out of the sets is held back, with the day on which it is free", function()
  local made = made_of(waiting_flask(), { upgrades = { upgrade("flask", "1.0", "1.3") } })
  t.equal(made.held_back, { { package = "flask", version = "1.3", latest = "2.0", rule = "cooldown", by = "acme.lua:1",
    reason = "released on 2026-05-30, waits 7 days: free on 2026-06-06", free_on = "2026-06-06",
    target = "requirements.txt" } })
  t.equal(made_of(waiting_flask(), {}).held_back[1].version, "1.0", "what stays")
end)

t.test("it is told once: not beside a refused upgrade, nor where it is held back, taken, or not there", function()
  t.equal(made_of(waiting_flask(), { refused = { upgrade("flask", "1.0", "2.0") } }).held_back, {})
  t.equal(made_of(waiting_flask(), { upgrades = { upgrade("flask", "1.0", "2.0") } }).held_back, {})
  local narrow = cooled("cooldown { days = 7 }", {}, DAYS)
  narrow:refuses { upgrade("flask", nil, "2.0") }
  t.equal(made_of(narrow, {}).held_back, {})
  local held = { package = "flask", version = "1.3", latest = "2.0", reason = "r", rule = "cooldown",
    by = "acme.lua:1" }
  local made = made_of(waiting_flask(), { held_back = { held } })
  t.equal({ #made.held_back, made.held_back[1].free_on }, { 1, "2026-06-06" })
end)

t.test("a rule that is no matter of days adds no day", function()
  local narrow = cooled("pin { package = 'flask', version = '<2' }", { flask = "1.0" }, {})
  with_index({}, function() narrow:refuses { upgrade("flask", "1.0", "2.0") } end)
  local held = { package = "flask", version = "1.3", latest = "2.0", reason = "r", rule = "pin", by = "acme.lua:1" }
  t.equal(made_of(narrow, { held_back = { held } }).held_back, { held })
  t.equal(made_of(narrow, {}).held_back, {})
end)

t.test("an upgrade that would bring along what waits is free with that", function()
  local narrow = cooled("cooldown { days = 7, package = 'flask' }", { flask = "1.0", app = "1" },
    { flask = DAYS.flask, app = {} })
  narrow:refuses { upgrade("flask", "1.0", "2.0") }
  local kept, wanted = solver.solve, upgrade("app", "1", "2")
  solver.solve = function() return { app = "2", flask = "2.0" } end
  narrow.target.set = { requirements = {}, constraints = {} }
  local ok, item = pcall(refusals.of, {}, narrow, wanted, { app = "1", flask = "1.3" }, "keep")
  solver.solve = kept
  t.equal({ ok, item == wanted, wanted.free_on, wanted.rule }, { true, true, "2026-06-06", "cooldown" })
  t.equal(wanted.reason, "needs flask 2.0: released on 2026-05-30, waits 7 days: free on 2026-06-06")
  t.equal(narrow:free_on("app", "2"), "2026-06-06")
end)

return t.finish()
