--- Reads pylock.toml (PEP 751, https://packaging.python.org/en/latest/specifications/pylock-toml/), format 1.
--
-- A flat list: what is installed is what the markers let through. Where the pyproject.toml beside it can be read, it
-- says which packages somebody named; the lock does not.
local declared = require "inputs.locks.declared"
local found = require "inputs.locks.found"

local pylock = {
  way_out = "write the file anew with the tool that made it (its 'created-by')",
  folder_starts = { '\ndirectory = { path = "', '\n[packages.directory]\npath = "' },
  newer_way_out = "a newer pysec may read it, or audit the environment that is installed from it (--venv)",
  skip = { "sdist", "wheels", "hashes", "attestation-identities", "tool" },
}

local ELSEWHERE = { vcs = found.ELSEWHERE.vcs, directory = found.ELSEWHERE.path, archive = found.ELSEWHERE.url }

local function source_of(into, package)
  for kind in pairs(ELSEWHERE) do
    local source = into:field(package, kind, "table")
    if source then return kind, source end
  end
end

local function is_project_itself(kind, source)
  return kind == "directory" and (source.path == "." or source.path == "./")
end

local function read_package(into, package, is_direct)
  local name = into:name(into:field(package, "name", "string", true))
  local version = into:field(package, "version", "string")
  local why_not = into:why_not(package.marker, package)
  local kind, source = source_of(into, package)
  if kind and is_project_itself(kind, source) then return end
  into:take(name, { line = into.file.lines[package], version = version, direct = is_direct[name], why_not = why_not,
    elsewhere = kind and ELSEWHERE[kind], unpinned = "not pinned: the file has no version of it" })
end

function pylock.read(into, document)
  into:check_major(into:field(document, "lock-version", "string", true), 1, "lock-version")
  if document.packages == nil then into:fail_cut("'packages' is missing") end
  local is_direct = declared.names_beside(into)
  for _, package in ipairs(into:tables(document, "packages")) do read_package(into, package, is_direct) end
end

return pylock
