--- What tests of the advisory service share: serving the fixtures, and asking with curl.
local advisories = require "pysec.advisories"
local json = require "pysec.json"
local t = require "harness"
local tool = require "pysec.tool"

local served = { fixtures = t.root .. "/tests/fixtures/advisories" }

--- Makes a database of the fixtures, or of what is named; returns its path.
function served.database(source)
  local path = t.tempdir() .. "/a.db"
  local db <close> = assert(advisories.open(path, { write = true }))
  assert(db:import(source or served.fixtures))
  return path
end

--- Runs curl with `input`, if any, as what "@-" means; returns the status, the body and the headers in one text.
function served.curl_with(input, ...)
  local result = assert(tool.run { "curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "120",
    "--dump-header", "-", "--header", "Expect:", stdin = input, ... })
  assert(result.code == 0, result.stderr)
  local headers, body = result.stdout:match "^(.-\r\n)\r\n(.*)$"
  return tonumber(headers:match "^HTTP/1.1 (%d+)"), body, headers
end

function served.curl(...) return served.curl_with(nil, ...) end

--- Posts a request, a text or what json.encode takes, to a URL.
function served.post(url, request, ...)
  if type(request) ~= "string" then request = json.encode(request) end
  return served.curl_with(request, "--data-binary", "@-", url, ...)
end

--- Runs one of the attacks of host/service_client.py, which prints what it saw. Returns that.
function served.attack(name, url, ...)
  local script = t.root .. "/tests/host/service_client.py"
  local result = assert(tool.run { "python3", script, name, url, timeout = 300, ... })
  t.equal(result.code, 0, result.stderr)
  return result.stdout
end

--- The ids of an answer to /v1/query in one text.
function served.ids(body)
  local list = {}
  for i, record in ipairs(json.decode(body).vulns or {}) do list[i] = record.id end
  return table.concat(list, " ")
end

function served.package(name, version)
  return { package = { name = name, ecosystem = "PyPI" }, version = version }
end

return served
