--- The command line: picks the verb, or the main job where there is none.
local names = require "lib.names"
local ui = require "pysec.ui"

local VERBS = { "advisories", "apply", "audit", "check", "eval", "explain", "recover", "run", "test", "tools" }

local function is_verb(word)
  for _, verb in ipairs(VERBS) do
    if verb == word then return true end
  end
  return false
end

--- The verb's place: options of the program may come before it.
local function find_verb(words)
  local i = 1
  while words[i] and words[i]:match("^%-%-scripts") do i = i + (words[i]:find("=", 1, true) and 1 or 2) end
  if words[i] and words[i]:sub(1, 1) ~= "-" then return i end
end

local function dispatch(words)
  -- The most frequent question of all is answered before the main job's modules are compiled.
  if #words == 1 and words[1] == "--version" then
    ui.write(("pysec %s\n"):format(require("pysec.host").version()))
    return 0
  end
  local at = find_verb(words)
  if not at then return require("update").main(words) end
  local verb = table.remove(words, at)
  if not is_verb(verb) then
    error({ usage = ("no verb is called '%s'%s; see pysec --help"):format(verb, names.hint(verb, VERBS)) }, 0)
  end
  return require("verbs." .. verb).main(words)
end

local ok, result = xpcall(dispatch, function(problem)
  if type(problem) == "table" or problem == "interrupted" then return problem end
  return debug.traceback(problem, 2)
end, table.move(arg, 1, #arg, 1, {}))
if ok then return result end
if type(result) == "table" and result.usage then
  ui.error(result.usage)
  return 2
end
if type(result) == "table" and result.failed then
  ui.error(result.failed)
  return 4
end
error(result, 0)
