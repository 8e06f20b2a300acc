--- A transaction: everything that an upgrade changes, as one. Begins with a copy of it all, and ends by commit or by
-- restoring the copy; a `kill -9` in between is made good by transaction/recovery.lua.
--
-- The steps are in the journal before they are made. The line "committed" is the moment in which the old state becomes
-- the new one: before it everything is restored, after it only the copies are cleared away.
local attempt = require "lib.attempt"
local clock = require "pysec.clock"
local files = require "transaction.files"
local fs = require "pysec.fs"
local host = require "pysec.host"
local json = require "pysec.json"
local Journal = require "transaction.journal"
local must = require "lib.must"
local paths = require "lib.paths"
local places = require "transaction.places"
local snapshot = require "transaction.snapshot"
local steps = require "transaction.steps"
local tool = require "pysec.tool"
local undo = require "transaction.undo"

local Transaction = {}
Transaction.__index = Transaction

-- --- beginning ---

local function check_rights(path, is_new)
  if not is_new then must(fs.writable(path)) end
  must(fs.writable(paths.folder(path)))
end

--- The things that are changed, by their real paths: { environment or nil, files = { { path, is_new } } }.
local function resolve(work)
  local own = { files = {} }
  if work.environment then own.environment = must(places.real(work.environment.path)) end
  local seen = {}
  for _, change in ipairs(work.changes) do
    local path = must(places.real(change.path))
    if not seen[path] then
      seen[path] = true
      table.insert(own.files, { path = path, is_new = change.before == nil or nil })
    end
  end
  return own
end

--- What is kept of a thing must not be there yet. Without a journal nobody knows whose it is.
local function check_free(path)
  if fs.stat(path, { follow = false }) then
    error({ failed = ("%s is in the way: it may be what an upgrade kept; if it is needed no more, remove it")
      :format(path) }, 0)
  end
end

--- What is put back takes the place of the environment, and who is in it would be nowhere.
local function check_standpoint(environment)
  local here = fs.cwd()
  if here and (here .. "/"):sub(1, #environment + 1) == environment .. "/" then
    error({ failed = ("%s: the current folder lies in it, and it may have to be replaced; start from elsewhere")
      :format(environment) }, 0)
  end
end

local function check(own)
  if own.environment then
    check_standpoint(own.environment)
    check_rights(own.environment)
    must(snapshot.fits(own.environment))
  end
  for _, file in ipairs(own.files) do check_rights(file.path, file.is_new) end
end

--- Locks everything, in an order that all keep; the journal is beside the environment or the first file.
local function lock(self)
  local subjects = { self.own.environment }
  for _, file in ipairs(self.own.files) do subjects[#subjects + 1] = file.path end
  local main = subjects[1]
  table.sort(subjects)
  for _, subject in ipairs(subjects) do
    local journal = must(Journal.open(subject))
    table.insert(self.journals, journal)
    if not journal:is_fresh() then
      error({ failed = ("%s: an upgrade was cut off; run: pysec recover %s"):format(subject, subject) }, 0)
    end
    if subject == main then self.journal = journal end
  end
end

--- Gives the locks up before anything was noted: the files that they are go as well, unless they hold something.
local function unlock(self)
  for _, journal in ipairs(self.journals) do
    if journal:is_fresh() then journal:remove() else journal:release() end
  end
end

local function note(self, step, fields)
  must(self.journal:note(step, fields))
end

local function begin(self)
  local journal, own = self.journal, self.own
  local kept, claims = json.array(), json.array()
  for i, file in ipairs(own.files) do
    kept[i] = { path = journal:relative(file.path), is_new = file.is_new }
    if file.path ~= journal.subject then claims[#claims + 1] = journal:relative(file.path) end
  end
  note(self, "begin", { format = 1, pysec = host.version(), started = clock.timestamp(), family = tool.family(),
    environment = own.environment and journal:relative(own.environment), files = kept, claims = claims })
  self.has_begun = true
  for _, other in ipairs(self.journals) do
    if other ~= journal then must(other:note("claim", { journal = other:relative(journal.path) })) end
  end
end

local function save(self)
  for _, file in ipairs(self.own.files) do
    if not file.is_new then files.keep(file.path) end
  end
  local identity = self.own.environment and snapshot.take(self.own.environment)
  note(self, "saved", identity)
end

--- Begins a transaction on `work` ({ environment = or nil, changes = { { path, before } } }): checks rights and space,
-- locks, lets `unchanged()` say (raising { failed }) whether all is still as it was planned for, and saves it.
-- Raises { failed } with nothing changed.
function Transaction.begin(work, unchanged)
  local self = setmetatable({ own = resolve(work), journals = {} }, Transaction)
  check(self.own)
  local ok, problem = pcall(function()
    lock(self)
    for _, file in ipairs(self.own.files) do check_free(places.before(file.path)) end
    if self.own.environment then check_free(places.snapshot(self.own.environment)) end
    unchanged()
    begin(self)
    save(self)
  end)
  if ok then return self end
  tool.shield(function()
    if self.has_begun then self:restore() else unlock(self) end
  end)
  error(problem, 0)
end

-- --- between ---

local function find(self, path)
  for _, file in ipairs(self.own.files) do
    if file.path == path then return file end
  end
  error({ failed = path .. ": would change as well, which the whole plan does not" }, 0)
end

--- Writes files: { { path, text } }. Raises { failed }.
function Transaction:write(changes)
  for _, change in ipairs(changes) do
    local file = find(self, must(places.real(change.path)))
    -- A text that is there already is no change, and what is no change is not taken back.
    if fs.read(file.path) ~= change.text then
      note(self, "write", { path = self.journal:relative(file.path), text = steps.pack(change.text) })
      files.write(file.path, change.text)
    end
  end
end

--- Makes everything what it was, and goes on: for another trial. Raises { failed }.
function Transaction:renew()
  note(self, "renew")
  tool.shield(function()
    if self.own.environment then snapshot.renew(self.own.environment) end
    for _, file in ipairs(self.own.files) do files.renew(file.path, file.is_new) end
  end)
end

-- --- ending ---

--- By what is known here, not by what is read: somebody may have cleared the journals away.
local function finish(self, body)
  local record = self.journal.record
  record.is_ours = true
  local result = body(record)
  undo.clear(self.journal, record)
  unlock(self)
  return result
end

--- Makes everything what it was, and ends. Returns the files that somebody else changed meanwhile (see undo.restore).
-- Raises { failed } when that cannot be done; then the journal stays, and `pysec recover` goes on.
function Transaction:restore()
  self.is_over = true
  return tool.shield(finish, self, function(record) return undo.restore(self.journal, record) end)
end

--- Ends with what is there now. Returns true, or false and a message when copies could not be cleared away, which does
-- no harm: the next upgrade does that. Raises { failed } when it could not be committed.
function Transaction:commit()
  return tool.shield(function()
    -- What was installed has to be on the disk before the copy of what was there goes.
    if self.own.environment then must(fs.sync(self.own.environment)) end
    note(self, "committed")
    self.is_over = true
    -- An exit of 130 says that everything is as it was before, so the report is finished.
    tool.ignore_interrupts()
    return attempt.run(finish, self, function() end)
  end)
end

return Transaction
