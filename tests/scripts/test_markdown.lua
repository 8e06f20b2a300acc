--- The Markdown report, read by a real parser: text from advisories and tools stays text.
local t = require "harness"
local json = require "pysec.json"
local markdown = require "lib.markdown"
local report = require "reports.markdown"
local report_support = require "report_support"
local tool = require "pysec.tool"
local toolbox = require "toolbox"
local ui = require "pysec.ui"

local HOSTILE = {
  "</td><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- comment", "<!DOCTYPE x>", "<?php ?>",
  "![](http://x.example/pixel.png)", "![a][b]", "[click](javascript:alert(1))", "[a]: http://x.example", "[a][b]",
  "<http://x.example>", "<me@x.example>", "http://x.example/a", "HTTPS://x.example", "see www.x.example today",
  "ftp://x",
  "@team", "ask @org/team, please", "me@x.example", "(@team)", "`@team`", "a|@b|c", "#1 and GH#23", "x/y#12",
  "a | b || c", "\\| \\", "\\", "a\\", "\\\\|", "`code`", "``", "`", "a`b@c`d", "``@``", "`|`", "@`@|@",
  "line\nline", "line\r\n\r\n# Heading", "\n---\n", "\27]0;title\7", "\27[31mred", "a\0b", "\u{202E}evil",
  "\u{2066}x\u{2069}", "\u{200F}", "\u{FEFF}x", "\u{2028}x", "\xFF\xFE", "\xE2\x80", "*bold* **bold** _em_ __em__",
  "~~gone~~", "# Heading", "> quote",
  "- item", "-- x", "---", "-", "- - -", "* item", "+ item", "1. item", "1) item", "12.", "===",
  "    code", "```\ncode", "~~~", "&lt;b&gt;", "&#64;team",
  "&copy;", "$x$ $$y$$", "a  \nb", "{.class}", "[ ] task", ":smile:", "| --- | --- |", "|", "", " ", "  x  ",
  "$(rm -rf /)", "%s %d %%", "“quotes” é 中文", "::set-output name=x::y", "##[error]x",
}

--- What the parser makes of documents.
local function parse(documents)
  local result = assert(tool.run { toolbox.open():python(), "-I", t.root .. "/tests/scripts/markdown_reader.py",
    stdin = json.encode(json.array(documents)), timeout = 60 })
  assert(result.code == 0, result.stderr)
  return json.decode(result.stdout)
end

--- What a reader has to see of a text: what the terminal shows of it.
local function seen(text) return ui.escape(text):match "^ *(.-) *$" end

local ALLOWED = { "code_inline", "inline", "paragraph_close", "paragraph_open", "text", "table_open", "table_close",
  "thead_open", "thead_close", "tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open",
  "td_close", "strong_open", "strong_close", "heading_open", "heading_close", "bullet_list_open", "bullet_list_close",
  "ordered_list_open", "ordered_list_close", "list_item_open", "list_item_close", "softbreak" }
for _, kind in ipairs(ALLOWED) do ALLOWED[kind] = true end

local function check_kinds(read, label)
  for _, kind in ipairs(read.kinds) do t.truthy(ALLOWED[kind], ("%s: %s"):format(label, kind)) end
end

--- Forges look for these in the text that is shown outside of code.
local function check_loose(read, label)
  for _, text in ipairs(read.loose) do
    for _, pattern in ipairs { "@%w", "%w@", "://", "[wW][wW][wW]%.", "#%d" } do
      t.truthy(not text:find(pattern), ("%s: %q outside of code"):format(label, text))
    end
  end
end

t.test("shows hostile text in a paragraph as it is, and makes nothing of it", function()
  local documents = {}
  for i, text in ipairs(HOSTILE) do documents[i] = "**Label:** " .. markdown.escape(text) end
  for i, read in ipairs(parse(documents)) do
    check_kinds(read, HOSTILE[i])
    check_loose(read, HOSTILE[i])
    t.equal(read.lines, { ("<strong_open>Label:<strong_close> " .. seen(HOSTILE[i])):match "^(.-)%s*$" })
  end
end)

t.test("shows hostile text at the start of a list item as it is", function()
  local documents = {}
  for i, text in ipairs(HOSTILE) do documents[i] = "- " .. markdown.escape(text) .. "\n- next" end
  for i, read in ipairs(parse(documents)) do
    check_kinds(read, HOSTILE[i])
    check_loose(read, HOSTILE[i])
    local want = seen(HOSTILE[i])
    t.equal(read.lines, want == "" and { "next" } or { want, "next" }, HOSTILE[i])
  end
end)

