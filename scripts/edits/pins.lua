--- Raises pins in the files of a target.
local pep508 = require "lib.pep508"
local requirements = require "lib.requirements"
local Sheets = require "edits.sheets"
local version = require "pysec.version"

local pins = {}

--- Whether a line pins a package of this name (nil: any) in this environment.
function pins.holds(state, line, name)
  return line.kind == "requirement" and line.pin ~= nil and (not name or line.name == name)
    and pep508.marker_holds(line.marker, state.variables) == true
end

local function set(state, target, file, line, to)
  local where = ("%s:%d"):format(file.path, line.first)
  if not Sheets.is_ours(target, file.path) then
    error({ problem = ("%s pins %s, and lies outside of the folder of %s; run pysec on it"):format(where, line.name,
      target.path) }, 0)
  end
  requirements.set_pin(line, to, #line.hashes > 0 and state.hashes:of(line.name, to, where) or nil)
  state.sheets.moved[line.name] = true
end

--- Raises the pins of a file (as state.sheets has it) to `wanted`, { name = version }. Returns the names that have
-- a pin there, and whether any moved. Raises { problem } where a pin cannot move.
function pins.raise(state, target, file, wanted)
  local named, any = {}, false
  for _, line in ipairs(file.lines) do
    local to = line.name and wanted[line.name]
    if to and pins.holds(state, line) then
      local order = version.compare(line.pin, to)
      if order == -1 then
        set(state, target, file, line, to)
        any = true
      end
      if order then named[line.name] = true end
    end
  end
  return named, any
end

return pins
