--- pysec.cvss against the examples that FIRST has published, and its refusals.
local cvss = require "pysec.cvss"
local t = require "harness"

--- The guide of 2.0, section 3.3: base, temporal and environmental score.
local EXAMPLES_2 = {
  ["CVE-2002-0392"] = { "AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", 7.8, 6.4, 9.2 },
  ["CVE-2003-0818"] = { "AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:L", 10.0, 8.3, 9.0 },
  ["CVE-2003-0062"] = { "AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:M", 6.2, 4.9, 7.5 },
}

--- https://www.first.org/cvss/v3.1/examples; 3.0 has the same base equations.
local EXAMPLES_3 = {
  ["AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"] = { 6.1, "medium" },    -- CVE-2013-1937
  ["AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N"] = { 6.4, "medium" },    -- CVE-2013-0375
  ["AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N"] = { 3.1, "low" },       -- CVE-2014-3566
  ["AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H"] = { 9.9, "critical" },  -- CVE-2012-1516
  ["AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L"] = { 4.2, "medium" },    -- CVE-2009-0783
  ["AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"] = { 8.8, "high" },      -- CVE-2012-0384
  ["AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H"] = { 7.8, "high" },      -- CVE-2015-1098
  ["AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"] = { 7.5, "high" },      -- CVE-2014-0160
  ["AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"] = { 9.8, "critical" },  -- CVE-2014-6271
  ["AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N"] = { 6.8, "medium" },    -- CVE-2008-1447
  ["AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"] = { 6.8, "medium" },    -- CVE-2014-2005
  ["AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:L/A:N"] = { 5.8, "medium" },    -- CVE-2012-1342
  ["AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H"] = { 9.3, "critical" },  -- CVE-2013-6014
  ["AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N"] = { 5.4, "medium" },    -- CVE-2014-9253
  ["AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"] = { 8.8, "high" },      -- CVE-2011-1265
  ["AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"] = { 4.6, "medium" },    -- CVE-2014-2019
  ["AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N"] = { 7.4, "high" },      -- CVE-2014-0224
  ["AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H"] = { 9.6, "critical" },  -- CVE-2012-5376
  ["AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"] = { 0.0, "none" },
}

--- https://www.first.org/cvss/v4.0/examples
local EXAMPLES_4 = {
  ["AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"] = { 7.3, "high" },           -- CVE-2022-41741
  ["AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"] = { 7.7, "high" },           -- CVE-2020-3549
  ["AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N"] = { 8.3, "high" },           -- CVE-2023-3089
  ["AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"] = { 4.6, "medium" },         -- CVE-2021-44714
  ["AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N"] = { 5.1, "medium" },         -- CVE-2022-21830
  ["AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N"] = { 6.9, "medium" },         -- CVE-2022-22186
  ["AV:L/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:N"] = { 5.9, "medium" },         -- CVE-2023-21989
  ["AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N"] = { 8.7, "high" },           -- CVE-2014-0160
  ["AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"] = { 10.0, "critical" },      -- CVE-2021-44228
  ["AV:A/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:H"] = { 6.4, "medium" },         -- CVE-2013-6014
  ["AV:P/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:H/SA:N/S:P/V:D"] = { 8.3, "high" },   -- CVE-2023-30560
  ["AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N"] = { 0.0, "none" },
}

t.test("scores the examples of CVSS 2.0, with and without a prefix", function()
  for id, example in pairs(EXAMPLES_2) do
    for _, prefix in ipairs { "", "CVSS:2.0/" } do
      local got = cvss.score(prefix .. example[1])
      t.equal({ got.version, got.score, got.temporal, got.environmental }, { "2.0", table.unpack(example, 2) }, id)
      t.equal(got.base, got.score)
      t.equal(got.severity, got.score >= 7 and "high" or "medium", id)
    end
  end
end)

t.test("scores the examples of CVSS 3.1 by both 3.0 and 3.1", function()
  for vector, want in pairs(EXAMPLES_3) do
    for _, version in ipairs { "3.0", "3.1" } do
      t.equal(cvss.score(("CVSS:%s/%s"):format(version, vector)),
        { version = version, score = want[1], base = want[1], severity = want[2] }, vector)
    end
  end
end)

t.test("scores the examples of CVSS 4.0", function()
  for vector, want in pairs(EXAMPLES_4) do
    t.equal(cvss.score("CVSS:4.0/" .. vector),
      { version = "4.0", score = want[1], base = want[1], severity = want[2] }, vector)
  end
end)

t.test("knows the equation in which 3.0 and 3.1 differ", function()
  local vector = "/AV:A/AC:H/PR:N/UI:N/S:C/C:H/I:L/A:N/MA:H/CR:H"
  local scores = {}
  for i, version in ipairs { "3.0", "3.1" } do scores[i] = cvss.score("CVSS:" .. version .. vector) end
  t.equal(scores[1].base, scores[2].base)
  t.truthy(scores[1].environmental ~= scores[2].environmental, t.show(scores))
end)

t.test("gives temporal and environmental scores where their metrics are defined", function()
  local base = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
  local function given(metrics)
    local got = cvss.score(base .. metrics)
    return { got.score, got.temporal or "none", got.environmental or "none" }
  end
  t.equal(given "", { 9.8, "none", "none" })
  t.equal(given "/E:X/RL:X/CR:X/MAV:X", { 9.8, "none", "none" })
  t.equal(given "/E:P", { 9.8, 9.3, "none" })
  t.equal(given "/MAV:L", { 9.8, "none", 8.4 })
end)

t.test("scores 4.0 by all its metrics, and by the base ones", function()
  local base = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
  t.equal(cvss.score(base .. "/E:U"), { version = "4.0", score = 8.1, base = 9.3, severity = "high" })
  t.equal(cvss.score(base .. "/S:P/AU:Y/R:I/V:C/RE:H/U:Red").score, 9.3)
end)

