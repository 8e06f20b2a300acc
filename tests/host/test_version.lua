--- pysec.version against the tables and examples of PEP 440.
local t = require "harness"
local version = require "pysec.version"

--- Each line is in ascending order; versions joined by "=" are equal.
local ORDERED = {
  ["the release by its numbers"] = {
    "0", "0.9", "0.9.1", "0.9.2", "0.9.10", "0.10", "1.0=1=1.0.0=01.00", "1.0.1", "1.1",
  },
  ["the parts by the summary of the PEP"] = {
    "1.dev0", "1.0.dev456", "1.0a1.dev1", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456",
    "1.0b2", "1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7",
    "1.0+5", "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1",
  },
  ["epochs above every release"] = { "2013.10", "2014.4", "1!0.1.dev1", "1!1.0=1!1", "2!0", "10!0" },
  ["dates beside numbers"] = { "2012.4", "2012.7", "2012.10", "2013.1", "2013.6" },
  ["local versions: none, words, then numbers"] = {
    "1", "1+a", "1+a.a", "1+a.1", "1+ab", "1+b", "1+0=1+00", "1+0.0", "1+1", "1+1.a", "1+1.1", "1+10",
  },
  ["numbers beyond any machine word"] = {
    "1.18446744073709551615", "1.18446744073709551616=1.000018446744073709551616", "1.18446744073709551617",
    "1.20240101000000000000000000000000",
  },
  ["numbers of every suffix, not its digits"] = {
    "1.dev9", "1.dev10", "1a9", "1a10", "1b9", "1b10", "1rc9", "1rc10", "1", "1.post9", "1.post10",
  },
}

