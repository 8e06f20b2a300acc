--- Poetry's way to write which versions are meant (https://python-poetry.org/docs/dependency-specification/):
-- "^1.2", "~1.2", "1.2.*", "1.2" for exactly this one, ">=1,<2 || >=3", and all that PEP 440 has.
local version = require "pysec.version"

local constraint = {}

local function trim(text)
  return (text:match("^%s*(.-)%s*$"))
end

--- The numbers of a version's release.
local function release_of(text)
  local numbers = {}
  for number in (text:match("^[vV]?([%d.]+)") or ""):gmatch("%d+") do numbers[#numbers + 1] = math.tointeger(number) end
  return numbers
end

--- ">=1.2.3,<1.3": up to where the i-th number is one more.
local function up_to(text, numbers, i)
  local upper = table.move(numbers, 1, i, 1, {})
  upper[i] = upper[i] + 1
  return (">=%s,<%s"):format(text, table.concat(upper, "."))
end

--- The first number above 0 may not change, and the last where all are 0.
local function caret(text)
  local numbers = release_of(text)
  if #numbers == 0 then return nil end
  local i = 1
  while i < #numbers and numbers[i] == 0 do i = i + 1 end
  return up_to(text, numbers, i)
end

local function tilde(text)
  local numbers = release_of(text)
  if #numbers == 0 then return nil end
  return up_to(text, numbers, math.min(#numbers, 2))
end

--- One clause as PEP 440 has it; nil for what is none.
local function clause_to_specifier(clause)
  if clause == "*" then return "" end
  local operator, text = clause:match("^([~^=<>!]*)%s*(.*)$")
  if operator == "^" then return caret(text) end
  if operator == "~" then return tilde(text) end
  if operator == "" or operator == "=" then return "==" .. text end
  return operator .. text
end

--- Whether a version is meant; nil for what cannot be read.
function constraint.admits(written, candidate)
  local alternatives = written:gsub("||?", "\n") .. "\n"
  for alternative in alternatives:gmatch("([^\n]*)\n") do
    -- White space may stand behind an operator, and for a comma.
    local clauses = trim(alternative):gsub("([~^=<>!])%s+", "%1"):gsub("[%s,]+", ",")
    local holds = true
    for clause in clauses:gmatch("[^,]+") do
      local specifier = clause_to_specifier(clause)
      local matches = specifier and version.matches(candidate, specifier)
      if matches == nil then return nil end
      holds = holds and matches
    end
    if holds then return true end
  end
  return false
end

--- The one version that is meant, or nil: "1.2", "=1.2", "==1.2".
function constraint.pin(written)
  return trim(written):match("^=*%s*([%w][%w.+!_-]*)$")
end

return constraint
