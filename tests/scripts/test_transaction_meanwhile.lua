--- What others do while a transaction is at work, or before it is taken back: files and folders that go, come or
-- become something else, and journals that nobody has written.
local fs = require "pysec.fs"
local json = require "pysec.json"
local recovery = require "transaction.recovery"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"
local Transaction = require "transaction"

local function nothing() end

local function project()
  return t.files(t.tempdir(), { ["env/lib/a.py"] = "old\n", ["req.txt"] = "a==1\n", ["sub/base.txt"] = "b==1\n" })
end

--- A transaction that has changed everything.
local function changed(folder)
  local transaction = Transaction.begin({ environment = { path = folder .. "/env" }, changes = {
    { path = folder .. "/req.txt", before = "a==1\n" }, { path = folder .. "/sub/base.txt", before = "b==1\n" },
    { path = folder .. "/new.txt" } } }, nothing)
  transaction:write { { path = folder .. "/req.txt", text = "a==2\n" },
    { path = folder .. "/new.txt", text = "c==1\n" }, { path = folder .. "/sub/base.txt", text = "b==2\n" } }
  t.files(folder, { ["env/lib/a.py"] = "new\n" })
  return transaction
end

local function cut_off(folder)
  for _, journal in ipairs(changed(folder).journals) do journal:release() end
end

local function failure(body, ...)
  local ok, problem = pcall(body, ...)
  t.truthy(not ok and type(problem) == "table" and problem.failed, "it did not fail: " .. tostring(problem))
  return problem.failed
end

local function remove(folder, ...)
  for _, name in ipairs { ... } do assert(fs.remove(folder .. "/" .. name)) end
end

local JOURNALS = { "env.pysec-journal", "req.txt.pysec-journal", "new.txt.pysec-journal",
  "sub/base.txt.pysec-journal" }

t.test("journals that somebody cleared away: nothing counts any more, and all of it is put back", function()
  local folder = project()
  local before = support.fingerprint(folder)
  local transaction = changed(folder)
  remove(folder, table.unpack(JOURNALS))
  t.match(failure(transaction.commit, transaction),
    "env%.pysec%-journal: it was removed while the upgrade was at work, which needs it")
  t.equal(transaction:restore(), {})
  t.equal(support.fingerprint(folder), before)
end)

t.test("a journal that somebody else has made in its place is his", function()
  local folder = project()
  local transaction = changed(folder)
  remove(folder, JOURNALS[1])
  t.files(folder, { [JOURNALS[1]] = "" })
  t.match(failure(transaction.write, transaction, { { path = folder .. "/req.txt", text = "a==3\n" } }),
    "it was removed while")
  transaction:restore()
  t.equal(fs.read(folder .. "/" .. JOURNALS[1]), "")
  t.equal(fs.list(folder), { "env", "env.pysec-journal", "req.txt", "sub" })
end)

t.test("without its copy the environment stays, and the message says so", function()
  local folder = project()
  local transaction = changed(folder)
  remove(folder, "env.pysec-snapshot")
  t.match(failure(transaction.restore, transaction), "env%.pysec%-snapshot is gone, so .*/env cannot be put back")
  t.equal(fs.read(folder .. "/env/lib/a.py"), "new\n")
end)

t.test("without its copy a file stays as it was written, and is named; the others are put back", function()
  local folder = project()
  cut_off(folder)
  remove(folder, "req.txt.pysec-before")
  local done = assert(recovery.run(folder .. "/env"))
  t.equal(done.changed, { { path = fs.realpath(folder .. "/req.txt"), lost = true } })
  t.equal({ fs.read(folder .. "/req.txt"), fs.read(folder .. "/sub/base.txt"), fs.read(folder .. "/env/lib/a.py") },
    { "a==2\n", "b==1\n", "old\n" })
end)

t.test("what was removed since comes back", function()
  local folder = project()
  local before = support.fingerprint(folder)
  cut_off(folder)
  remove(folder, "env", "req.txt", "new.txt")
  t.equal(assert(recovery.run(folder .. "/env")).changed, {})
  t.equal(support.fingerprint(folder), before)
end)

t.test("a link or a folder in a file's place is somebody's", function()
  local folder = project()
  cut_off(folder)
  remove(folder, "req.txt", "new.txt")
  t.files(folder, { ["mine.txt"] = "a==2\n", ["new.txt/mine"] = "mine\n" })
  assert(tool.run { "ln", "-s", "mine.txt", "req.txt", cwd = folder })
  t.equal(#assert(recovery.run(folder .. "/env")).changed, 2)
  t.equal({ fs.read(folder .. "/mine.txt"), fs.stat(folder .. "/req.txt", { follow = false }).kind,
    fs.read(folder .. "/req.txt.pysec-saved"), fs.read(folder .. "/new.txt/mine"), fs.read(folder .. "/sub/base.txt") },
    { "a==2\n", "link", "a==1\n", "mine\n", "b==1\n" })
end)

t.test("names and texts that are no UTF-8 are put back as well", function()
  for _, name in ipairs { "b\xFF.txt", "100%41.txt", "a\nb.txt" } do
    local folder = t.files(t.tempdir(), { ["req.txt"] = "a==1\n", [name] = "b==1 # caf\xE9 %41\n" })
    local before = support.fingerprint(folder)
    local transaction = Transaction.begin({ changes = { { path = folder .. "/req.txt", before = "a==1\n" },
      { path = folder .. "/" .. name, before = "b==1 # caf\xE9 %41\n" } } }, nothing)
    transaction:write { { path = folder .. "/req.txt", text = "a==2\n" },
      { path = folder .. "/" .. name, text = "b==2 # caf\xE9 %41\n" } }
    for _, journal in ipairs(transaction.journals) do journal:release() end
    t.equal(assert(recovery.run(folder .. "/" .. name)).changed, {}, name)
    t.equal(support.fingerprint(folder), before)
  end
end)

t.test("a line of a journal that is no step is damage, whatever it is", function()
  local folder = project()
  local before = support.fingerprint(folder)
  local none = json.array {}
  for _, step in ipairs { { step = "begin" }, { step = "begin", files = 3, claims = none },
    { step = "begin", files = { {} }, claims = none }, { step = "begin", files = none, claims = { "a\0b" } },
    { step = "begin", files = none, claims = none, family = "x" },
    { step = "begin", files = none, claims = none, environment = 5 }, { step = "write", path = "req.txt" },
    { step = "write", text = "" }, { step = "claim" }, { step = "claim", journal = "" }, { step = 1 }, none } do
    t.files(folder, { ["env.pysec-journal"] = json.encode(step) .. "\n" })
    local done, message = recovery.run(folder .. "/env")
    t.equal(done, nil, json.encode(step))
    t.match(message, "env%.pysec%-journal:1: not a line of a journal; .*; then remove the journal")
  end
  remove(folder, "env.pysec-journal")
  t.equal(support.fingerprint(folder), before)
end)

t.test("what has a journal's name and is no file is not waited for", function()
  for _, make in ipairs { "mkfifo $0", "ln -s /dev/zero $0", "ln -s /dev/stdin $0", "mkdir $0" } do
    local folder = project()
    assert(tool.run { "/bin/sh", "-c", make, "env.pysec-journal", cwd = folder })
    local done, message = recovery.run(folder .. "/env")
    t.equal(done, nil)
    t.match(message, "env%.pysec%-journal: this is no journal of an upgrade, but its name; remove it")
    t.equal(recovery.state(folder .. "/env"), "cut off")
  end
end)

return t.finish()
