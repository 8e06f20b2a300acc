--- docs/scripting.md is what its generator writes, and the examples of its introduction do what they say.
local t = require "harness"
local fs = require "pysec.fs"
local tool = require "pysec.tool"

local reference = assert(loadfile(t.root .. "/docs/reference.lua", "t"))()
local introduction = assert(fs.read(t.root .. "/docs/scripting.intro.md"))

local function stub_texts()
  local texts = {}
  for i, name in ipairs(assert(fs.list(t.root .. "/scripts/meta"))) do
    texts[i] = assert(fs.read(t.root .. "/scripts/meta/" .. name))
  end
  return texts
end

--- The number and text of the first line in which two texts differ.
local function first_difference(a, b)
  local number, next_line = 0, b:gmatch "[^\n]*"
  for line in a:gmatch "[^\n]*" do
    number = number + 1
    if line ~= next_line() then return ("line %d: %s"):format(number, line) end
  end
  return "the end"
end

t.test("docs/scripting.md is up to date", function()
  local want = reference.write(introduction, stub_texts())
  local got = assert(fs.read(t.root .. "/docs/scripting.md"))
  if got ~= want then error("run `pysec run docs/generate.lua`; " .. first_difference(want, got), 0) end
end)

t.test("the generator writes the file beside it", function()
  local root = t.tempdir()
  for _, folder in ipairs { "docs", "scripts" } do assert(fs.copy(t.root .. "/" .. folder, root .. "/" .. folder)) end
  assert(fs.remove(root .. "/docs/scripting.md"))
  local result = assert(tool.run { t.program, "run", root .. "/docs/generate.lua", cwd = "/" })
  t.equal(result.code, 0, result.stderr)
  t.truthy(fs.read(root .. "/docs/scripting.md") == reference.write(introduction, stub_texts()))
end)

local STUB = [[
---@meta pysec.example

--- An example: first sentence. Second
--- line.
--
-- Second <paragraph> with `*code*` and *stars*.
---@class pysec.example
---@field one integer  a field of the module
local example = {}

---@class pysec.example.options
---@field deep? table<string, integer>  a type with a space,
---  and a further line

--- Does it.
---@param a string
---@param options? pysec.example.options  how
---@param ... any
---@return (string|integer)[]? list  nil: not done
---@return "E"? code
function example.do_it(a, options, ...) end

---@alias pysec.example.kind "a"|"b"

--- A thing.
---@class pysec.example.thing
local thing = {}

--- Ends it.
function thing:stop() end

return example
]]

t.test("a stub becomes a section", function()
  t.equal(reference.write("# Title\n", { STUB }):match "(# Title.*)$", [[
# Title

# Reference

- [pysec.example](#pysecexample): An example: first sentence.

## pysec.example

An example: first sentence. Second
line.

Second \<paragraph> with `*code*` and \*stars\*.

- `one` (`integer`): a field of the module

### `pysec.example.options`

- `deep?` (`table<string, integer>`): a type with a space, and a further line

### example.do\_it(a, options, ...)

Does it.

- `a` (`string`)
- `options?` (`pysec.example.options`): how
- `...` (`any`)
- returns `list` (`(string|integer)[]?`): nil: not done
- returns `code` (`"E"?`)

### `pysec.example.kind`

`"a"|"b"`

### `pysec.example.thing`

A thing.

### thing:stop()

Ends it.
]])
  t.equal(reference.functions(reference.parse(STUB), "pysec.example"), { "do_it" })
  t.equal(reference.functions(reference.parse(STUB), "pysec.example.thing"), { "stop" })
  t.raises(function() reference.parse "---@overload fun()\n" end, "cannot show @overload")
end)

local REPORT = [[{ "dependencies": [
  { "name": "jinja2", "version": "2.10", "vulns": [
    { "id": "PYSEC-2019-217", "fix_versions": ["2.10.1"] }, { "id": "CVE-2024-1", "fix_versions": [] } ] },
  { "name": "flask", "version": "3.0", "vulns": [] }, { "name": "internal", "skip_reason": "not on PyPI" } ] }]]

--- For each example what it prints in a folder with these files: { arguments, exit code, output, errors }.
local EXAMPLES = {
  ["syntax.lua"] = {
    files = { ["src/good.py"] = "x = 1\n", ["src/deep/bad.py"] = "x = = 1\n", [".venv/hidden.py"] = "= =",
      ["a.txt"] = "=" },
    { { "none" }, 1, "", "none: No such file or directory" },
    { { "src/deep" }, 1, "✗ src/deep/bad.py: SyntaxError: invalid syntax\n1 files, 1 refused\n", "" },
    { {}, 1, "✗ ./src/deep/bad.py: SyntaxError: invalid syntax\n2 files, 1 refused\n", "" },
  },
  ["fixable.lua"] = {
    files = { ["report.json"] = REPORT, ["clean.json"] = '{ "dependencies": [] }', ["cut.json"] = REPORT:sub(1, 100) },
    { { "report.json" }, 1, "PACKAGE  VERSION  ID              FIXED IN\njinja2   2.10     PYSEC-2019-217  2.10.1\n"
      .. "jinja2   2.10     CVE-2024-1      no fix\n", "" },
    { { "clean.json" }, 0, "", "" },
    { { "cut.json" }, 3, "", "error: cut.json:3:29: " },
    { {}, 1, "", "a report is missing" },
  },
  ["in_range.lua"] = {
    files = { ["r.txt"] = "# pins\nJinja2==2.10 ; python_version > '3'\nflask == 1.x\n" },
    { { "r.txt", "jinja2", "<2.10.1" }, 1, "Jinja2 2.10 is <2.10.1\n", "" },
    { { "r.txt", "jinja2", ">=2.10.1" }, 0, "Jinja2 2.10 is not >=2.10.1\n", "" },
    { { "r.txt", "django", ">=1" }, 3, "", "warning: r.txt pins no version of django\n" },
    { { "r.txt", "flask", ">=1" }, 1, "", 'r.txt: not a version: "1.x"' },
    { { "none.txt", "flask", ">=1" }, 1, "", "none.txt: No such file or directory" },
  },
}

for block in introduction:gmatch "\n```lua\n(.-)\n```\n" do
  local name = block:match "^%-%- (%S+)"
  t.test("the example " .. name .. " works", function()
    local example = assert(EXAMPLES[name], "no expectation is written down")
    EXAMPLES[name] = nil
    local folder = t.files(t.tempdir(), example.files)
    local script = t.files(t.tempdir(), { [name] = block .. "\n" }) .. "/" .. name
    for _, case in ipairs(example) do
      local spec = { t.program, "run", script, cwd = folder, timeout = 60 }
      table.move(case[1], 1, #case[1], #spec + 1, spec)
      local result = assert(tool.run(spec))
      local label = name .. " " .. table.concat(case[1], " ")
      t.equal({ result.code, result.stdout }, { case[2], case[3] }, label .. "\n" .. result.stderr)
      if case[4] == "" then t.equal(result.stderr, "", label) else t.contains(result.stderr, case[4], label) end
    end
  end)
end

t.test("every example is there", function() t.equal(next(EXAMPLES), nil) end)

return t.finish()
