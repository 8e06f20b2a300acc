--- What tests of the whole program share: running it, and real projects to run it on.
local env = require "pysec.env"
local fs = require "pysec.fs"
local json = require "pysec.json"
local t = require "harness"
local tool = require "pysec.tool"

local support = {}

support.example = t.root .. "/examples/vulnerable-app"
support.tools = env.get("PYSEC_TOOLS") or t.root .. "/build/tools"

--- Variables with which nothing reaches the network: nothing listens where the proxy should be.
support.no_network = { NO_PROXY = "127.0.0.1", no_proxy = "127.0.0.1", SAFETY_API_KEY = false }
for _, name in ipairs { "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy" } do
  support.no_network[name] = "http://127.0.0.1:9"
end

--- Runs the program with `arguments` (a list). Options: cwd, env (added to the present one), timeout, stdin.
function support.pysec(arguments, options)
  options = options or {}
  local spec = { t.program }
  table.move(arguments, 1, #arguments, 2, spec)
  spec.env = env.list()
  for name, value in pairs(options.env or {}) do spec.env[name] = value or nil end
  spec.cwd, spec.stdin, spec.timeout = options.cwd, options.stdin, options.timeout or 300
  return assert(tool.run(spec))
end

--- Runs the program and expects an exit code; what it printed is in the failure.
function support.expect(code, arguments, options)
  local result = support.pysec(arguments, options)
  t.equal(result.code, code, ("pysec %s\n%s%s"):format(table.concat(arguments, " "), result.stdout, result.stderr))
  return result
end

--- A copy of the example, with its advisories as advisories.db.
function support.project()
  local folder = t.tempdir() .. "/app"
  assert(fs.copy(support.example, folder))
  local advisories = require "pysec.advisories"
  local db = assert(advisories.open(folder .. "/advisories.db", { write = true }))
  assert(db:import(folder .. "/advisories"))
  db:close()
  return folder
end

--- The options that make a run independent of the network's advisories, followed by `more`.
function support.offline(more)
  local list = { "--advisories", "local", "--database", "advisories.db", "--safety-db", "safety-db" }
  return table.move(more or {}, 1, #(more or {}), #list + 1, list)
end

--- Makes a virtual environment with exactly these requirements, from the package index.
function support.environment(path, requirements)
  local toolbox = require "toolbox"
  local uv = support.tools .. "/main/bin/uv"
  local function run(arguments)
    local spec = { uv, env = toolbox.environment("uv"), timeout = 300 }
    table.move(arguments, 1, #arguments, 2, spec)
    local result = assert(tool.run(spec))
    t.equal(result.code, 0, result.stderr)
  end
  run { "venv", "--quiet", "--python", support.tools .. "/main/bin/python", path }
  local install = { "pip", "install", "--quiet", "--no-config", "--python", path .. "/bin/python" }
  table.move(requirements, 1, #requirements, #install + 1, install)
  run(install)
end

--- What `pip check` says of an environment: "" when it is sound.
function support.pip_check(path)
  local result = assert(tool.run { support.tools .. "/main/bin/python", "-I", "-m", "pip", "--python",
    path .. "/bin/python", "check", env = require("toolbox").environment("pip"), timeout = 120 })
  return result.code == 0 and "" or result.stdout .. result.stderr
end

--- The installed versions of an environment by name.
function support.installed(path)
  local versions = {}
  for _, package in ipairs(assert(require("inputs.environment").read(path)).packages) do
    versions[package.name] = package.version
  end
  return versions
end

--- The report files of a folder by their stem: { ["security-summary"] = path of the newest JSON, ... }.
function support.reports(folder)
  local found = {}
  for _, name in ipairs(fs.list(folder) or {}) do
    local stem, extension = name:match("^(.-)%-%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d[%-%d]*%.(%l+)$")
    t.truthy(stem, "an unexpected file: " .. name)
    found[stem .. "." .. extension] = folder .. "/" .. name
  end
  return found
end

--- The newest summary of a project's default report folder.
function support.summary(project, folder)
  return assert(json.read(support.reports(project .. "/" .. (folder or "reports/security"))["security-summary.json"]))
end

--- A hash-like text of everything below a folder: paths, kinds, modes and contents.
function support.fingerprint(folder)
  local parts = {}
  assert(fs.walk(folder, function(path, kind)
    local stat = fs.stat(path, { follow = false })
    local content = kind == "file" and fs.read(path) or ""
    parts[#parts + 1] = ("%s %s %o %d %s"):format(path, kind, stat.mode, #content, content)
  end))
  return table.concat(parts, "\n")
end

return support
