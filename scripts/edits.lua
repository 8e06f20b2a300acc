--- Works plans into the text of requirements files: only the pins that change, change.
--
-- A pin moves where it is written, in every file that repeats it, constraints too. Several targets of a run may share
-- files: they share one table of texts, and the higher pin wins everywhere.
local appending = require "edits.appending"
local Hashes = require "edits.hashes"
local pep508 = require "lib.pep508"
local pins = require "edits.pins"
local requirements = require "lib.requirements"
local Sheets = require "edits.sheets"
local transitive = require "edits.transitive"
local version = require "pysec.version"

local edits = {}

--- What the steps of one target share.
local function begin(job, target, texts)
  local sheets = Sheets.open(texts)
  return { job = job, target = target, sheets = sheets, hashes = Hashes.new(job, sheets.run.hashes), written = {},
    has_hashes = Hashes.are_in(target.set), variables = pep508.environment(job.python_version) }
end

--- Moves the pins of the target's files up to the upgrades.
local function move_pins(state, upgrades)
  local wanted = {}
  for _, upgrade in ipairs(upgrades) do wanted[upgrade.package] = upgrade.to end
  for _, original in ipairs(state.target.set.files) do
    for name in pairs(pins.raise(state, state.target, state.sheets:file(original), wanted)) do
      state.written[name] = true
    end
  end
end

--- The highest pins of what was moved, by name, in the files of a target.
local function highest_pins(state, target)
  local highest = {}
  for _, original in ipairs(target.set.files) do
    for _, line in ipairs(state.sheets:file(original).lines) do
      if state.sheets.moved[line.name] and pins.holds(state, line) then
        local known = highest[line.name]
        if not known or version.compare(line.pin, known) == 1 then highest[line.name] = line.pin end
      end
    end
  end
  return highest
end

--- Raises the pins of a target's files to the highest of each package. Returns whether any moved.
local function level_target(state, target)
  local highest, any = highest_pins(state, target), false
  for _, original in ipairs(target.set.files) do
    local _, moved = pins.raise(state, target, state.sheets:file(original), highest)
    any = any or moved
  end
  return any
end

--- A file that two targets share may have been raised for one of them; the pins that the other repeats follow.
local function level(state)
  local any
  repeat
    any = false
    for _, target in ipairs(state.sheets:targets(state.target)) do any = level_target(state, target) or any end
  until not any
end

--- A complete file has to name what comes in new: nothing else is installed from it.
local function append_new(state, upgrades)
  local original = state.target.set.files[1]
  if not requirements.is_complete(original) then return end
  local file = state.sheets:file(original)
  for _, upgrade in ipairs(upgrades) do
    if not upgrade.from and not transitive.is_named(file.lines, upgrade.package, state.variables) then
      local hashes = state.has_hashes
        and state.hashes:of(upgrade.package, upgrade.to, ("%s:%d"):format(file.path, appending.next_number(file)))
      appending.requirement(file, upgrade, hashes)
      state.sheets.moved[upgrade.package] = true
    end
    if not upgrade.from then state.written[upgrade.package] = true end
  end
end

local function work_in(state, upgrades)
  if state.has_hashes then
    local done, message = state.hashes:fetch(upgrades)
    if not done then error({ problem = message }, 0) end
  end
  move_pins(state, upgrades)
  append_new(state, upgrades)
  transitive.write(state, upgrades)
  level(state)
end

--- Works the upgrades of a target into its files. `texts` holds, by clean path, the texts that earlier targets of the
-- run changed (nil: none); what this one changes is put there. Returns { { path, text, before } } for what this target
-- changed, where before is what is on the disk, nil for a file that is new; and the names that have a line as wanted. A
-- path that an earlier target changed may be among them: its newer text holds both. Or nil and why not; then nothing is
-- in texts that was not before. The target itself stays as it was.
function edits.make(job, target, upgrades, texts)
  local state = begin(job, target, texts or {})
  local ok, problem = pcall(work_in, state, upgrades)
  if ok then return state.sheets:close(target), state.written end
  if type(problem) ~= "table" or not problem.problem then error(problem, 0) end
  return nil, problem.problem
end

return edits
