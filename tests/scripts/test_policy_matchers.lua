--- What `package`, `id` and `path` of a rule match.
local t = require "harness"
local json = require "pysec.json"
local matchers = require "lib.policy.matchers"
local re = require "pysec.re"

local function is_match(kind, value, text, own)
  local matcher, expected = matchers.compile(kind, value)
  return matchers.matches(assert(matcher, expected), text, own)
end

t.test("takes names as PEP 503 does", function()
  for _, name in ipairs { "zope.interface", "Zope_Interface", "ZOPE-INTERFACE", "zope--interface",
    "zope._-interface" } do
    t.equal(is_match("name", name, "zope-interface"), true, name)
  end
  t.equal(is_match("name", "zope", "zope-interface"), false)
  t.equal(is_match("name", "zopeXinterface", "zope-interface"), false)
end)

t.test("takes stars for any characters, and no character", function()
  for _, case in ipairs { { "django-*", "django-cors", true }, { "django-*", "django", false },
    { "Django_*", "django-cors", true }, { "django*", "django", true }, { "*", "anything", true },
    { "*-stubs", "types-stubs", true }, { "*-stubs", "stubs", false }, { "a*b", "ab", true }, { "a*b", "aXXb", true },
    { "a*b", "abc", false }, { "a*a", "a", false }, { "a*a", "aa", true }, { "*a*", "xay", true }, { "*a*", "xyz",
    false },
    { "a*b*c", "a1b2c", true }, { "a*b*c", "acb", false }, { "a**b", "ab", true }, { "*ab", "aab", true },
    { "a*ab", "aab", true }, { "a*ab*b", "aabab", true }, { "a*b", "a\nb", true } } do
    t.equal(is_match("name", case[1], case[2]), case[3], case[1] .. " on " .. case[2])
  end
end)

