--- Requirements files as text that can be changed without losing anything.
--
-- A file is split into logical lines; each keeps its raw text, so that what is not changed is written back
-- byte for byte: comments, order, blank lines, line endings, a byte order mark.
local names = require "lib.names"
local pep508 = require "lib.pep508"
local requirement_encoding = require "lib.requirement_encoding"
local requirement_hashes = require "lib.requirement_hashes"
local version = require "pysec.version"

local requirements = { odd_encoding = requirement_encoding.odd }

-- Where else than at a line feed a line may end: pip has Python's splitlines, with two separators of several bytes.
local OTHER_SEPARATORS = "[\v\f\r\x1C-\x1E\xC2\xE2]"

--- The position after the line that starts at `at`, and its last byte before the line ending. Lines end where
-- they do for pip, which is Python's splitlines: a line separator in a comment hides nothing behind it.
local function line_end(text, at)
  local from = at
  while true do
    local start = text:find("[\n\v\f\r\x1C-\x1E\xC2\xE2]", from)
    if not start then return #text + 1, #text end
    local stop = text:match("^\r\n()", start) or text:match("^[\n\v\f\r\x1C-\x1E]()", start)
      or text:match("^\xC2\x85()", start) or text:match("^\xE2\x80[\xA8\xA9]()", start)
    if stop then return stop, start - 1 end
    from = start + 1
  end
end

local function without_backslashes(text)
  local last = #text
  while text:sub(last, last) == "\\" do last = last - 1 end
  return text:sub(1, last)
end

--- Joins what a backslash at the end of a line continues, as pip does: a comment ends it, and is never
-- continued itself. Returns the logical text, the position behind it, and how many lines it took.
local function logical_line(text, at)
  local parts, count = {}, 0
  repeat
    local stop, last = line_end(text, at)
    local line = text:sub(at, last)
    local is_comment = line:match("^%s*#")
    local continued = not is_comment and line:sub(-1) == "\\"
    count = count + 1
    parts[count] = is_comment and " " .. line or continued and without_backslashes(line) or line
    at = stop
  until not continued or at > #text
  return table.concat(parts), at, count
end

--- The text of a line without its comment: pip takes "#" at the start or after white space.
local function strip_comment(text)
  if text:match("^%s*#") then return "" end
  local at = text:find("%s#")
  return at and text:sub(1, at - 1) or text
end

local OPTIONS = {
  ["-r"] = "include", ["--requirement"] = "include", ["-c"] = "constraint", ["--constraint"] = "constraint",
  ["-e"] = "editable", ["--editable"] = "editable",
}

