--- pysec.ui: text from elsewhere is harmless when it is printed; colours and live lines are for terminals alone.
local t = require "harness"
local fs = require "pysec.fs"
local tool = require "pysec.tool"
local ui = require "pysec.ui"

local function script(text)
  return t.files(t.tempdir(), { ["a.lua"] = 'local ui = require "pysec.ui"\n' .. text }) .. "/a.lua"
end

--- Runs a script in pipes and returns what it wrote to both.
local function piped(text, variables)
  variables = variables or { TERM = "xterm" }
  local result = assert(tool.run { t.program, "run", script(text), env = variables, timeout = 20 })
  assert(result.code == 0, result.stderr)
  return result.stdout, result.stderr
end

--- Runs a script on a terminal of so many columns and returns what the terminal got; both streams in one.
local function on_terminal(text, columns, variables)
  variables = variables or {}
  variables.TERM, variables.PATH = variables.TERM or "xterm", "/usr/bin:/bin"
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

--- Text that is not harmless, and what is printed in its place.
local ESCAPED = {
  ["C0 controls and DEL"] = {
    ["\0"] = "\\x00", ["a\7b"] = "a\\x07b", ["\8\8"] = "\\x08\\x08", ["a\tb"] = "a\\x09b", ["a\nb"] = "a\\x0ab",
    ["a\rb"] = "a\\x0db", ["\27[2J"] = "\\x1b[2J", ["\27]0;title\7"] = "\\x1b]0;title\\x07", ["\127"] = "\\x7f",
    ["\27]8;;http://x\27\\y"] = "\\x1b]8;;http://x\\x1b\\y",
  },
  ["C1 controls"] = {
    ["\u{80}"] = "\\x80", ["\u{9B}31m"] = "\\x9b31m", ["\u{9F}"] = "\\x9f", ["\u{85}"] = "\\x85",
    ["\u{9D}0;x"] = "\\x9d0;x",
  },
  ["marks that reorder"] = {
    ["\u{202E}txt.exe"] = "\\u{202e}txt.exe", ["\u{202A}\u{202C}"] = "\\u{202a}\\u{202c}",
    ["\u{2066}\u{2069}"] = "\\u{2066}\\u{2069}", ["\u{200E}\u{200F}"] = "\\u{200e}\\u{200f}", ["\u{61C}"] = "\\u{61c}",
  },
  ["separators of lines, and the byte order mark"] = {
    ["a\u{2028}b\u{2029}c"] = "a\\u{2028}b\\u{2029}c", ["\u{FEFF}a"] = "\\u{feff}a",
  },
  ["bytes that are no UTF-8"] = {
    ["\xFF"] = "\\xff", ["\x9B31m"] = "\\x9b31m", ["\xC3"] = "\\xc3", ["\xE2\x82"] = "\\xe2\\x82", ["é\x80"] = "é\\x80",
    ["\xC0\x9B"] = "\\xc0\\x9b", ["\xED\xA0\x80"] = "\\xed\\xa0\\x80", ["\xF4\x90\x80\x80"] = "\\xf4\\x90\\x80\\x80",
  },
  ["commands of CI systems"] = {
    ["::add-mask::x"] = "\\x3a:add-mask::x", ["  ::error::x"] = "  \\x3a:error::x",
    ["\u{A0}::error::"] = "\u{A0}\\x3a:error::", ["\u{3000} \u{2003}::set"] = "\u{3000} \u{2003}\\x3a:set",
    ["##[error]x"] = "\\x23#[error]x", ["a ##[group]x"] = "a \\x23#[group]x",
    ["##vso[task.setvariable a]"] = "\\x23#vso[task.setvariable a]",
    ["x ##VSO[a]"] = "x \\x23#VSO[a]", ["##teamcity[a]"] = "\\x23#teamcity[a]", ["###[a]"] = "#\\x23#[a]",
  },
}

for name, cases in pairs(ESCAPED) do
  t.test("escapes " .. name, function()
    for text, want in pairs(cases) do t.equal(ui.escape(text), want, want) end
  end)
end

t.test("leaves alone what is harmless", function()
  for _, text in ipairs {
    "", "plain", "é€😀東京", "a::b", "a ::error::", "x: ::", ":", ": :", "## Heading", "##", "# [x]", "##\\[", "a\u{A0}b",
    "\\x1b", "e\u{301}", "👩\u{200D}💻", "100%", "<b>&", "##1[",
  } do
    t.equal(ui.escape(text), text)
  end
end)

