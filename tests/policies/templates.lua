--- The shipped policies with the examples in their comments put to use.
local fs = require "pysec.fs"
local rules = require "lib.policy.rules"
local t = require "harness"

local templates = {}

--- Whether a line is a rule in a comment: "-- pin { ... }".
local function is_example(line)
  local word = line:match("^%-%- (%l+) {.*}$")
  for _, name in ipairs(rules.names) do
    if name == word then return true end
  end
  return false
end

--- The text of a shipped policy, in which the examples are rules.
function templates.filled_in(name)
  local lines = {}
  for line in assert(fs.read(("%s/policies/%s.lua"):format(t.root, name))):gmatch("([^\n]*)\n") do
    lines[#lines + 1] = is_example(line) and line:sub(4) or line
  end
  return table.concat(lines, "\n") .. "\n"
end

return templates
