--- What installing a requirements file gives, once the plan is written into it.
--
-- The file holds what it names. What that needs besides goes where the index likes: a pin that moves may let go of
-- another package, which no line of the file stops. So the plan is solved once more as an installation would.
local changes = require "plan.changes"
local names = require "lib.names"
local resolve = require "inputs.resolve"
local solver = require "solver"
local version = require "pysec.version"

local floating = {}

--- The set that the file gives with these upgrades written into it; nil when it does not resolve.
local function installed(job, target, upgrades)
  local to, requirements, constraints = {}, {}, {}
  for _, item in ipairs(upgrades) do to[item.package] = item.to end
  for _, entry in ipairs(target.set.requirements) do
    local line = entry.line
    local pin = line.pin and to[names.normalize(line.name)]
    requirements[#requirements + 1] = resolve.write_requirement(line, pin and "==" .. pin)
  end
  for _, entry in ipairs(target.set.constraints) do
    constraints[#constraints + 1] = resolve.write_requirement(entry.line)
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
  item.reason = ("an installation of the file would bring in %s %s: %s"):format(stopper.package, stopper.to,
    stopper.reason)
  table.insert(made.refused, item)
end

local function names_in(target)
  local named = {}
  for _, entry in ipairs(target.set.requirements) do named[names.normalize(entry.line.name)] = true end
  return named
end

--- Adds the upgrades that the file names one after the other, as far as the policies let through what comes with them.
local function keep_named(job, made, named, first)
  local kept, stopper = {}, first
  for _, item in ipairs(made.upgrades) do
    if named[item.package] then
      kept[#kept + 1] = item
      local own, versions = refused_by(job, made.narrow, kept)
      if own or not versions then
        kept[#kept] = nil
        refuse(made, item, own or stopper)
      end
    end
  end
  return kept
end

--- Takes out of made.upgrades what would bring in a package that the policies refuse, and puts it to made.refused.
function floating.settle(job, made, set)
  if #made.upgrades == 0 or not set:judges_upgrades() then return end
  local first = refused_by(job, made.narrow, made.upgrades)
  if not first then return end
  local named = names_in(made.target)
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

return floating
