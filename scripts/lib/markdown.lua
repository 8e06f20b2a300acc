--- Text from elsewhere, made harmless in Markdown: no markup, no HTML, no links, no mentions.
local ui = require "pysec.ui"

local markdown = {}

--- True for a word that a forge makes a link or a mention of. It looks for them in the text that it shows, so
-- entities and backslashes do not keep it from that; code does.
local function is_linked(word)
  return word:find("@", 1, true) or word:find("://", 1, true) or word:find("[wW][wW][wW]%.") or word:find("#%d")
end

local function escape_plain(text)
  text = text:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;")
  return (text:gsub("[\\`*_{}%[%]#+!|~$]", "\\%0"))
end

--- Escapes a value for a line or a table cell.
function markdown.escape(value)
  local text, parts = ui.escape(tostring(value)):gsub("^ +", ""):match("^.*[^ ]") or "", {}
  -- Backticks and bars stand between words, so that a word can be code, also in a table.
  for word, between in text:gmatch("([^ `|]*)([ `|]*)") do
    parts[#parts + 1] = is_linked(word) and "`" .. word .. "`" or escape_plain(word)
    parts[#parts + 1] = escape_plain(between)
  end
  -- At the start of a line these make a list or a rule.
  return (table.concat(parts):gsub("^%-", "\\-"):gsub("^(%d+)([.)])%f[ \0]", "%1\\%2"))
end

--- A table of titles and rows of values.
function markdown.table(titles, rows)
  local lines = { "| " .. table.concat(titles, " | ") .. " |", "|" .. (" --- |"):rep(#titles) }
  for _, row in ipairs(rows) do
    local cells = {}
    for i = 1, #titles do cells[i] = markdown.escape(row[i] == nil and "" or row[i]) end
    lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
  end
  return table.concat(lines, "\n")
end

return markdown
