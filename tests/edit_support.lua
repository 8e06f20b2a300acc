--- What tests of edits share: targets in a folder of their own, and a job whose uv is a script that gives hashes.
local edits = require "edits"
local files = require "inputs.files"
local fs = require "pysec.fs"
local t = require "harness"
local tool = require "pysec.tool"

local support = {}

support.HASH = "--hash=sha256:" .. ("0a"):rep(32)

--- Writes files ({ name = text }) and gives the target for one of them, and the folder.
function support.target_for(list, name)
  local folder = t.files(t.tempdir(), list)
  return support.target_in(folder, name or "requirements.txt"), folder
end

--- A target for a file that is there.
function support.target_in(folder, name)
  local path = folder .. "/" .. name
  return { path = path, packages = {}, set = files.load { path } }
end

--- A job whose uv answers with a text.
function support.job_for(answer)
  local folder = t.files(t.tempdir(), { ["answer.txt"] = answer or "",
    uv = "#!/bin/sh\ncp \"$(dirname \"$0\")/answer.txt\" out.txt\n" })
  assert(tool.run { "/bin/chmod", "755", folder .. "/uv" })
  return { python_version = "3.11.4", timeout = 60, scratch = folder, options = {},
    run = function(_, spec) return tool.run(spec) end,
    tools = { command = function() return { folder .. "/uv" } end, python = function() return "python" end,
      said = function(_, result) return result.stderr end } }
end

--- An upgrade; `fixes` are ids.
function support.upgrade(package, from, to, fixes)
  return { package = package, from = from, to = to, fixes = fixes or {} }
end

--- The new texts by the names of files, and the packages that were written.
function support.make(job, target, folder, ...)
  local changes, written = edits.make(job, target, { ... })
  assert(changes, written)
  return support.texts(changes, folder), written
end

--- The texts of changes by the names of files; checks what they say of the disk.
function support.texts(changes, folder)
  local texts = {}
  for _, change in ipairs(changes) do
    texts[change.path:sub(#folder + 2)] = change.text
    t.equal(change.before, (fs.read(change.path)))
  end
  return texts
end

return support
