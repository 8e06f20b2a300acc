--- What `cmake --install` puts in place: other programs find it by pkg-config and by CMake, and build with it.
-- The tree is staged for one prefix and used in another place, as packages and moved folders are.
local env = require "pysec.env"
local fs = require "pysec.fs"
local t = require "harness"
local tool = require "pysec.tool"

local build = env.get("PYSEC_TEST_BUILD") or t.program:match("^(.*)/")
local cache = assert(fs.read(build .. "/CMakeCache.txt"))

--- A setting of the build under test.
local function setting(name) return cache:match("\n" .. name .. ":%u+=([^\n]*)") end

local is_shared = setting("BUILD_SHARED_LIBS") == "ON"
local is_sanitized = setting("PYSEC_SANITIZE") == "ON"
local compiler = setting("CMAKE_C_COMPILER")
-- A library with sanitizers in it is linked by programs that have them.
local sanitizers = is_sanitized and "-fsanitize=address,undefined" or ""

local stage = t.tempdir()
local prefix = stage .. "/opt/pysec"
local moved = t.tempdir() .. "/moved"

--- Runs words that have to succeed; returns what they printed.
local function run(words)
  words.env = words.env or env.list()
  words.timeout = 300
  local result = assert(tool.run(words))
  t.equal(result.code, 0, table.concat(words, " ") .. "\n" .. (result.stdout .. result.stderr):sub(1, 4000))
  return result.stdout
end

local function with(name, value)
  local list = env.list()
  list[name] = value
  return list
end

run { "cmake", "--install", build, "--prefix", "/opt/pysec", env = with("DESTDIR", stage) }
assert(fs.copy(prefix, moved))

