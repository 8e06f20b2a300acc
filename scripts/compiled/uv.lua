--- `uv pip compile`, told to write what pip-compile would.
local fs = require "pysec.fs"
local paths = require "lib.paths"
local resolve = require "inputs.resolve"
local toolbox = require "toolbox"

local uv = { name = "uv pip compile", is_unreachable = resolve.is_unreachable }

--- As pip_tools.spec. What pip-compile has to be told (no extras, no index, all packages) uv does by itself.
function uv.spec(job, target, output, words)
  local spec = job.tools:command("uv")
  for _, word in ipairs { "pip", "compile", "--quiet", "--no-config", "--python", job.tools:python(),
    "--python-version", job.python_version, "--output-file", output } do
    spec[#spec + 1] = word
  end
  for _, list in ipairs { words, toolbox.uv_words(), { "--", paths.name(target.path) } } do
    table.move(list, 1, #list, #spec + 1, spec)
  end
  spec.env = toolbox.environment("uv")
  spec.env.UV_CUSTOM_COMPILE_COMMAND = ("pysec --req %s"):format(paths.name(target.path))
  return spec
end

--- Gives the text the line endings that pip-compile would give it: uv ends every line with a line feed.
function uv.finish(text, target)
  local model = target.compiled or fs.read(target.path) or ""
  if not model:match "^[^\n]*\r\n" then return text end
  return (text:gsub("\r?\n", "\r\n"))
end

return uv
