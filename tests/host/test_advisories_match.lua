--- Which versions an advisory holds for: examples by hand, and random ranges against the pseudo-code of
--- https://ossf.github.io/osv-schema/#evaluation.
local t = require "harness"
local advisories = require "pysec.advisories"
local fs = require "pysec.fs"
local json = require "pysec.json"

--- Versions in ascending order: in the oracle a version is its place here.
local ORDER = {
  "0.dev1", "0", "0.1", "1.0a1", "1.0rc2", "1.0", "1.0.post1", "1.1", "2.0.dev1", "2.0", "10.0", "1!0.1",
}
local KINDS = { "introduced", "introduced", "fixed", "fixed", "last_affected", "limit" }

local function entry(package, ranges, versions)
  for _, range in ipairs(ranges) do range.events = json.array(range.events) end
  return {
    package = { ecosystem = "PyPI", name = package },
    ranges = json.array(ranges), versions = json.array(versions),
  }
end

--- Imports these entries, twenty a record.
local function database(entries)
  local folder = t.tempdir()
  for first = 1, #entries, 20 do
    local record = { id = "A-" .. first, modified = "2024-01-01T00:00:00Z",
      affected = json.array { table.unpack(entries, first, math.min(first + 19, #entries)) } }
    assert(fs.write(("%s/%d.json"):format(folder, first), json.encode(record)))
  end
  local db = assert(advisories.open(folder .. "/a.db", { write = true }))
  assert(db:import(folder))
  return db
end

local function is_affected(db, package, version)
  return #assert(db:query(package, version)) == 1
end

--- The example's ranges as text: "0 <2 | 3 <=4" is two ranges; "<" fixed, "<=" last_affected, "^" limit.
local function parse(text)
  local ranges = {}
  for part in text:gmatch "[^|]+" do
    local events = {}
    for mark, version in part:gmatch "([<^]?=?)(%S+)" do
      local kind = ({ ["<"] = "fixed", ["<="] = "last_affected", ["^"] = "limit" })[mark] or "introduced"
      events[#events + 1] = { [kind] = version }
    end
    ranges[#ranges + 1] = { type = "ECOSYSTEM", events = events }
  end
  return ranges
end

local EXAMPLES = {
  { "0 <2.10.1", yes = "0.dev1 2.10 2.10.1rc1", no = "2.10.1 3" },
  { "1 <2 | 3 <4", yes = "1 1.9 3 3.9.9", no = "0.9 2 2.9 4" },
  { "3 <4 1 <2", yes = "1 1.9 3", no = "2 2.9 4" },
  { "1 <=2", yes = "1 2 2.0.0", no = "2.0.1 2.post1" },
  { "1 <=1", yes = "1", no = "0.9 1.0.1" },
  { "1 <1", yes = "", no = "0 1 2" },
  { "0 <1 1 <2", yes = "0 1 1.5", no = "2" },
  { "1", yes = "1 99!1", no = "0.9" },
  { "0 ^2", yes = "1 2.0rc1", no = "2 3" },
  { "0 ^2 ^3", yes = "2 2.9", no = "3" },
  { "0 ^*", yes = "1 99", no = "" },
  { "0 <1!0.5", yes = "9999 1!0.4", no = "1!0.5" },
  { "1 <2", versions = { "0.5", "7.0" }, yes = "0.5 0.5.0 7 1.5", no = "0.6 2" },
  { "1 <2", versions = { " 3.0\n" }, yes = "3", no = "2" },
  { "", versions = { "2.0rc1", "legacy-x" }, yes = "2.0rc1 2.0.RC1 v2.0-c.1", no = "2.0" },
  -- A rebuilt version has the flaws of the one that it was built from.
  { "0 <=2", versions = { "5" }, yes = "2+cpu 5+cpu", no = "2.1+cpu 6+cpu" },
  { "0 <2", yes = "1.9+cpu", no = "2+cpu" },
  { "0 <2+patch.1", yes = "2 2+patch.0", no = "2+patch.1 2+patch.2" },
  -- What cannot be ordered: the list alone speaks where there is one, else too much is reported.
  { "0 <2019-09-12", versions = { "1" }, yes = "1", no = "2" },
  { "0 <2019-09-12", yes = "1 9999", no = "" },
  { "start <2", yes = "0.1 1", no = "2" },
}

for _, example in ipairs(EXAMPLES) do
  local label = "'" .. example[1] .. "'" .. (example.versions and " beside a list" or "")
  t.test("the range " .. label .. " holds what it should", function()
    local db = database { entry("p", parse(example[1]), example.versions or {}) }
    for version in example.yes:gmatch "%S+" do t.equal(is_affected(db, "p", version), true, version) end
    for version in example.no:gmatch "%S+" do t.equal(is_affected(db, "p", version), false, version) end
  end)
end

t.test("several entries of one package count together, other packages and GIT ranges do not", function()
  local git = { type = "GIT", repo = "https://x", events = { { introduced = "0" } } }
  local db = database {
    entry("p", parse "0 <1", {}), entry("P", parse "2 <3", {}), entry("q", parse "5 <6", {}),
    entry("r", { git }, {}),
  }
  for version, want in pairs { ["0.5"] = true, ["1"] = false, ["2"] = true, ["5"] = false } do
    t.equal(is_affected(db, "p", version), want, version)
  end
  t.equal(is_affected(db, "r", "1"), false)
  t.equal(#assert(db:query "r"), 1, "asked without a version the package is named")
end)

t.test("SEMVER ranges are read like those of the ecosystem", function()
  local ranges = parse "1.0.0 <1.2.0"
  ranges[1].type = "SEMVER"
  local db = database { entry("p", ranges, {}) }
  t.equal(is_affected(db, "p", "1.1"), true)
  t.equal(is_affected(db, "p", "1.2"), false)
end)

t.test("fix versions are those above, of every range and entry, ascending and once", function()
  local db = database {
    entry("p", parse "3 <10.0 0 <2 | 0 <1.5", {}), entry("p", parse "0 <2.0 0 <2019-09-12", { "1" }),
  }
  local function fixes(version) return db:query("p", version)[1].fix_versions end
  t.equal(fixes "1", { "1.5", "2", "10.0" })
  t.equal(fixes "3", { "10.0" })
  t.equal(fixes(nil), { "1.5", "2", "10.0" })
end)

-- The oracle: the pseudo-code, word for word, on places in ORDER.

local function before_limits(version, events)
  local has_limit = false
  for _, event in ipairs(events) do
    if event.kind == "limit" then
      has_limit = true
      if event.text == "*" or version < event.place then return true end
    end
  end
  return not has_limit
end

local function in_range(version, events)
  if not before_limits(version, events) then return false end
  local sorted = {}
  for i, event in ipairs(events) do sorted[i] = { event = event, at = i } end
  table.sort(sorted, function(a, b)
    if a.event.place ~= b.event.place then return a.event.place < b.event.place end
    return a.at < b.at
  end)
  local vulnerable = false
  for _, item in ipairs(sorted) do
    local event = item.event
    if event.kind == "introduced" and version >= event.place then
      vulnerable = true
    elseif event.kind == "fixed" and version >= event.place then
      vulnerable = false
    elseif event.kind == "last_affected" and version > event.place then
      vulnerable = false
    end
  end
  return vulnerable
end

local function random_event(kind)
  local place = math.random(#ORDER)
  local text = ORDER[place]
  if kind == "introduced" and (text == "0" or math.random(4) == 1) then place, text = 0, "0" end
  if kind == "limit" and math.random(4) == 1 then place, text = #ORDER + 1, "*" end
  return { kind = kind, place = place, text = text }
end

local function random_case()
  local case = { ranges = {}, listed = {} }
  for i = 1, math.random(0, 2) do
    local events = { random_event "introduced" }
    for _ = 1, math.random(0, 4) do
      table.insert(events, math.random(#events + 1), random_event(KINDS[math.random(#KINDS)]))
    end
    case.ranges[i] = events
  end
  for _ = 1, math.random(0, 3) do case.listed[math.random(#ORDER)] = true end
  return case
end

local function case_entry(package, case)
  local ranges, versions = {}, {}
  for i, events in ipairs(case.ranges) do
    ranges[i] = { type = "ECOSYSTEM", events = {} }
    for j, event in ipairs(events) do ranges[i].events[j] = { [event.kind] = event.text } end
  end
  for place in pairs(case.listed) do versions[#versions + 1] = ORDER[place] end
  return entry(package, ranges, versions)
end

t.test("random ranges and lists hold what the pseudo-code says", function()
  math.randomseed(20240131)
  local cases, entries = {}, {}
  for i = 1, 2000 do
    cases[i] = random_case()
    entries[i] = case_entry("p" .. i, cases[i])
  end
  local db = database(entries)
  for i, case in ipairs(cases) do
    for place, version in ipairs(ORDER) do
      local want = case.listed[place] or false
      for _, events in ipairs(case.ranges) do want = want or in_range(place, events) end
      if is_affected(db, "p" .. i, version) ~= want then
        t.equal(not want, want, version .. " in " .. json.encode(entries[i]))
      end
    end
  end
end)

return t.finish()
