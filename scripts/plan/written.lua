--- Which lines of a target's files stand in the way of an upgrade.
--
-- A pin moves; a range stays as its owner wrote it, and so does what somebody else's constraints say. What they leave
-- out is held back by that line.
local pep508 = require "lib.pep508"
local problem = require "plan.problem"
local version = require "pysec.version"

local written = {}

local MOST_TOLD = 3

--- The lines of a target that no upgrade moves: ranges, what a .in asks for, and pins in constraints that are not ours.
local function fixed_entries(target, variables)
  local list = {}
  for _, entry in ipairs(target.set.requirements) do
    if not problem.pin(target, entry) then list[#list + 1] = entry end
  end
  for _, entry in ipairs(target.set.constraints) do
    if not problem.constraint_pin(target, entry) then list[#list + 1] = entry end
  end
  local holding = {}
  for _, entry in ipairs(list) do
    if entry.line.specifier ~= "" and pep508.marker_holds(entry.line.marker, variables) then
      holding[#holding + 1] = entry
    end
  end
  return holding
end

local function say(entry)
  return ("%s:%d: '%s'"):format(entry.file.path, entry.line.first, entry.line.body)
end

local function is_told_of(name, conflict)
  return (" " .. conflict .. " "):find("[^%w-]" .. name:gsub("%-", "%%-") .. "[^%w-]") ~= nil
end

--- The lines that leave a version of a package out, each as "file:line: 'text'".
function written.against(target, name, to, variables)
  local list = {}
  for _, entry in ipairs(fixed_entries(target, variables)) do
    if entry.line.name == name and version.matches(to, entry.line.specifier, { prereleases = true }) == false then
      list[#list + 1] = say(entry)
    end
  end
  return list
end

--- The lines that a resolver's conflict speaks of.
local function spoken_of(target, conflict, variables)
  local list = {}
  for _, entry in ipairs(fixed_entries(target, variables)) do
    if is_told_of(entry.line.name, conflict) and #list < MOST_TOLD then list[#list + 1] = say(entry) end
  end
  return list
end

--- A resolver's conflict with the lines that it speaks of.
function written.explain(job, target, conflict)
  if not target.set then return conflict end
  local lines = spoken_of(target, conflict, pep508.environment(job.python_version))
  return #lines > 0 and ("%s (%s)"):format(conflict, table.concat(lines, ", ")) or conflict
end

--- Names the lines in what a plan holds back ({ package, latest, reason }).
function written.name_lines(job, target, held_back)
  if not target.set then return end
  local variables = pep508.environment(job.python_version)
  for _, item in ipairs(held_back) do
    local lines = item.latest ~= "" and written.against(target, item.package, item.latest, variables) or {}
    if #lines > 0 then
      item.reason = ("%s leaves out %s: %s"):format(table.concat(lines, ", "), item.latest, item.reason)
    else
      item.reason = written.explain(job, target, item.reason)
    end
  end
end

return written
