--- Whole days: "2027-01-31" to a number and back. A day has no time and no zone.
local dates = {}

local MONTHS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

local function days_in(year, month)
  return month == 2 and is_leap(year) and 29 or MONTHS[month]
end

--- The number of a day, counted from 0001-01-01; nil for what is no date.
function dates.parse(text)
  local year, month, day = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)$")
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if not year or year < 1 or month < 1 or month > 12 or day < 1 or day > days_in(year, month) then return nil end
  local before = year - 1
  local number = before * 365 + before // 4 - before // 100 + before // 400
  for earlier = 1, month - 1 do number = number + days_in(year, earlier) end
  return number + day
end

--- How many days `later` is after `earlier`, both texts that parse.
function dates.between(earlier, later)
  return dates.parse(later) - dates.parse(earlier)
end

return dates
