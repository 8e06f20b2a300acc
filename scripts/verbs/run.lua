--- pysec run SCRIPT [ARGS]: a user's own script, or a shipped audit by name.
local cli = require "cli"
local fs = require "pysec.fs"
local host = require "pysec.host"
local names = require "lib.names"
local options = require "lib.options"
local ui = require "pysec.ui"

local run = {}

local function shipped()
  local list = {}
  for _, name in ipairs(host.builtins("scripts/audits/")) do
    list[#list + 1] = name:match("^scripts/audits/([%w_]+)%.lua$")
  end
  return list
end

local command = {
  name = "pysec run",
  summary = "Runs a Lua script with the host's modules, or a shipped audit by name.",
  usage = "SCRIPT [ARGS]",
  positional = { 0, math.huge },
  stop_at_positional = true,
  options = options.with_common {
    { "list", help = "list the shipped audits" },
  },
  examples = {
    { "pysec run outdated", "how far behind each package of .venv is" },
    { "pysec run find_package jinja2 '<2.11' ~/projects", "who holds a package in a range of versions" },
    { "pysec run my_audit.lua --flag", "a script of your own; its arguments are in `arg` and `...`" },
  },
}

local function load_script(name)
  if not name:find("/", 1, true) and not name:match("%.lua$") then
    for _, audit in ipairs(shipped()) do
      if audit == name then return function(...) return require("audits." .. name).main { ... } end end
    end
    if not fs.stat(name) then
      error({ usage = ("no shipped audit is called '%s'%s; there are %s; a script of your own ends in .lua")
        :format(name, names.hint(name, shipped()), table.concat(shipped(), ", ")) }, 0)
    end
  end
  local chunk, message = host.load(name)
  if not chunk then error({ usage = message }, 0) end
  return chunk
end

function run.main(words)
  local values = cli.start(command, words)
  if not values then return 0 end
  if values.list then
    ui.write(table.concat(shipped(), "\n") .. "\n")
    return 0
  end
  if #values == 0 then error({ usage = "pysec run: something is missing: pysec run SCRIPT [ARGS]" }, 0) end
  local chunk = load_script(values[1])
  local own = table.move(values, 2, #values, 1, { [0] = values[1] })
  _G.arg = own
  return chunk(table.unpack(own))
end

return run
