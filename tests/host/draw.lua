--- Draws versions and the like at random for tests, the same in every run.
--
-- Related versions are drawn in a row (same release, other suffixes): independent ones would hardly ever meet the
-- rules about a bound's own pre- and post-releases.
local Draw = {}
Draw.__index = Draw

local SEPARATORS = { "", "", ".", "-", "_" }
local JUNK = "0123456789.-_+!vabcrpostdevline*=<>~!, ;)\t\n\0AZ"

function Draw.new(seed) return setmetatable({ state = seed, base = "1.0" }, Draw) end

--- A whole number from 1 to `limit`, by Knuth's 64-bit generator; its low bits are weak and dropped.
function Draw:below(limit)
  self.state = self.state * 6364136223846793005 + 1442695040888963407
  return (self.state >> 33) % limit + 1
end

function Draw:chance(percent) return self:below(100) <= percent end

function Draw:pick(list) return list[self:below(#list)] end

--- Puts a list into another order, in place.
function Draw:shuffle(list)
  for i = #list, 2, -1 do
    local other = self:below(i)
    list[i], list[other] = list[other], list[i]
  end
  return list
end

function Draw:any_case(word)
  return (word:gsub("%a", function(letter) return self:chance(10) and letter:upper() or letter end))
end

function Draw:number()
  local kind = self:below(10)
  if kind <= 6 then return tostring(self:below(4) - 1) end
  if kind == 7 then return ("0"):rep(self:below(3)) .. self:below(3) end
  if kind == 8 then return "1844674407370955161" .. self:below(9) end
  return tostring(self:below(300))
end

function Draw:release()
  local segments = {}
  for i = 1, self:pick { 1, 1, 2, 2, 3, 3, 4, 5 } do segments[i] = self:number() end
  return table.concat(segments, ".")
end

function Draw:suffix(words)
  return self:pick(SEPARATORS) .. self:any_case(self:pick(words)) .. self:pick(SEPARATORS)
    .. (self:chance(85) and self:number() or "")
end

function Draw:local_version()
  local parts = {}
  for i = 1, self:below(3) do
    parts[i] = self:pick { self:number(), self:number(), "abc", "ubuntu", "1a", "Z", "00a" }
  end
  return "+" .. table.concat(parts, self:pick { ".", "-", "_" })
end

function Draw:suffixes()
  local parts = {}
  if self:chance(35) then
    parts[#parts + 1] = self:suffix { "a", "alpha", "b", "beta", "c", "rc", "pre", "preview" }
  end
  if self:chance(25) then
    parts[#parts + 1] = self:chance(30) and "-" .. self:number() or self:suffix { "post", "rev", "r" }
  end
  if self:chance(25) then parts[#parts + 1] = self:suffix { "dev" } end
  if self:chance(25) then parts[#parts + 1] = self:local_version() end
  return table.concat(parts)
end

--- A version by PEP 440, often in an odd spelling, and often with the release of the one before.
function Draw:version()
  if self:chance(30) then self.base = (self:chance(12) and self:number() .. "!" or "") .. self:release() end
  local zeros = self:chance(20) and (".0"):rep(self:below(2)) or ""
  return (self:chance(10) and self:any_case "v" or "") .. self.base .. zeros .. self:suffixes()
end

function Draw:padded(text)
  local spaces = { "", "", "", "", "", "", "", " ", "\t", " \n" }
  return self:pick(spaces) .. text .. self:pick(spaces)
end

--- The text with some characters changed, dropped or put in.
function Draw:spoiled(text)
  for _ = 1, self:below(3) do
    local at, other = self:below(#text + 1), self:below(#JUNK)
    local junk = self:chance(70) and JUNK:sub(other, other) or ""
    text = text:sub(1, at - 1) .. junk .. text:sub(self:chance(50) and at or at + 1)
  end
  return text
end

function Draw:sometimes_spoiled(text, percent) return self:chance(percent) and self:spoiled(text) or text end

return Draw
