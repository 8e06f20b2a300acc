--- Findings: the record that everything after the scanners works with (see docs/reports.md).
local version = require "pysec.version"
local json = require "pysec.json"

local findings = {}

local function add_unique(list, seen, values)
  for _, value in ipairs(values or {}) do
    if not seen[value] then
      seen[value] = true
      list[#list + 1] = value
    end
  end
end

--- The same list in the order of PEP 440; what is no version goes to the end, as it was.
function findings.sort_versions(list)
  local sorted, strange = {}, {}
  for _, text in ipairs(list) do
    table.insert(version.normalize(text) and sorted or strange, text)
  end
  table.sort(sorted, function(a, b) return version.compare(a, b) < 0 end)
  table.move(strange, 1, #strange, #sorted + 1, sorted)
  return json.array(sorted)
end

local RANK = { none = 1, low = 2, medium = 3, high = 4, critical = 5 }

--- Compares severities: unknown is below all of them for sorting, and never shown as one of them.
function findings.severity_rank(severity)
  return RANK[severity] or 0
end

--- Gives a finding the severity of `other` (severity, score, vector), where that one is higher.
function findings.raise_severity(finding, other)
  local own, others = findings.severity_rank(finding.severity), findings.severity_rank(other.severity)
  if others > own or others == own and (other.score or -1) > (finding.score or -1) then
    finding.severity, finding.score, finding.vector = other.severity, other.score, other.vector
  end
end

--- Joins `from` into `into`, a finding of the same flaw by another scanner.
local function join(into, from)
  local ids = { [into.id] = true }
  add_unique({}, ids, into.aliases)
  add_unique(into.aliases, ids, { from.id })
  add_unique(into.aliases, ids, from.aliases)
  local sources = {}
  add_unique({}, sources, into.sources)
  add_unique(into.sources, sources, from.sources)
  local fixes = {}
  add_unique({}, fixes, into.fix_versions)
  add_unique(into.fix_versions, fixes, from.fix_versions)
  findings.raise_severity(into, from)
  into.summary = into.summary ~= "" and into.summary or from.summary
  into.url = into.url or from.url
  into.direct = into.direct or from.direct
end

local function identifiers(finding)
  local list = { finding.id }
  table.move(finding.aliases or {}, 1, #(finding.aliases or {}), 2, list)
  return list
end

local function key(finding, id)
  return ("%s\0%s\0%s"):format(finding.package, finding.version, id)
end

--- A copy that the merge may change, in which every list is there and holds a value once.
local function copy(finding)
  local own = {}
  for name, value in pairs(finding) do own[name] = value end
  for _, name in ipairs { "aliases", "sources", "fix_versions" } do
    own[name] = json.array()
    add_unique(own[name], name == "aliases" and { [own.id] = true } or {}, finding[name])
  end
  own.severity = own.severity or "unknown"
  own.summary = own.summary or ""
  return own
end

--- A finding and those before it that it shares an id with, each once, in the order in which they were given.
local function same_flaw(finding, owner, place)
  local seen, list = { [finding] = true }, { finding }
  for _, id in ipairs(identifiers(finding)) do
    add_unique(list, seen, { owner[key(finding, id)] })
  end
  table.sort(list, function(a, b) return place[a] < place[b] end)
  return list
end

--- The fix versions that lead up from the installed one; scanners name those of other branches, too. What cannot be
-- compared stays.
local function above(list, installed)
  local left = {}
  for _, text in ipairs(list) do
    if (version.compare(text, installed or "") or 1) > 0 then left[#left + 1] = text end
  end
  return left
end

--- Merges vulnerabilities: those of one package and version that share an id or an alias are one. Earlier
-- findings keep their id, so give them in the order in which scanners are trusted for it.
-- Two that are bridged by a third become one as well. Code findings stay as they are.
function findings.merge(list)
  local owner, place, merged, joined = {}, {}, {}, {}
  for i, given in ipairs(list) do
    local finding = copy(given)
    place[finding], merged[i] = i, finding
    if finding.kind == "vulnerability" then
      local same = same_flaw(finding, owner, place)
      local home = same[1]
      for other = 2, #same do
        join(home, same[other])
        joined[same[other]] = true
      end
      for _, id in ipairs(identifiers(home)) do owner[key(home, id)] = home end
    end
  end
  local kept = {}
  for _, finding in ipairs(merged) do
    if not joined[finding] then
      finding.fix_versions = findings.sort_versions(above(finding.fix_versions, finding.version))
      table.sort(finding.aliases)
      kept[#kept + 1] = finding
    end
  end
  return findings.sort(kept)
end

local function sort_key(finding)
  if finding.kind == "code" then
    return ("2\0%s\0%08d\0%s"):format(finding.path, finding.line or 0, finding.id)
  end
  return ("1\0%s\0%s\0%s"):format(finding.package, finding.version or "", finding.id)
end

--- Sorts in place: vulnerabilities by package and id, then code by file and line.
function findings.sort(list)
  local keys = {}
  for _, finding in ipairs(list) do keys[finding] = sort_key(finding) end
  table.sort(list, function(a, b) return keys[a] < keys[b] end)
  return list
end

--- A finding that a policy makes of a package, { name, version, direct }. It has no severity.
function findings.of_policy(id, package, summary)
  return { id = id, aliases = json.array(), kind = "policy", package = package.name, version = package.version,
    fix_versions = json.array(), direct = package.direct or false, severity = "unknown", summary = summary,
    sources = json.array { "policy" } }
end

--- True when `finding` is in `list`, by package and any shared id. The version may differ.
function findings.contains(list, finding)
  local ids = {}
  for _, id in ipairs(identifiers(finding)) do ids[id] = true end
  for _, other in ipairs(list) do
    if other.package == finding.package and other.kind == finding.kind then
      for _, id in ipairs(identifiers(other)) do
        if ids[id] then return true end
      end
    end
  end
  return false
end

--- The identifier that people know best: the CVE, else the finding's own.
function findings.public_id(finding)
  if finding.id:match("^CVE%-") then return finding.id end
  for _, alias in ipairs(finding.aliases or {}) do
    if alias:match("^CVE%-") then return alias end
  end
  return finding.id
end

return findings
