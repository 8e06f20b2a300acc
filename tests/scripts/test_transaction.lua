--- Transactions on plain folders and files: begin, write, renew, commit, restore, and what recovery makes of what a
-- `kill -9` leaves. The real pip is in tests/cli and tests/faults.
local fs = require "pysec.fs"
local json = require "pysec.json"
local recovery = require "transaction.recovery"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"
local Transaction = require "transaction"

local function nothing() end

--- The fingerprint of a folder that may be moved.
local function shape(folder)
  local parts = {}
  for line in support.fingerprint(folder):gmatch("[^\n]*\n?") do
    parts[#parts + 1] = line:sub(1, #folder) == folder and line:sub(#folder + 1) or line
  end
  return table.concat(parts)
end

--- A folder with an environment and two requirements files.
local function project()
  return t.files(t.tempdir(), { ["env/pyvenv.cfg"] = "home = /usr/bin\n", ["env/lib/a.py"] = "old\n",
    ["env/bin/tool"] = "#!/bin/sh\n", ["req.txt"] = "a==1\r\n", ["sub/base.txt"] = "b==1\n" })
end

local function work_of(folder)
  return { environment = { path = folder .. "/env" }, changes = {
    { path = folder .. "/req.txt", before = "a==1\r\n", text = "a==2\r\n" },
    { path = folder .. "/sub/base.txt", before = "b==1\n", text = "b==2\n" },
    { path = folder .. "/new.txt", text = "c==1\n" } } }
end

--- Changes everything, as an installer would.
local function change(folder, transaction, work)
  transaction:write(work.changes)
  t.files(folder, { ["env/lib/a.py"] = "new\n", ["env/lib/b.py"] = "came\n" })
  assert(fs.remove(folder .. "/env/bin/tool"))
end

local function failure(body, ...)
  local ok, problem = pcall(body, ...)
  t.truthy(not ok and type(problem) == "table" and problem.failed, "it did not fail: " .. tostring(problem))
  return problem.failed
end

t.test("what was restored is as before, and nothing else is left", function()
  local folder = project()
  local before, work = support.fingerprint(folder), work_of(folder)
  local transaction = Transaction.begin(work, nothing)
  change(folder, transaction, work)
  t.equal(transaction:restore(), {})
  t.equal(support.fingerprint(folder), before)
end)

t.test("what was committed stays, and nothing else is left", function()
  local folder = project()
  local work = work_of(folder)
  local transaction = Transaction.begin(work, nothing)
  change(folder, transaction, work)
  local after = {}
  for _, path in ipairs { "/env/lib/a.py", "/req.txt", "/sub/base.txt", "/new.txt" } do
    after[#after + 1] = fs.read(folder .. path)
  end
  t.equal(after, { "new\n", "a==2\r\n", "b==2\n", "c==1\n" })
  t.equal(transaction:commit(), true)
  t.equal(fs.list(folder), { "env", "new.txt", "req.txt", "sub" })
  t.equal(fs.list(folder .. "/sub"), { "base.txt" })
end)

t.test("between trials everything is as before, and can still be restored", function()
  local folder = project()
  local work = work_of(folder)
  local transaction = Transaction.begin(work, nothing)
  for _ = 1, 2 do
    change(folder, transaction, work)
    transaction:renew()
    t.equal({ fs.read(folder .. "/env/lib/a.py"), fs.read(folder .. "/env/bin/tool"), fs.read(folder .. "/req.txt"),
      fs.read(folder .. "/sub/base.txt") }, { "old\n", "#!/bin/sh\n", "a==1\r\n", "b==1\n" })
    t.equal(fs.stat(folder .. "/new.txt"), nil)
    t.equal(fs.stat(folder .. "/env/lib/b.py"), nil)
  end
  change(folder, transaction, work)
  transaction:restore()
  t.equal(fs.list(folder), { "env", "req.txt", "sub" })
end)

t.test("times, modes, links, pipes and the files' order of bytes survive", function()
  local folder = project()
  assert(tool.run { "/bin/sh", "-c", "cd env && ln -s lib lib64 && ln bin/tool bin/hard && mkfifo pipe && chmod 750 bin"
    .. " && touch -d @1500000000 lib/a.py lib", cwd = folder })
  local work = work_of(folder)
  local transaction = Transaction.begin(work, nothing)
  change(folder, transaction, work)
  transaction:restore()
  local stat = fs.stat(folder .. "/env/lib/a.py")
  t.equal({ stat.mtime, fs.stat(folder .. "/env/lib").mtime, fs.stat(folder .. "/env/bin").mode,
    fs.stat(folder .. "/env/lib64", { follow = false }).kind, fs.stat(folder .. "/env/pipe").kind,
    fs.read(folder .. "/env/bin/hard") },
    { 1500000000, 1500000000, tonumber("750", 8), "link", "other", "#!/bin/sh\n" })
end)

t.test("nothing is begun when something has changed since, or somebody else is at work", function()
  local folder = project()
  local before = support.fingerprint(folder)
  t.equal(failure(Transaction.begin, work_of(folder), function() error({ failed = "has changed" }, 0) end),
    "has changed")
  t.equal(support.fingerprint(folder), before)
  local first = Transaction.begin(work_of(folder), nothing)
  t.match(failure(Transaction.begin, work_of(folder), nothing), "env: another upgrade is at work on it; wait")
  first:restore()
  t.equal(support.fingerprint(folder), before)
end)

t.test("a file that the transaction was not told of is not written", function()
  local folder = project()
  local transaction = Transaction.begin(work_of(folder), nothing)
  t.match(failure(transaction.write, transaction, { { path = folder .. "/env/other.txt", text = "" } }),
    "other.txt: would change as well")
  transaction:restore()
end)

t.test("what lies where the copies go is not overwritten", function()
  for _, name in ipairs { "env.pysec-snapshot/mine", "req.txt.pysec-before" } do
    local folder = project()
    t.files(folder, { [name] = "mine" })
    local before = support.fingerprint(folder)
    t.match(failure(Transaction.begin, work_of(folder), nothing), "is in the way: it may be what an upgrade kept")
    t.equal(support.fingerprint(folder), before)
  end
end)

-- --- what was cut off ---

--- Lets a transaction lie as a `kill -9` does: its locks are gone, all else is there.
local function cut_off(transaction)
  for _, journal in ipairs(transaction.journals) do journal:release() end
end

t.test("recovery restores, from whichever thing it is called", function()
  for _, name in ipairs { "/env", "/req.txt", "/sub/base.txt", "/new.txt" } do
    local folder = project()
    local before, work = support.fingerprint(folder), work_of(folder)
    local transaction = Transaction.begin(work, nothing)
    change(folder, transaction, work)
    cut_off(transaction)
    t.equal(recovery.state(folder .. name), "cut off")
    local done = assert(recovery.run(folder .. name))
    t.equal({ done.committed, done.was_changed, done.changed, done.path:match("[^/]+$") }, { false, true, {}, "env" })
    t.equal(support.fingerprint(folder), before, name)
    t.equal({ recovery.run(folder .. name), recovery.state(folder .. name) }, {})
  end
end)

t.test("recovery finds what it needs when the folder was moved meanwhile", function()
  local folder = project()
  local work = work_of(folder)
  local before = shape(folder)
  local transaction = Transaction.begin(work, nothing)
  change(folder, transaction, work)
  cut_off(transaction)
  local moved = t.tempdir() .. "/elsewhere"
  assert(fs.rename(folder, moved))
  assert(recovery.run(moved .. "/env"))
  t.equal(fs.read(moved .. "/env/lib/a.py"), "old\n")
  t.equal(fs.read(moved .. "/sub/base.txt"), "b==1\n")
  t.equal(shape(moved), before)
end)

t.test("what was committed is not taken back", function()
  local folder = project()
  local work = work_of(folder)
  local transaction = Transaction.begin(work, nothing)
  change(folder, transaction, work)
  assert(transaction.journal:note("committed"))
  cut_off(transaction)
  local done = assert(recovery.run(folder .. "/req.txt"))
  t.equal({ done.committed, fs.read(folder .. "/env/lib/a.py"), fs.read(folder .. "/req.txt") },
    { true, "new\n", "a==2\r\n" })
  t.equal(fs.list(folder), { "env", "new.txt", "req.txt", "sub" })
end)

t.test("what somebody wrote since is not lost", function()
  local folder = project()
  local work = work_of(folder)
  local transaction = Transaction.begin(work, nothing)
  change(folder, transaction, work)
  cut_off(transaction)
  t.files(folder, { ["req.txt"] = "mine==1\n", ["new.txt"] = "mine==2\n" })
  local done = assert(recovery.run(folder .. "/env"))
  t.equal(#done.changed, 2)
  t.equal({ fs.read(folder .. "/req.txt"), fs.read(folder .. "/req.txt.pysec-saved"), fs.read(folder .. "/new.txt"),
    fs.read(folder .. "/sub/base.txt") }, { "mine==1\n", "a==1\r\n", "mine==2\n", "b==1\n" })
end)

t.test("a journal whose last line was cut off, an empty one, and a claim of nothing", function()
  local folder = project()
  local before, work = support.fingerprint(folder), work_of(folder)
  local transaction = Transaction.begin(work, nothing)
  change(folder, transaction, work)
  assert(fs.append(transaction.journal.path, '{"step":"commit'))
  cut_off(transaction)
  t.equal(assert(recovery.run(folder .. "/env")).committed, false)
  t.equal(support.fingerprint(folder), before)
  t.files(folder, { ["env.pysec-journal"] = "", ["req.txt.pysec-journal"] =
    json.encode { step = "claim", journal = "gone.pysec-journal" } .. "\n" })
  t.equal(recovery.run(folder .. "/env"), nil)
  t.equal(recovery.run(folder .. "/req.txt"), nil)
  t.equal(support.fingerprint(folder), before)
end)

t.test("a damaged journal is left alone, with the way out", function()
  local folder = project()
  t.files(folder, { ["env.pysec-journal"] = "garbage\n{}\n" })
  local done, message = recovery.run(folder .. "/env")
  t.equal(done, nil)
  t.match(message, "env%.pysec%-journal:1: not a line of a journal; .*%.pysec%-snapshot.* by hand")
  t.match(failure(Transaction.begin, work_of(folder), nothing), "an upgrade was cut off; run: pysec recover")
end)

t.test("a journal that came with somebody's files reaches nothing of ours", function()
  local folder, ours = project(), project()
  local before = support.fingerprint(ours)
  local function plant(begin, more)
    t.files(folder, { ["env.pysec-journal"] = json.encode(begin) .. "\n" .. (more or "") })
    local done, message = recovery.run(folder .. "/env")
    t.equal(support.fingerprint(ours), before)
    fs.remove(folder .. "/env.pysec-journal")
    return done, message
  end
  local saved = json.encode { step = "saved", inode = 1 } .. "\n"
  local none = json.array {}
  local done, message = plant({ step = "begin", environment = ours .. "/env", files = none, claims = none }, saved)
  t.equal(done, nil)
  t.match(message, "names an environment that it does not lie beside; remove it")
  for _, cleared in ipairs { "", '{"step":"cleared"}\n' } do
    done, message = plant({ step = "begin", environment = "env", files = none, claims = none }, saved .. cleared)
    t.equal(done, nil)
    t.match(message, "env%.pysec%-snapshot is gone, so .*/env cannot be put back; if that is sound, remove .*journal")
    t.files(folder, { ["env.pysec-snapshot/lib/a.py"] = "theirs\n" })
    done, message = plant({ step = "begin", environment = "env", files = none, claims = none }, saved .. cleared)
    t.equal(done, nil)
    t.match(message, "env%.pysec%-snapshot is not the copy that the upgrade made; if .*/env is sound, remove .*journal")
    t.equal(fs.read(folder .. "/env/lib/a.py"), "old\n")
    assert(fs.remove(folder .. "/env.pysec-snapshot"))
  end
  plant({ step = "begin", files = { { path = ours .. "/req.txt", is_new = true } }, claims = { ours .. "/req.txt" } },
    saved .. json.encode { step = "write", path = ours .. "/req.txt", text = "a==1\r\n" } .. "\n")
end)

t.test("where paths cannot be exchanged, what the environment holds is, and that may be cut off as well", function()
  local exchange = fs.exchange
  local folder = project()
  local before, work = support.fingerprint(folder), work_of(folder)
  local _ <close> = setmetatable({}, { __close = function() fs.exchange = exchange end })
  fs.exchange = function(a) return nil, a .. ": cannot be exchanged", "EXDEV" end
  local transaction = Transaction.begin(work, nothing)
  change(folder, transaction, work)
  transaction:renew()
  t.equal(fs.read(folder .. "/env/bin/tool"), "#!/bin/sh\n")
  change(folder, transaction, work)
  cut_off(transaction)
  local rename, left = fs.rename, 2
  fs.rename = function(...)
    left = left - 1
    if left < 0 then return nil, "the power is gone", "EIO" end
    return rename(...)
  end
  local done, message = recovery.run(folder .. "/env")
  fs.rename = rename
  t.equal(done, nil)
  t.match(message, "cannot be taken back: the power is gone; mend that, then run: pysec recover")
  local remove = fs.remove
  fs.remove = function(path)
    if path:find "/req%.txt%.pysec" then return nil, "the power is gone", "EIO" end
    return remove(path)
  end
  done, message = recovery.run(folder .. "/env")
  fs.remove = remove
  t.equal(done, nil)
  t.match(message, "cannot be taken back: the power is gone")
  t.equal(fs.stat(folder .. "/env.pysec-snapshot"), nil)
  assert(recovery.run(folder .. "/env"))
  t.equal(support.fingerprint(folder), before)
end)

return t.finish()
