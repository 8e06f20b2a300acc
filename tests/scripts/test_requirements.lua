--- Requirements files: what is not changed is written back byte for byte, and lines are read as pip reads them.
local t = require "harness"
local requirements = require "lib.requirements"

local function parse(text) return requirements.parse(text, "requirements.txt") end

--- The kinds of a file's lines, in one text.
local function kinds(text)
  local list = {}
  for i, line in ipairs(parse(text).lines) do list[i] = line.kind end
  return table.concat(list, " ")
end

local function only_line(text)
  local file = parse(text)
  t.equal(#file.lines, 1, text)
  return file.lines[1]
end

local HASH = "--hash=sha256:" .. ("0a"):rep(32)
local OTHER = "--hash=sha256:" .. ("1b"):rep(32)

local AWKWARD = {
  ["no line at all"] = "",
  ["empty lines alone"] = "\n\n\r\n",
  ["no newline at the end"] = "a==1\nb==2",
  ["a backslash at the end"] = "a==1 \\",
  ["Windows line endings"] = "# head\r\na==1\r\n\r\nb==2 \\\r\n    " .. HASH .. "\r\n",
  ["mixed line endings"] = "a==1\rb==2\r\nc==3\n\rd==4",
  ["a byte order mark"] = "\xEF\xBB\xBFa==1\n",
  ["a byte order mark in the middle"] = "a==1\n\xEF\xBB\xBFb==2\n",
  ["continued lines"] = "a==1 \\\n  --hash=x \\\n\t--hash=y\nb==2\\\n\n",
  ["comments everywhere"] = "#a\n  # b\na==1 # c\na==1# d\n#\n # \\\nb==2\n",
  ["options and other files"] = "-r base.txt\n-c constraints.txt\n-e .\n--index-url https://a.example\n-i x\n--pre\n",
  ["white space of all kinds"] = "  a==1  \n\ta == 1\t\n a\t==\t1 ; os_name == 'nt' \n",
  ["separators that only Python knows"] = "a==1\fb==2\vc==3\xE2\x80\xA8d==4\xC2\x85e==5\x1Cf==6\n",
  ["bytes that are no UTF-8"] = "a==1 # \xFF\xC2\xE2\x80\n",
  ["lines that are no requirements"] = "???\na 1.0\n-r\n[section]\n",
}

for name, text in pairs(AWKWARD) do
  t.test("writes a file back byte for byte: " .. name, function()
    t.equal(requirements.text(parse(text)), text)
  end)
end

t.test("writes every beginning of an awkward file back", function()
  local text = "\xEF\xBB\xBF# x\r\na==1 \\\r\n  " .. HASH .. " # y\r\n\r\n-r b.txt\nc>=1 ; os_name == 'nt'\xE2\x80\xA8d"
  for size = 0, #text do t.equal(requirements.text(parse(text:sub(1, size))), text:sub(1, size)) end
end)

t.test("reads the parts of a requirement", function()
  local line = only_line "Ruamel.Yaml[Jinja2,x_y]==0.17.21 ; python_version < '3.12'  # why\n"
  t.equal({ line.kind, line.name, line.written, line.extras, line.specifier, line.marker, line.pin, line.hashes },
    { "requirement", "ruamel-yaml", "Ruamel.Yaml", { "jinja2", "x-y" }, "==0.17.21", "python_version < '3.12'",
      "0.17.21", {} })
  t.equal(line.first, 1)
end)

t.test("numbers lines as an editor does, continued ones by their first", function()
  local file = parse "\xEF\xBB\xBF# one\n\na==1 \\\n  --hash=x \\\n  --hash=y\nb==2\n"
  local numbers = {}
  for i, line in ipairs(file.lines) do numbers[i] = line.first end
  t.equal(numbers, { 1, 2, 3, 6 })
end)

t.test("reads hashes on one line and on many", function()
  for _, text in ipairs {
    "a==1 --hash=sha256:x --hash=sha256:y", "a==1 \\\n    --hash=sha256:x \\\n    --hash=sha256:y\n",
    "a==1 --hash sha256:x \\\r\n --hash sha256:y # --hash=sha256:z\r\n",
  } do
    local line = only_line(text)
    t.equal({ line.kind, line.pin, line.hashes }, { "requirement", "1", { "sha256:x", "sha256:y" } }, text)
  end
end)

t.test("leaves a requirement's other options alone", function()
  for _, options in ipairs { "--config-settings key=value", '--global-option="--no x"', "-C a=b --hash=sha256:x" } do
    local line = only_line("a==1 " .. options)
    t.equal({ line.kind, line.pin, line.body }, { "requirement", "1", "a==1" }, options)
  end
end)

t.test("takes # for a comment at the start and behind white space alone", function()
  t.equal(only_line("a==1 # b==2").body, "a==1")
  t.equal(only_line("a @ https://x.example/a.zip#sha256=0a").url, "https://x.example/a.zip#sha256=0a")
  t.equal(kinds "# a==1\n   # b==2\n#\n", "comment comment comment")
end)

t.test("does not let a comment swallow the next line", function()
  t.equal(kinds "# see C:\\path\\\nflask==0.12\n", "comment requirement")
  t.equal(kinds "a==1 \\\n# via b \\\nflask==0.12\n", "requirement requirement")
  t.equal(parse("a==1 \\\n# via b \\\nflask==0.12\n").lines[2].first, 3)
  t.equal(kinds "a==1 # so \\\nflask==0.12\n", "requirement", "but a comment behind something is continued, as for pip")
end)

t.test("does not let a line hide behind a separator that Python knows", function()
  for _, separator in ipairs { "\r", "\f", "\v", "\x1C", "\x1D", "\x1E", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9" } do
    t.equal(kinds("# harmless" .. separator .. "flask==0.12\n"), "comment requirement")
  end
  t.equal(kinds "# \xC2\xA9 \xE2\x80\xA6\n", "comment", "what only looks like one")
end)

t.test("joins continued lines as pip does", function()
  t.equal(only_line("a==1,\\\n<2\n").specifier, "==1,<2")
  t.equal(only_line("a \\\n==1 \\").pin, "1")
  t.equal(only_line("a==1 \\\n\n").pin, "1")
end)

t.test("tells includes, constraints and editable projects", function()
  for text, want in pairs {
    ["-r base.txt"] = { "include", "base.txt" }, ["-rbase.txt"] = { "include", "base.txt" },
    ["--requirement=base.txt"] = { "include", "base.txt" }, ["--requirement base.txt # x"] = { "include", "base.txt" },
    ["--requirem base.txt"] = { "include", "base.txt" }, ['-r "my base.txt"'] = { "include", "my base.txt" },
    ["-rmy-base"] = { "include", "my-base" }, ["-c c.txt"] = { "constraint", "c.txt" },
    ["--constraint=c.txt"] = { "constraint", "c.txt" }, ["-e ."] = { "editable", "." }, ["-e."] = { "editable", "." },
    ["--editable git+https://x.example/a#egg=a"] = { "editable", "git+https://x.example/a#egg=a" },
  } do
    local line = only_line(text)
    t.equal({ line.kind, line.value }, want, text)
  end
end)

t.test("takes other options for what they are", function()
  for _, text in ipairs { "--index-url https://x.example", "-i https://x.example", "--pre", "--require-hashes",
    "-f links", "--no-binary :all:", "--extra-index-url=https://x.example", "--", "-" } do
    t.equal(only_line(text).kind, "option", text)
  end
end)

t.test("refuses a file or project that hides behind another option", function()
  for _, text in ipairs { "--pre -r more.txt", "-i https://x.example --requirement=more.txt", "--pre -rmore.txt",
    "--pre '-r' more.txt", "--pre \\-r more.txt", '-"r" more.txt', "--pre -e ." } do
    local line = only_line(text)
    t.equal(line.kind, "invalid", text)
    t.match(line.problem, "^%-.* has to stand on a line of its own$", text)
  end
end)

t.test("says which value an option lacks", function()
  for _, flag in ipairs { "-r", "-c", "-e", "--requirement", "--editable=" } do
    local line = only_line(flag)
    t.equal({ line.kind, line.problem }, { "invalid", flag:gsub("=", "") .. " needs a value" }, flag)
  end
end)

t.test("tells URLs, paths and archives from requirements", function()
  for _, text in ipairs {
    "https://x.example/a.whl", "git+https://x.example/a@v1#egg=a", "git+ssh://git@x.example/a", "git+git@x.example:a",
    "file:///a", "file:a", "./a", "../a", "/a", ".", ".[dev]", "./a[dev] ; os_name == 'nt'", "libs/a", "libs/a[x]",
    "a-1.0-py3-none-any.whl", "a-1.0.tar.gz", "a.tar.bz2", "a.tgz", "a.zip ; os_name == 'nt'", "a.whl --hash=sha256:x",
    "a @ https://x.example/a.whl", "a @ file:///a ; os_name == 'nt'", "a[x]@git+https://x.example/a",
  } do
    t.equal(only_line(text).kind, "url", text)
  end
  for _, text in ipairs { "zip", "tar.gz.tools", "a>=1", "whl==1.0", "a ; platform_version == 'a/b'" } do
    t.equal(only_line(text).kind, "requirement", text)
  end
end)

t.test("says what is wrong with a line", function()
  for text, problem in pairs {
    ["a 1.0"] = 'not a version specifier: "1.0"', ["[section]"] = "a package name is expected",
    ["a==1 ; os == 'nt'"] = "the marker has no variable 'os'", ["a==1.\\\n2"] = "the version is cut in two",
    ["a=\\\n=1"] = "the version is cut in two",
  } do
    t.equal({ only_line(text).kind, only_line(text).problem }, { "invalid", problem }, text)
  end
end)

t.test("reads lines of a hundred thousand characters in a moment", function()
  local started, many = os.clock(), 100000
  for _, text in ipairs {
    "a==1" .. (" "):rep(many) .. "b", (" "):rep(many) .. "#", ("a==1 -"):rep(many), ("\\\n"):rep(many),
    ("\\"):rep(many) .. "x\\\ny", "a" .. ("."):rep(many), "a>=" .. ("1"):rep(many), "a ; " .. ("("):rep(many),
    "a==1 " .. ("--hash=sha256:x "):rep(many), "-r" .. (" "):rep(many) .. "x y", ("a[b]"):rep(many),
    ("#\xE2"):rep(many),
  } do
    t.equal(requirements.text(parse(text)), text)
  end
  t.truthy(os.clock() - started < 10, os.clock() - started)
end)

-- --- changing pins ---

--- What a line becomes when its pin goes to 2.11.3.
local function moved(text, hashes)
  local file = parse(text)
  for _, line in ipairs(file.lines) do
    if line.pin then requirements.set_pin(line, "2.11.3", hashes) end
  end
  return requirements.text(file)
end

t.test("changes the pin and nothing else of a line", function()
  for text, want in pairs {
    ["jinja2==2.10\n"] = "jinja2==2.11.3\n",
    ["  Jinja2[i18n]  ==  2.10  ; python_version == '2.10'  # 2.10 == 2.10\r\n"] =
      "  Jinja2[i18n]  ==  2.11.3  ; python_version == '2.10'  # 2.10 == 2.10\r\n",
    ["jinja2===2.10"] = "jinja2===2.11.3", ["jinja2 (==2.10)\n"] = "jinja2 (==2.11.3)\n",
    ["jinja2== \\\n  2.10\n"] = "jinja2== \\\n  2.11.3\n",
    ["jinja2 \\\n==2.10 \\\n\n"] = "jinja2 \\\n==2.11.3 \\\n\n",
    ["\xEF\xBB\xBFjinja2==2.10"] = "\xEF\xBB\xBFjinja2==2.11.3",
    ["jinja2==2.10 -C a==2.10\n"] = "jinja2==2.11.3 -C a==2.10\n",
    ["a>=1\njinja2==2.10\n# jinja2==2.10\n"] = "a>=1\njinja2==2.11.3\n# jinja2==2.10\n",
  } do
    t.equal(moved(text), want, text)
  end
end)

t.test("leaves a line changed so that it reads as its text", function()
  local line = only_line("jinja2==2.10 " .. HASH .. "\n")
  requirements.set_pin(line, "2.11.3", { "sha256:n" })
  t.equal({ line.pin, line.specifier, line.hashes, line.kind }, { "2.11.3", "==2.11.3", { "sha256:n" }, "requirement" })
  requirements.set_pin(line, "3.0", { "sha256:m" })
  t.equal(line.raw, "jinja2==3.0 --hash=sha256:m\n")
end)

t.test("puts hashes where the old ones stood, in their style", function()
  local hashes = { "sha256:new", "sha256:newer" }
  for text, want in pairs {
    ["a==1 " .. HASH .. " " .. OTHER .. "  # why\n"] = "a==2.11.3 --hash=sha256:new --hash=sha256:newer  # why\n",
    ["a==1 \\\n    " .. HASH .. " \\\n    " .. OTHER .. "\n    # via b\n"] =
      "a==2.11.3 \\\n    --hash=sha256:new \\\n    --hash=sha256:newer\n    # via b\n",
    ["a==1 ; os_name == 'posix' \\\r\n\t" .. HASH .. "\r\n"] =
      "a==2.11.3 ; os_name == 'posix' \\\r\n\t--hash=sha256:new \\\r\n\t--hash=sha256:newer\r\n",
    ["a==1 " .. HASH .. " # was " .. OTHER .. "\n"] =
      "a==2.11.3 --hash=sha256:new --hash=sha256:newer # was " .. OTHER .. "\n",
    ["a==1 " .. HASH .. " -C k=v " .. OTHER .. " --global-option=x\n"] =
      "a==2.11.3 --hash=sha256:new --hash=sha256:newer -C k=v --global-option=x\n",
    ["a==1 \\\n    " .. HASH .. " \\\n    # why\n"] =
      "a==2.11.3 \\\n    --hash=sha256:new \\\n    --hash=sha256:newer \\\n    # why\n",
    ["a==1 --hash sha256:x"] = "a==2.11.3 --hash=sha256:new --hash=sha256:newer",
  } do
    t.equal(moved(text, hashes), want, text)
  end
end)

t.test("adds no hashes where there were none", function()
  t.equal(moved("a==1\n", { "sha256:new" }), "a==2.11.3\n")
end)

t.test("refuses to change what has no pin, and to leave old hashes behind", function()
  t.raises(function() requirements.set_pin(only_line "a>=1", "2") end, "no pin")
  t.raises(function() requirements.set_pin(only_line "-r a.txt", "2") end, "no pin")
  for _, hashes in ipairs { false, {} } do
    t.raises(function() requirements.set_pin(only_line("a==1 " .. HASH), "2", hashes or nil) end, "none for its new")
  end
end)

-- --- complete files ---

local COMPILED = "# This file is autogenerated by pip-compile with Python 3.11\n"

t.test("takes a compiled or wholly hashed file for complete", function()
  for _, text in ipairs {
    COMPILED .. "a==1\n    # via b\nb==2\n", "# This file was autogenerated by uv via the following command:\na==1\n",
    COMPILED .. "--index-url https://x.example\na==1 ; os_name == 'nt'\n",
    "a==1 " .. HASH .. "\nb==2 " .. OTHER .. "\n",
  } do
    t.equal(requirements.is_complete(parse(text)), true, text)
  end
end)

t.test("takes no other file for complete", function()
  for _, text in ipairs {
    "", "# nothing\n", COMPILED, "a==1\nb==2\n", COMPILED .. "a>=1\n", COMPILED .. "a==1\n-r more.txt\n",
    COMPILED .. "a==1\n-e .\n", COMPILED .. "a==1\n-c c.txt\n", COMPILED .. "a==1\n./b\n",
    COMPILED .. "a==1\nb @ https://x\n",
    "a==1 " .. HASH .. "\nb==2\n", "a>=1 " .. HASH .. "\n", "a==1 # autogenerated by me\n", COMPILED .. "a==1\nb 2\n",
  } do
    t.equal(requirements.is_complete(parse(text)), false, text)
  end
end)

t.test("plain pins are read the same whether the short way or the long one", function()
  -- A line separator that is none of ours, far below, makes the whole file go the long way.
  local function fields(text) return parse(text).lines[1] end
  local hash, other = "    --hash=sha256:" .. ("a1"):rep(32), "    --hash=sha256:" .. ("0f"):rep(32)
  for _, text in ipairs {
    "jinja2==2.10", "Zope.Interface==5", "a-b__c==1.2.3.4", "py==0", "x==1.0", "foo==1.", "foo==1..2", "foo-==1.0",
    "foo_==1", "foo==" .. ("1"):rep(600), "foo==1.0rc1", "foo==v1", "foo==1!2", "foo==1.0-1", "foo==1+cpu", "foo==1.x",
    "foo==x", "foo===1", "foo==1_0", "foo==1.0_post1", "foo==-1", "foo==1 ", "foo==1\\", "foo==1 \\",
    "foo==1 \\\n" .. hash,
    "foo==1 \\\n" .. hash .. " \\\n" .. other, "foo==1 \\\n" .. hash .. " # c", "foo==1 \\\n" .. hash .. " \\",
    "foo==1 \\\n " .. hash, "foo==1 \\\n" .. hash .. " \\\n\n" .. other, "foo==1 \\\n" .. hash:sub(1, -2),
    "foo==1 \\\n" .. hash .. "0", "foo==1 \\\n    --hash=sha256:" .. ("a "):rep(32), "foo==1 \\\nbar==2",
    "# comment", "    # via x", "#", " \t# tab", "", "   ", "\t",
  } do
    t.equal(fields(text .. "\nbar==1\n"), fields(text .. "\nbar==1\n# \v\n"), text)
  end
end)

t.test("a file of plain pins is read at once, and any other is not", function()
  local hash = " \\\n    --hash=sha256:" .. ("a1"):rep(32)
  t.equal(requirements.plain_pins("# pins\nJinja2==2.10\n\nurllib3==1.23" .. hash .. "\n    # via x\npy==1\n"), {
    { name = "jinja2", version = "2.10", line = 2 }, { name = "urllib3", version = "1.23", line = 4 },
    { name = "py", version = "1", line = 7 } })
  t.equal(requirements.plain_pins(""), {})
  for _, rest in ipairs { "b>=1\n", "b==1", "b==1x\n", "-r x.txt\n", "b==1 ; os_name == 'nt'\n", "b==1 \\\n",
    "b==1.\n", "b[c]==1\n", "# \v\n", "b==1 # c\n", "b\n", "#" } do
    t.equal(requirements.plain_pins("a==1\n" .. rest), nil, rest)
  end
end)

return t.finish()
