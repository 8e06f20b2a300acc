--- Names of files as text.
local t = require "harness"
local paths = require "lib.paths"

t.test("joins a name to a folder", function()
  for _, case in ipairs {
    { "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "a//", "b/c", "a/b/c" }, { "/", "b", "/b" }, { ".", "b", "b" },
    { "", "b", "b" }, { "..", "b", "../b" }, { "a", "../b", "a/../b" },
  } do
    t.equal(paths.join(case[1], case[2]), case[3], case[1] .. " and " .. case[2])
  end
end)

t.test("leaves an absolute name as it is", function()
  t.equal(paths.join("a", "/b"), "/b")
end)

t.test("gives the folder of a path", function()
  for path, want in pairs { ["a/b/c.txt"] = "a/b", ["c.txt"] = ".", ["/c.txt"] = "/", ["./c"] = ".", ["a/"] = "a" } do
    t.equal(paths.folder(path), want, path)
  end
end)

t.test("gives the last name of a path, also behind a slash", function()
  for path, want in pairs {
    ["a/b/c.txt"] = "c.txt", ["c.txt"] = "c.txt", ["/c"] = "c", ["a/b/"] = "b", ["/"] = "/",
  } do
    t.equal(paths.name(path), want, path)
  end
end)

t.test("cleans dots and doubled slashes away", function()
  for path, want in pairs {
    ["a/./b/../c"] = "a/c", ["./a"] = "a", ["a//b/"] = "a/b", ["a/.."] = ".", [""] = ".", ["."] = ".",
    ["../a"] = "../a", ["../../a"] = "../../a", ["a/../../b"] = "../b", ["a/b/../../.."] = "..", ["/"] = "/",
    ["/a/../b"] = "/b", ["/../a"] = "/a", ["/.."] = "/", ["a/..b"] = "a/..b", ["a/.../b"] = "a/.../b",
  } do
    t.equal(paths.clean(path), want, path)
  end
end)

t.test("cleans what is clean to itself", function()
  for _, path in ipairs { "a/b", "../a", "/a", ".", "/" } do t.equal(paths.clean(path), path, path) end
end)

t.test("the way from a folder to a path", function()
  for _, case in ipairs { { "/a/b", "/a/b/c", "c" }, { "/a/b", "/a/c/d", "../c/d" }, { "/a", "/b", "../b" },
    { "/", "/b/c", "b/c" }, { "/a/b", "/a/b", "../b" }, { "/a/bb", "/a/b/c", "../b/c" } } do
    t.equal(paths.relative(case[1], case[2]), case[3])
    t.equal(paths.clean(paths.join(case[1], case[3])), case[2])
  end
end)

return t.finish()
