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
  t.equal(places.problems, {})
  places.problems = nil
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

t.test("knows requirements files in any case, and by their folder", function()
  t.equal(found { ["Requirements.TXT"] = "", ["requirements/base.txt"] = "", ["requirements/dev.in"] = "",
    ["requirements/notes.md"] = "", ["dev-requirements.in"] = "", ["base.txt"] = "", ["a/Constraints.txt"] = "",
    ["constraints.in"] = "" }.files,
    { "Requirements.TXT", "a/Constraints.txt", "dev-requirements.in", "requirements/base.txt", "requirements/dev.in" })
end)

t.test("finds what lies beside an environment in the same folder, not what is in it", function()
  local list = { ["pyvenv.cfg"] = "", ["lib/python3.11/site-packages/x/requirements.txt"] = "", ["bin/uv.lock"] = "",
    ["requirements.txt"] = "", ["src/uv.lock"] = "", ["b/pyvenv.cfg"] = "", ["b/share/requirements.txt"] = "",
    ["b/poetry.lock"] = "", ["c/lib/requirements.txt"] = "" }
  local places = tree.find(t.files(t.tempdir(), list))
  t.equal({ #places.files, #places.locks, #places.environments }, { 2, 2, 2 })
end)

t.test("follows no links", function()
  local _, folder = found { ["real/uv.lock"] = "", ["real/pyproject.toml"] = "" }
  tool.run { "ln", "-s", folder .. "/real", folder .. "/link" }
  tool.run { "ln", "-s", folder .. "/real/uv.lock", folder .. "/poetry.lock" }
  local places = tree.find(folder)
  t.equal({ #places.locks, places.problems }, { 1, {} })
end)

t.test("says which links and pipes it does not read", function()
  local elsewhere = t.files(t.tempdir(), { ["pins"] = "", ["venv/pyvenv.cfg"] = "", ["a/b"] = "" })
  local _, folder = found { ["uv.lock"] = "" }
  tool.run { "ln", "-s", elsewhere .. "/pins", folder .. "/requirements.txt" }
  tool.run { "ln", "-s", elsewhere .. "/venv", folder .. "/venv" }
  tool.run { "ln", "-s", elsewhere .. "/a", folder .. "/other" }
  tool.run { "ln", "-s", "nowhere", folder .. "/pdm.lock" }
  tool.run { "mkfifo", folder .. "/poetry.lock" }
  local problems = tree.find(folder).problems
  table.sort(problems)
  t.equal(problems, {
    folder .. "/pdm.lock: a symbolic link is not followed; name what it points to",
    folder .. "/poetry.lock: not a file",
    folder .. "/requirements.txt: a symbolic link is not followed; name what it points to",
    folder .. "/venv: a symbolic link is not followed; name what it points to",
  })
end)

t.test("takes a file as what its name says", function()
  local _, folder = found { ["uv.lock"] = "", ["req.txt"] = "" }
  t.equal(tree.find(folder .. "/uv.lock"), { files = {}, locks = { folder .. "/uv.lock" }, environments = {},
    problems = {} })
  t.equal(tree.find(folder .. "/req.txt"), { files = { folder .. "/req.txt" }, locks = {}, environments = {},
    problems = {} })
  t.equal({ tree.find(folder .. "/none") }, { nil, folder .. "/none: No such file or directory" })
end)

return t.finish()
