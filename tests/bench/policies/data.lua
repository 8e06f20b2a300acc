--- What the benchmark of policies works on: findings and rules, made up, the same in every run.
-- The rules are data, so that one table becomes the policy of pysec and the input of those it is compared with.
local json = require "pysec.json"

local data = { today = "2026-06-01", epoch = 1780315200 }

local FIRST = { "django", "flask", "aio", "py", "open", "fast", "data", "cloud", "micro", "zope", "jupyter", "airflow",
  "celery", "pytest", "sphinx", "torch", "azure", "google", "boto", "odoo" }
local SECOND = { "auth", "cache", "client", "core", "crypto", "export", "forms", "http", "images", "jobs", "mail",
  "metrics", "models", "parser", "proxy" }
local THIRD = { "base", "contrib", "dev", "extra", "kit", "lite", "next", "plus", "tools", "utils" }
local FLAWS = { "XSS", "ReDoS", "path traversal", "SSRF", "DoS", "SQL injection" }
local SEVERITIES = { "critical", "high", "high", "medium", "medium", "medium", "low", "low", "low", "unknown" }

--- 3000 names; every hundredth is of a kind that a rule denies.
local function packages()
  local names = {}
  for _, first in ipairs(FIRST) do
    for _, second in ipairs(SECOND) do
      for _, third in ipairs(THIRD) do
        local name = ("%s-%s-%s"):format(first, second, third)
        if #names % 100 == 99 then name = ("evil%d-%s"):format(#names // 100 % 20, name) end
        names[#names + 1] = name
      end
    end
  end
  return names
end

local NAMES = packages()

--- The findings from number `first` on. Ids are all different: two findings of a package with one id would be one.
-- A package has one version, as in one environment.
function data.findings(first, count)
  local list = {}
  for i = first, first + count - 1 do
    local package = (i * 7919) % #NAMES
    local major, minor = package % 5 + 1, package % 7
    local year = 2015 + i % 11
    local id = ("PYSEC-%d-%d"):format(year, i)
    list[i - first + 1] = { -- no kind: a flaw is meant
      id = id, aliases = json.array(i % 2 == 0 and { ("CVE-%d-%d"):format(year, 10000 + i) } or {}),
      package = NAMES[package + 1], version = ("%d.%d.%d"):format(major, minor, package % 3),
      fix_versions = json.array(i % 3 > 0 and { ("%d.%d.9"):format(major, minor) } or {}),
      severity = SEVERITIES[i * 31 % #SEVERITIES + 1], summary = FLAWS[i % #FLAWS + 1], url = "https://osv.dev/" .. id,
      sources = { i % 3 == 0 and "pip-audit" or "osv" },
    }
  end
  return list
end

local function ignore(number, finding)
  return { rule = "ignore", id = finding.aliases[1] or finding.id, reason = "not reachable, see ticket " .. number,
    package = number % 5 == 0 and finding.package or nil,
    expires = number % 10 == 3 and "2026-05-31" or ("2026-%02d-15"):format(7 + number % 6) }
end

--- A threshold, 50 ignores (every other by an alias, every fifth for one package alone, every tenth expired and every
--- tenth of a finding that is blocked), 20 denials, 20 pins (every other broken). Each knows its line of the policy.
function data.rules()
  local rules = { { rule = "severity", block = "critical", fail = "high", warn = "low", unknown = "fail" } }
  for i, finding in ipairs(data.findings(1, 50)) do rules[#rules + 1] = ignore(i, finding) end
  for i = 0, 19 do
    rules[#rules + 1] = { rule = "deny", pattern = ("^evil%d-"):format(i), reason = "a known typosquatter" }
  end
  for i = 1, 20 do
    local package = i * 137
    rules[#rules + 1] = { rule = "pin", package = NAMES[package + 1], reason = "LTS",
      version = ("~=%d.%d.0"):format(package % 5 + 1, package % 7 + i % 2) }
  end
  for line, rule in ipairs(rules) do rule.by = ("policy.lua:%d"):format(line) end
  return rules
end

local LINES = {
  severity = 'severity { block = "%(block)", fail = "%(fail)", warn = "%(warn)", unknown = "%(unknown)" }',
  ignore = 'ignore { id = "%(id)", %(where)reason = "%(reason)", expires = "%(expires)" }',
  deny = 'deny { package = re "%(pattern)", reason = "%(reason)" }',
  pin = 'pin { package = "%(package)", version = "%(version)", reason = "%(reason)" }',
}

local HOOK = [[
on("finding", function(f)
  if f.package == "django-auth-base" and f.severity == "low" then return "fail", "not even a small one" end
  return "warn", "seen by the hook"
end)
]]

--- The rules as a policy; with a hook that speaks on every finding when that is wanted.
function data.policy(rules, hook)
  local lines = {}
  for line, rule in ipairs(rules) do
    local where = rule.package and ('package = "%s", '):format(rule.package) or ""
    lines[line] = LINES[rule.rule]:gsub("%%%((%w+)%)", function(field)
      return field == "where" and where or rule[field]
    end)
  end
  return table.concat(lines, "\n") .. "\n" .. (hook and HOOK or "")
end

--- The same as JSON: a list for each kind of rule.
function data.document(rules)
  local document = { today = data.today }
  for _, rule in ipairs(rules) do
    local list = document[rule.rule] or {}
    document[rule.rule], list[#list + 1] = list, rule
  end
  return json.encode(document)
end

--- A summary as the main job stores it.
function data.summary(findings)
  local decisions = {}
  for i, finding in ipairs(findings) do
    local spoken = { rule = "severity", by = "pysec.lua:1", verdict = "fail", reason = "severity " .. finding.severity }
    decisions[i] = { finding = finding, verdict = spoken.verdict, by = spoken.by, rule = spoken.rule,
      reason = spoken.reason, trace = { spoken } }
  end
  local evidence = { scanner = "osv", status = "complete", skipped = json.array() }
  return json.encode({ timestamp = "20260601-120000", python_version = "3.11.7", venv_path = ".venv",
    upgrade_mode = "none", inputs = { { kind = "venv", path = ".venv", packages = 80 } }, results = {},
    findings = findings, decisions = decisions, evidence = { evidence }, exit = 1 }, { pretty = true })
end

return data
