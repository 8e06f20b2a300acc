--- What pins, limits and denials say of versions.
local t = require "harness"
local specifiers = require "lib.policy.specifiers"
local version = require "pysec.version"

t.test("holds versions by PEP 440, pre-releases too", function()
  t.equal(specifiers.holds("4.2.1", "~=4.2.0"), true)
  t.equal(specifiers.holds("4.3", "~=4.2.0"), false)
  t.equal(specifiers.holds("4.2.1rc1", ">=4.2"), true)
  t.equal(specifiers.holds("1.0+local", "==1.0"), true)
end)

t.test("holds nothing that is no version, and may hold it where it forbids", function()
  for _, text in ipairs { "", "weird", "1.0 beta", "2004d-x", "v", "1.0\n2" } do
    t.equal(specifiers.holds(text, ">=0"), false, text)
    t.equal(specifiers.may_hold(text, ">=0"), true, text)
    t.equal(specifiers.may_hold(text, "<0.0.1"), true, text)
  end
  t.equal(specifiers.may_hold("1", "<2"), true)
  t.equal(specifiers.may_hold("2", "<2"), false)
end)

t.test("says the other versions where one specifier can", function()
  for text, want in pairs { ["<2"] = ">=2", [">=2"] = "<2", ["==2"] = "!=2",
    ["!=2"] = "==2", [" == 2.* "] = "!=2.*", ["!=2.0.*"] = "==2.0.*", [">=1!2"] = "<1!2" } do
    t.equal(specifiers.complement(text), want, text)
    t.truthy(version.matches("1", want) ~= nil, want .. " is a specifier")
  end
end)

t.test("says nothing where one specifier cannot", function()
  for _, text in ipairs { "<=2", ">2", "~=2.0", "===2.0", ">=2,<3", "<2,", "", ">=2 <3" } do
    t.equal(specifiers.complement(text), nil, text)
  end
end)

-- From, to, and the least limit that lets it through.
local STEPS = {
  { "1.2.3", "1.2.3", "none" }, { "1.2.0", "1.2", "none" }, { "1.0", "v1.0.0", "none" },
  { "1.2.3", "1.2.4", "patch" }, { "1.2.3", "1.3.0", "minor" }, { "1.2.3", "2.0.0", "major" },
  { "1.2.3", "1.2.3.post1", "patch" }, { "1.2.3", "1.2.3.1", "patch" }, { "1.2.3.4", "1.2.3.5", "patch" },
  { "1.2.3.4", "1.2.4", "patch" }, { "1.2.3", "1.2.3+acme.1", "patch" }, { "1.0rc1", "1.0", "patch" },
  { "1.0", "2!0.1", "major" }, { "1.0", "1!1.0", "major" }, { "1!1.0", "1!1.1", "minor" },
  { "2024.1", "2024.2", "minor" }, { "2024.1", "2025.1", "major" }, { "1", "1.1", "minor" },
  { "1.9", "2.0rc1", "major" }, { "2.0", "1.0", "major" }, { "0.1", "0.2", "minor" },
}

t.test("knows how far each step goes", function()
  local order = { "none", "patch", "minor", "major" }
  for _, step in ipairs(STEPS) do
    local from, to, least = table.unpack(step)
    local reached = false
    for _, most in ipairs(order) do
      reached = reached or most == least
      t.equal(specifiers.within(from, to, most), reached, ("%s to %s within %s"):format(from, to, most))
    end
  end
end)

t.test("lets no step through that nobody can measure", function()
  for _, most in ipairs { "none", "patch", "minor", "major" } do
    t.equal(specifiers.within("weird", "2", most), false)
    t.equal(specifiers.within("1", "weird", most), false)
    t.equal(specifiers.within("", "", most), false)
  end
end)

t.test("says limits as specifiers", function()
  for _, case in ipairs { { "1.2.3", "none", "==1.2.3" }, { "1.2.3", "patch", "==1.2.*" },
    { "1.2.3", "minor", "==1.*" }, { "1.2.3", "major", nil }, { "1", "patch", "==1.0.*" }, { "1rc1", "patch",
    "==1.0.*" },
    { "1!2.3", "minor", "==1!2.*" }, { "1!2.3", "patch", "==1!2.3.*" }, { "1.0+acme", "none", "==1.0" },
    { "1.2.3.4", "patch", "==1.2.*" }, { "v1.02", "patch", "==1.2.*" }, { "2024.1.2", "minor", "==2024.*" },
    { "1.post1", "patch", "==1.0.*" }, { "weird", "minor", nil }, { "", "none", nil } } do
    t.equal(specifiers.limit(case[1], case[2]), case[3], table.concat(case, " ", 1, 2))
  end
end)

--- A limit as a specifier must not let through what the limit itself does not; what it leaves out can only be versions
-- that were not there before.
t.test("says as a specifier what a limit says of a step", function()
  for _, step in ipairs(STEPS) do
    local from, to = step[1], step[2]
    for _, most in ipairs { "patch", "minor" } do
      local specifier = specifiers.limit(from, most)
      t.equal(specifiers.holds(to, specifier), specifiers.within(from, to, most),
        ("%s to %s within %s"):format(from, to, most))
    end
  end
end)

return t.finish()
