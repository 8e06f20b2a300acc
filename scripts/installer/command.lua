--- Runs a command of an installer, and tells in one line why it failed.
local fs = require "pysec.fs"
local outcome = require "lib.outcome"

local command = {}

-- The end of what a command said is where its reason is; a report has room for a line.
local MOST_SAID = 400

--- The end of what a command said, as one line without secrets.
function command.said(job, result)
  local text = result.stderr:match "%S" and result.stderr or result.stdout
  -- What does not end up in the line need not be searched for secrets; one may lie across the cut, hence the margin.
  text = job.tools.redact(text:sub(-16 * MOST_SAID)):gsub("\27%[[%d;]*m", ""):gsub("%s+", " ")
  text = text:match "^ ?(.-) ?$"
  if #text <= MOST_SAID then return text end
  return "..." .. text:sub(3 - MOST_SAID):gsub("^[\x80-\xBF]+", "")
end

--- Runs `spec`; `accepted` are the exit codes that are no failure. Returns the result, or nil, one line that says why,
-- and the result where there is one.
function command.run(job, name, spec, accepted)
  spec.timeout = job.timeout
  local result, message = job:run(spec)
  if not result then return nil, ("%s: %s"):format(name, message) end
  local problem = outcome.problem(name, result, accepted)
  if not problem then return result end
  local said = command.said(job, result)
  return nil, said ~= "" and ("%s: %s"):format(problem, said) or problem, result
end

--- The list file of upgrades. Returns its path, and whether it has hashes: only where all have some, because an
-- installer wants all or none. Nil and a message when it cannot be written.
function command.list(job, upgrades)
  local lines, hashed = {}, #upgrades > 0
  for _, upgrade in ipairs(upgrades) do hashed = hashed and #(upgrade.hashes or {}) > 0 end
  for i, upgrade in ipairs(upgrades) do
    local words = { ("%s==%s"):format(upgrade.package, upgrade.to) }
    for _, hash in ipairs(hashed and upgrade.hashes or {}) do words[#words + 1] = "--hash=" .. hash end
    lines[i] = table.concat(words, " \\\n    ") .. "\n"
  end
  local path = job.scratch .. "/install.txt"
  local ok, message = fs.write(path, table.concat(lines))
  if not ok then return nil, message end
  return path, hashed
end

return command
