--- Reads what is installed in an environment from its metadata. The environment's own Python is not run:
-- a .pth file in it would run with it.
local env = require "pysec.env"
local fs = require "pysec.fs"
local names = require "lib.names"
local paths = require "lib.paths"
local pep508 = require "lib.pep508"
local python = require "inputs.python"
local tool = require "pysec.tool"
local json = require "pysec.json"

local environment = {}

--- The headers of a METADATA file: name, version and the Requires-Dist lines.
local function parse_metadata(text)
  local found = { requires = {} }
  local head = text:match("^(.-)\r?\n\r?\n") or text
  for line in head:gmatch("[^\r\n]+") do
    -- A line that starts with white space goes on with the one before, which may be a whole licence.
    local key, value = line:match("^([%w-]+):[ \t]*(.*)$")
    key, value = key and key:lower(), value and value:gsub("%s+$", "")
    if key == "name" and not found.name then found.name = value end
    if key == "version" and not found.version then found.version = value end
    if key == "requires-dist" then table.insert(found.requires, value) end
  end
  return found
end

--- Where a package came from: "project" for a folder, "url" for an archive or a repository (its name and version
-- are ones that advisories know), nil for the package index.
local function origin_of(path)
  local origin = json.read(path .. "/direct_url.json")
  if type(origin) ~= "table" then return nil end
  return type(origin.dir_info) == "table" and "project" or "url"
end

-- What holds the metadata, by the ending of a name in site-packages. A .egg is what "setup.py install" left there.
local METADATA = { ["dist-info"] = "/METADATA", ["egg-info"] = "/PKG-INFO", egg = "/EGG-INFO/PKG-INFO" }

--- Python takes names in any case.
local function metadata_of(entry)
  return METADATA[entry:lower():match("%.([%a-]+)$")]
end

local function read_distribution(folder, entry)
  local file = metadata_of(entry)
  local path = folder .. "/" .. entry
  local stat = fs.stat(path)
  if stat and stat.kind == "file" and file == METADATA.egg then
    return nil, path .. ": a zipped egg, which cannot be read; install it anew with pip"
  end
  local text, message = fs.read(stat and stat.kind == "file" and path or path .. file)
  if not text then return nil, message end
  local found = parse_metadata(text)
  if not found.name or not found.version or found.name == "" or found.version == "" then
    return nil, path .. ": the metadata lacks a name or a version"
  end
  return {
    name = names.normalize(found.name), version = found.version, requires = found.requires,
    requested = fs.stat(path .. "/REQUESTED") ~= nil, origin = origin_of(path), path = path,
  }
end

