--- What the inputs of a run hold that no scanner could be told of.
local evidence = require "lib.evidence"

--- The evidence that a requirements file or a lock file could not give, nil when it gave all. `problem` is what else is
-- missing. Where the environment is audited, that covers what a file cannot say.
local function file_evidence(job, skipped, problem)
  local reason = problem
  if job.environment then
    for _, item in ipairs(skipped) do
      job:note(("%s:%d: '%s' was not audited by itself, the environment was"):format(item.path, item.line, item.name))
    end
    skipped = {}
  elseif #skipped > 0 then
    reason = reason or evidence.skip_text(skipped[1])
  end
  return reason and { scanner = "requirements", status = "incomplete", reason = reason, skipped = skipped,
    only_skips = problem == nil or nil }
end

local function requirements_evidence(job, target)
  for _, note in ipairs(target.set.notes) do job:note(("%s:%d: %s"):format(note.path, note.line, note.text)) end
  return file_evidence(job, target.set.skipped, target.problem)
end

local function lock_evidence(job, target)
  local first = target.left_out[1]
  if first then
    job:note(("%s:%d: '%s' is not for this environment (%s); so of %d in this file"):format(first.path, first.line,
      first.name, first.why, #target.left_out))
  end
  return file_evidence(job, target.skipped)
end

--- The same for an environment.
local function environment_evidence(target)
  local problems = target.environment.problems
  if #problems == 0 then return nil end
  local skipped = {}
  for i, problem in ipairs(problems) do skipped[i] = { name = target.path, reason = problem } end
  return { scanner = "environment", status = "incomplete", reason = problems[1], skipped = skipped }
end

--- What the inputs hold that no scanner could be told of.
return function(job)
  local list = {}
  for _, target in ipairs(job.targets) do
    local item
    if target.is_lock then
      item = lock_evidence(job, target)
    elseif target.kind == "file" then
      item = requirements_evidence(job, target)
    else
      item = environment_evidence(target)
    end
    list[#list + 1] = item
  end
  return list
end
