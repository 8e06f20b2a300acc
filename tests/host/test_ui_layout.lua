--- pysec.ui: tables and progress, as wide as they look.
local t = require "harness"
local tool = require "pysec.tool"
local ui = require "pysec.ui"

local function script(text)
  return t.files(t.tempdir(), { ["a.lua"] = 'local ui = require "pysec.ui"\n' .. text }) .. "/a.lua"
end

local function piped(text)
  local result = assert(tool.run { t.program, "run", script(text), env = { TERM = "xterm" }, timeout = 20 })
  assert(result.code == 0, result.stderr)
  return result.stdout, result.stderr
end

local function on_terminal(text, columns, variables)
  variables = variables or { TERM = "xterm", NO_COLOR = "1" }
  variables.PATH = "/usr/bin:/bin"
  local command = ("stty cols %d rows 24 -opost; exec %s run %s"):format(columns, t.program, script(text))
  local result = assert(tool.run { "script", "-qec", command, "/dev/null", env = variables, timeout = 20 })
  assert(result.code == 0, result.stdout)
  return result.stdout
end

--- A test that needs a terminal, which `script` makes.
local function terminal_test(name, body)
  if tool.which "script" then return t.test(name, body) end
  print("skipped: " .. name .. " (there is no `script` to make a terminal)")
end

t.test("a table is as wide as its widest cells", function()
  t.equal(piped [[ui.table({ "NAME", "V", "NOTE" }, { { "a", "1.0", "x" }, { "longer name", 2, true }, { "b" }, {} })]],
    "NAME         V    NOTE\na            1.0  x\nlonger name  2    true\nb                 \n                  \n")
  t.equal(piped [[ui.table({ "A" }, {})]], "A\n")
end)

t.test("wide characters count two columns, combining ones none", function()
  t.equal(piped [[ui.table({ "A", "B" }, { { "東京", "x" }, { "한국", "x" }, { "ｆｗ", "x" }, { "😀", "x" },
    { "e\u{301}e\u{301}", "x" }, { "éé", "x" }, { "abcd", "x" } })]],
    "A     B\n東京  x\n한국  x\nｆｗ  x\n😀    x\ne\u{301}e\u{301}    x\néé    x\nabcd  x\n")
end)

t.test("cells are escaped and stay on their line", function()
  t.equal(piped [[ui.table({ "A\27", "B" }, { { "::x\n", { "\u{202E}y\r", "red" } } })]],
    "A\\x1b       B\n\\x3a:x\\x0a  \\u{202e}y\\x0d\n")
end)

t.test("nothing is cut in a pipe", function()
  local long = ("x"):rep(500)
  t.contains(piped('ui.table({ "A", "B" }, { { ("x"):rep(500), "y" } })'), long .. "  y\n")
end)

--- Columns that a line takes, when all of its characters are single.
local function width(line) return utf8.len(line) end

terminal_test("a terminal's width is kept by cutting the widest columns", function()
  local rows = [[{ { ("a"):rep(50), "short", ("b"):rep(30) }, { "x", "y", "z" } }]]
  for columns = 30, 100, 7 do
    local out = on_terminal(('ui.table({ "A", "B", "C" }, %s)'):format(rows), columns)
    local first = out:match "\n([^\n]*)\n"
    t.truthy(width(first) <= columns, ("%d columns: %d\n%s"):format(columns, width(first), out))
    t.equal(first:find "…" ~= nil, columns < 89, columns)
    t.contains(first, "short")
  end
  t.equal(on_terminal('ui.table({ "A", "B" }, { { ("é"):rep(30), ("東"):rep(30) } })', 30),
    "A               B\n" .. ("é"):rep(13) .. "…  " .. ("東"):rep(6) .. "…\n")
end)

terminal_test("a terminal that is too narrow for the columns is not filled with nothing", function()
  t.equal(on_terminal('ui.table({ "A", "B" }, { { ("a"):rep(20), ("b"):rep(20) } })', 5),
    "A         B\naaaaaaa…  bbbbbbb…\n")
end)

terminal_test("a cell may have a style, and the titles are bold", function()
  t.equal(on_terminal([[ui.table({ "A", "B" }, { { { "x", "red" }, { 1.5, "green" } }, { { nil, "red" }, "y" } })]], 80,
    { TERM = "xterm" }), "\27[1mA\27[0m  \27[1mB\27[0m\n\27[31mx\27[0m  \27[32m1.5\27[0m\n\27[31m \27[0m  y\n")
  for name in pairs { plain = 1, bold = 1, dim = 1, red = 1, yellow = 1, green = 1, cyan = 1 } do
    t.contains(piped(('ui.table({ "A" }, { { { "x", %q } } })'):format(name)), "A\nx\n")
  end
end)

