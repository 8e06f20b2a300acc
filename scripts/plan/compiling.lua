--- Plans of requirements.in: pip-compile has the last word. The plan says what may move, its output what did.
local changes = require "plan.changes"
local compiled = require "compiled"
local Narrow = require "plan.narrow"
local version = require "pysec.version"

local compiling = {}

local function by_package(list)
  local map = {}
  for _, item in ipairs(list) do map[item.package or item.name] = item end
  return map
end

--- What the compiled file changes: as planned, or what pip-compile moved besides.
local function upgrades_to(target, planned, packages)
  local wanted, present, list = by_package(planned), by_package(target.packages), {}
  for _, package in ipairs(packages) do
    local name, before, plan = package.name, present[package.name], wanted[package.name]
    if not before or version.compare(before.version, package.version) ~= 0 then
      local item = changes.record(target, name, before and before.version, package.version, plan and plan.fixes or {})
      if plan then item.reason = plan.reason end
      list[#list + 1] = item
    end
  end
  return list
end

--- All that a file holds that is compiled for the first time, as upgrades to judge: everything comes in new.
local function arrivals(target, packages)
  local list = {}
  for i, package in ipairs(packages) do
    list[i] = changes.record(target, package.name, nil, package.version, {})
  end
  return list
end

--- Compiles until the policies refuse nothing of the outcome. Returns the text and its packages, or nil and why not.
local function compile(job, target, words, narrow, bounds, upgrades_of)
  while true do
    local text, packages = compiled.compile(job, target, words, narrow:lines(bounds))
    if not text then return nil, narrow:explain(packages) end
    if not narrow:refuses(upgrades_of(packages)) then return text, packages end
  end
end

--- A file that is compiled for the first time had its newest versions in the audit; names those that the policies
-- did not let in.
local function hold_back(made, narrow, packages)
  local present = by_package(made.target.packages)
  for _, package in ipairs(packages) do
    local seen = present[package.name]
    if seen and version.compare(package.version, seen.version) == -1 then
      local refused = narrow:judge { changes.record(made.target, package.name, nil, seen.version, {}) }[1]
      if refused then
        table.insert(made.held_back, { package = package.name, version = package.version, latest = seen.version,
          reason = refused.reason, by = refused.by, rule = refused.rule, target = made.target.path })
      end
    end
  end
end

local function settle_first(job, made, words)
  local target = made.target
  local narrow = Narrow.new(job, target, made.narrow.set, {}, {})
  local text, packages = compile(job, target, words, narrow, {}, function(packages)
    return arrivals(target, packages)
  end)
  if not text then return nil, packages end
  hold_back(made, narrow, packages)
  local list = {}
  for _, item in ipairs(upgrades_to(target, made.upgrades, packages)) do
    if item.from and version.compare(item.to, item.from) == 1 then
      item.allowed = true
      list[#list + 1] = item
    end
  end
  made.upgrades = list
  return text, packages
end

local function settle_again(job, made, words)
  local upgrades
  local text, packages = compile(job, made.target, words, made.narrow, by_package(made.upgrades), function(packages)
    upgrades = upgrades_to(made.target, made.upgrades, packages)
    return upgrades
  end)
  if text then made.upgrades = upgrades end
  return text, packages
end

--- Makes made.upgrades what the compiled file changes. Returns true, or nil and why it cannot be compiled.
function compiling.settle(job, mode, made)
  local words = compiled.words(mode, made.upgrades)
  local settle = made.target.compiled and settle_again or settle_first
  local text, packages = settle(job, made, words)
  if not text then return nil, packages end
  made.compiled_text, made.versions = text, {}
  for _, package in ipairs(packages) do made.versions[package.name] = package.version end
  return true
end

return compiling
