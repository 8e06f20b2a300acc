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
  local where = from and ("%s:%d: "):format(from.path, from.line) or ""
  local stat = fs.stat(path)
  -- Reading from a pipe could take for ever.
  if stat and stat.kind ~= "file" then error({ usage = ("%s%s: not a file"):format(where, path) }, 0) end
  local text, message, code = fs.read(path)
  if not text then error({ usage = where .. (code == "ENOENT" and path .. ": no such file" or message) }, 0) end
  if text:find("\0", 1, true) then bad(path, nil, "is not a text file") end
  local encoding = requirements.odd_encoding(text)
  if encoding then bad(path, nil, ("the encoding '%s' cannot be read"):format(encoding), "write the file in UTF-8") end
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
  if line.value:match("^%a[%w+.-]*://") then
    bad(file.path, line.first, ("'%s': a file on the web is not fetched"):format(line.text), "include a copy of it")
  end
  local path = paths.clean(paths.join(paths.folder(file.path), line.value))
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

local GOES_BOTH_WAYS = { requirement = true, include = true, constraint = true }

--- A file may be included and constrain as well; it is read once, and each of both is done once.
function load(set, path, into, from)
  local seen = set.seen[path]
  if not seen then
    seen = { file = requirements.parse(read(path, from), path) }
    set.seen[path] = seen
    set.files[#set.files + 1] = seen.file
  end
  if seen[into] then return end
  local again = seen.requirements or seen.constraints
  seen[into] = true
  for _, line in ipairs(seen.file.lines) do
    local handle = handlers[line.kind]
    if handle and (not again or GOES_BOTH_WAYS[line.kind]) then handle(set, seen.file, line, into) end
  end
end

--- An empty set: { files, requirements = { {file, line} }, constraints, skipped, notes }.
function files.new()
  return { files = {}, requirements = {}, constraints = {}, skipped = {}, notes = {}, seen = {} }
end

--- Adds a file, with all that it includes, to a set. Raises { usage = message } for what cannot be read.
function files.add(set, path)
  load(set, paths.clean(path), "requirements")
end

--- Marks a file as read by other means, so that one which includes it does not bring its requirements again.
function files.mark_read(set, path)
  set.seen[path] = { file = { path = path, lines = {} }, requirements = true }
end

--- Loads files (paths) into a new set. Raises as add does.
function files.load(list)
  local set = files.new()
  for _, path in ipairs(list) do files.add(set, path) end
  return set
end

return files
