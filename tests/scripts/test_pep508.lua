--- Requirements by PEP 508, and markers. test_pep508_packaging.lua compares drawn ones with the library packaging.
local t = require "harness"
local pep508 = require "lib.pep508"

local function parsed(text)
  local requirement, problem = pep508.parse(text)
  t.truthy(requirement, ("%s: %s"):format(text, problem))
  return requirement
end

t.test("splits a requirement into its parts", function()
  t.equal(parsed " Zope.Interface [ Test_X, docs ] >=1.0 , <2 ; python_version < '3.12' ", {
    name = "zope-interface", written = "Zope.Interface", extras = { "test-x", "docs" }, specifier = ">=1.0 , <2",
    marker = "python_version < '3.12'",
  })
  t.equal(parsed "x", { name = "x", written = "x", extras = {}, specifier = "" })
  t.equal(parsed "jinja2==2.10", { name = "jinja2", written = "jinja2", extras = {}, specifier = "==2.10" })
end)

t.test("takes a specifier in parentheses, as metadata of old has it", function()
  t.equal(parsed("requests (>=2.0,<3)").specifier, ">=2.0,<3")
  t.equal(parsed("requests(==2.0) ; os_name == 'nt'").specifier, "==2.0")
  t.equal(parsed("requests ()").specifier, "")
end)

t.test("reads URLs with their markers", function()
  local direct = parsed "pip @ https://a.example/pip.whl#sha1=da9 ; os_name == 'posix'"
  t.equal({ direct.url, direct.marker, direct.specifier },
    { "https://a.example/pip.whl#sha1=da9", "os_name == 'posix'", "" })
  t.equal(parsed("pip@git+ssh://a.example/pip@v1").url, "git+ssh://a.example/pip@v1")
  t.equal(parsed("pip @ https://a.example/x;y").url, "https://a.example/x;y", "a URL may hold a semicolon")
end)

t.test("says what is wrong", function()
  for text, want in pairs {
    [""] = "a package name is expected", ["==1.0"] = "a package name is expected",
    ["--index-url=https://evil.example"] = "a package name is expected",
    ["a 1.0"] = 'not a version specifier: "1.0"', ["a =1.0"] = 'not a version specifier: "=1.0"',
    ["a >=1,,<2"] = 'a comma too many: ">=1,,<2"', ["a ,>=1"] = 'a comma too many: ",>=1"',
    ["a[b"] = 'not a version specifier: "[b"', ["a[b,,c]"] = "the extras are not well-formed",
    ["a[-x]"] = "the extras are not well-formed", ["a[x y]"] = "the extras are not well-formed",
    ["a @"] = "a URL is expected after '@'", ["a @ b c"] = "a URL is expected after '@'",
    ["a ;"] = "the marker ends where a value is expected",
    ["a ; os_name"] = "the marker lacks an operator",
    ["a ; os_name not 'x'"] = "the marker lacks an operator",
    ["a ; os_name == 'posix"] = "a quote in the marker is not closed",
    ["a ; (os_name == 'posix'"] = "a parenthesis in the marker is not closed",
    ["a ; os_name == 'posix' junk"] = "something follows the marker",
    ["a ; os_name == 'posix' and"] = "the marker ends where a value is expected",
    ["a ; os == 'posix'"] = "the marker has no variable 'os'",
    ["a ; os_name = 'posix'"] = "the marker has an unexpected '='",
    ["a ; os_name ~= 'posix'"] = "'~=' does not compare os_name with 'posix'",
    ["a ; 'a' == 'b'"] = "a marker compares a variable with a quoted text",
    ["a ; os_name == sys_platform"] = "a marker compares a variable with a quoted text",
    ["a @ https://a.example/x ; junk"] = "the marker has no variable 'junk'",
  } do
    t.equal({ pep508.parse(text) }, { nil, want }, text)
  end
end)

t.test("reads a marker of thousands of parentheses no further than it has to", function()
  t.equal({ pep508.parse("a ; " .. ("("):rep(300000)) }, { nil, "the marker is too long" })
  local nested = ("("):rep(100) .. "os_name == 'posix'" .. (")"):rep(100)
  t.equal(pep508.marker_holds(nested, pep508.environment "3.11.4"), true)
end)

t.test("finds the one version that a specifier pins", function()
  for specifier, want in pairs {
    ["==2.10"] = "2.10", ["=== 2.10 "] = "2.10", [" == 1!2.0+local"] = "1!2.0+local", ["==1.0rc1"] = "1.0rc1",
  } do
    t.equal(pep508.pin(specifier), want, specifier)
  end
  for _, specifier in ipairs { "", ">=2.10", "==2.*", "==2.10,!=2.10.1", "~=2.10", "==2.10,==2.10", "!=1" } do
    t.equal(pep508.pin(specifier), nil, specifier)
  end
end)

