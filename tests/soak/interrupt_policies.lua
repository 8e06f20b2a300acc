--- `pysec eval` and `pysec test` are ended at random moments: what was printed or written is whole or absent, and no
-- process and no file is left. PYSEC_SOAK_SEED repeats a run.
local env = require "pysec.env"
local evaluation = require "evaluation"
local fs = require "pysec.fs"
local json = require "pysec.json"
local t = require "harness"
local tool = require "pysec.tool"

local ROUNDS = 60
local SIGNALS = { INT = 130, TERM = 143, KILL = 137 }

local seed = tonumber(env.get("PYSEC_SOAK_SEED")) or os.time()
math.randomseed(seed)
print("PYSEC_SOAK_SEED=" .. seed)

local function findings(count)
  local list = json.array()
  for i = 1, count do list[i] = evaluation.finding("CVE-2024-" .. i, i % 2 == 0 and "high" or "low") end
  return json.encode(list)
end

local SLOW_TEST = [[
for i = 1, 40 do
  test("slow " .. i, function() for _ = 1, 200000 do end end)
end
]]

local function project()
  local files = { ["policy.lua"] = 'severity { fail = "high", warn = "low" }\n'
    .. 'on("finding", function(f) if f.id:find "7$" then return "warn", "seven" end end)\n' }
  for i = 1, 4 do
    files[("reports/%d.json"):format(i)] = findings(5000)
    files[("tests/%d_test.lua"):format(i)] = SLOW_TEST
  end
  return t.files(t.tempdir(), files)
end

-- $0 is the folder; what is left behind is printed on standard error. What was killed may take a moment to go.
local SCRIPT = [[
exec 3>&2
(cd "$0" && exec "${@:3}") & pid=$!
sleep "$2"; kill -"$1" $pid 2>/dev/null
wait $pid; code=$?
for _ in {1..30}; do
  left=""
  for process in /proc/[0-9]*; do
    case $(readlink "$process/cwd") in "$0"*) left+="$(tr '\0' ' ' <"$process/cmdline")" ;; esac
  done 2>/dev/null
  [ -n "$left" ] || exit $code
  sleep 0.1
done
echo "left behind: $left" >&3
exit $code
]]

--- Runs the program in a folder and ends it after a while. Returns the result.
local function interrupt(folder, signal, delay, arguments)
  local words = { "/bin/bash", "-c", SCRIPT, folder, signal, ("%.3f"):format(delay), t.program }
  table.move(arguments, 1, #arguments, #words + 1, words)
  words.cwd, words.timeout, words.env = "/", 120, env.list()
  words.env.TMPDIR = folder .. "/temporary"
  assert(fs.mkdirs(words.env.TMPDIR))
  local result = assert(tool.run(words))
  if signal ~= "KILL" then
    t.lacks(result.stderr, "left behind")
    t.equal(fs.list(words.env.TMPDIR), {})
  end
  return result
end

--- About how long it takes, in seconds.
local function duration(folder, arguments)
  local clock = require "pysec.clock"
  local words = table.move(arguments, 1, #arguments, 2, { t.program })
  words.cwd = folder
  local start = clock.monotonic()
  assert(tool.run(words))
  return clock.monotonic() - start
end

--- Ends a command at random moments. `check` gets the result, and whether it was ended.
local function campaign(name, signals, arguments, check)
  local folder, ended = project(), 0
  local longest = duration(folder, arguments) * 1.1
  for i = 1, ROUNDS do
    local signal, delay = signals[i % #signals + 1], math.random() * longest
    t.test(("%s, %s after %.3f s"):format(name, signal, delay), function()
      local result = interrupt(folder, signal, delay, arguments)
      local is_ended = result.code == SIGNALS[signal]
      t.truthy(is_ended or result.code == 0 or result.code == 1, result.stderr)
      if is_ended then ended = ended + 1 end
      check(folder, result, is_ended)
    end)
  end
  print(("%s: ended %d of %d"):format(name, ended, ROUNDS))
end

campaign("eval", { "INT", "TERM" }, { "eval", "--policy", "policy.lua", "--format", "json", "reports" },
  function(_, result, is_ended)
    if result.stdout == "" then return t.truthy(is_ended, "nothing was printed") end
    local value = json.decode(result.stdout)
    t.truthy(value and #value.decisions == 20000, "what was printed is not whole")
  end)

campaign("test", { "INT", "TERM", "KILL" },
  { "test", "--jobs", "2", "--format", "junit", "--output", "results.xml", "tests" }, function(folder, _, is_ended)
    local text = fs.read(folder .. "/results.xml")
    t.truthy(text or is_ended, "nothing was written")
    if text then t.match(text, "</testsuites>\n$") end
    for _, name in ipairs(fs.list(folder)) do t.lacks(name, "results.xml.") end
    fs.remove(folder .. "/results.xml")
  end)

return t.finish()
