--- Runs the files of policies in a sandbox and gathers the rules that they make.
--
-- A source is { name = as messages show it, text =, id = what tells it from others, include = function(name) that
-- returns another source, or nil and why not }.
local problems = require "lib.policy.problems"
local re = require "pysec.re"
local rules = require "lib.policy.rules"
local sandbox = require "pysec.sandbox"

local load = {}

local SECONDS = 10 -- the sandbox's own default, for what runs outside
local MOST_INCLUDES = 16 -- one in the other

-- The rules live outside the sandbox, whose budget does not hold for them.
local MOST_KEPT = 64 * 1024 * 1024 -- bytes, roughly
local MOST_MISTAKES = 1000

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

local function add(mistakes, path, line, message)
  mistakes[#mistakes + 1] = { path = path, line = line, message = (message:gsub("[\r\n]+", " ")) }
end

function Loader:report(path, line, message)
  local count = #self.mistakes
  if count == MOST_MISTAKES then message = "there are more mistakes, which are not shown" end
  if count <= MOST_MISTAKES then add(self.mistakes, path, line, message) end
end

--- Reports a mistake where the policy stands now.
function Loader:report_here(message)
  local path, line = self.box:where()
  self:report(path, line, message)
end

--- About how many bytes a value takes.
local function weigh(value)
  if type(value) == "string" then return 50 + #value end
  if type(value) ~= "table" then return 16 end
  local sum = 100
  for key, item in pairs(value) do sum = sum + weigh(key) + weigh(item) end
  return sum
end

--- Takes the weight of what a rule was called with. False once it is too much, which is a mistake.
function Loader:has_room(given)
  if self.weight > MOST_KEPT then return false end
  self.weight = self.weight + 500 + weigh(given)
  if self.weight <= MOST_KEPT then return true end
  self:report_here(("the rules take more than %d MiB"):format(MOST_KEPT // 1024 // 1024))
  return false
end

--- Tells every matcher whose it is.
local function place_matchers(value, by)
  for _, field in pairs(value) do
    if type(field) == "table" then
      if field.patterns then field.by = by else place_matchers(field, by) end
    end
  end
end

--- Keeps a rule with its place. Rules come from policies while they load, never from hooks.
function Loader:keep(given, make)
  if not self.records then error("rules are made while a policy loads, not in a hook", 0) end
  if #self.mistakes > MOST_MISTAKES or not self:has_room(given) then return end
  local path, line = self.box:where()
  local record = make(function(message) self:report(path, line, message) end)
  if not record then return end
  record.file, record.line, record.by = path, line, ("%s:%d"):format(path, line)
  record.authority, record.hits = self.authority, 0
  place_matchers(record, record.by)
  table.insert(self.records, record)
end

function Loader:unknown(name)
  local known = table.move(LIBRARIES, 1, #LIBRARIES, 1, {})
  for extra in pairs(self.extra) do known[#known + 1] = extra end
  table.sort(known)
  local message = MISSING[name] and ("there is no '%s': %s"):format(name, MISSING[name])
    or ("nothing is called '%s'%s"):format(rules.show(name):sub(2, -2), rules.hint(name, known))
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
    problem = ("re %s: %s"):format(rules.show(pattern), message)
  end
  if not self.records then error(problem, 0) end
  self:report_here(problem)
  return re.compile "(?!)" -- matches nothing; the policy does not come into force
end

function Loader:globals(today)
  local globals = {
    re = function(pattern, flags) return self:regex(pattern, flags) end,
    clock = { today = function() return today end },
    on = function(event, body, extra)
      self:keep(event, function(report) return rules.check_hook(report, event, body, extra) end)
    end,
  }
  for _, name in ipairs(rules.names) do
    globals[name] = globals[name] or function(...)
      local given = table.pack(...)
      self:keep(given, function(report) return rules.check(name, report, table.unpack(given, 1, given.n)) end)
    end
  end
  for name, value in pairs(self.extra) do globals[name] = value end
  return globals
end

--- A source's name as messages show it, of that source alone: "file:line" tells a rule from all others.
function Loader:name_of(source)
  local name = self.names[source.name] and source.id or source.name
  self.names[name] = true
  return name
end

--- Runs one source and what it includes. The rules of an included file stand where the include stands.
function Loader:run(source, depth)
  if self.seen[source.id] then return end
  self.seen[source.id] = true
  local records, name = {}, self:name_of(source)
  self.records = records
  local ok, message = pcall(self.box.run, self.box, name, source.text)
  self.records = nil
  if not ok then
    if problems.is_fatal(message) then error(message, 0) end
    add(self.mistakes, problems.split(problems.complete(message, name, 1), name)) -- however many: it may be why
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

--- All mistakes in the order of their places, each once, and as a text.
local function in_order(mistakes)
  table.sort(mistakes, function(a, b)
    if a.path ~= b.path then return a.path < b.path end
    if a.line ~= b.line then return (a.line or 0) < (b.line or 0) end
    return a.message < b.message
  end)
  local list, lines, seen = {}, {}, {}
  for _, mistake in ipairs(mistakes) do
    local text = mistake.line and ("%s:%d: %s"):format(mistake.path, mistake.line, mistake.message)
      or ("%s: %s"):format(mistake.path, mistake.message)
    if not seen[text] then list[#list + 1], lines[#lines + 1] = mistake, text end
    seen[text] = true
  end
  return list, table.concat(lines, "\n")
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
-- seconds), coverage (count lines), extra (more globals, by name), mistakes (that were made before). Returns { rules,
-- titles, box, today, lines = those that ran so far }, or nil, all mistakes as a text, and as a list.
function load.load(sources, options)
  local loader = setmetatable({ mistakes = options.mistakes or {}, rules = {}, titles = {}, seen = {}, names = {},
    weight = 0, extra = options.extra or {} }, Loader)
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
  if #loader.mistakes > 0 then
    loader.box:close() -- what it holds may be much, and the collector does not see it
    local mistakes, text = in_order(loader.mistakes)
    return nil, text, mistakes
  end
  return { rules = loader.rules, titles = loader.titles, box = loader.box, today = options.today,
    lines = loader.box:lines(), seconds = budget.seconds or SECONDS }
end

return load
