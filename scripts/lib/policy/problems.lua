--- What goes wrong while a policy runs: whose it is, and where it was.
local patience = require "lib.policy.patience"

local problems = {}

--- True for an error that is not the policy's: an interrupt, or the host is out of memory.
function problems.is_fatal(problem)
  return problem == "interrupted" or problem == "not enough memory"
end

--- Lua shortens long names of files in its messages; people need them whole.
local function with_whole_name(message, name)
  local short = debug.getinfo(load("", "@" .. name), "S").short_src
  if message:sub(1, #short) ~= short then return message end
  return name .. message:sub(#short + 1)
end

local LONGEST = 2000

--- Splits a message about the file `name` into path, line and text. The line is nil when it names none: what begins
-- with another place was written by the policy, for the blame to fall on another. A very long text is cut.
function problems.split(message, name)
  message = with_whole_name(message, name)
  if #message > LONGEST + #name then message = message:sub(1, LONGEST + #name) .. "..." end
  if message:sub(1, #name + 1) == name .. ":" then
    local line, text = message:match("^(%d+): (.*)$", #name + 2)
    if line then return name, math.tointeger(tonumber(line)), text end
  end
  local path, line, text = message:match("^([^\n]-):(%d+): (.*)$")
  if path == "policy" or (path and path ~= "" and name:sub(1, #path) == path) then -- the sandbox cuts very long ones
    return path, math.tointeger(tonumber(line)), text
  end
  return name, nil, message
end

--- A message of a function that stands at name:line, with a place: its own, else this one. The sandbox says "policy:0"
-- where no line of a policy runs.
function problems.complete(message, name, line)
  local path, own, text = problems.split(message, name)
  if not own or own == 0 then path, own = name, line end
  return ("%s:%d: %s"):format(path, own, text)
end

--- Fills a set's budgets.
function problems.refill(set)
  set.box:refill()
  patience.allow(set.seconds)
end

--- Runs a body with fresh budgets. Returns what it returns, or nil and the message of a policy that failed.
function problems.guarded(set, body, ...)
  problems.refill(set)
  local ok, result = pcall(body, set, ...)
  if ok then return result end
  if type(result) == "table" and result.policy then return nil, result.policy end
  error(result, 0)
end

return problems