--- `outside` is true for a folder that the environment only looks into.
local function read_folder(folder, found, outside)
  local here = {}
  local entries, unreadable, code = fs.list(folder)
  -- Pythons name folders that are not there until something is installed.
  if not entries and code ~= "ENOENT" then found.problems[#found.problems + 1] = unreadable end
  for _, entry in ipairs(entries or {}) do
    if metadata_of(entry) then
      local distribution, message = read_distribution(folder, entry)
      if not distribution then
        found.problems[#found.problems + 1] = message
      elseif here[distribution.name] and here[distribution.name].version ~= distribution.version then
        found.problems[#found.problems + 1] = ("%s: %s is there twice, as %s and as %s; install it anew"):format(folder,
          distribution.name, here[distribution.name].version, distribution.version)
      elseif not found.by_name[distribution.name] then
        distribution.outside = outside
        found.by_name[distribution.name] = distribution
        found.packages[#found.packages + 1] = distribution
      end
      if distribution then here[distribution.name] = here[distribution.name] or distribution end
    end
  end
end

-- What making an environment puts there, with a mark of its own.
local SEEDS = { pip = true, setuptools = true, wheel = true }

--- Whether the marks of who was asked for tell anything: some tools leave none, and uv marks all that it installs.
local function has_telling_marks(found)
  local marked, unmarked = false, false
  for _, package in ipairs(found.packages) do
    if not SEEDS[package.name] then
      marked, unmarked = marked or package.requested, unmarked or not package.requested
    end
  end
  return marked and unmarked
end

--- A package is direct when somebody asked for it: pip leaves a mark. Where marks tell nothing, it is one that no other
-- package needs.
local function mark_direct(found)
  local marked = has_telling_marks(found)
  local needed = {}
  local variables = pep508.environment(found.python_version)
  for _, package in ipairs(found.packages) do
    for _, text in ipairs(package.requires) do
      local requirement = pep508.parse(text)
      if requirement and pep508.marker_holds(requirement.marker, variables) then needed[requirement.name] = true end
    end
  end
  for _, package in ipairs(found.packages) do
    if marked then package.direct = package.requested else package.direct = not needed[package.name] end
  end
end

local function site_folders(path)
  local folders = {}
  for _, library in ipairs { "lib", "lib64" } do
    local stat = fs.stat(path .. "/" .. library, { follow = false })
    if stat and stat.kind == "folder" then
      for _, entry in ipairs(fs.list(path .. "/" .. library) or {}) do
        local folder = ("%s/%s/%s/site-packages"):format(path, library, entry)
        local is_python = entry:match("^python%d") or entry:match("^pypy%d")
        if is_python and fs.stat(folder) then folders[#folders + 1] = folder end
      end
    end
  end
  return folders
end

--- Where the Python that an environment was made with, and its user, keep packages. It is not asked: the
-- environment names it, and may be a stranger's.
local function shared_folders(program_folder, minor)
  local prefix, folders = paths.folder(paths.clean(program_folder)), {}
  for _, place in ipairs {
    (env.get("HOME") or "") .. "/.local/lib/python%s/site-packages", prefix .. "/local/lib/python%s/dist-packages",
    prefix .. "/lib/python3/dist-packages", prefix .. "/lib/python%s/dist-packages",
    prefix .. "/lib/python%s/site-packages", prefix .. "/lib64/python%s/site-packages",
  } do
    local folder = place:gsub("%%s", minor)
    if fs.stat(folder) then folders[#folders + 1] = folder end
  end
  return folders
end

local function finish(found)
  for i, folder in ipairs(found.folders) do read_folder(folder, found, i > (found.own_folders or #found.folders)) end
  table.sort(found.packages, function(a, b) return a.name < b.name end)
  mark_direct(found)
  return found
end

-- Prints where a Python keeps its packages. With -S it does not look into those folders itself.
local LOCATE = [[
import json, site, sys
folders = site.getsitepackages() + [site.getusersitepackages()]
print(json.dumps({"version": sys.version.split()[0], "folders": folders}))]]

local function ask_python(program)
  local result, message = tool.run { program, "-I", "-S", "-c", LOCATE, timeout = 20 }
  if not result then return nil, message end
  local answer = result.code == 0 and json.decode(result.stdout)
  if not answer then return nil, program .. ": does not say where it keeps its packages" end
  return answer
end

--- Reads the virtual environment at `path`. Returns { path, python, python_version, packages, by_name,
-- problems, system_packages }, or nil and a message.
function environment.read(path)
  local stat, message = fs.stat(path)
  if not stat then return nil, message end
  if stat.kind ~= "folder" then return nil, path .. ": not a folder" end
  local config = python.config(path)
  local absolute = paths.clean(paths.join(fs.cwd(), path))
  local found = { path = path, python = absolute .. "/bin/python", packages = {}, by_name = {}, problems = {} }
  found.folders = site_folders(path)
  found.own_folders = #found.folders
  if #found.folders == 0 then
    return nil, path .. ": no Python environment (lib/python*/site-packages is missing)"
  end
  local minor = found.folders[1]:match("/%a+(%d[%d%.]*)[^/]*/site%-packages$")
  found.python_version = python.version_of(config) or minor
  if (config["include-system-site-packages"] or ""):lower() == "true" and config.home then
    local shared = shared_folders(config.home, minor)
    table.move(shared, 1, #shared, #found.folders + 1, found.folders)
    if #shared == 0 then
      found.problems[#found.problems + 1] = ("%s/pyvenv.cfg: the packages of the Python in %s are not there")
        :format(path, config.home)
    end
  end
  return finish(found)
end

--- Reads the packages of the python3 on PATH, which is never upgraded.
function environment.read_system()
  local program, message = tool.which("python3")
  if not program then return nil, message end
  -- With -S a virtual environment's Python takes itself for the one that it was made from.
  local prefix = paths.folder(paths.folder(program))
  if fs.stat(prefix .. "/pyvenv.cfg") then
    local found, wrong = environment.read(prefix)
    if found then found.is_system = true end
    return found, wrong
  end
  local answer, problem = ask_python(program)
  if not answer then return nil, problem end
  return finish {
    path = program, python = program, python_version = answer.version, packages = {}, by_name = {}, problems = {},
    folders = answer.folders, is_system = true,
  }
end

--- The installed set as `pip freeze` writes it.
function environment.freeze(found)
  local lines = {}
  for _, package in ipairs(found.packages) do
    lines[#lines + 1] = ("%s==%s\n"):format(package.name, package.version)
  end
  return table.concat(lines)
end

return environment
