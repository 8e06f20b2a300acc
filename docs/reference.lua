--- Turns the LuaLS stubs of scripts/meta into the reference of docs/scripting.md. Pure: texts in, text out.
--
-- A stub is read as the ones in scripts/meta are written: text and annotations in "---" lines (the head of a module
-- goes on in "--" lines), descriptions behind two spaces, their further lines indented by two spaces, and a class that
-- has methods followed by the local that holds them.
local reference = {}

--- "name?" and what follows it.
local function split_name(text)
  local name, optional, rest = text:match "^(%S-)(%??)%s+(.*)$"
  if text:sub(1, 1) == "[" then name, rest = text:match "^(%b[])%s+(.*)$" end
  return name, optional == "?", rest
end

--- A type, and the description behind two spaces.
local function split_type(text)
  local kind, description = text:match "^(.-)%s%s+(.*)$"
  return kind or text, description or ""
end

local annotations = {}

function annotations.param(block, text)
  local name, optional, rest = split_name(text)
  local kind, description = split_type(rest)
  table.insert(block.params, { name = name, optional = optional, type = kind, text = description })
  return block.params[#block.params]
end

annotations["return"] = function(block, text)
  local head, description = split_type(text)
  local kind, name = head:match "^(.*) (%S+)$"
  table.insert(block.returns, { name = name, type = kind, text = description })
  return block.returns[#block.returns]
end

function annotations.field(block, text)
  local item = annotations.param({ params = block.fields }, text)
  return item
end

function annotations.class(block, text)
  block.class = text:match "^%S+"
  return nil
end

function annotations.alias(block, text)
  local name, kind = text:match "^(%S+)%s+(.*)$"
  block.alias, block.type = name, kind
  return nil
end

local function new_block() return { text = {}, params = {}, returns = {}, fields = {} } end

--- Takes a comment line into the block; `item` is the annotation that a further line would belong to.
local function take_comment(block, line, item)
  local name, rest = line:match "^%-%-%-@(%a+)%s*(.*)$"
  if name then
    local take = annotations[name] or error("the reference cannot show @" .. name, 0)
    return take(block, rest)
  end
  local more = line:match "^%-%-%-  +(.*)$"
  if more and item then
    item.text = item.text == "" and more or item.text .. " " .. more
    return item
  end
  table.insert(block.text, line:match "^%-%-%-? ?(.*)$")
  return item
end

--- Reads a stub: { module, variable, text, fields, items }. An item is a class, an alias or a function, in the order of
-- the file; a function has `owner` (the class) and `separator` ("." or ":").
function reference.parse(text)
  local stub = { items = {} }
  local block, item, owners = new_block(), nil, {}
  local function finish(variable)
    if block.class == stub.module then
      stub.text, stub.fields, stub.variable = block.text, block.fields, variable
    elseif block.class or block.alias then
      table.insert(stub.items, block)
    end
    if variable and block.class then owners[variable] = block.class end
    block, item = new_block(), nil
  end
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    local variable = line:match "^local (%w+) = {}$"
    local owner, separator, name, list = line:match "^function (%w+)([.:])([%w_]+)%((.-)%) end$"
    if line:find "^%-%-%-@meta " then
      stub.module = line:match "^%-%-%-@meta (%S+)"
    elseif line:find "^%-%-" then
      item = take_comment(block, line, item)
    elseif name then
      block.owner, block.variable, block.separator = owners[owner], owner, separator
      block["function"], block.list = name, list
      table.insert(stub.items, block)
      block, item = new_block(), nil
    else
      finish(variable)
    end
  end
  return stub
end

--- The names of a class's functions in a stub, such as those of the module itself.
function reference.functions(stub, class)
  local names = {}
  for _, item in ipairs(stub.items) do
    if item["function"] and item.owner == class then names[#names + 1] = item["function"] end
  end
  table.sort(names)
  return names
end

-- --- writing ---

--- Text as Markdown shows it: what is in backticks stays, the rest holds no markup and no HTML.
local function escape(text)
  local parts, code = {}, false
  for part in (text .. "`"):gmatch "([^`]*)`" do
    parts[#parts + 1] = code and part or part:gsub("[\\<*$|]", "\\%0"):gsub("\\\\(%w)", "\\%1")
    code = not code
  end
  return table.concat(parts, "`")
end

local function paragraphs(lines)
  local text = escape(table.concat(lines, "\n")):gsub("^\n+", ""):gsub("\n+$", "")
  return text == "" and "" or text .. "\n\n"
end

local function code(text) return "`" .. text .. "`" end

local function described(head, kind, text)
  local line = ("- %s (%s)"):format(head, code(kind))
  return (text == "" and line or line .. ": " .. escape(text)) .. "\n"
end

local function name_of(item) return code(item.name .. (item.optional and "?" or "")) end

local function list_of(items, prefix)
  local lines = {}
  for i, item in ipairs(items) do
    lines[i] = described(prefix .. (item.name and name_of(item) or "a value"), item.type, item.text)
  end
  return table.concat(lines)
end

local writers = {}

function writers.class(item)
  local fields = #item.fields > 0 and list_of(item.fields, "") .. "\n" or ""
  return ("### %s\n\n"):format(code(item.class)) .. paragraphs(item.text) .. fields
end

function writers.alias(item)
  return ("### %s\n\n%s\n\n"):format(code(item.alias), code(item.type))
end

writers["function"] = function(item)
  local head = ("### %s%s%s(%s)\n\n"):format(item.variable, item.separator, item["function"], item.list)
  local lists = list_of(item.params, "") .. list_of(item.returns, "returns ")
  return head:gsub("_", "\\_") .. paragraphs(item.text) .. (lists == "" and "" or lists .. "\n")
end

local function write_stub(stub)
  local parts = { ("## %s\n\n"):format(stub.module), paragraphs(stub.text),
    #stub.fields > 0 and list_of(stub.fields, "") .. "\n" or "" }
  for _, item in ipairs(stub.items) do
    local kind = item["function"] and "function" or item.alias and "alias" or "class"
    parts[#parts + 1] = writers[kind](item)
  end
  return table.concat(parts)
end

--- The first sentence of a module's text, without its addresses.
local function summary(stub)
  local text = table.concat(stub.text, " "):gsub(" %(https?://[^)]*%)", "")
  return text:match "^(.-%.)%s" or text
end

local NOTE = "<!-- Written by docs/generate.lua from docs/scripting.intro.md and scripts/meta: change those. -->\n\n"

--- The whole document, from the introduction and the texts of the stubs. One that names no module, as that of what
-- policies find, is left out.
function reference.write(introduction, texts)
  local stubs = {}
  for _, text in ipairs(texts) do
    if text:find "^%-%-%-@meta pysec%." then stubs[#stubs + 1] = reference.parse(text) end
  end
  table.sort(stubs, function(a, b) return a.module < b.module end)
  local parts = { NOTE, introduction, "\n# Reference\n\n" }
  for _, stub in ipairs(stubs) do
    parts[#parts + 1] = ("- [%s](#%s): %s\n"):format(stub.module, stub.module:gsub("%.", ""), escape(summary(stub)))
  end
  parts[#parts + 1] = "\n"
  for _, stub in ipairs(stubs) do parts[#parts + 1] = write_stub(stub) end
  return (table.concat(parts):gsub("\n+$", "\n"))
end

return reference
