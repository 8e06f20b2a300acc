--- Libraries that are loaded when they are first used, and what happens where they are not there.
local env = require "pysec.env"
local t = require "harness"
local tool = require "pysec.tool"

--- By the names that the loader knows: a script that needs the library, given a zip and a folder of records.
local LIBRARIES = {
  ["libcurl.so.4"] = 'local _, message, code = require "pysec.http".get { url = "https://localhost:1/" }',
  ["libarchive.so.13"] = [[
local db = assert(require "pysec.advisories".open("a.db", { write = true }))
local _, message, code = db:import "all.zip"]],
  ["libmicrohttpd.so.12"] = [[
local advisories = require "pysec.advisories"
local db <close> = assert(advisories.open("a.db", { write = true }))
assert(db:import(arg[1]))
local _, message, code = advisories.serve "a.db"]],
}

--- Runs a script beside a zip, with a file that is no library in the place of one.
local function run(text, broken)
  local folder = t.files(t.tempdir(), { ["script.lua"] = text .. "\nprint(message, code)\n", ["all.zip"] = "PK\3\4",
    ["lib/" .. broken] = "no library" })
  local list = env.list()
  list.LD_LIBRARY_PATH = folder .. "/lib"
  return assert(tool.run { t.program, "run", "script.lua", t.root .. "/tests/fixtures/advisories", cwd = folder,
    env = list, timeout = 60 })
end

for name, text in pairs(LIBRARIES) do
  t.test(("without %s the message names its package, and all else works"):format(name), function()
    local package = name:gsub("%.so%.", "")
    t.match(run(text, name).stdout, ("%s cannot be used: .*; install it %%(Debian's package is %s%%)\tENOLIB\n$")
      :format(name:gsub("%p", "%%%0"), package))
    t.lacks(run(text, "libother.so.1").stdout, "ENOLIB")
    t.equal(run("local message, code = 1, 2", name).stdout, "1\t2\n")
  end)
end

t.test("no start of the program loads them", function()
  local result = assert(tool.run { "ldd", t.program })
  t.contains(result.stdout, "libsqlite3.so")
  for name in pairs(LIBRARIES) do t.lacks(result.stdout, name:match "^[^.]+") end
end)

return t.finish()
