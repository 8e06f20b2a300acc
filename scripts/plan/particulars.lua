--- What the policies ask about an upgrade beyond its step: how severe the findings are that it fixes, and, where a
-- cooldown wants to know, when its release came out and whether it was withdrawn.
local json = require "pysec.json"
local releases = require "plan.releases"

local Particulars = {}
Particulars.__index = Particulars

--- `own` are the findings of the target.
function Particulars.new(job, set, own)
  return setmetatable({ job = job, set = set, own = own, fixes = {} }, Particulars)
end

local function severity_of(own, package, id)
  for _, finding in ipairs(own) do
    if finding.package == package and finding.id == id then return finding.severity or "unknown" end
  end
  return "unknown"
end

local function step_of(item)
  return ("%s %s %s"):format(item.package, item.from or "", item.to)
end

--- Remembers what the upgrades of a set fix by its audit. A step that is judged again for another reason, such as what
-- an installation of the file brings in, fixes the same.
function Particulars:remember(upgrades)
  for _, item in ipairs(upgrades) do
    if #item.fixes > 0 then self.fixes[step_of(item)] = item.fixes end
  end
end

--- Adds `severities` to upgrades that fix findings, and `released` and `yanked` to all. Raises { incomplete } where the
-- index has to be asked and cannot be reached.
function Particulars:add(upgrades)
  for _, item in ipairs(upgrades) do
    if #item.fixes == 0 and self.fixes[step_of(item)] then
      item.fixes, item.kind = self.fixes[step_of(item)], "security"
    end
    if #item.fixes > 0 then
      item.severities = json.array()
      for i, id in ipairs(item.fixes) do item.severities[i] = severity_of(self.own, item.package, id) end
    end
  end
  if self.set:needs_releases() then releases.add(self.job, upgrades) end
end

return Particulars
