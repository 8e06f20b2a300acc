--- Whether the markers of a lock file hold for one Python on this platform.
--
-- All groups and extras of a file are audited, so what a marker says of them is open: a marker holds when some
-- choice of extras and groups that can be installed together makes it hold. Extras and groups that exclude each
-- other (the `conflicts` of uv.lock) are never chosen together. What cannot be read, or would take too many trials,
-- holds: an audit rather looks at one package too many.
local names = require "lib.names"
local pep508 = require "lib.pep508"

local markers = {}

local Markers = {}
Markers.__index = Markers

-- Choices that are tried for one marker. uv's own name at most one of each group of conflicts.
local MOST_TRIALS = 200

-- What markers answer, kept from file to file: those of a fleet ask the same questions again and again. A file with
-- conflicts has answers of its own.
local MOST_KEPT = 10000
local plain = { count = 0 }

local function plain_answers(python_version)
  if plain.python_version ~= python_version or plain.count > MOST_KEPT then
    plain = { python_version = python_version, environment = pep508.environment(python_version), answers = {},
      count = 0 }
  end
  return plain
end

--- A set that looks into the choice at hand and notes what was asked of it.
local function chosen_set(self, kind)
  return setmetatable({}, { __index = function(_, name)
    local key = kind .. ":" .. name
    if not self.is_asked[key] then
      self.is_asked[key] = true
      self.asked[#self.asked + 1] = key
    end
    return self.choice[key]
  end })
end

-- Names in conflicts that are looked at; a file with more may choose as it likes.
local MOST_CONFLICTS = 2000

--- Notes at each name which conflicts it is in.
local function add_conflicts(self, conflicts)
  local count = 0
  for _, conflict in ipairs(conflicts) do
    for _, name in ipairs(conflict) do
      count = count + 1
      if count > MOST_CONFLICTS then
        self.conflicts = {}
        return
      end
      local key = "extra:" .. names.normalize(name)
      self.conflicts[key] = self.conflicts[key] or {}
      table.insert(self.conflicts[key], conflict)
    end
  end
end

--- `conflicts`: lists of names of extras, as markers write them, of which at most one is chosen; or nil.
function markers.new(python_version, conflicts)
  local self = setmetatable({ plain = plain_answers(python_version), conflicts = {} }, Markers)
  self.answers = conflicts and {} or self.plain.answers
  self.environment = setmetatable({ extra = chosen_set(self, "extra"), extras = chosen_set(self, "extras"),
    dependency_groups = chosen_set(self, "dependency_groups") }, { __index = self.plain.environment })
  if conflicts then add_conflicts(self, conflicts) end
  return self
end

local function is_excluded(self, key)
  for _, conflict in ipairs(self.conflicts[key] or {}) do
    if self.is_taken[conflict] then return true end
  end
  return false
end

--- Puts a name into the choice (true), or takes it out again (nil).
local function choose(self, key, is_chosen)
  self.choice[key] = is_chosen
  for _, conflict in ipairs(self.conflicts[key] or {}) do self.is_taken[conflict] = is_chosen end
end

--- Tries all choices of the names from the i-th on that the marker asks for.
local function holds_for_some(self, marker, i)
  if i > #self.asked then
    self.trials = self.trials + 1
    return self.trials > MOST_TRIALS or pep508.marker_holds(marker, self.environment) ~= false
  end
  if holds_for_some(self, marker, i + 1) then return true end
  local key = self.asked[i]
  if is_excluded(self, key) then return false end
  choose(self, key, true)
  local holds = holds_for_some(self, marker, i + 1)
  choose(self, key, nil)
  return holds
end

local function decide(self, marker)
  self.asked, self.is_asked, self.choice, self.is_taken, self.trials = {}, {}, {}, {}, 0
  if pep508.marker_holds(marker, self.environment) ~= false then return true end
  return holds_for_some(self, marker, 1)
end

--- Whether a marker may hold; true for none.
function Markers:hold(marker)
  if marker == nil then return true end
  local answer = self.answers[marker]
  if answer ~= nil then return answer end
  if marker:find("extra", 1, true) or marker:find("dependency_groups", 1, true) then
    answer = decide(self, marker)
  else
    answer = pep508.marker_holds(marker, self.plain.environment) ~= false
  end
  self.answers[marker], self.plain.count = answer, self.plain.count + 1
  return answer
end

return markers
