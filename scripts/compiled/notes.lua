--- The notes of a compiled file, which say below each pin who asked for it:
--
--   urllib3==1.26.20
--       # via
--       #   -c constraints.txt
--       #   requests
local notes = {}

--- A note as it is written: one source stands in its line, several below each other.
local function write(list, newline)
  if #list == 0 then return "" end
  if #list == 1 then return "    # via " .. list[1] .. newline end
  return "    # via" .. newline .. "    #   " .. table.concat(list, newline .. "    #   ") .. newline
end

--- The text without the notes that name one source, such as "-c constraints.txt".
function notes.without(text, source)
  if not text:find(source, 1, true) then return text end
  local lines, open = {}, nil -- `open`: the sources of the note that is being read
  local function close()
    if open then lines[#lines + 1] = write(open, open.newline) end
    open = nil
  end
  for line in text:gmatch "[^\n]*\n?" do
    local only = line:match "^    # via ([^\r\n]+)"
    local further = open and line:match "^    #   ([^\r\n]+)"
    if further then
      if further ~= source then open[#open + 1] = further end
    else
      close()
      if line:match "^    # via\r?\n" then
        open = { newline = line:match "\r?\n" }
      elseif only ~= source then
        lines[#lines + 1] = line
      end
    end
  end
  close()
  return table.concat(lines)
end

return notes
