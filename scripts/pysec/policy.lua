--- pysec.policy: finds and reads the files of policies; the engine is lib/policy.
local clock = require "pysec.clock"
local dates = require "lib.dates"
local fs = require "pysec.fs"
local host = require "pysec.host"
local loader = require "lib.policy.load"
local names = require "lib.names"
local paths = require "lib.paths"
local policy_set = require "lib.policy.set"

local policy = {}

local LARGEST_FILE = 1024 * 1024

-- --- shipped policies ---

--- The names of the shipped policies, in order.
function policy.shipped()
  local list = {}
  for _, file in ipairs(host.builtins("policies/")) do list[#list + 1] = file:match("^policies/(.-)%.lua$") end
  table.sort(list)
  return list
end

local function is_shipped_name(name)
  return name:match("^[%w-]+$") ~= nil
end

local function shipped_source(name)
  local file = ("policies/%s.lua"):format(name)
  local text = host.builtin(file)
  if not text then
    return nil, ("no shipped policy is called '%s'%s; there are %s"):format(name, names.hint(name, policy.shipped()),
      table.concat(policy.shipped(), ", "))
  end
  return { name = file, text = text, id = "shipped:" .. name, include = shipped_source }
end

-- --- files ---

--- Whether a real path lies below a real folder, or in it.
local function is_below(folder, path)
  local prefix = folder == "/" and "/" or folder .. "/"
  return path:sub(1, #prefix) == prefix
end

local file_source

--- What a file includes: a shipped policy by its name, or a file beside or below it.
local function include_from(path)
  return function(wanted)
    if is_shipped_name(wanted) then return shipped_source(wanted) end
    if wanted:find("\0", 1, true) then return nil, "a path holds no NUL" end
    if wanted:sub(1, 1) == "/" then return nil, "expected a path relative to this file, or a shipped policy's name" end
    local folder = fs.realpath(paths.folder(path))
    local joined = paths.join(paths.folder(path), wanted)
    local real, message = fs.realpath(joined)
    if not real then return nil, message end
    if not folder or not is_below(folder, real) then
      return nil, "only files beside or below this one can be included"
    end
    return file_source(joined, real)
  end
end

function file_source(path, real)
  local text, message = fs.read(real or path, LARGEST_FILE)
  if text then text = text:gsub("^\xEF\xBB\xBF", "") end -- the mark that some editors put first
  if not text then return nil, message end
  return { name = paths.clean(path), text = text, id = real or fs.realpath(path) or path, include = include_from(path) }
end

local function add_folder(sources, path)
  local entries, message = fs.list(path)
  if not entries then return nil, message end
  table.sort(entries)
  local count = 0
  for _, name in ipairs(entries) do
    if name:match("%.lua$") and not name:match("_test%.lua$") then
      local source, problem = file_source(paths.join(path, name))
      if not source then return nil, problem end
      sources[#sources + 1], count = source, count + 1
    end
  end
  if count == 0 then return nil, ("%s: no policy (*.lua) is in this folder"):format(path) end
  return true
end

--- Adds what a path stands for: a shipped policy, a folder's files, or a file. A shipped name means the shipped policy
-- whatever lies in the current folder: that may be the repository that is to be judged.
local function add(sources, path)
  local stat, message = fs.stat(path)
  local source
  if is_shipped_name(path) and (not stat or host.builtin(("policies/%s.lua"):format(path))) then
    source, message = shipped_source(path)
  elseif stat and stat.kind == "folder" then
    return add_folder(sources, path)
  elseif stat then
    source, message = file_source(path)
  end
  if not source then return nil, message end
  sources[#sources + 1] = source
  return true
end

--- A policy that was given as text includes shipped ones alone.
local function text_source(given, number)
  return { name = given.name, text = given.text, id = ("%s#%d"):format(given.name, number), include = function(wanted)
    if is_shipped_name(wanted) then return shipped_source(wanted) end
    return nil, "a policy that is no file includes shipped policies alone"
  end }
end

--- Notes that a path cannot be loaded.
local function note(mistakes, path, message)
  local place, text = message:match("^([^:]+): (.*)$")
  if place and place:sub(1, #path) == path then path, message = place, text end
  table.insert(mistakes, { path = path, message = message })
end

--- The sources of all that is to be loaded, and the mistakes that were met.
local function gather(list, options)
  local sources, mistakes = { given = {} }, {}
  for _, path in ipairs(list) do
    local ok, message = add(sources.given, path)
    if not ok then note(mistakes, path, message) end
  end
  for i, given in ipairs(options.sources or {}) do table.insert(sources.given, text_source(given, i)) end
  if options.project then
    local message
    sources.project, message = file_source(options.project)
    if not sources.project then note(mistakes, options.project, message) end
  end
  if #list == 0 and #sources.given == 0 and not options.project then sources.given[1] = shipped_source "default" end
  return sources, mistakes
end

--- Loads policies into one set; scripts/meta/policy.lua says what it takes and gives.
function policy.load(list, options)
  options = options or {}
  local today = options.today or clock.today()
  if type(today) ~= "string" or not dates.parse(today) then
    error("today: expected a day such as \"2027-01-31\"", 2)
  end
  local sources, problems = gather(list, options)
  local loaded, message, mistakes = loader.load(sources, { today = today, budget = options.budget,
    coverage = options.coverage, extra = options.extra, mistakes = problems })
  if not loaded then return nil, message, mistakes end
  return policy_set.new(loaded)
end

return policy
