--- What would change a verdict: the part of a story (lib/story.lua) that says what to do.
local findings = require "lib.findings"
local version = require "pysec.version"

local story_change = {}

local STRICTNESS = { warn = 1, fail = 2, block = 3 }

--- "acme.lua:3 (severity)".
function story_change.place(item)
  if item.rule == "otherwise" then return "pysec itself" end
  local by = item.by and item.by ~= "" and item.by or "a rule that is not recorded"
  return item.rule and item.rule ~= "" and ("%s (%s)"):format(by, item.rule) or by
end

local place = story_change.place

function story_change.is_void(spoken)
  return spoken.void == true
end

-- --- upgrades ---

--- What to do about a refused upgrade.
local function of_refusal(upgrade)
  local rule = ("change %s, which refuses %s %s"):format(place(upgrade), upgrade.package, upgrade.to)
  if not upgrade.free_on then return { rule } end
  return { ("wait: %s %s is let through from %s on"):format(upgrade.package, upgrade.to, upgrade.free_on), rule }
end

--- What to do about what holds a package back. `wanted` is the version that is needed; nil: the newest.
local function of_held_back(item, wanted)
  local rule = item.by and ("change %s, which holds %s back"):format(place(item), item.package)
    or ("make way for %s %s: see what holds it back"):format(item.package, wanted or item.latest)
  if not item.free_on then return { rule } end
  return { ("wait: %s %s is let through from %s on"):format(item.package, item.latest, item.free_on), rule }
end

--- The lowest version that fixes a finding and lies above the one that is there.
local function next_fix(finding)
  for _, fix in ipairs(finding.fix_versions) do
    if not finding.version or version.compare(fix, finding.version) ~= -1 then return fix end
  end
  return finding.fix_versions[#finding.fix_versions]
end

local HOW = {
  planned = "run pysec without --dry-run, which upgrades %s to %s",
  rolled_back = "upgrade %s to %s: mend what made pysec roll that back, and run pysec again",
  failed = "upgrade %s to %s: mend what that broke, and run pysec again",
}

local function add_all(lines, more)
  table.move(more, 1, #more, #lines + 1, lines)
end

local function advice_on(upgrade)
  return { HOW[upgrade.state]:format(upgrade.package, upgrade.to) }
end

--- What to do about upgrades that did not come to be, of a package without findings.
function story_change.of_upgrades(upgrades, held_back)
  local lines = {}
  for _, upgrade in ipairs(upgrades) do
    if upgrade.state == "refused" then
      add_all(lines, of_refusal(upgrade))
    elseif HOW[upgrade.state] then
      add_all(lines, advice_on(upgrade))
    end
  end
  for _, item in ipairs(held_back) do add_all(lines, of_held_back(item)) end
  return lines
end

local function add_fixes(lines, record, finding, upgrades, held_back)
  local fix = next_fix(finding)
  if not fix then
    lines[#lines + 1] = ("no fixed version is known: replace %s, or wait for one"):format(finding.package)
    return
  end
  local said = #lines
  for _, upgrade in ipairs(upgrades) do
    if upgrade.state == "refused" then
      add_all(lines, of_refusal(upgrade))
    elseif HOW[upgrade.state] and version.compare(upgrade.to, fix) ~= -1 then
      add_all(lines, advice_on(upgrade))
    end
  end
  for _, item in ipairs(held_back) do
    add_all(lines, of_held_back(item, fix))
  end
  if #lines > said then return end
  lines[#lines + 1] = ("upgrade %s to %s or later%s"):format(finding.package, fix,
    record.mode == "none" and ", such as with --upgrade conservative" or "")
end

-- --- rules ---

--- What of a policy's finding is up to the project, by the first part of its id.
local POLICY = {
  deny = "remove %s, or install a version that is not denied",
  pin = "install a version of %s that the pin lets in",
  allow = "remove %s, or add it to the allow list",
}

local function add_policy(lines, decision)
  local finding = decision.finding
  local how = POLICY[finding.id:match("^(%l+):") or ""]
  if how and finding.package then lines[#lines + 1] = how:format(finding.package) end
  local seen = {}
  for _, spoken in ipairs(decision.trace) do
    if spoken.verdict ~= "ignore" and spoken.rule ~= "severity" and spoken.rule ~= "on finding" then
      local text = ("change %s"):format(place(spoken))
      if not seen[text] then lines[#lines + 1] = text end
      seen[text] = true
    end
  end
end

--- The ignore that somebody could write, as a policy has it.
local function ignore_of(finding)
  local fields = { ("id = %q"):format(findings.public_id(finding)) }
  if finding.kind == "vulnerability" then fields[#fields + 1] = ("package = %q"):format(finding.package) end
  if finding.kind == "code" then fields[#fields + 1] = ("path = %q"):format(finding.path) end
  return ("ignore { %s, reason = \"...\" }"):format(table.concat(fields, ", "))
end

local function add_ignores(lines, decision)
  local void = 0
  for _, spoken in ipairs(decision.trace) do
    if story_change.is_void(spoken) then
      void = void + 1
      lines[#lines + 1] = ("make %s count: it is %s"):format(place(spoken), spoken.reason)
    end
  end
  if void == 0 then
    lines[#lines + 1] = ("accept it in a policy: %s, with what the policies demand of ignores"):format(
      ignore_of(decision.finding))
  end
end

--- What would be decided without the ignore that counts: the next one, else the strictest word, else fail.
local function without(decision)
  local best
  local skipped = false
  for _, spoken in ipairs(decision.trace) do
    if spoken.verdict == "ignore" then
      if not story_change.is_void(spoken) then
        if skipped then return ("%s ignores it as well"):format(place(spoken)) end
        skipped = true
      end
    elseif not best or (STRICTNESS[spoken.verdict] or 0) > (STRICTNESS[best.verdict] or 0) then
      best = spoken
    end
  end
  return best and ("the verdict is %s, by %s"):format(best.verdict, place(best))
    or "it fails, since no other rule speaks of it"
end

--- The last day of the ignore that decided, where the report knows it.
local function expiry_of(record, decision)
  for _, spoken in ipairs(decision.trace) do
    if spoken.verdict == "ignore" and spoken.by == decision.by and spoken.expires then return spoken.expires end
  end
  for _, notice in ipairs(record.notices) do
    if notice.kind == "expiring" and notice.by == decision.by then
      local day = notice.message:match("(%d%d%d%d%-%d%d%-%d%d)$")
      if day then return day end
    end
  end
  return nil
end

local function add_expiry(lines, record, decision)
  local expires = expiry_of(record, decision)
  lines[#lines + 1] = expires
    and ("wait: the ignore of %s counts through %s; after it, %s"):format(decision.by, expires, without(decision))
    or ("take %s away; without it, %s"):format(place(decision), without(decision))
end

--- What would change a decision: sentences, the most useful first.
function story_change.advice(record, decision, upgrades, held_back)
  local lines, finding = {}, decision.finding
  if finding.kind == "vulnerability" then add_fixes(lines, record, finding, upgrades, held_back) end
  if finding.kind == "code" then
    lines[#lines + 1] = ("change the code at %s"):format(finding.line and ("%s:%d"):format(finding.path, finding.line)
      or finding.path)
  end
  if finding.kind == "policy" then add_policy(lines, decision) end
  if decision.verdict == "block" then
    lines[#lines + 1] = ("no ignore helps, since a block stands: as long as it is found, only changing %s does"):format(
      place(decision))
  elseif decision.verdict == "ignore" then
    add_expiry(lines, record, decision)
  else
    add_ignores(lines, decision)
  end
  return lines
end

return story_change
