--- Runs the files of policies in a sandbox and gathers the rules that they make.
--
-- A source is { name = as messages show it, text =, id = what tells it from others, include = function(name) that
-- returns another source, or nil and why not }.
local hooks = require "lib.policy.hooks"
local re = require "pysec.re"
local rules = require "lib.policy.rules"
local sandbox = require "pysec.sandbox"

local load = {}

local MOST_INCLUDES = 16 -- one in the other

--- What people know from Lua that would let a verdict depend on more than the findings.
local MISSING = {
  os = "policies see no clock, files or programs; clock.today() gives the day",
  io = "policies see no files", require = "policies load nothing but by include", dofile = "say include",
  load = "policies compile nothing", print = "policies print nothing; give a reason",
  setmetatable = "policies have no metatables", getmetatable = "policies have no metatables",
  coroutine = "policies have no coroutines", debug = "policies have no debug library",
  collectgarbage = "policies do not steer memory", rawset = "policies have no metatables",
  rawget = "policies have no metatables", xpcall = "say pcall", _G = "policies have no globals of their own",
}

local LIBRARIES = { "assert", "clock", "error", "ipairs", "json", "math", "next", "pairs", "pcall", "re", "select",
  "string", "table", "tonumber", "tostring", "type", "utf8", "version" }

local Loader = {}
Loader.__index = Loader

function Loader:report(path, line, message)
  table.insert(self.mistakes, { path = path, line = line, message = message })
end

--- Reports a mistake where the policy stands now.
function Loader:report_here(message)
  local path, line = self.box:where()
  self:report(path, line, message)
end

