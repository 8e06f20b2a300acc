--- Runs one file of tests in a sandbox of its own, and reports what came of it.
--
-- First the file runs as a whole, which gathers its tests; then its policies are loaded, so that their mistakes are
-- known before a test runs; then each test runs with fresh budgets.
local checks = require "policy_tests.checks"
local clock = require "pysec.clock"
local Coverage = require "policy_tests.coverage"
local dates = require "lib.dates"
local fs = require "pysec.fs"
local json = require "pysec.json"
local problems = require "lib.policy.problems"
local names = require "lib.names"
local paths = require "lib.paths"
local re = require "pysec.re"
local sandbox = require "pysec.sandbox"
local story = require "policy_tests.story"
local subject = require "policy_tests.subject"
local ui = require "pysec.ui"

local runner = {}

local LARGEST_FILE, LONGEST_NAME = 1024 * 1024, 200
local KNOWN = { "assert", "clock", "equal", "error", "ipairs", "json", "math", "next", "pairs", "pcall", "policy",
  "raises", "re", "select", "string", "table", "test", "today", "tonumber", "tostring", "truthy", "type", "utf8",
  "version" }

local File = {}
File.__index = File

-- --- mistakes and failures ---

function File:mistake(text)
  if not self.known[text] then table.insert(self.mistakes, ui.escape(text)) end
  self.known[text] = true
end

--- A mistake in a policy: named where it stands, or where the test file asks for the policy.
function File:report(parsed, mistake)
  if mistake.line then
    local path = paths.clean(paths.join(paths.folder(self.name), mistake.path))
    self:mistake(("%s:%d: %s"):format(path, mistake.line, mistake.message))
  else
    self:mistake(("%s: policy: %s: %s"):format(parsed.place, mistake.path, mistake.message))
  end
end

--- Keeps why the test that runs failed; the first reason counts.
function File:keep(line, message, details)
  if self.failure then return end
  details = details or {}
  self.failure = { line = line, message = message and ui.escape(message), got = details.got and ui.escape(details.got),
    want = details.want and ui.escape(details.want) }
end

--- Ends the test that runs.
function File:fail(message, details)
  local _, line = self.box:where()
  self:keep(line, message, details)
  error("the check failed", 0)
end

--- Refuses what a test file says: that ends the test whatever catches it.
function File:refuse(message)
  local _, line = self.box:where()
  if self.in_test then self:keep(line, message) end
  error(message, 0)
end

-- --- what the file finds ---

function File:globals()
  local globals = checks.globals(function()
    if not self.in_test then error("checks stand in a test: test(\"name\", function() ... end)", 0) end
  end, function(message, details) self:fail(message, details) end)

  globals.clock = { today = function() return self.today end }

  function globals.re(pattern, flags)
    local regex, message = re.compile(pattern, flags)
    return regex or error(("re %q: %s"):format(pattern, message), 0)
  end

  function globals.today(day)
    if type(day) ~= "string" or not dates.parse(day) then self:refuse("today takes a day: today \"2026-06-01\"") end
    self.today = day
  end

  function globals.policy(given)
    local parsed, problem = subject.parse(given)
    if not parsed then return self:refuse(problem) end
    parsed.place = ("%s:%d"):format(self.box:where())
    if not self.in_test then table.insert(self.policies, parsed) end
    return subject.handle(self, parsed)
  end

  function globals.test(name, body)
    local is_named = type(name) == "string" and name:match("%S") and #name <= LONGEST_NAME
    if not is_named or type(body) ~= "function" then self:refuse("test takes a name and a function: test(\"name\", "
      .. "function() ... end)") end
    if self.in_test then self:refuse("a test cannot hold another one") end
    local _, line = self.box:where()
    table.insert(self.tests, { name = name, body = body, line = line, today = self.today })
  end

  return globals
end

--- A message of Lua without its place: line (nil when it is elsewhere) and text.
function File:split(message)
  local path, line, text = problems.split(tostring(message), self.name)
  if path ~= self.name then return nil, message end
  return line, (text:gsub("^the policy ", "the test "))
end

-- --- running ---

local function rethrow_interrupt(message)
  if message == "interrupted" then error(message, 0) end
end

--- Adds up what the sets reached that were asked so far, and lets them go.
function File:close_sets()
  for _, set in ipairs(self.sets) do
    local ok, reached = pcall(set.coverage, set) -- of a policy that broke its budgets nothing is known
    if ok then self.coverage:add(reached, paths.folder(self.name)) else rethrow_interrupt(reached) end
    set.box:close()
  end
  self.sets = {}
end

function File:gather(text)
  local ok, message = pcall(self.box.run, self.box, self.name, text)
  if not ok then
    rethrow_interrupt(message)
    if #self.mistakes > 0 then return end
    local line, what = self:split(message)
    return self:mistake(line and ("%s:%d: %s"):format(self.name, line, what) or ("%s: %s"):format(self.name, what))
  end
  if #self.tests == 0 then
    self:mistake(("%s: there is no test in it: test(\"name\", function() ... end)"):format(self.name))
  end
  for _, parsed in ipairs(self.policies) do
    local loaded, problem = pcall(subject.set, self, parsed)
    if not loaded then
      rethrow_interrupt(problem)
      if #self.mistakes == 0 then self:mistake(("%s: %s"):format(parsed.place, problem)) end
    end
  end
  self:close_sets()
end

function File:run_test(test)
  self.in_test, self.failure, self.last, self.today = true, nil, nil, test.today
  if self.box:is_broken() then
    self:keep(test.line, "was not run: a test before it went over its budget")
  else
    self.box:refill()
    local ok, message = pcall(test.body)
    if not ok then
      rethrow_interrupt(message)
      local line, text = self:split(message)
      self:keep(line or test.line, text)
    end
  end
  self:close_sets()
  local result = { name = ui.escape(test.name), line = test.line, ok = self.failure == nil, failure = self.failure }
  if self.failure then
    local told = json.array()
    for i, line in ipairs(story.tell(self.last)) do told[i] = ui.escape(line) end
    self.failure.decided = told
  end
  return result
end

--- Runs the file `path`, shown as `name`; its folder is the current one, so that policies are named as the file names
-- them. `only`: a text that the names of tests hold. Returns { tests = { { name, line, ok, failure } }, left_out =
-- count, mistakes = texts, coverage = entries }; a failure is { line, message, got, want, decided = lines }.
function runner.run(path, name, only)
  local file = setmetatable({ name = name, mistakes = json.array(), known = {}, tests = {}, policies = {}, sets = {},
    coverage = Coverage.new(), today = clock.today() }, File)
  local report = { tests = json.array(), left_out = 0, mistakes = file.mistakes, coverage = json.array() }
  local text, message = fs.read(path, LARGEST_FILE)
  if not text then
    file:mistake(message)
    return report
  end
  file.box = sandbox.new { globals = file:globals(), unknown = function(unknown)
    error(("nothing is called '%s'%s"):format(unknown, names.hint(unknown, KNOWN)), 0)
  end }
  file:gather(text)
  for _, test in ipairs(file.tests) do
    if #file.mistakes > 0 then break end
    if only and not test.name:find(only, 1, true) then
      report.left_out = report.left_out + 1
    else
      table.insert(report.tests, file:run_test(test))
    end
  end
  table.move(file.coverage.entries, 1, #file.coverage.entries, 1, report.coverage)
  return report
end

return runner
