--- What is found below a folder.
local t = require "harness"
local tool = require "pysec.tool"
local tree = require "inputs.tree"

--- What is found in a made-up folder, without the folder's name.
local function found(list)
  local folder = t.files(t.tempdir(), list)
  local places = assert(tree.find(folder))
  for _, kind in ipairs { "files", "locks", "environments" } do
    for i, path in ipairs(places[kind]) do places[kind][i] = path:sub(#folder + 2) end
    table.sort(places[kind])
  end
  return places, folder
end

t.test("finds requirements files, lock files and environments", function()
  t.equal(found { ["requirements.txt"] = "", ["a/constraints-dev.txt"] = "", ["a/notes.txt"] = "", ["a/uv.lock"] = "",
    ["b/poetry.lock"] = "", ["b/pylock.dev.toml"] = "", ["c/Pipfile.lock"] = "", ["c/Pipfile"] = "",
    ["d/pdm.lock"] = "",
    ["e/pyproject.toml"] = "", ["e/Cargo.lock"] = "", [".venv/pyvenv.cfg"] = "", [".venv/lib/x/uv.lock"] = "",
    ["node_modules/x/uv.lock"] = "", [".git/uv.lock"] = "" },
    { files = { "a/constraints-dev.txt", "requirements.txt" }, environments = { ".venv" },
      locks = { "a/uv.lock", "b/poetry.lock", "b/pylock.dev.toml", "c/Pipfile.lock", "d/pdm.lock",
        "e/pyproject.toml" } })
end)

t.test("leaves out a pyproject.toml beside a lock file", function()
  for _, name in ipairs { "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "pylock.x.toml" } do
    t.equal(found({ ["a/" .. name] = "", ["a/pyproject.toml"] = "", ["pyproject.toml"] = "" }).locks,
      { "a/" .. name, "pyproject.toml" }, name)
  end
  t.equal(found({ ["requirements.txt"] = "", ["pyproject.toml"] = "" }).locks, { "pyproject.toml" })
end)

t.test("leaves out the pyproject.toml of each project that a lock file installs", function()
  for name, text in pairs {
    ["uv.lock"] = '\nsource = { virtual = "one" }\nsource = { editable = "./two" }\n'
      .. 'source = { directory = "../three" }\n',
    ["pylock.toml"] = '\ndirectory = { path = "one", editable = true }\n\n[packages.directory]\npath = "two"\n'
      .. '\n[packages.directory]\npath = "../three"\n',
    ["poetry.lock"] = '\ntype = "directory"\nurl = "one"\n\ntype = "directory"\nurl = "two"\n\ntype = "directory"\n'
      .. 'url = "../three"\n',
    ["pdm.lock"] = '\npath = "./one"\npath = "./two"\npath = "../three"\n',
    ["Pipfile.lock"] = '"path": "./one"\n"path": "two"\n"path": "./../three"',
  } do
    t.equal(found({ ["z/" .. name] = text, ["z/one/pyproject.toml"] = "", ["z/two/pyproject.toml"] = "",
      ["three/pyproject.toml"] = "", ["four/pyproject.toml"] = "" }).locks,
      { "four/pyproject.toml", "z/" .. name }, name)
  end
end)

t.test("leaves out a .in beside the .txt that it was compiled to", function()
  t.equal(found({ ["requirements.in"] = "", ["requirements.txt"] = "", ["a/requirements-dev.in"] = "" }).files,
    { "a/requirements-dev.in", "requirements.txt" })
end)

t.test("follows no links", function()
  local _, folder = found { ["real/uv.lock"] = "", ["real/pyproject.toml"] = "" }
  tool.run { "ln", "-s", folder .. "/real", folder .. "/link" }
  tool.run { "ln", "-s", folder .. "/real/uv.lock", folder .. "/poetry.lock" }
  t.equal(#tree.find(folder).locks, 1)
end)

t.test("takes a file as what its name says", function()
  local _, folder = found { ["uv.lock"] = "", ["req.txt"] = "" }
  t.equal(tree.find(folder .. "/uv.lock"), { files = {}, locks = { folder .. "/uv.lock" }, environments = {} })
  t.equal(tree.find(folder .. "/req.txt"), { files = { folder .. "/req.txt" }, locks = {}, environments = {} })
  t.equal({ tree.find(folder .. "/none") }, { nil, folder .. "/none: No such file or directory" })
end)

return t.finish()
