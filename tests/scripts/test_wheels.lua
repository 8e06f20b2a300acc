--- What has to come as a wheel, and what no longer builds: the real uv on an index of a few packages.
local index = require "package_index"
local solver = require "solver"
local t = require "harness"

--- The lowest set above `bounds` for an environment of `present` ({ name = version }).
local function problem_of(present, bounds, more)
  local made = { requirements = {}, constraints = {}, floor = {}, pins = {}, bounds = bounds, is_whole = true }
  for name, version in pairs(present) do
    table.insert(made.requirements, name)
    made.floor[name], made.pins[name] = version, version
  end
  table.sort(made.requirements)
  for key, value in pairs(more or {}) do made[key] = value end
  return made
end

--- What is installed, as an environment has it.
local function install(job, present, needs)
  job.environment = { packages = {} }
  for name, version in pairs(present) do
    table.insert(job.environment.packages, { name = name, version = version, requires = needs and needs[name] or {} })
  end
end

local SDIST, BROKEN = { sdist = true }, { sdist = true, broken = true }

t.test("what stays needs no wheel, nor does it have to build", function()
  index.with({ ["old 1.0"] = BROKEN, ["old 2.0"] = {}, ["lib 1.0"] = {}, ["lib 2.0"] = {} }, function(job)
    install(job, { old = "1.0", lib = "1.0" })
    t.equal(solver.solve(job, problem_of({ old = "1.0", lib = "1.0" }, { lib = "2.0" })), { old = "1.0", lib = "2.0" })
    t.equal(job.asked, 1)
  end)
end)

t.test("a new package is the newest that goes with what stays", function()
  index.with({ ["app 1.0"] = {}, ["app 2.0"] = { needs = { "new" } }, ["app 3.0"] = {}, ["lib 1.0"] = {},
    ["lib 2.0"] = {}, ["new 1.0"] = BROKEN, ["new 2.0"] = {}, ["new 3.0"] = {}, ["new 4.0"] = { needs = { "lib>=2" } },
  }, function(job)
    t.equal(solver.solve(job, problem_of({ app = "1.0", lib = "1.0" }, { app = "2.0" })),
      { app = "2.0", lib = "1.0", new = "3.0" })
  end)
end)

t.test("what comes in new comes as a wheel, where that takes a newer version of who needs it as well", function()
  index.with({ ["app 1.0"] = {}, ["app 2.0"] = { needs = { "new==1" } }, ["app 3.0"] = { needs = { "new==2" } },
    ["new 1.0"] = SDIST, ["new 2.0"] = {} }, function(job)
    t.equal(solver.solve(job, problem_of({ app = "1.0" }, { app = "2.0" })), { app = "3.0", new = "2.0" })
  end)
end)

t.test("what has no wheel at all comes as an archive, and is asked for as a wheel once", function()
  index.with({ ["app 1.0"] = {}, ["app 2.0"] = { needs = { "new" } }, ["lib 1.0"] = {}, ["lib 2.0"] = {},
    ["new 1.0"] = SDIST }, function(job)
    local present = { app = "1.0", lib = "1.0" }
    t.equal(solver.solve(job, problem_of(present, { app = "2.0" })), { app = "2.0", new = "1.0", lib = "1.0" })
    local asked = job.asked
    t.equal(solver.solve(job, problem_of(present, { app = "2.0", lib = "2.0" })),
      { app = "2.0", new = "1.0", lib = "2.0" })
    t.truthy(job.asked - asked <= 3, job.asked - asked)
  end)
end)

t.test("what has to move along comes as a wheel", function()
  index.with({ ["app 1.0"] = {}, ["app 2.0"] = { needs = { "lib>=2" } }, ["lib 1.0"] = {}, ["lib 2.0"] = SDIST,
    ["lib 3.0"] = {} }, function(job)
    t.equal(solver.solve(job, problem_of({ app = "1.0", lib = "1.0" }, { app = "2.0" })), { app = "2.0", lib = "3.0" })
  end)
end)

t.test("a version that does not build is left out, and not built again", function()
  -- In a file the oldest of a new package comes first.
  index.with({ ["app 1.0"] = {}, ["app 2.0"] = { needs = { "new" } }, ["new 0.1"] = BROKEN, ["new 1.0"] = {} },
    function(job)
      local problem = problem_of({ app = "1.0" }, { app = "2.0" }, { is_whole = false })
      t.equal(solver.solve(job, problem), { app = "2.0", new = "1.0" })
      t.equal(job.broken, { new = { ["0.1"] = true } })
      local asked = job.asked
      problem.constraints = { "new<2" }
      t.equal(solver.solve(job, problem), { app = "2.0", new = "1.0" })
      t.truthy(job.asked - asked <= 2, job.asked - asked)
    end)
end)

t.test("where nothing that would do builds, that is left out, and the others go", function()
  index.with({ ["old 1.0"] = {}, ["old 2.0"] = BROKEN, ["old 3.0"] = BROKEN, ["lib 1.0"] = {}, ["lib 2.0"] = {},
  }, function(job)
    local versions, left_out = solver.solve_most(job, problem_of({ old = "1.0", lib = "1.0" },
      { old = "2.0", lib = "2.0" }), {})
    t.equal({ versions, #left_out, left_out[1].name }, { { old = "1.0", lib = "2.0" }, 1, "old" })
    t.match(left_out[1].reason, "old")
    t.equal(job.broken, { old = { ["2.0"] = true, ["3.0"] = true } })
  end)
end)

t.test("all newest: wheels for all that have one, and only what has none is an archive", function()
  index.with({ ["src 1.0"] = SDIST, ["lib 1.0"] = {}, ["lib 2.0"] = {}, ["lib 3.0"] = SDIST }, function(job)
    t.equal(solver.solve(job, problem_of({ src = "1.0", lib = "1.0" }, {}, { choice = "newest" })),
      { src = "1.0", lib = "2.0" })
    t.equal(solver.newest(job, { "lib", "src" }), { src = "1.0", lib = "2.0" })
  end)
end)

return t.finish()
