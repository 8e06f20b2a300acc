--- pysec advisories serve: its options, what it says, and the real clients.
local advisories = require "pysec.advisories"
local env = require "pysec.env"
local fs = require "pysec.fs"
local json = require "pysec.json"
local served = require "served"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

local TOKEN = ("s3cret"):rep(4)

--- Serves the fixtures with `options`, a text for the shell, while the shell's `clients` run, which find the address
--- in $url and the token file in `token`. Returns the folder, with what was printed in `out` and `err`.
local function serve(options, clients, variables)
  local folder = t.tempdir()
  assert(fs.copy(served.database(), folder .. "/a.db"))
  t.files(folder, { token = TOKEN .. "\n" })
  local script = ([[
set -u
"$0" advisories serve --port 0 --database a.db %s > out 2> err & pid=$!
while ! grep -q http out && kill -0 $pid; do sleep 0.05; done
url=$(grep -o 'http://[^ ]*' out) && port=$(grep -o ':[0-9]*' out | grep -o '[0-9]*')
%s
kill -INT $pid; wait $pid; echo $?]]):format(options, clients)
  local spec = { "/bin/bash", "-c", script, t.program, cwd = folder, timeout = 240, env = env.list() }
  for name, value in pairs(variables or {}) do spec.env[name] = value end
  spec.env.no_proxy, spec.env.NO_PROXY = "*", "*"
  local result = assert(tool.run(spec))
  t.match(result.stdout, "130\n$", result.stderr .. (fs.read(folder .. "/err") or ""))
  return folder
end

--- A shell command that asks for a record, and appends the status to `status`.
local function ask(path, ...)
  return ("curl -s -o /dev/null -w '%%{http_code} ' %s 'http://127.0.0.1:'$port'%s' >> status"):format(
    table.concat({ ... }, " "), path)
end

t.test("the help says what a token may be", function()
  t.contains(support.expect(0, { "advisories", "serve", "--help" }).stdout, "16 to 128 letters and digits")
end)

t.test("options that do not go together, or that serve more than was asked for, are refused", function()
  local function refused(message, ...)
    local result = support.expect(2, { "advisories", "serve", "--database", "gone.db", ... })
    t.contains(result.stderr, message)
    t.lacks(result.stderr, "secret")
  end
  refused("--listen mirror.example: expected an address", "--listen", "mirror.example")
  refused("--listen 0.0.0.0: other machines can connect", "--listen", "0.0.0.0")
  refused("--listen ::: other machines can connect", "--listen", "::")
  refused("--listen 192.0.2.1: other machines can connect", "--listen", "192.0.2.1")
  refused("--host a:80: expected a name", "--host", "a:80")
  refused("--host http://a: expected a name", "--host", "http://a")
  refused("there can be one", "--token", "new", "--no-token")
  refused("there can be one", "--token", TOKEN, "--token-file", "x")
  refused("--token: expected 16 to 128 letters and digits", "--token", "secret")
  refused("gone", "--token-file", "gone")
  refused("--port 65536: expected", "--port", "65536")
end)

t.test("an address that is not this machine's, or a taken port, is an error of one line", function()
  local folder = t.tempdir()
  assert(fs.copy(served.database(), folder .. "/a.db"))
  local result = support.expect(3, { "advisories", "serve", "--listen", "192.0.2.1", "--no-token", "--port", "18999",
    "--database", "a.db" }, { cwd = folder })
  t.match(result.stderr, "^error: 192%.0%.2%.1:18999: [^\n]*\n$")
  local service <close> = assert(advisories.serve(folder .. "/a.db"))
  local port = service:url():match ":(%d+)$"
  result = support.expect(3, { "advisories", "serve", "--port", port, "--database", "a.db" }, { cwd = folder })
  t.match(result.stderr, "^error: 127%.0%.0%.1:" .. port .. ": [^\n]*\n$")
end)

