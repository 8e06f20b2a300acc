--- Poetry's constraints.
local t = require "harness"
local constraint = require "inputs.locks.constraint"

local CASES = {
  -- constraint, versions that it admits, versions that it does not
  { "^1.2.3", { "1.2.3", "1.9" }, { "1.2.2", "2.0" } },
  { "^1", { "1.0", "1.9.9" }, { "2.0", "0.9" } },
  { "^0.2.3", { "0.2.3", "0.2.9" }, { "0.3.0", "0.2.2" } },
  { "^0.0.3", { "0.0.3" }, { "0.0.4", "0.0.2" } },
  { "^0.0", { "0.0.9" }, { "0.1" } },
  { "^0", { "0.9" }, { "1.0" } },
  { "~1.2.3", { "1.2.3", "1.2.9" }, { "1.3.0" } },
  { "~1.2", { "1.2", "1.2.9" }, { "1.3" } },
  { "~1", { "1.0", "1.9" }, { "2.0" } },
  { "~=1.2", { "1.2", "1.9" }, { "2.0" } },
  { "*", { "0.1", "9" }, {} },
  { "1.2.*", { "1.2", "1.2.9" }, { "1.3" } },
  { "==1.*", { "1.0" }, { "2" } },
  { "1.2", { "1.2", "1.2.0" }, { "1.2.1" } },
  { "=1.2", { "1.2" }, { "1.3" } },
  { ">= 1.2, < 2", { "1.5" }, { "1.1", "2" } },
  { ">=1.2 <2", { "1.5" }, { "1.1", "2" } },
  { "<1 || >=2", { "0.9", "2" }, { "1.5" } },
  { "^1.0 | ^3.0", { "1.5", "3.1" }, { "2.0" } },
  { "!=1.5,>1", { "1.6" }, { "1.5", "1" } },
}

for _, case in ipairs(CASES) do
  t.test(case[1], function()
    for _, version in ipairs(case[2]) do t.equal(constraint.admits(case[1], version), true, version) end
    for _, version in ipairs(case[3]) do t.equal(constraint.admits(case[1], version), false, version) end
  end)
end

t.test("says nothing of what cannot be read", function()
  for _, text in ipairs { "latest", "^x", "~", ">=", "=>1" } do t.equal(constraint.admits(text, "1.0"), nil, text) end
  t.equal(constraint.admits(">=1", "no version"), nil)
end)

t.test("finds the one version that is meant", function()
  t.equal({ constraint.pin "1.2", constraint.pin " ==1.2rc1 ", constraint.pin "=1.2.post1" },
    { "1.2", "1.2rc1", "1.2.post1" })
  for _, text in ipairs { "^1.2", "*", "1.*", ">=1", "1 || 2", "1,2", "~1.2", "" } do
    t.equal(constraint.pin(text), nil, text)
  end
end)

return t.finish()
