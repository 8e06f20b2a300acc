--- Checks findings that are not of this run, and completes them: what a policy decides must not hang on a typing
-- error in a report.
--
-- Reports hold 100,000 of them: so each check is one look at one field, and nothing is copied.
local json = require "pysec.json"
local lists = require "lib.lists"
local names = require "lib.names"

local finding_shape = {}

-- Locals, because 100,000 findings look them up a million times.
local null, math_type, type, getmetatable = json.null, math.type, type, getmetatable

local ARRAY = getmetatable(json.array())

local function is_array(value)
  return type(value) == "table" and getmetatable(value) == ARRAY
end

local KINDS = { "vulnerability", "code", "policy" }
local SEVERITIES = { "none", "low", "medium", "high", "critical", "unknown" }
local TEXTS = { "version", "summary", "url", "path", "test", "confidence", "vector" }
local LISTS = { "aliases", "fix_versions", "sources" }

-- One empty list for all: nobody changes the lists of a finding, and 100,000 new ones take as long as all checks.
local NONE = json.array()

local IS_KIND, IS_SEVERITY = lists.set(KINDS), lists.set(SEVERITIES)

local function show(value)
  if type(value) == "string" then return ("'%s'"):format(value) end
  if value == null then return "null" end
  return type(value) == "table" and "a list or an object" or tostring(value)
end

local function wrong(field, value, expected)
  return ("%s: expected %s, not %s"):format(field, expected, show(value))
end

local function wrong_word(field, value, known)
  local hint = type(value) == "string" and names.hint(value:lower(), known) or ""
  local expected = ("%s or %s"):format(table.concat(known, ", ", 1, #known - 1), known[#known])
  return wrong(field, value, expected) .. hint
end

local function check_lists(finding)
  for i = 1, #LISTS do
    local name = LISTS[i]
    local list = finding[name]
    if list == nil or list == null then
      finding[name] = NONE
    elseif getmetatable(list) ~= ARRAY then
      return wrong(name, list, "a list of texts")
    else
      for j = 1, #list do
        if type(list[j]) ~= "string" then return wrong(name, list[j], "a list of texts") end
      end
    end
  end
end

local function check_texts(finding)
  for i = 1, #TEXTS do
    local name = TEXTS[i]
    local value = finding[name]
    if value ~= nil and type(value) ~= "string" then
      if value ~= null then return wrong(name, value, "a text") end
      finding[name] = nil
    end
  end
  if finding.summary == nil then finding.summary = "" end
end

local function check_others(finding)
  local line, score, direct = finding.line, finding.score, finding.direct
  if line ~= nil and math_type(line) ~= "integer" then
    if line ~= null then return wrong("line", line, "a whole number") end
    finding.line = nil
  end
  if score ~= nil and math_type(score) == nil then
    if score ~= null then return wrong("score", score, "a number") end
    finding.score = nil
  end
  if direct ~= nil and direct ~= true and direct ~= false then
    if direct ~= null then return wrong("direct", direct, "true or false") end
    finding.direct = nil
  end
end

--- A finding says what it is about: a package, or a place in the code. So its kind may be left out.
local function check_kind(finding)
  local kind, package = finding.kind, finding.package
  if package == null then package, finding.package = nil, nil end
  if kind == nil then
    if package == nil and finding.path == nil then return "it has neither a package nor a path" end
    kind = package ~= nil and "vulnerability" or "code"
    finding.kind = kind
  elseif not IS_KIND[kind] then
    return wrong_word("kind", kind, KINDS)
  end
  if package ~= nil then
    if type(package) ~= "string" or package == "" then return wrong("package", package, "a name") end
    if package:find("[%u_.]") or package:find("--", 1, true) then finding.package = names.normalize(package) end
  elseif kind == "vulnerability" then
    return "it has no package"
  end
  if kind == "code" and type(finding.path) ~= "string" then return "it has no path" end
end

--- Completes one finding in place. Returns what is wrong with it, or nil.
function finding_shape.problem(finding)
  if type(finding) ~= "table" or is_array(finding) then return wrong("a finding", finding, "an object") end
  local id, severity = finding.id, finding.severity
  if type(id) ~= "string" or id == "" then return id == nil and "it has no id" or wrong("id", id, "a text") end
  if severity == nil then
    finding.severity = "unknown"
  elseif not IS_SEVERITY[severity] then
    return wrong_word("severity", severity, SEVERITIES)
  end
  return check_kind(finding) or check_texts(finding) or check_lists(finding) or check_others(finding)
end

--- Completes a list of findings in place. Returns nil, or what is wrong and with which: "finding 3 (PYSEC-1): ...";
-- `before` findings came before these.
function finding_shape.problem_of_list(list, label, before)
  for i = 1, #list do
    local problem = finding_shape.problem(list[i])
    if problem then
      local id = type(list[i]) == "table" and type(list[i].id) == "string" and (" (%s)"):format(list[i].id) or ""
      return ("%s %d%s: %s"):format(label or "finding", i + (before or 0), id, problem)
    end
  end
end

return finding_shape