local LINUX = pep508.environment "3.11.4"

local HOLDS = {
  ["versions as versions"] = {
    "python_version >= '3.8'", "python_version > '3.9'", "'3.9' < python_version", "python_version ~= '3.10'",
    "python_full_version == '3.11.*'", "python_version != '3.1'", "implementation_version >= '3.11'",
  },
  ["texts as texts"] = {
    "sys_platform == 'linux'", "os_name != 'nt'", "platform_system in 'Linux, Darwin'", "'lin' in sys_platform",
    "platform_machine not in 'arm64 aarch64'", "implementation_name == 'cpython'", "'x86' in platform_machine",
  },
  ["the old names of variables"] = {
    "os.name == 'posix'", "sys.platform == 'linux'", "platform.python_implementation == 'CPython'",
    "python_implementation == 'CPython'",
  },
  ["`and` before `or`, parentheses before both"] = {
    "os_name == 'posix' or os_name == 'nt' and python_version < '3'",
    "(os_name == 'posix' or os_name == 'nt') and python_version > '3'",
  },
  ["quotes of either kind"] = { [[os_name == "posix"]], [["it's" != os_name]] },
}

for name, markers in pairs(HOLDS) do
  t.test("compares " .. name, function()
    for _, marker in ipairs(markers) do t.equal(pep508.marker_holds(marker, LINUX), true, marker) end
  end)
end

t.test("finds markers that do not hold", function()
  for _, marker in ipairs {
    "python_version < '3.9'", "os_name == 'nt'", "extra == 'test'", "python_version == '3.1'",
    "(os_name == 'posix' or os_name == 'nt') and python_version < '3'", "sys_platform < 'zzz'",
    "platform_release >= '5'",
  } do
    t.equal(pep508.marker_holds(marker, LINUX), false, marker)
  end
end)

t.test("compares extras by their normal form", function()
  local environment = pep508.environment "3.11.4"
  environment.extra = "Test_Extra"
  t.equal(pep508.marker_holds("extra == 'test.extra'", environment), true)
  t.equal(pep508.marker_holds("'test' == extra", environment), false)
end)

t.test("asks what is in the sets of a lock file, which are there for lock files alone", function()
  local environment = pep508.environment "3.11.4"
  environment.extras, environment.dependency_groups = { ["test-extra"] = true }, {}
  for marker, want in pairs {
    ["'Test_Extra' in extras"] = true, ["'x' in extras"] = false, ["'test-extra' in dependency_groups"] = false,
    ["'x' not in dependency_groups and os_name == 'posix'"] = true, ["'test-extra' not in extras"] = false,
  } do
    t.equal(pep508.marker_holds(marker, environment), want, marker)
  end
  t.equal({ pep508.marker_holds("'x' == extras", environment) }, { nil, "'==' does not ask what is in extras" })
  t.equal({ pep508.marker_holds("extras in 'x'", environment) }, { nil, "'in' does not ask what is in extras" })
  t.equal({ pep508.check_marker "'x' in extras" }, { nil, "the marker has no variable 'extras'" })
end)

t.test("takes a set for `extra`, where several are wanted", function()
  local environment = pep508.environment "3.11.4"
  environment.extra = { a = true, b = true }
  for marker, want in pairs { ["extra == 'A'"] = true, ["'b' == extra"] = true, ["extra == 'c'"] = false,
    ["extra != 'a'"] = false, ["extra != 'c' and extra == 'b'"] = true } do
    t.equal(pep508.marker_holds(marker, environment), want, marker)
  end
  t.equal({ pep508.marker_holds("extra in 'a b'", environment) }, { nil, "'in' does not ask what is in extra" })
end)

t.test("holds where there is no marker", function()
  t.equal(pep508.marker_holds(nil, LINUX), true)
end)

t.test("gives nil and the reason for what is no marker", function()
  t.equal({ pep508.marker_holds("os_name", LINUX) }, { nil, "the marker lacks an operator" })
  t.equal({ pep508.check_marker "os_name" }, { nil, "the marker lacks an operator" })
  t.equal(pep508.check_marker "os_name == 'nt'", true)
end)

t.test("makes the variables of a Python, also of one that has no tag", function()
  t.equal({ LINUX.python_version, LINUX.python_full_version }, { "3.11", "3.11.4" })
  local untagged = pep508.environment "3.11.2+"
  t.equal(untagged.python_version, "3.11")
  t.equal(pep508.marker_holds("python_full_version >= '3.11.2'", untagged), true)
  t.equal(pep508.environment("3.12").python_version, "3.12")
end)

return t.finish()