t.test("keeps a table's rows and cells, whatever stands in them", function()
  local rows, want = {}, { { "A", "B", "C" } }
  for i, text in ipairs(HOSTILE) do
    local other = HOSTILE[#HOSTILE + 1 - i]
    rows[i] = { text, "plain", other }
    want[i + 1] = { seen(text), "plain", seen(other) }
  end
  local read = parse({ markdown.table({ "A", "B", "C" }, rows) })[1]
  check_kinds(read, "table")
  check_loose(read, "table")
  t.equal(#read.tables, 1)
  for i, row in ipairs(want) do t.equal(read.tables[1][i], row) end
  t.equal(#read.tables[1], #want)
end)

t.test("fills cells that a row lacks, and takes values of any kind", function()
  local read = parse({ markdown.table({ "A", "B", "C" }, { { "x" }, { nil, 7, false }, {} }) })[1]
  t.equal(read.tables[1], { { "A", "B", "C" }, { "x", "", "" }, { "", "7", "false" }, { "", "", "" } })
end)

t.test("leaves plain text readable in the raw file", function()
  for _, text in ipairs { "CVE-2019-10906 in jinja2 2.10 (see docs/x.txt): 3.5% worse", "2.10", ".venv", "1.x" } do
    t.equal(markdown.escape(text), text)
  end
  t.equal(markdown.escape "see https://x.example/a_b", "see `https://x.example/a_b`")
end)

t.test("takes a word of megabytes in a moment", function()
  local started = os.clock()
  t.equal(#markdown.escape(("x"):rep(4000000)), 4000000)
  markdown.escape(("`|@"):rep(200000))
  for _, text in ipairs { (" "):rep(400000), "a" .. (" "):rep(400000) .. "b" } do markdown.escape(text) end
  t.truthy(os.clock() - started < 10)
end)

-- --- the whole report ---

local record_with, record_with_refused = report_support.record_with, report_support.record_with_refused

t.test("writes the whole report so that hostile text stays text everywhere", function()
  local documents = {}
  for i, text in ipairs(HOSTILE) do documents[i] = report.render(record_with_refused(text, text)) end
  local shape
  for i, read in ipairs(parse(documents)) do
    check_kinds(read, HOSTILE[i])
    check_loose(read, HOSTILE[i])
    local cells = {}
    for _, one in ipairs(read.tables) do
      for _, row in ipairs(one) do cells[#cells + 1] = #row end
    end
    shape = shape or cells
    t.equal(cells, shape, HOSTILE[i])
  end
end)

t.test("writes the guide's headings and lines", function()
  local record = record_with "x"
  record.venv_path, record.upgrade_mode = ".venv", "conservative"
  record.results = { pip_audit = { count = 2 }, safety = { count = 0 }, bandit = { count = 3 },
    upgrade = { status = "applied" } }
  record.upgrades[1].state = "applied"
  for _, item in ipairs(record.evidence) do item.status = "complete" end
  t.contains(report.render(record), [[
# Python Security Audit Report

**Date:** 20250123-143022
**Python:** Python 3.11.0
**Venv:** .venv
**Upgrade Mode:** conservative

## Summary

- **pip-audit:** ⚠️ 2 vulnerabilities
- **safety:** ✅ Clean
- **bandit:** 3 issues found
- **Upgrades:** Applied (conservative mode): 1 package
]])
  t.contains(report.render(record), "\n## Recommendations\n\n1. ")
end)

t.test("never calls a scanner clean that did not say all", function()
  local record = record_with "it died"
  record.results.pip_audit, record.results.safety = nil, { count = 0 }
  record.evidence = { { scanner = "pip-audit", status = "incomplete", reason = "it died", skipped = {} },
    { scanner = "safety", status = "incomplete", reason = "safety skipped 1 of 3", skipped = {} },
    { scanner = "bandit", status = "incomplete", reason = "bandit skipped 1", skipped = {} } }
  local text = report.render(record)
  t.lacks(text, "Clean")
  t.contains(text, "- **pip-audit:** ❌ Incomplete: it died\n")
  t.contains(text, "- **safety:** ❌ Incomplete: safety skipped 1 of 3\n")
  t.contains(text, "- **bandit:** ⚠️ 1 issue, and incomplete: bandit skipped 1\n")
end)

t.test("says of every upgrade status what it means", function()
  for status, want in pairs {
    none = "None %(audit only%)", planned = "Planned, not applied %(x mode, dry run%): 1 package",
    failed = "❌ Not applied %(x mode%): why", rolled_back = "❌ Rolled back %(x mode%): why",
    nothing = "Nothing to upgrade %(x mode%)",
  } do
    local record = record_with "x"
    record.results.upgrade = { status = status, reason = "why" }
    t.match(report.render(record), "\n%- %*%*Upgrades:%*%* " .. want .. "\n", status)
  end
end)

t.test("names its file after the time", function()
  t.equal(report.file "20250123-143022", "security-summary-20250123-143022.md")
end)

t.test("a refused upgrade and what a rule holds back name the rule and its place", function()
  local record = record_with_refused("x", "acme.lua:5")
  record.held_back[2].by = "acme.lua:6"
  local text = report.render(record)
  t.contains(text, "| refused | x | pin acme.lua:5: x |\n")
  t.contains(text, "| x | x | x |  | limit acme.lua:6: x |\n")
  record.results.upgrade = { status = "nothing" }
  t.contains(report.render(record), "- **Upgrades:** Nothing to upgrade (x mode); the policies refuse 1; 1 left out\n")
end)

return t.finish()
