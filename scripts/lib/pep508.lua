--- Requirements by PEP 508: "name[extra] >=1,<2 ; python_version < '3.12'", and their markers.
local names = require "lib.names"
local version = require "pysec.version"

local pep508 = {}

local NAME = "^([%w][%w%._%-]*)"

local function trim(text)
  return (text:match("^%s*(.-)%s*$"))
end

local function parse_extras(text)
  local extras = {}
  for extra in text:gmatch("[^,]+") do
    local name = trim(extra)
    if not name:match("^%w[%w%._%-]*$") and not name:match("^%w$") then return nil end
    extras[#extras + 1] = names.normalize(name)
  end
  return extras
end

--- Splits a requirement into { name, extras, specifier, url, marker }, or returns nil and what is wrong.
-- `name` is normalised, `written` is the name as it stands there.
function pep508.parse(text)
  text = trim(text)
  local body, marker = text, nil
  local written = text:match(NAME)
  if not written then return nil, "a package name is expected" end
  written = written:gsub("[%._%-]+$", "")
  local rest = trim(text:sub(#written + 1))
  local extras = {}
  local inside, after = rest:match("^%[([^%]]*)%](.*)$")
  if inside then
    extras = parse_extras(inside)
    if not extras then return nil, "the extras are not well-formed" end
    rest = trim(after)
  end
  if rest:sub(1, 1) == "@" then
    local url, url_marker = rest:match("^@%s*(%S+)%s*;%s*(.+)$")
    url = url or trim(rest:sub(2))
    if url == "" or url:find("%s") then return nil, "a URL is expected after '@'" end
    return { name = names.normalize(written), written = written, extras = extras, specifier = "", url = url,
      marker = url_marker }
  end
  body, marker = rest:match("^([^;]*);(.*)$")
  body = trim(body or rest)
  if body:sub(1, 1) == "(" and body:sub(-1) == ")" then body = trim(body:sub(2, -2)) end
  local fits, message = version.matches("0", body)
  if fits == nil then return nil, message end
  if marker then
    marker = trim(marker)
    local ok, problem = pep508.check_marker(marker)
    if not ok then return nil, problem end
  end
  return { name = names.normalize(written), written = written, extras = extras, specifier = body, marker = marker }
end

--- The exact version that a specifier pins, or nil: "==1.2" and "===1.2", no wildcard.
function pep508.pin(specifier)
  local pinned = specifier:match("^%s*===?%s*([^%s,;*]+)%s*$")
  return pinned
end

-- --- markers ---

local VARIABLES = {
  os_name = true, sys_platform = true, platform_machine = true, platform_python_implementation = true,
  platform_release = true, platform_system = true, platform_version = true, python_version = true,
  python_full_version = true, implementation_name = true, implementation_version = true, extra = true,
}

local function tokens_of(text)
  local list, i = {}, 1
  while i <= #text do
    local char = text:sub(i, i)
    if char:match("%s") then
      i = i + 1
    elseif char == "(" or char == ")" then
      list[#list + 1] = { kind = char }
      i = i + 1
    elseif char == "'" or char == '"' then
      local close = text:find(char, i + 1, true)
      if not close then return nil, "a quote in the marker is not closed" end
      list[#list + 1] = { kind = "value", value = text:sub(i + 1, close - 1) }
      i = close + 1
    else
      local operator = text:match("^===", i) or text:match("^[=!<>~]=", i) or text:match("^[<>]", i)
      local word = text:match("^[%a_.]+", i)
      if operator then
        list[#list + 1] = { kind = "operator", value = operator }
        i = i + #operator
      elseif word then
        list[#list + 1] = { kind = "word", value = word }
        i = i + #word
      else
        return nil, ("the marker has an unexpected '%s'"):format(char)
      end
    end
  end
  return list
end

local VERSION_VARIABLES = { python_version = true, python_full_version = true, implementation_version = true }

local function compare(left, operator, right)
  if left.extra or right.extra then
    local equal = names.normalize(left.value) == names.normalize(right.value)
    return (operator == "==" and equal) or (operator == "!=" and not equal)
  end
  if operator == "in" then return right.value:find(left.value, 1, true) ~= nil end
  if operator == "not in" then return right.value:find(left.value, 1, true) == nil end
  if left.is_version or right.is_version then
    local subject, bound, op = left.value, right.value, operator
    if right.is_version then
      local mirrored = { ["<"] = ">", [">"] = "<", ["<="] = ">=", [">="] = "<=" }
      subject, bound, op = right.value, left.value, mirrored[operator] or operator
    end
    local result = version.matches(subject, op .. bound)
    if result ~= nil then return result end
  end
  if operator == "==" or operator == "===" then return left.value == right.value end
  if operator == "!=" then return left.value ~= right.value end
  if operator == "<" then return left.value < right.value end
  if operator == ">" then return left.value > right.value end
  if operator == "<=" then return left.value <= right.value end
  return left.value >= right.value
end

--- A recursive reader over the tokens; with no environment it checks the form alone.
local Reader = {}
Reader.__index = Reader

function Reader:take(kind, value)
  local token = self.list[self.at]
  if not token or token.kind ~= kind or (value and token.value ~= value) then return nil end
  self.at = self.at + 1
  return token
end

function Reader:operand()
  local token = self:take("value")
  if token then return { value = token.value } end
  token = self:take("word")
  if not token then error({ problem = "the marker ends where a value is expected" }, 0) end
  local name = token.value:gsub("%.", "_")
  if name == "python_implementation" then name = "platform_python_implementation" end
  if not VARIABLES[name] then error({ problem = ("the marker has no variable '%s'"):format(token.value) }, 0) end
  return { value = self.environment[name] or "", is_version = VERSION_VARIABLES[name], extra = name == "extra" }
end

function Reader:operator()
  local token = self:take("operator")
  if token then return token.value end
  if self:take("word", "in") then return "in" end
  if self:take("word", "not") and self:take("word", "in") then return "not in" end
  error({ problem = "the marker lacks an operator" }, 0)
end

function Reader:primary()
  if self:take("(") then
    local result = self:either()
    if not self:take(")") then error({ problem = "a parenthesis in the marker is not closed" }, 0) end
    return result
  end
  local left = self:operand()
  local operator = self:operator()
  return compare(left, operator, self:operand())
end

function Reader:both()
  local result = self:primary()
  while self:take("word", "and") do
    local right = self:primary()
    result = result and right
  end
  return result
end

function Reader:either()
  local result = self:both()
  while self:take("word", "or") do
    local right = self:both()
    result = result or right
  end
  return result
end

local function read_marker(marker, environment)
  local list, message = tokens_of(marker)
  if not list then return nil, message end
  local reader = setmetatable({ list = list, at = 1, environment = environment }, Reader)
  local ok, result = pcall(reader.either, reader)
  if not ok then
    if type(result) == "table" then return nil, result.problem end
    error(result, 0)
  end
  if reader.at <= #list then return nil, "something follows the marker" end
  return true, result
end

--- true when the marker is well-formed, else nil and what is wrong.
function pep508.check_marker(marker)
  return read_marker(marker, {})
end

--- Whether a marker holds in an environment (variables by their PEP 508 names); true for no marker.
function pep508.marker_holds(marker, environment)
  if not marker then return true end
  local ok, result = read_marker(marker, environment)
  if not ok then return nil, result end
  return result
end

--- The variables for a CPython of this version on this machine's kind of system.
function pep508.environment(python_version)
  return {
    os_name = "posix", sys_platform = "linux", platform_system = "Linux", platform_machine = "x86_64",
    platform_python_implementation = "CPython", implementation_name = "cpython", platform_release = "",
    platform_version = "", python_version = python_version:match("^%d+%.%d+") or python_version,
    python_full_version = python_version, implementation_version = python_version, extra = "",
  }
end

return pep508
