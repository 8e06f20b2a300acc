--- Sets of versions that resolve together: the real uv on an index of a few packages.
local fs = require "pysec.fs"
local index = require "package_index"
local solver = require "solver"
local t = require "harness"

--- Packages p1 .. pN with the versions 1.0, 2.0 and 3.0, and others beside.
local function plain(count, others)
  local packages = {}
  for i = 1, count do
    for version = 1, 3 do packages[("p%d %d.0"):format(i, version)] = {} end
  end
  for key, package in pairs(others or {}) do packages[key] = package end
  return packages
end

--- The lowest set for these requirements, all of which are there at 1.0, above `bounds`.
local function problem_of(names, bounds, more)
  local made = { requirements = {}, constraints = {}, floor = {}, pins = {}, bounds = bounds }
  for i, name in ipairs(names) do made.requirements[i], made.floor[name], made.pins[name] = name, "1.0", "1.0" end
  for key, value in pairs(more or {}) do made[key] = value end
  return made
end

local function names_to(count)
  local list = {}
  for i = 1, count do list[i] = "p" .. i end
  return list
end

t.test("the lowest set moves what has bounds, and nothing else", function()
  index.with(plain(3), function(job)
    t.equal(solver.solve(job, problem_of(names_to(3), { p2 = "1.5" })), { p1 = "1.0", p2 = "2.0", p3 = "1.0" })
  end)
end)

t.test("a question is put once, and its answer may be changed by who gets it", function()
  index.with(plain(2), function(job)
    local versions = solver.solve(job, problem_of(names_to(2), { p1 = "2.0" }))
    versions.p1 = "9"
    t.equal(solver.solve(job, problem_of(names_to(2), { p1 = "2.0" })), { p1 = "2.0", p2 = "1.0" })
    t.equal(job.asked, 1)
    local _, first = solver.solve(job, problem_of(names_to(2), { p1 = "4.0" }))
    local _, second = solver.solve(job, problem_of(names_to(2), { p1 = "4.0" }))
    t.equal({ job.asked, first }, { 2, second })
    t.match(first, "p1>=4%.0")
  end)
end)

