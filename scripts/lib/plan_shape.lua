--- Checks that a table is a plan (docs/reports.md), before anything of it is believed.
local finding_shape = require "lib.finding_shape"
local json = require "pysec.json"
local names = require "lib.names"
local version = require "pysec.version"

local shape = {}

shape.FORMAT = "pysec plan 1"

local function show(value)
  if type(value) == "string" then return ("'%s'"):format(value:sub(1, 60)) end
  return value == nil and "missing" or type(value) == "table" and "a table" or tostring(value)
end

local function is_list(value)
  return type(value) == "table" and json.is_array(value)
end

local function is_text(value)
  return type(value) == "string" and value ~= "" and not value:find("\0", 1, true)
end

local function is_name(value)
  return is_text(value) and value:match("^[%w][%w._-]*$") ~= nil and names.normalize(value) == value
end

local function is_version(value)
  return is_text(value) and version.normalize(value) ~= nil
end

local function is_hash(value)
  return type(value) == "string" and value:match("^sha256:%x+$") ~= nil and #value == 71
end

--- What a plan may write: nothing but requirements and lock files.
local ENDINGS = { "%.txt$", "%.in$", "%.lock$", "%.toml$" }

local function is_file(value)
  if not is_text(value) then return false end
  for _, ending in ipairs(ENDINGS) do
    if value:match(ending) then return true end
  end
  return false
end

local function upgrade_problem(item)
  if not is_name(item.package) then return "package", "a normalised name", item.package end
  if item.from ~= nil and not is_text(item.from) then return "from", "a version", item.from end
  if not is_version(item.to) then return "to", "a version", item.to end
  if not is_list(item.fixes) then return "fixes", "a list", item.fixes end
  if not is_text(item.target) then return "target", "a path", item.target end
  if item.hashes ~= nil then
    if not is_list(item.hashes) then return "hashes", "a list", item.hashes end
    for _, hash in ipairs(item.hashes) do
      if not is_hash(hash) then return "hashes", "sha256: and 64 hexadecimal digits", hash end
    end
  end
end

local function file_problem(item)
  if not is_file(item.path) then return "path", "a requirements or lock file", item.path end
  if item.before ~= nil and type(item.before) ~= "string" then return "before", "a text", item.before end
  if type(item.text) ~= "string" then return "text", "a text", item.text end
end

local function package_problem(item)
  if not is_name(item.name) then return "name", "a normalised name", item.name end
  if not is_text(item.version) then return "version", "a version", item.version end
end

local function input_problem(item)
  if not is_text(item.path) then return "path", "a path", item.path end
  if not is_text(item.kind) then return "kind", "a kind", item.kind end
end

local function finding_problem(item)
  local problem = finding_shape.problem(item)
  if problem then return "id", problem, item.id end
end

local function list_problem(made, field, problem_of)
  if not is_list(made[field]) then return ("%s: expected a list, not %s"):format(field, show(made[field])) end
  for i, item in ipairs(made[field]) do
    if type(item) ~= "table" or is_list(item) then
      return ("%s[%d]: expected an object, not %s"):format(field, i, show(item))
    end
    local key, expected, value = problem_of(item)
    if key then return ("%s[%d].%s: expected %s, not %s"):format(field, i, key, expected, show(value)) end
  end
end

local function nothing() end

local LISTS = { { "inputs", input_problem }, { "files", file_problem }, { "upgrades", upgrade_problem },
  { "refused", nothing }, { "held_back", nothing }, { "findings", finding_problem }, { "evidence", nothing } }

local function environment_problem(environment)
  if environment == nil then return nil end
  if type(environment) ~= "table" or not is_text(environment.path) then return "environment: expected its path" end
  if environment.sync ~= nil and not is_file(environment.sync) then
    return ("environment.sync: expected a requirements file, not %s"):format(show(environment.sync))
  end
  return list_problem(environment, "packages", package_problem)
end

--- What is wrong with a table that should be a plan, with its place in it; nil when nothing is.
function shape.problem(made)
  if type(made) ~= "table" or made.format ~= shape.FORMAT then
    return ("not a plan: its format has to be '%s'"):format(shape.FORMAT)
  end
  for _, field in ipairs { "mode", "python_version" } do
    if not is_text(made[field]) then return ("%s: expected a text, not %s"):format(field, show(made[field])) end
  end
  if not is_list(made.scanners) then return "scanners: expected a list" end
  for _, entry in ipairs(LISTS) do
    local problem = list_problem(made, entry[1], entry[2])
    if problem then return problem end
  end
  return environment_problem(made.environment)
end

return shape
