--- Servers in Python for tests: started, waited for, asked for what they logged, closed.
--
-- A server gets a folder, where it writes what it listens on and logs its requests, and ends when its input does.
local fs = require "pysec.fs"
local t = require "harness"
local tool = require "pysec.tool"

local python_server = {}

--- Starts tests/NAME.py on a folder, and waits until `ready()` gives something. Returns the pipe that keeps it alive,
--- and that.
function python_server.start(name, folder, ready)
  local pipe = assert(io.popen(("exec python3 -I '%s/tests/%s.py' '%s'"):format(t.root, name, folder), "w"))
  local value
  for _ = 1, 1000 do
    value = ready()
    if value then break end
    tool.sleep(0.02)
  end
  t.truthy(value, "the server starts")
  return pipe, value
end

--- The lines that a server logged since this was called last.
function python_server.log(self)
  local lines = {}
  for line in (fs.read(self.folder .. "/log") or ""):gmatch "[^\n]+" do lines[#lines + 1] = line end
  fs.remove(self.folder .. "/log")
  return lines
end

--- Ends a server; a second time is no mistake.
function python_server.close(self)
  if self.pipe then self.pipe:close() end
  self.pipe = nil
end

return python_server
