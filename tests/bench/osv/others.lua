--- The other programs of the benchmark osv.lua: how each is run on the same pins and advisories, and what it found.
---
--- None reaches the network: all that they may ask is the service on the loopback, or a copy of the export.
local env = require "pysec.env"
local fs = require "pysec.fs"
local json = require "pysec.json"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

local others = {}

--- What a program was built for, where it is not on PATH.
local function program(variable, name) return env.get(variable) or tool.which(name) end

--- An environment in which a proxy that is not there stands before everything but the loopback.
local function closed(folder)
  local vars = toolbox.environment "plain"
  vars.PATH = env.get "PATH"
  for _, name in ipairs { "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy" } do
    vars[name] = "http://127.0.0.1:9"
  end
  vars.NO_PROXY, vars.no_proxy = "127.0.0.1", "127.0.0.1"
  vars.HOME, vars.XDG_CACHE_HOME, vars.XDG_CONFIG_HOME = folder, folder .. "/cache", folder .. "/config"
  return vars
end

-- --- reports: lists of { package, id } ---

local function from_pip_audit(report)
  local found = {}
  for _, dependency in ipairs(report.dependencies) do
    for _, vuln in ipairs(dependency.vulns or {}) do found[#found + 1] = { dependency.name, vuln.id } end
  end
  return found
end

local function from_osv_scanner(report)
  local found = {}
  for _, result in ipairs(report.results) do
    for _, package in ipairs(result.packages) do
      for _, vuln in ipairs(package.vulnerabilities or {}) do found[#found + 1] = { package.package.name, vuln.id } end
    end
  end
  return found
end

local function from_pysentry(report)
  local found = {}
  for i, vuln in ipairs(report.vulnerabilities) do found[i] = { vuln.package_name, vuln.id } end
  return found
end

local function from_uv(report)
  local found = {}
  for i, vuln in ipairs(report.vulnerabilities) do found[i] = { vuln.dependency.name, vuln.id } end
  return found
end

-- --- the programs ---

local function pip_audit(folder, url, tools)
  local spec = { tools .. "/main/bin/python", "-I", "-m", "pip_audit", "-r", "requirements.txt", "--no-deps",
    "--disable-pip", "--format", "json", "--desc", "on", "--progress-spinner", "off",
    "--vulnerability-service", "osv", "--osv-url", url .. "/v1/query" }
  return { name = "pip-audit", spec = spec, read = from_pip_audit, asks = true, path = fs.stat(spec[1]) and spec[1],
    missing = "pysec tools install",
    why = "it does not join two PYSEC records of one flaw" }
end

local function osv_scanner(folder, export)
  local path = program("PYSEC_BENCH_OSV_SCANNER", "osv-scanner")
  local database = folder .. "/offline/osv-scanner/PyPI"
  assert(fs.mkdirs(database))
  assert(fs.write(database .. "/all.zip", assert(fs.read(export))))
  return { name = "osv-scanner", path = path, read = from_osv_scanner,
    spec = { path, "--experimental-offline", "--experimental-local-db-path", folder .. "/offline", "--format", "json",
      "-L", "requirements.txt" },
    missing = "go install github.com/google/osv-scanner/cmd/osv-scanner@v1.9.2; PYSEC_BENCH_OSV_SCANNER may name it",
    why = "it looks at no range behind one of kind GIT" }
end

local function pysentry(_, url)
  local path = program("PYSEC_BENCH_PYSENTRY", "pysentry-rs")
  return { name = "pysentry", path = path, read = from_pysentry, asks = true,
    spec = { path, "--sources", "osv", "--service-url", url .. "/v1", "--no-resolver", "--no-maintenance-check",
      "--no-config", "--no-ci-detect", "--format", "json", "--requirements-files", "requirements.txt", "--", "." },
    missing = "pip install pysentry-rs==0.5.0; PYSEC_BENCH_PYSENTRY may name it. Of its sources, only OSV's can be "
      .. "another address",
    why = "it reads ranges in the order in which events stand in a record" }
end

local function uv(name, tools, url, ...)
  local path = tools .. "/main/bin/uv"
  return { name = name, path = fs.stat(path) and path, read = from_uv, asks = true,
    spec = { path, "audit", "--frozen", "--no-config", "--output-format", "json", "--service-url", url .. "/", ... },
    missing = "pysec tools install",
    why = "it joins records by other rules" }
end

--- All programs, those that are not there without a `path`. `folder` holds the pins; `export` is the zip of advisories
--- and `url` the service on them. Each: name, spec, read (of a report: { package, id }...), asks (the service: its
--- time is in the program's, its memory not), missing (how to get it), why (it may find less than others).
function others.all(folder, export, url, tools)
  local list = { pip_audit(folder, url, tools), osv_scanner(folder, export), pysentry(folder, url),
    uv("uv-audit", tools, url, "--no-cache"), uv("uv-audit-again", tools, url) }
  for _, other in ipairs(list) do other.spec.env = closed(folder) end
  return list
end

--- What a program found, from the file that it printed into.
function others.findings(other, path) return other.read(assert(json.read(path))) end

return others
