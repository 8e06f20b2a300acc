--- Comparing pysec with Python libraries, which a script beside the test puts the questions to.
local env = require "pysec.env"
local json = require "pysec.json"
local t = require "harness"
local tool = require "pysec.tool"

local oracle = {}

local MOST_SHOWN = 20

--- The least major version of a library that tests compare with.
local LEAST = { cvss = 3, packaging = 26 }

--- The command that runs a Python script below the project's root, as a spec of pysec.tool.
function oracle.command(script, ...)
  local python = env.get "PYSEC_TEST_PYTHON"
  t.truthy(python, "PYSEC_TEST_PYTHON names a Python that has what tests/requirements.txt lists")
  return { python, "-I", t.root .. "/" .. script, ... }
end

--- Puts questions (a JSON value) to a script that is called with these arguments; returns its answers, which name
-- the library and its version.
function oracle.ask(script, questions, ...)
  local command = oracle.command(script, ...)
  command.stdin, command.timeout = json.encode(questions), 300
  local result = tool.run(command)
  t.equal(result.code, 0, result.stderr)
  local answers = json.decode(result.stdout)
  local library = answers.cvss and "cvss" or "packaging"
  t.truthy(tonumber(answers[library]:match "^%d+") >= LEAST[library], answers[library])
  return answers
end

--- Compares what `ask` says about every question with the answer; shows a few of the differences.
function oracle.compare(asked, answered, ask)
  local differences = {}
  for i, question in ipairs(asked) do
    local got, want = json.encode(ask(question)), json.encode(answered[i])
    if got ~= want and #differences < MOST_SHOWN then
      differences[#differences + 1] = ("%s: %s, the library %s"):format(json.encode(question), got, want)
    end
  end
  t.equal(differences, {})
  t.equal(#answered, #asked)
end

return oracle
