--- Several targets of one run whose files overlap: each file ends with one text that holds what all of them need.
local edits = require "edits"
local fs = require "pysec.fs"
local support = require "edit_support"
local t = require "harness"

local HASH, job_for, upgrade = support.HASH, support.job_for, support.upgrade

--- Makes the edits of targets ({ name, upgrade, ... }) one after the other. Returns the texts by name.
local function run(job, list, plans)
  local folder, texts = t.files(t.tempdir(), list), {}
  for _, plan in ipairs(plans) do
    local target, upgrades = support.target_in(folder, plan[1]), table.move(plan, 2, #plan, 1, {})
    local changes, message = edits.make(job, target, upgrades, texts)
    if not changes then return nil, message:sub(#folder + 2), texts, folder end
    support.texts(changes, folder)
  end
  local by_name = {}
  for path, text in pairs(texts) do by_name[path:sub(#folder + 2)] = text end
  return by_name
end

t.test("two targets change one file: the text holds both", function()
  t.equal(run(job_for(), { ["base.txt"] = "a==1\nb==1\n", ["x.txt"] = "-r base.txt\n", ["y.txt"] = "-r base.txt\n" },
    { { "x.txt", upgrade("a", "1", "2") }, { "y.txt", upgrade("b", "1", "3") } }), { ["base.txt"] = "a==2\nb==3\n" })
end)

t.test("the higher pin wins, whichever target comes first", function()
  local list = { ["base.txt"] = "a==1\n", ["x.txt"] = "-r base.txt\n", ["y.txt"] = "-r base.txt\n" }
  for _, versions in ipairs { { "2", "3" }, { "3", "2" } } do
    t.equal(run(job_for(), list, { { "x.txt", upgrade("a", "1", versions[1]) },
      { "y.txt", upgrade("a", "1", versions[2]) } }), { ["base.txt"] = "a==3\n" })
  end
end)

t.test("a file that repeats a pin follows the one that was raised for another target", function()
  local list = { ["base.txt"] = "a==1\n", ["x.txt"] = "-r base.txt\na[e]==1 ; os_name == 'posix'  # x\n",
    ["y.txt"] = "a==1\n-c base.txt\n" }
  for _, versions in ipairs { { "2", "3" }, { "3", "2" } } do
    t.equal(run(job_for(), list, { { "x.txt", upgrade("a", "1", versions[1]) },
      { "y.txt", upgrade("a", "1", versions[2]) } }), { ["base.txt"] = "a==3\n",
      ["x.txt"] = "-r base.txt\na[e]==3 ; os_name == 'posix'  # x\n", ["y.txt"] = "a==3\n-c base.txt\n" })
  end
end)

t.test("a target whose own plan moves nothing follows, too", function()
  t.equal(run(job_for(), { ["base.txt"] = "a==1\n", ["x.txt"] = "-r base.txt\na==1\n", ["y.txt"] = "-r base.txt\n" },
    { { "x.txt" }, { "y.txt", upgrade("a", "1", "2") } }),
    { ["base.txt"] = "a==2\n", ["x.txt"] = "-r base.txt\na==2\n" })
end)

t.test("pins for other environments stay, and what nobody planned stays apart", function()
  t.equal(run(job_for(), { ["x.txt"] = "a==1\na==0 ; os_name == 'nt'\na===1+odd\nb==1\n-c c.txt\n",
    ["c.txt"] = "b==2\n" }, { { "x.txt", upgrade("a", "1", "2") } }),
    { ["x.txt"] = "a==2\na==0 ; os_name == 'nt'\na===2\nb==1\n-c c.txt\n" })
end)

t.test("a hashed file that follows gets the hashes of the version that it follows to", function()
  local job = job_for "a==3 --hash=sha256:n\n"
  t.equal(run(job, { ["base.txt"] = "a==1\n", ["x.txt"] = "-r base.txt\na==1 " .. HASH .. "\n",
    ["y.txt"] = "-r base.txt\n" }, { { "x.txt" }, { "y.txt", upgrade("a", "1", "3") } }),
    { ["base.txt"] = "a==3\n", ["x.txt"] = "-r base.txt\na==3 --hash=sha256:n\n" })
end)

t.test("a target that cannot be worked in leaves the texts of the others as they were", function()
  local list = { ["base.txt"] = "a==1\n", ["app/y.txt"] = "-r ../base.txt\nb==1\n", ["x.txt"] = "-r base.txt\nb==1\n" }
  local made, message, texts, folder = run(job_for(), list, { { "x.txt", upgrade("b", "1", "2") },
    { "app/y.txt", upgrade("b", "1", "2"), upgrade("a", "1", "2") } })
  t.equal(made, nil)
  t.match(message, "^base%.txt:1 pins a, and lies outside of the folder of ")
  t.equal(texts, { [folder .. "/x.txt"] = "-r base.txt\nb==2\n" })
end)

t.test("every awkward text keeps all bytes but those of the pin", function()
  for _, text in ipairs {
    "\xEF\xBB\xBF# x\r\n\tA == 1\t# why\r\n\r\nb>=1", "# -*- coding: latin-1 -*-\n# caf\xE9\na==1 # \xE9\n",
    "a \\\n  [e, f] \\\n  == \\\n  1 ; \\\n  os_name == 'posix'\n-r b.txt\n", "a==1\r# mac\rb==1",
    "a ( ==1 ) ;os_name=='posix'",
    "# \xC2\x85a==1\nc==1\xE2\x80\xA8a==1\n", "a===1", "a==1\n\n\n", "a==1 \\",
  } do
    local target, folder = support.target_for { ["requirements.txt"] = text, ["b.txt"] = "" }
    local at = 0
    local want = text:gsub("([aAfe][%s\\%],%]ef%[(]*=+[%s\\]*)1", function(start)
      at = at + 1
      return start .. "2.0.1"
    end)
    t.truthy(at > 0)
    local texts = support.make(job_for(), target, folder, upgrade("a", "1", "2.0.1"))
    t.equal(texts, { ["requirements.txt"] = want }, text)
  end
end)

t.test("a file under two spellings of its name is one file", function()
  local folder = t.files(t.tempdir(), { ["x.txt"] = "a==1\n" })
  local texts = {}
  for _ = 1, 2 do
    assert(edits.make(job_for(), support.target_in(folder, "./x.txt"), { upgrade("a", "1", "2") }, texts))
  end
  t.equal(texts, { [folder .. "/x.txt"] = "a==2\n" })
  t.equal(fs.read(folder .. "/x.txt"), "a==1\n")
end)

return t.finish()
