--- The hashes of what goes into a hashed requirements file: all files of a release, as the index has them.
local fs = require "pysec.fs"
local outcome = require "lib.outcome"
local requirements = require "lib.requirements"
local resolve = require "inputs.resolve"

local Hashes = {}
Hashes.__index = Hashes

--- Whether a set of files has hashes.
function Hashes.are_in(set)
  for _, list in ipairs { set.requirements, set.constraints } do
    for _, entry in ipairs(list) do
      if #entry.line.hashes > 0 then return true end
    end
  end
  return false
end

--- `known` keeps the answers, by "name==version": the targets of a run share it.
function Hashes.new(job, known)
  return setmetatable({ job = job, known = known }, Hashes)
end

local function ask(job, lines)
  local folder = resolve.folder(job, table.concat(lines, "\n") .. "\n")
  local result, message = job:run(resolve.uv_spec(job, folder, { hashes = true, no_deps = true }))
  if not result then return nil, message end
  local problem = outcome.problem("uv", result, { 0 })
  if problem then return nil, problem .. ": " .. job.tools:said(result) end
  local by_name = {}
  for _, line in ipairs(requirements.parse(fs.read(folder .. "/out.txt") or "", "out.txt").lines) do
    if line.kind == "requirement" then by_name[line.name] = line.hashes end
  end
  return by_name
end

--- Asks for the hashes of what upgrades move to, in one question. Returns true, or nil and why they are not known.
function Hashes:fetch(upgrades)
  local lines, asked = {}, {}
  for _, item in ipairs(upgrades) do
    local key = ("%s==%s"):format(item.package, item.to)
    if not self.known[key] then
      lines[#lines + 1] = key
      asked[#asked + 1] = item
    end
  end
  if #lines == 0 then return true end
  local by_name, message = ask(self.job, lines)
  if not by_name then return nil, message end
  for i, item in ipairs(asked) do self.known[lines[i]] = by_name[item.package] or {} end
  return true
end

--- The hashes of a release ("sha256:..."). Raises { problem } where there are none. `where` is the line that needs
-- them.
function Hashes:of(name, to, where)
  local done, message = self:fetch { { package = name, to = to } }
  if not done then error({ problem = message }, 0) end
  local list = self.known[("%s==%s"):format(name, to)]
  if #list == 0 then
    error({ problem = ("%s: the index gives no hashes for %s==%s"):format(where, name, to) }, 0)
  end
  return list
end

return Hashes
