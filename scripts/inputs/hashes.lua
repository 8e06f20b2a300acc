--- The hashes that the package index has for a release: of all its files, wheels and source.
local fs = require "pysec.fs"
local outcome = require "lib.outcome"
local requirements = require "lib.requirements"
local resolve = require "inputs.resolve"

local hashes = {}

--- Reads "name==version \ --hash=..." lines: { name = { "sha256:...", ... } }.
local function parse(text)
  local by_name = {}
  for _, line in ipairs(requirements.parse(text, "out.txt").lines) do
    if line.kind == "requirement" then by_name[line.name] = line.hashes end
  end
  return by_name
end

--- Asks the index for the hashes of what upgrades go to: { name = { "sha256:...", ... } }, or nil and why not.
function hashes.fetch(job, upgrades)
  if #upgrades == 0 then return {} end
  local lines = {}
  for i, upgrade in ipairs(upgrades) do lines[i] = ("%s==%s"):format(upgrade.package, upgrade.to) end
  local folder = resolve.folder(job, table.concat(lines, "\n") .. "\n")
  local result, message = job:run(resolve.uv_spec(job, folder, { hashes = true, no_deps = true }))
  if not result then return nil, message end
  local problem = outcome.problem("uv", result, { 0 })
  if problem then return nil, problem .. ": " .. job.tools:said(result) end
  return parse(fs.read(folder .. "/out.txt") or "")
end

return hashes
