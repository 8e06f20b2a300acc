--- pysec tools install|list: the scanners, in an environment of their own.
local cli = require "cli"
local options = require "lib.options"
local toolbox = require "toolbox"
local ui = require "pysec.ui"

local tools = {}

local command = {
  name = "pysec tools",
  summary = "Installs the scanners into an environment of their own, or lists them.",
  usage = "install|list [OPTIONS]",
  positional = { 1, 1 },
  options = options.with_common {
    { "tools", "DIR", help = "where they are (also: PYSEC_TOOLS)" },
  },
  examples = {
    { "pysec tools install", "download and install what is missing, checked by hash" },
    { "pysec tools list", "names, versions and places" },
  },
}

local actions = {}

function actions.install(box)
  local progress <close> = ui.progress()
  local current
  local ok, message = box:install(function(name)
    if current then progress:finish(current, true, "installed") end
    current = ("installing %s into %s"):format(name, box.folder)
    progress:start(current)
  end)
  if current then progress:finish(current, ok, ok and "installed" or "failed") end
  if not ok then
    ui.error(message)
    return 3
  end
  ui.ok("the tools are installed in " .. box.folder)
  return 0
end

function actions.list(box)
  local rows, missing = {}, false
  for i, entry in ipairs(toolbox.tools) do
    local version = box:version(entry.name)
    missing = missing or not version
    rows[i] = { entry.name, version or { "missing", "red" }, box.folder .. "/" .. entry.environment }
  end
  ui.table({ "TOOL", "VERSION", "ENVIRONMENT" }, rows)
  if missing then ui.info("run: pysec tools install") end
  return missing and 3 or 0
end

function tools.main(words)
  local values = cli.start(command, words)
  if not values then return 0 end
  local action = actions[values[1]]
  if not action then error({ usage = ("pysec tools %s: expected install or list"):format(values[1]) }, 0) end
  return action(toolbox.open(values.tools))
end

return tools
