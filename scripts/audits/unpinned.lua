--- Requirements that do not say exactly what is installed: no exact pin, or a pin without a hash.
--
--   pysec run unpinned [FILE|FOLDER...] [--hashes] [--json]
--
-- Exit 0 when all are pinned, 1 when some are not, 3 when a file could not be read.
local fs = require "pysec.fs"
local json = require "pysec.json"
local cli = require "cli"
local options = require "lib.options"
local requirements = require "lib.requirements"
local tree = require "inputs.tree"
local ui = require "pysec.ui"

local audit = {}

local command = {
  name = "pysec run unpinned",
  summary = "Requirements without an exact pin; with --hashes also those without a hash.",
  usage = "[FILE|FOLDER...]",
  positional = { 0, math.huge },
  options = options.with_common {
    { "hashes", help = "a pin without a hash counts as well" },
    { "json", help = "print JSON" },
  },
  examples = {
    { "pysec run unpinned", "all requirements files below the current folder" },
    { "pysec run unpinned requirements.txt --hashes", "one file, strictly" },
  },
}

local REASONS = {
  editable = "an editable project follows its folder",
  url = "a URL or path can give something else tomorrow",
}

local function reason_of(line, want_hashes)
  if line.kind == "invalid" then return line.problem end
  if line.kind ~= "requirement" then
    if line.kind == "url" and line.text:match("@%x%x%x%x%x%x%x") then return nil end
    return REASONS[line.kind]
  end
  if not line.pin then return line.specifier == "" and "no version" or "a range, not a pin" end
  if want_hashes and #line.hashes == 0 then return "no hash" end
end

--- The loose requirements of one file's text.
function audit.check(text, path, want_hashes)
  local list = {}
  for _, line in ipairs(requirements.parse(text, path).lines) do
    local reason = reason_of(line, want_hashes)
    if reason then list[#list + 1] = { path = path, line = line.first, written = line.text, reason = reason } end
  end
  return list
end

--- Files that were named count whatever they are called; in folders, .in files are left out: they are
-- loose on purpose.
local function files_of(arguments, problems)
  local list = {}
  for _, argument in ipairs(arguments) do
    local places, message = tree.find(argument)
    if not places then problems[#problems + 1] = message end
    for _, path in ipairs(places and places.files or {}) do
      if path == argument or not path:match("%.in$") then list[#list + 1] = path end
    end
  end
  return list
end

function audit.main(words)
  local values = cli.start(command, words)
  if not values then return 0 end
  local arguments = table.move(values, 1, #values, 1, {})
  if #arguments == 0 then arguments[1] = "." end
  local problems, loose = {}, json.array()
  local files = files_of(arguments, problems)
  for _, path in ipairs(files) do
    local text, problem = fs.read(path)
    if not text then problems[#problems + 1] = problem end
    local list = text and audit.check(text, path, values.hashes) or {}
    table.move(list, 1, #list, #loose + 1, loose)
  end
  for _, problem in ipairs(problems) do ui.warn(problem) end
  if values.json then
    ui.write(json.encode(loose, { pretty = true }))
  elseif #loose > 0 then
    local rows = {}
    for i, item in ipairs(loose) do rows[i] = { ("%s:%d"):format(item.path, item.line), item.written, item.reason } end
    ui.table({ "PLACE", "REQUIREMENT", "WHY" }, rows)
  elseif #problems == 0 then
    ui.ok(("%d files, everything is pinned"):format(#files))
  end
  if #problems > 0 then return 3 end
  return #loose > 0 and 1 or 0
end

return audit
