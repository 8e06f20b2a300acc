--- What a run makes of upgrades that were cut off: it takes them back, or says that they are there where it is not to
-- change anything.
local paths = require "lib.paths"
local recovery = require "transaction.recovery"
local ui = require "pysec.ui"

local interrupted = {}

--- What an upgrade of these targets may have changed.
function interrupted.places(targets)
  local list = {}
  for _, target in ipairs(targets) do
    list[#list + 1] = target.path
    if target.output then list[#list + 1] = target.output end
    for _, file in ipairs(target.set and target.set.files or {}) do list[#list + 1] = file.path end
  end
  return list
end

--- One line about what recovery.run did.
function interrupted.describe(done)
  if done.committed then
    return ("%s: an upgrade had been cut off at its very end; it is finished"):format(done.path)
  end
  if not done.was_changed then
    return ("%s: an upgrade had been cut off before it changed anything"):format(done.path)
  end
  return ("%s: an upgrade had been cut off; everything is as it was before it"):format(done.path)
end

--- The lines about files that somebody changed before the upgrade was taken back.
function interrupted.kept(changed)
  local list = {}
  for i, file in ipairs(changed) do
    local text = file.lost and "%s: what it was before the upgrade was removed meanwhile; it is as the upgrade wrote it"
      or file.kept == file.path and "%s: it came with that upgrade and was changed since; it stays"
      or "%s: it was changed since and stays; what it was before the upgrade is in %s"
    list[i] = text:format(file.path, file.kept and paths.name(file.kept))
  end
  return list
end

local function take_back(path)
  local done, message = recovery.run(path)
  if not done and message then error({ failed = message }, 0) end
  if not done then return false end
  ui.warn(interrupted.describe(done))
  for _, line in ipairs(interrupted.kept(done.changed)) do ui.warn(line) end
  return true
end

local STATES = {
  busy = "%s: an upgrade is at work on it; what is read now may be neither what was nor what will be",
  ["cut off"] = "%s: an upgrade was cut off, so it may be neither what was nor what should be; run: pysec recover %s",
}

--- Looks at each of a list of paths; `changes` is true for a run that may change things. Returns true when something
-- was taken back. Raises { failed } when that was not possible, or somebody is at work there.
function interrupted.settle(job, list, changes)
  local any = false
  for _, path in ipairs(list) do
    if changes then
      any = take_back(path) or any
    else
      local state = recovery.state(path)
      if state then job:note(STATES[state]:format(path, path)) end
    end
  end
  return any
end

return interrupted
