--- Scores and words for severity as other tools give them.
local t = require "harness"
local cvss = require "lib.cvss"

t.test("rates scores as CVSS 3.1 does, at both ends of each range", function()
  for word, ends in pairs { none = { 0, 0 }, low = { 0.1, 3.9 }, medium = { 4, 6.9 }, high = { 7.0, 8.9 },
    critical = { 9.0, 10 } } do
    t.equal({ cvss.rating(ends[1]), cvss.rating(ends[2]) }, { word, word })
  end
  t.equal(cvss.rating(0.05), "low")
end)

t.test("takes numbers and texts from 0 to 10 for scores", function()
  for given, want in pairs { ["7.5"] = 7.5, ["0"] = 0, ["10.0"] = 10.0, [9.8] = 9.8, [3] = 3 } do
    t.equal(cvss.score(given), want)
  end
  for _, given in ipairs { "", "high", "11", "-1", -0.1, 10.1, "nan", true, {} } do
    t.equal(cvss.score(given), nil, tostring(given))
  end
  t.equal(cvss.score(0 / 0), nil)
end)

t.test("takes anything for a database's word, and knows those that mean something", function()
  for given, want in pairs { MODERATE = "medium", High = "high", SEVERE = "unknown", [7] = "unknown" } do
    t.equal(cvss.severity(given), want, tostring(given))
  end
  t.equal(cvss.severity(nil), "unknown")
end)

return t.finish()