--- Lua shortens long names of files in its messages; people need them whole.
local function with_whole_name(message, name)
  local short = debug.getinfo(_ENV.load("", "@" .. name), "S").short_src
  if message:sub(1, #short) ~= short then return message end
  return name .. message:sub(#short + 1)
end

--- Splits a message of Lua in the file `name`, "acme.lua:3: text", into path, line (nil when it has none) and text.
function load.split(message, name)
  message = with_whole_name(message, name)
  if message:sub(1, #name + 1) == name .. ":" then
    local line, text = message:match("^(%d+): (.*)$", #name + 2)
    if line then return name, math.tointeger(tonumber(line)), text end
  end
  local path, line, text = message:match("^(.-):(%d+): (.*)$")
  if path then return path, math.tointeger(tonumber(line)), text end
  return name, nil, message
end

--- Keeps a rule with its place. Rules come from policies while they load, never from hooks.
function Loader:keep(make)
  if not self.records then error("rules are made while a policy loads, not in a hook", 0) end
  local path, line = self.box:where()
  local record = make(function(message) self:report(path, line, message) end)
  if not record then return end
  record.file, record.line, record.by = path, line, ("%s:%d"):format(path, line)
  record.authority, record.hits = self.authority, 0
  table.insert(self.records, record)
end

function Loader:unknown(name)
  local known = table.move(LIBRARIES, 1, #LIBRARIES, 1, {})
  for extra in pairs(self.extra) do known[#known + 1] = extra end
  local message = MISSING[name] and ("there is no '%s': %s"):format(name, MISSING[name])
    or ("nothing is called '%s'%s"):format(name, rules.hint(name, known))
  if not self.records then error(message, 0) end
  self:report_here(message)
end

function Loader:regex(pattern, flags)
  local problem = type(pattern) ~= "string" and "re takes a pattern: re \"^acme-\""
    or flags ~= nil and (type(flags) ~= "string" or not flags:match("^[imsxb]*$"))
      and "re: flags are i, m, s, x and b"
  if not problem then
    local compiled, message = re.compile(pattern, flags)
    if compiled then return compiled end
    problem = ("re %q: %s"):format(pattern, message)
  end
  if not self.records then error(problem, 0) end
  self:report_here(problem)
  return re.compile "(?!)" -- matches nothing; the policy does not come into force
end

function Loader:globals(today)
  local globals = {
    re = function(pattern, flags) return self:regex(pattern, flags) end,
    clock = { today = function() return today end },
    on = function(event, body)
      self:keep(function(report) return rules.check_hook(report, event, body) end)
    end,
  }
  for _, name in ipairs(rules.names) do
    globals[name] = globals[name] or function(...)
      local given = table.pack(...)
      self:keep(function(report) return rules.check(name, report, table.unpack(given, 1, given.n)) end)
    end
  end
  for name, value in pairs(self.extra) do globals[name] = value end
  return globals
end

--- Runs one source and what it includes. The rules of an included file stand where the include stands.
function Loader:run(source, depth)
  if self.seen[source.id] then return end
  self.seen[source.id] = true
  local records = {}
  self.records = records
  local ok, message = pcall(self.box.run, self.box, source.name, source.text)
  self.records = nil
  if not ok then
    if hooks.is_fatal(message) then error(message, 0) end
    self:report(load.split(message, source.name))
  end
  for _, record in ipairs(records) do
    record.source = source.id
    if record.rule == "include" then
      self:include(source, record, depth)
    elseif record.rule == "name" then
      table.insert(self.titles, record.text)
    else
      table.insert(self.rules, record)
    end
  end
end

function Loader:include(source, record, depth)
  if depth >= MOST_INCLUDES then
    self:report(record.file, record.line, ("include: more than %d files, one in the other"):format(MOST_INCLUDES))
    return
  end
  local included, message = source.include(record.text)
  if not included then
    self:report(record.file, record.line, ("include %q: %s"):format(record.text, message))
    return
  end
  self:run(included, depth + 1)
end

local function mistakes_text(mistakes)
  table.sort(mistakes, function(a, b)
    if a.path ~= b.path then return a.path < b.path end
    if a.line ~= b.line then return (a.line or 0) < (b.line or 0) end
    return a.message < b.message
  end)
  local lines, seen = {}, {}
  for _, mistake in ipairs(mistakes) do
    local text = mistake.line and ("%s:%d: %s"):format(mistake.path, mistake.line, mistake.message)
      or ("%s: %s"):format(mistake.path, mistake.message)
    if not seen[text] then lines[#lines + 1] = text end
    seen[text] = true
  end
  return table.concat(lines, "\n")
end

--- The ignores that lack what an `ignores` rule wants of them: a project's rules bind the project alone.
local function check_required(loader)
  for _, limit in ipairs(loader.rules) do
    for _, field in ipairs(limit.rule == "ignores" and limit.require or {}) do
      for _, ignore in ipairs(loader.rules) do
        local bound = limit.authority == "given" or ignore.authority == "project"
        if ignore.rule == "ignore" and bound and ignore[field] == nil then
          loader:report(ignore.file, ignore.line, ("this ignore needs %s: %s demands it"):format(field, limit.by))
        end
      end
    end
  end
end

--- Loads sources: { given = list, project = source or nil }. Options: today (a day), budget (instructions, memory,
-- seconds), coverage (count lines), extra (more globals, by name). Returns { rules, titles, box, today, lines = those
-- that ran so far }, or nil, all mistakes as a text, and as a list.
function load.load(sources, options)
  local loader = setmetatable({ mistakes = {}, rules = {}, titles = {}, seen = {},
    extra = options.extra or {} }, Loader)
  local budget = options.budget or {}
  loader.box = sandbox.new {
    instructions = budget.instructions, memory = budget.memory, seconds = budget.seconds, lines = options.coverage,
    globals = loader:globals(options.today), unknown = function(name) loader:unknown(name) end,
  }
  loader.authority = "given"
  for _, source in ipairs(sources.given) do loader:run(source, 1) end
  loader.authority = #sources.given == 0 and "given" or "project"
  if sources.project then loader:run(sources.project, 1) end
  check_required(loader)
  if #loader.mistakes > 0 then return nil, mistakes_text(loader.mistakes), loader.mistakes end
  return { rules = loader.rules, titles = loader.titles, box = loader.box, today = options.today,
    lines = loader.box:lines() }
end

return load
