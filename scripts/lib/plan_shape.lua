--- Checks that a table is a plan (docs/reports.md), before anything of it is believed.
local finding_shape = require "lib.finding_shape"
local json = require "pysec.json"
local names = require "lib.names"
local recorded = require "lib.recorded"
local version = require "pysec.version"

local shape = {}

shape.FORMAT = "pysec plan 1"

local function show(value)
  if type(value) == "string" then return ("'%s'"):format(value:sub(1, 60)) end
  if value == json.null then return "null" end
  return value == nil and "missing" or type(value) == "table" and "a table" or tostring(value)
end

local function is_list(value)
  return type(value) == "table" and json.is_array(value)
end

local function is_text(value)
  return type(value) == "string" and value ~= "" and not value:find("\0", 1, true)
end

local function is_texts(value)
  if not is_list(value) then return false end
  for _, item in ipairs(value) do
    if not is_text(item) then return false end
  end
  return true
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
  if item.change ~= (item.from and version.change(item.from, item.to) or "other") then
    return "change", "that from its from to its to", item.change
  end
  if item.state ~= "planned" then return "state", "'planned'", item.state end
  if not is_texts(item.fixes) then return "fixes", "a list of texts", item.fixes end
  if not is_text(item.target) then return "target", "a path", item.target end
  for _, field in ipairs { "kind", "reason", "released" } do
    if item[field] ~= nil and not is_text(item[field]) then return field, "a text", item[field] end
  end
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

local function findings_problem(list)
  for i, item in ipairs(list) do
    local problem = finding_shape.problem(item)
    if problem then return ("findings[%d].%s"):format(i, problem) end
  end
end

--- Each scanner that has told all is one that reported: its findings are those of the plan.
local function evidence_problem(made)
  local list, problem = recorded.evidence(made.evidence)
  if not list then return problem end
  if not is_texts(made.scanners) then return "scanners: expected a list of texts" end
  local reported = {}
  for _, name in ipairs(made.scanners) do reported[name] = true end
  for _, item in ipairs(list) do
    if item.status == "complete" and not reported[item.scanner] then
      return ("scanners: expected '%s' among them, whose evidence is complete"):format(item.scanner)
    end
  end
end

local function nothing() end

local LISTS = { { "inputs", input_problem }, { "files", file_problem }, { "upgrades", upgrade_problem },
  { "refused", nothing }, { "held_back", nothing }, { "findings", nothing }, { "evidence", nothing } }

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
  for _, entry in ipairs(LISTS) do
    local problem = list_problem(made, entry[1], entry[2])
    if problem then return problem end
  end
  return findings_problem(made.findings) or evidence_problem(made) or environment_problem(made.environment)
end

return shape
