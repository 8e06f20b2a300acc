--- pysec advisories serve: answers like api.osv.dev until interrupted.
local advisories = require "pysec.advisories"
local database = require "verbs.advisories.database"
local fs = require "pysec.fs"
local tool = require "pysec.tool"
local ui = require "pysec.ui"

local action = {}

local NOTES = [[
The database is only read. What `pysec advisories import` or `update` makes of it, and a file that is moved over
it, is served from the next request on; while it is missing or broken, every answer is 503.

Anything but the loopback is for a team: it needs a token, or --no-token where everybody who can connect may ask.
Name with --host what clients call the machine; addresses that are listened on need no mention. There is no TLS:
put a proxy in front that has it, and let it pass the Host header on, or --host the name that it sends.

With --verbose each request is told on standard error.

Clients: pysec --advisories URL
         pip-audit --vulnerability-service osv --osv-url URL/v1/query
         uv audit --preview-features audit --service-format osv --service-url URL/]]

action.command = {
  summary = "Answers like api.osv.dev, on 127.0.0.1 or for a team, until interrupted.",
  usage = "[OPTIONS]",
  positional = { 0, 0 },
  options = {
    { "listen", "ADDRESS", help = "the address to listen on (127.0.0.1); 0.0.0.0 or ::, which is both, for all" },
    { "port", "N", number = 0, integer = true, help = "the port (8765); 0: any free one" },
    { "host", "NAME", many = true, help = "a name by which clients may call this machine; may repeat" },
    { "token", "TEXT", help = "secret that every URL starts with: 16 to 128 letters and digits; 'new' makes one" },
    { "token-file", "FILE", help = "a file that holds it: other users can see command lines" },
    { "no-token", help = "everybody who can connect may ask" },
  },
  examples = {
    { "pysec advisories serve", "the address is printed; Ctrl-C ends it" },
    { "pysec advisories serve --listen 0.0.0.0 --host mirror.example --token-file mirror.token", "a team's mirror" },
  },
  notes = NOTES,
}

local function usage(text, ...)
  error({ usage = text:format(...) }, 0)
end

--- The token of the options: a text, false for none at all, nil where none was spoken of.
local function choose_token(values)
  local given = (values.token and 1 or 0) + (values.token_file and 1 or 0) + (values.no_token and 1 or 0)
  if given > 1 then usage "of --token, --token-file and --no-token there can be one" end
  if values.no_token then return false end
  if values.token == "new" then return assert(advisories.token()) end
  local token, label = values.token, "--token"
  if values.token_file then
    local text, message = fs.read(values.token_file)
    if not text then usage("--token-file %s", message) end
    token, label = text:match "^%s*(.-)%s*$", "--token-file " .. values.token_file
  end
  if token and not advisories.is_token(token) then
    usage("%s: expected 16 to 128 letters and digits; --token new makes some", label)
  end
  return token
end

--- Checks the options and makes those of pysec.advisories of them. Raises { usage }.
local function choose(values)
  local listen = values.listen or "127.0.0.1"
  local reach = advisories.reach(listen)
  if not reach then usage("--listen %s: expected an address such as 127.0.0.1, 0.0.0.0 or ::1", listen) end
  if values.port and values.port > 65535 then
    usage("--port %d: expected a number from 0 to 65535", values.port)
  end
  for _, host in ipairs(values.host or {}) do
    if not advisories.is_host(host) then usage("--host %s: expected a name or an address, without a port", host) end
  end
  local token = choose_token(values)
  if reach ~= "loopback" and token == nil then
    usage("--listen %s: other machines can connect, so it takes --token new, --token-file FILE or --no-token", listen)
  end
  return { listen = listen, port = values.port or 8765, hosts = values.host, token = token, log = values.verbose },
    reach
end

local function warn(options, reach)
  if reach == "loopback" then return end
  if not options.token then
    ui.warn(("everybody who can connect to %s may ask: there is no token"):format(options.listen))
  end
  if reach == "any" and not options.hosts then
    ui.warn "clients have to name this machine by an address: --host allows a name"
  end
end

--- The service's address, without a secret that its user knows already: the output may end up in a log of the system.
local function address(service, options, values)
  local url = service:url()
  return options.token and values.token ~= "new" and url:sub(1, -#options.token - 1) .. "TOKEN" or url
end

local function show(line)
  local text = ui.escape(line.text)
  if line.kind == "warning" then ui.warn(text) elseif line.kind == "note" then ui.info(text) else ui.detail(text) end
end

function action.run(values, path)
  local options, reach = choose(values)
  local service, message = advisories.serve(path, options)
  if not service then return database.fail(message) end
  local _ <close> = service
  warn(options, reach)
  local where = reach == "any" and (" (on every address, %s)"):format(options.listen) or ""
  ui.ok(("serving %s at %s%s (POST /v1/query, POST /v1/querybatch, GET /v1/vulns/ID), the address for pysec "
    .. "--advisories; Ctrl-C ends it"):format(path, address(service, options, values), where))
  while true do
    tool.sleep(0.25)
    for _, line in ipairs(service:lines()) do show(line) end
  end
end

return action
