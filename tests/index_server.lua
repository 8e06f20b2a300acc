--- A package index on the loopback that goes wrong as a test wants: index_server.py.
--
--   local index <close> = require "index_server".start()
--   index:page("flask", { files = { { "flask-1.0.tar.gz", "2026-05-01T00:00:00Z" } } })
--   index.url
local fs = require "pysec.fs"
local json = require "pysec.json"
local t = require "harness"
local tool = require "pysec.tool"

local Server = {}
Server.__index = Server

function Server.start()
  local folder = t.tempdir()
  assert(fs.write(folder .. "/pages.json", "{}"))
  local pipe = assert(io.popen(("exec python3 -I '%s/tests/index_server.py' '%s'"):format(t.root, folder), "w"))
  local self = setmetatable({ folder = folder, pipe = pipe, pages = {} }, Server)
  local port
  for _ = 1, 1000 do
    port = fs.read(folder .. "/port")
    if port then break end
    tool.sleep(0.02)
  end
  t.truthy(port, "the server starts")
  self.url = ("http://127.0.0.1:%s/simple"):format(port)
  return self
end

--- What is answered for a package from now on: the fields of index_server.py, or files = { { name, time, yanked }, ...
--- }.
function Server:page(package, rule)
  if rule.files then
    local files = json.array()
    for i, file in ipairs(rule.files) do
      files[i] = { filename = file[1], url = file[1], hashes = json.decode "{}", yanked = file[3],
        ["upload-time"] = file[2] or nil }
    end
    rule = { body = json.encode { meta = { ["api-version"] = "1.1" }, name = package, files = files } }
  end
  self.pages[package] = rule
  assert(json.write(self.folder .. "/pages.json", self.pages))
end

--- The requests since this was called last: "path accept authorization".
function Server:log()
  local lines = {}
  for line in (fs.read(self.folder .. "/log") or ""):gmatch "[^\n]+" do lines[#lines + 1] = line end
  fs.remove(self.folder .. "/log")
  return lines
end

function Server:close()
  if self.pipe then self.pipe:close() end
  self.pipe = nil
end
Server.__close = Server.close

return Server
