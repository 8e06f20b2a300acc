--- The OSV service against clients that mean it no good: see service_client.py.
local t = require "harness"
local advisories = require "pysec.advisories"
local fs = require "pysec.fs"
local served = require "served"
local tool = require "pysec.tool"

local DATABASE = served.database()

--- Attacks a service of its own; returns what the attacker saw.
local function attack(name, seconds)
  local service <close> = assert(advisories.serve(DATABASE, { token = advisories.token(), seconds = seconds }))
  local seen = served.attack(name, service:url())
  t.equal(served.curl(service:url() .. "/v1/vulns/PYSEC-2019-217"), 200, "the service lives on")
  return seen
end

t.test("a client that is slow with its headers or its body is sent away, and holds up nobody", function()
  t.equal(attack("slow", 2), "headers ended 200\nbody ended 200\n")
end)

t.test("more connections than there are places leave one for who has a request", function()
  t.equal(attack("crowd", 3600), "[200, 200, 200, 200, 200]\n")
end)

--- Holds all connections that there are until its input ends, and says so by a file.
local HOLD = [[
import socket, sys
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(300)]
open(sys.argv[2], "w").close()
sys.stdin.read()]]

t.test("it stops at once, also while every place is taken", function()
  for _ = 1, 4 do -- not each time a thread has as many as it may
    local service = assert(advisories.serve(DATABASE, { seconds = 120 }))
    local ready, port = t.tempdir() .. "/ready", service:url():match ":(%d+)"
    local client = assert(io.popen(("exec python3 -I -c '%s' %s '%s'"):format(HOLD, port, ready), "w"))
    for _ = 1, 1000 do
      if fs.stat(ready) then break end
      tool.sleep(0.02)
    end
    t.truthy(fs.stat(ready), "the connections are there")
    tool.sleep(1)
    local started = os.time()
    service:stop()
    client:close()
    t.truthy(os.time() - started < 30, "it waits for a connection that says nothing to end")
  end
end)

t.test("a body whose end is in doubt is refused, and nothing behind it is a request", function()
  local count = 0
  for statuses, headers in attack "unclear":gmatch "([%d ]*): ([^\n]*)\n" do
    -- The library sends its own refusals twice at times; they end the connection all the same.
    t.truthy(statuses ~= "", headers .. " has no answer")
    for status in statuses:gmatch "%d+" do t.truthy(status == "400" or status == "413", headers .. ": " .. statuses) end
    count = count + 1
  end
  t.equal(count, 14)
end)

t.test("many requests at once on one connection are answered in their order", function()
  t.match(attack "pipeline", "^101 ")
end)

t.test("what is no HTTP, or too much of it, harms nobody", function()
  t.equal(attack("garbage", 2), "200\n")
end)

return t.finish()
