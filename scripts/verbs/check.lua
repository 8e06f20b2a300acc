--- pysec check PATH...: loads policies, tells their mistakes, and the rules that can never speak. Runs nothing.
local budget = require "lib.budget"
local check = require "lib.policy.check"
local cli = require "cli"
local fs = require "pysec.fs"
local host = require "pysec.host"
local json = require "pysec.json"
local options = require "lib.options"
local policies = require "pysec.policy"
local ui = require "pysec.ui"
local words = require "lib.words"

local verb = {}

local PROJECT = "pysec.lua"

local command = {
  name = "pysec check",
  summary = "Loads policies together as one set, tells all mistakes, and warns of rules that can never speak.",
  usage = "[OPTIONS] [PATH]...",
  positional = { 0, math.huge },
  options = options.with_common {
    { "project", "FILE", help = "a project's policy, beside the given ones" },
    budget.option,
    { "strict", help = "exit 1 when there are warnings" },
    { "format", "FORMAT", choices = { "text", "json" }, help = "text (default) or json" },
  },
  examples = {
    { "pysec check", "pysec.lua of the current folder" },
    { "pysec check acme.lua team.lua", "two policies, as --policy would load them" },
    { "pysec check policies/ --project pysec.lua --strict", "what a project may not loosen is a warning; fail on it" },
  },
  notes = "Exit: 0 all is well, 1 there are warnings and --strict was given, 2 there are mistakes.",
}

--- What to load: the paths that were given, or the project's policy alone.
local function choose(values)
  local given = table.move(values, 1, #values, 1, {})
  if #given > 0 or values.project then return given, values.project end
  if not fs.stat(PROJECT) then
    error({ usage = ("pysec check: name a policy, or go where a %s is"):format(PROJECT) }, 0)
  end
  return { PROJECT }, nil
end

--- A shipped policy is not its user's to change; who stands beside its file is.
local function is_ours(path)
  return fs.stat(path) ~= nil or not host.builtin(path)
end

local function own_warnings(set)
  local own = json.array()
  for _, warning in ipairs(check.warnings(set.rules)) do
    if is_ours(warning.path) then own[#own + 1] = warning end
  end
  return own
end

local function print_lines(list, kind)
  for _, item in ipairs(list) do
    local place = item.line and ("%s:%d"):format(item.path, item.line) or item.path
    ui.write(("%s: %s%s\n"):format(ui.escape(place), kind, ui.escape(item.message)))
  end
end

--- The mistakes, each once: a rule in a loop makes the same one in each round.
local function distinct(mistakes)
  local list, seen = json.array(), {}
  for _, mistake in ipairs(mistakes) do
    local key = ("%s\0%s\0%s"):format(mistake.path, mistake.line or "", mistake.message)
    if not seen[key] then list[#list + 1] = mistake end
    seen[key] = true
  end
  return list
end

local function print_counts(set)
  local parts = {}
  for i, item in ipairs(check.counts(set.rules)) do parts[i] = ("%d %s"):format(item.count, item.name) end
  ui.info(("%s: %s"):format(words.count(#set.rules, "rule"), #parts > 0 and table.concat(parts, ", ") or "none"))
end

local function print_text(set, mistakes, warnings)
  print_lines(mistakes, "")
  print_lines(warnings, "warning: ")
  if set then print_counts(set) end
  if #mistakes > 0 then
    ui.fail(words.count(#mistakes, "mistake"))
  elseif #warnings > 0 then
    ui.info(words.count(#warnings, "warning"))
  else
    ui.ok("nothing is wrong")
  end
end

function verb.main(arguments)
  local values = cli.start(command, arguments)
  if not values then return 0 end
  local given, project = choose(values)
  local set, _, found = policies.load(given, { project = project, budget = budget.read(values) })
  local mistakes, warnings = distinct(found or {}), set and own_warnings(set) or json.array()
  if values.format == "json" then
    ui.write(json.encode({ mistakes = mistakes, warnings = warnings }, { pretty = true }))
  else
    print_text(set, mistakes, warnings)
  end
  if #mistakes > 0 then return 2 end
  return values.strict and #warnings > 0 and 1 or 0
end

return verb
