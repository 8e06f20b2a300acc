--- Turns a requirements file into the set of packages that installing it would give.
--
-- uv resolves in a tenth of the time that `pip install --dry-run` takes; pip is asked where uv fails. A file
-- that a compiler wrote whole, or whose every line has hashes, is taken as it is. Only parsed requirements
-- reach the tools: what else the file says stays in the file.
local fs = require "pysec.fs"
local json = require "pysec.json"
local names = require "lib.names"
local outcome = require "lib.outcome"
local pep508 = require "lib.pep508"
local requirements = require "lib.requirements"
local toolbox = require "toolbox"
local uv_index = require "inputs.uv_index"
local uv_words = require "inputs.uv_words"

local resolve = { conflict = uv_words.conflict, is_unreachable = uv_words.is_unreachable }

--- A requirement line as the tools get it; `specifier` replaces what the file says.
function resolve.write_requirement(line, specifier)
  local extras = #line.extras > 0 and ("[%s]"):format(table.concat(line.extras, ",")) or ""
  local marker = line.marker and (" ; " .. line.marker) or ""
  return line.name .. extras .. (specifier or line.specifier) .. marker
end

local function lines_of(entries)
  local lines = {}
  for i, entry in ipairs(entries) do lines[i] = resolve.write_requirement(entry.line) end
  return table.concat(lines, "\n") .. "\n"
end

