--- A project for tests of what may happen in the middle of an upgrade: an environment and two requirements files that
-- go together, with a plan for `pysec apply`, and the two states in which it may ever be.
local env = require "pysec.env"
local fs = require "pysec.fs"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"

local project = {}

-- Sanitizers want to be loaded first, so faults are for the program that people run.
project.program = env.get "PYSEC_TEST_RELEASE" or t.root .. "/build/release/pysec"
project.library = (env.get "PYSEC_TEST_BUILD" or t.root .. "/build/release") .. "/tests/fault.so"

--- Whether faults can be had here; says so when not.
function project.can_fault()
  if fs.stat(project.program) and fs.stat(project.library) then return true end
  print("skipped: faults, which need " .. project.program .. " and " .. project.library)
  return false
end

local template

local function make()
  template = support.project()
  support.environment(template .. "/.venv", { "idna==2.7", "jinja2==2.10.1", "markupsafe==2.0.1" })
  t.files(template, { ["requirements.txt"] = "-r base.txt\njinja2==2.10.1\n", ["base.txt"] = "idna==2.7\n" })
  support.expect(1, support.offline { "--scanners", "osv", "--req", "requirements.txt", "--dry-run", "--plan",
    "plan.json" }, { cwd = template })
  assert(fs.remove(template .. "/reports"))
end

--- A fresh copy of the project.
function project.copy()
  if not template then make() end
  local folder = t.tempdir() .. "/app"
  assert(fs.copy(template, folder))
  return folder
end

--- What an upgrade may change, without the paths: folders lie elsewhere each time.
local function shape(folder)
  local parts = {}
  for _, name in ipairs { ".venv", "requirements.txt", "base.txt" } do
    local path = folder .. "/" .. name
    local text = fs.stat(path).kind == "folder" and support.fingerprint(path) or fs.read(path)
    parts[#parts + 1] = text:gsub(folder:gsub("%p", "%%%0"), "")
  end
  return table.concat(parts, "\n")
end

local function is_after(folder)
  local installed = support.installed(folder .. "/.venv")
  return installed.idna == "3.7" and installed.jinja2 == "2.11.3"
    and fs.read(folder .. "/base.txt") == "idna==3.7\n"
    and fs.read(folder .. "/requirements.txt") == "-r base.txt\njinja2==2.11.3\n"
    and support.pip_check(folder .. "/.venv") == ""
end

local before

--- "before" or "after", or fails. Nothing else may be left in the folder.
function project.state(folder, label)
  for _, name in ipairs(fs.list(folder)) do
    t.truthy(not name:find("pysec-", 1, true) and not name:match("%.tmp$"), label .. ": left behind: " .. name)
  end
  before = before or shape(project.copy())
  if shape(folder) == before then return "before" end
  t.truthy(is_after(folder), label .. ": neither as before nor as after")
  return "after"
end

--- Runs the program with a fault or none.
function project.run(folder, arguments, fault)
  local spec = { project.program, cwd = folder, timeout = 120, env = env.list() }
  table.move(arguments, 1, #arguments, 2, spec)
  if fault then
    spec.env.LD_PRELOAD, spec.env.FAULT, spec.env.FAULT_PATH = project.library, fault, ".pysec-"
    spec.env.FAULT_LOG = folder .. ".log"
  end
  return assert(tool.run(spec))
end

project.APPLY = { "apply", "plan.json", "--database", "advisories.db" }

function project.apply(folder, fault) return project.run(folder, project.APPLY, fault) end

function project.recover(folder, fault) return project.run(folder, { "recover" }, fault) end

--- The calls of a run that was counted, in their order: { "rename /path", ... }.
function project.calls(folder)
  local list = {}
  for number, about in fs.read(folder .. ".log"):gmatch "(%d+) ([^\n]+)\n" do
    list[math.tointeger(number)] = about
  end
  return list
end

--- The numbers of a run's steps: of the calls that copy or remove a tree about `few` are enough.
function project.steps(list, few)
  local inside, chosen = {}, {}
  for number, about in ipairs(list) do
    local is_inside = about:find "pysec-[%w-]+[^ ]*/" or about:find "pysec%-part" and not about:find "^rename"
    table.insert(is_inside and inside or chosen, number)
  end
  for i = 1, #inside, math.max(#inside // few, 1) do chosen[#chosen + 1] = inside[i] end
  table.sort(chosen)
  return chosen
end

return project
