--- pysec advisories serve: answers like api.osv.dev until interrupted.
local advisories = require "pysec.advisories"
local database = require "verbs.advisories.database"
local tool = require "pysec.tool"
local ui = require "pysec.ui"

local action = {}

action.command = {
  summary = "Answers like api.osv.dev on 127.0.0.1 until interrupted.",
  usage = "[OPTIONS]",
  positional = { 0, 0 },
  options = {
    { "port", "N", number = 0, integer = true, help = "the port (8765); 0: any free one" },
    { "token", "TEXT", help = "secret that every URL has to start with; 'new' makes one" },
  },
  examples = { { "pysec advisories serve", "the address is printed; Ctrl-C ends it" } },
}

function action.run(values, path)
  if values.port and values.port > 65535 then
    error({ usage = ("--port %d: expected a number from 0 to 65535"):format(values.port) }, 0)
  end
  local token = values.token
  if token == "new" then token = assert(advisories.token()) end
  local service, message = advisories.serve(path, { port = values.port or 8765, token = token })
  if not service then return database.fail(message) end
  local _ <close> = service
  ui.ok(("serving %s at %s (POST /v1/query, POST /v1/querybatch, GET /v1/vulns/ID); Ctrl-C ends it"):format(path,
    service:url()))
  while true do tool.sleep(3600) end
end

return action
