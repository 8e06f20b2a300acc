--- Fixes of packages that no line names: written as a pin, into the constraints, or not at all.
local edits = require "edits"
local fs = require "pysec.fs"
local support = require "edit_support"
local t = require "harness"

local HASH, upgrade = support.HASH, support.upgrade

local function job_for(choice, answer)
  local job = support.job_for(answer)
  job.options.transitive = choice
  return job
end

--- The texts that come of one target with these upgrades.
local function make(choice, list, ...)
  local target, folder = support.target_for(list)
  return support.make(job_for(choice, "new==3 --hash=sha256:n --hash=sha256:m\n"), target, folder, ...)
end

local FIX = upgrade("new", "1", "3", { "PYSEC-2023-192", "CVE-2023-1" })
local LINE = "new==3  # fixes PYSEC-2023-192, CVE-2023-1"

t.test("auto writes a line only where the plan says that one is needed", function()
  for _, choice in ipairs { "auto", false } do
    t.equal(make(choice or nil, { ["requirements.txt"] = "a==1\n" }, FIX), {})
    local needed = upgrade("new", "1", "3", FIX.fixes)
    needed.needs_line = true
    local texts, written = make(choice or nil, { ["requirements.txt"] = "a==1\n" }, needed)
    t.equal(texts, { ["requirements.txt"] = "a==1\n" .. LINE .. "\n" })
    t.equal(written, { new = true })
  end
end)

t.test("pin appends a line that says why, in the file's own line ending", function()
  for text, want in pairs {
    ["a==1\r\n"] = "a==1\r\n" .. LINE .. "\r\n", ["a==1"] = "a==1\n" .. LINE .. "\n",
    ["\xEF\xBB\xBF# x\r\na==1"] = "\xEF\xBB\xBF# x\r\na==1\r\n" .. LINE .. "\r\n",
    ["a==1\rb==1"] = "a==1\rb==1\r" .. LINE .. "\r",
    ["a==1 \\\n"] = "a==1 \\\n\n" .. LINE .. "\n", ["# x \\"] = "# x \\\n" .. LINE .. "\n", [""] = LINE .. "\n",
  } do
    t.equal(make("pin", { ["requirements.txt"] = text }, FIX), { ["requirements.txt"] = want }, text)
  end
end)

t.test("who needs it is told where the environment's metadata says so", function()
  local target, folder = support.target_for { ["requirements.txt"] = "a==1\n" }
  target.packages = { { name = "a" }, { name = "b" }, { name = "new" } }
  local job = job_for "pin"
  job.environment = { packages = { { name = "b", requires = { "New >= 1 ; python_version > '3'" } },
    { name = "a", requires = { "c", "new; extra == 'x'", "new" } }, { name = "c", requires = { "new" } } } }
  t.equal(support.make(job, target, folder, FIX),
    { ["requirements.txt"] = "a==1\n" .. LINE .. "; needed by a, b\n" })
end)

t.test("an id that is no id does not get into the file", function()
  local texts = make("pin", { ["requirements.txt"] = "a==1\n" },
    upgrade("new", "1", "3", { "X\nevil==1", "CVE-1\r-r x", "" }))
  t.equal(texts, { ["requirements.txt"] = "a==1\nnew==3  # fixes a vulnerability\n" })
end)

t.test("a file with hashes gets the line with its hashes, and the comment before it", function()
  local text = "a==1 " .. HASH .. "\r\n"
  t.equal(make("pin", { ["requirements.txt"] = text }, FIX), { ["requirements.txt"] = text
    .. "# fixes PYSEC-2023-192, CVE-2023-1\r\nnew==3 \\\r\n    --hash=sha256:n \\\r\n    --hash=sha256:m\r\n" })
end)

t.test("what a line names is no transitive fix, nor is what fixes nothing", function()
  for _, line in ipairs { "new>=1", "New==3", "-c c.txt", "-r r.txt", "new @ https://e.example/n.whl" } do
    local list = { ["requirements.txt"] = "a==1\n" .. line .. "\n", ["c.txt"] = "new==3\n", ["r.txt"] = "new\n" }
    t.equal(make("pin", list, FIX), {}, line)
  end
  t.equal(make("pin", { ["requirements.txt"] = "a==1\n" }, upgrade("new", "1", "3")), {})
end)

