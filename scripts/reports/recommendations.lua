--- Advice that fits what a run found and did: the numbered sentences of a report.
local words = require "lib.words"

--- The findings that somebody has to look at.
local function not_ignored(record)
  local decided, list = words.decided(record), {}
  for _, finding in ipairs(record.findings) do
    local decision = decided[finding]
    if not decision or decision.verdict ~= "ignore" then list[#list + 1] = finding end
  end
  return list
end

local MOST_NAMED = 8

--- Names in a sentence, the first ones where there are many.
local function named(list)
  if #list <= MOST_NAMED then return table.concat(list, ", ") end
  return ("%s and %d more"):format(table.concat(list, ", ", 1, MOST_NAMED), #list - MOST_NAMED)
end

--- What became of the fixes of packages: { [package] = "waiting|left_out|rolled_back|refused" }. What a reader can do
-- least about comes last.
local function fates(record)
  local fate = {}
  local function note(is_so, name, list)
    for _, item in ipairs(list) do
      if is_so(item) then fate[item.package] = name end
    end
  end
  local function is_fix_in(state)
    return function(item) return item.state == state and #item.fixes > 0 end
  end
  note(is_fix_in "refused", "refused", record.upgrades)
  note(is_fix_in "rolled_back", "rolled_back", record.upgrades)
  note(is_fix_in "failed", "left_out", record.upgrades)
  for _, list in ipairs { record.upgrades, record.held_back } do
    note(function(item) return item.free_on and item.state ~= "failed" end, "waiting", list)
  end
  return fate
end

local function how_to_update(record)
  if record.upgrade_mode == "none" then return "run pysec with --upgrade conservative" end
  local status = record.results.upgrade.status
  if status == "planned" then return "run pysec without --dry-run" end
  if status == "failed" then return "see above why no upgrade could be planned" end
  return "see below what holds them back"
end

--- About vulnerabilities, by what became of their fixes. `add` takes a sentence.
local function advise_on_vulnerabilities(add, record, vulnerabilities)
  local fate, groups = fates(record), { fixable = {}, refused = {}, unfixable = {} }
  for _, finding in ipairs(vulnerabilities) do
    local kind = fate[finding.package] or #finding.fix_versions > 0 and "fixable" or "unfixable"
    -- There are sentences of their own about upgrades that were left out, wait, or were rolled back.
    if groups[kind] then table.insert(groups[kind], finding) end
  end
  if #groups.fixable > 0 then
    add("Update %s to patched versions (%s)", table.concat(words.packages(groups.fixable), ", "),
      how_to_update(record))
  end
  if #groups.refused > 0 then
    add("The policies refuse upgrades that fix %s: see the rules that are named below",
      table.concat(words.packages(groups.refused), ", "))
  end
  if #groups.unfixable > 0 then
    add("No fixed version is known for %s: look for a replacement, or accept the risk in a policy",
      table.concat(words.packages(groups.unfixable), ", "))
  end
end

local function packages_in(record, state)
  local list = {}
  for _, item in ipairs(record.upgrades) do
    if item.state == state then list[#list + 1] = item end
  end
  return words.packages(list)
end

--- The packages with releases that wait, each once, the first to be free at first: "jinja2 on 2026-11-27".
local function waiting(record)
  local days, list = {}, {}
  for _, items in ipairs { record.upgrades, record.held_back } do
    for _, item in ipairs(items) do
      local known = days[item.package]
      if item.free_on and (not known or item.free_on < known) then days[item.package] = item.free_on end
    end
  end
  for package in pairs(days) do list[#list + 1] = package end
  table.sort(list, function(a, b)
    if days[a] ~= days[b] then return days[a] < days[b] end
    return a < b
  end)
  for i, package in ipairs(list) do list[i] = ("%s on %s"):format(package, days[package]) end
  return list
end

--- About upgrades that did not come to be.
local function advise_on_upgrades(add, record)
  local left_out, undone, later = packages_in(record, "failed"), packages_in(record, "rolled_back"), waiting(record)
  if #left_out > 0 then
    add("The upgrades of %s were left out because they broke something: mend what is named below, and run pysec again",
      named(left_out))
  end
  if #undone > 0 then
    add("The upgrades of %s were rolled back, and all is as it was before: see why, and run pysec again", named(undone))
  end
  if #later > 0 then
    add("Run pysec again when releases that have to wait become free: %s", named(later))
  end
  if #packages_in(record, "applied") > 0 then add("Run your tests: packages were upgraded") end
end

local function advise_on_code(add, code)
  if #code == 0 then return end
  local counts, parts = {}, {}
  for _, finding in ipairs(code) do counts[finding.severity] = (counts[finding.severity] or 0) + 1 end
  for _, severity in ipairs { "critical", "high", "medium", "low", "unknown" } do
    if counts[severity] then parts[#parts + 1] = ("%d %s"):format(counts[severity], severity) end
  end
  add("Consider refactoring the code that bandit flagged (%s)", table.concat(parts, ", "))
end

--- The advice for a record: a list of sentences.
return function(record)
  local list = {}
  local function add(text, ...) list[#list + 1] = text:format(...) end
  local vulnerabilities, code, policy = words.split(not_ignored(record))
  advise_on_vulnerabilities(add, record, vulnerabilities)
  advise_on_code(add, code)
  if #policy > 0 then
    add("Bring %s in line with the policies (see their findings below)", table.concat(words.packages(policy), ", "))
  end
  advise_on_upgrades(add, record)
  for _, item in ipairs(record.evidence) do
    if item.status == "incomplete" then add("Complete the evidence of %s: %s", item.scanner, item.reason) end
  end
  if #list == 0 then list[1] = "Nothing to do: keep running this audit regularly" end
  return list
end
