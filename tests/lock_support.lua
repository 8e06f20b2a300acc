--- Reading the lock files of the tests.
local locks = require "inputs.locks"
local t = require "harness"

local support = {}

support.PYTHON = "3.11.7"

--- Reads a file of the fixtures ("uv-app/uv.lock").
function support.fixture(name, python_version)
  local path = t.root .. "/tests/fixtures/locks/" .. name
  local read, message = locks.read(path, { python_version = python_version or support.PYTHON })
  t.truthy(read, message)
  return read
end

--- Reads a file of a made-up folder: of the text given, beside the other files given. Also returns the folder.
function support.read(name, text, beside, python_version)
  local files = { [name] = text }
  for other, content in pairs(beside or {}) do files[other] = content end
  local folder = t.files(t.tempdir(), files)
  local read, message, code = locks.read(folder .. "/" .. name, { python_version = python_version or support.PYTHON })
  if not read then return nil, message:sub(#folder + 2), code end
  return read, folder
end

--- The packages as sorted "name==version".
function support.pins(read)
  local list = {}
  for i, package in ipairs(read.packages) do list[i] = package.name .. "==" .. package.version end
  table.sort(list)
  return list
end

--- The packages in their order, as "line name==version", with a star for what somebody named.
function support.lines(read)
  local list = {}
  for i, package in ipairs(read.packages) do
    list[i] = ("%d %s==%s%s"):format(package.line, package.name, package.version, package.direct and " *" or "")
  end
  return list
end

--- What is skipped, as "line name: reason".
function support.skipped(read)
  local list = {}
  for i, item in ipairs(read.skipped) do list[i] = ("%d %s: %s"):format(item.line, item.name, item.reason) end
  return list
end

--- Checks that a text is refused with a message, which begins with the name of the file.
function support.refuses(name, text, want)
  local read, message, code = support.read(name, text)
  t.equal({ read, message, type(code) }, { nil, want, "string" })
end

return support
