--- What has to resolve when packages of a target move: its requirements, with their pins let go.
local pep508 = require "lib.pep508"
local resolve = require "inputs.resolve"
local Sheets = require "edits.sheets"

local problem = {}

--- The pin of a requirement that an upgrade may move. What stands in a .in is its owner's wish; the output moves.
function problem.pin(target, entry)
  return target.format ~= "in" and entry.line.pin or nil
end

--- The pin of a constraint that an upgrade may move: one in a file of ours.
function problem.constraint_pin(target, entry)
  return Sheets.is_ours(target, entry.file.path) and problem.pin(target, entry) or nil
end

--- A file's requirements and constraints with their pins let go: upwards alone, unless a range was written.
local function file_requirements(target)
  local lines, constraints = {}, {}
  for _, entry in ipairs(target.set.requirements) do
    local line = entry.line
    local pin = problem.pin(target, entry)
    lines[#lines + 1] = resolve.write_requirement(line, pin and ">=" .. pin)
  end
  for _, entry in ipairs(target.set.constraints) do
    local pin = problem.constraint_pin(target, entry)
    constraints[#constraints + 1] = resolve.write_requirement(entry.line, pin and ">=" .. pin)
  end
  return lines, constraints
end

--- Adds what an installed package needs, so that an upgrade does not break it.
local function add_needs(lines, package)
  for _, text in ipairs(package.requires) do
    local requirement = pep508.parse(text)
    if requirement and not requirement.url and not (requirement.marker or ""):find("extra", 1, true) then
      lines[#lines + 1] = resolve.write_requirement(requirement)
    end
  end
end

--- All that is installed has to stay installable. What came from elsewhere than the index (a project of one's
-- own, a URL) stays as it is: the index may have another package of that name. What it needs counts.
local function environment_requirements(target)
  local lines, constraints = {}, {}
  for _, package in ipairs(target.environment.packages) do
    if package.origin then add_needs(lines, package) else lines[#lines + 1] = package.name end
    if package.origin == "url" then constraints[#constraints + 1] = package.name .. "==" .. package.version end
  end
  return lines, constraints
end

--- True for a package that an upgrade may touch.
function problem.is_movable(target, name)
  local package = target.environment and target.environment.by_name[name]
  return not package or not package.origin
end

--- True for a package of the Python that an environment was made with: an upgrade puts another one before it.
function problem.is_outside(target, name)
  local package = target.environment and target.environment.by_name[name]
  return package ~= nil and package.outside == true
end

function problem.movable_packages(target)
  local list = {}
  for _, package in ipairs(target.packages) do
    if problem.is_movable(target, package.name) then list[#list + 1] = package end
  end
  return list
end

--- Takes a package out of a problem that the index does not know; what it needs stays.
local function drop_from(made, target)
  return function(name)
    for i, line in ipairs(made.requirements) do
      if line == name then
        table.remove(made.requirements, i)
        made.floor[name], made.pins[name] = nil, nil
        add_needs(made.requirements, target.environment.by_name[name])
        return true
      end
    end
    return false
  end
end

function problem.present_versions(target)
  local versions = {}
  for _, package in ipairs(target.packages) do versions[package.name] = package.version end
  return versions
end

--- The problem for the solver, without bounds.
function problem.of(target)
  local requirements, constraints
  if target.kind == "environment" then
    requirements, constraints = environment_requirements(target)
  else
    requirements, constraints = file_requirements(target)
  end
  local made = { requirements = requirements, constraints = constraints,
    floor = problem.present_versions(target), pins = problem.present_versions(target) }
  if target.kind == "environment" then
    made.python, made.drop = target.environment.python, drop_from(made, target)
    -- All that is there is named, so only what comes in new is not: it has no present version to stay near to.
    made.is_whole = true
  end
  return made
end

return problem
