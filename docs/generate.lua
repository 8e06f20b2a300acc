--- Writes docs/scripting.md: pysec run docs/generate.lua
local fs = require "pysec.fs"
local reference = require "reference"
local ui = require "pysec.ui"

local docs = arg[0]:match "^(.*)/" or "."
local stubs = docs .. "/../scripts/meta/"

local texts = {}
for i, name in ipairs(assert(fs.list(stubs))) do texts[i] = assert(fs.read(stubs .. name)) end
assert(fs.write(docs .. "/scripting.md", reference.write(assert(fs.read(docs .. "/scripting.intro.md")), texts)))
ui.ok(("docs/scripting.md: %d stubs"):format(#texts))
