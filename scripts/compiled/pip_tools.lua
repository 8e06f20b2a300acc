--- pip-compile of pip-tools.
local paths = require "lib.paths"
local toolbox = require "toolbox"

local pip_tools = { name = "pip-compile" }

--- The command that compiles a target into the file `output`, whose pins hold unless `words` say otherwise.
function pip_tools.spec(job, target, output, words)
  local spec = job.tools:command("pip-tools")
  -- --no-config: a pyproject.toml of the repository could name another index.
  for _, word in ipairs { "compile", "--quiet", "--no-config", "--strip-extras", "--allow-unsafe",
    "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--output-file", output } do
    spec[#spec + 1] = word
  end
  table.move(words, 1, #words, #spec + 1, spec)
  table.move({ "--", paths.name(target.path) }, 1, 2, #spec + 1, spec)
  spec.env = toolbox.environment("pip")
  spec.env.CUSTOM_COMPILE_COMMAND = ("pysec --req %s"):format(paths.name(target.path))
  return spec
end

--- True when pip tried as often as it may and got no connection. What it says in the end is that there is no version.
function pip_tools.is_unreachable(said)
  return said:find("Retrying (Retry(total=0,", 1, true) ~= nil
end

--- The text as it was compiled: pip-compile keeps the line endings of the old output, or else of its input.
function pip_tools.finish(text)
  return text
end

return pip_tools
