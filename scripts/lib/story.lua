--- Why a finding was decided so, in plain words: what it is, which rules spoke, which one counts and why, and what
-- would change it. Works on what lib/stored_record.lua read.
--
-- A story is { title =, parts = { { label, { line, ... } }, ... } }; lines hold texts of advisories and policies as
-- they are, so whoever prints them escapes them.
local change = require "lib.story_change"
local findings = require "lib.findings"
local names = require "lib.names"
local story_upgrades = require "lib.story_upgrades"
local words = require "lib.words"

local story = {}

-- --- finding what is asked for ---

--- What a name or id stands for, as it is compared: a policy's finding is asked for as deny:Py_Crypto, too.
local function keys_of(wanted)
  local keys = { [wanted:lower()] = true }
  local first, rest = wanted:match("^(%a+):(.+)$")
  if first then keys[first:lower() .. ":" .. names.normalize(rest)] = true end
  return keys, names.normalize(wanted)
end

local function is_asked(finding, keys, package, wanted)
  if finding.package == package or keys[finding.id:lower()] then return true end
  for _, alias in ipairs(finding.aliases) do
    if keys[alias:lower()] then return true end
  end
  if not finding.path then return false end
  return finding.path == wanted or ("%s:%s"):format(finding.path, finding.line) == wanted
end

local function concerns(item, keys, package)
  if item.package == package then return true end
  for _, id in ipairs(item.fixes or {}) do
    if keys[id:lower()] then return true end
  end
  return false
end

