--- Reads requirements files with all that they include.
--
-- Only names, versions and markers go further from here: what else a file says to pip (another index, a
-- URL, a folder to install) is not followed, because the file may be a stranger's. It is reported instead.
local fs = require "pysec.fs"
local paths = require "lib.paths"
local requirements = require "lib.requirements"

local files = {}

--- Bad input. It ends the run before anything has started, unless the set gathers its problems: then what is right goes
-- on to count.
local function bad(set, message)
  if not set.problems then error({ usage = message }, 0) end
  table.insert(set.problems, message)
end

local function bad_line(set, file, line, message, way_out)
  bad(set, ("%s:%d: '%s': %s; %s"):format(file.path, line.first, line.text, message, way_out))
end

--- What is wrong with a text as a requirements file, or nil.
local function text_problem(text)
  if text:find("\0", 1, true) then return "is not a text file" end
  local encoding = requirements.odd_encoding(text)
  return encoding and ("the encoding '%s' cannot be read; write the file in UTF-8"):format(encoding)
end

--- The text of a file, or nil where that is a problem that the set keeps. `from` is the line that includes it.
local function read(set, path, from)
  local where = from and ("%s:%d: "):format(from.path, from.line) or ""
  local stat = fs.stat(path)
  -- Reading from a pipe could take for ever.
  if stat and stat.kind ~= "file" then return bad(set, ("%s%s: not a file"):format(where, path)) end
  local text, message, code = fs.read(path)
  if not text then return bad(set, where .. (code == "ENOENT" and path .. ": no such file" or message)) end
  local problem = text_problem(text)
  if problem then return bad(set, ("%s: %s"):format(path, problem)) end
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
    return bad_line(set, file, line, "a file on the web is not fetched", "include a copy of it")
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

function handlers.invalid(set, file, line)
  bad_line(set, file, line, line.problem, "write a requirement such as 'name==1.2'")
end

local GOES_BOTH_WAYS = { requirement = true, include = true, constraint = true }

--- A file may be included and constrain as well; it is read once, and each of both is done once.
function load(set, path, into, from)
  local seen = set.seen[path]
  if not seen then
    local text = read(set, path, from)
    if not text then return end
    seen = { file = requirements.parse(text, path) }
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

--- An empty set: { files, requirements = { {file, line} }, constraints, skipped, notes }. With `problems`, a list, it
-- gathers there what is wrong, and raises nothing.
function files.new(problems)
  return { files = {}, requirements = {}, constraints = {}, skipped = {}, notes = {}, seen = {}, problems = problems }
end

--- Adds a file, with all that it includes, to a set. Raises { usage = message } for what cannot be read.
function files.add(set, path)
  load(set, paths.clean(path), "requirements")
end

--- The text of a file that may be read by other means, or nil: files.add says what is wrong then.
function files.sound_text(path)
  local stat = fs.stat(path)
  local text = stat and stat.kind == "file" and fs.read(path)
  return text and not text_problem(text) and text or nil
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
