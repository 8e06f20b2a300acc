--- What one lock file gives: packages to audit, and what is left out of them and why.
--
-- A room that reads a format gets one of these, asks it whether markers hold, and puts in what it finds. A file may
-- be a stranger's: what has another form than its tool writes ends the reading with its line.
local markers = require "inputs.locks.markers"
local names = require "lib.names"

local found = {}

local Found = {}
Found.__index = Found

--- `file`: { kind, path, text, lines (from tables to their first lines), way_out }. With `every`, all packages count,
-- whatever the markers say.
function found.new(file, python_version, every)
  python_version = python_version:gsub("%+$", "") -- see pep508.environment
  return setmetatable({ file = file, python_version = python_version, every = every == true, packages = {},
    skipped = {}, left_out = {}, by_key = {}, names = {}, markers = markers.new(python_version) }, Found)
end

--- The line on which a top-level key stands.
local function line_of_key(text, key)
  local line = 0
  for content in text:gmatch("([^\n]*)\n?") do
    line = line + 1
    if content:match("^%s*([%w_-]+)%s*=") == key then return line end
  end
end

--- Ends the reading. `line` may be a number, a table of the file, or the name of a top-level key.
function Found:fail(line, message, way_out)
  if type(line) == "table" then
    line = self.file.lines[line]
  elseif type(line) == "string" then
    line = line_of_key(self.file.text, line)
  end
  error({ problem = ("%s:%d: %s; %s"):format(self.file.path, line or 1, message, way_out or self.file.way_out) }, 0)
end

--- Ends the reading of a file that is not whole, at its last line.
function Found:fail_cut(message)
  local text = self.file.text
  local _, ends = text:gsub("\n", "\n")
  self:fail(text:sub(-1) == "\n" and ends or ends + 1, message .. ": the file is empty or cut off")
end

--- Says which extras exclude each other: see inputs.locks.markers.
function Found:set_conflicts(conflicts)
  self.markers = markers.new(self.python_version, conflicts)
end

--- Whether a marker may hold in the environment at hand.
function Found:holds(marker, owner)
  if marker ~= nil and type(marker) ~= "string" then self:fail(owner, "a marker has to be text") end
  return self.markers:hold(marker)
end

--- nil where a package with this marker counts, else why it does not.
function Found:why_not(marker, owner)
  if self:holds(marker, owner) or self.every then return nil end
  return "marker: " .. marker
end

--- The field of a table, which has to be of a type. Fails where it is not; nil is let through unless `is_needed`.
function Found:field(owner, key, type_name, is_needed)
  local value = owner[key]
  if value == nil and not is_needed then return nil end
  if type(value) ~= type_name then
    self:fail(owner, ("'%s' %s"):format(key, value == nil and "is missing" or "has a value of the wrong type"))
  end
  return value
end

--- A field that is a list of tables; empty where it is missing.
function Found:tables(owner, key)
  local list = self:field(owner, key, "table") or {}
  for _, item in ipairs(list) do
    if type(item) ~= "table" then self:fail(list, ("'%s' has an entry that is no table"):format(key)) end
  end
  return list
end

--- The normal form of a name that the file writes.
function Found:name(written)
  local name = self.names[written]
  if not name then
    name = names.normalize(written)
    self.names[written] = name
  end
  return name
end

-- How often a name may be there: no tool comes near, and choosing among them takes time at each dependency.
local MOST_OF_A_NAME = 200

--- The packages by their normal names.
function Found:index(packages)
  local by_name = {}
  for _, package in ipairs(packages) do
    local name = self:name(self:field(package, "name", "string", true))
    local list = by_name[name]
    if list then
      list[#list + 1] = package
      if #list > MOST_OF_A_NAME then
        self:fail(package, ("there are more than %d packages with the name '%s'"):format(MOST_OF_A_NAME, name))
      end
    else
      by_name[name] = { package }
    end
  end
  return by_name
end

--- A package to audit. The same name and version again is the same package.
function Found:add(name, version, line, direct)
  local key = name .. " " .. version
  local package = self.by_key[key]
  if package then
    package.direct = package.direct or direct
    return
  end
  package = { name = name, version = version, direct = direct or false, path = self.file.path, line = line }
  self.by_key[key] = package
  self.packages[#self.packages + 1] = package
end

--- A package of the index that another environment installs.
function Found:leave_out(name, version, line, why)
  self.left_out[#self.left_out + 1] = { name = name, version = version, path = self.file.path, line = line, why = why }
end

--- What was left out and does not count for another entry either, each once.
function Found:all_left_out()
  local list, is_known = {}, {}
  for _, item in ipairs(self.left_out) do
    local key = item.name .. " " .. item.version
    if not self.by_key[key] and not is_known[key] then
      is_known[key] = true
      list[#list + 1] = item
    end
  end
  return list
end

--- A package that cannot be audited.
function Found:skip(name, reason, line)
  local key = "skipped " .. name .. " " .. reason
  if self.by_key[key] then return end
  self.by_key[key] = true
  self.skipped[#self.skipped + 1] = { name = name, reason = reason, path = self.file.path, line = line }
end

--- Files an entry of a lock as what it is. `entry`: line; version, nil where none is pinned; direct; `elsewhere`, the
-- reason why it is not of the index; `why_not`, the reason why it is not for this environment; `unpinned`, what to say
-- where no version is pinned.
function Found:take(name, entry)
  if entry.why_not then
    if entry.version and not entry.elsewhere then self:leave_out(name, entry.version, entry.line, entry.why_not) end
  elseif entry.elsewhere then
    self:skip(name, entry.elsewhere, entry.line)
  elseif entry.version then
    self:add(name, entry.version, entry.line, entry.direct)
  else
    self:skip(name, entry.unpinned, entry.line)
  end
end

-- Why a package is left out whose own marker, if it has one, holds.
found.NOT_REACHED = "no marker of a dependency on it holds here"

-- Why a package that is needed here cannot be audited where the file has no entry for it.
found.NOT_HELD = "the lock does not hold it"

-- Why a package that comes from elsewhere cannot be looked up, by where it comes from.
found.ELSEWHERE = {
  git = "from git: not on the package index",
  vcs = "from version control: not on the package index",
  url = "from a URL: not on the package index",
  path = "from a local path: not on the package index",
}

--- Fails where the major number of a format is above the newest that is known.
function Found:check_major(written, newest, line)
  local major = math.tointeger(tonumber(tostring(written):match("^%d+")))
  if not major then self:fail(line, ("'%s' is no version of the format"):format(tostring(written))) end
  if major > newest then
    self:fail(line, ("the format has version %s, and %d is the newest that can be read"):format(
      tostring(written), newest), self.file.newer_way_out)
  end
end

return found
