--- Applies plans so that a failure leaves everything as it was: lock, snapshot, apply, verify, commit or
-- restore.
--
-- The snapshot of an environment is a copy beside it. It gets its name only when it is whole, and loses it
-- before it is removed, so a snapshot that is found at the start belongs to an upgrade that was cut off, and
-- is put back.
local fs = require "pysec.fs"
local installer = require "installer"
local outcome = require "lib.outcome"
local paths = require "lib.paths"
local tool = require "pysec.tool"
local toolbox = require "toolbox"
local ui = require "pysec.ui"

local transaction = {}

local function must(value, message)
  if not value then error({ failed = message }, 0) end
  return value
end

--- A link is the user's own way to a file or an environment: what it leads to is changed, the link stays.
local function real_path(path)
  path = path:gsub("(.)/+$", "%1")
  local stat = fs.stat(path, { follow = false })
  if stat and stat.kind == "link" then return must(fs.realpath(path)) end
  return path
end

-- --- the environment's snapshot ---

--- The environment's folder, and the place of its snapshot beside it.
local function places(environment)
  local path = real_path(environment.path)
  return path, path .. ".pysec-snapshot"
end

local function exists(path)
  return fs.stat(path, { follow = false }) ~= nil
end

--- Puts a snapshot back: the damaged environment is moved aside, then removed.
local function put_back(path, snapshot)
  local damaged = path .. ".pysec-damaged"
  must(fs.remove(damaged))
  if exists(path) then must(fs.rename(path, damaged)) end
  must(fs.rename(snapshot, path))
  fs.remove(damaged)
end

--- Restores what an upgrade that was cut off has left. Returns true when there was something. Raises { failed }.
function transaction.recover(environment)
  local path, snapshot = places(environment)
  if not exists(snapshot) then return false end
  tool.shield(put_back, path, snapshot)
  return true
end

local function take_snapshot(environment)
  local path, snapshot = places(environment)
  must(fs.remove(snapshot .. ".part"))
  must(fs.copy(path, snapshot .. ".part"))
  must(fs.rename(snapshot .. ".part", snapshot))
end

local function drop_snapshot(environment)
  local _, snapshot = places(environment)
  must(fs.rename(snapshot, snapshot .. ".done"))
  fs.remove(snapshot .. ".done")
end

-- --- steps ---

local function write_files(changes)
  for _, change in ipairs(changes) do
    local path = real_path(change.path)
    must(fs.write(path, change.text, { beneath = paths.folder(path) }))
    change.written = true
  end
end

local function restore_files(changes)
  for _, change in ipairs(changes) do
    if change.written and change.before then
      must(fs.write(real_path(change.path), change.before))
    elseif change.written then
      must(fs.remove(change.path))
    end
    change.written = nil
  end
end

local function check_environment(job, environment, before)
  for line in pairs(must(installer.complaints(job, environment))) do
    if not before[line] then error({ failed = "pip check: " .. job.tools.redact(line) }, 0) end
  end
end

--- The user's own check. It is his command line, so a shell runs it.
local function run_verify(job, command)
  local vars = toolbox.environment("plain")
  if job.environment then
    local path = must(fs.realpath(job.environment.path))
    vars.VIRTUAL_ENV = path
    vars.PATH = path .. "/bin:" .. vars.PATH
  end
  local result, message = job:run { "/bin/sh", "-c", command, env = vars, timeout = job.timeout }
  must(result, message)
  local problem = outcome.problem("--verify", result, { 0 })
  if problem then error({ failed = ("%s: %s"):format(problem, job.tools:said(result)) }, 0) end
end

-- --- the whole ---

local function apply_steps(job, work, verify)
  local environment = work.environment
  local before = environment and must(installer.complaints(job, environment))
  if environment then
    ui.detail("saving a copy of " .. environment.path)
    work.snapshot_began = true
    take_snapshot(environment)
  end
  write_files(work.changes)
  if environment and work.sync_path then
    must(installer.sync(job, environment, work.sync_path))
  end
  if environment and #work.installs > 0 then must(installer.install(job, environment, work.installs)) end
  if environment then check_environment(job, environment, before) end
  verify()
  if job.options.verify then run_verify(job, job.options.verify) end
end

--- An interrupt can fall between any two steps, so what is on the disk tells how far they came.
local function undo(work)
  restore_files(work.changes)
  if not work.snapshot_began then return end
  local path, snapshot = places(work.environment)
  must(fs.remove(snapshot .. ".part"))
  if exists(snapshot) then put_back(path, snapshot) end
end

local function commit(work)
  if work.snapshot_began then drop_snapshot(work.environment) end
  work.committed = true
  -- An exit of 130 says that everything is as it was before, so the report is finished.
  tool.ignore_interrupts()
end

local function take_locks(work)
  local locks, wanted = {}, {}
  for _, change in ipairs(work.changes) do
    if change.before then wanted[#wanted + 1] = change.path end
  end
  if work.environment then wanted[#wanted + 1] = work.environment.path .. "/pyvenv.cfg" end
  for _, path in ipairs(wanted) do
    local lock, message = fs.lock(real_path(path))
    if not lock then return nil, message .. "; wait until the other upgrade has ended" end
    locks[#locks + 1] = lock
  end
  return locks
end

local function check_rights(work)
  for _, change in ipairs(work.changes) do
    local path = change.before and real_path(change.path) or paths.folder(change.path)
    local ok, message = fs.writable(path)
    if ok then ok, message = fs.writable(paths.folder(path)) end
    if not ok then return nil, message end
  end
  if work.environment then
    local path = real_path(work.environment.path)
    local ok, message = fs.writable(path)
    if ok then ok, message = fs.writable(paths.folder(path)) end
    if not ok then return nil, message end
  end
  return true
end

--- Applies { changes = { { path, text, before } }, environment = or nil, installs = upgrades, sync_path = }.
-- `verify` raises { failed = message } when the result is not what was claimed.
-- Returns true, or nil and why everything is as it was before.
function transaction.run(job, work, verify)
  local ok, message = check_rights(work)
  if not ok then return nil, message end
  local locks, locked = take_locks(work)
  if not locks then return nil, locked end
  local done, problem = pcall(function()
    apply_steps(job, work, verify)
    tool.shield(commit, work)
  end)
  if not work.committed then tool.shield(undo, work) end
  for _, lock in ipairs(locks) do lock:release() end
  if done then return true end
  if type(problem) == "table" and problem.failed then return nil, problem.failed end
  error(problem, 0)
end

return transaction
