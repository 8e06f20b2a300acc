--- Works a plan into the text of requirements files: only the pins that change, change.
local fs = require "pysec.fs"
local outcome = require "lib.outcome"
local paths = require "lib.paths"
local pep508 = require "lib.pep508"
local requirements = require "lib.requirements"
local resolve = require "inputs.resolve"
local version = require "pysec.version"

local edits = {}

local function has_hashes(target)
  for _, entry in ipairs(target.set.requirements) do
    if #entry.line.hashes > 0 then return true end
  end
  return false
end

--- Reads "name==version \ --hash=..." lines: { name = { "sha256:...", ... } }.
local function parse_hashes(text)
  local by_name = {}
  for _, line in ipairs(requirements.parse(text, "out.txt").lines) do
    if line.kind == "requirement" then by_name[line.name] = line.hashes end
  end
  return by_name
end

--- Asks the index for all hashes of what the plan moves to.
local function fetch_hashes(job, upgrades)
  local lines = {}
  for i, upgrade in ipairs(upgrades) do lines[i] = ("%s==%s"):format(upgrade.package, upgrade.to) end
  local folder = resolve.folder(job, table.concat(lines, "\n") .. "\n")
  local result, message = job:run(resolve.uv_spec(job, folder, { hashes = true, no_deps = true }))
  if not result then return nil, message end
  local problem = outcome.problem("uv", result, { 0 })
  if problem then return nil, problem .. ": " .. job.tools:said(result) end
  return parse_hashes(fs.read(folder .. "/out.txt") or "")
end

--- Files below the folder of the file that was given may be changed, others are somebody else's.
local function is_ours(target, file)
  if file.path == paths.clean(target.path) then return true end
  local folder = paths.folder(paths.clean(target.path))
  if folder == "." then return file.path:sub(1, 1) ~= "/" and file.path:sub(1, 3) ~= "../" end
  return file.path:sub(1, #folder + 1) == folder .. "/"
end

local function append_line(file, upgrade, hashes)
  local last = file.lines[#file.lines]
  local newline = requirements.text(file):match("\r?\n") or "\n"
  if last and not last.raw:match("\n$") then last.raw = last.raw .. newline end
  local parts = { ("%s==%s"):format(upgrade.package, upgrade.to) }
  for _, hash in ipairs(hashes or {}) do parts[#parts + 1] = "--hash=" .. hash end
  local raw = table.concat(parts, " \\" .. newline .. "    ") .. newline
  file.lines[#file.lines + 1] = { raw = raw, kind = "requirement" }
end

--- Returns { { path, text, before } } for the files that change, and the names whose pins were changed; or nil
-- and why not. The files of target.set are parsed anew, so the target itself stays as it was.
function edits.make(job, target, upgrades)
  local by_name = {}
  for _, upgrade in ipairs(upgrades) do by_name[upgrade.package] = upgrade end
  local hashes = {}
  if has_hashes(target) and #upgrades > 0 then
    local message
    hashes, message = fetch_hashes(job, upgrades)
    if not hashes then return nil, message end
  end
  local variables = pep508.environment(job.python_version)
  local changes, written = {}, {}
  for _, file in ipairs(target.set.files) do
    local before = requirements.text(file)
    local fresh = requirements.parse(before, file.path)
    for _, line in ipairs(fresh.lines) do
      local upgrade = line.kind == "requirement" and by_name[line.name]
      if upgrade and line.pin and pep508.marker_holds(line.marker, variables)
        and version.compare(line.pin, upgrade.to) == -1 then
        if not is_ours(target, file) then
          return nil, ("%s:%d pins %s, and lies outside of the folder of %s; run pysec on it"):format(file.path,
            line.first, line.name, target.path)
        end
        if #line.hashes > 0 and #(hashes[line.name] or {}) == 0 then
          return nil, ("%s:%d: the index gives no hashes for %s==%s"):format(file.path, line.first, line.name,
            upgrade.to)
        end
        requirements.set_pin(line, upgrade.to, hashes[line.name])
        written[line.name] = true
      end
    end
    if file == target.set.files[1] and requirements.is_complete(file) then
      for _, upgrade in ipairs(upgrades) do
        if not upgrade.from then
          append_line(fresh, upgrade, hashes[upgrade.package])
          written[upgrade.package] = true
        end
      end
    end
    local text = requirements.text(fresh)
    if text ~= before then changes[#changes + 1] = { path = file.path, text = text, before = before } end
  end
  return changes, written
end

return edits
