--- An OSV record in words: https://ossf.github.io/osv-schema/.
local cvss = require "pysec.cvss"
local names = require "lib.names"
local values = require "lib.values"
local version = require "pysec.version"
local words = require "lib.words"

local text = values.text

local advisory_text = {}

local EVENTS = { "introduced", "fixed", "last_affected", "limit" }
local MOST_VERSIONS = 12

--- What may be null or of any type, as a list.
local function list(value)
  return type(value) == "table" and value or {}
end

-- Ranges

--- "0" is before every version; what PEP 440 does not know keeps its place.
local function before(a, b)
  if a.version == b.version then return a.at < b.at end
  if a.version == "0" or b.version == "0" then return a.version == "0" end
  local order = version.compare(a.version, b.version)
  if not order or order == 0 then return a.at < b.at end
  return order < 0
end

--- The events of a range in the order of their versions, and its limits.
local function sorted(range)
  local events, limits = {}, {}
  for at, event in ipairs(list(range.events)) do
    for _, kind in ipairs(EVENTS) do
      local made = { kind = kind, version = text(event[kind]), at = at }
      if made.version and kind == "limit" then limits[#limits + 1] = made.version
      elseif made.version then events[#events + 1] = made end
    end
  end
  table.sort(events, before)
  return events, limits
end

local function span(start, finish)
  local from = start ~= "0" and "from " .. start or nil
  if not finish then return from and from .. " on, no fix is known" or "all versions, no fix is known" end
  local to = (finish.kind == "fixed" and "before %s" or "up to and with %s"):format(finish.version)
  return from and from .. " " .. to or to
end

--- The spans of versions that a range holds.
local function spans(range, into)
  local events, limits = sorted(range)
  local start
  for _, event in ipairs(events) do
    if event.kind == "introduced" then
      start = start or event.version
    elseif start then
      into[#into + 1] = span(start, event)
      start = nil
    end
  end
  if start then into[#into + 1] = span(start) end
  if #limits > 0 and #into > 0 then
    into[#into] = ("%s, below %s only"):format(into[#into], table.concat(limits, " or "))
  end
end

local function listed(versions)
  if #versions <= MOST_VERSIONS then return table.concat(versions, ", ") end
  return ("%s, and %d more"):format(table.concat(versions, ", ", 1, MOST_VERSIONS), #versions - MOST_VERSIONS)
end

--- One line for each entry about a package of PyPI: its name and its versions.
function advisory_text.affected(record)
  local lines = {}
  for _, entry in ipairs(list(record.affected)) do
    local package = list(entry.package)
    if package.ecosystem == "PyPI" then
      local parts = {}
      for _, range in ipairs(list(entry.ranges)) do
        if range.type ~= "GIT" then spans(range, parts) end
      end
      if #parts == 0 then parts[1] = listed(list(entry.versions)) end
      lines[#lines + 1] = ("%s: %s"):format(names.normalize(package.name), table.concat(parts, "; "))
    end
  end
  return lines
end

--- All versions that fix it, in ascending order, each once.
function advisory_text.fixed(record)
  local found, seen = {}, {}
  for _, entry in ipairs(list(record.affected)) do
    for _, range in ipairs(list(list(entry.package).ecosystem == "PyPI" and entry.ranges)) do
      for _, event in ipairs(sorted(range)) do
        if event.kind == "fixed" and range.type ~= "GIT" and not seen[event.version] then
          seen[event.version] = true
          found[#found + 1] = event
          event.at = #found
        end
      end
    end
  end
  table.sort(found, before)
  for i, event in ipairs(found) do found[i] = event.version end
  return found
end

-- The whole

--- Breaks lines that are longer than `width` between words; line breaks of the text stay.
function advisory_text.wrap(long, width)
  local lines = {}
  for line in (long:gsub("\r\n?", "\n") .. "\n"):gmatch "(.-)\n" do
    while utf8.len(line) and utf8.len(line) > width do
      local last = utf8.offset(line, width + 2) - 1
      local head = line:sub(1, last):match "^(.*%S)%s" or line:match "^%S+"
      if #head == #line then break end
      lines[#lines + 1] = head
      line = line:sub(#head + 1):gsub("^%s+", "")
    end
    lines[#lines + 1] = line
  end
  while lines[#lines] == "" do lines[#lines] = nil end
  return lines
end

local function severity(rating)
  if not rating then return { "unknown: withdrawn records are not rated" } end
  local lines = { words.severity(rating) }
  if not rating.vector then return lines end
  lines[1] = ("%s, by %s"):format(lines[1], rating.vector)
  for _, metric in ipairs(cvss.explain(rating.vector) or {}) do
    lines[#lines + 1] = ("%s: %s"):format(metric.name, metric.meaning)
  end
  return lines
end

--- The addresses, each once: records list one as an article and as a page.
local function links(record)
  local lines, seen = {}, {}
  for _, reference in ipairs(list(record.references)) do
    local url = text(list(reference).url)
    if url and not seen[url] then
      seen[url] = true
      lines[#lines + 1] = url
    end
  end
  return lines
end

local function credits(record)
  local lines = {}
  for _, credit in ipairs(list(record.credits)) do lines[#lines + 1] = text(list(credit).name) end
  return #lines > 0 and { table.concat(lines, ", ") } or lines
end

--- What a record says, as { label, lines } in the order of reading; nothing is left out but what is empty.
---@param record table  an OSV record
---@param rating? table  as db:rate gives it
function advisory_text.parts(record, rating, width)
  local fixed = advisory_text.fixed(record)
  local all = {
    { "severity", severity(rating) },
    { "aliases", { table.concat(list(record.aliases), ", ") } },
    { "affected", advisory_text.affected(record) },
    { "fixed in", { #fixed > 0 and table.concat(fixed, ", ") or "none known" } },
    { "published", { text(record.published) } },
    { "modified", { text(record.modified) } },
    { "withdrawn", { text(record.withdrawn) } },
    { "related", { table.concat(list(record.related), ", ") } },
    { "credits", credits(record) },
    { "links", links(record) },
    { "details", advisory_text.wrap(text(record.details) or "", width) },
  }
  local parts = {}
  for _, part in ipairs(all) do
    if part[2][1] and part[2][1] ~= "" then parts[#parts + 1] = part end
  end
  return parts
end

return advisory_text