t.test("a team's mirror asks for its token and knows its names", function()
  local record = "/" .. TOKEN .. "/v1/vulns/PYSEC-2019-217"
  local folder = serve("--listen 0.0.0.0 --host mirror.example --host other.example --token-file token",
    table.concat({
      ask(record), ask(record, "-H 'Host: mirror.example'"), ask(record, "-H 'Host: Other.Example:80'"),
      ask(record, "-H 'Host: 192.0.2.7:80'"), ask(record, "-H 'Host: evil.example'"), ask "/v1/vulns/PYSEC-2019-217",
    }, "\n"))
  t.equal(fs.read(folder .. "/status"), "200 200 200 200 403 404 ")
  local out, err = fs.read(folder .. "/out"), fs.read(folder .. "/err")
  t.match(out, "at http://mirror%.example:%d+/TOKEN %(on every address, 0%.0%.0%.0%)")
  t.equal(err, "")
  t.lacks(out, TOKEN)
end)

t.test("what a mirror leaves open is said", function()
  local folder = serve("--listen 0.0.0.0 --no-token", ask "/v1/vulns/PYSEC-2019-217")
  t.equal(fs.read(folder .. "/status"), "200 ")
  local err = fs.read(folder .. "/err")
  t.contains(err, "everybody who can connect to 0.0.0.0 may ask: there is no token")
  t.contains(err, "--host allows a name")
end)

t.test("verbose tells each request, harmless and without the token", function()
  local folder = serve("--verbose --token-file token", table.concat({
    ask("/" .. TOKEN .. "/v1/vulns/PYSEC-2019-217"), ask("/" .. TOKEN .. "/v1/vulns/%0aerror:%1b%5b31m"),
    ask("/" .. TOKEN:sub(1, -2) .. "/v1/query"), "while [ $(grep -c ms err) -lt 3 ]; do sleep 0.05; done",
  }, "\n"))
  local err = fs.read(folder .. "/err")
  t.match(err, "\n?  200 GET /v1/vulns/PYSEC%-2019%-217 [%d.]+ ms\n")
  t.match(err, "\n  404 GET /v1/vulns/\\x0aerror:\\x1b%[31m [%d.]+ ms\n")
  t.match(err, "\n  404 GET %(without the token%) [%d.]+ ms\n")
  t.lacks(err, TOKEN:sub(1, -2))
end)

t.test("a database that breaks is told once, and when it is mended", function()
  local folder = serve("", table.concat({
    "cp a.db good", "echo broken > a.db", ask "/v1/vulns/PYSEC-2019-217", ask "/v1/vulns/PYSEC-2019-217",
    "while ! grep -q 503 err; do sleep 0.05; done",
    "mv good a.db", ask "/v1/vulns/PYSEC-2019-217", "while ! grep -q again out; do sleep 0.05; done",
  }, "\n"))
  t.equal(fs.read(folder .. "/status"), "503 503 200 ")
  local told = fs.read(folder .. "/err")
  local _, count = told:gsub("nothing is served %(503%): [^\n]*a%.db: not an advisory database", "")
  t.equal(count, 1)
end)

t.test("the real pip-audit and the real uv find what the database knows", function()
  local tools = support.tools .. "/main/bin/"
  local folder = serve("--listen :: --token new", ([[
mkdir project
printf 'requests==2.19.1\njinja2==2.10\nidna==3.7\n' > requirements.txt
printf '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["jinja2==2.10"]\n' \
  > project/pyproject.toml
"%spip-audit" --disable-pip --no-deps --progress-spinner off -r requirements.txt --vulnerability-service osv \
  --osv-url "$url/v1/query" --format json > pip-audit.json
cd project
"%suv" lock --quiet --python "%spython"
"%suv" audit --preview-features audit,json-output --frozen --service-format osv --service-url "$url/" \
  --output-format json > ../uv.json
cd ..]]):format(tools, tools, tools, tools), toolbox.environment("uv"))
  local found = {}
  for _, package in ipairs(assert(json.read(folder .. "/pip-audit.json")).dependencies) do
    for _, flaw in ipairs(package.vulns) do found[#found + 1] = package.name .. " " .. flaw.id end
  end
  table.sort(found)
  t.equal(found, { "jinja2 PYSEC-2019-217", "requests PYSEC-2018-28", "requests PYSEC-2023-74" })
  local flaws = assert(json.read(folder .. "/uv.json")).vulnerabilities
  t.equal(#flaws, 1)
  t.equal({ flaws[1].dependency.name, flaws[1].id, flaws[1].fix_versions[1] },
    { "jinja2", "PYSEC-2019-217", "2.10.1" })
end)

return t.finish()
