--- Takes back what fixes nothing.
--
-- A bound comes from the version that a finding names as its fix. Where the same is found in that version as well, and
-- none that is higher is named, the package need not move, or only as far as its other findings want.
local changes = require "plan.changes"
local findings = require "lib.findings"
local lists = require "lib.lists"
local version = require "pysec.version"

local futile = {}

--- The findings in a package that are there now and would still be after the plan.
local function found_again(state, set, name)
  local again = {}
  for _, finding in ipairs(state.own) do
    if finding.package == name and findings.contains(set.still, finding) then again[#again + 1] = finding end
  end
  return again
end

local function count_left(state, set)
  return #changes.left(state.own, set.still, state.present, set.versions)
end

--- The lower bounds of a package, ascending, after none at all (false).
local function lower_bounds(state, name)
  local bound, list = state.problem.bounds[name], { false }
  for _, step in ipairs(state.first_steps[name] or {}) do
    if version.compare(step, bound) == -1 then list[#list + 1] = step end
  end
  return list
end

--- Takes one bound down to the lowest with which no more is left. Returns the set, nil when it has to stay.
local function lower(state, set, name, look)
  local bounds, before = state.problem.bounds, state.problem.bounds[name]
  local left = count_left(state, set)
  for _, least in ipairs(lower_bounds(state, name)) do
    bounds[name] = least or nil
    local lowered = look()
    if lowered and count_left(state, lowered) <= left and #state.narrow:judge(lowered.upgrades) == 0 then
      return lowered
    end
  end
  bounds[name] = before
  return nil
end

--- Why the package stays, or does not go higher; unless the others take it there.
local function hold(state, set, lowered, name, again)
  local to, ids = set.versions[name], {}
  if lowered.versions[name] == to then return end
  for i, finding in ipairs(again) do ids[i] = finding.id end
  state.futile[#state.futile + 1] = { package = name, version = lowered.versions[name], latest = to,
    reason = ("%s is found in %s as well"):format(table.concat(ids, ", "), to), target = state.target.path }
end

--- Goes over a set that no bound can make better: { versions, upgrades, still }. `state` is that of plan/lowest.lua,
-- which gets its list `futile` of what is held back; `look()` solves for the bounds as they are, and returns such a set
-- or nil. Returns the set that is left.
function futile.take_back(state, set, look)
  for _, name in ipairs(lists.keys(state.problem.bounds)) do
    local again = found_again(state, set, name)
    local lowered = #again > 0 and lower(state, set, name, look)
    if lowered then
      hold(state, set, lowered, name, again)
      set = lowered
    end
  end
  return set
end

return futile
