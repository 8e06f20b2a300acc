--- What has to come as a wheel, so that a set of versions can be installed and not only resolved.
--
-- A version that has to be built may not install, or its build may fail while uv wants to know what it needs, which
-- ends the question. So whatever moves or comes in comes as a wheel where it can: what has a bound from the start,
-- the others once an answer has them. What stays may have no wheel at all: asked for as one, it would move to the next
-- version that has. Where there are none, versions have to be built; one that failed is not built again in this run.
local lists = require "lib.lists"

local wheels = {}

-- How many versions of a package without wheels may fail to build before it is given up.
local MOST_BUILDS = 6

local Search = {}
Search.__index = Search

local function bound_of(problem, name)
  return problem.bounds[name] and name .. ">=" .. problem.bounds[name] or name
end

--- `ask(only_binary, excluded)` puts the question. What the job learns holds for all its questions: `built`, by bound,
-- what had to do without a wheel in a set that resolved; `broken`, by name, the versions that could not be built.
local function start(job, problem, ask)
  job.built, job.broken = job.built or {}, job.broken or {}
  return setmetatable({ job = job, problem = problem, ask = ask, wanted = {}, without = {}, builds = 0,
    is_all = problem.choice == "newest" }, Search)
end

function Search:want(name)
  if self.wanted[name] or self.without[name] then return false end
  self.wanted[name] = true
  return true
end

--- What is asked for as a wheel at first.
function Search:begin()
  for name in pairs(self.problem.bounds) do
    if self.job.built[bound_of(self.problem, name)] then self.without[name] = true else self:want(name) end
  end
end

--- The versions that are known not to build, as constraints: not the one that is present, which nobody has to build.
function Search:excluded()
  local lines, pins = {}, self.problem.pins or {}
  for _, name in ipairs(lists.keys(self.job.broken)) do
    for _, version in ipairs(lists.keys(self.job.broken[name])) do
      if pins[name] ~= version then lines[#lines + 1] = ("%s!=%s"):format(name, version) end
    end
  end
  return lines
end

--- Asks for wheels of what moves or comes in by an answer. Returns whether that is another question.
function Search:want_moved(versions)
  local pins, more = self.problem.pins or {}, false
  if self.is_all or self.problem.choice == "fresh" then return false end
  for name, version in pairs(versions) do
    if pins[name] ~= version and self:want(name) then more = true end
  end
  return more
end

--- Does without wheels of packages that have none. Returns whether that is another question.
function Search:do_without(named)
  local less = false
  if self.is_all then
    self.is_all, less = false, true
    for name in pairs(self.problem.pins or self.problem.names or {}) do self:want(name) end
  end
  for name in pairs(named) do
    if self.wanted[name] or less then
      self.wanted[name], self.without[name], less = nil, true, true
    end
  end
  -- uv did not say which: then all of them.
  if next(named) == nil then
    for name in pairs(self.wanted) do
      self.wanted[name], self.without[name], less = nil, true, true
    end
  end
  return less
end

--- Leaves a version out that could not be built. Returns whether there is another question.
function Search:leave_out(failed)
  local broken, pins = self.job.broken, self.problem.pins or {}
  broken[failed.name] = broken[failed.name] or {}
  broken[failed.name][failed.version] = true
  self.builds = self.builds + 1
  if self.builds > MOST_BUILDS or pins[failed.name] == failed.version then return false end
  -- What is there and has no bound may have to stay at a version without a wheel.
  if self.problem.bounds[failed.name] or not pins[failed.name] then self:want(failed.name) end
  return true
end

--- Notes what had to do without a wheel for a set to resolve.
function Search:note_built()
  for name in pairs(self.without) do self.job.built[bound_of(self.problem, name)] = true end
end

--- Puts a question until what can come as a wheel does. Returns { name = version }, or nil and the last conflict.
function wheels.solve(job, problem, ask)
  local self, best = start(job, problem, ask), nil
  if problem.choice ~= "fresh" then self:begin() end
  while true do
    local only_binary = self.is_all and { ":all:" } or lists.keys(self.wanted)
    local answer = self.ask(only_binary, self:excluded())
    local goes_on
    if answer.versions then
      best = answer.versions
      self:note_built()
      goes_on = self:want_moved(best)
    elseif answer.failed then
      goes_on = self:leave_out(answer.failed)
    else
      goes_on = #only_binary > 0 and answer.named ~= nil and self:do_without(answer.named)
    end
    if not goes_on then
      if best then return best end
      return nil, answer.conflict
    end
  end
end

return wheels
