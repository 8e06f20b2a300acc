--- Reads requirements files with all that they include.
--
-- Only names, versions and markers go further from here: what else a file says to pip (another index, a
-- URL, a folder to install) is not followed, because the file may be a stranger's. It is reported instead.
local fs = require "pysec.fs"
local paths = require "lib.paths"
local requirements = require "lib.requirements"

local files = {}

--- A problem that ends the run before anything has started: bad input.
local function bad(path, line, message, way_out)
  local place = line and ("%s:%d"):format(path, line) or path
  error({ usage = ("%s: %s%s"):format(place, message, way_out and ("; " .. way_out) or "") }, 0)
end

local function read(path, from)
  local text, message, code = fs.read(path)
  if not text then
    local where = from and ("%s:%d: "):format(from.path, from.line) or ""
    error({ usage = where .. (code == "ENOENT" and path .. ": no such file" or message) }, 0)
  end
  if text:find("\0", 1, true) then bad(path, nil, "is not a text file") end
  return text
end

local function note(set, file, line, text)
  set.notes[#set.notes + 1] = { path = file.path, line = line.first, text = text }
end

local function skip(set, file, line, name, reason)
  set.skipped[#set.skipped + 1] = { name = name, reason = reason, path = file.path, line = line.first }
end

local load

local function include(set, file, line, into)
  local path = paths.clean(paths.join(paths.folder(file.path), line.value))
  if set.seen[path] then return end
  load(set, path, into, { path = file.path, line = line.first })
end

local handlers = {}

function handlers.requirement(set, file, line, into)
  table.insert(set[into], { file = file, line = line })
end

function handlers.include(set, file, line, into) include(set, file, line, into) end

function handlers.constraint(set, file, line) include(set, file, line, "constraints") end

function handlers.editable(set, file, line)
  skip(set, file, line, "-e " .. line.value, "an editable project is not on the package index; audit the "
    .. "environment that it is installed in (--venv)")
end

function handlers.url(set, file, line)
  skip(set, file, line, line.name or line.text, "a URL or a local path is not on the package index")
end

function handlers.option(set, file, line)
  if line.text:match("^%-%-require%-hashes") then return end
  note(set, file, line, ("'%s' is not followed; give an index by PIP_INDEX_URL"):format(line.text))
end

function handlers.invalid(_, file, line)
  bad(file.path, line.first, ("'%s': %s"):format(line.text, line.problem), "write a requirement such as 'name==1.2'")
end

function load(set, path, into, from)
  set.seen[path] = true
  local file = requirements.parse(read(path, from), path)
  set.files[#set.files + 1] = file
  for _, line in ipairs(file.lines) do
    local handle = handlers[line.kind]
    if handle then handle(set, file, line, into) end
  end
end

--- Loads files (paths). Returns { files, requirements = { {file, line} }, constraints, skipped, notes }.
-- Raises { usage = message } for what cannot be read.
function files.load(list)
  local set = { files = {}, requirements = {}, constraints = {}, skipped = {}, notes = {}, seen = {} }
  for _, path in ipairs(list) do
    path = paths.clean(path)
    if not set.seen[path] then load(set, path, "requirements") end
  end
  return set
end

return files
