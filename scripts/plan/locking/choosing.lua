--- Chooses the versions to which the packages of a lock file go.
local changes = require "plan.changes"
local listing = require "plan.listing"
local lists = require "lib.lists"
local version = require "pysec.version"

local choosing = {}

local MOST_STEPS = 8

--- The versions that a package may be tried at: those from its bound up, the lowest first, then lower ones that are
-- worth something, the highest first. The policies have admitted them; second, the first that they refused.
local function versions_to_try(state, name)
  local bound, from = state.bounds[name], state.present[name]
  state.listed[name] = state.listed[name] or listing.fetch(state.job, { name })[name]
  local texts, list, refused = { [bound.least] = true }, {}, nil
  for _, to in ipairs(state.listed[name]) do
    if version.compare(to, bound.least) == 1 then texts[to] = true end
  end
  local up = version.sort(lists.keys(texts))
  local down = {}
  for i = #bound.steps, 1, -1 do
    local step = bound.steps[i]
    if version.compare(step, bound.least) == -1 and (not from or version.compare(step, from) == 1) then
      down[#down + 1] = step
    end
  end
  local function admit(candidates, most)
    for _, to in ipairs(candidates) do
      if #list >= most then return end
      local wanted = changes.wanted(state.target, name, from, to, state.own)
      if #state.narrow:judge { wanted } == 0 then list[#list + 1] = to else refused = refused or wanted end
    end
  end
  admit(up, MOST_STEPS)
  admit(down, #list + MOST_STEPS)
  return list, refused
end

local function with(chosen, name, to, loose)
  local free = {}
  for other, at in pairs(chosen) do free[other] = (loose and ">=" or "==") .. at end
  free[name] = "==" .. to
  return free
end

--- Takes what was let loose down again to the lowest version that goes.
local function lower(state, chosen, versions)
  for _, name in ipairs(lists.keys(chosen)) do
    local found = versions[name]
    if found and version.compare(found, chosen[name]) == 1 then
      local fits = found
      for _, to in ipairs(versions_to_try(state, name)) do
        local others = {}
        for other, at in pairs(chosen) do others[other] = at end
        if version.compare(to, found) == -1 and version.compare(to, chosen[name]) > -1
          and state.tool:lock(with(others, name, to, true)) then
          fits = to
          break
        end
      end
      chosen[name] = fits
    end
  end
end

--- Adds one package to those that are chosen, at the first version that goes. What kept its bound from being reached is
-- put to state.refused or state.left_out.
local function add(state, chosen, name)
  local list, refused = versions_to_try(state, name)
  local reason
  for _, loose in ipairs { false, true } do
    for _, to in ipairs(list) do
      local versions, conflict = state.tool:lock(with(chosen, name, to, loose))
      reason = reason or conflict
      if versions then
        chosen[name] = to
        if loose then lower(state, chosen, versions) end
        break
      end
    end
    if chosen[name] or next(chosen) == nil then break end
  end
  if chosen[name] and version.compare(chosen[name], state.bounds[name].least) > -1 then return end
  if refused and not reason then
    state.refused[name] = refused
  else
    state.left_out[name] = reason or "uv finds no version that goes"
  end
end

--- All bounds at once, where the policies admit them; nil where that does not go.
local function choose_all(state)
  local free, chosen = {}, {}
  for name, bound in pairs(state.bounds) do
    local wanted = changes.wanted(state.target, name, state.present[name], bound.least, state.own)
    if #state.narrow:judge { wanted } > 0 then return nil end
    free[name], chosen[name] = "==" .. bound.least, bound.least
  end
  return state.tool:lock(free) and chosen or nil
end

--- Chooses a version for each of state.bounds ({ name = { least, steps } }). Returns { name = version }, and fills in
-- state.refused (upgrades, by name) and state.left_out (why not, by name) for what does not reach its bound.
function choosing.choose(state)
  state.left_out, state.refused = {}, {}
  local chosen = choose_all(state)
  if chosen then return chosen end
  chosen = {}
  for _, name in ipairs(lists.keys(state.bounds)) do add(state, chosen, name) end
  return chosen
end

return choosing
