--- The OSV service against clients that mean it no good: see service_client.py.
local t = require "harness"
local advisories = require "pysec.advisories"
local served = require "served"

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
