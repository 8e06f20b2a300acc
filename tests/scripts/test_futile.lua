--- Bounds that fix nothing are taken back: the real uv on an index of a few packages.
local index = require "package_index"
local lowest = require "plan.lowest"
local conservative = require "modes.conservative"
local Narrow = require "plan.narrow"
local t = require "harness"

local SCANNERS = { osv = {} }

local function finding(name, at, id, fix)
  return { package = name, version = at, id = id, aliases = {}, kind = "vulnerability", fix_versions = { fix } }
end

--- Policies that let everything through.
local function no_policies()
  local set = {}
  function set.narrowing() return {} end
  function set.needs_releases() return false end
  function set.start() return { decide = function(_, found)
    local decisions = {}
    for i in ipairs(found) do decisions[i] = { verdict = "fail" } end
    return decisions
  end } end
  function set.judge(_, upgrades)
    for _, item in ipairs(upgrades) do item.allowed = true end
    return upgrades
  end
  return set
end

--- Plans an environment of `present` whose findings are `own`. `later` has what an audit finds in other versions, by
-- "name version". Returns the plan and its versions.
local function plan(packages, present, own, later, mode)
  local made, versions = { versions = present, upgrades = {} }, nil
  index.with(packages, function(job)
    local target = { kind = "environment", path = ".venv", packages = {} }
    target.environment = { packages = {}, by_name = {} }
    for name, at in pairs(present) do
      local package = { name = name, version = at, requires = {}, direct = true }
      table.insert(target.packages, package)
      table.insert(target.environment.packages, package)
      target.environment.by_name[name] = package
    end
    job.environment = target.environment
    job.audited = { osv = setmetatable(later, { __index = function() return {} end }) }
    made.narrow = Narrow.new(job, target, no_policies(), present, own)
    versions = lowest.plan(job, target, mode or conservative, made, own, SCANNERS)
  end)
  return made, versions
end

local LIB = { ["lib 1.0"] = {}, ["lib 2.0"] = {}, ["lib 3.0"] = {}, ["other 1.0"] = {}, ["other 2.0"] = {} }

t.test("a package whose fix fixes nothing stays, and the plan says why", function()
  local made, versions = plan(LIB, { lib = "1.0", other = "1.0" },
    { finding("lib", "1.0", "X-1", "2.0"), finding("other", "1.0", "X-2", "2.0") },
    { ["lib 2.0"] = { finding("lib", "2.0", "X-1", "2.0") } })
  t.equal(versions, { lib = "1.0", other = "2.0" })
  t.equal({ #made.upgrades, made.upgrades[1].package, made.upgrades[1].fixes }, { 1, "other", { "X-2" } })
  t.equal(made.held_back, { { package = "lib", version = "1.0", latest = "2.0", target = ".venv",
    reason = "X-1 is found in 2.0 as well" } })
end)

t.test("it moves as far as its other findings want", function()
  local made, versions = plan(LIB, { lib = "1.0" },
    { finding("lib", "1.0", "X-1", "3.0"), finding("lib", "1.0", "X-2", "2.0") },
    { ["lib 2.0"] = { finding("lib", "2.0", "X-1", "3.0") }, ["lib 3.0"] = { finding("lib", "3.0", "X-1", "3.0") } })
  t.equal(versions, { lib = "2.0" })
  t.equal({ made.upgrades[1].fixes, made.held_back[1].version, made.held_back[1].latest }, { { "X-2" }, "2.0", "3.0" })
end)

t.test("what the others need moves all the same, and nothing is said of it", function()
  local packages = { ["lib 1.0"] = {}, ["lib 2.0"] = {}, ["app 1.0"] = {}, ["app 2.0"] = { needs = { "lib>=2" } } }
  local made, versions = plan(packages, { lib = "1.0", app = "1.0" },
    { finding("lib", "1.0", "X-1", "2.0"), finding("app", "1.0", "X-2", "2.0") },
    { ["lib 2.0"] = { finding("lib", "2.0", "X-1", "2.0") } })
  t.equal(versions, { lib = "2.0", app = "2.0" })
  t.equal({ #made.upgrades, #made.held_back }, { 2, 0 })
end)

t.test("a fix that a higher version has is not given up", function()
  local made, versions = plan(LIB, { lib = "1.0" }, { finding("lib", "1.0", "X-1", "2.0") },
    { ["lib 2.0"] = { finding("lib", "2.0", "X-1", "3.0") } })
  t.equal({ versions, #made.held_back }, { { lib = "3.0" }, 0 })
end)

t.test("a mode of somebody's own has its reasons", function()
  local own = { name = "own.lua", candidates = function() return { { package = "lib", at_least = "2.0" } } end }
  local made, versions = plan(LIB, { lib = "1.0" }, { finding("lib", "1.0", "X-1", "2.0") },
    { ["lib 2.0"] = { finding("lib", "2.0", "X-1", "2.0") } }, own)
  t.equal({ versions, #made.held_back }, { { lib = "2.0" }, 0 })
end)

return t.finish()
