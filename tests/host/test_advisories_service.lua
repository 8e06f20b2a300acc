--- The OSV service, asked with curl: what it answers, and to whom.
local t = require "harness"
local advisories = require "pysec.advisories"
local json = require "pysec.json"
local served = require "served"
local tool = require "pysec.tool"

local curl, ids, package = served.curl, served.ids, served.package

local DATABASE = served.database()

--- Serves, and hands the base address and a function that posts to it to `body`.
local function with_service(body, token)
  local service <close> = assert(advisories.serve(DATABASE, { token = token or advisories.token() }))
  local url = service:url()
  body(url, function(path, request, ...) return served.post(url .. path, request, ...) end)
end

t.test("the address is on 127.0.0.1 with the token as its path", function()
  local token = advisories.token()
  t.match(token, "^" .. ("%x"):rep(32) .. "$")
  t.truthy(token ~= advisories.token(), "fresh each time")
  with_service(function(url)
    t.match(url, "^http://127%.0%.0%.1:%d+/" .. token .. "$")
  end, token)
  local open <close> = assert(advisories.serve(DATABASE, { token = false }))
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
      '{"package":{"name":"requests","ecosystem":"PyPI\\u0000"}}', '{"package":{"purl":"pkg:pypi/a\\u0000b"}}',
      '{"package":{"name":1,"ecosystem":"PyPI"}}', '{"package":{"name":"","ecosystem":"PyPI"}}',
      json.encode(package "jinja2==2.10"), json.encode(package("-requests", "1")),
      '{"package":{"purl":"pkg:pypi/jinja2%3D%3D2.10"}}',
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
      "127.0.0.2", "0.0.0.0", "[::1]x", "::1", "[localhost]", "127.1", ("a"):rep(300), "[::1", "localhost..",
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
    for _, host in ipairs { "127.0.0.1", "LocalHost", "localhost.", "localhost:80", "[::1]", "[0:0::1]:8080" } do
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
    t.match(headers:lower(), "allow: get, head\r\n")
    for _, method in ipairs { "DELETE", "OPTIONS", "TRACE", "PUT", "post", "HEAD" } do
      local more = method == "HEAD" and "--head" or "--get"
      t.equal(curl(url .. "/v1/query", more, "--request", method), 405, method)
    end
    local head, body
    status, body = curl(url .. "/v1/vulns/PYSEC-2019-217")
    head, _, headers = curl(url .. "/v1/vulns/PYSEC-2019-217", "--head")
    t.equal({ status, head }, { 200, 200 })
    t.equal(tonumber(headers:lower():match "content%-length: (%d+)"), #body, "HEAD tells the length of GET")
  end)
end)

t.test("a path is what it decodes to, and leads nowhere but to what there is", function()
  with_service(function(url)
    t.equal(curl(url .. "/v1/vulns/%50YSEC%2d2019-217"), 200)
    for _, path in ipairs {
      "/v1/vulns/PYSEC-2019-217%00",
      "/v1/vulns/PYSEC-2019-217/", "/v1/vulns/", "/v1/vulns", "/v1//vulns/PYSEC-2019-217",
      "/v1/../v1/vulns/PYSEC-2019-217", "/v1/%2e%2e/v1/vulns/PYSEC-2019-217", "/v1/vulns/..%2f..%2fetc%2fpasswd",
      "/v1/vulns/%", "/v1/vulns/%zz", "/V1/vulns/PYSEC-2019-217", "/v1/query%00", "/v1/vulns/" .. ("a"):rep(5000),
    } do
      t.equal(curl("--path-as-is", url .. path), 404, path)
    end
  end)
end)

