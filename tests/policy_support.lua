--- What tests of the policy engine share: policies given as text, findings, and what was decided in few words.
local policy = require "pysec.policy"
local t = require "harness"

local support = { today = "2026-06-01" }

--- Loads a policy of this text, called acme.lua; or several, { { name, text }, ... }. Options as of policy.load.
function support.try(texts, options)
  local own = { today = support.today }
  for key, value in pairs(options or {}) do own[key] = value end
  own.sources = {}
  for i, source in ipairs(type(texts) == "table" and texts or { { "acme.lua", texts } }) do
    own.sources[i] = { name = source[1], text = source[2] }
  end
  return policy.load({}, own)
end

--- The same, where no mistake is expected.
function support.load(texts, options)
  local set, message = support.try(texts, options)
  if not set then error(message, 2) end
  return set
end

--- A given policy and a project's, as texts. The project's is pysec.lua of a folder of its own.
function support.with_project(given, project, options)
  local folder = t.files(t.tempdir(), { ["pysec.lua"] = project })
  local own = { project = folder .. "/pysec.lua" }
  for key, value in pairs(options or {}) do own[key] = value end
  return support.load(given and { { "acme.lua", given } } or {}, own), folder .. "/pysec.lua"
end

--- A vulnerability of jinja2 2.10, with other fields; `false` takes one away.
function support.finding(fields)
  local finding = { id = "CVE-2019-10906", aliases = { "GHSA-462w-v97r-4m45" }, kind = "vulnerability",
    package = "jinja2", version = "2.10", fix_versions = { "2.10.1" }, direct = true, severity = "high",
    summary = "a sandbox escape", sources = { "pip-audit" } }
  for key, value in pairs(fields or {}) do
    if value == false then value = nil end
    finding[key] = value
  end
  return finding
end

--- The decision on one finding.
function support.decide(set, fields, audit)
  return assert(set:decide({ support.finding(fields) }, audit))[1]
end

--- Its verdict.
function support.verdict(set, fields)
  return support.decide(set, fields).verdict
end

--- What a policy of this text says of a finding with these fields.
function support.verdict_of(text, fields)
  return support.verdict(support.load(text), fields)
end

--- The decisions on findings of kind policy for these packages ({ name, version }), as "id verdict by".
function support.of_packages(set, packages)
  local list = {}
  for i, package in ipairs(packages) do
    list[i] = { name = package[1], version = package[2], direct = package[3] or false }
  end
  local words = {}
  for i, decision in ipairs(assert(set:decide({}, { packages = list }))) do
    words[i] = ("%s %s %s"):format(decision.finding.id, decision.verdict, decision.by)
  end
  return words
end

--- Whether an upgrade is admitted: true, or "by reason".
function support.admits(set, name, from, to)
  local ok, refused = set:admits(name, from, to)
  return ok or ("%s %s"):format(refused.by, refused.reason)
end

--- The specifiers that upgrades have to stay in, as one text.
function support.narrowing(set, name, version)
  local list = {}
  for i, narrow in ipairs(set:narrowing(name, version)) do list[i] = narrow.specifier end
  return table.concat(list, " ")
end

--- The notices of a kind, as "by message".
function support.notices(set, kind)
  local list = {}
  for _, notice in ipairs(set:notices()) do
    if notice.kind == kind then list[#list + 1] = ("%s %s"):format(notice.by, notice.message) end
  end
  return list
end

return support
