--- Plans of requirements.in: pip-compile has the last word. The plan says what may move, its output what did.
local compiled = require "compiled"
local version = require "pysec.version"

local compiling = {}

--- Makes made.upgrades what the compiled file changes. Returns true, or nil and why it cannot be compiled.
function compiling.settle(job, target, mode, made)
  local text, packages = compiled.compile(job, target, compiled.words(mode, made.upgrades))
  if not text then return nil, packages end
  local wanted = {}
  for _, item in ipairs(made.upgrades) do wanted[item.package] = item end
  local present, list = {}, {}
  for _, package in ipairs(target.packages) do present[package.name] = package end
  made.versions = {}
  for _, package in ipairs(packages) do
    made.versions[package.name] = package.version
    local before = present[package.name]
    if before and version.compare(before.version, package.version) ~= 0 then
      local item = wanted[package.name] or { package = package.name, from = before.version, fixes = {}, kind = "update",
        direct = before.direct, state = "planned", target = target.path, reason = "needed by the other upgrades" }
      item.to, item.change = package.version, version.change(before.version, package.version)
      list[#list + 1] = item
    elseif not before and wanted[package.name] then
      list[#list + 1] = wanted[package.name]
    end
  end
  made.upgrades, made.compiled_text = list, text
  return true
end

return compiling
