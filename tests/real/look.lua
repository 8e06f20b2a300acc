--- What there is to see of an environment without asking the program under test.
local advisories = require "pysec.advisories"
local fs = require "pysec.fs"
local json = require "pysec.json"
local names = require "lib.names"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

local look = {}

-- The first of a name is the one that Python imports. "copies" counts those in the environment itself.
local LIST = [=[
import importlib.metadata as m, json, sys
seen = {}
for d in m.distributions():
    if d.metadata["Name"]:
        files = [str(d.locate_file(f)) for f in d.files or []]
        local = "dir_info" in (d.read_text("direct_url.json") or "")
        entry = seen.setdefault(d.metadata["Name"].lower(), {"version": d.version, "files": files, "local": local,
            "copies": 0})
        entry["copies"] += str(d.locate_file("")).startswith(sys.prefix)
print(json.dumps(seen))]=]

--- What the environment's own Python sees: { name = { version, files = absolute paths by the package's
-- own list, ["local"] = whether it was installed from a folder, copies } }.
function look.packages(path)
  local result = assert(tool.run { path .. "/bin/python", "-I", "-B", "-c", LIST, env = toolbox.environment("plain"),
    timeout = 60 })
  t.equal(result.code, 0, result.stderr)
  local found = {}
  for name, package in pairs(json.decode(result.stdout)) do found[names.normalize(name)] = package end
  return found
end

--- The ids and aliases of all that is known of packages, as a set of "package id".
function look.findings(database, packages)
  local db <close> = assert(advisories.open(database))
  local set = {}
  for name, package in pairs(packages) do
    for _, hit in ipairs(assert(db:query(name, package.version))) do
      set[name .. " " .. hit.id] = true
      for _, alias in ipairs(hit.aliases) do set[name .. " " .. alias] = true end
    end
  end
  return set
end

--- The flaws of packages, each once whatever it is called, as a set of "package id".
function look.flaws(database, packages)
  local db <close> = assert(advisories.open(database))
  local list, set = {}, {}
  for name, package in pairs(packages) do list[#list + 1] = { name = name, version = package.version } end
  for _, flaw in ipairs(assert(db:audit(list))) do set[list[flaw.package].name .. " " .. flaw.id] = true end
  return set
end

--- What `pip check` complains of, as a set of lines.
function look.complaints(text)
  local set = {}
  for line in text:gmatch "[^\r\n]+" do set[line] = true end
  return set
end

function look.check(path) return look.complaints(support.pip_check(path)) end

local function entries(folder)
  local found = {}
  assert(fs.walk(folder, function(path, kind) found[path:sub(#folder + 2)] = kind end))
  return found
end

local function content(path, kind)
  if kind == "file" then return assert(fs.read(path)) end
  if kind == "link" then return assert(tool.run { "/bin/readlink", path }).stdout end
end

local function is_same(a, b, kind)
  local left, right = fs.stat(a, { follow = false }), fs.stat(b, { follow = false })
  return left.mode == right.mode and left.size == right.size and content(a, kind) == content(b, kind)
end

--- The paths below two folders that are not the same in both, sorted: what came, went, or has another kind, mode or
--- content.
function look.differences(before, after)
  local old, new, list = entries(before), entries(after), {}
  for path, kind in pairs(old) do
    if new[path] ~= kind or not is_same(before .. "/" .. path, after .. "/" .. path, kind) then
      list[#list + 1] = path
    end
  end
  for path in pairs(new) do
    if not old[path] then list[#list + 1] = path end
  end
  table.sort(list)
  return list
end

return look
