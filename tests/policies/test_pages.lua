--- Every shipped policy has a page in docs/policies, which shows its rules as they are; what the examples of a page say
-- comes true.
local t = require "harness"
local fs = require "pysec.fs"
local policy = require "pysec.policy"
local support = require "support"
local templates = require "policies.templates"

local folder = t.root .. "/docs/policies"

local function page_of(name)
  return assert(fs.read(("%s/%s.md"):format(folder, name)))
end

--- The fenced blocks of a language.
local function blocks(page, language)
  local list = {}
  for body in page:gmatch("\n```" .. language .. "\n(.-\n)```\n") do list[#list + 1] = body end
  return list
end

local function is_test(block)
  return block:match("\ntest%(") ~= nil
end

t.test("there is a page for every policy, and a policy for every page", function()
  local names = {}
  for _, file in ipairs(assert(fs.list(folder))) do names[#names + 1] = file:match("^(.*)%.md$") end
  table.sort(names)
  t.equal(names, policy.shipped())
end)

for _, name in ipairs(policy.shipped()) do
  local page = page_of(name)

  t.test(name .. ": the page shows its rules as they are", function()
    t.equal(page:match("^# ([^\n]*)\n"), name)
    t.contains(assert(fs.read(("%s/policies/%s.lua"):format(t.root, name))), blocks(page, "lua")[1])
  end)

  t.test(name .. ": policies on the page load", function()
    for _, block in ipairs(blocks(page, "lua")) do
      if not is_test(block) then
        assert(policy.load({}, { sources = { { name = name .. ".md", text = block } }, today = "2026-11-24" }))
      end
    end
  end)

  t.test(name .. ": commands on the page print what it says", function()
    for _, block in ipairs(blocks(page, "console")) do
      local stdin, words, output = block:match("^%$ echo '(.-)' | pysec ([^\n]*)\n(.*)$")
      t.truthy(stdin, "a command of another form: " .. block)
      local arguments = {}
      for word in words:gmatch("%S+") do arguments[#arguments + 1] = word end
      t.equal(support.pysec(arguments, { stdin = stdin, cwd = t.tempdir() }).stdout, output)
    end
  end)

  -- "mine.lua" is the page's last policy, and NAME.lua the copy of a list with its examples put to use.
  t.test(name .. ": tests on the page pass", function()
    local folder_of_tests = t.tempdir()
    local files = { ["copy/" .. name .. ".lua"] = templates.filled_in(name) }
    for i, block in ipairs(blocks(page, "lua")) do
      files[is_test(block) and ("copy/page%d_test.lua"):format(i) or "copy/mine.lua"] = block
    end
    t.files(folder_of_tests, files)
    local has_tests = page:find("\ntest(", 1, true) ~= nil
    if has_tests then support.expect(0, { "test", "copy" }, { cwd = folder_of_tests }) end
    t.truthy(has_tests or #blocks(page, "console") > 0, "the page has no example")
  end)
end

return t.finish()
