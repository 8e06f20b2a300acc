--- Reads a command line by a declaration, and writes its --help from the same declaration.
--
-- A command is a table:
--   { name = "pysec run", summary = "...", usage = "SCRIPT [ARGS]", positional = { least, most },
--     stop_at_positional = true,   -- what follows the first positional is not ours
--     options = { { "req", "FILE", "help", many = true }, { "verbose", help = "...", short = "v" } },
--     examples = { { "pysec run outdated", "what it does" } } }
-- An option with a second entry takes a value; `choices` limits it, `number` wants one from a least value; `several`
-- takes all words up to the next option, as a shell's pattern gives them.
local names = require "lib.names"

local options = {}

local function find(command, name)
  for _, option in ipairs(command.options) do
    if option[1] == name or option.short == name then return option end
  end
end

local function all_names(command)
  local list = {}
  for _, option in ipairs(command.options) do list[#list + 1] = option[1] end
  return list
end

local function check_value(option, value)
  local label = "--" .. option[1]
  if value == "" then return nil, label .. " needs a value: " .. option[2] end
  if option.choices then
    for _, choice in ipairs(option.choices) do
      if choice == value then return value end
    end
    return nil, ("%s %s: expected %s%s"):format(label, value, table.concat(option.choices, ", "),
      names.hint(value, option.choices))
  end
  if option.number then
    local number = value:match("^%d+%.?%d*$") and tonumber(value)
    local fits = number and number >= option.number and number < math.huge
    if not fits or (option.integer and not math.tointeger(number)) then
      return nil, ("%s %s: expected a %snumber from %s"):format(label, value, option.integer and "whole " or "",
        option.number)
    end
    return option.integer and math.tointeger(number) or number
  end
  return value
end

local function store(values, option, value)
  local key = option[1]:gsub("-", "_")
  if not option.many then
    values[key] = value
    return
  end
  values[key] = values[key] or {}
  table.insert(values[key], value)
end

--- Splits "--name=value"; returns name, value or nil.
local function split(word)
  local name, value = word:match("^%-%-([^=]+)=(.*)$")
  if name then return name, value end
  return word:match("^%-%-?(.+)$"), nil
end

--- The value that stands behind an option; the next option is none.
local function following(command, word)
  local name = word and word:sub(1, 1) == "-" and split(word)
  if name and find(command, name) then return nil end
  return word
end

local function is_plain(word)
  return word ~= nil and (word == "-" or word:sub(1, 1) ~= "-")
end

local function check_count(command, values)
  local least, most = table.unpack(command.positional or { 0, 0 })
  if #values < least then
    return nil, ("%s: something is missing: %s %s"):format(command.name, command.name, command.usage or "")
  end
  if #values > most then
    return nil, ("%s: '%s' is not expected here"):format(command.name, values[most + 1])
  end
  return values
end

--- Returns the values by name (hyphens become underscores, positionals from 1), or nil and a message.
function options.parse(command, words)
  local values, i = {}, 1
  while i <= #words do
    local word = words[i]
    if word == "--" or (command.stop_at_positional and word:sub(1, 1) ~= "-") then
      table.move(words, word == "--" and i + 1 or i, #words, #values + 1, values)
      break
    elseif word:sub(1, 1) ~= "-" or word == "-" then
      values[#values + 1] = word
    else
      local name, value = split(word)
      local option = name and find(command, name)
      if not option then
        return nil, ("%s: no option is called '%s'%s; see %s --help"):format(command.name, word,
          names.hint(name or word, all_names(command)), command.name)
      end
      if option[2] then
        if value == nil then
          i = i + 1
          value = following(command, words[i])
          if value == nil then return nil, ("%s needs a value: %s"):format(word, option[2]) end
        end
        repeat
          local checked, message = check_value(option, value)
          if checked == nil then return nil, message end
          store(values, option, checked)
          value = option.several and is_plain(words[i + 1]) and words[i + 1] or nil
          if value then i = i + 1 end
        until not value
      elseif value then
        return nil, ("--%s takes no value"):format(name)
      else
        store(values, option, true)
      end
    end
    i = i + 1
  end
  if values.help then return values end
  return check_count(command, values)
end

local function option_line(option)
  local left = (option.short and ("-" .. option.short .. ", ") or "    ") .. "--" .. option[1]
  if option[2] then left = left .. " " .. option[2] end
  local text = option.help
  if #left > 26 then return ("  %s\n%s%s"):format(left, (" "):rep(30), text) end
  return ("  %-28s%s"):format(left, text)
end

--- The text of --help.
function options.help(command)
  local lines = { command.summary, "", "Usage: " .. command.name .. " " .. (command.usage or "[OPTIONS]") }
  for _, line in ipairs(command.verbs or {}) do
    if #lines == 3 then table.insert(lines, "") end
    lines[#lines + 1] = ("       %-28s  %s"):format(line[1], line[2])
  end
  lines[#lines + 1] = "\nOptions:"
  for _, option in ipairs(command.options) do lines[#lines + 1] = option_line(option) end
  if command.examples then lines[#lines + 1] = "\nExamples:" end
  for _, example in ipairs(command.examples or {}) do
    lines[#lines + 1] = ("  %s\n      %s"):format(example[1], example[2])
  end
  if command.notes then lines[#lines + 1] = "\n" .. command.notes end
  return table.concat(lines, "\n") .. "\n"
end

options.common = {
  { "verbose", short = "v", help = "say what is done and why" },
  { "quiet", short = "q", help = "print the result and problems alone" },
  { "no-color", help = "no colours (also: NO_COLOR)" },
  { "scripts", "DIR", help = "use the scripts in DIR instead of the built-in ones" },
  { "help", short = "h", help = "show this text" },
}

--- A command's own options followed by the common ones.
function options.with_common(own)
  return table.move(options.common, 1, #options.common, #own + 1, own)
end

return options