t.test("a line for other environments, and a range in constraints, name nothing that is installed here", function()
  for _, line in ipairs { "new==1 ; os_name == 'nt'", "-c c.txt" } do
    local list = { ["requirements.txt"] = line .. "\n", ["c.txt"] = "new<4\n" }
    t.equal(make("pin", list, FIX), { ["requirements.txt"] = line .. "\n" .. LINE .. "\n" }, line)
  end
end)

t.test("constraint takes the first constraints file of the set that may be changed", function()
  local target, folder = support.target_for({ ["app/x.txt"] = "-c ../far.txt\r\n-c near.txt\r\n-c last.txt\r\na==1\r\n",
    ["far.txt"] = "b<2\n", ["app/near.txt"] = "b<3", ["app/last.txt"] = "b<4\n" }, "app/x.txt")
  t.equal(support.make(job_for "constraint", target, folder, FIX), { ["app/near.txt"] = "b<3\n" .. LINE .. "\n" })
end)

t.test("constraint makes constraints.txt beside the file, and includes it", function()
  local target, folder = support.target_for({ ["app/x.txt"] = "a==1" }, "app/x.txt")
  local changes = assert(edits.make(job_for "constraint", target, { FIX, upgrade("other", "1", "2", { "X-1" }) }))
  t.equal(support.texts(changes, folder), { ["app/x.txt"] = "a==1\n-c constraints.txt\n",
    ["app/constraints.txt"] = LINE .. "\nother==2  # fixes X-1\n" })
  t.equal(fs.stat(folder .. "/app/constraints.txt"), nil)
end)

t.test("targets side by side share the constraints.txt that is made, and the higher pin wins", function()
  local folder, texts = t.files(t.tempdir(), { ["x.txt"] = "a==1\n", ["y.txt"] = "b==1\r\n" }), {}
  for _, plan in ipairs { { "x.txt", "3" }, { "y.txt", "4" }, { "x.txt", "3" } } do
    assert(edits.make(job_for "constraint", support.target_in(folder, plan[1]),
      { upgrade("new", "1", plan[2], FIX.fixes) }, texts))
  end
  t.equal(texts, { [folder .. "/x.txt"] = "a==1\n-c constraints.txt\n",
    [folder .. "/y.txt"] = "b==1\r\n-c constraints.txt\r\n",
    [folder .. "/constraints.txt"] = "new==4  # fixes PYSEC-2023-192, CVE-2023-1\n" })
end)

t.test("a constraints.txt that is there is included and extended, never written over", function()
  local mine = "# mine\r\nb<2\r\nnew==1  # old\r\n"
  t.equal(make("constraint", { ["requirements.txt"] = "a==1\n", ["constraints.txt"] = mine }, FIX), {
    ["requirements.txt"] = "a==1\n-c constraints.txt\n",
    ["constraints.txt"] = "# mine\r\nb<2\r\nnew==3  # old\r\n" })
  t.equal(make("constraint", { ["requirements.txt"] = "a==1\n", ["constraints.txt"] = "b<2" }, FIX),
    { ["requirements.txt"] = "a==1\n-c constraints.txt\n", ["constraints.txt"] = "b<2\n" .. LINE .. "\n" })
end)

t.test("a constraints.txt that cannot be read is left alone, and the run says what helps", function()
  for name, want in pairs { ["constraints.txt/x"] = "constraints%.txt: no file that constraints can be written to; ",
    ["constraints.txt"] = "constraints%.txt:2: '%?': .*; correct it, or take %-%-transitive pin" } do
    local target = support.target_for { ["requirements.txt"] = "a==1\n", [name] = "b\n?\n" }
    local texts = {}
    local changes, message = edits.make(job_for "constraint", target, { FIX }, texts)
    t.equal(changes, nil)
    t.match(message, want)
    t.equal(texts, {})
  end
end)

return t.finish()
