--- What has to be true of matching whatever the records say, on records drawn at random and truly imported: each
--- property compares a database of them with one of their variants.
local advisories = require "pysec.advisories"
local draw_records = require "host.draw_records"
local json = require "pysec.json"
local t = require "harness"
local version = require "pysec.version"

local cases = draw_records.cases(20260502, { packages = 500, records = 2 })

local function database(records)
  local folder = t.tempdir()
  draw_records.write(folder .. "/records", records)
  local db = assert(advisories.open(folder .. "/a.db", { write = true }))
  assert(db:import(folder .. "/records"))
  return db
end

local original = database(draw_records.all(cases))

--- The ids that hold, as a set.
local function holding(db, name, text)
  local ids = {}
  for _, hit in ipairs(assert(db:query(name, text))) do ids[hit.id] = true end
  return ids
end

--- Whether the entry is one that the database matches by.
local function is_about(entry, name)
  return entry.package.ecosystem == "PyPI" and entry.package.name == name
end

--- The cases with every record put through `change`, which gets a copy of it and the package's name.
local function changed(change)
  local records = {}
  for _, case in ipairs(cases) do
    for _, record in ipairs(case.records) do
      local copy = json.decode(json.encode(record))
      change(copy, case.name)
      records[#records + 1] = copy
    end
  end
  return database(records)
end

--- Calls `check` with whether each record holds for each version in the original and in the other database.
local function each(other, check)
  local affected = 0
  for _, case in ipairs(cases) do
    for _, text in ipairs(case.versions) do
      local before, after = holding(original, case.name, text), holding(other, case.name, text)
      for _, record in ipairs(case.records) do
        check(before[record.id] or false, after[record.id] or false, record, text)
        affected = affected + (before[record.id] and 1 or 0)
      end
    end
  end
  t.truthy(affected > 1000, affected .. " hits")
end

local function expect_same(before, after, record, text)
  if before ~= after then t.equal(after, before, text .. " in " .. json.encode(record)) end
end

local function expect_no_more(before, after, record, text)
  if after and not before then t.equal(after, before, text .. " in " .. json.encode(record)) end
end

--- What an event says. From the beginning is a place of its own.
local function bound(event)
  local kind, text = next(event)
  if kind == "introduced" and text == "0" then return kind, "beginning" end
  return kind, version.normalize(text)
end

--- Whether the order in which the events stand cannot matter: no two of different kinds have the same version.
local function is_free(events)
  for i, event in ipairs(events) do
    local kind, text = bound(event)
    if not text and text ~= "*" then return false end
    for j = 1, i - 1 do
      local other, before = bound(events[j])
      if kind ~= other and text ~= "beginning" and before ~= "beginning" and version.compare(text, before) == 0 then
        return false
      end
    end
  end
  return true
end

local function versions_ranges(entry)
  local ranges = {}
  for _, range in ipairs(entry.ranges) do
    if range.type ~= "GIT" then ranges[#ranges + 1] = range end
  end
  return ranges
end

--- The lowest version that the record names as introduced or listed, as far as it can be read.
local function lowest_named(record)
  local lowest
  local function take(text)
    text = text and (text:gsub("%+.*", "")) or "0.dev0"
    if not lowest or version.compare(text, lowest) < 0 then lowest = text end
  end
  for _, entry in ipairs(record.affected) do
    for _, range in ipairs(versions_ranges(entry)) do
      for _, event in ipairs(range.events) do
        local kind, text = bound(event)
        if kind == "introduced" then take(text ~= "beginning" and text or nil) end
      end
    end
    for _, text in ipairs(entry.versions) do
      if version.normalize(text) then take(version.normalize(text)) end
    end
  end
  return lowest
end

local function reverse(list)
  for i = 1, #list // 2 do list[i], list[#list + 1 - i] = list[#list + 1 - i], list[i] end
end

t.test("the order of events, ranges, versions and entries does not matter", function()
  local turned = 0
  each(changed(function(record)
    reverse(record.affected)
    for _, entry in ipairs(record.affected) do
      reverse(entry.ranges)
      reverse(entry.versions)
      for _, range in ipairs(entry.ranges) do
        if is_free(range.events) and #range.events > 1 then
          reverse(range.events)
          turned = turned + 1
        end
      end
    end
  end), expect_same)
  t.truthy(turned > 500, turned .. " ranges")
end)

t.test("an entry says the same as entries of one range each", function()
  local split = 0
  each(changed(function(record, name)
    local affected = json.array()
    for _, entry in ipairs(record.affected) do
      affected[#affected + 1] = entry
      local ranges = versions_ranges(entry)
      -- Beside a list of versions, a range that cannot be ordered says nothing: there it does matter.
      if is_about(entry, name) and #ranges > 1 and #entry.versions == 0 then
        entry.ranges = json.array { ranges[1] }
        for i = 2, #ranges do
          affected[#affected + 1] = { package = entry.package, ranges = json.array { ranges[i] } }
        end
        split = split + 1
      end
    end
    record.affected = affected
  end), expect_same)
  t.truthy(split > 100, split .. " entries")
end)

t.test("one more fixed event never adds a version", function()
  local fixed = 0
  each(changed(function(record, name)
    for _, entry in ipairs(record.affected) do
      local range = versions_ranges(entry)[1]
      local _, text = next(range and range.events[#range.events] or {})
      if text and is_about(entry, name) and version.normalize(text) then
        range.events[#range.events + 1] = { fixed = text }
        fixed = fixed + 1
      end
    end
  end), function(before, after, record, text)
    -- A rebuilt version (1.0+cpu) of a listed one is affected unless a range holds the one that it was built from.
    if not text:find("+", 1, true) then expect_no_more(before, after, record, text) end
  end)
  t.truthy(fixed > 500, fixed .. " ranges")
end)

t.test("one more introduced event never takes a version away", function()
  each(changed(function(record, name)
    for _, entry in ipairs(record.affected) do
      local range = versions_ranges(entry)[1]
      if range and is_about(entry, name) then range.events[#range.events + 1] = { introduced = "0" } end
    end
  end), function(before, after, record, text) expect_no_more(after, before, record, text) end)
end)

t.test("one more limit on a range that has some never takes a version away", function()
  each(changed(function(record, name)
    for _, entry in ipairs(record.affected) do
      for _, range in ipairs(is_about(entry, name) and versions_ranges(entry) or {}) do
        local has_limit = false
        for _, event in ipairs(range.events) do has_limit = has_limit or event.limit ~= nil end
        if has_limit then range.events[#range.events + 1] = { limit = "99999!2" } end
      end
    end
  end), function(before, after, record, text) expect_no_more(after, before, record, text) end)
end)

t.test("a range of another kind says the same, GIT alone says nothing", function()
  each(changed(function(record)
    for _, entry in ipairs(record.affected) do
      for _, range in ipairs(versions_ranges(entry)) do
        range.type = range.type == "SEMVER" and "ECOSYSTEM" or "SEMVER"
      end
    end
  end), expect_same)
  each(changed(function(record)
    for _, entry in ipairs(record.affected) do
      entry.versions = nil
      for _, range in ipairs(entry.ranges) do range.type = "GIT" end
    end
  end), function(_, after, record, text) t.equal(after, false, text .. " in " .. record.id) end)
end)

t.test("a version below every introduced and not listed is never affected", function()
  local asked = 0
  for _, case in ipairs(cases) do
    for _, record in ipairs(case.records) do
      local lowest = lowest_named(record)
      for _, text in ipairs(case.versions) do
        if lowest and version.compare((version.normalize(text):gsub("%+.*", "")), lowest) < 0 then
          t.equal(holding(original, case.name, text)[record.id], nil, text .. " in " .. json.encode(record))
          asked = asked + 1
        end
      end
    end
  end
  t.truthy(asked > 500, asked .. " questions")
end)

t.test("the spelling of a name or version does not matter", function()
  for _, case in ipairs(cases) do
    for _, text in ipairs(case.versions) do
      local plain = holding(original, case.name, version.normalize(text))
      t.equal(holding(original, case.name:upper(), " " .. text .. "\n"), plain, text)
    end
  end
end)

return t.finish()
