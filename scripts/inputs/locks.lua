--- Reads the lock files of Python's package managers, and the pyproject.toml that they are made from.
--
-- Each format is a room of its own below inputs/locks. A file is read for one Python on this platform, or for all; all
-- groups and extras count. What a file holds and does not count is told, and a file that is cut off is refused where
-- that can be seen. No tool runs and nothing is looked up.
local found = require "inputs.locks.found"
local fs = require "pysec.fs"
local json = require "pysec.json"
local paths = require "lib.paths"
local toml = require "pysec.toml"

local locks = {}

local KINDS = {
  ["pylock.toml"] = "pylock", ["uv.lock"] = "uv", ["poetry.lock"] = "poetry", ["Pipfile.lock"] = "pipfile",
  ["pdm.lock"] = "pdm", ["pyproject.toml"] = "pyproject",
}

local ROOMS = {
  pylock = require "inputs.locks.pylock", uv = require "inputs.locks.uv", poetry = require "inputs.locks.poetry",
  pipfile = require "inputs.locks.pipfile", pdm = require "inputs.locks.pdm",
  pyproject = require "inputs.locks.pyproject",
}

--- "pylock", "uv", "poetry", "pipfile", "pdm" or "pyproject", by the name of the file; nil for another.
function locks.kind_of(path)
  local name = paths.name(path)
  return KINDS[name] or name:match("^pylock%.[^.]+%.toml$") and "pylock" or nil
end

--- Decodes a file; returns the value, the text and the lines, or nil, a message that names the file, and a code.
local function decode(path, room)
  local stat, missing, code = fs.stat(path)
  if not stat then return nil, missing, code end
  -- Reading from a pipe could take for ever.
  if stat.kind ~= "file" then return nil, path .. ": not a file", "EINVAL" end
  local text, unreadable, why = fs.read(path)
  if not text then return nil, unreadable, why end
  local value, lines
  if room.is_json then
    value, lines, code = json.decode(text, { lines = true })
  else
    value, lines, code = toml.decode(text, { skip = room.skips and room.skips(text) or room.skip })
  end
  if value == nil then
    local place = lines:gsub("^line (%d+), column (%d+):", "%1:%2:")
    return nil, ("%s:%s; %s"):format(path, place, room.way_out), code
  end
  return value, text, lines
end

--- The folders whose projects a lock file installs, its own first; those that it names by their paths are found by how
-- its tool writes them, without decoding the file.
function locks.folders_of(path)
  local own = paths.clean(paths.folder(path))
  local list, text = { own }, fs.read(path) or ""
  for _, start in ipairs(ROOMS[locks.kind_of(path)].folder_starts or {}) do
    local _, at = text:find(start, 1, true)
    while at do
      local folder = text:match('^[^"\n]*', at + 1)
      list[#list + 1] = paths.clean(paths.join(own, folder))
      _, at = text:find(start, at + 1, true)
    end
  end
  return list
end

--- Reads a file for a Python, { python_version = "3.11.7" }; with `every = true`, markers of platform and Python leave
-- nothing out. Returns
--   { kind, path, packages = { { name, version, direct, path, line } }, skipped = { { name, reason, path, line } },
--     left_out = { { name, version, path, line, why } } }
-- with names in their normal form and versions as they are written, which may be no PEP 440 versions. `left_out` has
-- what the file pins for other environments, and is empty with `every`. Or nil, a message that names file and line,
-- and a code: what fs and the decoders give, "EINVAL" for a file of another form.
function locks.read(path, options)
  local kind = locks.kind_of(path)
  assert(kind, "not the name of a lock file")
  assert(type(options.python_version) == "string", "python_version: text expected")
  local room = ROOMS[kind]
  local value, text, lines = decode(path, room)
  if value == nil then return nil, text, lines end
  local into = found.new({ kind = kind, path = path, text = text, lines = lines, way_out = room.way_out,
    newer_way_out = room.newer_way_out }, options.python_version, options.every)
  local ok, problem = pcall(room.read, into, value)
  if not ok then
    if type(problem) == "table" and problem.problem then return nil, problem.problem, "EINVAL" end
    error(problem, 0)
  end
  return { kind = kind, path = path, packages = into.packages, skipped = into.skipped,
    left_out = into:all_left_out() }
end

return locks
