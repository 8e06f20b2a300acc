--- pysec recover: takes back upgrades that were cut off.
local cli = require "cli"
local fs = require "pysec.fs"
local interrupted = require "interrupted"
local options = require "lib.options"
local recovery = require "transaction.recovery"
local ui = require "pysec.ui"

local recover = {}

local command = {
  name = "pysec recover",
  summary = "Takes back upgrades that were cut off, by kill -9 or a loss of power. The next upgrade does so by itself.",
  usage = "[PATH]... [OPTIONS]",
  positional = { 0, math.huge },
  options = options.with_common {
    { "list", help = "only say what was cut off" },
  },
  examples = {
    { "pysec recover", "whatever was cut off in the current folder" },
    { "pysec recover ~/app/.venv ~/app/requirements.txt", "of these" },
  },
  notes = "A PATH is an environment, a requirements file, or a folder that holds some.\n"
    .. "Exit: 0 nothing is left that was cut off, 1 with --list when something is, 4 it could not be taken back.",
}

--- What a word of the command line stands for: the thing itself, and what lies in a folder.
local function subjects(words)
  local list = {}
  for _, word in ipairs(#words > 0 and words or { "." }) do
    local stat, message = fs.stat(word)
    local inside = stat and stat.kind == "folder" and recovery.find(word) or {}
    local state = recovery.state(word)
    if not stat and not state then error({ usage = message }, 0) end
    if state then list[#list + 1] = word end
    table.move(inside, 1, #inside, #list + 1, list)
  end
  return list
end

local function show(list)
  local any = false
  for _, path in ipairs(list) do
    local state = recovery.state(path)
    if state then ui.info(("%s: %s"):format(path, state == "busy" and "an upgrade is at work" or "cut off")) end
    any = any or state == "cut off"
  end
  return any and 1 or 0
end

local function take_back(list)
  local any, code, said = false, 0, {}
  for _, path in ipairs(list) do
    local done, message = recovery.run(path)
    if done then
      any = true
      ui.ok(interrupted.describe(done))
      for _, line in ipairs(interrupted.kept(done.changed)) do ui.warn(line) end
    elseif message then
      -- All that an upgrade was to change has the same reason.
      if not said[message] then ui.error(message) end
      said[message], code = true, 4
    end
  end
  if not any and code == 0 then ui.info("nothing was cut off") end
  return code
end

function recover.main(words)
  local values = cli.start(command, words)
  if not values then return 0 end
  local list = subjects(values)
  return values.list and show(list) or take_back(list)
end

return recover
