--- The loopback OSV service, asked with curl.
local t = require "harness"
local advisories = require "pysec.advisories"
local json = require "pysec.json"
local tool = require "pysec.tool"

local FIXTURES = t.root .. "/tests/fixtures/advisories"

local function database()
  local path = t.tempdir() .. "/a.db"
  local db <close> = assert(advisories.open(path, { write = true }))
  assert(db:import(FIXTURES))
  return path
end

local DATABASE = database()

--- Runs curl with `input`, if any, as what "@-" means; returns the status, the body and the headers in one
--- text.
local function curl_with(input, ...)
  local result = assert(tool.run { "curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "30",
    "--dump-header", "-", "--header", "Expect:", stdin = input, ... })
  assert(result.code == 0, result.stderr)
  local headers, body = result.stdout:match "^(.-\r\n)\r\n(.*)$"
  return tonumber(headers:match "^HTTP/1.1 (%d+)"), body, headers
end

local function curl(...) return curl_with(nil, ...) end

--- Serves, and hands the base address and a function that posts to it to `body`.
local function with_service(body, token)
  local service <close> = assert(advisories.serve(DATABASE, { token = token or advisories.token() }))
  local url = service:url()
  body(url, function(path, request, ...)
    if type(request) ~= "string" then request = json.encode(request) end
    return curl_with(request, "--data-binary", "@-", url .. path, ...)
  end)
end

local function ids(body)
  local list = {}
  for i, record in ipairs(json.decode(body).vulns or {}) do list[i] = record.id end
  return table.concat(list, " ")
end

local function package(name, version)
  return { package = { name = name, ecosystem = "PyPI" }, version = version }
end

t.test("the address is on 127.0.0.1 with the token as its path", function()
  local token = advisories.token()
  t.match(token, "^" .. ("%x"):rep(32) .. "$")
  t.truthy(token ~= advisories.token(), "fresh each time")
  with_service(function(url)
    t.match(url, "^http://127%.0%.0%.1:%d+/" .. token .. "$")
  end, token)
  local open <close> = assert(advisories.serve(DATABASE))
  t.match(open:url(), "^http://127%.0%.0%.1:%d+$")
  local _, answer = curl("--data", json.encode(package("jinja2", "2.10")), open:url() .. "/v1/query")
  t.equal(ids(answer), "PYSEC-2019-217")
end)

t.test("a query gives whole records, in every way to name a package", function()
  with_service(function(_, post)
    local status, body, headers = post("/v1/query", package("Requests", "2.19.1"))
    t.equal(status, 200)
    t.match(headers:lower(), "content%-type: application/json\r\n")
    t.equal(ids(body), "PYSEC-2018-28 PYSEC-2023-74")
    t.equal(json.decode(body).vulns[1].affected[1].ranges[1].events[2].fixed, "2.20.0")
    local both = ids(body)
    local function found(request) return ids(select(2, post("/v1/query", request))) end
    for _, purl in ipairs {
      "pkg:pypi/requests@2.19.1", "pkg:PyPI/Requests@2.19.1?a=b#c", "pkg:pypi/re%71uests@2.19%2E1",
    } do
      t.equal(found { package = { purl = purl } }, both, purl)
    end
    t.equal(found { version = "2.25", package = { purl = "pkg:pypi/requests" } }, "PYSEC-2023-74")
    t.equal(found(package "requests"), both, "no version: every record")
    t.equal(found(package("requests", "")), both, "an empty version is none")
  end)
end)

t.test("nothing known, another ecosystem and a commit have the empty answer; withdrawn is out", function()
  with_service(function(_, post)
    for _, request in ipairs {
      package("requests", "2.31.0"), package("unheard-of", "1"), package("flask-caching", "1.10.1"),
      { package = { name = "requests", ecosystem = "npm" }, version = "2.19.1" },
      { package = { purl = "pkg:npm/requests@2.19.1" } },
      { commit = "6879efc2c1596d11a6a6ad296f80063b558d5e0f" },
    } do
      local status, body = post("/v1/query", request)
      t.equal({ status, body }, { 200, "{}" }, json.encode(request))
    end
  end)
end)

