--- That nothing a lock file holds is overlooked: what other environments install is told or counts, and a file that
-- is cut off is not taken for whole.
local t = require "harness"
local fs = require "pysec.fs"
local locks = require "inputs.locks"
local support = require "lock_support"

local PLATFORM = "sys_platform == 'win32'"

local function read(name, text, pyproject, every)
  local files = { ["pyproject.toml"] = pyproject }
  files[name] = text
  local folder = t.files(t.tempdir(), files)
  local result, message = locks.read(folder .. "/" .. name, { python_version = support.PYTHON, every = every })
  if not result then return nil, message:sub(#folder + 2) end
  for _, item in ipairs(result.left_out) do t.equal(item.path, folder .. "/" .. name) end
  return result
end

local function left_out(result)
  local list = {}
  for i, item in ipairs(result.left_out) do
    list[i] = ("%d %s==%s: %s"):format(item.line, item.name, item.version, item.why)
  end
  return list
end

--- Checks what is left out for one environment, and that all of it counts for every one.
local function check(name, text, pyproject, pins, left)
  local one, message = read(name, text, pyproject)
  t.truthy(one, message)
  t.equal({ support.pins(one), left_out(one) }, { pins, left })
  local all = {}
  for _, pin in ipairs(pins) do all[#all + 1] = pin end
  for _, line in ipairs(left) do all[#all + 1] = line:match "^%d+ (.-): " end
  table.sort(all)
  local every = read(name, text, pyproject, true)
  t.equal({ support.pins(every), every.left_out }, { all, {} })
end

local UV = 'version = 1\n[[package]]\nname = "app"\nversion = "1"\nsource = { virtual = "." }\ndependencies = '
local REGISTRY = 'source = { registry = "r" }\n'

t.test("tells what other environments install: uv", function()
  check("uv.lock", UV .. '[{ name = "a", marker = "' .. PLATFORM .. '" }, { name = "b" }, { name = "g", '
    .. 'marker = "' .. PLATFORM .. '" }]\n[[package]]\nname = "a"\nversion = "1"\n' .. REGISTRY
    .. '[[package]]\nname = "b"\nversion = "1"\n' .. REGISTRY
    .. 'resolution-markers = ["python_version < \'3\'"]\n'
    .. '[[package]]\nname = "b"\nversion = "2"\n' .. REGISTRY
    .. '[[package]]\nname = "g"\nversion = "1"\nsource = { git = "g" }\n', nil,
    { "b==2" }, { "7 a==1: no marker of a dependency on it holds here",
      "11 b==1: no marker of a dependency on it holds here" })
end)

t.test("marks for every environment what the project asks for in any: uv", function()
  local every = read("uv.lock", UV .. '[{ name = "a", marker = "' .. PLATFORM .. '" }]\n'
    .. '[[package]]\nname = "a"\nversion = "1"\n' .. REGISTRY, nil, true)
  t.equal(support.lines(every), { "7 a==1 *" })
end)

t.test("tells what other environments install: pylock", function()
  check("pylock.toml", 'lock-version = "1.0"\npackages = [\n{ name = "a", version = "1", marker = "' .. PLATFORM
    .. '" },\n{ name = "a", version = "2", marker = "sys_platform != \'win32\'" },\n'
    .. '{ name = "b", version = "1", marker = "' .. PLATFORM .. '" },\n{ name = "b", version = "1" },\n'
    .. '{ name = "c", marker = "' .. PLATFORM .. '", directory = { path = "." } },\n]\n', nil,
    { "a==2", "b==1" }, { "3 a==1: marker: " .. PLATFORM })
end)

t.test("tells what other environments install: Pipfile", function()
  check("Pipfile.lock", '{"_meta": {}, "default": {\n"a": {"version": "==1", "markers": "' .. PLATFORM
    .. '"},\n"b": {"version": "==1"}},\n"develop": {"a": {"version": "==1", "markers": "' .. PLATFORM .. '"}}}', nil,
    { "b==1" }, { "2 a==1: marker: " .. PLATFORM })
end)

t.test("tells what other environments install: poetry", function()
  local end_of_lock = '[metadata]\nlock-version = "%s"\npython-versions = ">=3.8"\n'
  check("poetry.lock", '[[package]]\nname = "a"\nversion = "1"\nmarkers = "' .. PLATFORM .. '"\n[[package]]\n'
    .. 'name = "b"\nversion = "1"\ngroups = ["main", "dev"]\nmarkers = { main = "' .. PLATFORM
    .. '", dev = "python_version < \'3\'" }\n[[package]]\nname = "c"\nversion = "1"\n' .. end_of_lock:format "2.1", nil,
    { "c==1" }, { "1 a==1: marker: " .. PLATFORM,
      "5 b==1: marker: " .. PLATFORM .. " or python_version < '3'" })
  check("poetry.lock", '[[package]]\nname = "a"\nversion = "1"\n[package.dependencies]\n'
    .. 'b = { version = "*", markers = "' .. PLATFORM .. '" }\nc = { version = "*", python = "<3" }\n'
    .. '[[package]]\nname = "b"\nversion = "1"\n'
    .. '[[package]]\nname = "c"\nversion = "1"\n' .. end_of_lock:format "2.0", '[tool.poetry.dependencies]\na = "1"\n',
    { "a==1" }, { "7 b==1: no marker of a dependency on it holds here",
      "10 c==1: no marker of a dependency on it holds here" })
end)

t.test("tells what other environments install: pdm", function()
  local start = '[metadata]\nlock_version = "4.5.0"\nstrategy = [%s]\n[[metadata.targets]]\nrequires_python = ">=3.8"\n'
  check("pdm.lock", start:format '"inherit_metadata"' .. '[[package]]\nname = "a"\nversion = "1"\nmarker = "'
    .. PLATFORM .. '"\n[[package]]\nname = "b"\nversion = "1"\n', nil, { "b==1" },
    { "6 a==1: marker: " .. PLATFORM })
  check("pdm.lock", start:format "" .. '[[package]]\nname = "a"\nversion = "1"\n[[package]]\nname = "b"\n'
    .. 'version = "1"\ndependencies = ["a; ' .. PLATFORM .. '"]\n', '[project]\nname = "x"\ndependencies = ["b"]\n',
    { "b==1" }, { "6 a==1: no marker of a dependency on it holds here" })
end)

t.test("tells what other environments install: pyproject", function()
  check("pyproject.toml", '[project]\nname = "x"\ndependencies = [\n"a==1; ' .. PLATFORM .. '",\n"b==1",\n]\n'
    .. '[tool.poetry.group.x.dependencies]\nc = { version = "1", python = "<3" }\n'
    .. 'd = { version = "1", platform = "win32" }\ne = { version = "1", markers = "' .. PLATFORM .. '" }\n', nil,
    { "b==1" }, { "4 a==1: marker: " .. PLATFORM, "8 c==1: python: <3", "9 d==1: platform: win32",
      "10 e==1: marker: " .. PLATFORM })
end)

t.test("counts for every environment a package that only some take from elsewhere: pyproject", function()
  local text = '[project]\nname = "x"\ndependencies = ["a==1"]\n[tool.uv.sources]\na = [{ git = "g", marker = '
    .. '"sys_platform == \'linux\'" }]\n'
  t.equal(#read("pyproject.toml", text).packages, 0)
  t.equal(support.pins(read("pyproject.toml", text, nil, true)), { "a==1" })
end)

local FIXTURES = { "uv-app/uv.lock", "uv-workspace/uv.lock", "uv-conflicts/uv.lock", "uv-no-project/uv.lock",
  "pylock-uv/pylock.toml", "pylock-pdm/pylock.toml", "pylock-pip/pylock.app.toml", "poetry-1.1/poetry.lock",
  "poetry-2.0/poetry.lock", "poetry-2.1/poetry.lock", "pdm/pdm.lock", "pdm-plain/pdm.lock", "pdm-4.3/pdm.lock",
  "pipenv/Pipfile.lock" }

for _, fixture in ipairs(FIXTURES) do
  t.test("counts or tells all that " .. fixture .. " holds", function()
    local path = t.root .. "/tests/fixtures/locks/" .. fixture
    local all = locks.read(path, { python_version = support.PYTHON, every = true })
    t.equal(all.left_out, {})
    for _, python_version in ipairs { "3.9.18", "3.11.7", "3.14.0" } do
      local one = locks.read(path, { python_version = python_version })
      local list = support.pins(one)
      for _, item in ipairs(one.left_out) do list[#list + 1] = item.name .. "==" .. item.version end
      table.sort(list)
      t.equal(list, support.pins(all), python_version)
      for _, item in ipairs(one.skipped) do t.truthy(not item.reason:find "does not hold", item.name) end
    end
    -- Whatever the tool writes has its pin in the text of the file.
    local written = {}
    local text = assert(fs.read(path))
    for name, number in text:gmatch '%[%[packages?%]%]\nname = "([^"]+)"\nversion = "([^"]+)"\n' do
      written[name:lower() .. "==" .. number] = true
    end
    for _, pin in ipairs(support.pins(all)) do written[pin] = nil end
    local left = {}
    for pin in pairs(written) do left[#left + 1] = pin:match "^(.-)==" end
    table.sort(left)
    local others = { ["gitdep"] = true, ["local-lib"] = true, ["toolz"] = true }
    for _, name in ipairs(left) do
      t.truthy(others[name] or fixture:find "^uv%-" and name:find "^demo" or fixture:find "^uv%-workspace" and
        name:find "^ws%-" or name == "one", name)
    end
  end)
end

local CUT = ": the file is empty or cut off; write the file anew with '"

t.test("refuses an empty file, and one that lacks what its tool writes first or last", function()
  for name, want in pairs { ["uv.lock"] = "'version' is missing" .. CUT .. "uv lock'",
    ["poetry.lock"] = "the 'lock-version' of [metadata] is missing" .. CUT .. "poetry lock'",
    ["pdm.lock"] = "the 'lock_version' of [metadata] is missing" .. CUT .. "pdm lock'" } do
    support.refuses(name, "", name .. ":1: " .. want)
    support.refuses(name, "\n# x\n", name .. ":2: " .. want)
    support.refuses(name, '\n\n[[package]]\nname = "a"\nversion = "1"', name .. ":5: " .. want)
  end
  support.refuses("poetry.lock", "package = []\n[metadata]\n",
    "poetry.lock:2: the 'lock-version' of [metadata] is missing" .. CUT .. "poetry lock'")
  support.refuses("Pipfile.lock", '{"_meta": {}}',
    "Pipfile.lock:1: it has no section of packages" .. CUT .. "pipenv lock'")
  support.refuses("pylock.toml", 'lock-version = "1.0"\n',
    "pylock.toml:1: 'packages' is missing: the file is empty or cut off; write the file anew with the "
    .. "tool that made it (its 'created-by')")
  t.truthy(read("pylock.toml", 'lock-version = "1.0"\npackages = []\n', '[project]\ndependencies = ["a"]\n'))
end)

--- The beginnings of a text that end before a [[package]].
local function beginnings(text)
  local list = {}
  for at in text:gmatch "\n()%[%[package%]%]\n" do list[#list + 1] = text:sub(1, at - 1) end
  return list
end

t.test("takes no fixture for whole that is cut before a package", function()
  for _, fixture in ipairs(FIXTURES) do
    local folder, name = fixture:match "^(.*)/(.*)$"
    if not name:find "^pylock" and name ~= "Pipfile.lock" then
      local root = t.root .. "/tests/fixtures/locks/"
      local pyproject = assert(fs.read(root .. folder .. "/pyproject.toml"))
      for i, text in ipairs(beginnings(assert(fs.read(root .. fixture)))) do
        local result, message = read(name, text, pyproject)
        local is_told = not result
        for _, item in ipairs(result and result.skipped or {}) do
          is_told = is_told or item.reason == "the lock does not hold it"
        end
        t.truthy(is_told, ("%s before package %d"):format(fixture, i))
        if message then t.match(message, "^%w+%.lock:%d+: .*; write the file anew") end
      end
    end
  end
end)

t.test("refuses a dependency of a uv.lock that leads nowhere, whether its marker holds or not", function()
  local want = "a dependency on 'b', which is not in the file; write the file anew with 'uv lock'"
  support.refuses("uv.lock", UV .. '[{ name = "b", marker = "' .. PLATFORM .. '" }]\n', "uv.lock:6: " .. want)
  support.refuses("uv.lock", UV .. '[{ name = "b", version = "2" }]\n[[package]]\nname = "b"\nversion = "1"\n'
    .. REGISTRY, "uv.lock:6: " .. want)
  for _, table_name in ipairs { "optional-dependencies", "dev-dependencies" } do
    support.refuses("uv.lock", UV .. "[]\n[package." .. table_name .. ']\nx = [{ name = "b" }]\n',
      "uv.lock:8: " .. want)
  end
  support.refuses("uv.lock", UV .. '[]\n[manifest]\nmembers = ["app", "b"]\n',
    "uv.lock:8: the workspace's member 'b' is not in the file: the file is empty or cut off; "
    .. "write the file anew with 'uv lock'")
end)

t.test("takes what a manifest names and uv leaves out for no dependency that leads nowhere", function()
  local text = 'version = 1\nrequires-python = ">=3.12"\n[manifest]\n%s\n[manifest.dependency-groups]\ndev = [%s]\n'
  local want = "uv.lock:6: a dependency on 'b', which is not in the file; write the file anew with 'uv lock'"
  support.refuses("uv.lock", text:format("", '{ name = "b" }'), want)
  support.refuses("uv.lock", text:format('excludes = ["c"]', '{ name = "b" }'), want)
  support.refuses("uv.lock", text:gsub("3.12", "3.10"):format("", '{ name = "b", marker = "os_name == \'posix\'" }'),
    want)
  for _, case in ipairs { { "", '{ name = "b", marker = "python_version < \'3.12\'" }' },
    { "", '{ name = "b", marker = "' .. PLATFORM .. '" }' }, { 'excludes = ["b"]', '{ name = "b" }' },
    { 'overrides = [{ name = "b", marker = "python_version < \'3\'" }]', '{ name = "b" }' } } do
    local result, message = read("uv.lock", text:format(case[1], case[2]))
    t.truthy(result, message)
    t.equal(result.packages, {})
  end
end)

t.test("counts all packages of a uv.lock without members, unless a project is beside it", function()
  local text = 'version = 1\n[[package]]\nname = "a"\nversion = "1"\n' .. REGISTRY
  check("uv.lock", text, nil, { "a==1" }, {})
  check("uv.lock", text, "[dependency-groups]\ndev = []\n", { "a==1" }, {})
  for _, cut in ipairs { text, "version = 1\n" } do
    local _, message = read("uv.lock", cut, '[project]\nname = "x"\nversion = "1"\n')
    t.match(message, "^uv.lock:%d: the project beside it is not in the file: the file is empty or cut off; ")
  end
end)

local NOT_HELD = "the lock does not hold it"

local function not_held(name, text, pyproject)
  local result, message = read(name, text, pyproject)
  t.truthy(result, message)
  local list = {}
  for i, item in ipairs(result.skipped) do
    t.equal(item.reason, NOT_HELD)
    list[i] = item.name
  end
  t.equal(#read(name, text, pyproject, true).skipped, #list, "for every environment")
  table.sort(list)
  return list
end

local POETRY = [=[
[[package]]
name = "a"
version = "1"
[package.dependencies]
b = "*"
c = { version = "*", markers = "sys_platform == 'win32'" }
d = { version = "*", optional = true, markers = "extra == 'x'" }
e = { version = "*", python = "<3" }
setuptools = "*"
App = "*"
[package.extras]
x = ["d"]
[metadata]
python-versions = "^3.8"
lock-version = ]=]

t.test("names what a poetry.lock does not hold and this environment needs", function()
  local project = '[project]\nname = "app"\ndependencies = ["a", "f", "g; sys_platform == \'win32\'"]\n'
    .. '[dependency-groups]\ndev = ["h"]\n'
  for _, lock_version in ipairs { '"1.1"', '"2.0"', '"2.1"' } do
    t.equal(not_held("poetry.lock", POETRY .. lock_version, project), { "b", "f" }, lock_version)
    t.equal(not_held("poetry.lock", (POETRY .. lock_version):gsub("%^3.8", ">=3.12", 1), project), {}, "other Python")
    t.equal(not_held("poetry.lock", POETRY .. lock_version), {}, "no project")
  end
  t.equal(not_held("poetry.lock", POETRY .. '"2.0"', '[tool.poetry]\nname = "app"\n[tool.poetry.dependencies]\n'
    .. 'a = { version = "1", extras = ["x"] }\ni = "1"\n'), { "b", "d", "i" })
end)

t.test("names what a pdm.lock does not hold and this environment needs", function()
  local text = '[metadata]\ngroups = ["default"]\nstrategy = [%s]\nlock_version = "4.5.0"\n[[metadata.targets]]\n'
    .. 'requires_python = ">=3.8"\n[[package]]\nname = "a"\nversion = "1"\n'
    .. 'dependencies = ["B>=1", "c; sys_platform == \'win32\'", "App[x]"]\n'
  local project = '[project]\nname = "app"\nrequires-python = ">=3.8"\n'
    .. 'dependencies = ["a", "f", "g; os_name == \'nt\'"]\n'
    .. '[dependency-groups]\ndev = ["h"]\n'
  for _, strategy in ipairs { "", '"inherit_metadata"' } do
    local lock = text:format(strategy)
    t.equal(not_held("pdm.lock", lock, project), { "b", "f" }, strategy)
    t.equal(not_held("pdm.lock", lock:gsub('"default"', '"dev"'), project), { "b" }, "no default group")
    t.equal(not_held("pdm.lock", lock:gsub("3%.8", "3.12"), project), {}, "other Python")
    t.equal(not_held("pdm.lock", lock), {}, "no project")
    local old = lock:gsub("%[%[metadata.targets%]%]\nrequires_python = [^\n]*\n", "")
    t.equal(not_held("pdm.lock", old, project), { "b", "f" }, "no targets")
    t.equal(not_held("pdm.lock", old, (project:gsub("3%.8", "3.12"))), {}, "no targets, other Python")
  end
end)

return t.finish()