t.test("another bound, pin, constraint, choice or limit is another question", function()
  index.with(plain(2), function(job)
    local bounds = function() return { p1 = "2.0" } end
    local problems = {
      problem_of(names_to(2), bounds()), problem_of(names_to(1), bounds()), problem_of(names_to(2), { p1 = "3.0" }),
      problem_of(names_to(2), bounds(), { pins = { p2 = "2.0" } }),
      problem_of(names_to(2), bounds(), { constraints = { "p2<3" } }),
      problem_of(names_to(2), bounds(), { choice = "keep" }), problem_of(names_to(2), bounds(), { choice = "newest" }),
      problem_of(names_to(2), bounds(), { no_deps = true }),
      problem_of(names_to(2), bounds(), { limits = function() return { "p2!=1.5" } end }),
    }
    for i, problem in ipairs(problems) do
      t.truthy(solver.solve(job, problem))
      t.equal(job.asked, i)
    end
    t.equal(solver.solve(job, problems[7]), { p1 = "3.0", p2 = "3.0" })
    t.equal(job.asked, #problems)
  end)
end)

t.test("a conflict that is not about wheels is not tried without them", function()
  index.with(plain(2, { ["app 2.0"] = { needs = { "p1<2" } }, ["app 1.0"] = {} }), function(job)
    local versions, conflict = solver.solve(job, problem_of({ "app", "p1" }, { app = "2.0", p1 = "2.0" }))
    t.equal({ versions, job.asked }, { nil, 1 })
    t.match(conflict, "app")
  end)
end)

t.test("what has no wheel is built, and the others come as wheels all the same", function()
  local packages = plain(1, { ["src 1.0"] = {}, ["src 2.0"] = { sdist = true }, ["both 1.0"] = {},
    ["both 2.0"] = { sdist = true }, ["both 3.0"] = {} })
  index.with(packages, function(job)
    local problem = problem_of({ "src", "both" }, { src = "2.0", both = "2.0" })
    t.equal(solver.solve(job, problem), { src = "2.0", both = "3.0" })
    t.equal(job.asked, 2)
    problem.constraints = { "p1<3" }
    t.equal(solver.solve(job, problem), { src = "2.0", both = "3.0" })
    t.equal(job.asked, 3, "that src has no wheel was known")
  end)
end)

t.test("one bound among many that does not go costs few questions, and only itself", function()
  local names, wanted = names_to(16), {}
  for _, name in ipairs(names) do wanted[name] = "2.0" end
  wanted.p5 = "7.0"
  index.with(plain(16), function(job)
    local versions, left_out = solver.solve_most(job, problem_of(names, wanted), {})
    for _, name in ipairs(names) do t.equal(versions[name], name == "p5" and "1.0" or "2.0", name) end
    t.equal({ #left_out, left_out[1].name, left_out[1].version }, { 1, "p5", "7.0" })
    t.match(left_out[1].reason, "p5>=7%.0")
    t.truthy(job.asked <= 9, job.asked)
  end)
end)

t.test("what is left out goes as high as it can: by halving its steps", function()
  local packages, steps = {}, {}
  for i = 1, 32 do packages[("lib %d.0"):format(i)], steps[i] = {}, ("%d.0"):format(i) end
  for highest = 1, 32, 10 do
    index.with(packages, function(job)
      local problem = problem_of({ "lib" }, { lib = "33.0" }, { constraints = { ("lib<=%d.0"):format(highest) } })
      steps[33] = "33.0"
      local versions, left_out = solver.solve_most(job, problem, { lib = steps })
      t.equal(versions, { lib = ("%d.0"):format(highest) })
      t.equal(problem.bounds, { lib = ("%d.0"):format(highest) })
      t.equal({ #left_out, left_out[1].version }, { 1, "33.0" })
      t.match(left_out[1].reason, "lib>=33%.0")
      t.truthy(job.asked <= 7, job.asked)
    end)
  end
end)

t.test("of two bounds that do not go together the later one is left out, as far as its steps", function()
  local packages = plain(0, { ["a 1.0"] = {}, ["a 2.0"] = { needs = { "b<3" } }, ["b 1.0"] = {}, ["b 2.0"] = {},
    ["b 3.0"] = {} })
  index.with(packages, function(job)
    local problem = problem_of({ "a", "b" }, { a = "2.0", b = "3.0" })
    local versions, left_out = solver.solve_most(job, problem, { a = { "2.0" }, b = { "2.0", "3.0" } })
    t.equal(versions, { a = "2.0", b = "2.0" })
    t.equal({ #left_out, left_out[1].name }, { 1, "b" })
    t.match(left_out[1].reason, "a")
  end)
end)

t.test("nothing is left where no bound goes: no versions, and the reason", function()
  index.with(plain(2), function(job)
    local versions, left_out, reason = solver.solve_most(job, problem_of(names_to(2), { p1 = "8.0", p2 = "9.0" }), {})
    t.equal({ versions, #left_out, reason }, { nil, 2, left_out[1].reason })
    t.match(reason, "p1>=8%.0")
  end)
end)

t.test("never downgrades: what is left out stays where it is", function()
  index.with(plain(2, { ["app 1.0"] = {}, ["app 2.0"] = { needs = { "p1<1" } }, ["p1 0.5"] = {} }), function(job)
    local versions = solver.solve_most(job, problem_of({ "app", "p1", "p2" }, { app = "2.0", p2 = "2.0" }), {})
    t.equal(versions, { app = "1.0", p1 = "1.0", p2 = "2.0" })
  end)
end)

--- How many of the job's questions uv was really run for; none of them had pins, which are a file of that name too.
local function runs_of(job)
  local count = 0
  for _, folder in ipairs(fs.list(job.scratch)) do
    if fs.stat(("%s/%s/out.txt"):format(job.scratch, folder)) then count = count + 1 end
  end
  return count
end

--- A few packages whose versions 2.0 and 3.0 keep others down, at random.
local function tangled(count)
  local packages = plain(count)
  for i = 1, count do
    for version = 2, 3 do
      local needs = {}
      for other = 1, count do
        if other ~= i and math.random() < 0.12 then needs[#needs + 1] = ("p%d<%d"):format(other, math.random(2, 3)) end
      end
      packages[("p%d %d.0"):format(i, version)].needs = needs
    end
  end
  return packages
end

t.test("random sets: the bounds that are kept hold, nothing goes down, and no other bound would go as well", function()
  math.randomseed(6)
  local some_left_out = 0
  for run = 1, 8 do
    local names, wanted, steps = names_to(6), {}, {}
    for _, name in ipairs(names) do wanted[name], steps[name] = "3.0", { "2.0", "3.0" } end
    index.with(tangled(#names), function(job)
      local problem = problem_of(names, wanted)
      local versions, left_out = solver.solve_most(job, problem, steps)
      local label, kept = ("run %d: "):format(run), problem.bounds
      some_left_out = some_left_out + #left_out
      for _, name in ipairs(names) do t.truthy(versions[name] >= (kept[name] or "1.0"), label .. name) end
      for _, item in ipairs(left_out) do
        local bounds = {}
        for _, name in ipairs(names) do bounds[name] = name == item.name and "3.0" or kept[name] end
        t.equal((solver.solve(job, problem_of(names, bounds))), nil, label .. item.name)
      end
    end)
  end
  t.truthy(some_left_out >= 8, some_left_out)
end)

t.test("questions side by side are answered in order, and the same one is put once", function()
  index.with(plain(3), function(job)
    local function asks(name)
      local problem = problem_of({ name }, { [name] = "2.0" }, { choice = "newest" })
      return function() return solver.solve(job, problem) end
    end
    local p1, p2 = { p1 = "3.0" }, { p2 = "3.0" }
    local results = solver.together(job, { asks "p1", asks "p2", function() return "nothing asked" end, asks "p1" })
    t.equal(results, { p1, p2, "nothing asked", p1 })
    t.equal(runs_of(job), 2)
    t.equal(solver.together(job, { asks "p2", asks "p1" }), { p2, p1 })
    t.equal({ runs_of(job), solver.together(job, {}) }, { 2, {} })
  end)
end)

t.test("what one of them raises ends all", function()
  index.with(plain(1), function(job)
    t.raises(function()
      solver.together(job, { function() error("broken", 0) end, function() return 1 end })
    end, "^broken$")
    local ok, problem = pcall(solver.together, job, { function()
      solver.solve(job, problem_of({ "p1" }, { p1 = "2.0" }))
      error({ incomplete = "later" }, 0)
    end })
    t.equal({ ok, problem.incomplete }, { false, "later" })
  end)
end)

t.test("without the index all ends, also side by side", function()
  index.with(plain(1), function(job)
    job.address = "http://127.0.0.1:1/simple"
    local function asks() return solver.solve(job, problem_of({ "p1" }, { p1 = "2.0" })) end
    for _, call in ipairs { asks, function() return solver.together(job, { asks, asks }) end } do
      job.offline = nil
      local ok, problem = pcall(call)
      t.equal({ ok, problem.incomplete, job.offline }, { false, solver.UNREACHABLE, true })
    end
  end)
end)

return t.finish()
