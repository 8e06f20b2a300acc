--- Records that stories are told of in tests, made by real policies.
local t = require "harness"
local json = require "pysec.json"
local policy = require "pysec.policy"
local stored_record = require "lib.stored_record"
local story = require "lib.story"

local story_support = {}

local TODAY = "2026-06-01"

--- A finding of jinja2 2.10; `more` takes the place of its fields, false takes them away.
function story_support.finding(more)
  local own = { id = "PYSEC-1", aliases = json.array { "CVE-2020-1", "GHSA-x" }, kind = "vulnerability",
    package = "jinja2", version = "2.10", fix_versions = json.array { "2.9.9", "2.10.1", "3.0" }, direct = true,
    severity = "high", summary = "Sandbox\nescape", sources = json.array { "pip-audit", "safety" } }
  for name, value in pairs(more or {}) do own[name] = value or nil end
  return own
end

--- A record as it comes from a file: decisions of these policies, and what `more` holds besides.
function story_support.record(text, list, more, project)
  local options = { sources = { { name = "acme.lua", text = text } }, today = TODAY }
  if project then options.project = t.files(t.tempdir(), { ["pysec.lua"] = project }) .. "/pysec.lua" end
  local set = assert(policy.load({}, options))
  local value = { decisions = json.array(assert(set:decide(list))), notices = set:notices() }
  for name, item in pairs(more or {}) do value[name] = item end
  return assert(stored_record.read(json.decode(json.encode(value))))
end

--- The parts of the only story of a name, each a text.
function story_support.tell(of, wanted)
  local found = story.find(of, wanted)
  local stories = story.tell(of, found)
  t.equal(#stories, 1, wanted)
  local parts = { title = stories[1].title }
  for _, part in ipairs(stories[1].parts) do parts[part[1]] = table.concat(part[2], "\n") end
  return parts
end

return story_support
