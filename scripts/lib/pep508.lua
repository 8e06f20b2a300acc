--- Requirements by PEP 508: "name[extra] >=1,<2 ; python_version < '3.12'", and their markers.
local host = require "pysec.host"
local names = require "lib.names"
local version = require "pysec.version"

local pep508 = {}

local NAME = "^([%w][%w%._%-]*)"

local function trim(text)
  return (text:match("^%s*(.-)%s*$"))
end

local function parse_extras(text)
  local extras = {}
  if trim(text) == "" then return extras end
  for extra in (text .. ","):gmatch("([^,]*),") do
    local name = trim(extra)
    if not name:match("^%w[%w%._%-]*$") or name:match("[%._%-]$") then return nil end
    extras[#extras + 1] = names.normalize(name)
  end
  return extras
end

--- Reads "@ URL" or "@ URL ; MARKER". The white space before ";" is needed: a URL may hold one.
local function parse_url(rest)
  local url, marker = rest:match("^@%s*(%S+)%s+;(.*)$")
  url = url or rest:match("^@%s*(%S+)$")
  if not url then return nil, nil, "a URL is expected after '@'" end
  return url, marker and trim(marker)
end

--- What is wrong with a specifier, or nil.
local function specifier_problem(body)
  if body:find("^,") or body:find(",%s*,") then return ("a comma too many: \"%s\""):format(body) end
  local fits, message = version.matches("0", body)
  if fits == nil then return message end
end

--- Splits a requirement into { name, extras, specifier, url, marker }, or returns nil and what is wrong.
-- `name` is normalised, `written` is the name as it stands there.
function pep508.parse(text)
  text = trim(text)
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
  local url, specifier, marker, problem
  if rest:sub(1, 1) == "@" then
    specifier = ""
    url, marker, problem = parse_url(rest)
  else
    specifier, marker = rest:match("^([^;]*);(.*)$")
    specifier, marker = trim(specifier or rest), marker and trim(marker)
    if specifier:sub(1, 1) == "(" and specifier:sub(-1) == ")" then specifier = trim(specifier:sub(2, -2)) end
    problem = specifier_problem(specifier)
  end
  if marker and not problem then problem = select(2, pep508.check_marker(marker)) end
  if problem then return nil, problem end
  return { name = names.normalize(written), written = written, extras = extras, specifier = specifier, url = url,
    marker = marker }
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

-- Sets that markers of lock files ask about (PEP 751): "'cli' in extras". An environment that has none knows no such
-- variable.
local SETS = { extras = true, dependency_groups = true }

local OLD_NAMES = {
  ["os.name"] = "os_name", ["sys.platform"] = "sys_platform", ["platform.version"] = "platform_version",
  ["platform.machine"] = "platform_machine", python_implementation = "platform_python_implementation",
  ["platform.python_implementation"] = "platform_python_implementation",
}

-- Parentheses are read by recursion, and the file may be a stranger's.
local MOST_TOKENS = 1000

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
    if #list > MOST_TOKENS then return nil, "the marker is too long" end
  end
  return list
end

local VERSION_VARIABLES = {
  python_version = true, python_full_version = true, implementation_version = true, platform_release = true,
}

local function equal(a, b) return a == b end
local function never() return false end

-- What text is compared by; the orders hold of equal texts alone. "~=" and "===" are for versions.
local TEXT_OPERATORS = {
  ["=="] = equal, ["<="] = equal, [">="] = equal, ["<"] = never, [">"] = never,
  ["!="] = function(a, b) return a ~= b end,
  ["in"] = function(a, b) return b:find(a, 1, true) ~= nil end,
  ["not in"] = function(a, b) return b:find(a, 1, true) == nil end,
}

local MEMBERSHIP = { ["in"] = true, ["not in"] = false }
local ONE_OF = { ["=="] = true, ["!="] = false }

--- Whether a name is in a set, { name = true }. `extra` may be a set too, of all that are wanted: it then equals
-- each of them.
local function compare_set(left, operator, right, name)
  local wanted
  if SETS[name] then
    if right.variable then wanted = MEMBERSHIP[operator] end
  else
    wanted = ONE_OF[operator]
  end
  if wanted == nil then error({ problem = ("'%s' does not ask what is in %s"):format(operator, name) }, 0) end
  local set, member = left.value, right.value
  if right.variable then set, member = member, set end
  return (set[names.normalize(member)] ~= nil) == wanted
end

--- The right side is the bound, on whichever side the variable stands. What is no bound is compared as text.
local function compare(left, operator, right)
  local name = left.variable or right.variable
  if not name or (left.variable and right.variable) then
    error({ problem = "a marker compares a variable with a quoted text" }, 0)
  end
  if type(left.value) == "table" or type(right.value) == "table" then
    return compare_set(left, operator, right, name)
  end
  local subject, bound = left.value, right.value
  if name == "extra" then subject, bound = names.normalize(subject), names.normalize(bound) end
  local specifier = operator .. bound
  if VERSION_VARIABLES[name] and not bound:find(",", 1, true) and version.matches("0", specifier) ~= nil then
    return version.matches(subject, specifier) or false
  end
  local holds = TEXT_OPERATORS[operator]
  if not holds then error({ problem = ("'%s' does not compare %s with '%s'"):format(operator, name, bound) }, 0) end
  return holds(subject, bound)
end

--- A recursive reader over the tokens.
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
  local name = OLD_NAMES[token.value] or token.value
  if not VARIABLES[name] and not (SETS[name] and self.environment[name]) then
    error({ problem = ("the marker has no variable '%s'"):format(token.value) }, 0)
  end
  return { value = self.environment[name] or "", variable = name }
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
  local ok, problem = read_marker(marker, pep508.environment("3.11.0"))
  return ok, not ok and problem or nil
end

--- Whether a marker holds in an environment (variables by their PEP 508 names, `extras` and `dependency_groups` as
-- sets { name = true } where a lock file is read); true for no marker.
function pep508.marker_holds(marker, environment)
  if not marker then return true end
  local ok, result = read_marker(marker, environment)
  if not ok then return nil, result end
  return result
end

local PLATFORM = host.platform()

--- The variables for a CPython of this version on this machine.
function pep508.environment(python_version)
  python_version = python_version:gsub("%+$", "") -- "3.11.2+" is a build from source that has no tag
  return {
    os_name = "posix", sys_platform = "linux", platform_system = PLATFORM.system, platform_machine = PLATFORM.machine,
    platform_release = PLATFORM.release, platform_version = PLATFORM.version,
    platform_python_implementation = "CPython", implementation_name = "cpython",
    python_version = python_version:match("^%d+%.%d+") or python_version, python_full_version = python_version,
    implementation_version = python_version, extra = "",
  }
end

return pep508
