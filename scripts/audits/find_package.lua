--- Which requirements files and environments below a folder hold a package, in a range of versions.
--
--   pysec run find_package NAME [SPECIFIER] [FOLDER...] [--json]
--
-- Exit 0 when it is nowhere, 1 when it was found, 3 when something could not be read.
local environment = require "inputs.environment"
local fs = require "pysec.fs"
local json = require "pysec.json"
local names = require "lib.names"
local cli = require "cli"
local options = require "lib.options"
local requirements = require "lib.requirements"
local tree = require "inputs.tree"
local ui = require "pysec.ui"
local version = require "pysec.version"

local audit = {}

local command = {
  name = "pysec run find_package",
  summary = "Which requirements files and environments below a folder hold a package, in a range of versions.",
  usage = "NAME [SPECIFIER] [FOLDER...]",
  positional = { 1, math.huge },
  options = options.with_common { { "json", help = "print JSON" } },
  examples = {
    { "pysec run find_package jinja2", "below the current folder, any version" },
    { "pysec run find_package urllib3 '<2.0.7' ~/projects /srv", "a range, in several folders" },
  },
}

local function is_specifier(word)
  return word ~= nil and word:match("^%s*[<>=!~]") ~= nil
end

--- What one requirements file says of the package. A line without a pin may install any version, so it is
-- listed too, as not pinned.
local function search_file(path, name, specifier, found)
  local text, message = fs.read(path)
  if not text then return nil, message end
  for _, line in ipairs(requirements.parse(text, path).lines) do
    if line.kind == "requirement" and line.name == name then
      local matches = not line.pin or version.matches(line.pin, specifier)
      if matches then
        found[#found + 1] = { path = path, line = line.first, version = line.pin or json.null,
          written = line.body, pinned = line.pin ~= nil }
      end
    end
  end
  return true
end

local function search_environment(path, name, specifier, found)
  local read, message = environment.read(path)
  if not read then return nil, message end
  local package = read.by_name[name]
  if package and version.matches(package.version, specifier) then
    found[#found + 1] = { path = path, line = json.null, version = package.version, pinned = true,
      written = ("%s %s"):format(name, package.version) }
  end
  return true
end

--- Searches folders. Returns the list of places and a list of problems.
function audit.search(folders, name, specifier)
  local found, problems = json.array(), {}
  local function try(ok, message)
    if not ok then problems[#problems + 1] = message end
  end
  for _, folder in ipairs(folders) do
    local places, message = tree.find(folder)
    try(places, message)
    for _, path in ipairs(places and places.files or {}) do try(search_file(path, name, specifier, found)) end
    for _, path in ipairs(places and places.environments or {}) do
      try(search_environment(path, name, specifier, found))
    end
  end
  return found, problems
end

local function print_places(found)
  local rows = {}
  for i, place in ipairs(found) do
    rows[i] = { place.line ~= json.null and ("%s:%d"):format(place.path, place.line) or place.path,
      place.pinned and place.version or "not pinned", place.written }
  end
  ui.table({ "PLACE", "VERSION", "WRITTEN" }, rows)
end

function audit.main(words)
  local values = cli.start(command, words)
  if not values then return 0 end
  local name, specifier, first = names.normalize(values[1]), "", 2
  if is_specifier(values[2]) then specifier, first = values[2], 3 end
  local valid, problem = version.matches("0", specifier)
  if valid == nil then error({ usage = problem .. "; write a range such as '>=1.0,<2.0'" }, 0) end
  local folders = table.move(values, first, #values, 1, {})
  if #folders == 0 then folders[1] = "." end
  local found, problems = audit.search(folders, name, specifier)
  for _, text in ipairs(problems) do ui.warn(text) end
  if values.json then
    ui.write(json.encode(found, { pretty = true }))
  elseif #found > 0 then
    print_places(found)
  elseif #problems == 0 then
    ui.ok(("%s%s was not found"):format(name, specifier))
  end
  if #problems > 0 then return 3 end
  return #found > 0 and 1 or 0
end

return audit