--- What an option stands for; pip takes the start of a long name for the name.
local function kind_of(flag)
  for name, kind in pairs(OPTIONS) do
    if name == flag or (#flag > 2 and name:sub(1, #flag) == flag) then return kind end
  end
end

local function split_option(text)
  local flag, value = text:match("^(%-%-[%w-]+)[=%s]*(.*)$")
  if not flag then flag, value = text:match("^(%-.?)[=%s]*(.*)$") end
  return flag, value:match('^"(.*)"$') or value:match("^'(.*)'$") or value
end

local function classify_option(line)
  local flag, value = split_option(line.text)
  line.kind, line.value = kind_of(flag) or "option", value
  if line.kind ~= "option" then
    if value == "" then line.kind, line.problem = "invalid", flag .. " needs a value" end
    return
  end
  -- What pip would follow must not be overlooked, quoted or not.
  for word in line.text:gsub("[\"'\\]", ""):gmatch("%S+") do
    local other = word:match("^%-") and split_option(word)
    if other and kind_of(other) then
      line.kind, line.problem = "invalid", other .. " has to stand on a line of its own"
    end
  end
end

local ARCHIVES = {}
for _, ending in ipairs { "whl", "zip", "tar", "tgz", "tbz", "txz", "tlz", "tar.gz", "tar.bz2", "tar.xz", "tar.lz",
  "tar.lzma" } do
  ARCHIVES[ending] = true
end

--- URLs, paths and archives, by their look alone: pip looks whether they are there.
local function is_url(text)
  if text:match("^%a[%w+.-]*://") or text:match("^%w+%+") or text:match("^file:") then return true end
  local word = text:match("^[^%s;@%[=<>!]+") or ""
  return word:match("^%.") or word:find("/", 1, true) or ARCHIVES[word:match("%.(%w+)$")]
    or ARCHIVES[word:match("%.(tar%.%w+)$")]
end

--- Where the version stands in the raw text of a line with a pin; lines may be continued before it.
local function find_pin(line)
  local at = line.raw:match("===?[%s\\]*()")
  return at and line.raw:sub(at, at + #line.pin - 1) == line.pin and at or nil
end

local function classify_requirement(line)
  local body, options = line.text:match("^(.-)%s+(%-.*)$")
  body, options = body or line.text, options or ""
  if is_url(body) then
    line.kind = "url"
    return
  end
  local parsed, problem = pep508.parse(body)
  if not parsed then
    line.kind, line.problem = "invalid", problem
    return
  end
  line.kind = parsed.url and "url" or "requirement"
  line.name, line.written, line.extras = parsed.name, parsed.written, parsed.extras
  line.specifier, line.marker, line.url = parsed.specifier, parsed.marker, parsed.url
  line.pin = pep508.pin(parsed.specifier)
  if line.pin and not find_pin(line) then line.kind, line.problem = "invalid", "the version is cut in two" end
  line.hashes = {}
  for hash in options:gmatch("%-%-hash[=%s]+(%S+)") do line.hashes[#line.hashes + 1] = hash end
  line.body = body
end

-- Patterns may take the square of the time for a long run of white space, and the file may be a stranger's.
local LONG_SPACE = ("%s"):rep(64) .. "+"

local function classify(line, text)
  text = text:gsub(LONG_SPACE, " ")
  line.text = strip_comment(text):match("^%s*(.-)%s*$")
  if line.text == "" then
    line.kind = text:match("#") and "comment" or "blank"
  elseif line.text:sub(1, 1) == "-" then
    classify_option(line)
  else
    classify_requirement(line)
  end
end

-- Nobody changes the lists of a line that was read, and most lines have empty ones.
local NONE = {}

-- What pip-compile and uv write at the head of their files.
local COMPILED_MARK = "autogenerated by"

local HASH = "    --hash=sha256:"
local HASH_LENGTH = #HASH + 64

--- The hashes that follow a pin, one a line, as pip-compile and uv write them. Returns them and the position behind
-- them; nil when they are written otherwise.
local function plain_hashes(text, at)
  local hashes = {}
  while true do
    local last = at + HASH_LENGTH - 1
    local stop = text:find("\n", last, true)
    local ending = stop and text:sub(last + 1, stop)
    if text:sub(at, at + #HASH - 1) ~= HASH or ending ~= "\n" and ending ~= " \\\n" then return nil end
    local hash = text:sub(at + 11, last)
    if hash:find(" ", 1, true) or hash:find("\n", 1, true) or hash:find("\t", 1, true) then return nil end
    hashes[#hashes + 1] = hash
    at = stop + 1
    if ending == "\n" then return hashes, at end
  end
end

--- Reads a requirement that is "name==1.2.3" and nothing else but hashes, as most of a file of pins are. Returns the
-- line, the position behind it and how many lines it took; nil for all else. The file must have no line separators but
-- line feeds.
local function plain_pin(text, at)
  local written, pin, ending, stop = text:match("^(%w[%w._-]*%w)==([%w.!+_-]+)( ?\\?)\n()", at)
  if not stop or ending == " " or not version.normalize(pin) then return nil end
  local hashes, count = NONE, 1
  local body = text:sub(at, at + #written + #pin + 1)
  local logical = body
  if ending ~= "" then
    if ending ~= " \\" then return nil end
    hashes, stop = plain_hashes(text, stop)
    if not hashes then return nil end
    count = 1 + #hashes
    logical = body .. "     --hash=" .. table.concat(hashes, "     --hash=")
  end
  return { kind = "requirement", raw = text:sub(at, stop - 1), text = logical, body = body, first = 0,
    name = names.normalize(written), written = written, specifier = "==" .. pin, pin = pin, extras = NONE,
    hashes = hashes }, stop, count
end

--- Reads a line that is a comment or blank.
local function plain_rest(text, at)
  local _, mark = text:find("^ *[#\n]", at)
  local stop = mark and text:find("\n", mark, true)
  if not stop then return nil end
  return { kind = stop == mark and "blank" or "comment", raw = text:sub(at, stop), text = "", first = 0 }, stop + 1, 1
end

--- The pins of a file that holds nothing but plain pins, comments and blank lines: { { name, version, line } }, and
-- whether they are all that it needs (see is_complete); nil for any other. It takes a third of the time of parse.
function requirements.plain_pins(text)
  if text:find(OTHER_SEPARATORS) or requirements.odd_encoding(text) then return nil end
  local pins, at, number, hashed = {}, 1, 1, 0
  while at <= #text do
    local written, pin, stop = text:match("^(%w[%w._-]*%w)==([%w.!+_-]+)\n()", at)
    if stop and version.normalize(pin) then
      pins[#pins + 1] = { name = names.normalize(written), version = pin, line = number }
      at, number = stop, number + 1
    else
      local line, behind, count = plain_pin(text, at)
      if not line then line, behind, count = plain_rest(text, at) end
      if not line then return nil end
      if line.pin then
        pins[#pins + 1] = { name = line.name, version = line.pin, line = number }
        hashed = hashed + math.min(#line.hashes, 1)
      end
      at, number = behind, number + count
    end
  end
  return pins, #pins > 0 and (hashed == #pins or text:find(COMPILED_MARK, 1, true) ~= nil)
end

local function other_line(text, at)
  local logical, stop, count = logical_line(text, at)
  local line = { raw = text:sub(at, stop - 1), first = 0 }
  classify(line, logical)
  return line, stop, count
end

--- Parses the text of a file. Returns { path, bom, lines = { line } }; a line has kind, raw, first (its
-- number), text, and by kind: name, written, extras, specifier, marker, pin, hashes | value | problem.
function requirements.parse(text, path)
  local file = { path = path, bom = "", lines = {} }
  if text:sub(1, 3) == "\xEF\xBB\xBF" then
    file.bom, text = text:sub(1, 3), text:sub(4)
  end
  local at, number, lines = 1, 1, file.lines
  local is_plain = not text:find(OTHER_SEPARATORS)
  while at <= #text do
    local line, stop, count
    if is_plain then
      line, stop, count = plain_pin(text, at)
      if not line then line, stop, count = plain_rest(text, at) end
    end
    if not line then line, stop, count = other_line(text, at) end
    line.first = number
    lines[#lines + 1] = line
    at, number = stop, number + count
  end
  return file
end

--- The file's text again.
function requirements.text(file)
  local parts = { file.bom }
  for _, line in ipairs(file.lines) do parts[#parts + 1] = line.raw end
  return table.concat(parts)
end

--- Changes the pin of a requirement line, and nothing else of it. `hashes` (a list of "sha256:...") is
-- needed where the line has hashes. Raises for a line without a pin, and for hashes that are missing.
function requirements.set_pin(line, to, hashes)
  assert(line.pin, "the line has no pin")
  local at = find_pin(line)
  line.raw = line.raw:sub(1, at - 1) .. to .. line.raw:sub(at + #line.pin)
  if #line.hashes > 0 then
    assert(hashes and hashes[1], "the line has hashes, and there are none for its new version")
    line.raw = requirement_hashes.replace(line.raw, hashes)
  end
  classify(line, (logical_line(line.raw, 1)))
end

--- True when a tool wrote the file with everything that it needs: pip-compile, uv, or hashes throughout.
function requirements.is_complete(file)
  local pinned, hashed, compiled = true, true, false
  local count = 0
  for _, line in ipairs(file.lines) do
    if line.kind == "comment" and line.raw:find(COMPILED_MARK, 1, true) then compiled = true end
    if line.kind == "requirement" then
      count = count + 1
      pinned = pinned and line.pin ~= nil
      hashed = hashed and #line.hashes > 0
    elseif line.kind ~= "comment" and line.kind ~= "blank" and line.kind ~= "option" then
      return false
    end
  end
  return count > 0 and pinned and (hashed or compiled)
end

return requirements
