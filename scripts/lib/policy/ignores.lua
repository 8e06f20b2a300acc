--- Which ignores count: not those that expired, not those beyond an `ignores` limit, and of a project beside a given
-- policy only what is delegated.
local dates = require "lib.dates"
local findings = require "lib.findings"
local matchers = require "lib.policy.matchers"
local specifiers = require "lib.policy.specifiers"

local SOON = 14 -- days before its end that an ignore is spoken of

local Ignores = {}
Ignores.__index = Ignores

local function is_bound(limit, authority)
  return limit.authority == "given" or authority == "project"
end

--- Why an ignore is void whatever it matches, or nil. `expires` and `fields` are the ignore's own.
function Ignores:standing_void(fields, authority)
  if fields.expires and fields.expires < self.today then return ("it expired on %s"):format(fields.expires) end
  for _, limit in ipairs(self.limits) do
    if is_bound(limit, authority) then
      for _, field in ipairs(limit.require or {}) do
        if fields[field] == nil then return ("it has no %s, which %s demands"):format(field, limit.by) end
      end
      if limit.max_days and not fields.expires then
        return ("it never expires, and %s allows %d days"):format(limit.by, limit.max_days)
      end
      if limit.max_days and dates.between(self.today, fields.expires) > limit.max_days then
        return ("it expires on %s, and %s allows %d days"):format(fields.expires, limit.by, limit.max_days)
      end
    end
  end
  return nil
end

--- Unknown may be anything, so it is above every limit but the highest.
local function is_above(severity, most)
  if most == "critical" then return false end
  local rank = findings.severity_rank(severity)
  return rank == 0 or rank > findings.severity_rank(most)
end

function Ignores:undelegated(finding)
  if #self.delegations == 0 then return "a project's policy may not ignore what a given one lets fail" end
  for _, rule in ipairs(self.delegations) do
    local may = rule.ignore
    rule.hits = rule.hits + 1
    if not (may.max_severity and is_above(finding.severity, may.max_severity))
      and not (may.kind and may.kind ~= finding.kind)
      and not (may.package and not (finding.package and matchers.matches(may.package, finding.package))) then
      return nil
    end
  end
  return ("a project's policy may not ignore this: it is beyond what %s delegates"):format(self.delegations[1].by)
end

--- Why an ignore that matched this finding is void, or nil. `standing` is what standing_void gave.
function Ignores:void(standing, authority, finding)
  local void = standing
  for _, limit in ipairs(self.limits) do
    if is_bound(limit, authority) then
      limit.hits = limit.hits + 1
      -- What a policy finds has no severity to go by.
      local most = finding.kind ~= "policy" and limit.max_severity
      if not void and most and is_above(finding.severity, most) then
        void = ("the severity is %s, and %s allows %s"):format(finding.severity, limit.by, most)
      end
    end
  end
  return void or authority == "project" and self:undelegated(finding) or nil
end

-- --- finding the ignores of a finding ---

local function insert_in(index, key, rule)
  index[key] = index[key] or {}
  table.insert(index[key], rule)
end

--- By what a rule can be looked up: its ids, else its names, when it has these as plain texts alone.
local function enter(self, rule)
  local by_id = rule.id and #rule.id.patterns == 0
  local by_name = not by_id and rule.package and #rule.package.patterns == 0
  local matcher, index = by_id and rule.id or rule.package, by_id and self.by_id or self.by_name
  if not by_id and not by_name then
    table.insert(self.others, rule)
    return
  end
  for text in pairs(matcher.exact) do insert_in(index, text, rule) end
end

--- Gathers the ignores, their limits and what is delegated.
function Ignores.new(rules, today)
  local self = setmetatable({ all = {}, limits = {}, delegations = {}, by_id = {}, by_name = {}, others = {},
    today = today }, Ignores)
  for _, rule in ipairs(rules) do
    if rule.rule == "ignores" then table.insert(self.limits, rule) end
    if rule.rule == "delegate" and rule.ignore and rule.authority == "given" then
      table.insert(self.delegations, rule)
    end
  end
  for i, rule in ipairs(rules) do
    if rule.rule == "ignore" then
      rule.order = i
      rule.standing_void = self:standing_void(rule, rule.authority)
      rule.spoken, rule.voided = 0, {}
      table.insert(self.all, rule)
      enter(self, rule)
    end
  end
  self.uses_ids = next(self.by_id) ~= nil
  return self
