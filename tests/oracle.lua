--- Comparing pysec with the Python library packaging, which a script beside the test puts the questions to.
local env = require "pysec.env"
local json = require "pysec.json"
local t = require "harness"
local tool = require "pysec.tool"

local oracle = {}

local MOST_SHOWN = 20

--- Puts questions (a JSON value) to a Python script below the project's root; returns its answers, which name
-- the library's version.
function oracle.ask(script, questions)
  local python = env.get "PYSEC_TEST_PYTHON"
  t.truthy(python, "PYSEC_TEST_PYTHON names a Python that has packaging")
  local result = tool.run { python, "-I", t.root .. "/" .. script, stdin = json.encode(questions), timeout = 120 }
  t.equal(result.code, 0, result.stderr)
  local answers = json.decode(result.stdout)
  t.truthy(tonumber(answers.packaging:match "^%d+") >= 26, answers.packaging)
  return answers
end

--- Compares what `ask` says about every question with the answer; shows a few of the differences.
function oracle.compare(asked, answered, ask)
  local differences = {}
  for i, question in ipairs(asked) do
    local got, want = json.encode(ask(question)), json.encode(answered[i])
    if got ~= want and #differences < MOST_SHOWN then
      differences[#differences + 1] = ("%s: %s, packaging %s"):format(json.encode(question), got, want)
    end
  end
  t.equal(differences, {})
  t.equal(#answered, #asked)
end

return oracle
