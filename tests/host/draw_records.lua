--- Draws OSV records at random, and the versions to ask for: several packages, each with records of several entries,
--- ranges and events whose versions lie close to each other and to those that are asked for.
local Draw = require "host.draw"
local fs = require "pysec.fs"
local json = require "pysec.json"

local draw_records = {}

local POOL = 8
local KINDS = { "introduced", "introduced", "fixed", "fixed", "fixed", "last_affected", "limit" }
--- What PEP 440 does not know.
local UNKNOWN = { "2019-09-12", "latest", "1.0.0-alpha.beta", "1.x" }

local function draw_pool(draw)
  local pool = {}
  draw.base = draw:release()
  for i = 1, POOL do pool[i] = draw:version() end
  return pool
end

local function draw_event(draw, kind, pool, is_plain)
  local text = draw:pick(pool)
  if kind == "introduced" and draw:chance(35) then text = "0" end
  if kind == "limit" and draw:chance(20) then text = "*" end
  if not is_plain and draw:chance(3) then text = draw:pick(UNKNOWN) end
  return { [kind] = text }
end

local function draw_range(draw, pool, is_plain)
  local events = { draw_event(draw, "introduced", pool, is_plain) }
  for _ = 1, draw:below(6) - 1 do events[#events + 1] = draw_event(draw, draw:pick(KINDS), pool, is_plain) end
  local kind = is_plain and "ECOSYSTEM" or draw:pick { "ECOSYSTEM", "ECOSYSTEM", "ECOSYSTEM", "SEMVER" }
  return { type = kind, events = json.array(draw:shuffle(events)) }
end

local function draw_entry(draw, name, pool, is_plain)
  local entry = { package = { ecosystem = "PyPI", name = name }, ranges = json.array(), versions = json.array() }
  for i = 1, draw:pick { 0, 1, 1, 1, 2, 3 } do entry.ranges[i] = draw_range(draw, pool, is_plain) end
  if draw:chance(20) then
    table.insert(entry.ranges, 1, { type = "GIT", repo = "https://x", events = json.array { { introduced = "0" } } })
  end
  if draw:chance(40) then
    for i = 1, draw:below(4) do
      entry.versions[i] = draw:chance(10) and draw:pick(UNKNOWN) or draw:padded(draw:pick(pool))
    end
  end
  return entry
end

local function draw_record(draw, id, name, pool, is_plain)
  local affected = json.array()
  for i = 1, draw:pick { 1, 1, 1, 2, 3 } do affected[i] = draw_entry(draw, name, pool, is_plain) end
  if draw:chance(15) then
    local other = draw_entry(draw, "another", pool, is_plain)
    if draw:chance(50) then other.package = { ecosystem = "npm", name = name } end
    table.insert(affected, draw:below(#affected + 1), other)
  end
  return { schema_version = "1.6.0", id = id, modified = "2024-01-01T00:00:00Z", affected = affected,
    aliases = json.array(), withdrawn = draw:chance(4) and "2024-02-02T00:00:00Z" or nil }
end

--- Draws cases: { name =, records =, versions = }, the versions being those to ask for. Options: packages, records (of
--- each), plain (nothing that other tools fail on: bounds that PEP 440 does not know, SEMVER).
function draw_records.cases(seed, options)
  local draw, cases = Draw.new(seed), {}
  for i = 1, options.packages do
    local pool = draw_pool(draw)
    local case = { name = "p" .. i, records = {}, versions = { "0", "0.dev1", "99999!1", table.unpack(pool) } }
    for j = 1, options.records do
      case.records[j] = draw_record(draw, ("A-%d-%d"):format(i, j), case.name, pool, options.plain)
    end
    for _ = 1, 3 do case.versions[#case.versions + 1] = draw:version() end
    cases[i] = case
  end
  return cases
end

--- The records of all cases in one list.
function draw_records.all(cases)
  local records = {}
  for _, case in ipairs(cases) do table.move(case.records, 1, #case.records, #records + 1, records) end
  return records
end

--- Writes each record as ID.json into the folder, which it makes. Not by fs.write, which waits for the disk.
function draw_records.write(folder, records)
  assert(fs.mkdirs(folder))
  for _, record in ipairs(records) do
    local file <close> = assert(io.open(("%s/%s.json"):format(folder, record.id), "wb"))
    assert(file:write(json.encode(record)))
  end
end

return draw_records
