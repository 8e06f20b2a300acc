--- Importing YAML: the form in which PyPA's advisory database keeps its records.
local t = require "harness"
local advisories = require "pysec.advisories"
local fs = require "pysec.fs"
local json = require "pysec.json"
local tool = require "pysec.tool"

local RECORD = [[
id: PYSEC-2024-1
details: |
  One is bad: # no comment
  in two lines.
affected:
- package:
    ecosystem: PyPI
    name: One_Two
    purl: pkg:pypi/one-two
  ranges:
  - type: ECOSYSTEM
    events:
    - introduced: "0"
    - fixed: 1.10
  versions:
  - "0.9"
  - 1.0
  - 2.0
severity:
- type: CVSS_V3
  score: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
references:
- {type: WEB, url: 'https://example.org/?a=b&c'}
aliases: [CVE-2024-1]
withdrawn:
modified: 2024-01-31T12:00:00Z
published: "2024-01-31T12:00:00Z"
database_specific: {yes: no, number: 0x10, date: 2024-01-31, on: true, nothing: ~}
]]

--- Imports these files; returns the database, and what import returned.
local function import(files)
  local folder = t.tempdir()
  for name, text in pairs(files) do
    assert(fs.mkdirs(folder .. "/" .. (name:match "^(.*)/" or "")))
    assert(fs.write(folder .. "/" .. name, text))
  end
  local db = assert(advisories.open(t.tempdir() .. "/a.db", { write = true }))
  return db, table.pack(db:import(folder)), folder
end

t.test("a record of PyPA's database is imported with all its fields", function()
  local db, result = import { ["vulns/one-two/PYSEC-2024-1.yaml"] = RECORD, [".github/workflow.yml"] = "on: {}" }
  t.equal({ result[1].read, result[1].added }, { 1, 1 }, result[2])
  local flaws = db:audit { { name = "one-two", version = "1.9" }, { name = "one.two", version = "1.10" },
    { name = "one-two", version = "2" } }
  t.equal({ #flaws, flaws[1].package, flaws[2].package }, { 2, 1, 3 })
  t.equal({ flaws[1].severity, flaws[1].score, flaws[1].fix_versions }, { "critical", 9.8, { "1.10" } })
  t.equal(flaws[1].summary, "One is bad: # no comment in two lines.")
  local record = json.decode(assert(db:get "CVE-2024-1"))
  t.equal(record.affected[1].package.name, "one-two")
  t.equal(record.affected[1].versions, { "0.9", "1.0", "2.0" })
  t.equal(record.references[1].url, "https://example.org/?a=b&c")
  t.equal(record.withdrawn, json.null)
  t.equal(record.database_specific,
    { yes = "no", number = "0x10", date = "2024-01-31", on = true, nothing = json.null })
end)

t.test("a zip of it, and a single file, give the same", function()
  local folder = t.tempdir()
  local path, zip = folder .. "/PYSEC-2024-1.yml", folder .. "/all.zip"
  assert(fs.write(path, RECORD))
  assert(tool.run { "python3", "-m", "zipfile", "-c", zip, path })
  for _, source in ipairs { path, zip } do
    local db = assert(advisories.open(t.tempdir() .. "/a.db", { write = true }))
    t.equal(assert(db:import(source)).added, 1, source)
    t.equal(db:import(source).unchanged, 1, source)
  end
end)

t.test("an alias gives its anchor's value once more", function()
  local text = RECORD:gsub("aliases: %[CVE%-2024%-1%]", "aliases: &list [CVE-2024-1]\nrelated: *list")
  local db = import { ["a.yaml"] = text }
  t.equal(json.decode(assert(db:get "CVE-2024-1")).related, { "CVE-2024-1" })
end)

local function laughs()
  local lines = { "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]" }
  for i = 1, 9 do
    local alias = ("*a%d"):format(i - 1)
    lines[#lines + 1] = ("a%d: &a%d [%s]"):format(i, i, (alias .. ", "):rep(9) .. alias)
  end
  return RECORD .. table.concat(lines, "\n") .. "\n"
end

--- What the file holds, and a pattern for the place and the reason.
local MALFORMED = {
  ["a billion laughs"] = { laughs(), "a.yaml:%d+:%d+: aliases repeat too much" },
  ["an alias of itself"] = { "id: &a [*a]\n", "a.yaml:1:9: an alias without an anchor before it" },
  ["a tag"] = { "id: !!python/object:os.system x\n", "a.yaml:1:5: tags are not allowed" },
  ["a tag on a list"] = { "id: !mine []\n", "a.yaml:1:5: tags are not allowed" },
  ["a duplicate key"] = { "id: a\nid: b\n", "a.yaml:2:1: duplicate key" },
  ["a key that is a list"] = { "? [a]\n: b\n", "a.yaml:1:3: a key that is no text" },
  ["a second document"] = { RECORD .. "---\nid: b\n", "a.yaml:%d+:1: a second document" },
  ["nothing"] = { "", "a.yaml:1:1: no document" },
  ["a bad indent"] = { "id: a\n  b: c\n", "a.yaml:2:4: mapping values are not allowed" },
  ["an open quote"] = { 'id: "a\n', "a.yaml:2:1: found unexpected end of stream" },
  ["bytes that are no UTF-8"] = { "id: \xff\n", "a.yaml:1:1: invalid leading UTF%-8 octet" },
  ["much depth"] = { ("["):rep(70) .. ("]"):rep(70), "a.yaml:1:65: too deep" },
  ["no list of packages"] = { RECORD:gsub("affected:", "affected: none\nother:"), "affected: expected an array" },
  ["a list in place of a record"] = { "- a\n", "id: missing" },
}

for name, case in pairs(MALFORMED) do
  t.test("an import of YAML with " .. name .. " is refused with its place", function()
    local db, result, folder = import { ["a.yaml"] = case[1] }
    t.equal(result[1], nil)
    t.truthy(result[3] == "EYAML" or result[3] == "EINVAL", result[3])
    t.equal(result[2]:sub(1, #folder), folder)
    t.match(result[2], case[2])
    t.equal(db:info().count, 0)
  end)
end

t.test("text that is cut or changed anywhere is refused or gives a record, and nothing worse", function()
  local folder = t.tempdir()
  local db = assert(advisories.open(t.tempdir() .. "/a.db", { write = true }))
  local path = folder .. "/a.yaml"
  local marks = "&*!{[\"'|:#-\t"
  for at = 1, #RECORD, 5 do
    local mark = marks:sub(at % #marks + 1, at % #marks + 1)
    for _, text in ipairs { RECORD:sub(1, at), RECORD:sub(1, at - 1) .. mark .. RECORD:sub(at + 1) } do
      local file = assert(io.open(path, "wb"))
      file:write(text)
      file:close()
      local counts, message = db:import(path)
      t.truthy(counts or message:sub(1, #path) == path, message)
    end
  end
end)

return t.finish()