--- The pins of the file itself, for when nothing could be resolved, or nothing has to be. What no scanner can read
-- is among them: the audit lists it as skipped.
function resolve.own_pins(target, python_version)
  local variables = pep508.environment(python_version)
  local packages, seen = {}, {}
  for _, entry in ipairs(target.set.requirements) do
    local line = entry.line
    if line.pin and pep508.marker_holds(line.marker, variables) and not seen[line.name] then
      seen[line.name] = true
      packages[#packages + 1] = { name = line.name, version = line.pin }
    end
  end
  return packages
end

--- Adds to each package whether the file names it, and the line.
local function place(target, packages)
  local lines = {}
  for _, entry in ipairs(target.set.requirements) do
    lines[entry.line.name] = lines[entry.line.name] or entry
  end
  for _, package in ipairs(packages) do
    local entry = lines[package.name]
    package.direct = entry ~= nil
    if entry then package.path, package.line = entry.file.path, entry.line.first end
  end
  return packages
end

--- Reads what uv wrote: lines "name==version".
function resolve.parse_pins(text)
  local packages = {}
  for line in text:gmatch("[^\r\n]+") do
    local requirement = not line:match("^%s*[#-]") and pep508.parse((line:gsub("\\$", ""):gsub("%s+#.*$", "")))
    local pin = requirement and pep508.pin(requirement.specifier)
    if pin then packages[#packages + 1] = { name = requirement.name, version = pin } end
  end
  return packages
end

--- Reads pip's installation report.
function resolve.parse_report(report)
  local install = type(report) == "table" and report.install
  if not json.is_array(install) then return nil, "no installation report" end
  local packages = {}
  for _, item in ipairs(install) do
    local metadata = type(item) == "table" and item.metadata
    if type(metadata) ~= "table" or type(metadata.name) ~= "string" or type(metadata.version) ~= "string" then
      return nil, "an entry of the installation report lacks its name or version"
    end
    packages[#packages + 1] = { name = names.normalize(metadata.name), version = metadata.version }
  end
  return packages
end

--- The uv command for requirements in `folder`. Options: resolution (such as "lowest"), upgrade,
-- hashes, only_binary (list of names or ":all:"), no_deps, offline (from its cache alone), python.
function resolve.uv_spec(job, folder, options)
  local spec = job.tools:command("uv")
  local function add(...)
    for _, word in ipairs { ... } do spec[#spec + 1] = word end
  end
  add("pip", "compile", "in.txt", "--quiet", "--no-header", "--no-annotate", "--output-file",
    "out.txt", "--index-strategy", "unsafe-best-match", "--python-version", job.python_version)
  add("--python", options.python or job.tools:python())
  if fs.stat(folder .. "/constraints.txt") then add("-c", "constraints.txt") end
  if options.resolution then add("--resolution", options.resolution) end
  if options.upgrade then add("--upgrade") end
  if options.hashes then add("--generate-hashes") end
  if options.no_deps then add("--no-deps") end
  if options.offline then add("--offline") end
  for _, name in ipairs(options.only_binary or {}) do add("--only-binary", name) end
  spec.cwd = folder
  spec.env = toolbox.environment("uv")
  spec.timeout = job.timeout
  -- Where uv could not read what is installed, it does without.
  uv_index.apply(spec, not job.is_metadata_refused and job.environment and job.environment.packages or nil)
  return spec
end

--- Makes a folder with in.txt, and constraints.txt and out.txt where they are given.
function resolve.folder(job, input, constraints, existing)
  local folder = assert(fs.tempdir(job.scratch))
  assert(fs.write(folder .. "/in.txt", input))
  if constraints and constraints ~= "" then assert(fs.write(folder .. "/constraints.txt", constraints)) end
  if existing then assert(fs.write(folder .. "/out.txt", existing)) end
  return folder
end

local function pip_spec(job, folder)
  local spec = job.tools:command("pip")
  for _, word in ipairs { "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "report.json", "-r",
    "in.txt" } do
    spec[#spec + 1] = word
  end
  if fs.stat(folder .. "/constraints.txt") then
    spec[#spec + 1] = "-c"
    spec[#spec + 1] = "constraints.txt"
  end
  spec.cwd = folder
  spec.env = toolbox.environment("pip")
  spec.timeout = job.timeout
  return spec
end

--- True when uv could not read what it was told of the installed packages; from then on it is told nothing of them, and
-- the question has to be put again.
function resolve.is_metadata_refused(job, result)
  local said = result.code ~= 0 and result.stderr or ""
  if job.is_metadata_refused or not said:find("TOML parse error", 1, true) then return false end
  job.is_metadata_refused = true
  return true
end

--- True when the file says itself what installing it would give, so that no tool has to be asked.
function resolve.is_settled(target)
  return #target.set.files == 1 and requirements.is_complete(target.set.files[1])
end

--- What resolving one target needs to know between its steps.
local Resolving = {}
Resolving.__index = Resolving

function Resolving:finish(packages, problem)
  self.target.packages = place(self.target, packages)
  self.target.problem = problem
  return self.done()
end

--- Ends with the file's own pins and what they leave unseen.
function Resolving:finish_with_pins(problem)
  return self:finish(resolve.own_pins(self.target, self.job.python_version), problem and ("%s: %s"):format(
    self.target.path, problem))
end

--- What uv resolved, or nil.
function Resolving:pins_of(result)
  if outcome.problem("uv", result, { 0 }) then return nil end
  return resolve.parse_pins(fs.read(self.folder .. "/out.txt") or "")
end

function Resolving:ask_pip(uv_said)
  return { { spec = pip_spec(self.job, self.folder), done = function(result)
    local report = not outcome.problem("pip", result, { 0 }) and json.read(self.folder .. "/report.json")
    local packages = report and resolve.parse_report(report)
    if packages then return self:finish(packages) end
    return self:finish_with_pins("cannot be resolved, transitive packages were not seen: " .. uv_said)
  end } }
end

--- Without a network uv's cache may know all that is needed.
function Resolving:ask_cache()
  self.job.offline = true
  return { { spec = resolve.uv_spec(self.job, self.folder, { offline = true }), done = function(result)
    local packages = self:pins_of(result)
    if not packages then
      return self:finish_with_pins("the package index could not be reached, so transitive packages were not seen")
    end
    self.job:note(("%s: the package index could not be reached; resolved with what uv's cache knows"):format(
      self.target.path))
    return self:finish(packages)
  end } }
end

function Resolving:ask_uv()
  return { { spec = resolve.uv_spec(self.job, self.folder, {}), done = function(result)
    local packages = self:pins_of(result)
    if packages then return self:finish(packages) end
    if resolve.is_metadata_refused(self.job, result) then return self:ask_uv() end
    local said = self.job.tools.redact((result.stderr or "") .. (result.error or ""))
    if resolve.is_unreachable(said) then return self:ask_cache() end
    return self:ask_pip(resolve.conflict(said))
  end } }
end

--- The tasks that resolve `target` and set target.packages; `done` is called afterwards and may bring tasks.
-- Where resolving fails, the file's own pins are audited and target.problem says what that leaves unseen. Where the
-- package index could not be reached, job.offline is true from then on.
function resolve.tasks(job, target, done)
  local resolving = setmetatable({ job = job, target = target, done = done }, Resolving)
  if resolve.is_settled(target) then
    return { { spec = false, done = function() return resolving:finish_with_pins() end } }
  end
  local missing = job.tools:problem("uv")
  if missing then
    return { { spec = false, done = function()
      return resolving:finish_with_pins("transitive packages were not seen: " .. missing)
    end } }
  end
  resolving.folder = resolve.folder(job, lines_of(target.set.requirements), lines_of(target.set.constraints),
    target.compiled)
  return resolving:ask_uv()
end

--- The tasks that resolve all targets that are files, then `done`.
function resolve.all_tasks(job, targets, done)
  local files, tasks = {}, {}
  for _, target in ipairs(targets) do
    if target.kind == "file" then files[#files + 1] = target end
  end
  local left = #files
  if left == 0 then return done() end
  for _, target in ipairs(files) do
    local own = resolve.tasks(job, target, function()
      left = left - 1
      if left == 0 then return done() end
    end)
    table.move(own, 1, #own, #tasks + 1, tasks)
  end
  return tasks
end

return resolve
