--- A copy of what uv reads of a project, in which it may write a lock file anew.
--
-- A project may be a stranger's. So nothing of it is built, and nothing is fetched that its files name by address: what
-- would need that has no copy, and the problem says which line it is and what to do instead. The copy lies below
-- the folder of the copy as the project lies below "/", so that "../lib" leads where it led.
local fs = require "pysec.fs"
local locks = require "inputs.locks"
local paths = require "lib.paths"
local toml = require "pysec.toml"

local copy = {}

local WAY_OUT = "; run the tool yourself: uv lock --upgrade-package NAME"

local function fail(path, line, text)
  error({ problem = ("%s%s: %s%s"):format(path, line and ":" .. line or "", text, WAY_OUT) }, 0)
end

local function decode(path)
  local text, message = fs.read(path)
  if not text then error({ problem = message .. WAY_OUT }, 0) end
  local value, lines = toml.decode(text)
  if not value then fail(path, nil, lines) end
  return value, lines, text
end

local function field(owner, ...)
  for _, key in ipairs { ... } do
    owner = type(owner) == "table" and owner[key] or nil
  end
  return owner
end

local function is_table(value) return type(value) == "table" end

-- What uv finds out by running the project's own build.
local BUILT = { version = true, dependencies = true, ["optional-dependencies"] = true }

local INDEXES = { "index", "index-url", "extra-index-url", "find-links" }

--- The text of a pyproject.toml. Raises { problem } for one by which uv would build the project, or ask an index that
-- the user did not give.
function copy.check_project(path)
  local document, lines, text = decode(path)
  local project = field(document, "project")
  if not project and field(document, "build-system") then
    fail(path, nil, "without a [project] uv would run the project's build to lock it")
  end
  for _, name in ipairs(is_table(field(project, "dynamic")) and project.dynamic or {}) do
    if BUILT[name] then
      fail(path, lines[project], ("the project's %s is dynamic, and uv would run its build to lock it"):format(name))
    end
  end
  local uv = field(document, "tool", "uv")
  for _, name in ipairs(INDEXES) do
    if field(uv, name) ~= nil then
      fail(path, lines[uv], ("[tool.uv] names a package index (%s), which is not followed"):format(name))
    end
  end
  return text
end

local ELSEWHERE = { git = "a git repository", url = "an address", path = "a file" }

--- Fails for packages that do not come from the index that the user gave. Returns the lock's document.
local function check_lock(path, index)
  local document, lines, text = decode(path)
  for _, package in ipairs(is_table(document.package) and document.package or {}) do
    for kind, what in pairs(ELSEWHERE) do
      if field(package, "source", kind) ~= nil then
        fail(path, lines[package], ("%s comes from %s, which is not fetched"):format(tostring(package.name), what))
      end
    end
    local registry = field(package, "source", "registry")
    if registry and registry:gsub("/+$", "") ~= index then
      fail(path, lines[package], ("%s comes from the index %s; UV_DEFAULT_INDEX can name it"):format(
        tostring(package.name), registry))
    end
  end
  return document, text
end

local function absolute(path)
  return paths.clean(paths.join(fs.cwd(), path))
end

local function put(root, path, text)
  local to = root .. absolute(path)
  assert(fs.mkdirs(paths.folder(to)))
  assert(fs.write(to, text))
end

local function make(scratch, path, index)
  local document, text = check_lock(path, index)
  local root = assert(fs.tempdir(scratch))
  for _, folder in ipairs(locks.folders_of(path)) do
    local project = paths.join(folder, "pyproject.toml")
    put(root, project, copy.check_project(project))
  end
  put(root, path, text)
  return { root = root, path = root .. absolute(path), folder = paths.folder(root .. absolute(path)), text = text,
    options = is_table(document.options) and document.options or {} }
end

--- Copies a lock file and these texts ({ path = text }). Returns what make returns.
function copy.of_texts(scratch, path, texts)
  local root, text = assert(fs.tempdir(scratch)), assert(fs.read(path))
  for other, content in pairs(texts) do put(root, other, content) end
  put(root, path, text)
  return { root = root, path = root .. absolute(path), folder = paths.folder(root .. absolute(path)), text = text }
end

--- Copies what belongs to a uv.lock. `index` is the address of the package index. Returns { path (of the lock in the
-- copy), folder, text, options (of the lock) }, or nil and why there can be no copy.
function copy.make(scratch, path, index)
  local ok, made = pcall(make, scratch, path, index)
  if ok then return made end
  if type(made) == "table" and made.problem then return nil, made.problem end
  error(made, 0)
end

return copy
