--- Fixes of packages that no line of a requirements file names, written as the file's owner would write them.
--
-- --transitive auto writes a line only where an installation of the changed file would not bring the fixed version by
-- itself; pin writes it into the file that was given, constraint into the constraints of the set.
local appending = require "edits.appending"
local files = require "inputs.files"
local fs = require "pysec.fs"
local lists = require "lib.lists"
local paths = require "lib.paths"
local pep508 = require "lib.pep508"
local pins = require "edits.pins"
local Sheets = require "edits.sheets"

local transitive = {}

--- Whether one of the lines names a package in this environment.
function transitive.is_named(lines, name, variables)
  for _, line in ipairs(lines) do
    if line.name == name and (line.kind == "requirement" or line.kind == "url")
      and pep508.marker_holds(line.marker, variables) then
      return true
    end
  end
  return false
end

--- Whether the target's files name a package: as a requirement, or pinned in constraints. `lines_of(file)` gives the
-- lines of a file as they stand.
function transitive.is_named_in(target, name, variables, lines_of)
  for _, file in ipairs(target.set.files) do
    local lines = lines_of and lines_of(file) or file.lines
    if target.set.seen[file.path].requirements then
      if transitive.is_named(lines, name, variables) then return true end
    else
      for _, line in ipairs(lines) do
        if pins.holds({ variables = variables }, line, name) then return true end
      end
    end
  end
  return false
end

local CHOICES = { "auto", "pin", "constraint" }

--- Raises { usage } for a --transitive that there is not.
function transitive.check(choice)
  if choice == nil or lists.has(CHOICES, choice) then return end
  error({ usage = ("--transitive %s: expected %s"):format(choice, table.concat(CHOICES, ", ")) }, 0)
end

--- Whether a line is to be written for an upgrade that no line names. `needs_line` is what plan/floating.lua found out.
function transitive.is_wanted(upgrade, choice)
  return #(upgrade.fixes or {}) > 0 and (upgrade.needs_line or choice == "pin" or choice == "constraint")
end

--- The packages of the set that need one, as far as an environment's metadata tells.
local function who_needs(job, target, name)
  local in_set, list = {}, {}
  for _, package in ipairs(target.packages or {}) do in_set[package.name] = true end
  for _, package in ipairs(job.environment and job.environment.packages or {}) do
    for _, text in ipairs(in_set[package.name] and package.requires or {}) do
      local needed = pep508.parse(text)
      if needed and needed.name == name and not (needed.marker or ""):find("extra", 1, true) then
        list[#list + 1] = package.name
        break
      end
    end
  end
  table.sort(list)
  return list
end

--- Why the line is there. Advisories are strangers' text, and a line break in an id would begin a line of its own.
local function comment_for(job, target, upgrade)
  local ids = {}
  for _, id in ipairs(upgrade.fixes) do
    if id:match("^[%w._:-]+$") then ids[#ids + 1] = id end
  end
  local words = { #ids > 0 and "fixes " .. table.concat(ids, ", ") or "fixes a vulnerability" }
  local needed_by = who_needs(job, target, upgrade.package)
  if #needed_by > 0 then words[2] = "needed by " .. table.concat(needed_by, ", ") end
  return table.concat(words, "; ")
end

--- The first constraints file of the set that may be changed.
local function own_constraints(state)
  for _, original in ipairs(state.target.set.files) do
    local seen = state.target.set.seen[original.path]
    if seen.constraints and not seen.requirements and Sheets.is_ours(state.target, original.path) then
      return state.sheets:file(original)
    end
  end
end

local function includes(given, path)
  for _, line in ipairs(given.lines) do
    if line.kind == "constraint" and paths.clean(paths.join(paths.folder(given.path), line.value)) == path then
      return true
    end
  end
  return false
end

local function check_lines(file)
  for _, line in ipairs(file.lines) do
    if line.kind == "invalid" then
      error({ problem = ("%s:%d: '%s': %s; correct it, or take --transitive pin"):format(file.path, line.first,
        line.text, line.problem) }, 0)
    end
  end
end

--- constraints.txt beside the file that was given, which includes it from now on. One that is there is extended.
local function new_constraints(state, given)
  local path = paths.clean(paths.join(paths.folder(given.path), "constraints.txt"))
  local is_there, text = fs.stat(path, { follow = false }), nil
  if is_there then
    text = files.sound_text(path)
    if not text then
      error({ problem = ("%s: no file that constraints can be written to; move it away, or take --transitive pin")
        :format(path) }, 0)
    end
  end
  local file = state.sheets:add(path, text)
  check_lines(file)
  if not includes(given, path) then appending.raw(given, "constraint", "-c constraints.txt") end
  return file
end

--- Where constraints are written. What earlier targets made of the given file may include constraints.txt already.
local function constraints_file(state, given)
  if state.constraints then return state.constraints end
  state.constraints = own_constraints(state) or new_constraints(state, given)
  return state.constraints
end

local function write_one(state, upgrade, choice)
  local given = state.sheets:file(state.target.set.files[1])
  local file = choice == "constraint" and constraints_file(state, given) or given
  -- An earlier target of the run may have written it there.
  local name = upgrade.package
  if file ~= given and pins.raise(state, state.target, file, { [name] = upgrade.to })[name] then return end
  local hashes = state.has_hashes
    and state.hashes:of(upgrade.package, upgrade.to, ("%s:%d"):format(file.path, appending.next_number(file)))
  appending.requirement(file, upgrade, hashes or nil, comment_for(state.job, state.target, upgrade))
end

--- Writes the lines that are to be written.
function transitive.write(state, upgrades)
  local choice = state.job.options and state.job.options.transitive or "auto"
  local function lines_of(file) return state.sheets:file(file).lines end
  for _, upgrade in ipairs(upgrades) do
    local name = upgrade.package
    if transitive.is_wanted(upgrade, choice)
      and not transitive.is_named_in(state.target, name, state.variables, lines_of) then
      write_one(state, upgrade, choice)
      state.written[name], state.sheets.moved[name] = true, true
    end
  end
end

return transitive
