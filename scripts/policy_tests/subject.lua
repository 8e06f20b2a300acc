--- What `policy "acme.lua"` gives to a test: policies that it can ask.
--
-- They are loaded when they are first asked, for the day that is in force then, and anew for every test: what one test
-- asks leaves no trace in the notices or the evidence of another.
local json = require "pysec.json"
local policies = require "pysec.policy"
local records = require "policy_tests.records"

local subject = {}

local MOST_SETS = 1000 -- of one test: each holds memory of its own

local USAGE = "policy takes a path or a table: policy \"acme.lua\", policy { \"acme.lua\", project = \"team.lua\" }"

--- Reads what `policy` was called with: { paths, project, key }, or nil.
function subject.parse(given)
  if type(given) == "string" then given = { given } end
  if type(given) ~= "table" then return nil, USAGE end
  local parsed, count = { paths = {}, project = given.project }, 0
  for key, value in pairs(given) do
    if type(value) ~= "string" or value == "" or (key ~= "project" and math.type(key) ~= "integer") then
      return nil, USAGE
    end
    count = count + 1
  end
  table.move(given, 1, #given, 1, parsed.paths)
  if count == 0 or count ~= #given + (given.project and 1 or 0) then return nil, USAGE end
  parsed.key = json.encode { json.array(parsed.paths), parsed.project }
  return parsed
end

--- The set of policies, loaded once for each day and test.
function subject.set(file, parsed)
  local key = parsed.key .. file.today
  if file.sets[key] then return file.sets[key] end
  if #file.sets == MOST_SETS then error(("one test loads policies more than %d times"):format(MOST_SETS), 0) end
  local set, _, mistakes = policies.load(parsed.paths, { project = parsed.project, today = file.today,
    coverage = true })
  if not set then
    for _, mistake in ipairs(mistakes) do file:report(parsed, mistake) end
    error("the policies do not load", 0)
  end
  file.sets[key] = set
  table.insert(file.sets, set)
  return set
end

--- A result of a set; nil and a message when a policy failed.
local function check(result, message)
  if result == nil then error(message, 0) end
  return result
end

local methods = {}

function methods.decide(file, set, given, audit)
  local findings, is_one = records.each(records.finding, given)
  local decisions = check(set:decide(findings, records.audit(audit)))
  file.last = { decisions = is_one and { decisions[1] } or decisions }
  return is_one and decisions[1] or decisions
end

function methods.packages(file, set, given)
  local decisions = check(set:decide({}, { packages = (records.each(records.package, given)) }))
  file.last = { decisions = decisions }
  return decisions
end

function methods.judge(file, set, given)
  local upgrades, is_one = records.each(records.upgrade, given)
  check(set:judge(upgrades))
  file.last = { upgrades = upgrades }
  return is_one and upgrades[1] or upgrades
end

function methods.evidence(_, set, given)
  return set:evidence((records.each(records.evidence, given)))
end

function methods.notices(_, set)
  return set:notices()
end

--- The methods, as the sandbox gets them. `file` is the test file's state (policy_tests/runner.lua).
function subject.handle(file, parsed)
  local handle = {}
  for name, body in pairs(methods) do
    handle[name] = function(self, ...)
      if type(self) ~= "table" or type(self[name]) ~= "function" then
        file:refuse(("say it with a colon: policy:%s(...)"):format(name))
      end
      local set = subject.set(file, parsed)
      local ok, result = pcall(body, file, set, ...)
      if ok then return result end
      if type(result) == "table" and result.mistake then file:refuse(result.mistake) end
      error(result, 0)
    end
  end
  return handle
end

return subject