local function select_from(list, test)
  local found = {}
  for _, item in ipairs(list) do
    if test(item) then found[#found + 1] = item end
  end
  return found
end

--- All of a record that an id, an alias, a package, a policy's finding or a place in the code stands for:
-- { decisions, fixed, upgrades, held_back }, and how many that are.
function story.find(record, wanted)
  local keys, package = keys_of(wanted)
  local found = {
    decisions = select_from(record.decisions, function(item) return is_asked(item.finding, keys, package, wanted) end),
    fixed = select_from(record.fixed, function(item) return is_asked(item, keys, package, wanted) end),
  }
  for _, name in ipairs { "upgrades", "held_back" } do
    found[name] = select_from(record[name], function(item) return concerns(item, keys, package) end)
  end
  return found, #found.decisions + #found.fixed + #found.upgrades + #found.held_back
end

local MOST_NEAR = 3

--- The ids, aliases and packages of a record, each once.
local function known_names(record)
  local list, seen = {}, {}
  local function add(name)
    if name and not seen[name:lower()] then list[#list + 1] = name:lower() end
    if name then seen[name:lower()] = seen[name:lower()] or name end
  end
  local function add_finding(finding)
    add(finding.id)
    add(finding.package)
    for _, alias in ipairs(finding.aliases) do add(alias) end
  end
  for _, decision in ipairs(record.decisions) do add_finding(decision.finding) end
  for _, finding in ipairs(record.fixed) do add_finding(finding) end
  for _, upgrade in ipairs(record.upgrades) do add(upgrade.package) end
  for _, item in ipairs(record.held_back) do add(item.package) end
  return list, seen
end

--- What somebody may have meant who asked for what is not there, at most three.
function story.nearest(record, wanted)
  local list, spelled = known_names(record)
  local near = {}
  for i = 1, MOST_NEAR do
    local best = names.nearest(wanted:lower(), list)
    if not best then break end
    near[i] = spelled[best]
    for at = #list, 1, -1 do
      if list[at] == best then table.remove(list, at) end
    end
  end
  return near
end

-- --- what it is ---

--- The id that people know best, then the others.
local function ids_text(finding)
  local first, others = findings.public_id(finding), {}
  if finding.id ~= first then others[1] = finding.id end
  for _, alias in ipairs(finding.aliases) do
    if alias ~= first and alias ~= finding.id then others[#others + 1] = alias end
  end
  return #others > 0 and ("%s (%s)"):format(first, table.concat(others, ", ")) or first
end

local function place_of(finding)
  if finding.kind == "code" then
    return finding.line and ("%s:%d"):format(finding.path, finding.line) or finding.path
  end
  if finding.id:match("^audit:") then return "the audit as a whole" end
  return finding.version and finding.version ~= "" and ("%s %s"):format(finding.package, finding.version)
    or finding.package or "?"
end

local KINDS = { vulnerability = "a vulnerability", code = "a finding in code", policy = "a finding of a policy" }

local function add(parts, label, lines)
  if #lines > 0 then parts[#parts + 1] = { label, lines } end
end

--- A text of several lines as one that is short enough to read.
local function in_one_line(text)
  return words.brief((text:gsub("%s+", " ")))
end

local function add_what(parts, finding)
  local what = KINDS[finding.kind]
  if finding.kind ~= "policy" then
    what = ("%s of severity %s"):format(what, finding.severity)
    if finding.score then what = ("%s (score %s)"):format(what, finding.score) end
    if finding.confidence then what = ("%s, confidence %s"):format(what, finding.confidence) end
  end
  if finding.direct then what = what .. ", in a direct requirement" end
  local lines = { what }
  if finding.summary:find("%S") then lines[#lines + 1] = in_one_line(finding.summary) end
  lines[#lines + 1] = finding.url
  add(parts, "What", lines)
  add(parts, "Found by", { #finding.sources > 0 and table.concat(finding.sources, ", ") or "not recorded" })
  if finding.kind == "vulnerability" then add(parts, "Fixed in", { words.fix(finding) }) end
end

local function add_upgrades(parts, upgrades, held_back)
  add(parts, "Upgrade", story_upgrades.lines(upgrades))
  add(parts, "Held back", story_upgrades.held_lines(held_back))
end

local function of_package(list, package)
  return select_from(list, function(item) return package ~= nil and item.package == package end)
end

-- --- who said what, and who counts ---

--- Where the word that counts stands among those that were spoken; nil when none of them does.
local function winner_of(decision)
  for i, spoken in ipairs(decision.trace) do
    if spoken.by == decision.by and spoken.rule == decision.rule and spoken.verdict == decision.verdict
      and not change.is_void(spoken) then
      return i
    end
  end
  return nil
end

local function add_trace(parts, decision)
  local winner, lines = winner_of(decision), {}
  for i, spoken in ipairs(decision.trace) do
    local void = change.is_void(spoken)
    local reason = void and spoken.reason:gsub("^void, ", "") or spoken.reason
    lines[i] = ("%s%s says %s%s: %s"):format(i == winner and "* " or "  ", change.place(spoken), spoken.verdict,
      void and ", which is void" or "", reason)
  end
  if #lines == 0 then lines[1] = "  no rule" end
  add(parts, "Rules", lines)
end

--- Why the word counts that does.
local function why(decision)
  local voids, ignores, others = 0, 0, 0
  for _, spoken in ipairs(decision.trace) do
    if change.is_void(spoken) then
      voids = voids + 1
    elseif spoken.verdict == "ignore" then
      ignores = ignores + 1
    else
      others = others + 1
    end
  end
  if decision.verdict == "block" then
    return "a block stands, whatever else is said" .. (ignores > 0 and ": no ignore counts against it" or "")
  end
  if decision.verdict == "ignore" then return "nothing blocks it, and an ignore comes before fail and warn" end
  local no_ignore = voids > 0 and "every ignore that matches is void" or "no ignore matches"
  if winner_of(decision) then
    return ("nothing blocks it and %s, so that %s"):format(no_ignore, others > 1
      and "the strictest of fail and warn counts" or "the one rule that speaks counts")
  end
  if others > 0 then
    return ("nothing blocks it and %s; only a project's own policy speaks of it, which may not let it pass beside a "
      .. "given one"):format(no_ignore)
  end
  return ("no rule decides it (%s), and what nobody accepted fails"):format(no_ignore)
end

--- The story of a decision.
function story.of_decision(record, decision)
  local finding, parts = decision.finding, {}
  add_what(parts, finding)
  local upgrades = of_package(record.upgrades, finding.package)
  local held_back = of_package(record.held_back, finding.package)
  add_upgrades(parts, upgrades, held_back)
  add(parts, "Verdict", { ("%s, by %s: %s"):format(decision.verdict, change.place(decision), decision.reason) })
  add_trace(parts, decision)
  add(parts, "Why", { why(decision) })
  add(parts, "To change", change.advice(record, decision, upgrades, held_back))
  if decision.report then add(parts, "Report", { decision.report }) end
  return { title = ("%s in %s"):format(ids_text(finding), place_of(finding)), parts = parts }
end

--- The story of a finding that is gone.
function story.of_fixed(record, finding)
  local parts = {}
  add_what(parts, finding)
  add_upgrades(parts, of_package(record.upgrades, finding.package), {})
  add(parts, "Verdict", { "none: it was there at the start of the run, and is fixed" })
  return { title = ("%s in %s"):format(ids_text(finding), place_of(finding)), parts = parts }
end

--- The story of a package that has upgrades, and no findings.
function story.of_package(upgrades, held_back)
  local parts, package = {}, (upgrades[1] or held_back[1]).package
  add_upgrades(parts, upgrades, held_back)
  add(parts, "To change", change.of_upgrades(upgrades, held_back))
  return { title = package, parts = parts }
end

--- All stories of what story.find found.
function story.tell(record, found)
  local list, told = {}, {}
  for _, decision in ipairs(found.decisions) do
    list[#list + 1] = story.of_decision(record, decision)
    told[decision.finding.package or ""] = true
  end
  for _, finding in ipairs(found.fixed) do
    list[#list + 1] = story.of_fixed(record, finding)
    told[finding.package or ""] = true
  end
  for _, name in ipairs { "upgrades", "held_back" } do
    for _, item in ipairs(found[name]) do
      if not told[item.package] then
        list[#list + 1] = story.of_package(of_package(found.upgrades, item.package),
          of_package(found.held_back, item.package))
      end
      told[item.package] = true
    end
  end
  return list
end

return story
