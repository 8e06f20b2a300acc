--- What an embedder's calls of pysec_policy_load, pysec_decide and pysec_judge come down to.
--
-- Each function returns what the call needs, or nil, the kind of failure ("policy" or "input") and a message.
local exit_code = require "lib.exit_code"
local json = require "pysec.json"
local policies = require "pysec.policy"
local reports = require "inputs.reports"
local version = require "pysec.version"

local embed = {}

local given, budget, set = {}, {}, nil

local function load(list)
  local paths, sources = {}, {}
  for _, item in ipairs(list) do table.insert(item.text and sources or paths, item.text and item or item.path) end
  return policies.load(paths, { sources = sources, budget = budget })
end

local function add(item)
  local list = table.move(given, 1, #given, 1, {})
  list[#list + 1] = item
  local loaded, message = load(list)
  if not loaded then return nil, "policy", message end
  given, set = list, loaded
  return true
end

function embed.load(path) return add { path = path } end

function embed.load_text(name, text) return add { name = name, text = text } end

--- Instructions, bytes and seconds; nil for a default.
function embed.set_budget(instructions, memory, seconds)
  local before = budget
  budget = { instructions = instructions, memory = memory, seconds = seconds }
  local loaded, message = load(given)
  if not loaded then
    budget = before
    return nil, "policy", message
  end
  set = loaded
  return true
end

function embed.clear()
  given, set = {}, nil
  return true
end

local function current()
  if set then return set end
  local message
  set, message = load(given)
  if not set then return nil, "policy", message end
  return set
end

--- A policy that broke its budget is loaded anew for the next call.
local function failed(message)
  set = nil
  return nil, "policy", message
end

--- Returns the result's text and the exit code.
function embed.decide(text)
  local report, wrong = reports.read(text, "findings")
  if not report then return nil, "input", wrong end
  local own, kind, message = current()
  if not own then return nil, kind, message end
  local decisions, problem = own:decide(report.findings, { packages = report.packages, evidence = report.evidence })
  if not decisions then return failed(problem) end
  local exit = exit_code.of(decisions, own:evidence(report.evidence or {}))
  return json.encode { decisions = json.array(decisions), notices = own:notices(), exit = exit }, exit
end

local function check_upgrade(upgrade)
  if type(upgrade) ~= "table" or type(upgrade.package) ~= "string" then return "an upgrade has a package" end
  for _, key in ipairs { "from", "to" } do
    local text = upgrade[key]
    if text == json.null then upgrade[key], text = nil, nil end
    if (text ~= nil or key == "to") and not (type(text) == "string" and version.normalize(text)) then
      return ("'%s' of %s is no version"):format(key, upgrade.package)
    end
  end
  return nil
end

--- Returns the upgrades' text, and 1 when one was refused, else 0.
function embed.judge(text)
  local upgrades, wrong = json.decode(text)
  if not upgrades then return nil, "input", "upgrades: " .. wrong end
  if not json.is_array(upgrades) then return nil, "input", "upgrades: expected a list" end
  for i, upgrade in ipairs(upgrades) do
    local problem = check_upgrade(upgrade)
    if problem then return nil, "input", ("upgrades: number %d: %s"):format(i, problem) end
    upgrade.change = upgrade.change or (upgrade.from and version.change(upgrade.from, upgrade.to)) or "other"
  end
  local own, kind, message = current()
  if not own then return nil, kind, message end
  local judged, problem = own:judge(upgrades)
  if not judged then return failed(problem) end
  local exit = 0
  for _, upgrade in ipairs(judged) do
    if not upgrade.allowed then exit = 1 end
  end
  return json.encode(judged), exit
end

return embed