t.test("takes 3.x and 2.0 in any order", function()
  t.equal(cvss.score "CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N".score, 9.8)
  t.equal(cvss.score "A:C/I:C/C:C/Au:N/AC:L/AV:N".score, 10.0)
end)

local BASE = "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
local REFUSED = {
  ["it is of no known version of CVSS (2.0, 3.0, 3.1, 4.0)"] = { "CVSS:3.2/" .. BASE, "CVSS:", "CVSS:3.1" },
  ["a part of it is no metric and its value"] = { "", "7.5", "CVSS:3.1/", "CVSS:3.1/" .. BASE .. "/", "cvss",
    "CVSS:3.1//" .. BASE, "CVSS:3.1/" .. BASE .. "/E" },
  ["it has a metric that its version does not know"] = { BASE, "cvss:3.1/" .. BASE, "CVSS:3.1/" .. BASE .. "/XX:N",
    "(AV:N/AC:L/Au:N/C:N/I:N/A:C)", "CVSS:3.1/av:N", "CVSS:3.1/:N", "CVSS:3.1/CVSS:3.1", " CVSS:3.1/" .. BASE },
  ["it has a value that its metric does not know"] = { "CVSS:3.1/AV:X", "CVSS:3.1/AV:", "CVSS:3.1/AV:n",
    "CVSS:3.1/AV:NN", "CVSS:3.1/AV:N:N", "CVSS:3.1/" .. BASE .. "\n", "CVSS:3.1/" .. BASE .. "\0" },
  ["it has a metric twice"] = { "CVSS:3.1/" .. BASE .. "/AV:N" },
  ["it lacks a metric that has to be there"] = { "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", "AV:N" },
  ["its metrics are not in their order"] = {
    "CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N" },
  ["it is too long"] = { "CVSS:3.1/" .. BASE .. ("/E:X"):rep(60) },
}

t.test("refuses what is no vector, and says why", function()
  for reason, texts in pairs(REFUSED) do
    for _, text in ipairs(texts) do
      for _, ask in ipairs { cvss.score, cvss.explain } do
        local value, message, code = ask(text)
        t.equal({ value == nil, code }, { true, "EINVAL" }, text)
        local want = ('not a CVSS vector: "%s": %s'):format(text:sub(1, 80), reason)
        if not text:find "%c" then t.equal(message, want) else t.match(message, reason .. "$") end
      end
    end
  end
end)

t.test("takes texts only", function()
  t.raises(function() cvss.score(7.5) end, "string expected")
  t.raises(function() cvss.explain() end, "string expected")
  t.raises(function() cvss.severity(true) end, "string expected")
end)

t.test("explains the metrics that a vector gives, in the specification's order", function()
  t.equal(cvss.explain "CVSS:3.1/E:P/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:N/A:H/MS:X", {
    { metric = "AV", name = "Attack Vector", value = "N", meaning = "Network" },
    { metric = "AC", name = "Attack Complexity", value = "L", meaning = "Low" },
    { metric = "PR", name = "Privileges Required", value = "N", meaning = "None" },
    { metric = "UI", name = "User Interaction", value = "R", meaning = "Required" },
    { metric = "S", name = "Scope", value = "C", meaning = "Changed" },
    { metric = "C", name = "Confidentiality", value = "L", meaning = "Low" },
    { metric = "I", name = "Integrity", value = "N", meaning = "None" },
    { metric = "A", name = "Availability", value = "H", meaning = "High" },
    { metric = "E", name = "Exploit Code Maturity", value = "P", meaning = "Proof-of-Concept" },
    { metric = "MS", name = "Modified Scope", value = "X", meaning = "Not Defined" },
  })
  local last = cvss.explain "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:A/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/MSI:S/U:Amber"
  t.equal({ last[3], last[12], last[13] }, {
    { metric = "AT", name = "Attack Requirements", value = "P", meaning = "Present" },
    { metric = "MSI", name = "Modified Subsequent System Integrity", value = "S", meaning = "Safety" },
    { metric = "U", name = "Provider Urgency", value = "Amber", meaning = "Amber" },
  })
  t.equal(cvss.explain("AV:A/AC:M/Au:S/C:P/I:P/A:P")[3],
    { metric = "Au", name = "Authentication", value = "S", meaning = "Single" })
end)

t.test("rates scores by the scale of the specification", function()
  for word, ends in pairs { none = { 0, 0 }, low = { 0.1, 3.9 }, medium = { 4, 6.9 }, high = { 7.0, 8.9 },
    critical = { 9.0, 10 } } do
    t.equal({ cvss.rating(ends[1]), cvss.rating(ends[2]) }, { word, word })
  end
  for _, score in ipairs { -0.1, 10.1, 0 / 0, 1 / 0 } do
    t.raises(function() cvss.rating(score) end, "score from 0 to 10 expected")
  end
end)

t.test("rates 2.0 as the National Vulnerability Database does", function()
  t.equal(cvss.score("AV:N/AC:L/Au:N/C:N/I:N/A:N").severity, "low")
  t.equal(cvss.score("AV:N/AC:L/Au:N/C:C/I:C/A:C").severity, "high")
end)

t.test("knows the words of databases", function()
  for word, want in pairs { LOW = "low", Moderate = "medium", MEDIUM = "medium", high = "high", CRITICAL = "critical",
    NONE = "none", [""] = "unknown", LOWER = "unknown", LO = "unknown", UNKNOWN = "unknown", ["HIGH\0"] = "unknown" } do
    t.equal(cvss.severity(word), want, word)
  end
end)

return t.finish()
