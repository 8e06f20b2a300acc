--- Lock files with values of other kinds than their tools write: each is read, or refused by its name. The draw is the
-- same in every run.
local fs = require "pysec.fs"
local locks = require "inputs.locks"
local t = require "harness"
local support = require "lock_support"

local CASES = 60

local state = 20260101

local function below(limit)
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % limit + 1
end

local VALUES = { "1", "-1", '""', '"x"', "[]", "{}", "true", "[1]", '["x"]', '{"x": 1}', "{ x = 1 }", "[[]]", "[{}]",
  '[{ name = "x" }]', '{ name = "x" }', "1.5", "nan", "[nan]",
  "null" }

-- What is replaced: a text, a list or a table on one line, the rest of a line, a header.
local PATTERNS = { '"[^"\n]*"', "%b[]", "%b{}", "= [^\n]*", ": [^\n]*", "%[%[[%w.]+%]%]", "\n[^\n]*", "[%w_-]+ =" }

local function mutated(text)
  for _ = 1, below(3) do
    local pattern = PATTERNS[below(#PATTERNS)]
    local first, last = text:find(pattern, below(#text))
    local value = VALUES[below(#VALUES)]
    if pattern:find "^[=:]" then value = pattern:sub(1, 2) .. value end
    if pattern:find "=$" then value = value .. " =" end
    if pattern:find "^\n" then value = "" end
    if first then text = text:sub(1, first - 1) .. value .. text:sub(last + 1) end
  end
  return text
end

local FILES = { "uv-app/uv.lock", "uv-conflicts/uv.lock", "uv-no-project/uv.lock", "pylock-uv/pylock.toml",
  "pylock-pdm/pylock.toml", "poetry-2.1/poetry.lock", "poetry-2.0/poetry.lock", "pdm/pdm.lock", "pdm-plain/pdm.lock",
  "pipenv/Pipfile.lock", "uv-app/pyproject.toml", "poetry-2.0/pyproject.toml", "poetry-2.1/pyproject.toml",
  "pdm/pyproject.toml" }

local counts = { read = 0, refused = 0 }

for _, file in ipairs(FILES) do
  t.test(file, function()
    local source = t.root .. "/tests/fixtures/locks/" .. file
    local folder, name = source:match "^(.*)/([^/]+)$"
    local text, project = assert(fs.read(source)), fs.read(folder .. "/pyproject.toml")
    local place = t.files(t.tempdir(), { ["pyproject.toml"] = project or "" })
    local path = place .. "/" .. name
    for i = 1, CASES do
      local other = mutated(text)
      assert(fs.write(path, other))
      local ok, read, message = pcall(locks.read, path, { python_version = support.PYTHON })
      if not ok then error(("case %d: %s\n%s"):format(i, read, other:sub(1, 20000)), 0) end
      if read then
        counts.read = counts.read + 1
      else
        counts.refused = counts.refused + 1
        t.match(message:sub(#place + 2), "^" .. name:gsub("%p", "%%%0") .. ":%d+.+; ", ("case %d"):format(i))
      end
    end
  end)
end

t.test("drew cases of either kind", function()
  t.truthy(counts.read > 150, tostring(counts.read))
  t.truthy(counts.refused > 150, tostring(counts.refused))
end)

return t.finish()
