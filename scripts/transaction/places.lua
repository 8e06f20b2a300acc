--- Where an upgrade keeps what it needs: beside each file and environment that it changes, so that it is on the same
-- file system, and found by whoever comes next.
local fs = require "pysec.fs"
local paths = require "lib.paths"

local places = {}

--- The absolute path of a file or an environment without links: a link is the user's own way to it, and stays. What
-- is not there yet is named by its folder. Returns nil and a message when there is no such folder.
function places.real(path)
  path = path:gsub("(.)/+$", "%1")
  local real = fs.realpath(path)
  if real then return real end
  local folder, message = fs.realpath(paths.folder(path))
  if not folder then return nil, message end
  return paths.join(folder, paths.name(path))
end

--- The journal of the upgrade that is at work on something. It is locked as long as the upgrade goes on.
function places.journal(path) return path .. ".pysec-journal" end

--- An environment as it was before.
function places.snapshot(path) return path .. ".pysec-snapshot" end

--- A file as it was before.
function places.before(path) return path .. ".pysec-before" end

--- What is not whole yet. It gets its name when it is.
function places.part(path) return path .. ".pysec-part" end

--- A file that somebody changed after an upgrade was cut off is kept; what it was before the upgrade lies here then.
function places.saved(path) return path .. ".pysec-saved" end

--- The thing that a journal belongs to, nil for the name of another file.
function places.subject(journal)
  return journal:match("^(.+)%.pysec%-journal$")
end

local MOST_LEAF = 200

--- The files that an interrupted fs.write of `path` has left (see pysec.fs: hidden, and ending in ".tmp").
function places.leftovers(path)
  local list, folder, leaf = {}, paths.folder(path), paths.name(path):sub(1, MOST_LEAF)
  for _, name in ipairs(fs.list(folder) or {}) do
    local is_hidden = name:sub(1, #leaf + 2) == "." .. leaf .. "."
    if is_hidden and name:sub(#leaf + 3):match("^%x+%.tmp$") then list[#list + 1] = paths.join(folder, name) end
  end
  return list
end

return places
