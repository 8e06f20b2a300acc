--- The examples of a Markdown text: its fenced blocks, the files that they define, the commands in them.
--
-- A block defines a file where a comment with the file's name is its first line ("-- acme.lua", "# ci.yml") or stands
-- right above it ("<!-- report.json -->"). In a console block a line with "$ " is a command, "> " goes on with it, and
-- below it is what it prints; there the line "..." stands for any lines. "<!-- new folder -->" begins anew without
-- files, "<!-- new folder: acme.lua report.json -->" with these.
local env = require "pysec.env"
local t = require "harness"
local tool = require "pysec.tool"

local examples = {}

-- --- reading ---

local function is_file_name(text)
  return text:match("^[%w_./-]+%.%l+$") ~= nil
end

--- The file that a block defines, nil where it defines none.
local function name_of(body, comment)
  if comment and is_file_name(comment) then return comment end
  local first = body:match("^%-%- (%S+)\n") or body:match("^# (%S+)\n")
  return first and is_file_name(first) and first or nil
end

--- What a comment on a line of its own says of folders: the files that are kept, or nil.
local function kept_files(comment)
  local rest = comment:match("^new folder:?%s*(.*)$")
  if not rest then return nil end
  local list = {}
  for name in rest:gmatch("%S+") do list[#list + 1] = name end
  return list
end

--- The steps of a text in their order: blocks { language, text, line, name } and new folders { keep, line }.
function examples.steps(text)
  local steps, block, comment, number = {}, nil, nil, 0
  for line in (text .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    local fence = line:match("^```(%w*)$")
    if fence and not block then
      block = { language = fence, line = number + 1, lines = {}, comment = comment }
    elseif fence then
      local body = table.concat(block.lines, "\n") .. "\n"
      steps[#steps + 1] = { language = block.language, text = body, line = block.line,
        name = name_of(body, block.comment) }
      block = nil
    elseif block then
      table.insert(block.lines, line)
    else
      comment = line:match("^<!%-%- (.-) %-%->$")
      local keep = comment and kept_files(comment)
      if keep then steps[#steps + 1] = { keep = keep, line = number } end
    end
  end
  return steps
end

--- The texts of the blocks in a language.
function examples.blocks(text, language)
  local list = {}
  for _, step in ipairs(examples.steps(text)) do
    if step.language == language then list[#list + 1] = step.text end
  end
  return list
end

--- The files that blocks define, by their names.
function examples.files(text)
  local files = {}
  for _, step in ipairs(examples.steps(text)) do
    if step.name then files[step.name] = step.text end
  end
  return files
end

--- The commands of a console block: { { command, output = lines }, ... }.
function examples.commands(text)
  local list = {}
  for line in text:gmatch("(.-)\n") do
    local command, current = line:match("^%$ (.*)$"), list[#list]
    if command then
      list[#list + 1] = { command = command, output = {} }
    elseif #current.output == 0 and line:match("^> ") then
      current.command = current.command .. "\n" .. line:sub(3)
    else
      table.insert(current.output, line)
    end
  end
  return list
end

-- --- trying ---

--- Whether lines are as they should be, where "..." among these stands for any.
local function is_like(got, want, at, from)
  at, from = at or 1, from or 1
  while want[from] and want[from] ~= "..." do
    if got[at] ~= want[from] then return false end
    at, from = at + 1, from + 1
  end
  if not want[from] then return got[at] == nil end
  for later = at, #got + 1 do
    if is_like(got, want, later, from + 1) then return true end
  end
  return false
end

local Session = {}
Session.__index = Session

--- A folder in which commands run one after the other. `variables` are added to the environment.
function examples.session(folder, variables)
  local session = setmetatable({ folder = folder, variables = env.list(), status = 0 }, Session)
  for name, value in pairs(variables or {}) do session.variables[name] = value end
  return session
end

--- Runs a command as a shell does, pysec being the program under test. Returns what it printed on both streams, in
-- lines. `status` of the session is its exit code, and $? of the next one.
function Session:run(command)
  local script = ("exec 2>&1\npysec() { \"$0\" \"$@\"; }\n(exit %d)\n%s\n"):format(self.status, command)
  local result = assert(tool.run { "/bin/bash", "-c", script, t.program, cwd = self.folder, env = self.variables,
    timeout = 300 })
  self.status = result.code
  local lines = {}
  for line in result.stdout:gmatch("[^\n]*") do lines[#lines + 1] = line:gsub("%s+$", "") end
  if lines[#lines] == "" then lines[#lines] = nil end
  return lines
end

--- Tries a console block: every command has to print what is below it.
function Session:try(text)
  for _, item in ipairs(examples.commands(text)) do
    local got = self:run(item.command)
    if not is_like(got, item.output) then
      error(("$ %s\nprints\n%s\nand not\n%s"):format(item.command, table.concat(got, "\n"),
        table.concat(item.output, "\n")), 0)
    end
  end
end

return examples
