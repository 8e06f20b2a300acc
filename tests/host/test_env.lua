--- pysec.env: the environment, to be read and not to be changed.
local t = require "harness"
local env = require "pysec.env"
local tool = require "pysec.tool"

--- What a script prints in an environment.
local function run_in(variables, text)
  local script = t.files(t.tempdir(), { ["a.lua"] = 'local env = require "pysec.env"\n' .. text }) .. "/a.lua"
  local result = assert(tool.run { t.program, "run", script, env = variables })
  assert(result.code == 0, result.stderr)
  return result.stdout
end

t.test("get gives a variable's value, the empty one too, and nil for none", function()
  t.equal(run_in({ A = "two words\nand é", EMPTY = "", ["with space"] = "x" }, [[
    io.write(env.get "A", "|", env.get "EMPTY", "|", env.get "with space", "|", tostring(env.get "NONE"), "|",
      tostring(env.get ""), "|", tostring(env.get "a"))]]), "two words\nand é||x|nil|nil|nil")
  t.raises(function() env.get() end, "string expected")
end)

t.test("list gives a fresh table of all", function()
  t.equal(run_in({ A = "1", B = "b=c", EMPTY = "" }, [[
    local list, names = env.list(), {}
    list.A = nil
    for name, value in pairs(env.list()) do
      if name ~= "PYSEC_RUN" then names[#names + 1] = name .. "=" .. value end
    end
    table.sort(names)
    io.write(table.concat(names, "|"), " ", tostring(env.get "A"))]]), "A=1|B=b=c|EMPTY= 1")
end)

return t.finish()
