--- What all stored reports have in common: one is told from the other, and what is none is an error with its place.
local t = require "harness"
local json = require "pysec.json"
local reports = require "inputs.reports"
local stored = require "stored"

t.test("says line and column of what is no JSON", function()
  for text, want in pairs {
    [""] = "r.json:1:1: ", ["\n\n  {"] = "r.json:3:4: ", ["{}\n{}"] = "r.json:2:1: ", ["[1,]"] = "r.json:1:4: ",
    ["\xEF\xBB\xBF[]"] = "r.json:1:1: ", ['{"findings": [], "findings": []}'] = "r.json:1:18: ",
  } do
    local report, message = reports.read(text, "r.json")
    t.equal(report, nil, text)
    t.equal(message:sub(1, #want), want)
    t.truthy(#message > #want, message)
  end
end)

t.test("says which formats there are where a report is of none", function()
  for _, text in ipairs { "null", "1", '"text"', "false", "{}", '{"a": 1}', '{"dependencies": {}}', '{"runs": {}}',
    '{"findings": {}}', '{"results": null}', '{"vulnerabilities": "none"}', '{"SchemaVersion": 2, "Results": []}' } do
    local report, message = reports.read(text, "r.json")
    t.equal(report, nil, text)
    t.match(message, "^r%.json: not a report that pysec knows: expected a security summary, ", text)
    for _, name in ipairs { "pip-audit", "safety", "bandit", "osv-scanner", "SARIF 2.1.0", "pysec eval", "findings" } do
      t.contains(message, name)
    end
  end
end)

t.test("takes the results of another tool for no clean report of osv-scanner", function()
  stored.refuses {
    { '{"results": [], "errors": [], "paths": {}, "version": "1.2.3"}', "a list of results and '%l+': not a report" },
    { '{"results": [{"check_id": "x"}], "errors": []}', "result 1 has no packages" },
  }
  t.equal(stored.read("osv-scanner", '{"results": []}').findings, {})
end)

t.test("names every report by what it holds, not by its file", function()
  for format, value in pairs {
    summary = { findings = json.array() }, eval = { decisions = json.array(), exit = 0 },
    ["pip-audit"] = { dependencies = json.array() }, safety = { vulnerabilities = json.array() },
    bandit = { results = json.array(), errors = json.array(), metrics = { _totals = { loc = 1 } } },
    ["osv-scanner"] = { results = json.array() }, sarif = { version = "2.1.0", runs = json.array() },
    findings = json.array(),
  } do
    t.equal(stored.read(format, value).findings, {})
  end
end)

return t.finish()
