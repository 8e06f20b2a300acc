--- The test framework: named tests, deep equality, a tally, one line a failure.
--
--   local t = require "harness"
--   t.test("joins two words", function() t.equal("a" .. "b", "ab") end)
--   return t.finish()
local env = require "pysec.env"
local fs = require "pysec.fs"

local t = { passed = 0, failed = 0 }

--- The project's root folder.
t.root = env.get("PYSEC_TEST_ROOT") or fs.cwd()

--- The program under test.
t.program = env.get("PYSEC_TEST_PROGRAM") or error("PYSEC_TEST_PROGRAM names the program under test")

local temporary = {}

local function show(value, depth)
  depth = depth or 0
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) ~= "table" or depth > 4 then return tostring(value) end
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    parts[#parts + 1] = ("%s = %s"):format(tostring(key), show(value[key], depth + 1))
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end
t.show = show

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b and math.type(a) == math.type(b) end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

local function fail(message, label)
  error({ check = label and ("%s: %s"):format(label, message) or message, traceback = debug.traceback("", 3) }, 0)
end

function t.equal(got, want, label)
  if not same(got, want) then fail(("got %s, want %s"):format(show(got), show(want)), label) end
end

function t.truthy(value, label)
  if not value then fail("got " .. show(value), label) end
end

function t.match(text, pattern, label)
  if type(text) ~= "string" or not text:find(pattern) then
    fail(("%s does not match %q"):format(show(text), pattern), label)
  end
end

function t.contains(text, part, label)
  if type(text) ~= "string" or not text:find(part, 1, true) then
    fail(("%s does not contain %q"):format(show(text), part), label)
  end
end

function t.lacks(text, part, label)
  if type(text) ~= "string" or text:find(part, 1, true) then
    fail(("%s contains %q"):format(show(text), part), label)
  end
end

function t.raises(body, pattern, label)
  local ok, problem = pcall(body)
  if ok then fail("no error was raised", label) end
  local text = type(problem) == "table" and (problem.usage or problem.failed or show(problem)) or tostring(problem)
  t.match(text, pattern, label)
end

--- A folder that is removed at the end.
function t.tempdir()
  local path = assert(fs.tempdir())
  temporary[#temporary + 1] = path
  return path
end

--- Writes files below a folder: { ["a/b.txt"] = "text" }.
function t.files(folder, list)
  for name, text in pairs(list) do
    local path = folder .. "/" .. name
    assert(fs.mkdirs(path:match("^(.*)/")))
    assert(fs.write(path, text))
  end
  return folder
end

local only = env.get("PYSEC_TEST_ONLY")

function t.test(name, body)
  if only and not name:find(only, 1, true) then return end
  local ok, problem = xpcall(body, function(problem)
    if type(problem) == "table" or problem == "interrupted" then return problem end
    return debug.traceback(problem, 2)
  end)
  if ok then
    t.passed = t.passed + 1
    return
  end
  t.failed = t.failed + 1
  local text = type(problem) == "table" and (problem.check and problem.check .. problem.traceback or show(problem))
    or tostring(problem)
  print(("FAILED  %s\n    %s"):format(name, (text:gsub("\n", "\n    "))))
end

function t.finish()
  for _, path in ipairs(temporary) do fs.remove(path) end
  print(("%d passed, %d failed"):format(t.passed, t.failed))
  if t.passed + t.failed == 0 and not only then return 1 end
  return t.failed == 0 and 0 or 1
end

return t
