--- The requirements files of one run while they are being changed.
--
-- Several targets may share files. Each starts from what the targets before it have made of a file, and none writes
-- to the disk. What a target changes counts once all of it went well.
local paths = require "lib.paths"
local requirements = require "lib.requirements"

local Sheets = {}
Sheets.__index = Sheets

-- What the targets of a run share besides the texts, by the table of texts.
local runs = setmetatable({}, { __mode = "k" })

--- Opens the files of a run. `texts` holds the texts that earlier targets changed, by clean path, and is the same table
-- for all targets of the run. `moved` has the names of the packages whose pins were changed.
function Sheets.open(texts)
  local run = runs[texts] or { targets = {}, moved = {}, hashes = {}, before = {} }
  runs[texts] = run
  return setmetatable({ texts = texts, run = run, parsed = {}, order = {},
    moved = setmetatable({}, { __index = run.moved }) }, Sheets)
end

--- Adds a file that is on no disk yet, or was read by other means: `before` is its text there, nil for a new one.
function Sheets:add(path, before)
  if not self.parsed[path] then
    if self.run.before[path] == nil then self.run.before[path] = before or false end
    self.parsed[path] = requirements.parse(self.texts[path] or before or "", path)
    self.order[#self.order + 1] = path
  end
  return self.parsed[path]
end

--- A file of a target's set as it stands now: what is returned may be changed.
function Sheets:file(file)
  return self.parsed[file.path] or self:add(file.path, requirements.text(file))
end

--- Files below the folder of the file that was given may be changed, others are somebody else's.
function Sheets.is_ours(target, path)
  local given = paths.clean(target.path)
  if path == given then return true end
  local folder = paths.folder(given)
  if folder == "." then return path:sub(1, 1) ~= "/" and path:sub(1, 3) ~= "../" end
  if folder == "/" then return true end
  return path:sub(1, #folder + 1) == folder .. "/"
end

--- The targets of the run, this one the last.
function Sheets:targets(target)
  local list = table.move(self.run.targets, 1, #self.run.targets, 1, {})
  list[#list + 1] = target
  return list
end

--- Takes over what changed for this target. Returns { { path, text, before } }: before is what is on the disk.
function Sheets:close(target)
  self.run.targets = self:targets(target)
  for name in pairs(self.moved) do self.run.moved[name] = true end
  local changes = {}
  for _, path in ipairs(self.order) do
    local before, text = self.run.before[path] or nil, requirements.text(self.parsed[path])
    if text ~= (self.texts[path] or before) then
      self.texts[path] = text
      changes[#changes + 1] = { path = path, text = text, before = before }
    end
  end
  return changes
end

return Sheets
