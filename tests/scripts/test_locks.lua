--- Lock files in general: their names, what a reading gives, what is refused.
local t = require "harness"
local locks = require "inputs.locks"
local support = require "lock_support"

t.test("knows lock files by their names", function()
  for path, want in pairs {
    ["pylock.toml"] = "pylock", ["a/pylock.dev.toml"] = "pylock", ["uv.lock"] = "uv", ["/a/b/poetry.lock"] = "poetry",
    ["Pipfile.lock"] = "pipfile", ["pdm.lock"] = "pdm", ["x/pyproject.toml"] = "pyproject",
  } do
    t.equal(locks.kind_of(path), want, path)
  end
  for _, path in ipairs { "requirements.txt", "pylock.a.b.toml", "mypylock.toml", "pylock..toml", "Cargo.lock",
    "uv.lock.bak", "Pipfile", "" } do
    t.equal(locks.kind_of(path), nil, path)
  end
end)

t.test("gives names in their normal form, with the file and the line of each", function()
  local read, folder = support.read("pylock.toml", [=[
lock-version = "1.0"
created-by = "x"

[[packages]]
name = "Zope.Interface"
version = "1.0"

[[packages]]
name = "b"
vcs = { type = "git", url = "https://a.example/b", commit-id = "0" }
]=])
  local path = folder .. "/pylock.toml"
  t.equal(read, { kind = "pylock", path = path,
    packages = { { name = "zope-interface", version = "1.0", direct = false, path = path, line = 4 } },
    skipped = { { name = "b", reason = "from version control: not on the package index", path = path, line = 8 } },
    left_out = {} })
end)

t.test("passes versions on that PEP 440 does not know", function()
  local read = support.read("uv.lock", [=[
version = 1
[[package]]
name = "a"
source = { virtual = "." }
dependencies = [{ name = "b" }]
[[package]]
name = "b"
version = "2004d"
source = { registry = "https://pypi.org/simple" }
]=])
  t.equal(support.pins(read), { "b==2004d" })
end)

t.test("names file and line of what cannot be decoded, and the way out", function()
  support.refuses("uv.lock", "version = 1\n[[package]\n", "uv.lock:2:10: "
    .. select(2, require("pysec.toml").decode "version = 1\n[[package]\n"):match ": (.*)"
    .. "; write the file anew with 'uv lock'")
  local _, message = support.read("Pipfile.lock", '{\n"default": {,}\n}')
  t.match(message, "^Pipfile.lock:2:13: .*; write the file anew with 'pipenv lock'$")
  _, message = support.read("poetry.lock", "<<<<<<< HEAD\n")
  t.match(message, "^poetry.lock:1:1: .*; write the file anew with 'poetry lock'$")
end)

t.test("refuses a format that is newer than those it knows", function()
  for _, case in ipairs {
    { "uv.lock", "\nversion = 2\n", 2, "2", 1,
      "audit what 'uv export --all-extras --all-groups -o requirements.txt' writes" },
    { "pylock.toml", 'lock-version = "2.0"\n', 1, "2.0", 1,
      "a newer pysec may read it, or audit the environment that is installed from it (--venv)" },
    { "poetry.lock", '[metadata]\nlock-version = "3.0"\n', 1, "3.0", 2,
      "audit what 'poetry export --all-groups --all-extras -o requirements.txt' writes" },
    { "pdm.lock", '\n\n[metadata]\nlock_version = "5.0"\n', 3, "5.0", 4,
      "audit what 'pdm export -G :all -o requirements.txt' writes" },
    { "Pipfile.lock", '{"_meta": {"pipfile-spec": 7}}', 1, "7", 6, "audit what 'pipenv requirements --dev' writes" },
  } do
    support.refuses(case[1], case[2], ("%s:%d: the format has version %s, and %d is the newest that can be read; %s")
      :format(case[1], case[3], case[4], case[5], case[6]))
  end
  support.refuses("uv.lock", 'version = "x"\n', "uv.lock:1: 'x' is no version of the format; write the file anew with "
    .. "'uv lock'")
end)