for name, line in pairs(ORDERED) do
  t.test("orders " .. name, function()
    local ranked = {}
    for rank, group in ipairs(line) do
      for text in group:gmatch "[^=]+" do ranked[#ranked + 1] = { text = text, rank = rank } end
    end
    for _, a in ipairs(ranked) do
      for _, b in ipairs(ranked) do
        local want = a.rank < b.rank and -1 or a.rank > b.rank and 1 or 0
        t.equal(version.compare(a.text, b.text), want, a.text .. " to " .. b.text)
      end
    end
  end)
end

local NORMAL = {
  ["case"] = { ["1.1RC1"] = "1.1rc1", ["1.0.DEV1"] = "1.0.dev1", ["1.0+UBUNTU-1"] = "1.0+ubuntu.1" },
  ["leading zeros, also of an epoch"] = { ["00"] = "0", ["09000"] = "9000", ["1.0+foo0100"] = "1.0+foo0100",
    ["1.0+0100.foo"] = "1.0+100.foo", ["0!1"] = "1", ["01!1"] = "1!1", ["1a01"] = "1a1" },
  ["zeros at the end of a release stay"] = { ["1.0.0"] = "1.0.0", ["1.00.000"] = "1.0.0" },
  ["separators before and after a pre-release"] = { ["1.1.a1"] = "1.1a1", ["1.1-a1"] = "1.1a1",
    ["1.1_a1"] = "1.1a1", ["1.1a.1"] = "1.1a1", ["1.1a-1"] = "1.1a1", ["1.1-a_1"] = "1.1a1" },
  ["spellings of pre-releases"] = { ["1.1alpha1"] = "1.1a1", ["1.1beta2"] = "1.1b2", ["1.1c3"] = "1.1rc3",
    ["1.1pre4"] = "1.1rc4", ["1.1preview5"] = "1.1rc5", ["1.1rc6"] = "1.1rc6" },
  ["separators around post and dev"] = { ["1.2-post2"] = "1.2.post2", ["1.2post2"] = "1.2.post2",
    ["1.2.post-2"] = "1.2.post2", ["1.2_post_2"] = "1.2.post2", ["1.2-dev2"] = "1.2.dev2",
    ["1.2dev2"] = "1.2.dev2", ["1.2dev-2"] = "1.2.dev2" },
  ["spellings of post-releases"] = { ["1.0-r4"] = "1.0.post4", ["1.0rev5"] = "1.0.post5", ["1.0-1"] = "1.0.post1",
    ["1.0a1-2"] = "1.0a1.post2", ["1.0-0"] = "1.0.post0", ["1.0-1dev"] = "1.0.post1.dev0" },
  ["numbers left out"] = { ["1.2a"] = "1.2a0", ["1.2.post"] = "1.2.post0", ["1.2.dev"] = "1.2.dev0",
    ["1.2rc.post.dev"] = "1.2rc0.post0.dev0", ["1.2a-"] = "1.2a0", ["1.2a.-1"] = "1.2a0.post1" },
  ["separators in local versions"] = { ["1.0+ubuntu-1"] = "1.0+ubuntu.1", ["1.0+ubuntu_1"] = "1.0+ubuntu.1",
    ["1.0+1a.00a"] = "1.0+1a.00a" },
  ["a leading v"] = { ["v1.0"] = "1.0", ["V1.0"] = "1.0", ["v1!2"] = "1!2" },
  ["white space around"] = { ["1.0\n"] = "1.0", [" \t1.0\r\f\v "] = "1.0" },
  ["everything at once"] = { ["v1!2.0-BETA_3-4.dev.5+Local-006"] = "1!2.0b3.post4.dev5+local.6" },
}

for name, cases in pairs(NORMAL) do
  t.test("normalizes " .. name, function()
    for text, want in pairs(cases) do
      t.equal(version.normalize(text), want, text)
      t.equal(version.compare(text, want), 0, text)
    end
  end)
end

local NO_VERSIONS = {
  "", " ", "v", "vv1", "v 1", "a", "1.", ".1", "1..2", "1.x", "1 0", "1.0 a1", "1!", "!1", "1!!1", "1!2!3", "-1", "+1",
  "1.0+", "1.0+.a", "1.0+a.", "1.0+a..b", "1.0+a+b", "1.0+a!", "1.0-", "1.0--1", "1.0-1-1", "1.0-1.post2",
  "1.0post1.post2", "1.0.dev1.post1", "1.0.dev1a1", "1.0a1b1", "1.0a1.2", "1.0dev-1-1", "1.0prev1", "1.0gamma1",
  "1.0.*", "1.0\0", "\0001.0", "1.０", "1.0é", "==1.0", "french toast", "1.0+ubuntu é",
}

t.test("refuses what is no version and quotes it", function()
  for _, text in ipairs(NO_VERSIONS) do
    local normal, message, code = version.normalize(text)
    t.equal(normal, nil, text)
    t.equal(code, "EINVAL", text)
    t.match(message, "^not a version: \"", text)
  end
  t.equal(select(2, version.normalize "1.x"), 'not a version: "1.x"')
end)

t.test("accepts versions up to its bounds and none beyond", function()
  local function segments(count) return "1" .. (".0"):rep(count - 1) end
  local function parts(count) return "1+a" .. (".a"):rep(count - 1) end
  t.equal(version.normalize(segments(64)), segments(64))
  t.equal(version.normalize(segments(65)), nil)
  t.equal(version.normalize(parts(32)), parts(32))
  t.equal(version.normalize(parts(33)), nil)
  t.equal(version.normalize(("9"):rep(512)), ("9"):rep(512))
  t.equal(version.normalize(("9"):rep(513)), nil)
  local longest = "1+" .. ("a"):rep(510)
  t.equal(version.normalize(longest), longest)
end)

t.test("cuts a long text in its message between two characters", function()
  local _, message = version.normalize(("x"):rep(200))
  t.equal(message, 'not a version: "' .. ("x"):rep(80) .. '"')
  _, message = version.normalize(("x"):rep(79) .. ("é"):rep(9))
  t.equal(message, 'not a version: "' .. ("x"):rep(79) .. '"')
end)

t.test("says which versions are pre-releases", function()
  for text, want in pairs {
    ["1.0"] = false, ["1.0.post1"] = false, ["1.0+dev"] = false, ["1!1.0"] = false,
    ["1.0a1"] = true, ["1.0b"] = true, ["1.0c1"] = true, ["1.0.dev0"] = true, ["1.0.post1.dev2"] = true,
    ["1.0rc1.post1"] = true,
  } do
    t.equal(version.is_prerelease(text), want, text)
  end
end)

--- For each specifier what it holds and what it does not.
local SPECIFIERS = {
  ["everything in an empty specifier"] = {
    [""] = { "0 1.0 1.0a1 1.0.dev1 1!2.post3+local", "" }, [" , "] = { "1.0 1.0.dev1", "" },
  },
  ["== with zeros added and local versions ignored"] = {
    ["==1.1"] = { "1.1 1.1.0 1.01 v1.1 1.1+local", "1.1.post1 1.1a1 1.1.dev0 1.1.1 1!1.1" },
    ["==1.1.post1"] = { "1.1.post1 1.1-1 1.1.post1+x", "1.1 1.1.post2" },
  },
  ["== with a local version as it stands"] = {
    ["==1.1+ab.1"] = { "1.1+ab.1 1.1.0+AB-01", "1.1 1.1+ab 1.1+ab.2" },
  },
  ["== with a wildcard, pre-, post-, development and local releases too"] = {
    ["==1.1.*"] = { "1.1 1.1.0 1.1.9 1.1a1 1.1.dev0 1.1.post1 1.1+x", "1.2.dev0 1.10 1 1.0.9 1!1.1" },
    ["==1.*"] = { "1 1.0 1.99", "0.9 2.dev0 2" },
    ["==1.0.0.*"] = { "1 1.0 1.0.0.5", "1.0.1" },
    ["==1!2.*"] = { "1!2.5", "2.5 0!2.5" },
    ["==v1.*"] = { "1.5", "2" },
  },
  ["!= as the opposite of =="] = {
    ["!=1.1"] = { "1.1.post1 1.1a1 1.2", "1.1 1.1.0 1.1+local" },
    ["!=1.1+a"] = { "1.1 1.1+b", "1.1+a" },
    ["!=1.1.*"] = { "1.2 1.0.9 1", "1.1 1.1.post1 1.1a1" },
  },
  ["~= as at least, with a prefix"] = {
    ["~=2.2"] = { "2.2 2.3 2.99 2.2.post1 2.2+x 2.3a1", "2.1 3.0 3.0.dev0 2.2a1 1!2.5" },
    ["~=1.4.5"] = { "1.4.5 1.4.99", "1.4.4 1.5 1.5.dev0" },
    ["~=2.2.0"] = { "2.2 2.2.5", "2.3" },
    ["~=2.2.post3"] = { "2.2.post3 2.3", "2.2 2.2.post2 3" },
    ["~=1.4.5a4"] = { "1.4.5a4 1.4.5 1.4.6", "1.4.5a3 1.5" },
    ["~=1!2.2"] = { "1!2.3", "2.3 1!3" },
  },
  ["<= and >= in the plain order, local versions ignored"] = {
    ["<=1.0"] = { "1.0 1.0a1 0.9 1.0+local 1.0.0", "1.0.post1 1.0.1 1!0" },
    ["<=1.0a1"] = { "1.0a1 1.0a1.dev1 1.0a1+x", "1.0a2 1.0a1.post1 1.0" },
    [">=1.0"] = { "1.0 1.0+local 1.0.post1 2 1!0", "1.0rc1 1.0.dev1 0.9" },
    [">=1.0.dev3"] = { "1.0.dev3 1.0a1 1.0", "1.0.dev2" },
  },
  ["< without the pre-releases of its bound"] = {
    ["<1.0"] = { "0.9 0.9.post1 0.9+x", "1.0 1.0a1 1.0.dev0 1.0rc1.post1 1.0+local 1!0" },
    ["<1.0.0"] = { "0.9", "1a1" },
    ["<1.0a2"] = { "1.0a1 1.0.dev1 1.0a2.dev1 0.9", "1.0a2 1.0a2+x 1.0" },
    ["<1.0.dev2"] = { "1.0.dev1 0.9", "1.0.dev2 1.0a1" },
    ["<1.0.post1"] = { "1.0 1.0a1 1.0.post0 1.0+x", "1.0.post1 1.0.post1.dev0" },
    ["<0"] = { "", "0 0.dev0 0a1" },
  },
  ["> without the post- and local releases of its bound"] = {
    [">1.0"] = { "1.0.1 1.1 1.1.dev0 1!0", "1.0 1.0.0 1.0.post1 1.0.post1.dev1 1.0+local 1.0a1" },
    [">1.0a1"] = { "1.0a2 1.0 1.0.post1 1.0b1.dev1", "1.0a1 1.0a1.post1 1.0a1+x 1.0a1.dev1" },
    [">1.0.post1"] = { "1.0.post2 1.0.post2.dev1 1.1", "1.0.post1 1.0.post1+x 1.0" },
    [">1.0.dev1"] = { "1.0.dev2 1.0a1 1.0", "1.0.dev1 1.0.dev1+x" },
  },
  ["=== by the text alone"] = {
    ["===1.0"] = { "1.0", "1.0.0 1 v1.0 1.0+x" },
    ["===1.0A1"] = { "1.0a1 1.0A1", "1.0.a1" },
    ["===anything_at_all"] = { "", "1.0" },
    ["==="] = { "", "1.0" },
    ["====1.0"] = { "", "1.0" },
  },
  ["sets as what every clause holds"] = {
    ["~=0.9,>=1.0,!=1.3.4.*,<2.0"] = { "", "1.0 0.9" },
    [">=1.0,!=1.3.4.*,<2.0"] = { "1.0 1.3.3 1.3.5 1.9", "0.9 1.3.4 1.3.4.9 2.0 2.0a1" },
    [" >= 1.0 ,\t<\n2 ,, "] = { "1.0 1.9", "2" },
    [">=1,===1.5"] = { "1.5", "1.5.0 1.6" },
  },
}

for name, specifiers in pairs(SPECIFIERS) do
  t.test("matches " .. name, function()
    for specifier, lists in pairs(specifiers) do
      for index, want in ipairs { true, false } do
        for text in lists[index]:gmatch "%S+" do
          t.equal(version.matches(text, specifier), want, text .. " in " .. specifier)
        end
      end
    end
  end)
end

t.test("refuses every pre-release when told so, whatever the specifier says", function()
  local finals_only = { prereleases = false }
  for _, specifier in ipairs { "", ">=1.0a1", "==1.0a1", "===1.0a1", "==1.0.*", "<=1.0a1", "!=2" } do
    t.equal(version.matches("1.0a1", specifier), true, specifier)
    t.equal(version.matches("1.0a1", specifier, { prereleases = true }), true, specifier)
    t.equal(version.matches("1.0a1", specifier, finals_only), false, specifier)
  end
  t.equal(version.matches("1.0.dev1", ">=1.0.dev1", finals_only), false)
  t.equal(version.matches("1.0.post1.dev1", "", finals_only), false)
  t.equal(version.matches("1.0.post1", ">=1", finals_only), true)
  t.equal(version.matches("1.0", "", {}), true)
end)

local NO_SPECIFIERS = {
  "1.0", "=1.0", "= =1.0", "=>1.0", "<>1.0", "> =1.0", "==", "!=", ">=", "~=", "==.*", "==*", "== 1.0 0", "~=1",
  "~=v1", "~=1!1", "~=1.0+local", ">=1.0+local", "<=1.0+local", ">1.0+local", "<1.0+local", ">=1.0.*", "<=1.0.*",
  ">1.*", "<1.*", "~=1.0.*", "==1.0*", "==1.0a1.*", "==1.0.post1.*", "==1.0.dev1.*", "==1.0+local.*", "==1.*.*",
  "==1.*.0", "==1 .*", "==1.0,1.1", ">=1.0 <2.0", "===1 0", "===1.0;", "===1.0)", "(>=1.0)", ">=1.0;",
  "==french toast", "==1.0\0",
}

t.test("refuses what is no specifier, for a version that would match and one that would not", function()
  for _, specifier in ipairs(NO_SPECIFIERS) do
    for _, whole in ipairs { specifier, "==9," .. specifier } do
      local matches, message, code = version.matches("1.0a1", whole, { prereleases = false })
      t.equal(matches, nil, whole)
      t.equal(code, "EINVAL", whole)
      t.match(message, "^not a version specifier: \"", whole)
    end
  end
end)

t.test("names the biggest part that changes", function()
  for _, case in ipairs {
    { "1.2.3", "2.0", "major" }, { "1.2.3", "1.3", "minor" }, { "1.2.3", "1.2.4", "patch" }, { "1", "1.0.1", "patch" },
    { "1.2", "1.2.0", "other" }, { "1.2.3.4", "1.2.3.5", "other" }, { "1.0", "1.0.post1", "other" },
    { "1.0a1", "1.0", "other" }, { "1.0", "1.0+x", "other" }, { "1.0", "1!2.0", "other" }, { "2.0", "1.9", "major" },
    { "1.0a1", "1.1a1", "minor" }, { "18446744073709551616.0", "0.0", "major" },
  } do
    t.equal(version.change(case[1], case[2]), case[3], case[1] .. " to " .. case[2])
  end
end)

t.test("sorts into a new list and keeps the order of equal versions", function()
  local list = { "1.10", "1.0", "1.9", "1!0", "1", "1.0.dev1", "1.0.0" }
  local copy = table.move(list, 1, #list, 1, {})
  t.equal(version.sort(list), { "1.0.dev1", "1.0", "1", "1.0.0", "1.9", "1.10", "1!0" })
  t.equal(list, copy)
  t.equal(version.sort {}, {})
end)

t.test("sorts thousands", function()
  local list, want = {}, {}
  for i = 1, 5000 do
    want[i] = "1." .. i
    list[i * 7 % 5000 + 1] = want[i]
  end
  t.equal(version.sort(list), want)
end)

t.test("names the invalid version of several", function()
  for _, call in ipairs {
    function() return version.compare("1", "bad") end, function() return version.compare("bad", "1") end,
    function() return version.change("1", "bad") end, function() return version.change("bad", "1") end,
    function() return version.matches("bad", ">=1") end, function() return version.matches("bad", "===bad") end,
    function() return version.sort { "1", "bad", "2" } end, function() return version.is_prerelease "bad" end,
  } do
    t.equal({ call() }, { nil, 'not a version: "bad"', "EINVAL" })
  end
end)

t.test("raises for what is no string, numbers included", function()
  for _, wrong in ipairs { 1, 1.10, true, {} } do
    t.raises(function() version.compare(wrong, "1") end, "string expected")
    t.raises(function() version.compare("bad", wrong) end, "string expected")
    t.raises(function() version.matches(wrong, "bad") end, "string expected")
    t.raises(function() version.matches("1", wrong) end, "string expected")
    t.raises(function() version.normalize(wrong) end, "string expected")
    t.raises(function() version.is_prerelease(wrong) end, "string expected")
    t.raises(function() version.change("1", wrong) end, "string expected")
    t.raises(function() version.sort { "1", wrong } end, "list of strings expected")
  end
  t.raises(function() version.normalize() end, "string expected")
  t.raises(function() version.sort "1" end, "table expected")
  t.raises(function() version.matches("1", "", "no table") end, "table expected")
  t.raises(function() version.matches("1", "", { prereleases = "no" }) end, "boolean expected")
end)

return t.finish()
