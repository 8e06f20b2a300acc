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
-- paths, and `problems`, messages of what is left out. Raises { usage } for a path that is not there.
function sources.find(list)
  local found = { files = {}, locks = {}, environments = {}, problems = {} }
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

function Reading:skip(name, reason, path, line)
  table.insert(self.skipped, { name = name, reason = reason, path = path, line = line })
end

--- Takes a file that is pins throughout, as most of a fleet's are, the short way. Returns whether it was one.
function Reading:plain_requirements(path)
  local text = not self.set.seen[path] and files.sound_text(path)
  if not text then return false end
  local pins, is_complete = requirements.plain_pins(text)
  if not pins then return false end
  for _, pin in ipairs(pins) do pin.direct, pin.path = true, path end
  self:file_target(path).packages = pins
  files.mark_read(self.set, path)
  if #pins > 0 and not is_complete then table.insert(self.partial, path) end
  return true
end

--- One file with what it includes. A file that several include is read once.
function Reading:requirements(path)
  if self:plain_requirements(path) then return end
  files.add(self.set, path)
  self:file_target(path)
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

--- Whether the markers of a line hold; what they leave out is noted.
function Reading:holds(line, path)
  if self.every or pep508.marker_holds(line.marker, self.variables) then return true end
  table.insert(self.left_out, { name = line.name, version = line.pin, path = path, line = line.first,
    why = "marker: " .. line.marker })
  return false
end

--- The exact pins of constraints by name: they say which version a requirement without one gets.
function Reading:constrained()
  local pins = {}
  for _, entry in ipairs(self.set.constraints) do
    local line = entry.line
    if line.pin and (self.every or pep508.marker_holds(line.marker, self.variables)) then
      pins[line.name] = pins[line.name] or { version = line.pin, path = entry.file.path, line = line.first }
    end
  end
  return pins
end

--- The pins of all requirements files.
function Reading:take_requirements()
  local constrained = self:constrained()
  for _, entry in ipairs(self.set.requirements) do
    local line, path = entry.line, entry.file.path
    local packages = self:file_target(path).packages
    if self:holds(line, path) then
      local pin = line.pin and { version = line.pin, path = path, line = line.first } or constrained[line.name]
      if pin then
        packages[#packages + 1] = { name = line.name, version = pin.version, direct = true, path = pin.path,
          line = pin.line }
      else
        self:skip(line.name, unpinned(line), path, line.first)
      end
    end
  end
  lists.append(self.skipped, self.set.skipped)
  for _, file in ipairs(self.set.files) do
    local target = self.by_path[file.path]
    if target and #target.packages > 0 and not requirements.is_complete(file) then
      table.insert(self.partial, file.path)
    end
  end
end

function Reading:lock(path)
  local lock, message = locks.read(path, { python_version = self.python_version, every = self.every })
  if not lock then
    table.insert(self.problems, message)
    return
  end
  lists.append(self.skipped, lock.skipped)
  lists.append(self.left_out, lock.left_out)
  table.insert(self.targets, { kind = lock.kind, path = path, packages = lock.packages })
end

--- One's own projects are looked up, too: they may be a fork of what has advisories.
function Reading:environment(path)
  local found, message = environment.read(path)
  if not found then
    table.insert(self.problems, message)
    return
  end
  lists.append(self.problems, found.problems)
  local target = { kind = "environment", path = path, packages = {} }
  for _, package in ipairs(found.packages) do
    table.insert(target.packages, { name = package.name, version = package.version, direct = package.direct,
      path = path })
  end
  table.insert(self.targets, target)
end

--- Reads what was found. `options`: python_version, whose markers count; every = true, where markers leave out nothing.
-- Returns a table with
--   targets   { kind, path, packages = { { name, version, direct, path, line } } }, kind being file, environment, or
--             that of the lock file
--   skipped   { name, reason, path, line } of what is not pinned or not of the package index
--   left_out  { name, version, path, line, why } of what markers leave out
--   partial   paths of requirements files that may need more than they name
--   problems  messages of what could not be read
function sources.read(found, options)
  local reading = setmetatable({ targets = {}, by_path = {}, skipped = {}, left_out = {}, partial = {}, problems = {},
    python_version = options.python_version, every = options.every,
    variables = pep508.environment(options.python_version) }, Reading)
  reading.set = files.new(reading.problems)
  lists.append(reading.problems, found.problems)
  for _, path in ipairs(found.files) do reading:requirements(path) end
  reading:take_requirements()
  for _, path in ipairs(found.locks) do reading:lock(path) end
  for _, path in ipairs(found.environments) do reading:environment(path) end
  return reading
end

return sources
