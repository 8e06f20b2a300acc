--- Upgrade modes: the candidates that each returns.
local t = require "harness"
local all = require "modes.all"
local conservative = require "modes.conservative"
local none = require "modes.none"

local function finding(package, version, fixes, kind)
  return { id = "X", kind = kind or "vulnerability", package = package, version = version, fix_versions = fixes }
end

local PACKAGES = { { name = "django", version = "3.1" }, { name = "jinja2", version = "2.10" },
  { name = "urllib3", version = "1.23" } }

local function candidates(...)
  return conservative.candidates { packages = PACKAGES, findings = { ... } }
end

--- The lower bound that conservative gives jinja2 2.10 with these lists of fixes.
local function bound(...)
  local list = {}
  for i, fixes in ipairs { ... } do list[i] = finding("jinja2", "2.10", fixes) end
  local found = candidates(table.unpack(list))
  return found[1] and found[1].at_least
end

t.test("conservative takes the lowest fix above the installed version", function()
  t.equal(bound { "2.10.1" }, "2.10.1")
  t.equal(bound { "3.0", "2.11.3", "10.0" }, "2.11.3")
  t.equal(candidates(finding("django", "3.1", { "2.2.28", "3.2.13", "4.0.4" }))[1].at_least, "3.2.13")
end)

t.test("conservative passes by fixes that are older, the same, or no versions", function()
  t.equal(bound { "2.9", "2.10", "2.10.0", "0a1b2c3d", "", "2.11" }, "2.11")
  t.equal(bound { "2.9", "2.10" }, nil)
  t.equal(bound {}, nil)
end)

t.test("conservative takes a pre-release for its release", function()
  t.equal(bound { "2.11rc1" }, "2.11")
  t.equal(bound { "2.11.0.dev3", "2.12" }, "2.11.0")
  t.equal(bound { "1!0.5b2" }, "1!0.5")
end)

t.test("conservative clears every finding of a package, and keeps the steps to that", function()
  t.equal(bound({ "2.10.1" }, { "2.11.3", "3.0" }, { "2.11" }), "2.11.3")
  local found = candidates(finding("jinja2", "2.10", { "2.11" }), finding("jinja2", "2.10", { "2.10.1" }),
    finding("jinja2", "2.10", { "2.11.0" }))
  t.equal(found, { { package = "jinja2", at_least = "2.11", steps = { "2.10.1", "2.11" } } })
end)

t.test("conservative names the packages with a fix alone, in their order", function()
  local names = {}
  for i, candidate in ipairs(candidates(finding("urllib3", "1.23", { "1.24.2" }), finding("jinja2", "2.10", {}),
    finding("flask", "0.12", { "1.0" }), finding("django", "3.1", { "3.2" }))) do
    names[i] = candidate.package
  end
  t.equal(names, { "django", "urllib3" })
end)

t.test("conservative upgrades nothing for findings in code or of a policy", function()
  t.equal(candidates(finding("jinja2", "2.10", { "3.0" }, "code"), finding("jinja2", "2.10", { "3.0" }, "policy")), {})
  t.equal(candidates(), {})
end)

t.test("all names every package, without a bound", function()
  t.equal(all.candidates { packages = PACKAGES, findings = {} },
    { { package = "django" }, { package = "jinja2" }, { package = "urllib3" } })
  t.equal(all.everything, true)
end)

t.test("none names nothing", function()
  t.equal(none.candidates { packages = PACKAGES, findings = { finding("jinja2", "2.10", { "2.10.1" }) } }, {})
end)

t.test("every mode is called by the name of its file", function()
  t.equal({ conservative.name, all.name, none.name }, { "conservative", "all", "none" })
  t.equal({ conservative.lowest, conservative.everything }, { true })
end)

return t.finish()
