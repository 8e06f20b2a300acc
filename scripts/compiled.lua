--- requirements.in: compiled by pip-compile, installed by pip-sync.
local fs = require "pysec.fs"
local outcome = require "lib.outcome"
local paths = require "lib.paths"
local resolve = require "inputs.resolve"
local solver = require "solver"
local toolbox = require "toolbox"

local compiled = {}

local function spec_for(job, target, output, words)
  local spec = job.tools:command("pip-tools")
  -- --no-config: a pyproject.toml of the repository could name another index.
  for _, word in ipairs { "compile", "--quiet", "--no-config", "--strip-extras", "--allow-unsafe",
    "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--output-file", output } do
    spec[#spec + 1] = word
  end
  if (target.compiled or ""):find("--hash=", 1, true) then spec[#spec + 1] = "--generate-hashes" end
  for _, word in ipairs(words) do spec[#spec + 1] = word end
  spec[#spec + 1] = "--"
  spec[#spec + 1] = paths.name(target.path)
  spec.cwd = paths.folder(target.path)
  spec.env = toolbox.environment("pip")
  spec.env.CUSTOM_COMPILE_COMMAND = ("pysec --req %s"):format(paths.name(target.path))
  spec.timeout = job.timeout
  return spec
end

--- The arguments that say what may move: everything, or these packages to these versions.
function compiled.words(mode, upgrades)
  if mode.everything then return { "--upgrade" } end
  local words = {}
  for _, upgrade in ipairs(upgrades) do
    words[#words + 1] = "--upgrade-package"
    words[#words + 1] = ("%s==%s"):format(upgrade.package, upgrade.to)
  end
  return words
end

--- True when pip tried as often as it may and got no connection. What it says in the end is that there is no version.
local function is_unreachable(said)
  return said:find("Retrying (Retry(total=0,", 1, true) ~= nil
end

local function run(job, target, output, words)
  local result, message = job:run(spec_for(job, target, output, words))
  if not result then return nil, message end
  local problem = outcome.problem("pip-compile", result, { 0 })
  if not problem then return true end
  if is_unreachable(result.stderr) then solver.stop_offline(job) end
  return nil, ("%s: %s"):format(problem, resolve.conflict(job.tools.redact(result.stderr)))
end

--- Compiles without touching the present output. `constraints` is a list of lines that the outcome has to keep.
-- Returns the new text and its packages, or nil and why not. Raises as the solver does without the package index.
function compiled.compile(job, target, words, constraints)
  local folder = assert(fs.tempdir(job.scratch))
  local output = folder .. "/" .. paths.name(target.output)
  if target.compiled then assert(fs.write(output, target.compiled)) end
  local all = table.move(words, 1, #words, 1, {})
  if #constraints > 0 then
    local path = folder .. "/constraints.txt"
    assert(fs.write(path, table.concat(constraints, "\n") .. "\n"))
    table.move({ "--constraint", path }, 1, 2, #all + 1, all)
  end
  local done, message = run(job, target, output, all)
  -- pip-compile notes at each pin that a constraints file spoke of it, with its path. Once more without that file,
  -- it keeps the pins that it finds, and its notes name the requirements alone.
  if done and #constraints > 0 then done, message = run(job, target, output, {}) end
  if not done then return nil, message end
  local text, unreadable = fs.read(output)
  if not text then return nil, unreadable end
  return text, resolve.parse_pins(text)
end

return compiled
