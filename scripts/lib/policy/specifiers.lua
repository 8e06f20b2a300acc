--- PEP 440 specifiers (https://peps.python.org/pep-0440/#version-specifiers): what pins, limits and denials say
-- about the versions that an upgrade may go to.
local version = require "pysec.version"

local specifiers = {}

--- "<=2" has no opposite: ">2" leaves 2.post1 out as well.
local OPPOSITES = { ["<"] = ">=", [">="] = "<", ["=="] = "!=", ["!="] = "==" }

--- The specifier of all other versions, nil where one specifier cannot say it. That of "<2" is ">=2" (2rc1, which
-- neither holds, is no version to upgrade to).
function specifiers.complement(text)
  local operator, operand = text:match("^%s*([<>=!]=?)%s*([^%s,=]+)%s*$")
  local opposite = OPPOSITES[operator]
  return opposite and opposite .. operand
end

--- Whether a version is in a specifier; what is no version is in none.
function specifiers.holds(text, specifier)
  return version.matches(text, specifier, { prereleases = true }) == true
end

--- Whether a version may be in a specifier: it is, or nobody can tell because it is no version. For rules that forbid.
function specifiers.may_hold(text, specifier)
  return version.matches(text, specifier, { prereleases = true }) ~= false
end

--- How far an upgrade goes: 0 within a release (a post-release), 1 patch, 2 minor, 3 major or to another epoch.
local RANK = { none = -1, patch = 1, minor = 2, major = 3 }

local function epoch(text)
  return version.normalize(text):match("^(%d+)!") or "0"
end

--- Whether the step from one version to the other is within "none", "patch", "minor" or "major". What is no version is
-- within nothing.
function specifiers.within(from, to, most)
  local change = version.change(from, to)
  if not change then return false end
  if version.compare(from, to) == 0 then return true end
  local rank = RANK[change] or (epoch(from) == epoch(to) and 0 or 3)
  return rank <= RANK[most]
end

--- The specifier of the versions that are within this step of a version; nil for all of them.
function specifiers.limit(from, most)
  local normal = version.normalize(from)
  if not normal or most == "major" then return nil end
  local public = normal:match("^[^+]*")
  if most == "none" then return "==" .. public end
  local prefix = public:match("^%d+!") or ""
  local first, second = public:match("^(%d+)%.?(%d*)", #prefix + 1)
  if most == "minor" then return ("==%s%s.*"):format(prefix, first) end
  return ("==%s%s.%s.*"):format(prefix, first, second ~= "" and second or "0")
end

return specifiers
