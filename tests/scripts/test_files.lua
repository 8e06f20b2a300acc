--- Requirements files with all that they include.
local t = require "harness"
local files = require "inputs.files"
local tool = require "pysec.tool"

--- Loads files of a made-up folder; returns the set and the folder.
local function load(list, ...)
  local folder = t.files(t.tempdir(), list)
  local paths = {}
  for i, name in ipairs(#{ ... } > 0 and { ... } or { "requirements.txt" }) do paths[i] = folder .. "/" .. name end
  return files.load(paths), folder
end

--- "file:line name" of each entry.
local function places(entries, folder)
  local list = {}
  for i, entry in ipairs(entries) do
    list[i] = ("%s:%d %s"):format(entry.file.path:sub(#folder + 2), entry.line.first, entry.line.name)
  end
  return list
end

local function raises(list, pattern)
  t.raises(function() load(list) end, pattern)
end

t.test("reads the requirements of a file, with their lines", function()
  local set, folder = load { ["requirements.txt"] = "# head\na==1\n\nb>=2 ; os_name == 'nt'\n" }
  t.equal(places(set.requirements, folder), { "requirements.txt:2 a", "requirements.txt:4 b" })
  t.equal({ set.constraints, set.skipped, set.notes, #set.files }, { {}, {}, {}, 1 })
end)

t.test("follows includes, relative to the file that has them, in their place", function()
  local set, folder = load {
    ["requirements.txt"] = "a\n-r more/base.txt\n--requirement=./more/../other.txt\nz\n",
    ["more/base.txt"] = "b\n-r deep/d.txt\n", ["more/deep/d.txt"] = "d\n-r ../../other.txt\n", ["other.txt"] = "o\n",
  }
  t.equal(places(set.requirements, folder), { "requirements.txt:1 a", "more/base.txt:1 b", "more/deep/d.txt:1 d",
    "other.txt:1 o", "requirements.txt:4 z" })
  t.equal(#set.files, 4)
end)

t.test("reads a file once, also where files include each other", function()
  local set, folder = load { ["requirements.txt"] = "a\n-r b.txt\n-r b.txt\n-r requirements.txt\n",
    ["b.txt"] = "b\n-r requirements.txt\n" }
  t.equal(places(set.requirements, folder), { "requirements.txt:1 a", "b.txt:1 b" })
  t.equal(#set.files, 2)
end)

t.test("keeps constraints apart, with all that they include", function()
  local set, folder = load { ["requirements.txt"] = "a\n-c c.txt\n", ["c.txt"] = "b<2\n-r d.txt\n-c e.txt\n",
    ["d.txt"] = "d<2\n", ["e.txt"] = "e<2\n" }
  t.equal(places(set.requirements, folder), { "requirements.txt:1 a" })
  t.equal(places(set.constraints, folder), { "c.txt:1 b", "d.txt:1 d", "e.txt:1 e" })
end)

t.test("audits a file that constrains and is included as well, whichever comes first", function()
  for _, text in ipairs { "-c base.txt\n-r base.txt\n", "-r base.txt\n-c base.txt\n" } do
    local set, folder = load { ["requirements.txt"] = text, ["base.txt"] = "jinja2==2.10\n-r more.txt\n-e .\n--pre\n",
      ["more.txt"] = "flask==0.12\n" }
    local both = { "base.txt:1 jinja2", "more.txt:1 flask" }
    t.equal(places(set.requirements, folder), both)
    t.equal(places(set.constraints, folder), both)
    t.equal({ #set.files, #set.skipped, #set.notes }, { 3, 1, 1 })
  end
end)

t.test("loads several files, each once", function()
  local set, folder = load({ ["a.txt"] = "a\n-r b.txt\n", ["b.txt"] = "b\n" }, "a.txt", "./b.txt", "a.txt")
  t.equal(places(set.requirements, folder), { "a.txt:1 a", "b.txt:1 b" })
end)

t.test("lists what cannot be audited, with its line and the reason", function()
  local set, folder = load { ["requirements.txt"] = "a\n-e .\n./libs/b\nc @ https://x.example/c.whl\n"
    .. "git+https://x.example/d\n" }
  local skipped = {}
  for i, item in ipairs(set.skipped) do
    skipped[i] = ("%s:%d %s"):format(item.path:sub(#folder + 2), item.line, item.name)
    t.match(item.reason, "not on the package index")
  end
  t.equal(skipped, { "requirements.txt:2 -e .", "requirements.txt:3 ./libs/b", "requirements.txt:4 c",
    "requirements.txt:5 git+https://x.example/d" })
  t.match(set.skipped[1].reason, "%-%-venv")
end)

t.test("notes options that are not followed", function()
  local set = load { ["requirements.txt"] = "--index-url https://evil.example\n--require-hashes\na\n" }
  t.equal(#set.notes, 1)
  t.equal({ set.notes[1].line, set.notes[1].text },
    { 1, "'--index-url https://evil.example' is not followed; give an index by PIP_INDEX_URL" })
end)

t.test("says which line is wrong, and what to write", function()
  raises({ ["requirements.txt"] = "a\n\nb 1.0\n" },
    "/requirements%.txt:3: 'b 1%.0': not a version specifier: \"1%.0\"; write a requirement such as 'name==1%.2'$")
  raises({ ["requirements.txt"] = "-r base.txt\n", ["base.txt"] = "# x\n[a]\n" },
    "/base%.txt:2: '%[a%]': a package name")
  raises({ ["requirements.txt"] = "-r\n" }, "/requirements%.txt:1: '%-r': %-r needs a value")
  raises({ ["requirements.txt"] = "--pre -r b.txt\n" }, "%-r has to stand on a line of its own")
end)

t.test("says which line includes what is not there, or no file", function()
  raises({ ["requirements.txt"] = "a\n-r missing.txt\n" }, "/requirements%.txt:2: .*/missing%.txt: no such file$")
  raises({ ["requirements.txt"] = "-c folder\n", ["folder/x"] = "" }, "/requirements%.txt:1: .*/folder: not a file$")
  raises({ ["requirements.txt"] = "-r https://x.example/r.txt\n" },
    "/requirements%.txt:1: '%-r https://x%.example/r%.txt': a file on the web is not fetched; include a copy of it$")
  t.raises(function() files.load { "/nonexistent/requirements.txt" } end,
    "^/nonexistent/requirements%.txt: no such file$")
end)

t.test("does not wait for a pipe", function()
  local folder = t.files(t.tempdir(), { ["requirements.txt"] = "-r pipe.txt\n" })
  assert(tool.run { "/usr/bin/mkfifo", folder .. "/pipe.txt" })
  t.raises(function() files.load { folder .. "/requirements.txt" } end, "pipe%.txt: not a file$")
end)

t.test("takes no binary file", function()
  raises({ ["requirements.txt"] = "\xFF\xFEa\0=\0=\0" }, "/requirements%.txt: is not a text file$")
end)

t.test("keeps a byte order mark and odd line endings from the names", function()
  local set, folder = load { ["requirements.txt"] = "\xEF\xBB\xBFa==1\r\nb==2\rc==3" }
  t.equal(places(set.requirements, folder), { "requirements.txt:1 a", "requirements.txt:2 b", "requirements.txt:3 c" })
end)

t.test("takes no file whose bytes mean something else than they show", function()
  for _, head in ipairs { "# coding: utf-7\n", "#!x\n# -*- coding: unicode_escape -*-\n", "# coding=cp037\n" } do
    raises({ ["requirements.txt"] = head .. "# +AAo-b==1\na==1\n" }, "requirements.txt: the encoding '[%w_-]+' cannot")
  end
  for _, hidden in ipairs { "\x85", "\xA0", "\xC2\x85", "\xE2\x80\xA8" } do
    raises({ ["requirements.txt"] = "# coding: latin-1\n# " .. hidden .. "b==1\n" }, "the encoding 'latin%-1' cannot")
  end
  raises({ ["requirements.txt"] = "# coding: ascii\n# \xE9\n" }, "the encoding 'ascii' cannot be read")
  raises({ ["requirements.txt"] = "# coding: latin-1\n# \x85b==1\n" }, "the encoding 'latin%-1' cannot be read")
  for _, head in ipairs { "# coding: utf-8\n", "# coding: Latin_1\n", "a==1\n\n# coding: utf-7\n",
    "\xEF\xBB\xBF# coding: utf-7\n" } do
    t.truthy(load { ["requirements.txt"] = head .. "b==1\n" }, head)
  end
  t.truthy(load { ["requirements.txt"] = "# coding: utf-8\n# \xC3\xA4\n" })
end)

return t.finish()
