--- The hashes of a requirement line, in its raw text.
local requirement_hashes = {}

--- Puts new hashes where the old ones stood, in their style: all on one line, or one a line.
function requirement_hashes.replace(raw, hashes)
  local comment = raw:find("%s#") or #raw + 1
  local head = raw:sub(1, comment - 1)
  local first = head:find("%-%-hash[=%s]")
  local newline = head:match("\\(\r?\n)")
  local indent = head:match("\n([ \t]*)%-%-hash") or "    "
  local last
  for stop in head:gmatch("%-%-hash[=%s]+%S+()") do last = stop end
  local separator = newline and (" \\" .. newline .. indent) or " "
  local parts = {}
  for i, hash in ipairs(hashes) do parts[i] = "--hash=" .. hash end
  -- Other options may stand between hashes.
  for option in head:sub(first, last - 1):gsub("%-%-hash[=%s]+%S+", "\n"):gmatch("[^\r\n]+") do
    local kept = option:match("^[%s\\]*(.-)[%s\\]*$")
    if kept ~= "" then parts[#parts + 1] = kept end
  end
  return raw:sub(1, first - 1) .. table.concat(parts, separator) .. raw:sub(last)
end

return requirement_hashes