end

local function matches_id(matcher, finding)
  if matchers.matches(matcher, finding.id:lower(), finding.id) then return true end
  for _, alias in ipairs(finding.aliases or {}) do
    if matchers.matches(matcher, alias:lower(), alias) then return true end
  end
  return false
end

local function applies(rule, finding)
  if rule.kind and rule.kind ~= finding.kind then return false end
  if rule.id and not matches_id(rule.id, finding) then return false end
  if rule.package and not (finding.package and matchers.matches(rule.package, finding.package)) then return false end
  if rule.version and not (finding.version and specifiers.holds(finding.version, rule.version)) then return false end
  if not rule.path then return true end
  -- A vulnerability has a path as well, that of the file which requires the package.
  return finding.kind == "code" and finding.path ~= nil
    and matchers.matches(rule.path, (finding.path:gsub("^%./", "")))
end

local function collect(list, finding, into)
  for _, rule in ipairs(list or {}) do
    if applies(rule, finding) then
      into = into or {}
      if not into[rule] then
        into[rule] = true
        table.insert(into, rule)
      end
    end
  end
  return into
end

--- The ignores that match a finding, in the order of the policies; nil when there are none.
function Ignores:matching(finding)
  local found
  if self.uses_ids then
    found = collect(self.by_id[finding.id:lower()], finding)
    local aliases = finding.aliases
    if aliases then
      for i = 1, #aliases do
        local list = self.by_id[aliases[i]:lower()]
        if list then found = collect(list, finding, found) end
      end
    end
  end
  local named = finding.package and self.by_name[finding.package]
  if named then found = collect(named, finding, found) end
  if #self.others > 0 then found = collect(self.others, finding, found) end
  if found and #found > 1 then table.sort(found, function(a, b) return a.order < b.order end) end
  return found
end

--- What the ignores of a finding say of it, added to a list of what was spoken.
function Ignores:speak(finding, spoken)
  local matching = self:matching(finding)
  if not matching then return end
  for _, rule in ipairs(matching) do
    rule.hits = rule.hits + 1
    local void = self:void(rule.standing_void, rule.authority, finding)
    local reason = rule.reason or "no reason is given"
    if void then
      rule.voided[void] = (rule.voided[void] or 0) + 1
      reason = ("void, %s (%s)"):format(void, reason)
    else
      rule.spoken = rule.spoken + 1
    end
    spoken[#spoken + 1] = { rule = "ignore", by = rule.by, verdict = "ignore", reason = reason,
      expires = rule.expires, void = void ~= nil or nil }
  end
end

-- --- what is worth telling ---

local function describe(rule)
  local parts = {}
  for _, field in ipairs { "id", "package", "path" } do
    if rule[field] then parts[#parts + 1] = table.concat(rule[field].texts, ", ") end
  end
  return #parts > 0 and ("the ignore of %s"):format(table.concat(parts, " in ")) or "the ignore"
end

local function notice(kind, rule, message)
  return { kind = kind, by = rule.by, rule = rule.rule, message = ("%s %s"):format(describe(rule), message) }
end

local function notices_of(self, rule, list)
  if rule.expires and rule.expires < self.today then
    list[#list + 1] = notice("expired", rule, ("expired on %s"):format(rule.expires))
    return
  end
  if rule.standing_void then list[#list + 1] = notice("void", rule, "is void: " .. rule.standing_void) end
  local reasons = {}
  for reason in pairs(rule.voided) do
    if reason ~= rule.standing_void then reasons[#reasons + 1] = reason end
  end
  table.sort(reasons)
  for _, reason in ipairs(reasons) do list[#list + 1] = notice("void", rule, "is void: " .. reason) end
  if rule.hits == 0 and not rule.standing_void then
    list[#list + 1] = notice("stale", rule, "matched nothing: it can be removed")
  end
  local left = rule.expires and dates.between(self.today, rule.expires)
  if left and left <= SOON and not rule.standing_void then
    local days = left == 0 and "today" or left == 1 and "tomorrow" or ("in %d days"):format(left)
    list[#list + 1] = notice("expiring", rule, ("expires %s, on %s"):format(days, rule.expires))
  end
end

--- Void, expired, stale ignores, and those that end soon: { { kind, by, rule, message }, ... }.
function Ignores:notices()
  local list = {}
  for _, rule in ipairs(self.all) do notices_of(self, rule, list) end
  return list
end

return Ignores
