--- Finds and reads what says which packages are used: requirements files, lock files and environments. Nothing is
-- resolved and no tool runs, so that what is not pinned cannot be audited and is named.
local environment = require "inputs.environment"
local files = require "inputs.files"
local fs = require "pysec.fs"
local lists = require "lib.lists"
local locks = require "inputs.locks"
local paths = require "lib.paths"
local pep508 = require "lib.pep508"
local requirements = require "lib.requirements"
local tree = require "inputs.tree"

local sources = {}

local function usage(message)
  error({ usage = message }, 0)
end

--- What paths stand for: a folder for all that is found below it. Returns { files, locks, environments }, lists of
-- paths, with `named`, the set of those that were named themselves, and `problems`, messages of what is left out.
function sources.find(list)
  local found = { files = {}, locks = {}, environments = {}, named = {}, problems = {} }
  for _, given in ipairs(list) do
    local path = paths.clean(given)
    local stat, message = fs.stat(path)
    if not stat then usage(message) end
    if stat.kind == "folder" then
      local below, problem = tree.find(path)
      if not below then usage(problem) end
      for _, kind in ipairs { "files", "locks", "environments" } do
        for _, name in ipairs(below[kind]) do table.insert(found[kind], paths.clean(name)) end
      end
      lists.append(found.problems, below.problems)
    else
      found.named[path] = true
      table.insert(locks.kind_of(path) and found.locks or found.files, path)
    end
  end
  return found
end

--- How a requirement that is no pin stands in the list of what was not audited.
local function unpinned(line)
  return line.specifier == "" and "not pinned: any version" or "not pinned: " .. line.specifier
end

local Reading = {}
Reading.__index = Reading

--- A file that was found below a folder must not end the audit of all others: it is missing evidence. One that was
-- named is wrong usage.
function Reading:problem(path, message)
  if self.named[path] then usage(message) end
  table.insert(self.problems, message)
end

function Reading:skip(name, reason, path, line)
  table.insert(self.skipped, { name = name, reason = reason, path = path, line = line })
end

--- Takes a file that is pins throughout, as most of a fleet's are, the short way. Returns whether it was one.
function Reading:plain_requirements(path)
  local text = not self.set.seen[path] and fs.read(path)
  local pins = text and requirements.plain_pins(text)
  if not pins then return false end
  for _, pin in ipairs(pins) do pin.direct, pin.path = true, path end
  self:file_target(path).packages = pins
  files.mark_read(self.set, path)
  return true
end

--- One file with what it includes. A file that several include is read once.
function Reading:requirements(path)
  if self:plain_requirements(path) then return end
  local ok, wrong = pcall(files.add, self.set, path)
  if ok then
    self:file_target(path)
    return
  end
  if type(wrong) ~= "table" or not wrong.usage then error(wrong, 0) end
  self:problem(path, wrong.usage)
end

--- The target of a requirements file.
function Reading:file_target(path)
  local target = self.by_path[path]
  if not target then
    target = { kind = "file", path = path, packages = {} }
    self.by_path[path] = target
    table.insert(self.targets, target)
  end
  return target
end

--- The pins of all requirements files; their constraints only narrow what nobody may have asked for.
function Reading:take_requirements()
  for _, entry in ipairs(self.set.requirements) do
    local line, path = entry.line, entry.file.path
    local packages = self:file_target(path).packages
    if pep508.marker_holds(line.marker, self.variables) then
      if line.pin then
        packages[#packages + 1] = { name = line.name, version = line.pin, direct = true, path = path,
          line = line.first }
      else
        self:skip(line.name, unpinned(line), path, line.first)
      end
    end
  end
  lists.append(self.skipped, self.set.skipped)
end

function Reading:lock(path)
  local lock, message = locks.read(path, { python_version = self.python_version })
  if not lock then return self:problem(path, message) end
  lists.append(self.skipped, lock.skipped)
  table.insert(self.targets, { kind = lock.kind, path = path, packages = lock.packages })
end

function Reading:environment(path)
  local found, message = environment.read(path)
  if not found then return self:problem(path, message) end
  lists.append(self.problems, found.problems)
  local target = { kind = "environment", path = path, packages = {} }
  for _, package in ipairs(found.packages) do
    -- A project of one's own has no advisories.
    if package.origin ~= "project" then
      table.insert(target.packages, { name = package.name, version = package.version, direct = package.direct,
        path = path })
    end
  end
  table.insert(self.targets, target)
end

--- Reads what was found, with markers that hold for a Python of this version. Returns
--   targets   { kind, path, packages = { { name, version, direct, path, line } } }, kind being file, environment, or
--             that of the lock file
--   skipped   { name, reason, path, line } of what is not pinned or not of the package index
--   problems  messages of what could not be read
function sources.read(found, python_version)
  local reading = setmetatable({ set = files.new(), named = found.named, targets = {}, by_path = {}, skipped = {},
    problems = {}, python_version = python_version, variables = pep508.environment(python_version) }, Reading)
  lists.append(reading.problems, found.problems)
  for _, path in ipairs(found.files) do reading:requirements(path) end
  reading:take_requirements()
  for _, path in ipairs(found.locks) do reading:lock(path) end
  for _, path in ipairs(found.environments) do reading:environment(path) end
  return reading.targets, reading.skipped, reading.problems
end

return sources
