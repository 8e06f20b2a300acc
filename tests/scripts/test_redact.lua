--- Secrets are taken out of text.
local t = require "harness"
local redact = require "lib.redact"

local CANARY = "canary-5a1e+(.*)%[x]^$"

t.test("replaces every occurrence of a secret, whatever it is made of", function()
  local clean = redact.new { CANARY }
  t.equal(clean("key=" .. CANARY .. "; again " .. CANARY), "key=***; again ***")
  t.equal(clean "nothing here", "nothing here")
end)

t.test("replaces several, a longer one before the one that it starts with", function()
  for _, secrets in ipairs { { "abcd", "abcdef" }, { "abcdef", "abcd" } } do
    t.equal(redact.new(secrets)("abcdef abcd"), "*** ***")
  end
end)

t.test("leaves short texts alone: they would be everywhere", function()
  t.equal(redact.new { "abc", "" }("abc abc"), "abc abc")
end)

t.test("takes the password out of addresses", function()
  local clean = redact.new {}
  for text, want in pairs {
    ["https://user:pass@pypi.example/simple"] = "https://***@pypi.example/simple",
    ["--index-url=https://token@pypi.example/"] = "--index-url=https://***@pypi.example/",
    ["git+ssh://git:x@a.example/b and http://u:p@b.example"] = "git+ssh://***@a.example/b and http://***@b.example",
    ["https://user:p@ss@pypi.example/simple"] = "https://***@pypi.example/simple",
    ['{"url": "https://u:p@a.example/x"}'] = '{"url": "https://***@a.example/x"}',
  } do
    t.equal(clean(text), want, text)
  end
end)

t.test("leaves addresses without one as they are", function()
  for _, text in ipairs { "https://pypi.example/simple", "https://a.example/@scope/x", "mail me@a.example",
    "https://a.example 'x@y'" } do
    t.equal(redact.new {}(text), text)
  end
end)

t.test("gives one value", function()
  t.equal(select("#", redact.new { CANARY }(CANARY)), 1)
end)

t.test("knows what an address of a service keeps from others", function()
  local token = ("0a1b"):rep(8)
  for url, secrets in pairs {
    ["http://127.0.0.1:1/" .. token .. "/v1/query"] = { token, "/" .. token .. "/v1" },
    ["http://127.0.0.1:1/osv/" .. token .. "/v1/query?key=x"] = { token, "/osv/" .. token .. "/v1", "?key=x" },
    ["http://a.example/short/v1/query"] = { "/short/v1" }, ["http://a.example/short/v1"] = { "/short/v1" },
    ["http://a.example/" .. token .. "/query"] = { token },
    ["http://a.example/v1/query"] = {}, ["http://a.example"] = {}, ["osv"] = {},
  } do
    t.equal(redact.address(url), secrets, url)
  end
  local clean = redact.new(redact.address "http://a.example/requests/v1/query")
  t.equal(clean "requests 2.0: no answer from /requests/v1/query", "requests 2.0: no answer from ***/query")
end)

t.test("knows the variables that hold secrets", function()
  t.contains(table.concat(redact.variables, " "), "SAFETY_API_KEY")
end)

return t.finish()
