--- docs/policies.md is tried: its policies load, its commands print what stands below them.
local examples = require "docs.examples"
local fs = require "pysec.fs"
local json = require "pysec.json"
local policies = require "pysec.policy"
local t = require "harness"

local DAY = { SOURCE_DATE_EPOCH = "1796083200" } -- 2026-12-01, which the text names

local steps = examples.steps(assert(fs.read(t.root .. "/docs/policies.md")))

local files = {}     -- name to text, of the whole document
local session        -- the folder that the document is in
local untried = {}   -- paths of policies that no command has seen yet

local function new_session(keep)
  session = examples.session(t.tempdir(), DAY)
  for _, name in ipairs(keep) do t.files(session.folder, { [name] = assert(files[name], name) }) end
end

--- Loads the policies that were defined. Mistakes have to be shown by the block that follows.
local function load_policies(shown)
  local paths = untried
  untried = {}
  for _, path in ipairs(paths) do
    local set, message, mistakes = policies.load { path }
    for _, mistake in ipairs(set and {} or mistakes) do t.contains(shown, mistake.message, message) end
  end
end

--- How a block of each language is tried.
local tries = {}

function tries.lua(step)
  if not step.name then
    assert(policies.load({}, { sources = { { name = "example", text = step.text } } }))
  elseif not step.name:match("_test%.lua$") then
    table.insert(untried, session.folder .. "/" .. step.name)
  end
end

function tries.console(step)
  load_policies(step.text)
  session:try(step.text)
end

function tries.json(step) assert(json.decode(step.text)) end

--- The commands of a CI file pass.
function tries.yaml(step)
  load_policies(step.text)
  local count = 0
  for command in step.text:gmatch("run: (pysec [^\n]*)") do
    local lines = session:run(command)
    t.equal(session.status, 0, command .. "\n" .. table.concat(lines, "\n"))
    count = count + 1
  end
  t.truthy(count > 0, "a command of pysec")
end

new_session {}
for _, step in ipairs(steps) do
  t.test(("line %d: %s"):format(step.line, step.keep and "a new folder" or step.name or step.language), function()
    if step.keep then return new_session(step.keep) end
    if step.name then
      files[step.name] = step.text
      t.files(session.folder, { [step.name] = step.text })
    end
    assert(tries[step.language], "nothing tries this language")(step)
  end)
end

t.test("no policy is left untried", function() t.equal(untried, {}) end)

return t.finish()
