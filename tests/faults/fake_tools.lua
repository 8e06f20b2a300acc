--- A tools folder whose Python misbehaves for one module and is the real one for all others.
local fs = require "pysec.fs"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"

local fake_tools = {}

local function link(from, to)
  assert(tool.run { "/bin/ln", "-s", from, to })
end

--- Makes the folder. `script` is shell that runs instead of `python -I -m MODULE ...`.
function fake_tools.make(module, script)
  local folder = t.tempdir() .. "/tools"
  assert(fs.mkdirs(folder .. "/main/bin"))
  link(support.tools .. "/main/lib", folder .. "/main/lib")
  link(support.tools .. "/main/bin/uv", folder .. "/main/bin/uv")
  link(support.tools .. "/safety", folder .. "/safety")
  for _, name in ipairs { "pysec-installed.txt", "pyvenv.cfg" } do
    assert(fs.copy(support.tools .. "/main/" .. name, folder .. "/main/" .. name))
  end
  assert(fs.write(folder .. "/main/bin/python", ([=[#!/bin/bash
if [ "$3" = "%s" ]; then
%s
exit
fi
exec "%s/main/bin/python" "$@"
]=]):format(module, script, support.tools), { mode = tonumber("755", 8) }))
  return folder
end

return fake_tools
