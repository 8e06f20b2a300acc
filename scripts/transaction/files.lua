--- The files of a transaction: kept as they were, written, put back.
local copy = require "transaction.copying"
local fs = require "pysec.fs"
local must = require "lib.must"
local paths = require "lib.paths"
local places = require "transaction.places"

local files = {}

local function exists(path)
  return fs.stat(path, { follow = false }) ~= nil
end

--- Keeps a file as it is. Raises { failed }.
function files.keep(path)
  copy(path, places.before(path))
end

--- Writes a file anew. Raises { failed }.
function files.write(path, text)
  must(fs.write(path, text, { beneath = paths.folder(path) }))
end

--- Makes a file what it was, and keeps that: for another trial. `is_new` is true for one that was not there.
function files.renew(path, is_new)
  if is_new then must(fs.remove(path)) else copy(places.before(path), path) end
end

--- Whether the file holds what it held before, or what the transaction wrote (`texts`, a set).
local function is_ours(path, is_new, texts)
  local stat = fs.stat(path, { follow = false })
  if not stat then return true end
  if stat.kind ~= "file" then return false end
  local text = must(fs.read(path))
  return texts and texts[text] or not is_new and text == fs.read(places.before(path))
end

--- Puts a file back; may be cut off and called again. Somebody may have changed it since the upgrade was cut off: then
-- it stays, and what it was before the upgrade is kept beside it. Returns the path of that; or nil, and true when that
-- is gone and the file is what the transaction wrote. Raises { failed }.
function files.put_back(path, is_new, texts)
  local before = places.before(path)
  local is_changed = (is_new or exists(before)) and not is_ours(path, is_new, texts)
  if is_new then
    if not is_changed then must(fs.remove(path)) end
    return is_changed and path or nil
  end
  if not exists(before) then return nil, texts and texts[fs.read(path)] end
  local to = is_changed and places.saved(path) or path
  must(fs.rename(before, to))
  return is_changed and to or nil
end

--- Removes what was kept and what may be left of others.
function files.drop(path)
  for _, leftover in ipairs(places.leftovers(path)) do must(fs.remove(leftover)) end
  must(fs.remove(places.part(path)))
  must(fs.remove(places.part(places.before(path))))
  must(fs.remove(places.before(path)))
end

return files
