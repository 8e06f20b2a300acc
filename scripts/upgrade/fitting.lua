--- Whether a plan that was read from a file does what its upgrades say, and nothing else: it may have been changed by
-- hand, and the policies judge the upgrades alone.
--
-- What a file that is compiled for the first time brings is in no upgrade, and lock files are read by their tools.
local interrupted = require "interrupted"
local paths = require "lib.paths"
local places = require "transaction.places"
local requirements = require "lib.requirements"
local version = require "pysec.version"

local fitting = {}

local function key(name, value)
  return name .. "==" .. (version.normalize(value) or value)
end

--- What a text requires: { [name==version] = { name, what = the rest of the line } }.
local function required(text, path)
  local set = {}
  for _, line in ipairs(requirements.parse(text, path).lines) do
    if line.kind == "requirement" then
      local what = line.pin and "==" .. line.pin or tostring(line.specifier)
      set[line.pin and key(line.name, line.pin) or line.name .. " " .. what] = { name = line.name, what = what }
    end
  end
  return set
end

--- The first requirement that a file would get and that is no upgrade.
local function stray(file, upgraded)
  local had = required(file.before or "", file.path)
  for name, item in pairs(required(file.text, file.path)) do
    if not had[name] and not upgraded[name] then return item end
  end
end

local function is_first_output(made, file)
  if file.before then return false end
  for _, input in ipairs(made.inputs) do
    if input.path:match("%.in$") and input.path:gsub("%.in$", ".txt") == file.path then return true end
  end
  return false
end

--- What files would require and no upgrade says, in words; nil when there is none.
function fitting.stray(made)
  local upgraded = {}
  for _, item in ipairs(made.upgrades) do upgraded[key(item.package, item.to)] = true end
  for _, file in ipairs(made.files) do
    if file.path:match("%.txt$") or file.path:match("%.in$") then
      local item = not is_first_output(made, file) and stray(file, upgraded)
      if item then
        return ("%s would require %s%s, which is none of the upgrades"):format(file.path, item.name, item.what)
      end
    end
  end
end

--- An upgrade of the environment that does not start from what the plan found there, in words; nil when there is none.
function fitting.misplaced(made)
  local present = {}
  for _, package in ipairs(made.environment and made.environment.packages or {}) do
    present[package.name] = package.version
  end
  for _, item in ipairs(made.environment and made.upgrades or {}) do
    if item.target == made.environment.path and item.from ~= present[item.package] then
      return ("%s goes from %s to %s, and was %s"):format(item.package, item.from or "nothing", item.to,
        present[item.package] or "not there")
    end
  end
end

--- The first file that a plan writes and that is none of those that the targets consist of, nor a new one beside them;
-- nil when there is none.
function fitting.foreign(targets, made)
  local files, folders = {}, {}
  for _, path in ipairs(interrupted.places(targets)) do
    local real = places.real(path)
    if real then files[real], folders[paths.folder(real)] = true, true end
  end
  for _, file in ipairs(made.files) do
    local real = places.real(file.path)
    local is_known = real and (files[real] or file.before == nil and folders[paths.folder(real)])
    if not is_known then return file.path end
  end
end

return fitting
