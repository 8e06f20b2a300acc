--- pysec eval, compared with a plain Python program and with opa that do the same work.
-- All read JSON, decide by the same rules (policies/data.lua makes them up) and write decisions as JSON. That they
-- decide alike is checked: the time of one that decides otherwise would say nothing.
local data = require "bench.policies.data"
local env = require "pysec.env"
local fs = require "pysec.fs"
local json = require "pysec.json"
local measure = require "bench.measure"
local tool = require "pysec.tool"

local FINDINGS = 100000

local program, here = env.get("PYSEC_TEST_PROGRAM"), env.get("PYSEC_TEST_ROOT") .. "/tests/bench/policies"
local folder = assert(fs.tempdir())

--- Not by fs.write, which waits for the disk: there are thousands of files.
local function write(name, text)
  local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
  assert(file:write(text))
  return #text
end

local rules = data.rules()
write("policy.lua", data.policy(rules))
write("hook.lua", data.policy(rules, true))
write("rules.json", data.document(rules))

local frozen = env.list()
frozen.SOURCE_DATE_EPOCH = tostring(data.epoch)

local function pysec(policy, input)
  return { program, "eval", "--policy", policy, "--format", "json", input, cwd = folder, env = frozen }
end

-- What is behind python3 may be a script that looks for the right one: its time is not Python's.
local python = measure.run({ "python3", "-I", "-c", "import sys; print(sys.executable)" }, { 0 }).stdout:match("[^\n]+")

local function plain(input)
  return { python, "-I", here .. "/plain.py", "rules.json", input, cwd = folder }
end

local opa = env.get("PYSEC_BENCH_OPA") or tool.which("opa")

local function opa_eval(query)
  return { opa, "eval", "--format", "raw", "--data", here .. "/policy.rego", "--data", "rules:rules.json",
    "--input", "findings.json", "data.bench." .. query }
end

--- What was decided: how many findings got which verdict, and the verdicts of those that the policy made. And how
--- many rules spoke.
local function tally(output)
  local answer = assert(json.read(folder .. "/" .. output))
  local counts, spoken = {}, 0
  for _, decision in ipairs(answer.decisions or answer) do
    local finding = decision.finding
    if finding.kind == "policy" then
      counts[finding.id] = decision.verdict
    else
      counts[decision.verdict] = (counts[decision.verdict] or 0) + 1
    end
    spoken = spoken + #decision.trace
  end
  return json.encode(counts), spoken, #(answer.decisions or answer)
end

local function insist_same(output, other)
  local ours, theirs = tally(output), tally(other)
  assert(ours == theirs, ("%s and %s decide otherwise:\n%s\n%s"):format(output, other, ours, theirs))
end

local function figures(result)
  return ("%.2f s, %.0f MB"):format(result.seconds, result.megabytes)
end

local function compare_opa(what, ours, theirs, bounds)
  measure.report("  " .. what, figures(theirs))
  measure.report("  times faster", ("%.1f"):format(theirs.seconds / ours.seconds), bounds and "6")
  measure.report("  share of its memory", ("%.2f"):format(ours.megabytes / theirs.megabytes), bounds and "0.33")
end

local function many_findings()
  local size = write("findings.json", json.encode(data.findings(1, FINDINGS)))
  local contestants = { { "ours", pysec("policy.lua", "findings.json") },
    { "hook", pysec("hook.lua", "findings.json") },
    { "plain", plain("findings.json") } }
  if opa then
    contestants[4], contestants[5] = { "opa", opa_eval("decisions") }, { "counts", opa_eval("counts") }
  end
  local best = measure.contest(3, folder, contestants, { 0, 1 })

  insist_same("ours", "plain")
  local _, spoken, decisions = tally("ours")
  local _, spoken_with_hook = tally("hook")
  assert(spoken_with_hook == spoken + decisions, "the hook did not speak on every finding")
  measure.report(("pysec eval, 100,000 findings, %.1f MB of JSON"):format(size / 1e6), figures(best.ours))
  measure.report("  a plain Python program", figures(best.plain))
  measure.report("  ratio to its time", ("%.2f"):format(best.ours.seconds / best.plain.seconds), "0.50")
  measure.report("  with a hook that speaks on every finding", figures(best.hook))
  measure.report("  ratio to the time without it", ("%.2f"):format(best.hook.seconds / best.ours.seconds), "1.50")
  if not opa then
    print("  opa eval is left out: opa is not on PATH, and PYSEC_BENCH_OPA does not name it. To get it:\n"
      .. "  go install github.com/open-policy-agent/opa@v1.4.2")
    return
  end
  insist_same("ours", "opa")
  compare_opa("opa eval, the same work", best.ours, best.opa, true)
  compare_opa("opa eval, counting verdicts alone", best.ours, best.counts)
end

local function one_finding()
  write("one.json", json.encode(data.findings(77, 1)))
  local ours = measure.seconds(50, function() measure.run(pysec("policy.lua", "one.json"), { 0, 1 }) end)
  local theirs = measure.seconds(10, function() measure.run(plain("one.json"), { 0, 1 }) end)
  measure.report("pysec eval, one finding", ("%.1f ms"):format(ours * 1000), "10 ms")
  measure.report("  a plain Python program", ("%.1f ms, ratio %.2f"):format(theirs * 1000, ours / theirs))
end

local function many_reports(what, count, render, bound)
  local size = 0
  assert(fs.mkdirs(folder .. "/reports"))
  for i = 1, count do size = size + write(("reports/%05d.json"):format(i), render(data.findings(i * 20, 20))) end
  local contestants = { { "ours", pysec("policy.lua", "reports") }, { "plain", plain("reports") } }
  local best = measure.contest(3, folder, contestants, { 0, 1 })
  insist_same("ours", "plain")
  measure.report(("pysec eval, %s, %.0f MB"):format(what, size / 1e6), figures(best.ours), bound)
  measure.report("  a plain Python program",
    ("%s, ratio %.2f"):format(figures(best.plain), best.ours.seconds / best.plain.seconds))
  assert(fs.remove(folder .. "/reports"))
end

many_findings()
one_finding()
many_reports("10,000 reports of 20 findings", 10000, json.encode, "2 s")
many_reports("1,000 summaries with their decisions", 1000, data.summary)
fs.remove(folder)
