--- New lines at the end of a requirements file, in its own line ending.
local requirements = require "lib.requirements"

local appending = {}

local function newline_of(file)
  local text = requirements.text(file)
  return text:match("\r?\n") or text:match("\r") or "\n"
end

--- The number that the next line of a file has.
function appending.next_number(file)
  local last = file.lines[#file.lines]
  if not last then return 1 end
  local _, count = last.raw:gsub("\n", "")
  return last.first + math.max(count, 1)
end

--- Ends the last line, also one that a backslash would continue into the next.
local function end_last_line(file, newline)
  local last = file.lines[#file.lines]
  if not last then return end
  if not last.raw:match("[\r\n]$") then last.raw = last.raw .. newline end
  if last.kind ~= "comment" and last.raw:match("\\\r?\n?$") then last.raw = last.raw .. newline end
end

--- Appends one logical line.
function appending.raw(file, kind, text)
  local newline = newline_of(file)
  end_last_line(file, newline)
  local first = appending.next_number(file)
  local added = requirements.parse(text:gsub("\n", newline) .. newline, file.path).lines
  assert(#added == 1 and added[1].kind == kind, "not one line of its kind")
  added[1].first = first
  file.lines[#file.lines + 1] = added[1]
end

--- Appends a pin with its hashes (a list or nil). A comment stands behind it; where hashes follow, on a line before.
function appending.requirement(file, upgrade, hashes, comment)
  local pin = ("%s==%s"):format(upgrade.package, upgrade.to)
  if not hashes then
    appending.raw(file, "requirement", comment and ("%s  # %s"):format(pin, comment) or pin)
    return
  end
  if comment then appending.raw(file, "comment", "# " .. comment) end
  local parts = { pin }
  for _, hash in ipairs(hashes) do parts[#parts + 1] = "--hash=" .. hash end
  appending.raw(file, "requirement", table.concat(parts, " \\\n    "))
end

return appending
