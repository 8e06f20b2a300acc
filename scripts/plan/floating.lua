--- What installing a requirements file gives, once the plan is written into it.
--
-- The file holds what it names. What that needs besides goes where the index likes: a pin that moves may let go of
-- another package, which no line of the file stops. So the plan is solved once more as an installation would: a fix
-- that would not come by itself needs a line of its own, and what a range keeps from coming is held back.
local bisection = require "lib.bisection"
local changes = require "plan.changes"
local names = require "lib.names"
local pep508 = require "lib.pep508"
local problem = require "plan.problem"
local resolve = require "inputs.resolve"
local solver = require "solver"
local transitive = require "edits.transitive"
local version = require "pysec.version"
local written = require "plan.written"

local floating = {}

--- The lines that are to be written for what no line names.
local function added_lines(job, target, upgrades)
  local choice, variables, lines = job.options and job.options.transitive, pep508.environment(job.python_version), {}
  for _, item in ipairs(upgrades) do
    if transitive.is_wanted(item, choice) and not transitive.is_named_in(target, item.package, variables) then
      lines[#lines + 1] = ("%s==%s"):format(item.package, item.to)
    end
  end
  return lines
end

--- The set that the file gives with these upgrades written into it; nil when it does not resolve.
local function installed(job, target, upgrades)
  local to, constraints = {}, {}
  local requirements = added_lines(job, target, upgrades)
  for _, item in ipairs(upgrades) do to[item.package] = item.to end
  for _, entry in ipairs(target.set.requirements) do
    local line = entry.line
    local pin = line.pin and to[names.normalize(line.name)]
    requirements[#requirements + 1] = resolve.write_requirement(line, pin and "==" .. pin)
  end
  for _, entry in ipairs(target.set.constraints) do
    local pin = problem.constraint_pin(target, entry) and to[entry.line.name]
    constraints[#constraints + 1] = resolve.write_requirement(entry.line, pin and "==" .. pin)
  end
  return (solver.solve(job, { requirements = requirements, constraints = constraints, bounds = {}, choice = "fresh" }))
end

--- The changes that come with an installation.
local function moves(narrow, versions)
  local list = {}
  for i, package in ipairs(changes.packages(narrow.present, versions)) do
    list[i] = changes.record(narrow.target, package.name, narrow.present[package.name], package.version, {})
  end
  return list
end

--- The first of those changes that the policies refuse; nil when there is none. Second, what is installed.
local function refused_by(job, narrow, upgrades)
  local versions = installed(job, narrow.target, upgrades)
  if not versions then return nil, nil end
  return narrow:judge(moves(narrow, versions))[1], versions
end

local function refuse(made, item, stopper)
  item.allowed, item.state, item.by, item.rule = false, "refused", stopper.by, stopper.rule
  item.free_on = stopper.free_on
  item.reason = ("an installation of the file would bring in %s %s: %s"):format(stopper.package, stopper.to,
    stopper.reason)
  table.insert(made.refused, item)
end

--- What the file names, or will.
local function names_in(job, made)
  local named, variables = {}, pep508.environment(job.python_version)
  for _, entry in ipairs(made.target.set.requirements) do named[names.normalize(entry.line.name)] = true end
  for _, item in ipairs(made.upgrades) do
    if transitive.is_wanted(item, job.options and job.options.transitive)
      and not transitive.is_named_in(made.target, item.package, variables) then
      named[item.package] = true
    end
  end
  return named
end

--- The upgrades that the file names, as many as the policies let through with what comes along. What is left out is
-- refused for the change that stopped it.
local function keep_named(job, made, named, first)
  local list = {}
  for _, item in ipairs(made.upgrades) do
    if named[item.package] then list[#list + 1] = item end
  end
  local kept, left_out = bisection.largest(list, function(items)
    local own, versions = refused_by(job, made.narrow, items)
    return not own and versions ~= nil, own or first
  end)
  for _, entry in ipairs(left_out) do refuse(made, entry.item, entry.reason) end
  return kept
end

--- The fixes that no pin of the file holds: where the index decides what is installed.
local function unpinned_fixes(job, made)
  local pinned, list = {}, {}
  local variables = pep508.environment(job.python_version)
  for _, entry in ipairs(made.target.set.requirements) do
    local line = entry.line
    if line.pin and pep508.marker_holds(line.marker, variables) then pinned[line.name] = true end
  end
  for _, item in ipairs(made.upgrades) do
    if #item.fixes > 0 and not pinned[item.package] then list[#list + 1] = item end
  end
  return list
end

local function hold_back(made, item, comes)
  for i, other in ipairs(made.upgrades) do
    if other == item then table.remove(made.upgrades, i) end
  end
  table.insert(made.held_back, { package = item.package, version = item.from or comes, latest = item.to,
    target = made.target.path,
    reason = ("an installation of the file takes %s %s; pin a fixed version"):format(item.package, comes) })
end

--- Looks at the fixes that nothing pins: a line of its own is needed where they would not come, unless a line names the
-- package already.
local function settle_fixes(job, made)
  local list = unpinned_fixes(job, made)
  if #list == 0 then return end
  local versions = installed(job, made.target, made.upgrades)
  local variables = pep508.environment(job.python_version)
  for _, item in ipairs(list) do
    local comes = versions and versions[item.package]
    if comes and version.compare(comes, item.to) == -1 then
      if transitive.is_named_in(made.target, item.package, variables) then
        hold_back(made, item, comes)
      else
        item.needs_line = true
      end
    end
  end
end

--- Takes out of made.upgrades what would bring in a package that the policies refuse, and puts it to made.refused.
local function settle_policies(job, made)
  local first = refused_by(job, made.narrow, made.upgrades)
  if not first then return end
  local named = names_in(job, made)
  local kept = keep_named(job, made, named, first)
  local versions = installed(job, made.target, kept) or made.narrow.present
  -- What the file does not name moves as far as an installation takes it.
  for _, item in ipairs(made.upgrades) do
    if not named[item.package] then
      local comes = versions[item.package]
      local moved = comes and (not item.from or version.compare(comes, item.from) == 1)
      if moved then kept[#kept + 1] = item else refuse(made, item, first) end
    end
  end
  made.upgrades = kept
end

--- Settles the plan of a requirements file: marks the upgrades that need a line of their own (needs_line); puts what
-- the file does not let come to made.held_back, whose entries then name the lines that are in the way; and puts what
-- would bring in a package that the policies refuse to made.refused.
function floating.settle(job, made, set)
  if #made.upgrades > 0 then
    settle_fixes(job, made)
    if set:judges_upgrades() then settle_policies(job, made) end
  end
  written.name_lines(job, made.target, made.held_back)
end

return floating