t.test("a batch that would read more than 64 MiB of records is an error", function()
  local folder = t.tempdir()
  local function fill(id, package_name, bytes)
    t.files(folder, { [id .. ".json"] = json.encode { id = id, modified = "2024-01-01T00:00:00Z",
      details = ("x"):rep(bytes), affected = json.array { { package = { ecosystem = "PyPI", name = package_name },
        versions = json.array { "1" } } } } })
  end
  for i = 1, 10 do fill("PYSEC-2024-" .. i, "heavy", 700000) end
  fill("PYSEC-2024-99", "light", 10)
  local service <close> = assert(advisories.serve(served.database(folder)))
  local function batch(name, count)
    local queries = json.array {}
    for i = 1, count do queries[i] = package(name, "1") end
    return served.post(service:url() .. "/v1/querybatch", { queries = queries })
  end
  t.equal(batch("heavy", 9), 200)
  local status, body = batch("heavy", 20)
  t.equal(status, 400)
  t.match(body, "fewer packages")
  t.equal(batch("light", 1000), 200)
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

t.test("it listens where it is asked to, and lets in the names that it is given", function()
  local token = advisories.token()
  local any <close> = assert(advisories.serve(DATABASE, { listen = "0.0.0.0", token = token, hosts = { "mirror" } }))
  local port = any:url():match("^http://mirror:(%d+)/" .. token .. "$")
  local url = ("http://127.0.0.1:%s/%s/v1/vulns/PYSEC-2019-217"):format(port, token)
  for host, status in pairs {
    ["mirror"] = 200, ["MIRROR.:1"] = 200, ["192.0.2.1"] = 200, ["[2001:db8::1]:80"] = 200, ["mirror.evil"] = 403,
    ["192.0.2.1.evil"] = 403, ["evil"] = 403, ["192.0.2"] = 403,
  } do
    t.equal(served.curl(url, "--header", "Host: " .. host), status, host)
  end
  local ipv6, message, code = advisories.serve(DATABASE, { listen = "::1" })
  if ipv6 then
    local _ <close> = ipv6
    t.match(ipv6:url(), "^http://%[::1%]:%d+$")
    t.equal(served.curl("--globoff", ipv6:url() .. "/v1/vulns/PYSEC-2019-217"), 200)
  else
    t.truthy(code == "EADDRNOTAVAIL" or code == "EAFNOSUPPORT", message)
  end
end)

t.test("where other machines can connect, no token has to be a decision", function()
  for _, address in ipairs { "0.0.0.0", "::", "192.0.2.1", "fe80::1" } do
    t.raises(function() advisories.serve(DATABASE, { listen = address }) end, "token: expected")
  end
  for _, address in ipairs { "", "localhost", "127.1", "1", "127.0.0.1:80", "[::1]", "::1%nowhere", "::g",
    "::1\0" } do
    t.equal(advisories.reach(address), nil, address)
    t.raises(function() advisories.serve(DATABASE, { listen = address }) end, "listen: ")
  end
  local reach = { ["127.0.0.1"] = "loopback", ["127.9.9.9"] = "loopback", ["::1"] = "loopback", ["0.0.0.0"] = "any",
    ["::"] = "any", ["::ffff:127.0.0.1"] = "loopback", ["10.0.0.1"] = "network", ["fe80::1"] = "network" }
  for address, want in pairs(reach) do t.equal(advisories.reach(address), want, address) end
  for _, host in ipairs { "", ".a", "a.", "a b", "a:1", "http://a", "a/b", "a\0b", ("a"):rep(254) } do
    t.equal(advisories.is_host(host), false, host)
    t.raises(function() advisories.serve(DATABASE, { hosts = { host } }) end, "hosts: names")
  end
  t.raises(function() advisories.serve(DATABASE, { hosts = "a" }) end, "hosts: a list")
end)

t.test("lines tell the requests of which there is room, and how many more there were", function()
  local service <close> = assert(advisories.serve(DATABASE, { log = true }))
  t.equal(service:lines(), {})
  t.equal(assert(tool.run { "curl", "--silent", "--noproxy", "*", service:url() .. "/v1/vulns/[1-300]" }).code, 0)
  -- A request is told once its answer is out: the last one perhaps a moment after curl has it.
  local lines = service:lines()
  t.equal(#lines, 257)
  t.equal(lines[1].kind, "request")
  t.match(lines[1].text, "^404 GET /v1/vulns/1 [%d.]+ ms$")
  t.equal(lines[257].kind, "note")
  t.match(lines[257].text, "^4[34] more lines were not kept$")
end)

t.test("it does not start on a missing database or a taken port, and stops for good", function()
  local none, message, code = advisories.serve(t.tempdir() .. "/none.db")
  t.equal({ none, code }, { nil, "ENOENT" })
  t.match(message, "pysec advisories update, or import FILE$")
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
  t.raises(function() service:lines() end, "stopped")
  t.raises(function() advisories.serve(DATABASE, { seconds = -1 }) end, "seconds")
  t.raises(function() advisories.serve(DATABASE, { token = "short" }) end, "token")
  for _, token in ipairs { ("a/"):rep(20), ("a"):rep(20) .. "\0" } do
    t.equal(advisories.is_token(token), false)
    t.raises(function() advisories.serve(DATABASE, { token = token }) end, "token")
  end
end)

return t.finish()
