--- A package index on the loopback that goes wrong as a test wants: index_server.py.
--
--   local index <close> = require "index_server".start()
--   index:page("flask", { files = { { "flask-1.0.tar.gz", "2026-05-01T00:00:00Z" } } })
--   index.url
local fs = require "pysec.fs"
local json = require "pysec.json"
local python_server = require "python_server"
local t = require "harness"

local Server = {}
Server.__index = Server

function Server.start()
  local folder = t.tempdir()
  assert(fs.write(folder .. "/pages.json", "{}"))
  local pipe, port = python_server.start("index_server", folder, function() return fs.read(folder .. "/port") end)
  return setmetatable({ folder = folder, pipe = pipe, pages = {},
    url = ("http://127.0.0.1:%s/simple"):format(port) }, Server)
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
Server.log = python_server.log

Server.close = python_server.close
Server.__close = Server.close

return Server
