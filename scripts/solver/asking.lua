--- One question to uv and its answer; and questions side by side.
--
-- An answer is remembered in the job for as long as it lives: the same question, with all that uv is told, is put
-- once. A failure is an answer as well.
local flow = require "flow"
local fs = require "pysec.fs"
local outcome = require "lib.outcome"
local resolve = require "inputs.resolve"
local uv_words = require "inputs.uv_words"

local asking = {}

--- Why nothing can be planned without the package index.
asking.UNREACHABLE = "the package index could not be reached"

--- Sets job.offline and raises { incomplete } once the package index turned out to be out of reach: each further
-- question would wait for it again, and get no answer.
function asking.stop_offline(job)
  job.offline = true
  error({ incomplete = asking.UNREACHABLE }, 0)
end

-- The coroutines of asking.together: what one of them asks is run by that function, beside what the others ask.
local threads = setmetatable({}, { __mode = "k" })

--- Goes on with a coroutine until it asks uv, or ends. Returns the tasks that its question brings.
local function step(batch, index, ...)
  local thread = batch.threads[index]
  local ok, spec, key = coroutine.resume(thread, ...)
  if not ok then error(spec, 0) end
  if coroutine.status(thread) == "dead" then
    batch.results[index] = spec
    return nil
  end
  -- Who asks what is being asked already waits for that answer.
  if batch.waiting[key] then
    table.insert(batch.waiting[key], index)
    return nil
  end
  batch.waiting[key] = { index }
  return { { spec = spec, done = function(result)
    local tasks, waiting = {}, batch.waiting[key]
    batch.waiting[key] = nil
    for _, other in ipairs(waiting) do
      for _, task in ipairs(step(batch, other, result) or {}) do tasks[#tasks + 1] = task end
    end
    return tasks
  end } }
end

local function tick_of(job)
  return function()
    if job.progress then job.progress:tick() end
  end
end

--- Calls functions side by side: while one waits for uv, the others go on. Returns what each returned, in order.
-- What one of them raises ends all.
function asking.together(job, bodies)
  local batch, tasks = { threads = {}, results = {}, waiting = {} }, {}
  for i, body in ipairs(bodies) do
    batch.threads[i] = coroutine.create(body)
    threads[batch.threads[i]] = true
    tasks[i] = { spec = false, done = function() return step(batch, i) end }
  end
  flow.run(tasks, { jobs = job.jobs, on_tick = tick_of(job) })
  return batch.results
end

local function run(job, spec, key)
  if threads[coroutine.running()] then return coroutine.yield(spec, key) end
  local result
  flow.run({ { spec = spec, done = function(ended) result = ended end } }, { on_tick = tick_of(job) })
  return result
end

--- What uv answered: { versions }, or { conflict, named = the packages that it would have to build but may not, failed
-- = { name, version } that it tried to build }.
local function read_answer(job, result, folder)
  local wrong = outcome.problem("uv", result, { 0 })
  if wrong then
    local said = job.tools.redact(result.stderr or "")
    if resolve.is_unreachable(said) then asking.stop_offline(job) end
    local conflict = resolve.conflict(said)
    return { conflict = conflict ~= "" and conflict or wrong, named = uv_words.wheels_wanted(said),
      failed = uv_words.failed_build(said) }
  end
  local versions = {}
  for _, package in ipairs(resolve.parse_pins(fs.read(folder .. "/out.txt") or "")) do
    versions[package.name] = package.version
  end
  return { versions = versions }
end

--- All that tells a question from another.
local function key_of(job, question)
  local options = question.options
  return table.concat({ question.input, question.constraints, question.pins or "-", job.python_version,
    options.python or "-", options.resolution or "-", options.upgrade and "upgrade" or "-",
    options.no_deps and "alone" or "-", table.concat(options.only_binary or {}, " ") }, "\0")
end

--- Asks { input, constraints, pins = text or nil, options = as resolve.uv_spec takes them }. Raises { incomplete }
-- without the index. The answer is nobody's to change.
function asking.ask(job, question)
  job.solved = job.solved or {}
  local key = key_of(job, question)
  if not job.solved[key] then
    local folder = resolve.folder(job, question.input, question.constraints, question.pins)
    local result = run(job, resolve.uv_spec(job, folder, question.options), key)
    if resolve.is_metadata_refused(job, result) then
      result = run(job, resolve.uv_spec(job, folder, question.options), key)
    end
    -- Another one may have asked the same meanwhile, in a folder of its own.
    job.solved[key] = job.solved[key] or read_answer(job, result, folder)
  end
  return job.solved[key]
end

return asking
