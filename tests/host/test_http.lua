--- Downloads, from real servers on this machine: see tests/https_server.lua.
local env = require "pysec.env"
local fs = require "pysec.fs"
local http = require "pysec.http"
local t = require "harness"
local tool = require "pysec.tool"

local server <close> = require "https_server".start()
local BODY = ("a line of it\n"):rep(50000)
server:file("/a.txt", BODY)
server:file("/b.txt", "b")
server:file("/empty", "")

--- Asks for a path with what else is given. Not through a proxy of the machine that this runs on.
local function get(path, more)
  local request = { url = server.https .. path, ca_file = server.ca, proxy = "" }
  for name, value in pairs(more or {}) do request[name] = value end
  return http.get(request)
end

--- It fails, with a code and a message.
local function fails(code, pattern, ...)
  local answer, message, got = ...
  t.equal({ answer, got }, { nil, code }, message)
  t.match(message, pattern)
end

--- Runs `body` with a rule for a path.
local function with_rule(path, rule, body)
  server:rule(path, rule)
  body()
  server:rule(path)
end

t.test("a body comes whole, with what names it", function()
  local answer = assert(get "/a.txt")
  t.equal({ answer.status, answer.bytes }, { 200, #BODY })
  t.truthy(answer.body == BODY, "the body")
  t.match(answer.etag, '^"%x+"$')
  t.match(answer.last_modified, "^%a%a%a, %d%d .* GMT$")
  t.equal(assert(get "/empty").body, "")
end)

t.test("what is not newer does not come again, by its etag or by its date", function()
  local first = assert(get "/a.txt")
  t.equal({ assert(get("/a.txt", { etag = first.etag })).status,
    assert(get("/a.txt", { last_modified = first.last_modified })).status }, { 304, 304 })
  local again = assert(get("/a.txt", { etag = first.etag, to = server.folder .. "/again" }))
  t.equal({ again.status, again.body }, { 304 })
  t.equal(fs.stat(server.folder .. "/again"), nil)
  t.equal(assert(get("/a.txt", { etag = '"other"' })).status, 200)
  with_rule("/b.txt", { status = 304 }, function()
    fails("HTTP304", "answers 304", get "/b.txt")
  end)
end)

t.test("a file is written whole, in place of an old one, with the mode of that", function()
  local folder = t.files(t.tempdir(), { old = "old" })
  local path = folder .. "/old"
  assert(fs.write(path, "old", { mode = tonumber("600", 8) }))
  local answer = assert(get("/a.txt", { to = path }))
  t.equal({ answer.bytes, answer.body, fs.stat(path).mode, #fs.list(folder) }, { #BODY, nil, tonumber("600", 8), 1 })
  t.truthy(fs.read(path) == BODY, "the file")
  assert(get("/empty", { to = folder .. "/empty" }))
  t.equal(fs.read(folder .. "/empty"), "")
end)

t.test("of what fails nothing is left, and the old file stays", function()
  local folder = t.files(t.tempdir(), { out = "old" })
  local function try(code, pattern, more)
    local request = { to = folder .. "/out", timeout = 1 }
    for name, value in pairs(more or {}) do request[name] = value end
    fails(code, pattern, get("/a.txt", request))
    t.equal({ fs.read(folder .. "/out"), #fs.list(folder) }, { "old", 1 }, code)
  end
  local place = "^" .. server.https:gsub("%p", "%%%0") .. "/a%.txt: "
  for _, case in ipairs {
    { "ECONNRESET", "100 bytes remaining", { claim = 100 } }, { "ECONNRESET", "reset", { reset = true } },
    { "ETIMEDOUT", place .. "nothing came for 1 seconds$", { stall = true } },
    { "HTTP404", place .. "the server answers 404$", { status = 404 } },
    { "HTTP500", place .. "the server answers 500$", { status = 500 } },
  } do
    with_rule("/a.txt", case[3], function() try(case[1], case[2]) end)
  end
  try("E2BIG", place .. "larger than 1000 bytes$", { max_bytes = 1000 })
  try("ETLS", place .. "SSL certificate", { ca_file = server.stranger })
end)

t.test("max_bytes holds whether or not the size is told", function()
  local function check()
    t.truthy(assert(get("/a.txt", { max_bytes = #BODY })).body == BODY, "the body")
    fails("E2BIG", "larger than", get("/a.txt", { max_bytes = #BODY - 1 }))
    fails("E2BIG", "larger than 0 bytes", get("/a.txt", { max_bytes = 0 }))
  end
  check()
  with_rule("/a.txt", { unsized = true }, check)
end)

t.test("only a certificate for that name, by an authority that is trusted, will do", function()
  fails("ETLS", "certificate", http.get { url = server.elsewhere .. "/a.txt", ca_file = server.ca, proxy = "" })
  fails("ETLS", "certificate", get("/a.txt", { ca_file = server.stranger }))
  fails("ETLS", "/nonexistent", get("/a.txt", { ca_file = "/nonexistent" }))
end)

--- The variables of proxies.
local PROXIES = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY" }

--- Runs a script in a process of its own; returns what it printed.
local function run(text, more, ...)
  local list = env.list()
  for _, name in ipairs(PROXIES) do list[name] = nil end
  for name, value in pairs(more or {}) do list[name] = value or nil end
  local folder = t.files(t.tempdir(), { ["script.lua"] = text })
  return assert(tool.run { t.program, "run", folder .. "/script.lua", server.https .. "/b.txt", server.ca, ...,
    env = list, timeout = 120 })
end

local SHOW = 'local a, m, c = require "pysec.http".get { url = ... }\nprint(a and a.body, m, c)\n'

t.test("SSL_CERT_FILE counts, and no certificates but its own", function()
  t.equal(run(SHOW, { SSL_CERT_FILE = server.ca }).stdout, "b\tnil\tnil\n")
  t.match(run(SHOW, { SSL_CERT_FILE = server.stranger }).stdout, "ETLS\n$")
  t.match(run(SHOW, { SSL_CERT_FILE = false }).stdout, "ETLS\n$")
end)

t.test("neither cookies nor passwords of the user are sent", function()
  local home = t.files(t.tempdir(), { [".netrc"] = "machine localhost login me password secret\n" })
  server:log()
  t.equal(run(SHOW, { SSL_CERT_FILE = server.ca, HOME = home }).stdout, "b\tnil\tnil\n")
  t.match(server:log()[1], "^https %d+ /b.txt %- %- %-$")
end)

t.test("plain http is for this machine alone, and so are no other schemes", function()
  t.equal(assert(http.get { url = server.http .. "/b.txt" }).body, "b")
  t.equal(assert(http.get { url = server.http:gsub("localhost", "127.0.0.1") .. "/b.txt" }).body, "b")
  for _, url in ipairs { "http://example.com/", "http://127.0.0.1.example.com/", "http://10.0.0.1/",
    "http://localhost.example.com/", "http://user@example.com/", "ftp://localhost/", "file:///etc/passwd",
    "http://127.0.0.1@example.com/" } do
    fails("EPROTO", "only https is allowed", http.get { url = url })
  end
  for _, url in ipairs { "", "localhost", "/etc/passwd", "https://", "https://a b/" } do
    fails("EINVAL", "https://HOST/PATH", http.get { url = url })
  end
end)

t.test("redirects are followed, to https alone, and five of them", function()
  local function leads(code, pattern, rule, from)
    with_rule("/b.txt", rule, function()
      fails(code, pattern, http.get { url = (from or server.https) .. "/b.txt", ca_file = server.ca, proxy = "" })
    end)
  end
  with_rule("/moved", { redirect = "/b.txt" }, function()
    t.equal(assert(get "/moved").body, "b")
    server:rule("/b.txt", { plain = true })
    t.equal(assert(get "/moved").etag, nil, "that of the redirect is another's")
  end)
  leads("EPROTO", "redirects to an address that is not https", { redirect = server.http .. "/a.txt" })
  leads("EPROTO", "redirects", { redirect = server.http .. "/a.txt" }, server.http)
  leads("EPROTO", "redirects", { redirect = "file:///etc/passwd" })
  leads("ETLS", "certificate", { redirect = server.elsewhere .. "/a.txt" })
  server:log()
  leads("ELOOP", "more than 5 redirects", { redirect = "/b.txt" })
  t.equal(#server:log(), 6)
end)

t.test("messages hold no password and no query", function()
  server:rule("/b.txt?token=secret", { status = 403 })
  local url = server.https:gsub("//", "//me:secret@") .. "/b.txt?token=secret"
  local _, message = http.get { url = url, ca_file = server.ca, proxy = "" }
  t.equal(message, server.https .. "/b.txt: the server answers 403")
end)

t.test("a proxy is asked to connect, and told nothing else", function()
  server:log()
  t.equal(assert(get("/b.txt", { proxy = server.proxy })).body, "b")
  local lines = server:log()
  t.equal(lines[1], "proxy " .. server.https:gsub("https://", ""))
  t.equal(#lines, 2)
  -- A name that only the proxy knows.
  local url = server.https:gsub("localhost", "known.to.proxy") .. "/b.txt"
  t.equal(assert(http.get { url = url, ca_file = server.ca, proxy = server.proxy }).body, "b")
  with_rule("proxy", { status = 407 }, function()
    fails("EPROXY", "407", get("/b.txt", { proxy = server.proxy }))
  end)
  fails("EPROXY", "proxy's name", get("/b.txt", { proxy = "http://proxy.invalid:1" }))
  for _, proxy in ipairs { "ftp://me:secret@localhost:1", "http://me:secret@a b" } do
    local _, message, code = get("/b.txt", { proxy = proxy })
    t.equal(code, "EPROXY", message)
    t.lacks(message, "secret")
  end
  fails("ECONNREFUSED", "port 1 ", get("/b.txt", { proxy = "http://127.0.0.1:1" }))
end)

t.test("the variables of proxies count, an empty proxy means none", function()
  local dead = { https_proxy = "http://127.0.0.1:1", http_proxy = "http://127.0.0.1:1", SSL_CERT_FILE = server.ca }
  t.match(run(SHOW, dead).stdout, "ECONNREFUSED\n$")
  t.equal(run(SHOW:gsub("%.%.%. }", '..., proxy = "" }'), dead).stdout, "b\tnil\tnil\n")
  t.equal(run(SHOW:gsub("%.%.%. }", ("%q }"):format(server.http .. "/b.txt")), dead).stdout, "b\tnil\tnil\n")
  dead.no_proxy = "localhost"
  t.equal(run(SHOW, dead).stdout, "b\tnil\tnil\n")
  dead.https_proxy, dead.no_proxy = server.proxy, nil
  server:log()
  t.equal(run(SHOW, dead).stdout, "b\tnil\tnil\n")
  t.match(server:log()[1], "^proxy localhost:")
end)

t.test("progress is told, with the size where it is known", function()
  local calls, last = 0, nil
  assert(get("/a.txt", { on_progress = function(received, total)
    calls = calls + 1
    last = { received, total }
  end }))
  t.truthy(calls >= 1, "it is called")
  t.equal(last, { #BODY, #BODY })
end)

t.test("an error of on_progress comes through, leaves nothing, and harms no later get", function()
  local folder = t.tempdir()
  server:rule("/a.txt", { stall = true })
  t.raises(function()
    get("/a.txt", { to = folder .. "/out", on_progress = function(received)
      if received > 0 then error "enough" end
    end })
  end, "enough")
  server:rule("/a.txt")
  t.equal(#fs.list(folder), 0)
  t.equal(assert(get "/b.txt").body, "b")
end)

t.test("a client keeps its connection, also after an error, and is used by one get at a time", function()
  local client <close> = http.client()
  local function ask(path, more)
    local request = { url = server.https .. path, ca_file = server.ca, proxy = "" }
    for name, value in pairs(more or {}) do request[name] = value end
    return client:get(request)
  end
  server:log()
  assert(ask "/b.txt")
  assert(ask "/a.txt")
  fails("HTTP404", "404", ask "/none")
  assert(ask "/b.txt")
  local ports = {}
  for i, line in ipairs(server:log()) do ports[i] = line:match "^https (%d+)" end
  t.equal({ ports[2] == ports[1], #ports }, { true, 4 })
  for _, method in ipairs { "get", "all", "close" } do
    t.raises(function()
      ask("/b.txt", { on_progress = function() client[method](client, { url = server.https .. "/b.txt" }) end })
    end, "in the middle of a download", method)
  end
  client:close()
  t.equal(assert(ask "/b.txt").body, "b", "anew")
end)

--- Requests for many paths.
local function requests(paths)
  local list = {}
  for i, path in ipairs(paths) do list[i] = { url = server.https .. path, ca_file = server.ca, proxy = "" } end
  return list
end

t.test("many come at once, each in its place, over few connections", function()
  local client <close> = http.client()
  local paths = {}
  for i = 1, 50 do
    paths[i] = ("/many/%d"):format(i)
    server:file(paths[i], "body " .. i)
  end
  server:log()
  local told
  local answers = assert(client:all(requests(paths), function(done, count) told = { done, count } end))
  t.equal(told, { 50, 50 })
  for i = 1, 50 do t.equal(answers[i].body, "body " .. i) end
  t.equal(#answers, 50)
  local ports, count = {}, 0
  for _, line in ipairs(server:log()) do ports[line:match "^https (%d+)"] = true end
  for _ in pairs(ports) do count = count + 1 end
  t.truthy(count > 1 and count <= 8, count .. " connections")
  t.equal(assert(client:all {}), {})
end)

t.test("of many the first that fails ends all, and so does an error of on_progress", function()
  local client <close> = http.client()
  local list = requests { "/b.txt", "/none", "/a.txt" }
  local folder = t.tempdir()
  for i, request in ipairs(list) do request.to = ("%s/%d"):format(folder, i) end
  server:rule("/a.txt", { stall = true })
  fails("HTTP404", "/none: the server answers 404", client:all(list))
  t.equal(fs.stat(folder .. "/3"), nil)
  for _, name in ipairs(fs.list(folder)) do t.lacks(name, ".tmp") end
  t.raises(function() client:all(requests { "/b.txt", "/a.txt" }, function() error "enough" end) end, "enough")
  t.raises(function() client:all(requests { "/b.txt", "/a.txt" }, function() client:close() end) end, "in the middle")
  server:rule("/a.txt")
  fails("EPROTO", "only https", client:all { { url = "http://example.com/" } })
  t.raises(function() client:all { requests({ "/b.txt" })[1], {} } end, "url is missing")
  t.raises(function() client:all(1) end, "table expected")
  t.equal(assert(client:all(requests { "/b.txt" }))[1].body, "b")
end)

t.test("what is wrong in a request is raised", function()
  for _, case in ipairs {
    { {}, "url is missing" }, { { url = 1 }, "url is a text" }, { { url = "https://a/\n" }, "url is a text" },
    { { etag = "a\r\nX: y" }, "etag is a text" }, { { last_modified = "\n" }, "last_modified is a text" },
    { { to = "a\0b" }, "to is a text" }, { { max_bytes = -1 }, "max_bytes" }, { { max_bytes = 1.5 }, "max_bytes" },
    { { timeout = 0 }, "timeout" }, { { timeout = "1" }, "timeout" }, { { on_progress = 1 }, "on_progress" },
  } do
    local request = next(case[1]) and { url = "https://localhost:1/" } or {}
    for name, value in pairs(case[1]) do request[name] = value end
    t.raises(function() http.get(request) end, case[2])
  end
  t.raises(function() http.get() end, "table expected")
end)

t.test("a file that cannot be written is named", function()
  fails("ENOENT", "^/nonexistent/out: No such file", get("/b.txt", { to = "/nonexistent/out" }))
  local folder = t.tempdir()
  local script = [[
local a, m, c = require "pysec.http".get { url = (...):gsub("b.txt", "a.txt"), proxy = "", to = "out" }
print(a, m, c, #require "pysec.fs".list ".")]]
  t.files(folder, { ["script.lua"] = script })
  local list = env.list()
  list.SSL_CERT_FILE = server.ca
  local result = assert(tool.run { "/bin/sh", "-c", 'ulimit -f 100; exec "$0" "$@"', t.program, "run", "script.lua",
    server.https .. "/b.txt", cwd = folder, env = list, timeout = 120 })
  t.equal(result.stdout, "nil\tout: File too large\tEFBIG\t1\n", result.stderr)
end)

t.test("an interrupt ends a download that stands still, and leaves no file", function()
  server:rule("/a.txt", { stall = true })
  server:log()
  local folder = t.files(t.tempdir(), { ["script.lua"] = [[
local url, ca = ...
require "pysec.http".get { url = url, ca_file = ca, proxy = "", to = "out", timeout = 600 }]] })
  local wait = [["$0" run script.lua "$1" "$2" & pid=$!
until grep -qs half "$3/log"; do sleep 0.05; done
kill -INT $pid; wait $pid; echo $?]]
  local result = assert(tool.run { "/bin/bash", "-c", wait, t.program, server.https .. "/a.txt", server.ca,
    server.folder, cwd = folder, timeout = 120 })
  server:rule("/a.txt")
  t.equal({ result.stdout, fs.list(folder) }, { "130\n", { "script.lua" } }, result.stderr)
end)

return t.finish()