t.test("raises for what is no table", function()
  t.raises(function() ui.table() end, "table expected")
  t.raises(function() ui.table { "A" } end, "table expected")
  t.raises(function() ui.table({}, {}) end, "1 to 16 columns")
  t.raises(function() ui.table(table.pack(("x"):rep(17):byte(1, -1)), {}) end, "1 to 16 columns")
  t.raises(function() ui.table({ "A" }, { "row" }) end, "table expected")
  t.raises(function() ui.table({ "A" }, { { { "x", "purple" } } }) end, "no style is called 'purple'")
end)

t.test("progress prints a plain line for each end in a pipe", function()
  local out, err = piped [[
    local progress <close> = ui.progress()
    progress:start "one"
    progress:start "two\27"
    progress:tick()
    ui.info "between"
    progress:finish("two\27", true, "3 findings\n::error::")
    progress:finish("one", nil, "timed out")
    progress:finish("never started", false)]]
  t.equal(out, "between\n")
  t.equal((err:gsub("%d%.%d s", "T")),
    "✓ two\\x1b: 3 findings\\x0a::error:: (T)\n! one: timed out (T)\n! never started (T)\n")
end)

terminal_test("a label that is too long is cut between two characters", function()
  local _, err = piped [[
    local progress <close> = ui.progress()
    progress:start(("é"):rep(100))
    progress:finish(("é"):rep(100), true)]]
  t.equal(err, "✓ " .. ("é"):rep(39) .. " (0.0 s)\n")
  local out = on_terminal([[
    local progress <close> = ui.progress()
    progress:start("x" .. ("東"):rep(30))]], 40)
  t.truthy(utf8.len(out), "the terminal gets UTF-8")
  t.match(out, "^[^ ]+ x" .. ("東"):rep(13) .. " 0.0 s\n")
end)

terminal_test("progress is redrawn in place on a terminal, around what is printed", function()
  local up = "\27[1A\27[2K\r"
  local out = on_terminal([[
    do
      local progress <close> = ui.progress()
      progress:start "one"
      ui.info "between"
      progress:finish("one", true, "done")
      progress:start "two"
    end
    ui.info "after"]], 80)
  local plain = out:gsub("\xE2\xA0.", "*"):gsub("%d+%.%d s", "T"):gsub(up:gsub("%p", "%%%0"), "^")
  t.equal(plain, "* one T\n^between\n* one T\n^✓ one: done (T)\n* two T\n^after\n")
end)

terminal_test("how far a line is stands behind its label, and is cut with it", function()
  local text = [[
    local progress <close> = ui.progress()
    progress:start "one"
    progress:update("one", "%s")
    progress:update("never started", "x")
    progress:finish("one", true)]]
  local plain = on_terminal(text:format "43 %\27", 80):gsub("%d+%.%d s", "T")
  t.match(plain, "one T\n.*one  43 %%\\x1b T\n.*✓ one %(T%)\n$")
  t.match(on_terminal(text:format(("é"):rep(100)), 30), "one  " .. ("é"):rep(13) .. " 0.0 s\n")
  local _, err = piped(text:format "43 %")
  t.equal(err, "✓ one (0.0 s)\n")
end)

terminal_test("progress neither moves the cursor on a dumb terminal nor when quiet", function()
  local text = [[
    local progress <close> = ui.progress()
    progress:start "one"
    progress:tick()
    progress:finish("one", true)]]
  t.equal(on_terminal(text, 80, { TERM = "dumb" }), "✓ one (0.0 s)\n")
  t.equal(on_terminal("ui.configure { quiet = true }" .. text, 80), "")
end)

t.test("progress takes more lines than it shows, ends once, and raises for what is no label", function()
  local progress = ui.progress()
  for i = 1, 40 do progress:start("line " .. i) end
  t.raises(function() progress:start() end, "string expected")
  t.raises(function() progress:finish() end, "string expected")
  t.raises(function() progress.start({}, "x") end, "pysec.ui.progress expected")
  progress:close()
  progress:close()
  progress:start "after the end"
  progress:tick()
end)

t.test("prints every row of a long table once and in order", function()
  for _, count in ipairs { 0, 1, 62, 63, 64, 65, 127, 128, 129, 1000 } do
    local out = piped(('local rows = {} for i = 1, %d do rows[i] = { "r" .. i, i } end ui.table({ "A", "B" }, rows)')
      :format(count))
    local want, numbers = {}, {}
    for name, number in out:gmatch "(r%d+) +(%d+)\n" do
      numbers[#numbers + 1] = number
      t.equal(name, "r" .. number)
    end
    for i = 1, count do want[i] = tostring(i) end
    t.equal(numbers, want)
    t.match(out, "^A +B\n")
    t.equal(select(2, out:gsub("\n", "")), count + 1)
  end
end)

return t.finish()