t.test("reads minor versions of a format that it does not know", function()
  t.equal(support.read("pylock.toml", 'lock-version = "1.7"\nnew = 1\npackages = []\n').packages, {})
  t.equal(support.read("uv.lock", "version = 1\nrevision = 99\n").packages, {})
end)

t.test("refuses what is of another form than its tool writes", function()
  local project = 'version = 1\n[[package]]\nname = "a"\nsource = { virtual = "." }\ndependencies = '
  for text, want in pairs {
    ["version = 1\npackage = 3\n"] = "1: 'package' has a value of the wrong type",
    ["version = 1\npackage = [3]\n"] = "2: 'package' has an entry that is no table",
    ["version = 1\n[[package]]\n"] = "2: 'name' is missing",
    ["version = 1\n[[package]]\nname = 3\n"] = "2: 'name' has a value of the wrong type",
    ['version = 1\n[[package]]\nname = "a"\nsource = "x"\n'] = "2: 'source' has a value of the wrong type",
    [project .. '["b"]\n'] = "5: 'dependencies' has an entry that is no table",
    [project .. '[{ name = "b" }]\n'] = "5: a dependency on 'b', which is not in the file",
    [project .. '[{ name = "a", marker = 1 }]\n'] = "5: a marker has to be text",
    [project .. '[{ name = "a", extra = [nan] }]\n'] = "5: an extra has to be text",
    [project .. '[{ name = "a", extra = "x" }]\n'] = "5: 'extra' has a value of the wrong type",
  } do
    support.refuses("uv.lock", text, ("uv.lock:%s; write the file anew with 'uv lock'"):format(want))
  end
  support.refuses("pylock.toml", "x = 1\n",
    "pylock.toml:1: 'lock-version' is missing; write the file anew with the tool that made it (its 'created-by')")
  support.refuses("Pipfile.lock", "[]", "Pipfile.lock:1: '_meta' is missing; write the file anew with 'pipenv lock'")
  support.refuses("Pipfile.lock", '{"_meta": {},\n"default": {\n"a": 1}}',
    "Pipfile.lock:2: 'a' has a value of the wrong type; write the file anew with 'pipenv lock'")
end)

t.test("refuses what would take the square of the time", function()
  local text = 'version = 1\n' .. ('[[package]]\nname = "a"\n'):rep(201)
  support.refuses("uv.lock", text,
    "uv.lock:402: there are more than 200 packages with the name 'a'; write the file anew with 'uv lock'")
  local extras = {}
  for i = 1, 501 do extras[i] = ('"e%d"'):format(i) end
  support.refuses("uv.lock", 'version = 1\n[[package]]\nname = "a"\nsource = { virtual = "." }\n'
    .. 'dependencies = [{ name = "a", extra = [' .. table.concat(extras, ",") .. "] }]\n",
    "uv.lock:5: a dependency asks for too many extras; write the file anew with 'uv lock'")
end)

t.test("says of a file that is not there what the system says", function()
  local folder = t.tempdir()
  local read, message, code = locks.read(folder .. "/uv.lock", { python_version = "3.11" })
  t.equal({ read, code }, { nil, "ENOENT" })
  t.contains(message, folder .. "/uv.lock")
  t.files(folder, { ["poetry.lock/x"] = "" })
  local _, problem = locks.read(folder .. "/poetry.lock", { python_version = "3.11" })
  t.equal(problem, folder .. "/poetry.lock: not a file")
end)

t.test("raises for what is no lock file, and without a Python", function()
  t.raises(function() locks.read("requirements.txt", { python_version = "3.11" }) end, "not the name of a lock file")
  t.raises(function() locks.read("uv.lock", {}) end, "python_version: text expected")
end)

return t.finish()
