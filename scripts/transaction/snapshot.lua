--- An environment's copy as it was before, and how it comes back.
--
-- The copy gets its name when it is whole. It comes back by exchange, so that there is an environment at every moment.
-- Where the file system cannot exchange (a layer of a container, a mount, NFS), what the environment holds goes, and
-- what the copy holds is moved in.
local copy = require "transaction.copying"
local fs = require "pysec.fs"
local must = require "lib.must"
local paths = require "lib.paths"
local places = require "transaction.places"

local snapshot = {}

--- Whether a copy of the environment would fit. Returns true, or nil and a message.
function snapshot.fits(environment)
  local needed, message = fs.measure(environment)
  if not needed then return nil, message end
  local space
  space, message = fs.space(paths.folder(environment))
  if not space then return nil, message end
  local is_full = not space.reflinks and needed.bytes > space.bytes
  if not is_full and not (space.entries and needed.entries > space.entries) then return true end
  if is_full then
    return nil, ("%s: an upgrade begins with a copy of it, which takes %d MB; %d MB are free there, make room first")
      :format(environment, needed.bytes // 2 ^ 20 + 1, space.bytes // 2 ^ 20)
  end
  return nil, ("%s: an upgrade begins with a copy of its %d files, and the file system takes %d more; make room first")
    :format(environment, needed.entries, space.entries)
end

--- Takes the copy. Returns what tells it from all other folders beside it: { inode }. (The number of a device may be
-- another one after the next start of the machine.) Raises { failed }.
function snapshot.take(environment)
  local place = places.snapshot(environment)
  copy(environment, place)
  must(fs.sync(place))
  return { inode = must(fs.stat(place)).inode }
end

--- Moves a thing to where nothing is, across file systems as well.
local function move(from, to)
  local moved, message, code = fs.rename(from, to)
  if moved then return end
  if code ~= "EXDEV" then error({ failed = message }, 0) end
  copy(from, to)
  must(fs.remove(from))
end

--- Puts what the copy holds into the environment. `cleared` is true once what was there is gone; it is told by
-- `on_cleared`, so that whoever goes on after a `kill -9` does not take what was moved for what was there.
local function fill(environment, place, cleared, on_cleared)
  if not cleared then
    for _, name in ipairs(must(fs.list(environment))) do must(fs.remove(paths.join(environment, name))) end
    on_cleared()
  end
  for _, name in ipairs(must(fs.list(environment))) do
    if name:match("%.pysec%-part$") then must(fs.remove(paths.join(environment, name))) end
  end
  for _, name in ipairs(must(fs.list(place))) do
    local to = paths.join(environment, name)
    must(fs.remove(to))
    move(paths.join(place, name), to)
  end
end

local function exists(path)
  return fs.stat(path, { follow = false }) ~= nil
end

local function is_same(path, identity)
  local stat = fs.stat(path, { follow = false })
  return stat ~= nil and stat.kind == "folder" and stat.inode == identity.inode
end

--- Puts the copy back. May be cut off and called again with the same `identity` (what `take` returned). `cleared` and
-- `on_cleared` as of fill. Raises { failed }.
function snapshot.put_back(environment, identity, cleared, on_cleared)
  local place = places.snapshot(environment)
  if is_same(environment, identity) then return end
  if not exists(place) then
    error({ failed = ("%s is gone, so %s cannot be put back; if that is sound, remove %s"):format(place, environment,
      places.journal(environment)) }, 0)
  end
  if not is_same(place, identity) then
    error({ failed = ("%s is not the copy that the upgrade made; if %s is sound, remove %s"):format(place, environment,
      places.journal(environment)) }, 0)
  end
  if not exists(environment) then
    must(fs.rename(place, environment))
    return
  end
  if not cleared and fs.exchange(place, environment) then return end
  fill(environment, place, cleared, on_cleared)
end

--- Makes the environment what it was, and keeps the copy: for another trial. Raises { failed }.
function snapshot.renew(environment)
  local place, fresh = places.snapshot(environment), places.part(environment)
  must(fs.remove(fresh))
  must(fs.copy(place, fresh))
  if not fs.exchange(fresh, environment) then fill(environment, fresh, false, function() end) end
  must(fs.remove(fresh))
end

--- Removes the copy and what may be left of others.
function snapshot.drop(environment)
  local place = places.snapshot(environment)
  must(fs.remove(places.part(environment)))
  must(fs.remove(places.part(place)))
  must(fs.remove(place))
end

return snapshot
