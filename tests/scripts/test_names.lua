--- Package names by PEP 503, and the word that a mistyped one was meant to be.
local t = require "harness"
local names = require "lib.names"

t.test("normalizes case and runs of hyphens, underscores and dots", function()
  for given, want in pairs {
    ["Jinja2"] = "jinja2", ["ruamel.yaml"] = "ruamel-yaml", ["zope.interface"] = "zope-interface",
    ["Flask_SQLAlchemy"] = "flask-sqlalchemy", ["a-_.b"] = "a-b", ["A--B..C__D"] = "a-b-c-d", ["x"] = "x",
    ["friendly-bard"] = "friendly-bard", ["FrIeNdLy-._.-bArD"] = "friendly-bard",
  } do
    t.equal(names.normalize(given), want, given)
  end
end)

t.test("gives one value, so that it can stand last in a call", function()
  t.equal(select("#", names.normalize "a.b"), 1)
end)

local MODES = { "conservative", "all", "none" }

t.test("finds the word that was meant", function()
  for mistyped, want in pairs {
    conservativ = "conservative", consrevative = "conservative", Conservative = "conservative", nome = "none",
    alll = "all", al = "all", none = "none",
  } do
    t.equal(names.nearest(mistyped, MODES), want, mistyped)
  end
end)

t.test("finds none where nothing is near", function()
  for _, word in ipairs { "aggressive", "everything", "x", "patches-only" } do
    t.equal(names.nearest(word, MODES), nil, word)
  end
  t.equal(names.nearest("all", {}), nil)
end)

t.test("takes the first of equally near words", function()
  t.equal(names.nearest("bat", { "cat", "hat" }), "cat")
end)

t.test("allows more mistakes in longer words", function()
  t.equal(names.nearest("no-project-policie", { "no-project-policy" }), "no-project-policy")
  t.equal(names.nearest("pilocy", { "policy" }), "policy")
  t.equal(names.nearest("pilxyz", { "policy" }), nil)
end)

t.test("takes upper case for lower case", function()
  t.equal(names.nearest("NONE", MODES), "none")
  t.equal(names.nearest("Polcy", { "policy" }), "policy")
end)

t.test("does not compare what is far too long", function()
  t.equal(names.nearest(("x"):rep(10 * 1024 * 1024), MODES), nil)
  t.equal(names.nearest(("x"):rep(64) .. "none", MODES), nil)
end)

t.test("hints in parentheses, or not at all", function()
  t.equal(names.hint("nome", MODES), " (did you mean 'none'?)")
  t.equal(names.hint("everything", MODES), "")
end)

return t.finish()
