--- Requirements files as text that can be changed without losing anything.
--
-- A file is split into logical lines; each keeps its raw text, so that what is not changed is written back
-- byte for byte: comments, order, blank lines, line endings, a byte order mark.
local pep508 = require "lib.pep508"

local requirements = {}

local function split_lines(text)
  local lines, at = {}, 1
  while at <= #text do
    local stop = text:find("\n", at, true) or #text
    lines[#lines + 1] = text:sub(at, stop)
    at = stop + 1
  end
  return lines
end

--- Joins what a trailing backslash continues; returns the logical text and the number of lines.
local function logical_line(lines, first)
  local last = first
  local raw = lines[first]
  while raw:match("\\\r?\n$") and lines[last + 1] do
    last = last + 1
    raw = raw .. lines[last]
  end
  return raw, last
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

local function option_of(text)
  local flag, value = text:match("^(%-%-?[%w-]+)[=%s]+(.-)%s*$")
  if not flag then flag, value = text:match("^(%-%l)(%S.*)$") end
  return flag or text:match("^%S+"), value
end

local function is_local(text)
  return text:match("^%.%.?/") or text:match("^/") or text:match("^file:") or text:match("%.whl$")
    or text:match("%.tar%.gz$") or text:match("%.zip$") or text == "."
end

local function classify(line)
  local text = strip_comment((line.raw:gsub("\\\r?\n", " "))):match("^%s*(.-)%s*$")
  line.text = text
  if text == "" then
    line.kind = line.raw:match("#") and "comment" or "blank"
    return
  end
  if text:sub(1, 1) == "-" then
    local flag, value = option_of(text)
    line.kind = OPTIONS[flag] or "option"
    line.value = value
    if line.kind ~= "option" and (not value or value == "") then
      line.kind, line.problem = "invalid", flag .. " needs a value"
    end
    return
  end
  if text:match("^%a[%w+.-]*://") or text:match("^git%+") or is_local(text) then
    line.kind = "url"
    return
  end
  local body = text:gsub("%s%-%-hash[=%s]%S+", ""):gsub("%s%-%-[%w-]+=%S+", "")
  local parsed, problem = pep508.parse(body)
  if not parsed then
    line.kind, line.problem = "invalid", problem
    return
  end
  line.kind = parsed.url and "url" or "requirement"
  line.name, line.written, line.extras = parsed.name, parsed.written, parsed.extras
  line.specifier, line.marker, line.url = parsed.specifier, parsed.marker, parsed.url
  line.pin = pep508.pin(parsed.specifier)
  line.hashes = {}
  for hash in text:gmatch("%-%-hash[=%s](%S+)") do line.hashes[#line.hashes + 1] = hash end
  line.body = body:match("^%s*(.-)%s*$")
end

--- Parses the text of a file. Returns { path, bom, lines = { line } }; a line has kind, raw, first (its
-- number), text, and by kind: name, written, extras, specifier, marker, pin, hashes | value | problem.
function requirements.parse(text, path)
  local file = { path = path, bom = "", lines = {} }
  if text:sub(1, 3) == "\xEF\xBB\xBF" then
    file.bom, text = text:sub(1, 3), text:sub(4)
  end
  local lines, i = split_lines(text), 1
  while i <= #lines do
    local raw, last = logical_line(lines, i)
    local line = { raw = raw, first = i }
    classify(line)
    file.lines[#file.lines + 1] = line
    i = last + 1
  end
  return file
end

--- The file's text again.
function requirements.text(file)
  local parts = { file.bom }
  for _, line in ipairs(file.lines) do parts[#parts + 1] = line.raw end
  return table.concat(parts)
end

--- Puts new hashes where the old ones stood, in their style: all on one line, or one a line.
local function replace_hashes(raw, hashes)
  local first = raw:find("%-%-hash[=%s]")
  if not first then return raw end
  local newline = raw:match("\\(\r?\n)")
  local indent = raw:match("\n(%s*)%-%-hash") or "    "
  local last = first
  for _, stop in raw:gmatch("()%-%-hash[=%s]%S+()") do last = stop end
  local separator = newline and (" \\" .. newline .. indent) or " "
  local parts = {}
  for i, hash in ipairs(hashes) do parts[i] = "--hash=" .. hash end
  return raw:sub(1, first - 1) .. table.concat(parts, separator) .. raw:sub(last)
end

--- Changes the pin of a requirement line, and nothing else of it. `hashes` (a list of "sha256:...") is
-- needed where the line has hashes. Raises for a line without a pin.
function requirements.set_pin(line, to, hashes)
  assert(line.pin, "the line has no pin")
  local head, operator, stop = line.raw:match("^(.-)(===?%s*)()" )
  local tail = line.raw:sub(stop + #line.pin)
  assert(line.raw:sub(stop, stop + #line.pin - 1) == line.pin, "the pin is not where it was read")
  line.raw = head .. operator .. to .. tail
  if #line.hashes > 0 then line.raw = replace_hashes(line.raw, hashes) end
  classify(line)
end

--- True when a tool wrote the file with everything that it needs: pip-compile, uv, or hashes throughout.
function requirements.is_complete(file)
  local pinned, hashed, compiled = true, true, false
  local count = 0
  for _, line in ipairs(file.lines) do
    if line.kind == "comment" and line.raw:match("autogenerated by") then compiled = true end
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