t.test("every message escapes, and keeps its lines", function()
  local out, err = piped [[
    ui.configure { verbose = true }
    for _, name in ipairs { "info", "ok", "fail", "section", "warn", "error", "detail" } do
      ui[name](name .. "\27[31m\nsecond\u{202E}\n::error::x\n  ::error::y\r")
    end]]
  local function lines(prefix, name)
    return prefix .. name .. "\\x1b[31m\nsecond\\u{202e}\n\\x3a:error::x\n  \\x3a:error::y\\x0d\n"
  end
  t.equal(out, lines("", "info") .. lines("✓ ", "ok") .. lines("✗ ", "fail") .. lines("\n", "section"))
  t.equal(err, lines("warning: ", "warn") .. lines("error: ", "error") .. lines("  ", "detail"))
end)

t.test("write is for other programs and escapes nothing", function()
  t.equal(piped 'ui.write "::x\\27[1m\\0\\xFF"', "::x\27[1m\0\xFF")
  t.equal(piped 'print("a", nil, 1, "\\27")', "a\tnil\t1\t\27\n")
end)

t.test("quiet leaves results and problems, verbose adds details", function()
  local ALL = [[
    for _, name in ipairs { "info", "ok", "fail", "section", "warn", "error", "detail" } do ui[name](name) end
    ui.write "write\n"
    local progress <close> = ui.progress()
    progress:start "label"
    progress:finish("label", true, "text")]]
  local out, err = piped(ALL)
  t.equal(out, "info\n✓ ok\n✗ fail\n\nsection\nwrite\n")
  t.equal(err, "warning: warn\nerror: error\n✓ label: text (0.0 s)\n")
  out, err = piped("ui.configure { quiet = true }" .. ALL)
  t.equal(out, "✗ fail\nwrite\n")
  t.equal(err, "warning: warn\nerror: error\n")
  out, err = piped("ui.configure { verbose = true } ui.configure { quiet = false } ui.configure {}" .. ALL)
  t.equal(out, "info\n✓ ok\n✗ fail\n\nsection\nwrite\n")
  t.equal(err, "warning: warn\nerror: error\n  detail\n✓ label: text (0.0 s)\n")
end)

local STYLED = [[
  ui.info "info" ui.ok "ok" ui.fail "fail" ui.section "section" ui.warn "warn" ui.error "error"
  ui.table({ "T" }, { { { "red", "red" } }, { { "bold", "bold" } }, { "plain" } })]]

terminal_test("colours a terminal, and nothing else", function()
  t.equal(on_terminal(STYLED, 80), "info\n\27[32m✓ \27[0mok\n\27[31m✗ \27[0m\27[1mfail\27[0m\n\n"
    .. "\27[1msection\27[0m\n\27[33mwarning: \27[0mwarn\n\27[31merror: \27[0merror\n"
    .. "\27[1mT\27[0m\n\27[31mred\27[0m\n\27[1mbold\27[0m\nplain\n")
  local out, err = piped(STYLED)
  t.lacks(out .. err, "\27")
end)

terminal_test("NO_COLOR, a dumb terminal and configure switch colours off", function()
  for name, lines in pairs {
    NO_COLOR = on_terminal(STYLED, 80, { NO_COLOR = "1" }), TERM = on_terminal(STYLED, 80, { TERM = "dumb" }),
    configure = on_terminal("ui.configure { color = false }" .. STYLED, 80),
  } do
    t.lacks(lines, "\27", name)
    t.contains(lines, "✓ ok", name)
  end
  t.contains(on_terminal(STYLED, 80, { NO_COLOR = "" }), "\27[32m", "an empty NO_COLOR is none")
  t.contains(on_terminal("ui.configure { color = true }" .. STYLED, 80), "\27[32m")
  t.lacks(on_terminal("ui.configure { color = true }" .. STYLED, 80, { NO_COLOR = "1" }), "\27")
end)

terminal_test("each stream is coloured by where it goes", function()
  local folder = t.tempdir()
  local text = 'local ui = require "pysec.ui"; ui.ok "a"; ui.warn "b"'
  local path = t.files(folder, { ["a.lua"] = text }) .. "/a.lua"
  local command = ("stty -opost; %s run %s 2> %s/err"):format(t.program, path, folder)
  local result = assert(tool.run { "script", "-qec", command, "/dev/null",
    env = { TERM = "xterm", PATH = "/usr/bin:/bin" } })
  t.equal(result.stdout, "\27[32m✓ \27[0ma\n")
  t.equal(fs.read(folder .. "/err"), "warning: b\n")
end)

t.test("raises for arguments of another kind", function()
  for _, name in ipairs { "info", "ok", "fail", "section", "warn", "error", "escape", "write" } do
    t.raises(function() ui[name]() end, "string expected", name)
    t.raises(function() ui[name] {} end, "string expected", name)
  end
  t.raises(function() ui.configure() end, "table expected")
end)

return t.finish()
