--- Markers of lock files: plain ones, and those that ask which extras and groups are chosen.
local t = require "harness"
local markers = require "inputs.locks.markers"

local function holds(marker, conflicts, python_version)
  return markers.new(python_version or "3.11.7", conflicts):hold(marker)
end

t.test("decides plain markers for the Python at hand", function()
  t.equal({ holds(nil), holds "python_version < '3.12'", holds "sys_platform == 'win32'" }, { true, true, false })
  t.equal({ holds("python_version < '3.11'", nil, "3.9.1"), holds "python_version < '3.11'" }, { true, false })
  t.equal({ holds("python_version < '3.11'", nil, "3.9.1") }, { true }, "no answer for another Python")
end)

t.test("takes each extra and group as chosen or not, as it suits the marker", function()
  for _, marker in ipairs { "extra == 'a'", "extra != 'a'", "'a' in extras", "'a' not in extras",
    "'g' in dependency_groups", "'g' not in dependency_groups and 'a' in extras", "extra == 'a' and extra != 'b'",
    "'a' in extras and 'a' not in dependency_groups" } do
    t.equal(holds(marker), true, marker)
  end
end)

t.test("does not hold where no choice makes it hold", function()
  for _, marker in ipairs { "extra == 'a' and sys_platform == 'win32'", "extra == 'a' and extra != 'a'",
    "'a' in extras and 'a' not in extras", "'g' in dependency_groups and python_version < '3'" } do
    t.equal(holds(marker), false, marker)
  end
end)

t.test("never chooses together what excludes each other", function()
  local conflicts = { { "extra-1-a-old", "extra-1-a-new" }, { "group-1-a-x", "group-1-a-y" } }
  t.equal(holds("extra == 'extra-1-a-old' and extra == 'extra-1-a-new'", conflicts), false)
  t.equal(holds("extra == 'extra-1-a-old' and extra == 'extra-1-a-new'"), true)
  t.equal(holds("extra == 'extra-1-a-old' and extra != 'extra-1-a-new'", conflicts), true)
  t.equal(holds("extra == 'extra-1-a-old' and extra == 'group-1-a-x'", conflicts), true)
  t.equal(holds("(python_version < '3' and extra == 'group-1-a-x') or (extra == 'group-1-a-x' and "
    .. "extra == 'group-1-a-y')", conflicts), false)
end)

t.test("holds where it cannot be read", function()
  t.equal({ holds "nonsense", holds "extra < 'a'", holds "'a' == extras", holds "" }, { true, true, true, true })
end)

t.test("holds where it would take too many trials", function()
  local names = {}
  for i = 1, 40 do names[i] = ("extra == 'e%d'"):format(i) end
  t.equal(holds(table.concat(names, " and ") .. " and os_name == 'nt'"), true)
end)

return t.finish()
