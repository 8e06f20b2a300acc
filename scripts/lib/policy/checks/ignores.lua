--- Ignores that can never count: expired or void as they stand, of findings that there are none of, or where a block,
-- a limit or a given policy always has the last word.
local findings = require "lib.findings"
local matchers = require "lib.policy.matchers"
local overlap = require "lib.policy.overlap"
local severities = require "lib.policy.checks.severities"

local ignores = {}

-- --- which findings an ignore may match ---

--- What makes findings of kind policy, by the first part of their id.
local MAKERS = {
  deny = { rule = "deny", text = "no deny names that package" },
  pin = { rule = "pin", text = "no pin names that package" },
  allow = { rule = "allow", any = true, text = "there is no allow list" },
  package = { event = "package", any = true, text = "there is no hook for packages" },
  audit = { event = "audit", any = true, text = "there is no hook for the audit" },
}

local function is_policy_id(text)
  return MAKERS[text:match("^(%l+):") or ""] ~= nil
end

local ADVISORIES = { cve = true, ghsa = true, pysec = true }

local function is_advisory(text)
  return ADVISORIES[text:match("^(%l+)%-") or ""] == true
end

local function are_all(list, test)
  for _, item in ipairs(list) do
    if not test(item) then return false end
  end
  return true
end

local function is_other_id(text) return not is_policy_id(text) end

--- The kinds of findings that have all that the ignore asks for: a finding in code has no package, one of a policy no
-- path.
local function kinds_of(rule)
  local kinds = { vulnerability = true, code = true, policy = true }
  if rule.kind then kinds = { [rule.kind] = true } end
  if rule.package or rule.version then kinds.code = nil end
  if rule.path then kinds.policy = nil end
  local ids = overlap.exact(rule.id)
  if ids then
    if are_all(ids, is_other_id) then kinds.policy = nil end
    if are_all(ids, is_policy_id) then kinds.code, kinds.vulnerability = nil, nil end
    if are_all(ids, is_advisory) then kinds.code = nil end
  end
  return kinds
end

local function is_made(id, index)
  local first, rest = id:match("^(%l+):(.*)$")
  local maker = MAKERS[first]
  for _, rule in ipairs(index:list(maker.rule or "on")) do
    if maker.event and rule.event == maker.event then return true end
    if maker.rule and (maker.any or matchers.matches(rule.package, rest)) then return true end
  end
  return false
end

--- The first id that is one of a policy's findings, when all are and no rule makes any of them.
local function unmade(rule, index)
  local ids = overlap.exact(rule.id)
  for _, id in ipairs(ids or {}) do
    if not is_policy_id(id) or is_made(id, index) then return nil end
  end
  return ids and ids[1]
end

-- --- whether one of them is left to it ---

local function is_bound(limit, authority)
  return limit.authority == "given" or authority == "project"
end

local function is_above(severity, most)
  if most == "critical" then return false end
  return severity == "unknown" or findings.severity_rank(severity) > findings.severity_rank(most)
end

local function is_delegated(delegate, rule, kind, severity)
  local may = delegate.ignore
  if may.kind and may.kind ~= kind or may.max_severity and is_above(severity, may.max_severity) then return false end
  local exact = may.package and overlap.exact(rule.package)
  for _, name in ipairs(exact or {}) do
    if matchers.matches(may.package, name) then return true end
  end
  return not exact
end

--- The limit that keeps an ignore from counting at a severity, or nil.
local function limited_by(index, rule, severity)
  for _, limit in ipairs(index:list "ignores") do
    if limit.max_severity and is_bound(limit, rule.authority) and is_above(severity, limit.max_severity) then
      return limit
    end
  end
end

local function blocked_by(index, kind, severity)
  for _, rule in ipairs(index:list "severity") do
    if severities.word(rule, kind, severity) == "block" then return rule end
  end
end

--- Why a project's ignore is beyond what is delegated, or nil.
local function undelegated(index, rule, kind, severity)
  local first
  for _, delegate in ipairs(rule.authority == "project" and index:list "delegate" or {}) do
    if delegate.ignore and delegate.authority == "given" then
      if is_delegated(delegate, rule, kind, severity) then return nil end
      first = first or delegate
    end
  end
  if rule.authority == "given" then return nil end
  return first and ("it is beyond what %s delegates"):format(first.by)
    or "a project's policy ignores only what a given one delegates"
end

--- What keeps an ignore from counting for findings of this kind and severity: a text, or nil.
local function hindrance(index, rule, kind, severity)
  local limit = limited_by(index, rule, severity)
  if limit then return ("%s lets ignores go up to %s"):format(limit.by, limit.max_severity) end
  local block = blocked_by(index, kind, severity)
  if block then return ("the block of %s stands over it"):format(block.by) end
  return undelegated(index, rule, kind, severity)
end

--- Why the ignore counts for no finding, or nil.
local function hindered(rule, index, kinds)
  local texts, seen = {}, {}
  for _, kind in ipairs { "vulnerability", "code", "policy" } do
    for _, severity in ipairs(kinds[kind] and severities.of_kind(kind) or {}) do
      local text = hindrance(index, rule, kind, severity)
      if not text then return nil end
      if not seen[text] then texts[#texts + 1] = text end
      seen[text] = true
    end
  end
  if kinds.policy and not kinds.vulnerability and not kinds.code then
    table.insert(texts, "findings of policies have the severity unknown")
  end
  return table.concat(texts, "; ")
end

--- Why an ignore can never count, or nil.
function ignores.never(rule, index)
  if rule.standing_void then return rule.standing_void end
  local kinds = kinds_of(rule)
  if next(kinds) == nil then
    return "no finding is like that: those in code have no package or version, those of policies no path"
  end
  if rule.version and not overlap.common { rule.version } then
    return ("no version is in %q"):format(rule.version)
  end
  local id = unmade(rule, index)
  if id then return ("there is no finding %s: %s"):format(id, MAKERS[id:match("^%l+")].text) end
  return hindered(rule, index, kinds)
end

--- Whether an ignore matches all that another does, and lasts at least as long.
function ignores.includes(wide, narrow)
  if wide.standing_void or wide.kind and wide.kind ~= narrow.kind then return false end
  if wide.expires and (not narrow.expires or narrow.expires > wide.expires) then return false end
  return overlap.covers(wide.id, narrow.id, "id") and overlap.covers(wide.package, narrow.package, "name")
    and overlap.covers(wide.path, narrow.path, "path")
    and (not wide.version or overlap.within(narrow.version, { wide.version }))
end

return ignores