t.test("agrees with a slow matcher of stars on all short texts", function()
  local function slow(pattern, text)
    if pattern == "" then return text == "" end
    if pattern:sub(1, 1) ~= "*" then
      return pattern:sub(1, 1) == text:sub(1, 1) and text ~= "" and slow(pattern:sub(2), text:sub(2))
    end
    for i = 1, #text + 1 do
      if slow(pattern:sub(2), text:sub(i)) then return true end
    end
    return false
  end
  local function words(letters, length)
    local list = { "" }
    local first = 1
    for _ = 1, length do
      local last = #list
      for i = first, last do
        for _, letter in ipairs(letters) do list[#list + 1] = list[i] .. letter end
      end
      first = last + 1
    end
    return list
  end
  local texts = words({ "a", "b" }, 5)
  for _, pattern in ipairs(words({ "a", "b", "*" }, 5)) do
    if pattern ~= "" then
      local matcher = assert(matchers.compile("path", pattern))
      for _, text in ipairs(texts) do
        if matchers.matches(matcher, text) ~= slow(pattern, text) then
          t.equal(matchers.matches(matcher, text), slow(pattern, text), pattern .. " on " .. text)
        end
      end
    end
  end
end)

t.test("takes many stars without searching all their ways", function()
  t.equal(is_match("name", ("*a"):rep(50), ("a"):rep(5000) .. "b"), false)
  t.equal(is_match("name", ("a*"):rep(50) .. "b", ("a"):rep(5000) .. "b"), true)
end)

t.test("takes what looks like a regex as a text", function()
  t.equal(is_match("id", "CVE.2019", "cve.2019"), true)
  t.equal(is_match("id", "CVE.2019", "cve-2019"), false)
  t.equal(is_match("path", "src/(a|b)*.py", "src/(a|b)x.py"), true)
  t.equal(is_match("path", "src/[ab].py", "src/a.py"), false)
end)

t.test("takes ids in any case, also with stars", function()
  t.equal(is_match("id", "cve-2019-10906", "cve-2019-10906", "CVE-2019-10906"), true)
  t.equal(is_match("id", "GHSA-462W-V97R-4M45", "ghsa-462w-v97r-4m45", "GHSA-462w-v97r-4m45"), true)
  t.equal(is_match("id", "CVE-2019-*", "cve-2019-10906", "CVE-2019-10906"), true)
  t.equal(is_match("id", "CVE-2019-1", "cve-2019-10906", "CVE-2019-10906"), false)
end)

t.test("asks a regex about the text as it is written", function()
  t.equal(is_match("id", re.compile "^CVE-2019-", "cve-2019-10906", "CVE-2019-10906"), true)
  t.equal(is_match("id", re.compile "^cve-2019-", "cve-2019-10906", "CVE-2019-10906"), false)
  t.equal(is_match("id", re.compile("^cve-2019-", "i"), "cve-2019-10906", "CVE-2019-10906"), true)
  -- Asked about the lower case as well, this one would match every CVE.
  t.equal(is_match("id", re.compile "^(?!CVE-)", "cve-2019-10906", "CVE-2019-10906"), false)
  t.equal(is_match("name", re.compile "^acme-", "acme-core"), true)
  t.equal(is_match("name", re.compile "acme$", "my-acme-x"), false)
end)

t.test("takes paths with and without ./ before them", function()
  t.equal(is_match("path", "./src/legacy/*", "src/legacy/a/b.py"), true)
  t.equal(is_match("path", "src/legacy/*", "src/legacy2/a.py"), false)
  t.equal(is_match("path", "src/Legacy.py", "src/legacy.py"), false)
end)

t.test("takes a list of all of these", function()
  local list = { "requests", "django-*", re.compile "^acme-" }
  for name, want in pairs { requests = true, ["django-x"] = true, ["acme-y"] = true, flask = false,
    ["request"] = false } do
    t.equal(is_match("name", list, name), want, name)
  end
  t.equal(assert(matchers.compile("name", list)).texts, { "requests", "django-*", 're "..."' })
end)

t.test("refuses what is none", function()
  local unset = nil
  for label, value in pairs { empty = {}, hole = { unset, "pycrypto" }, hole_within = { "a", unset, "b" },
    named = { "a", b = "c" }, ["of nothing"] = { x = "a" }, number = 7, boolean = true, inner = { { "a" } },
    null = json.null, ["null within"] = { "a", json.null }, float = { [1.5] = "a" }, from_two = { [2] = "a" } } do
    local matcher, expected = matchers.compile("name", value)
    t.equal(matcher, nil, label)
    t.match(expected, "^a package's name, a pattern")
  end
  for _, name in ipairs { "", " ", "a b", "-a", "a-", ".a", "_a", "a[extra]", "a>=1", "a;b", "é", "a\n",
    ("a"):rep(1001),
    "--index-url=x", "a\0" } do
    t.equal(matchers.compile("name", name), nil, name)
  end
  for _, id in ipairs { "", "a b", " CVE-1", "CVE-1\n", "\xFF" } do t.equal(matchers.compile("id", id), nil, id) end
  for _, path in ipairs { "", "\xFF" } do t.equal(matchers.compile("path", path), nil, path) end
end)

t.test("tells which item of a list is at fault", function()
  t.equal({ select(3, matchers.compile("name", { "a", "b c" })) }, { "", "b c" })
end)

t.test("a regex that reaches its limits is an error of the policy, not a match and not a miss", function()
  local matcher = assert(matchers.compile("name", re.compile "^(a|aa)+$"))
  matcher.by = "acme.lua:3"
  local ok, problem = pcall(matchers.matches, matcher, ("a"):rep(60) .. "b")
  t.equal(ok, false)
  t.match(problem.policy, "^acme%.lua:3: regex: match limit exceeded")
end)

t.test("patterns of rules have the policies' time, and the rule that spends it is named", function()
  local policy = require "pysec.policy"
  local set = assert(policy.load({}, { budget = { seconds = 0.3 }, sources = { { name = "slow.lua",
    text = "\nignore { path = re '(?:a|aa){14}[bc]', reason = 'r' }" } } }))
  local list = {}
  for i = 1, 400 do
    list[i] = { id = "B1", kind = "code", severity = "low", path = ("a"):rep(600) .. i, line = 1 }
  end
  local decisions, message = set:decide(list)
  t.equal(decisions, nil)
  t.match(message, "^slow%.lua:2: ")
  t.truthy(set:decide { list[1] } or true)
end)

return t.finish()
