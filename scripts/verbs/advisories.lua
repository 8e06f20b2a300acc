--- pysec advisories ACTION: the local advisory database. Each action is a file in advisories/.
local cli = require "cli"
local folders = require "folders"
local lists = require "lib.lists"
local names = require "lib.names"
local options = require "lib.options"

local verb = {}

local ACTIONS = { "update", "import", "query", "show", "info", "verify", "serve" }

local DATABASE = { "database", "FILE", help = "the database (also: PYSEC_DATABASE)" }

local function load(name)
  return require("verbs.advisories." .. name)
end

--- The command of one action: what its file declares, and what all have.
local function command_of(name, action)
  local command = action.command
  local own = table.move(command.options, 1, #command.options, 2, { DATABASE })
  return { name = "pysec advisories " .. name, summary = command.summary, usage = command.usage,
    positional = command.positional, options = options.with_common(own), examples = command.examples,
    notes = command.notes }
end

--- What `pysec advisories --help` shows.
local function overview()
  local verbs = {}
  for i, name in ipairs(ACTIONS) do
    local command = load(name).command
    local usage = command.usage ~= "[OPTIONS]" and " " .. command.usage or ""
    verbs[i] = { ("pysec advisories %s%s"):format(name, usage), command.summary }
  end
  return { name = "pysec advisories", usage = "ACTION [OPTIONS]", positional = { 1, math.huge }, verbs = verbs,
    summary = "The local advisory database: OSV records of the ecosystem PyPI, asked without a network.",
    options = options.with_common { DATABASE } }
end

--- The action's place: options may come before it.
local function find(arguments)
  for i, word in ipairs(arguments) do
    if lists.has(ACTIONS, word) then return i end
  end
end

function verb.main(arguments)
  local at = find(arguments)
  if not at then
    local values = cli.start(overview(), arguments)
    if not values then return 0 end
    error({ usage = ("pysec advisories %s: expected %s%s"):format(values[1], table.concat(ACTIONS, ", "),
      names.hint(values[1], ACTIONS)) }, 0)
  end
  local name = table.remove(arguments, at)
  local action = load(name)
  local values = cli.start(command_of(name, action), arguments)
  if not values then return 0 end
  return action.run(values, folders.database(values.database))
end

return verb
