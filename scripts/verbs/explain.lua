--- pysec explain ID: why a finding of a stored report was decided so, and what would change it.
local cli = require "cli"
local fs = require "pysec.fs"
local json = require "pysec.json"
local options = require "lib.options"
local story = require "lib.story"
local stored_record = require "lib.stored_record"
local ui = require "pysec.ui"

local explain = {}

local command = {
  name = "pysec explain",
  summary = "Tells why a finding got its verdict: which rules spoke, which one counts, what would change it.",
  usage = "ID [OPTIONS]",
  positional = { 1, 1 },
  options = options.with_common {
    { "report", "FILE", help = "a security summary, or what pysec eval --format json printed" },
    { "reports", "DIR", help = "where the newest summary is taken from (reports/security)" },
    { "format", "FORMAT", choices = { "text", "json" }, help = "text (default) or json" },
  },
  examples = {
    { "pysec explain CVE-2019-10906", "an id or alias, in any case" },
    { "pysec explain jinja2", "all findings and upgrades of a package" },
    { "pysec explain deny:pycrypto", "a finding that a policy made" },
    { "pysec explain src/app.py:12", "a place in the code" },
  },
  notes = "Exit: 0 it was found in the report, 2 it was not, or there is no report.",
}

local function usage(message)
  error({ usage = message }, 0)
end

--- The newest summary of a folder: the last timestamp, and of one second the highest number.
local function newest(folder)
  local entries, message = fs.list(folder)
  if not entries then usage(("%s; run pysec first, or name a report with --report"):format(message)) end
  local best, best_time, best_number
  for _, name in ipairs(entries) do
    local time, number = name:match("^security%-summary%-(%d+%-%d+)%-?(%d*)%.json$")
    number = tonumber(number) or 1
    if time and (not best or time > best_time or time == best_time and number > best_number) then
      best, best_time, best_number = name, time, number
    end
  end
  if not best then
    usage(("%s: no security-summary-*.json is there; run pysec first, or name a report with --report"):format(folder))
  end
  return folder:gsub("/+$", "") .. "/" .. best
end

local function read(path)
  local value, message = json.read(path)
  if value == nil then usage(message) end
  local record, problem = stored_record.read(value)
  if not record then usage(("%s: %s"):format(path, problem)) end
  return record
end

local function nothing(record, path, wanted)
  local near = story.nearest(record, wanted)
  usage(("%s: nothing there is called '%s'%s"):format(path, wanted,
    #near > 0 and (" (did you mean %s?)"):format(table.concat(near, ", "))
    or #record.decisions == 0 and #record.fixed == 0 and "; it has no findings" or ""))
end

local MARGIN = 13

local function print_story(told)
  ui.write(ui.escape(told.title) .. "\n")
  for _, part in ipairs(told.parts) do
    local label = part[1] .. ":"
    for _, line in ipairs(part[2]) do
      ui.write(("  %s%s%s\n"):format(label, (" "):rep(MARGIN - 2 - #label), ui.escape(line)))
      label = ""
    end
  end
end

local function print_stories(list, path, quiet)
  for i, told in ipairs(list) do
    if i > 1 then ui.write("\n") end
    print_story(told)
  end
  if not quiet then ui.write(("\nFrom %s; * marks the rule that counts\n"):format(ui.escape(path))) end
end

function explain.main(arguments)
  local values = cli.start(command, arguments)
  if not values then return 0 end
  if values.report and values.reports then usage("pysec explain: name a file (--report) or a folder (--reports)") end
  local path, wanted = values.report or newest(values.reports or "reports/security"), values[1]
  local record = read(path)
  local found, count = story.find(record, wanted)
  if count == 0 then nothing(record, path, wanted) end
  if values.format == "json" then
    for name, list in pairs(found) do found[name] = json.array(list) end
    found.report = path
    ui.write(json.encode(found, { pretty = true }))
  else
    print_stories(story.tell(record, found), path, values.quiet)
  end
  return 0
end

return explain
