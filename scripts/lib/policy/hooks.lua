--- The functions that policies gave to `on`: called with copies, and their answers checked.
local names = require "lib.names"
local problems = require "lib.policy.problems"
local rules = require "lib.policy.rules"

local hooks = {}

--- What stands for the reason that a hook does not give.
hooks.NO_REASON = "the hook gives no reason"

local ANSWERS = {
  finding = { "block", "fail", "warn", "ignore" },
  package = { "block", "fail", "warn", "ignore" },
  audit = { "block", "fail", "warn", "incomplete" },
  upgrade = { "refuse" },
}

local IS_ANSWER = {}
for event, answers in pairs(ANSWERS) do
  IS_ANSWER[event] = {}
  for _, answer in ipairs(answers) do IS_ANSWER[event][answer] = true end
end

--- The hooks of each event: { finding = { rule, ... }, ... }.
function hooks.gather(all)
  local by_event = {}
  for _, event in ipairs(rules.events) do by_event[event] = {} end
  for _, rule in ipairs(all) do
    if rule.rule == "on" then
      rule.reasons, rule.reason_count = {}, 0
      table.insert(by_event[rule.event], rule)
    end
  end
  return by_event
end

local function refuse_answer(rule, answer)
  local known = ANSWERS[rule.event]
  local hint = type(answer) == "string" and names.hint(answer, known) or ""
  error({ policy = ("%s: the hook for '%s' has to return %s or nothing, not %s%s"):format(rule.by, rule.event,
    table.concat(known, ", "), rules.show(answer), hint) }, 0)
end

local MOST_REASONS = 1000

--- A hook gives the same few reasons again and again: each is checked once.
local function remember(rule, reason)
  if rule.reason_count >= MOST_REASONS then return end
  rule.reasons[reason], rule.reason_count = true, rule.reason_count + 1
end

--- Calls one hook. Returns its verdict and reason, or nil; a blank reason is none. Raises { policy = message }.
function hooks.call(rule, value)
  rule.hits = rule.hits + 1
  local ok, answer, reason = pcall(rule.body, value)
  if not ok then
    if problems.is_fatal(answer) then error(answer, 0) end
    error({ policy = problems.complete(tostring(answer), rule.file, rule.line) }, 0)
  end
  if answer == nil then return nil end
  if not IS_ANSWER[rule.event][answer] then refuse_answer(rule, answer) end
  if reason == nil or rule.reasons[reason] then return answer, reason end
  if rules.is_text(reason) then
    remember(rule, reason)
    return answer, reason
  end
  if type(reason) == "string" and not reason:find("%S") then return answer, nil end
  error({ policy = ("%s: the reason that a hook returns is a text, not %s"):format(rule.by, rules.show(reason)) }, 0)
end

return hooks