t.test("what is not understood is an error, never an empty answer", function()
  with_service(function(_, post)
    for _, request in ipairs {
      "", "{", "[]", "{}", '"x"', "{}{}", '{"package":"requests"}', '{"package":{"name":"requests"}}',
      '{"package":{"name":1,"ecosystem":"PyPI"}}', '{"package":{"name":"","ecosystem":"PyPI"}}',
      json.encode(package("requests", "latest")), json.encode(package("requests", 1)),
      '{"package":{"purl":"requests"}}', '{"package":{"purl":"pkg:pypi/"}}',
      '{"package":{"purl":"pkg:pypi/a%2"}}',
      '{"package":{"purl":"pkg:pypi/a@"}}', '{"package":{"purl":"pkg:pypi/a%00b@1"}}',
      '{"package":{"purl":"pkg:pypi/requests@1"},"version":"2"}',
      '{"package":{"purl":"pkg:pypi/requests@1","name":"requests","ecosystem":"PyPI"}}',
      ("["):rep(10000), "\0", "\255",
    } do
      local status, body = post("/v1/query", request)
      t.equal(status, 400, request)
      t.equal(json.decode(body).code, 3, request)
      t.match(json.decode(body).message, "%.$")
    end
  end)
end)

t.test("a batch answers each query in its place, with ids alone", function()
  with_service(function(_, post)
    local status, body = post("/v1/querybatch", { queries = json.array {
      package("jinja2", "2.10"), package("unheard-of", "1"), { package = { purl = "pkg:pypi/urllib3@1.23" } },
    } })
    t.equal(status, 200)
    t.equal(body, '{"results":[{"vulns":[{"id":"PYSEC-2019-217","modified":"2021-07-05T00:01:22Z"}]},{},' ..
      '{"vulns":[{"id":"PYSEC-2023-192","modified":"2023-10-10T14:28:19.389317Z"}]}]}')
    t.equal(select(2, post("/v1/querybatch", '{"queries":[]}')), '{"results":[]}')
    local many = {}
    for i = 1, 1000 do many[i] = package("jinja2", "2.10") end
    t.equal(#json.decode((select(2, post("/v1/querybatch", { queries = many })))).results, 1000)
    many[1001] = many[1]
    t.equal(post("/v1/querybatch", { queries = many }), 400)
    local mixed = json.array { package("jinja2", "2.10"), package("jinja2", "x") }
    status, body = post("/v1/querybatch", { queries = mixed })
    t.equal(status, 400)
    t.match(body, "queries%[1%]: Invalid version%.")
    t.equal(post("/v1/querybatch", "{}"), 400)
  end)
end)

t.test("a record is served by its id alone, a withdrawn one too", function()
  with_service(function(url)
    local status, body = curl(url .. "/v1/vulns/PYSEC-2019-217")
    t.equal(status, 200)
    t.equal(json.decode(body).aliases[1], "CVE-2019-10906")
    t.truthy(json.decode((select(2, curl(url .. "/v1/vulns/PYSEC-2021-13")))).withdrawn, "withdrawn")
    for _, id in ipairs { "CVE-2019-10906", "PYSEC-0", "a%27%20or%201" } do
      status, body = curl(url .. "/v1/vulns/" .. id)
      t.equal({ status, body }, { 404, '{"code":5,"message":"Bug not found."}' }, id)
    end
  end)
end)

t.test("without the right token there is nothing", function()
  local token = advisories.token()
  with_service(function(url)
    local base = url:match "^(http://[^/]+)"
    local request = json.encode(package("jinja2", "2.10"))
    for _, path in ipairs {
      "/v1/query", "/" .. token:sub(1, -2) .. "/v1/query", "/" .. token .. "0/v1/query",
      "/" .. token:sub(1, -2) .. "g/v1/query", "//v1/query", "/", "/" .. token, "/" .. token .. "/v2/query",
    } do
      local status, body = curl("--data", request, base .. path)
      t.equal(status, 404, path)
      t.match(body, '"code":5')
    end
  end, token)
end)

t.test("a foreign, missing or second Host is refused, whatever the token", function()
  with_service(function(url, post)
    local request = package("jinja2", "2.10")
    for _, host in ipairs {
      "evil.example", "127.0.0.1.evil.example", "localhost:", "localhost:1:2", "127.0.0.1@evil.example",
      "127.0.0.2", "0.0.0.0", "[::1]x",
    } do
      t.equal(post("/v1/query", request, "--header", "Host: " .. host), 403, host)
    end
    t.equal(post("/v1/query", request, "--http1.0", "--header", "Host:"), 403, "none")
    local twice = tool.run { "python3", "-c", [[
import socket, sys, urllib.parse
url = urllib.parse.urlparse(sys.argv[1])
asked = socket.create_connection((url.hostname, url.port), 5)
head = "GET %s/v1/vulns/PYSEC-2019-217 HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
asked.sendall((head % url.path).encode())
print(asked.recv(12).decode())
]], url, timeout = 20 }
    t.match(twice.stdout, "^HTTP/1.1 40[03]", "a second one")
    for _, host in ipairs { "127.0.0.1", "LocalHost", "localhost:80", "[::1]", "[::1]:8080" } do
      t.equal(post("/v1/query", request, "--header", "Host: " .. host), 200, host)
    end
  end)
end)

t.test("other methods are refused", function()
  with_service(function(url, post)
    local status, _, headers = curl(url .. "/v1/query")
    t.equal(status, 405)
    t.match(headers:lower(), "allow: post\r\n")
    status, _, headers = post("/v1/vulns/PYSEC-2019-217", "{}")
    t.equal(status, 405)
    t.match(headers:lower(), "allow: get\r\n")
    t.equal(post("/v1/query", "{}", "--request", "DELETE"), 405)
  end)
end)

t.test("a body above 1 MiB is refused, however it comes, and the service lives on", function()
  with_service(function(_, post)
    for _, size in ipairs { 1024 * 1024 + 1, 7 * 1024 * 1024, 20 * 1024 * 1024 } do
      t.equal(post("/v1/query", (" "):rep(size)), 413, size)
    end
    local above = (" "):rep(1024 * 1024 + 1)
    t.equal(post("/v1/query", above, "--header", "Transfer-Encoding: chunked"), 413, "chunked")
    local request = json.encode(package("jinja2", "2.10"))
    local _, body = post("/v1/query", request .. (" "):rep(1024 * 1024 - #request))
    t.equal(ids(body), "PYSEC-2019-217", "1 MiB is fine")
  end)
end)

t.test("a request is answered while others keep their connections and say nothing", function()
  with_service(function(url)
    local result = tool.run { "python3", "-c", [[
import http.client, socket, sys, urllib.parse
url = urllib.parse.urlparse(sys.argv[1])
held = [socket.create_connection((url.hostname, url.port), 5) for _ in range(40)]
for s in held: s.sendall(b"POST /")
asked = http.client.HTTPConnection(url.hostname, url.port, timeout=5)
asked.request("GET", url.path + "/v1/vulns/PYSEC-2019-217")
print(asked.getresponse().status)
]], url, timeout = 20 }
    t.equal(result.stdout, "200\n", result.stderr)
  end)
end)

t.test("an import that ends meanwhile is seen by the next request", function()
  local path = t.tempdir() .. "/a.db"
  local db <close> = assert(advisories.open(path, { write = true }))
  assert(db:import(FIXTURES .. "/PYSEC-2018-28.json"))
  local service <close> = assert(advisories.serve(path))
  local function found()
    local request = json.encode(package("requests", "2.19.1"))
    return ids(select(2, curl("--data", request, service:url() .. "/v1/query")))
  end
  t.equal(found(), "PYSEC-2018-28")
  assert(db:import(FIXTURES))
  t.equal(found(), "PYSEC-2018-28 PYSEC-2023-74")
end)

t.test("it does not start on a missing database or a taken port, and stops for good", function()
  local none, message, code = advisories.serve(t.tempdir() .. "/none.db")
  t.equal({ none, code }, { nil, "ENOENT" })
  t.match(message, "pysec advisories import FILE$")
  local service = assert(advisories.serve(DATABASE))
  local url = service:url()
  local port = tonumber(url:match "(%d+)$")
  none, message, code = advisories.serve(DATABASE, { port = port })
  t.equal({ none, code }, { nil, "EADDRINUSE" }, message)
  service:stop()
  service:stop()
  t.raises(function() service:url() end, "stopped")
  t.truthy(tool.run { "curl", "--silent", "--noproxy", "*", url }.code ~= 0, "nobody listens")
  t.raises(function() advisories.serve(DATABASE, { port = 65536 }) end, "port")
  t.raises(function() advisories.serve(DATABASE, { token = "short" }) end, "token")
  t.raises(function() advisories.serve(DATABASE, { token = ("a/"):rep(20) }) end, "token")
end)

return t.finish()
