--- How every command of the command line begins: reading its options, --help, the settings of the terminal.
local options = require "lib.options"
local ui = require "pysec.ui"

local cli = {}

--- Reads the words of a command (see lib/options.lua). Returns its values, or nil when --help was asked for and
-- printed. Raises { usage = message } for a mistake.
function cli.start(command, words)
  local values, message = options.parse(command, words)
  if not values then error({ usage = message }, 0) end
  ui.configure { quiet = values.quiet, verbose = values.verbose, color = not values.no_color }
  if not values.help then return values end
  ui.write(options.help(command))
  return nil
end

return cli
