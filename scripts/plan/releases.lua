--- When the releases of packages came out, and which were withdrawn, as the package indexes tell it by the files of
-- each (upload-time of PEP 700, yanked of PEP 592). Each package is asked about once in a run.
local dates = require "lib.dates"
local index_pages = require "plan.index_pages"
local names = require "lib.names"
local version = require "pysec.version"

local releases = {}

-- --- names of files ---

local ARCHIVES = { "%.tar%.gz$", "%.zip$", "%.tgz$", "%.tar%.bz2$", "%.tar%.xz$", "%.tar%.Z$", "%.tar$" }

--- What stands between the name of the package and `least` further parts; nil where the file is of another package.
local function version_in(stem, package, least)
  local parts = {}
  for part in (stem .. "-"):gmatch "([^-]*)%-" do parts[#parts + 1] = part end
  for i = 1, #parts - 1 - least do
    if names.normalize(table.concat(parts, "-", 1, i)) == package then
      local last = least > 0 and i + 1 or #parts
      return version.normalize((table.concat(parts, "-", i + 1, last):gsub("_", "-")))
    end
  end
end

--- The version of a wheel or source archive of a package, by its name; nil for other files.
function releases.version_of(file, package)
  local wheel = file:match "^(.*)%.whl$"
  if wheel then return version_in(wheel, package, 3) end
  for _, ending in ipairs(ARCHIVES) do
    local stem, count = file:gsub(ending, "")
    if count > 0 then return version_in(stem, package, 0) end
  end
end

-- --- pages ---

--- The day of a time in UTC; nil for what is none.
local function day_of(time)
  local day, zone = tostring(time):match "^(%d%d%d%d%-%d%d%-%d%d)T[%d:.]+(.*)$"
  return (zone == "Z" or zone == "+00:00") and dates.parse(day) and day or nil
end

--- Files of one release, of all indexes: it came out with its first file on the index that had it last, so that nobody
-- makes it older by an index of his own; it is withdrawn when all of its files are.
local function add_file(known, file, page)
  local day = day_of(file[2])
  known.yanked = known.yanked and file[3] == true
  local first = known.first[page]
  if day and (not first or day < first) then known.first[page] = day end
end

--- What pages tell of a package: { [normalised version] = { released, yanked } }.
function releases.read(package, pages)
  local found, told = {}, {}
  for _, page in ipairs(pages) do
    for _, file in ipairs(page.files or {}) do
      local of = releases.version_of(file[1], package)
      if of then
        found[of] = found[of] or { yanked = true, first = {} }
        add_file(found[of], file, page)
      end
    end
  end
  for of, known in pairs(found) do
    local released
    for _, day in pairs(known.first) do
      if not released or day > released then released = day end
    end
    told[of] = { released = released, yanked = known.yanked or nil }
  end
  return told
end

-- --- asking ---

--- What is known of packages ({ name, ... }): { name = { [normalised version] = { released, yanked } } }; nothing of a
-- release that no index tells of. Raises { incomplete } where an index cannot be reached.
function releases.fetch(job, list)
  job.releases = job.releases or {}
  local missing, seen = {}, {}
  for _, name in ipairs(list) do
    if not job.releases[name] and not seen[name] then missing[#missing + 1], seen[name] = name, true end
  end
  if #missing > 0 then
    local pages = index_pages.fetch(job, missing)
    for _, name in ipairs(missing) do job.releases[name] = releases.read(name, pages[name] or {}) end
  end
  return job.releases
end

--- The final versions of a package that an index tells of, in no order.
function releases.versions(job, name)
  local list = {}
  for of in pairs((releases.fetch(job, { name }))[name]) do
    if not version.is_prerelease(of) then list[#list + 1] = of end
  end
  return list
end

--- Adds `released` and `yanked` to upgrades.
function releases.add(job, upgrades)
  local list = {}
  for i, item in ipairs(upgrades) do list[i] = item.package end
  local known = releases.fetch(job, list)
  for _, item in ipairs(upgrades) do
    local told = known[item.package][version.normalize(item.to) or item.to] or {}
    item.released, item.yanked = told.released, told.yanked
  end
end

return releases
