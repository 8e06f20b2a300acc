--- The same environment upgraded by pip and by uv: the same packages, files and marks come of it.
local fs = require "pysec.fs"
local t = require "harness"
local installer = require "installer"
local installers = require "installer_support"
local support = require "support"
local tool = require "pysec.tool"

local original = t.tempdir() .. "/env"
installers.environment(original, { "flask==0.12", "jinja2==2.10", "requests==2.19.1" })

local function project(environment)
  local folder = support.project()
  assert(fs.copy(environment or original, folder .. "/.venv"))
  return folder
end

local function run(folder, arguments, code)
  return support.expect(code, support.offline(arguments), { cwd = folder })
end

-- What an installer writes of itself: its name, the lists of files (in another order, and pip's with the bytecode),
-- uv's lock on the environment. Bytecode holds times, a script in bin the wording of who wrote it.
local function is_its_own(path)
  return path:match "/INSTALLER$" or path:match "/RECORD$" or path:match "^/%.lock$"
end

local function contents(path)
  if path:match "%.pyc$" or path:match "/%.venv/bin/" then return "" end
  return fs.read(path)
end

--- All files below a folder's environment with what is in them, by their names.
local function files(folder)
  local root, found = folder .. "/.venv", {}
  assert(fs.walk(root, function(path, kind)
    local name = path:sub(#root + 1)
    local executable = kind == "file" and fs.stat(path).mode & 73 ~= 0
    if kind == "file" and not is_its_own(name) then
      found[name] = (executable and "x " or "- ") .. contents(path)
    end
  end))
  return found
end

--- The files of RECORDs but for bytecode, which uv does not list.
local function recorded(folder)
  local set = {}
  for _, entry in ipairs(fs.list(installers.site(folder))) do
    for line in (fs.read(("%s/%s/RECORD"):format(installers.site(folder), entry)) or ""):gmatch "[^\r\n]+" do
      if not line:match "%.pyc," then set[line:match "^([^,]+)"] = true end
    end
  end
  return set
end

local function same_files(a, b)
  local first, second = files(a), files(b)
  for name, content in pairs(first) do
    t.truthy(second[name], name .. " is missing from the second")
    t.truthy(second[name] == content, name .. " differs")
  end
  for name in pairs(second) do t.truthy(first[name], name .. " is missing from the first") end
end

t.test("pip and uv leave the same packages, files, bytecode, lists and marks", function()
  local by_pip, by_uv = project(), project()
  run(by_pip, { "--installer", "pip" }, 0)
  run(by_uv, { "--installer", "uv" }, 0)
  local installed = support.installed(by_uv .. "/.venv")
  t.equal(installed, support.installed(by_pip .. "/.venv"))
  t.equal(installed.flask, "2.2.5")
  same_files(by_pip, by_uv)
  t.equal(recorded(by_uv), recorded(by_pip))
  for _, folder in ipairs { by_pip, by_uv } do
    for name in pairs(recorded(folder)) do t.truthy(fs.stat(installers.site(folder) .. "/" .. name), name) end
  end
  t.equal({ installers.marked(by_pip), installers.marked(by_uv) },
    { { "flask", "jinja2", "requests" }, { "flask", "jinja2", "requests" } })
  for folder, wrote in pairs { [by_pip] = "pip", [by_uv] = "uv" } do
    t.match(fs.read(installers.site(folder) .. "/Flask-2.2.5.dist-info/INSTALLER"), "^" .. wrote .. "\n?$")
  end
end)

t.test("what came in for another package is still no wish of anybody's in the next run", function()
  for _, name in ipairs { "pip", "uv" } do
    local folder = project()
    run(folder, { "--installer", name }, 0)
    run(folder, { "--installer", name, "--upgrade", "all", "--dry-run" }, 0)
    for _, package in ipairs(installers.read(folder).packages) do
      local is_asked_for = ({ flask = true, jinja2 = true, requests = true })[package.name] == true
      t.equal(package.direct, is_asked_for, name .. ": " .. package.name)
    end
  end
end)

t.test("files are copies: none is a link into uv's cache", function()
  local folder = project()
  run(folder, { "--installer", "uv" }, 0)
  local result = assert(tool.run { "/usr/bin/find", installers.site(folder) .. "/flask", "-type", "f", "-links", "+1" })
  t.equal(result.stdout, "")
end)

t.test("a package that has to be built is built by both", function()
  local environment = t.tempdir() .. "/env"
  installers.environment(environment, { "six==1.16.0" })
  local upgrades = { { package = "docopt", to = "0.6.2" } }
  for _, name in ipairs { "pip", "uv" } do
    local folder = project(environment)
    local job, read = installers.job(name), installers.read(folder)
    t.equal({ installer.install(job, read, upgrades) }, { true })
    t.equal(support.installed(folder .. "/.venv").docopt, "0.6.2")
    t.equal(installers.marked(folder), { "six" })
  end
end)

t.test("hashes that are given have to fit", function()
  local upgrades = { { package = "idna", to = "3.7",
    hashes = { "sha256:82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0" } } }
  for _, name in ipairs { "pip", "uv" } do
    local folder = project()
    local job, read = installers.job(name), installers.read(folder)
    local wrong = { { package = "idna", to = "3.7", hashes = { "sha256:" .. ("0"):rep(64) } } }
    local ok, message = installer.install(job, read, wrong)
    t.equal(ok, nil)
    t.match(message, "^[%w ]+ ended with exit code %d: [^\n]*sha256[ :]0000")
    t.equal(support.installed(folder .. "/.venv").idna, "2.7")
    t.equal({ installer.install(job, read, upgrades) }, { true })
    t.equal(support.installed(folder .. "/.venv").idna, "3.7")
  end
end)

t.test("a package that asks for what is no requirement is complained of by both", function()
  for _, name in ipairs { "pip", "uv" } do
    local folder = project()
    local job, read = installers.job(name), installers.read(folder)
    t.equal({ installer.complaints(job, read) }, { {} })
    t.files(installers.site(folder) .. "/odd-1.0.dist-info", { RECORD = "", METADATA = "Metadata-Version: 2.1\n"
      .. "Name: odd\nVersion: 1.0\nRequires-Dist: colorama (>=0.4.*) ; sys_platform == 'win32'\n" })
    local text = {}
    for line in pairs(assert(installer.complaints(job, read))) do text[#text + 1] = line end
    t.match(table.concat(text, " "), "odd.*colorama", name)
  end
end)

return t.finish()
