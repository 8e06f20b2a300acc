--- The real pip-audit on files of pins, for tests that compare with what it finds.
local fs = require "pysec.fs"
local json = require "pysec.json"
local support = require "support"
local t = require "harness"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

local pip_audit = {}

--- Writes pins, lists of { name, version, name as written }, as requirements files in which no package is twice:
--- pip-audit refuses that. Returns their paths.
function pip_audit.write(folder, pins)
  local files, used = {}, {}
  for _, pin in ipairs(pins) do
    used[pin[1]] = (used[pin[1]] or 0) + 1
    local lines = files[used[pin[1]]] or {}
    files[used[pin[1]]] = lines
    lines[#lines + 1] = pin[3] .. "==" .. pin[2] .. "\n"
  end
  for i, lines in ipairs(files) do
    local path = ("%s/requirements-%d.txt"):format(folder, i)
    assert(fs.write(path, table.concat(lines)))
    files[i] = path
  end
  return files
end

--- Runs pip-audit on each file, behind the words of `before`, if any; returns its vulns by "name==version".
function pip_audit.run(files, url, before)
  local found = {}
  for _, path in ipairs(files) do
    local spec = before and { table.unpack(before) } or {}
    for _, word in ipairs { support.tools .. "/main/bin/python", "-I", "-m", "pip_audit", "-r", path, "--no-deps",
      "--disable-pip", "--format", "json", "--desc", "on", "--progress-spinner", "off",
      "--vulnerability-service", "osv", "--osv-url", url } do
      spec[#spec + 1] = word
    end
    spec.env, spec.timeout, spec.max_output = toolbox.environment("pip"), 300, 64 * 1024 * 1024
    local result = assert(tool.run(spec))
    t.truthy(result.code == 0 or result.code == 1 and result.stdout ~= "", result.stderr)
    for _, dependency in ipairs(json.decode(result.stdout).dependencies) do
      t.equal(dependency.skip_reason, nil)
      -- Sets of Python's: their order is another in each run.
      for _, vuln in ipairs(dependency.vulns) do table.sort(vuln.aliases) end
      found[dependency.name .. "==" .. dependency.version] = dependency.vulns
    end
  end
  return found
end

return pip_audit
