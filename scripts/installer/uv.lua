--- uv as installer: the same results as pip's in a fraction of the time.
local command = require "installer.command"
local extraneous = require "installer.extraneous"
local fs = require "pysec.fs"
local names = require "lib.names"
local toolbox = require "toolbox"

local uv = {}

local function spec_for(job, words)
  local spec = job.tools:command("uv")
  table.move(words, 1, #words, #spec + 1, spec)
  spec.env = toolbox.environment("uv")
  -- uv's files would be hard links into its cache, also with "clone" where the file system has no reflinks; and who
  -- edits a file in site-packages would edit what every other environment gets. A copy shares the blocks where it can.
  spec.env.UV_LINK_MODE = "copy"
  return spec
end

local function install_spec(job, environment, list, hashed)
  local words = { "pip", "install", "--quiet", "--no-config", "--no-deps", "--compile-bytecode", "--python",
    environment.python, "-r", list }
  if hashed then words[#words + 1] = "--require-hashes" end
  local more = toolbox.uv_words()
  return spec_for(job, table.move(more, 1, #more, #words + 1, words))
end

--- The eggs of an environment: { name = path }. A zipped one is none of the packages that could be read.
local function eggs(environment)
  local found = {}
  for _, folder in ipairs(extraneous.own_folders(environment)) do
    for _, entry in ipairs(fs.list(folder) or {}) do
      local name = entry:match "^([^-]+)%-.*%.egg$"
      if name then found[names.normalize(name)] = folder .. "/" .. entry end
    end
  end
  return found
end

--- Why uv cannot replace one of these packages, or nil. It leaves an egg where it is, and the metadata of what has no
-- list of its files, and adds the new version beside it.
function uv.obstacle(environment, list)
  local by_name = eggs(environment)
  for _, name in ipairs(list) do
    if by_name[name] then return ("%s: uv does not remove eggs"):format(by_name[name]) end
    local package = environment.by_name[name]
    local has_list = not package or not package.path:match "%.dist%-info$" or fs.stat(package.path .. "/RECORD")
    if not has_list and extraneous.is_inside(environment, package) then
      return ("%s: there is no RECORD of its files, without which uv does not remove it"):format(package.path)
    end
  end
end

--- Installs what the list file names, and nothing that it needs. Returns true, or nil and why not; then what uv said.
function uv.install(job, environment, list, hashed)
  local result, message, failed = command.run(job, "uv pip install", install_spec(job, environment, list, hashed),
    { 0 })
  return result and true, message, failed and failed.stderr
end

-- What uv says besides.
local function is_about_itself(line)
  return line:match "^Using Python " or line:match "^Checked %d" or line:match "^Found %d" or line:match "^warning: "
end

--- Whether uv's check says all that pip's says of an environment: it does not see what a package with metadata of
-- another kind needs, and has its own idea of which packages of a shared folder are there.
function uv.can_check(environment)
  for _, package in ipairs(environment.packages) do
    if not package.path:match "%.dist%-info$" or not extraneous.is_inside(environment, package) then return false end
  end
  return true
end

--- What `uv pip check` complains of, as a set of lines; nil and why it could not say.
function uv.complaints(job, environment)
  local result, message = command.run(job, "uv pip check",
    spec_for(job, { "pip", "check", "--no-config", "--python", environment.python }), { 0, 1 })
  if not result then return nil, message end
  local set = {}
  if result.code == 0 then return set end
  for line in (result.stdout .. "\n" .. result.stderr):gmatch "[^\r\n]+" do
    if not is_about_itself(line) then set[line] = true end
  end
  if not next(set) then return nil, "uv pip check failed without a word" end
  return set
end

--- Makes the environment hold what the compiled file says, and what pip-sync would leave besides. Returns true, or nil
-- and why not.
function uv.sync(job, environment, path)
  local text, unreadable = fs.read(path)
  if not text then return nil, unreadable end
  local superfluous = extraneous.names(environment, text)
  if #superfluous > 0 then
    local words = { "pip", "uninstall", "--quiet", "--no-config", "--python", environment.python, "--" }
    table.move(superfluous, 1, #superfluous, #words + 1, words)
    local removed, message = command.run(job, "uv pip uninstall", spec_for(job, words), { 0 })
    if not removed then return nil, message end
  end
  local hashed = text:find("--hash=", 1, true) ~= nil
  local result, message = command.run(job, "uv pip install", install_spec(job, environment, path, hashed), { 0 })
  return result and true, message
end

return uv
