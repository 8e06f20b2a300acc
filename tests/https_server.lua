--- Real servers for tests of downloads: https_server.py, with a certificate authority of its own.
--
--   local server <close> = require "https_server".start()
--   server:file("/a.txt", "text"); server:rule("/a.txt", { status = 404 })
--   server.https .. "/a.txt"; server.ca
local fs = require "pysec.fs"
local json = require "pysec.json"
local python_server = require "python_server"
local t = require "harness"
local tool = require "pysec.tool"

local Server = {}
Server.__index = Server

--- An authority (ca.pem), one that nobody asked for (stranger.pem), and certificates for this machine (here.pem) and
--- for another (elsewhere.pem).
local CERTIFICATES = [[
set -e
cd "$0"
new() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "$@" 2>/dev/null; }
new -keyout ca.key -out ca.pem -subj "/CN=authority of tests"
new -keyout stranger.key -out stranger.pem -subj "/CN=a stranger"
signed() { new -keyout "$1.key" -out "$1.pem" -subj "/CN=$1" -CA ca.pem -CAkey ca.key -addext "subjectAltName=$2" \
  -addext "basicConstraints=critical,CA:FALSE"; }
signed here "DNS:localhost,DNS:known.to.proxy,IP:127.0.0.1"
signed elsewhere "DNS:elsewhere.example"
]]

--- Starts them; they end with close, or with the test. `https`, `elsewhere`, `http` and `proxy` are addresses, `ca` and
--- `stranger` files of certificates.
function Server.start()
  local folder = t.tempdir()
  assert(fs.mkdirs(folder .. "/www"))
  local made = assert(tool.run { "/bin/sh", "-c", CERTIFICATES, folder, timeout = 60 })
  t.equal(made.code, 0, "openssl makes certificates: " .. made.stderr)
  local pipe, ports = python_server.start("https_server", folder, function()
    return json.read(folder .. "/ports.json")
  end)
  local self = setmetatable({ folder = folder, pipe = pipe, rules = {}, ca = folder .. "/ca.pem",
    stranger = folder .. "/stranger.pem" }, Server)
  for kind, port in pairs(ports) do
    self[kind] = ("%s://%s:%d"):format((kind == "http" or kind == "proxy") and "http" or "https",
      kind == "proxy" and "127.0.0.1" or "localhost", port)
  end
  return self
end

--- What is served at a path from now on.
function Server:file(path, text)
  t.files(self.folder .. "/www", { [path:sub(2)] = text })
end

--- What goes wrong at a path from now on; nil: nothing.
function Server:rule(path, rule)
  self.rules[path] = rule
  assert(json.write(self.folder .. "/rules.json", next(self.rules) and self.rules or json.decode "{}"))
end

--- The lines that were logged since this was called last.
Server.log = python_server.log

Server.close = python_server.close
Server.__close = Server.close

return Server
