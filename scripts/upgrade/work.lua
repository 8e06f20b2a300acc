--- What has to be written and installed for some plans.
local edits = require "edits"
local fs = require "pysec.fs"

local work = {}

local function file_changes(job, made, texts)
  local target = made.target
  if target.is_lock then
    return made.text and { { path = target.path, text = made.text, before = fs.read(target.path) } } or {}
  end
  if target.format == "in" then
    if not made.compiled_text or made.compiled_text == target.compiled then return {} end
    return { { path = target.output, text = made.compiled_text, before = target.compiled } }
  end
  return edits.make(job, target, made.upgrades, texts)
end

--- Several targets may share a file: each goes on with the text that the one before it made.
local function add_changes(list, places, changes)
  for _, change in ipairs(changes) do
    local known = places[change.path]
    if known then
      known.text = change.text
    else
      places[change.path] = change
      list[#list + 1] = change
    end
  end
end

--- Gathers the work: { changes = { { path, text, before } }, installs = upgrades, environment = or nil, sync_path = },
-- or nil and why it cannot be done.
function work.gather(job, plans)
  local gathered = { changes = {}, installs = {} }
  local places, texts = {}, {}
  for _, made in ipairs(plans) do
    if made.target.kind == "environment" then
      gathered.installs = made.upgrades or {}
      if #gathered.installs > 0 then gathered.environment = made.target.environment end
    elseif not made.problem then
      local changes, message = file_changes(job, made, texts)
      if not changes then return nil, message end
      add_changes(gathered.changes, places, changes)
      if made.target.format == "in" and job.environment and not job.environment.is_system then
        gathered.environment, gathered.sync_path = job.environment, made.target.output
      end
    end
  end
  return gathered
end

--- Whether there is anything to do.
function work.is_some(gathered)
  return #gathered.changes > 0 or #gathered.installs > 0 or gathered.sync_path ~= nil
end

return work
