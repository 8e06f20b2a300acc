--- Runs tasks side by side, each of which may bring further tasks when it is done.
--
-- A task is { spec = <pysec.tool spec>, done = function(result) return { task, ... } or nil end }.
-- Tasks with a spec of false are done at once, without running anything.
local tool = require "pysec.tool"

local flow = {}

--- Takes the tasks that run nothing out of a list, and adds what they bring.
local function settle(tasks, ready)
  for _, task in ipairs(tasks or {}) do
    if task.spec then ready[#ready + 1] = task else settle(task.done {}, ready) end
  end
  return ready
end

--- `options`: jobs, on_tick, as pysec.tool takes them.
function flow.run(tasks, options)
  local running = settle(tasks, {})
  local specs = {}
  for i, task in ipairs(running) do specs[i] = task.spec end
  if #specs == 0 then return end
  tool.all(specs, {
    jobs = options.jobs,
    on_tick = options.on_tick,
    on_done = function(result, index)
      local more = settle(running[index].done(result), {})
      local list = {}
      for i, task in ipairs(more) do
        running[#running + 1] = task
        list[i] = task.spec
      end
      return list
    end,
  })
end

--- Tasks for several specs whose results are wanted together: `done` gets them in order.
function flow.together(specs, done)
  local results, left = {}, #specs
  if left == 0 then return { { spec = false, done = function() return done(results) end } } end
  local tasks = {}
  for i, spec in ipairs(specs) do
    tasks[i] = {
      spec = spec,
      done = function(result)
        results[i] = result
        left = left - 1
        if left == 0 then return done(results) end
      end,
    }
  end
  return tasks
end

return flow