--- The installed files: paths below the prefix.
local files, libdir = {}, nil
assert(fs.walk(moved, function(path, kind)
  if kind == "folder" then return end
  files[#files + 1] = path:sub(#moved + 2)
  if path:find("pysec%.pc$") then libdir = path:match("^(.*)/pkgconfig/") end
end))

--- The C blocks of the README, as they stand there.
local readme = assert(fs.read(t.root .. "/README.md"))
local blocks = {}
for body in readme:gmatch("```c\n(.-)\n```") do blocks[#blocks + 1] = body .. "\n" end

local function split(text)
  local words = {}
  for word in text:gmatch("%S+") do words[#words + 1] = word end
  return words
end

--- Compiles `text` as pkg-config says; returns the program's path.
local function compile(text, ...)
  local folder = t.files(t.tempdir(), { ["program.c"] = text })
  local flags = run { "pkg-config", "--cflags", "--libs", "pysec", ...,
    env = with("PKG_CONFIG_PATH", libdir .. "/pkgconfig") }
  local words = { compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", folder .. "/program.c", "-o",
    folder .. "/program" }
  table.move(split(sanitizers .. " " .. flags), 1, 100, #words + 1, words)
  run(words)
  return folder .. "/program"
end

--- Runs a script in an embedding program and compares what comes out.
local function embeds(program, script, want)
  local folder = t.files(t.tempdir(), { ["script.lua"] = script })
  local result = assert(tool.run { program, folder .. "/script.lua", "world",
    env = with("LD_LIBRARY_PATH", is_shared and libdir or nil) })
  t.equal({ result.code, result.stdout, result.stderr }, { 5, want, "" })
end

local HELLO = 'print("hello " .. arg[1], require "pysec.version".compare("1.10", "1.9"))\nreturn 5\n'

t.test("the program, the library, the header and both packages are there", function()
  local list = table.concat(files, "\n")
  for _, want in ipairs { "bin/pysec", "include/pysec.h", "/pkgconfig/pysec.pc", "/cmake/pysec/pysec-config.cmake",
    "/cmake/pysec/pysec-config-version.cmake", is_shared and "/libpysec.so" or "/libpysec.a" } do
    t.contains(list, want)
  end
  t.match(run { moved .. "/bin/pysec", "--version" }, "^pysec %d")
end)

t.test("nothing names the place where it was built or installed", function()
  for _, name in ipairs(files) do
    if name:find("%.pc$") or name:find("%.cmake$") then
      local text = assert(fs.read(moved .. "/" .. name))
      for _, place in ipairs { t.root, build, stage, "/opt/pysec" } do t.lacks(text, place, name) end
    end
  end
end)

t.test("the header stands alone in C and in C++", function()
  local folder = t.files(t.tempdir(), { ["a.c"] = "#include <pysec.h>\n", ["a.cc"] = "#include <pysec.h>\n" })
  for _, words in ipairs { { compiler, "-std=c11" }, { compiler, "-std=c99" }, { "c++", "-std=c++11" },
    { "c++", "-std=c++20" } } do
    local source = folder .. (words[1] == "c++" and "/a.cc" or "/a.c")
    table.move({ "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I" .. moved .. "/include", source },
      1, 7, #words + 1, words)
    run(words)
  end
end)

t.test("the library shows what the header declares, and nothing else", function()
  if is_sanitized and not is_shared then return end -- cmake/library.cmake says why
  local words = is_shared and { "nm", "-D", "--defined-only", libdir .. "/libpysec.so" }
    or { "nm", "-g", "--defined-only", libdir .. "/libpysec.a" }
  local shown, declared = {}, {}
  for name in run(words):gmatch("%x+ %a ([%w_]+)") do shown[#shown + 1] = name end
  local header = assert(fs.read(moved .. "/include/pysec.h"))
  for name in header:gmatch("\nPYSEC_API [^\n(]-(pysec_[%w_]+)%(") do declared[#declared + 1] = name end
  table.sort(shown)
  table.sort(declared)
  t.truthy(#declared >= 7, "declarations were found: " .. #declared)
  t.equal(shown, declared)
end)

t.test("the README's program is built with pkg-config", function()
  embeds(compile(blocks[1]), HELLO, "hello world\t1\n")
  embeds(compile(blocks[1], "--static"), HELLO, "hello world\t1\n")
end)

t.test("the README's module of its own answers a script", function()
  local tickets = readme:match('```lua\n(local tickets.-)\n```')
  local text = blocks[1]:gsub("int main", function(main) return blocks[2] .. "\n" .. main end)
    :gsub("  if %(pysec_script_run", "  if (add_tickets(host) != PYSEC_OK) return 2;\n%0")
  local want = 'acme asks for ["jinja2 2.10",{"priority":1}]\n7\nacme asks for [""]\nnil\ta ticket needs a title\n'
  embeds(compile(text), tickets .. "\nreturn 5\n", want)
end)

local PROJECT = [[
cmake_minimum_required(VERSION 3.22)
project(embedder C)
find_package(pysec %s REQUIRED)
add_executable(program program.c)
target_link_libraries(program pysec::pysec)
]]

--- Configures a project that wants pysec of a version; returns its folder and what cmake said.
local function configure(version)
  local folder = t.files(t.tempdir(), { ["CMakeLists.txt"] = PROJECT:format(version), ["program.c"] = blocks[1] })
  return folder, assert(tool.run { "cmake", "-S", folder, "-B", folder .. "/build", "-DCMAKE_PREFIX_PATH=" .. moved,
    "-DCMAKE_C_COMPILER=" .. compiler, "-DCMAKE_C_FLAGS=" .. sanitizers, timeout = 300 })
end

t.test("the README's program is built with CMake", function()
  local version = run({ moved .. "/bin/pysec", "--version" }):match("%d[%d.]*")
  local folder, result = configure(version)
  t.equal(result.code, 0, (result.stdout .. result.stderr):sub(1, 4000))
  run { "cmake", "--build", folder .. "/build" }
  embeds(folder .. "/build/program", HELLO, "hello world\t1\n")
end)

t.test("CMake refuses a version that is not there", function()
  local _, result = configure("99.0")
  t.equal(result.code, 1)
  t.contains(result.stderr, 'requested version "99.0"')
end)

return t.finish()
