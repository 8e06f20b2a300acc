--- What the attacks on the sandbox share: a policy is let loose, has to end in time, in bounds and with a message that
-- names it, and the host has to serve the next one.
local clock = require "pysec.clock"
local fs = require "pysec.fs"
local policy = require "pysec.policy"
local re = require "pysec.re"
local sandbox = require "pysec.sandbox"
local t = require "harness"

local attack = {}

--- What an attack may take beyond its budget of time, on a busy machine and under sanitizers.
attack.GRACE = 20

--- The sanitizers keep what was freed, to find who uses it.
attack.is_sanitized = assert(fs.read "/proc/self/maps"):find("libasan", 1, true) ~= nil

--- The most memory that this process ever held, in MB.
function attack.peak()
  return tonumber(assert(fs.read "/proc/self/status"):match "VmHWM:%s*(%d+)") // 1024
end

--- Runs a body, which may grow the process by `most` MB. One attack after another: the peak never falls.
function attack.bounded(most, body)
  local before = attack.peak()
  body()
  if not attack.is_sanitized then
    local grown = attack.peak() - before
    t.truthy(grown <= most, ("the process grew by %d MB"):format(grown))
  end
end

function attack.timed(seconds, body, ...)
  local started = clock.monotonic()
  local results = table.pack(body(...))
  local took = clock.monotonic() - started
  t.truthy(took < seconds + attack.GRACE, ("took %.1f s of %g"):format(took, seconds))
  return table.unpack(results, 1, results.n)
end

function attack.finding(fields)
  local finding = { id = "CVE-2024-1", aliases = {}, kind = "vulnerability", package = "jinja2", version = "2.4.1",
    fix_versions = { "3.0" }, direct = true, severity = "high", summary = "A flaw", sources = { "osv" } }
  for name, value in pairs(fields or {}) do finding[name] = value end
  return finding
end

local GOOD = [[
severity { block = "critical", fail = "high" }
ignore { id = "CVE-2024-*", reason = "not reachable" }
on("finding", function(f) if f.package:match("^django") then return "block", "no " .. f.package end end)
]]

--- The host loads and decides as ever.
function attack.host_serves()
  local set = assert(policy.load({}, { sources = { { name = "good.lua", text = GOOD } } }))
  local verdicts = {}
  for i, decision in ipairs(assert(set:decide {
    attack.finding(), attack.finding { id = "X-1" }, attack.finding { package = "django" } })) do
    verdicts[i] = decision.verdict
  end
  t.equal(verdicts, { "ignore", "fail", "block" })
end

local SMALL = { seconds = 5 }

local function options_of(text, options)
  options = options or {}
  return { sources = { { name = options.name or "evil.lua", text = text } }, budget = options.budget or SMALL,
    project = options.project }
end

--- Loads a policy. Returns the set, or nil and the message.
function attack.load(text, options)
  local given = options_of(text, options)
  return attack.timed(given.budget.seconds or 10, policy.load, {}, given)
end

--- The policy does not load; the message begins with evil.lua, a line, and then matches `want`.
function attack.refused(text, want, options)
  local set, message = attack.load(text, options)
  t.equal(set, nil, text:sub(1, 200))
  t.match(message, "^evil%.lua:%d+: " .. want, text:sub(1, 200))
  attack.host_serves()
end

--- The policy loads, and fails to decide.
function attack.fails(text, want, options)
  local given = options_of(text, options)
  local set = assert(policy.load({}, given))
  local findings = options and options.findings or { attack.finding() }
  local decisions, message = attack.timed(given.budget.seconds or 10, set.decide, set, findings)
  t.equal(decisions, nil, text:sub(1, 200))
  t.match(message, "^evil%.lua:%d+: " .. want, text:sub(1, 200))
  attack.host_serves()
end

--- The policy loads and decides.
function attack.harmless(text, options)
  local given = options_of(text, options)
  local set = assert(attack.timed(given.budget.seconds or 10, policy.load, {}, given))
  return assert(attack.timed(given.budget.seconds or 10, set.decide, set, options and options.findings or {
    attack.finding() }))
end

attack.TIME = "the policy ran longer than [%d.]+ s"
attack.COUNT = "the policy went over its budget of %d+ instructions"
attack.MEMORY = "the policy went over its budget of memory"
attack.HANDED = "the policy hands over more than its budget of memory"

--- Runs a text in a sandbox of its own, with `give` and `re`. Returns what it gave, and the message when it failed.
function attack.run(text, options)
  local given = {}
  options = options or {}
  options.seconds = options.seconds or 5
  options.globals = options.globals or {}
  options.globals.give = function(...) given[#given + 1] = table.pack(...) end
  options.globals.re = function(pattern, flags) return assert(re.compile(pattern, flags)) end
  local box = sandbox.new(options)
  local ok, message = attack.timed(options.seconds, pcall, box.run, box, "p.lua", text)
  box:close()
  return given, not ok and message or nil
end

return attack
