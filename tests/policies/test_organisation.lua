--- The organisation's repository in examples/ is what its README says: sound, tested, and tried on a stored report.
local t = require "harness"
local fs = require "pysec.fs"
local support = require "support"

local folder = t.root .. "/examples/organisation"

-- The day on which its exceptions were written: they last 90 days.
local DAY = { SOURCE_DATE_EPOCH = "1795521600" }

local function expect(code, arguments)
  return support.expect(code, arguments, { cwd = folder, env = DAY })
end

t.test("its policies are sound", function()
  local result = expect(0, { "check", "--strict", "baseline.lua", "--project", "projects/shop/pysec.lua" })
  t.lacks(result.stdout, "warning")
end)

t.test("its tests pass and reach nine tenths of it", function()
  support.expect(0, { "test", "examples/organisation", "--coverage-min", "90" }, { cwd = t.root })
end)

t.test("its CI names commands and files that are there", function()
  local workflow = assert(fs.read(folder .. "/.github/workflows/policies.yml"))
  local names = {}
  for line in workflow:gmatch("run: (pysec [^\n]+)") do
    local words = {}
    for word in line:gsub("reports/%*/security%-summary%-%*%.json", "reports/shop"):gmatch("%S+") do
      words[#words + 1] = word == "policy-tests.xml" and t.tempdir() .. "/" .. word or word
    end
    names[#names + 1] = words[2]
    expect(0, table.move(words, 2, #words, 1, {}))
  end
  t.equal(names, { "check", "test", "eval" })
end)

t.test("a trial on the stored report shows what its README shows", function()
  local readme = assert(fs.read(folder .. "/README.md"))
  local summary = "reports/shop/" .. assert(fs.list(folder .. "/reports/shop"))[1]
  local result = expect(1, { "eval", "--policy", "baseline.lua", "--against", summary })
  t.equal(result.stdout, readme:match("```console\n(.-)```"))
end)

return t.finish()
