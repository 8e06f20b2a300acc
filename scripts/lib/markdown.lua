--- Text from elsewhere, made harmless in Markdown: no markup, no HTML, no links, no mentions.
local ui = require "pysec.ui"

local markdown = {}

--- Escapes a value for a line or a table cell.
function markdown.escape(value)
  local text = ui.escape(tostring(value))
  text = text:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;")
  text = text:gsub("[\\`*_{}%[%]()#+!|~$]", "\\%0")
  -- Forges turn @name into a mention and bare addresses into links.
  text = text:gsub("@", "&#64;"):gsub("://", "&#58;//"):gsub("[wW][wW][wW]%.", function(www)
    return www:sub(1, 3) .. "&#46;"
  end)
  return text
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
